"""The PF batch: daily and periodic daily statements, preliminary and final (chapter 05, Daily Statement).

On the final statement Q3, Q4 and QE stay the original, preliminary amounts; Q5, Q6 and QJ carry the final ones and Q7
the entry summaries deleted since (page 7). The details of a final statement are those of the summaries still on it.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from parsers.catair import layout
from transforms.statement import render, totals
from transforms.statement.assemble import DAILY_LIMIT
from transforms.statement.errors import TooManyEntries

_DETAIL, _DUE, _PAID, _DELETED = range(4)


def batch(
    statement: pd.DataFrame,
    entry: pd.DataFrame,
    payable: pd.DataFrame,
    fee: pd.DataFrame,
    *,
    site: str,
    sent: date,
    office: str = "",
    text: str = "",
) -> bytes:
    """The daily statements of one filer, each a block, in the order of ``statement``; its ``status`` says P or F.

    ``entry``, ``payable`` and ``fee`` are those of these statements: every summary that was printed, removed ones too.
    ``payable`` may carry ``port_of_entry``, ``consolidated``, ``team``, ``bonded_ad_cents`` and ``bonded_cvd_cents``;
    without them the processing port and blanks are printed. ``site`` is the port the filer transmits from and ``sent``
    the day of the batch.

    Raises :class:`~transforms.statement.errors.Unprintable` when a statement does not fit its records, and ValueError
    when the statements are not of one filer or an entry has no payable.
    """
    statement = statement.reset_index(drop=True)
    rows = _entries(statement, entry, payable)
    pages = render.Pages(layout.load("pf"), statement)
    _limit(pages, rows)
    final = statement["status"].eq("F").to_numpy()
    gone = rows["removed_at"].notna().to_numpy() & final[rows["of"].to_numpy()]
    _details(pages, rows[~gone].reset_index(drop=True), payable, fee)
    every, number = np.arange(len(statement)), statement["statement_number"]
    first, first_fees = totals.on_statements(rows, payable, fee), totals.fees_on_statements(rows, payable, fee)
    _totals(pages, ("Q3", "Q4", "QE"), every, _DUE, statement, first.reindex(number, fill_value=0), first_fees)
    left = rows[~gone]
    paid, paid_fees = totals.on_statements(left, payable, fee), totals.fees_on_statements(left, payable, fee)
    closed = statement[final]
    amounts = paid.reindex(closed["statement_number"], fill_value=0)
    _totals(pages, ("Q5", "Q6", "QJ"), every[final], _PAID, closed, amounts, paid_fees)
    pages.deleted("Q7", rows["of"].to_numpy()[gone], _DELETED, _named(rows[gone], payable), DAILY_LIMIT)
    return pages.batch("PF", statement, site=site, sent=sent, office=office, text=text)


def _entries(statement: pd.DataFrame, entry: pd.DataFrame, payable: pd.DataFrame) -> pd.DataFrame:
    """The entries of these statements in the order of print: port of entry, then entry number."""
    of = pd.Index(statement["statement_number"]).get_indexer(entry["statement_number"])
    rows = entry.assign(of=of)[of >= 0]
    at = totals.positions(rows["version_id"], payable)
    place = payable["port_of_entry" if "port_of_entry" in payable else "port"].to_numpy(dtype=object)[at]
    number = payable["entry_number"].to_numpy(dtype=object)[at]
    rows = rows.assign(at=at, place=place, number=number).sort_values(["of", "place", "number", "version_id"])
    return rows.reset_index(drop=True)


def _limit(pages: render.Pages, rows: pd.DataFrame) -> None:
    many = np.bincount(rows["of"])
    if (many > DAILY_LIMIT).any():
        raise TooManyEntries(pages.number[many.argmax()], f"more than {DAILY_LIMIT} entry summaries")


def _details(pages: render.Pages, rows: pd.DataFrame, payable: pd.DataFrame, fee: pd.DataFrame) -> None:
    """Q1, Q2 and QA of each summary: what was reported, with the indicators that tell what of it is due."""
    of, rank = rows["of"].to_numpy(np.int64), np.arange(len(rows))
    summary = payable.take(rows["at"].to_numpy()).reset_index(drop=True)
    revenue = totals.due(payable, fee)["revenue"].take(rows["at"].to_numpy()).reset_index(drop=True)
    tax, deferred = totals.cents(summary["tax_cents"]), summary["deferred"].fillna(False).astype(bool)
    identity = {
        "district_port_of_entry_summary": rows["place"],
        "entry_filer_code": summary["filer_code"],
        "entry_number": summary["entry_number"],
    }
    pages.add(
        "Q1",
        of,
        _DETAIL,
        identity
        | {
            "importer_of_record_number": summary["importer_number"],
            "preliminary_daily_statement_print_date": summary["print_date"],
            "estimated_duty_amount": totals.cents(summary["duty_cents"]) + totals.cents(summary["other_cents"]),
            "estimated_tax_amount": tax,
            "deferred_tax_indicator": _flag(deferred).where(tax > 0, ""),
            "broker_reference_number": summary["broker_reference"],
            "consolidated_indicator": _optional(summary, "consolidated"),
            "client_branch_designation": summary["branch"],
            "entry_type": summary["entry_type"],
        },
        rank,
        np.zeros_like(rank),
    )
    (ad, ad_due), (cvd, cvd_due) = (_deposit(summary, kind) for kind in ("ad", "cvd"))
    pages.add(
        "Q2",
        of,
        _DETAIL,
        identity
        | {
            "antidumping_duty_amount": ad,
            "countervailing_duty_amount": cvd,
            "payment_type_indicator": summary["payment_type"],
            "pay_indicator": _flag(revenue),
            "countervailing_indicator": cvd_due,
            "antidumping_indicator": ad_due,
            "team_number": _optional(summary, "team"),
            "interest_amount_for_reconciliation_summary": totals.cents(summary["interest_cents"]),
        },
        rank,
        np.ones_like(rank),
    )
    shown = fee[totals.cents(fee["amount_cents"]) != 0]
    pages.fees("QA", of, _DETAIL, rank, render.fees_of(summary["version_id"], shown, "version_id", mandatory=False))


def _deposit(summary: pd.DataFrame, kind: str) -> tuple[pd.Series, pd.Series]:
    """Antidumping or countervailing duty and its indicator: Y cash, N under bond (not due), blank none."""
    cash = totals.cents(summary[f"{kind}_cents"])
    bonded = f"bonded_{kind}_cents"
    under_bond = totals.cents(summary[bonded]) if bonded in summary else cash * 0
    indicator = _flag(cash > 0).where((cash > 0) | (under_bond > 0), "")
    return cash.where(cash > 0, under_bond), indicator


def _totals(
    pages: render.Pages,
    record: tuple[str, str, str],
    of: np.ndarray,
    section: int,
    statement: pd.DataFrame,
    amounts: pd.DataFrame,
    fee: pd.DataFrame,
) -> None:
    """Q3, Q4 and QE, or Q5, Q6 and QJ, which are laid out alike."""
    head, total, fees = record
    zero = np.zeros_like(of)
    pages.add(
        head,
        of,
        section,
        {
            "daily_statement_number": statement["statement_number"],
            "daily_statement_print_date": statement["print_date"],
            "entry_filer_code": statement["filer_code"],
            "importer_of_record_number": statement["importer_number"],
            "total_estimated_duty": amounts["duty_cents"],
            "total_estimated_tax": amounts["tax_cents"],
            "total_deferred_tax": amounts["deferred_tax_cents"],
            "district_port_which_processes_entries": statement["port"],
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
            "total_interest_amount_for_reconciliation_summary": amounts["interest_cents"],
            "total_number_revenue_producing_entries": amounts["revenue_entries"],
            "total_number_non_revenue_producing_entries": amounts["entries"] - amounts["revenue_entries"],
        },
        zero + 1,
    )
    owned = render.fees_of(statement["statement_number"], fee, "statement_number", mandatory=False)
    pages.fees(fees, of, section, zero + 2, owned)


def _named(rows: pd.DataFrame, payable: pd.DataFrame) -> pd.DataFrame:
    summary = payable.take(rows["at"].to_numpy())
    return rows.assign(filer_code=summary["filer_code"].to_numpy(), entry_number=summary["entry_number"].to_numpy())


def _flag(yes: pd.Series) -> pd.Series:
    return pd.Series(np.where(yes, "Y", "N"), yes.index, dtype="str")


def _optional(frame: pd.DataFrame, column: str) -> pd.Series:
    return frame[column] if column in frame else pd.Series("", frame.index, dtype="str")
