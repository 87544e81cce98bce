"""The MS batch: periodic monthly statements, preliminary and final (chapter 05b).

A row is a periodic daily statement. On the final statement Q3, Q4 and QE stay the preliminary amounts, Q5, Q6 and QJ
carry those paid. Q7 lists, preliminary and final alike, the entry summaries deleted from a daily statement after its
presentation (RM). Fee records are mandatory (structure map, page 6): a statement without fees has one blank one.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from parsers.catair import layout
from transforms.statement import render, totals
from transforms.statement.assemble import MONTHLY_LIMIT
from transforms.statement.errors import TooManyEntries, Unprintable
from transforms.statement.instants import business_day, plain

_DETAIL, _DUE, _PAID, _DELETED = range(4)


def batch(
    statement: pd.DataFrame,
    daily: pd.DataFrame,
    entry: pd.DataFrame,
    payable: pd.DataFrame,
    fee: pd.DataFrame,
    *,
    site: str,
    sent: date,
    office: str = "",
    text: str = "",
) -> bytes:
    """The monthly statements of one filer, each a block, in the order of ``statement``; its ``status`` says P or F.

    ``daily`` are their daily statements (``parent_number`` says whose; ``presented_at`` the day of presentation, blank
    while it has not been presented), ``entry``, ``payable`` and ``fee`` those of the daily statements, removed ones
    too. ``printed_at`` of ``statement``, when there, is the instant of the preliminary: what was removed later still
    counts in it.

    Raises :class:`~transforms.statement.errors.Unprintable` when a statement does not fit its records, and ValueError
    when the statements are not of one filer or an entry has no payable.
    """
    statement = statement.reset_index(drop=True)
    of = pd.Index(statement["statement_number"]).get_indexer(daily["parent_number"])
    daily = daily.assign(of=of)[of >= 0].sort_values(["of", "print_date", "port", "statement_number"])
    daily = daily.reset_index(drop=True)
    rows = _entries(statement, daily, entry)
    pages = render.Pages(layout.load("ms"), statement)
    _limit(pages, daily)
    final = statement["status"].eq("F").to_numpy()
    at_print = rows[rows["at_print"]]
    now = rows[rows["removed_at"].isna()]
    shown = rows[np.where(final[rows["of"].to_numpy()], rows["removed_at"].isna(), rows["at_print"])]
    _details(pages, daily, shown, payable, fee)
    _totals(pages, ("Q3", "Q4", "QE"), np.arange(len(statement)), _DUE, statement, at_print, payable, fee)
    _totals(pages, ("Q5", "Q6", "QJ"), np.flatnonzero(final), _PAID, statement, now, payable, fee)
    _deleted(pages, final, daily, rows, payable)
    return pages.batch("MS", statement, site=site, sent=sent, office=office, text=text)


def _entries(statement: pd.DataFrame, daily: pd.DataFrame, entry: pd.DataFrame) -> pd.DataFrame:
    """Entries with their daily statement (a row of ``daily``), their monthly one, and whether they stood on it when it
    was printed."""
    at = pd.Index(daily["statement_number"]).get_indexer(entry["statement_number"])
    rows = entry.assign(daily=at)[at >= 0].reset_index(drop=True)
    rows["of"] = daily["of"].to_numpy()[rows["daily"]]
    printed = statement["printed_at"] if "printed_at" in statement else pd.Series(pd.NaT, statement.index)
    later = plain(rows["removed_at"]) > plain(printed).take(rows["of"].to_numpy()).reset_index(drop=True)
    rows["at_print"] = rows["removed_at"].isna() | later
    return rows


def _limit(pages: render.Pages, daily: pd.DataFrame) -> None:
    many = np.bincount(daily["of"], minlength=1)
    if (many > MONTHLY_LIMIT).any():
        raise TooManyEntries(pages.number[many.argmax()], f"more than {MONTHLY_LIMIT} daily statements")


def _details(
    pages: render.Pages, daily: pd.DataFrame, rows: pd.DataFrame, payable: pd.DataFrame, fee: pd.DataFrame
) -> None:
    """Q1, Q2 and QA of each daily statement."""
    of, rank = daily["of"].to_numpy(np.int64), np.arange(len(daily))
    amounts = _amounts(pages, rows, payable, fee).reindex(daily["statement_number"], fill_value=0)
    presented = daily["presented_at"] if "presented_at" in daily else pd.Series(pd.NaT, daily.index)
    pages.add(
        "Q1",
        of,
        _DETAIL,
        {
            "periodic_daily_statement_number": daily["statement_number"],
            "periodic_daily_statement_district_port": daily["port"],
            "periodic_daily_statement_filer_code": daily["filer_code"],
            "periodic_daily_statement_importer_number": daily["importer_number"],
            "preliminary_periodic_daily_statement_print_date": daily["print_date"],
            "entry_summary_presentation_date": presented,
            "total_duty": amounts["duty_cents"],
            "total_tax": amounts["tax_cents"],
        },
        rank,
        np.zeros_like(rank),
    )
    pages.add(
        "Q2",
        of,
        _DETAIL,
        {
            "total_antidumping_duty": amounts["ad_cents"],
            "total_countervailing_duty": amounts["cvd_cents"],
            "total_amount_due": amounts["total_cents"],
        },
        rank,
        np.ones_like(rank),
    )
    fees = totals.fees_on_statements(rows, payable, fee)
    owned = render.fees_of(daily["statement_number"], fees, "statement_number", mandatory=True)
    pages.fees("QA", of, _DETAIL, rank, owned)


def _totals(
    pages: render.Pages,
    record: tuple[str, str, str],
    of: np.ndarray,
    section: int,
    statement: pd.DataFrame,
    rows: pd.DataFrame,
    payable: pd.DataFrame,
    fee: pd.DataFrame,
) -> None:
    """Q3, Q4 and QE, or Q5, Q6 and QJ, which are laid out alike, of the statements at ``of``."""
    head, total, fees = record
    statement, zero = statement.take(of), np.zeros_like(of)
    rows = rows.assign(statement_number=pages.number[rows["of"].to_numpy()])
    amounts = _amounts(pages, rows, payable, fee).reindex(statement["statement_number"], fill_value=0)
    pages.add(
        head,
        of,
        section,
        {
            "periodic_monthly_statement_number": statement["statement_number"],
            "periodic_monthly_statement_print_date": statement["print_date"],
            "periodic_monthly_statement_due_date": statement["due_date"],
            "periodic_monthly_statement_filer_code": statement["filer_code"],
            "periodic_monthly_statement_importer_number": statement["importer_number"],
            "total_duty": amounts["duty_cents"],
            "total_tax": amounts["tax_cents"],
        },
        zero,
    )
    pages.add(
        total,
        of,
        section,
        {
            "total_antidumping_duty": amounts["ad_cents"],
            "total_countervailing_duty": amounts["cvd_cents"],
            "total_amount_due" if total == "Q4" else "total_amount_paid": amounts["total_cents"],
        },
        zero + 1,
    )
    sums = totals.fees_on_statements(rows, payable, fee)
    owned = render.fees_of(statement["statement_number"], sums, "statement_number", mandatory=True)
    pages.fees(fees, of, section, zero + 2, owned)


def _amounts(pages: render.Pages, rows: pd.DataFrame, payable: pd.DataFrame, fee: pd.DataFrame) -> pd.DataFrame:
    """Totals by statement number. Raises :class:`Unprintable` for interest: reconciliation summaries (type 09) are not
    paid monthly, and no MS record has a field for it."""
    amounts = totals.on_statements(rows, payable, fee)
    if (amounts["interest_cents"] != 0).any():
        raise Unprintable(
            str(amounts["interest_cents"].ne(0).idxmax()), "reconciliation interest on a monthly statement"
        )
    return amounts


def after_presentation(entry: pd.DataFrame, daily: pd.DataFrame) -> pd.Series:
    """Which entries left their daily statement after it had been presented and become final, which it does at the end
    of the day of presentation: so on a later day."""
    if "presented_at" not in daily:
        return pd.Series(False, entry.index)
    presented = pd.Series(business_day(daily["presented_at"]).to_numpy(), daily["statement_number"].to_numpy())
    return business_day(entry["removed_at"]) > entry["statement_number"].map(presented).astype("datetime64[s]")


def _deleted(
    pages: render.Pages, final: np.ndarray, daily: pd.DataFrame, rows: pd.DataFrame, payable: pd.DataFrame
) -> None:
    """Q7, after presentation: on the preliminary what was removed before it was printed, on the final everything."""
    told = final[rows["of"].to_numpy()] | ~rows["at_print"].to_numpy()
    gone = rows[after_presentation(rows, daily).to_numpy() & told]
    summary = payable.take(totals.positions(gone["version_id"], payable))
    gone = gone.assign(filer_code=summary["filer_code"].to_numpy(), entry_number=summary["entry_number"].to_numpy())
    gone = gone.sort_values(["daily", "entry_number"])
    pages.deleted("Q7", gone["of"].to_numpy(), _DELETED, gone, MONTHLY_LIMIT)
