"""Drop-in reconciliation: a firm's ledger against its entries, across all brokers. The file is not kept; the result is,
for the session."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pandas as pd
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from loaders.portal import reconcile as entries
from parsers import ledger
from portal import kept
from portal.authorities import mine
from portal.forms import Form, Sent
from portal.pages import csv_cell, download, page, see, signed_in
from portal.viewer import For, Refused, Viewer
from transforms.money import in_dollars
from transforms.reconcile import AMOUNTS, STATES, Reconciled, reconcile

router = APIRouter()
LOOK = Depends(For(("importer",)))

KEPT = "ledger"
SIZE = 100
#: Lines of a file that could not be read which are shown; all are counted, and in the download.
TOLD = 100


@router.get("/importer/reconcile", dependencies=[LOOK])
def ask(request: Request) -> Response:
    viewer = signed_in(request)
    return page(request, "reconcile.html", most=ledger.MOST_LINES, there=kept.kept(viewer, KEPT) is not None)


@router.post("/importer/reconcile", dependencies=[LOOK])
def compare(request: Request, form: Sent) -> Response:
    viewer = signed_in(request)
    sent = form.file("ledger")
    first, last = _day(form, "first"), _day(form, "last")
    if first and last and last < first:
        form.faults["last"] = "The last day is before the first."
    read: ledger.Ledger | None = None
    if sent is None:
        form.faults["ledger"] = "Choose the file of your ledger."
    else:
        with form.telling("ledger", ledger.LedgerError):
            read = ledger.read(sent.file.read())
    if form.faults or read is None:
        return page(request, "reconcile.html", status=422, form=form, most=ledger.MOST_LINES, there=False)
    with viewer.reading() as conn:
        account = entries.entries(conn, mine(viewer))
    told, facts = _compared(viewer, read, account, first, last)
    kept.keep(viewer, KEPT, told.rows, facts)
    viewer.note("ledger reconciled", rows=len(told.rows))
    return see("/importer/reconcile/result")


def _day(form: Form, name: str) -> date | None:
    try:
        return date.fromisoformat(form[name]) if form[name] else None
    except ValueError:
        form.faults[name] = "A day is written as 2026-11-30."
        return None


def _compared(
    viewer: Viewer, read: ledger.Ledger, account: pd.DataFrame, first: date | None, last: date | None
) -> tuple[Reconciled, dict[str, Any]]:
    """The result, and what the page says about it. Who sees no amounts compares none: what differs would tell them."""
    gone = account["status"] == "deleted"
    standing, named = account[~gone], account["entry"].isin(read.rows["entry"])
    start, end, why = _period(read.rows["date"], account.loc[named, "date"], first, last)
    inside = pd.Series(True, standing.index)
    if start is not None:
        inside &= standing["date"] >= pd.Timestamp(start)
    if end is not None:
        inside &= standing["date"] <= pd.Timestamp(end)
    told = reconcile(read.rows, standing[inside | named[~gone]], AMOUNTS if viewer.sees_money() else ())
    withdrawn = told.rows["entry"].isin(account.loc[gone, "entry"])
    told.rows["note"] = withdrawn.map({True: "withdrawn at customs", False: ""})
    totals = told.totals()
    facts = {
        "compared": told.compared,
        "totals": {str(state): {name: int(n) for name, n in row.items()} for state, row in totals.iterrows()},
        "faults": [[str(cell) for cell in row] for row in read.faults.itertuples(index=False)][:5_000],
        "fault_count": len(read.faults),
        "left_out": read.left_out,
        "columns": read.columns,
        "period": [start and start.isoformat(), end and end.isoformat(), why],
        "brokers": _by_filer(told.rows),
    }
    return told, facts


def _period(
    given: pd.Series, ours: pd.Series, first: date | None, last: date | None
) -> tuple[date | None, date | None, str]:
    """Of which days entries are looked for that the ledger lacks, and why of these."""
    if first or last:
        return first, last, "as you asked"
    for dates, why in ((given, "the months of your ledger's dates"), (ours, "the months of the entries it names")):
        known = dates.dropna()
        if len(known):
            end = known.max() + pd.offsets.MonthEnd(0)
            return known.min().date().replace(day=1), end.date(), why
    return None, None, "all days: the ledger names no day, and no entry of yours"


def _by_filer(rows: pd.DataFrame) -> list[list[Any]]:
    """Entries by filer code and state."""
    counted = rows[rows["first"]]
    made = pd.crosstab(counted["entry"].str[:3], counted["state"]).reindex(columns=list(STATES), fill_value=0)
    return [[str(code), *map(int, row)] for code, row in zip(made.index, made.to_numpy(), strict=True)]


def _result(viewer: Viewer) -> tuple[pd.DataFrame, dict[str, Any]]:
    found = kept.kept(viewer, KEPT)
    if found is None:
        raise Refused(404, "There is no result in this session. Send your ledger again.")
    return found


@router.get("/importer/reconcile/result", dependencies=[LOOK])
def result(request: Request) -> Response:
    viewer = signed_in(request)
    rows, facts = _result(viewer)
    state = _state(request, facts)
    chosen = rows[rows["state"] == state] if state else rows
    after = request.query_params.get("after", "")
    start = int(after) if after.isascii() and after.isdigit() and len(after) < 10 else 0
    shown = chosen[chosen.index >= start].head(SIZE + 1)
    more = int(shown.index[SIZE]) if len(shown) > SIZE else None
    viewer.note("reconciliation seen", rows=min(len(shown), SIZE))
    query = f"state={state}&" if state else ""
    return page(
        request,
        "reconcile_result.html",
        rows=shown.head(SIZE).astype(object).where(shown.head(SIZE).notna(), None).to_dict("records"),
        count=len(chosen),
        facts=facts,
        states=STATES,
        state=state,
        next_address=f"/importer/reconcile/result?{query}after={more}" if more else "",
        told=TOLD,
        money=viewer.sees_money(),
        period=[date.fromisoformat(it) if it else None for it in facts["period"][:2]],
    )


def _state(request: Request, facts: dict[str, Any]) -> str:
    """The state asked for; where nothing is asked for and something is not matched, all."""
    state = request.query_params.get("state", "")
    if state not in ("", *STATES):
        raise Refused(404)
    return state


@router.get("/importer/reconcile/result.csv", dependencies=[LOOK])
def as_file(request: Request) -> Response:
    """The lines of the result, those of one state if asked for."""
    viewer = signed_in(request)
    rows, facts = _result(viewer)
    if state := _state(request, facts):
        rows = rows[rows["state"] == state]
    made = rows.drop(columns=["first", "entry_summary_id", "our_date"]).assign(
        entry=rows["entry"].str.replace(r"^(.{3})(.{7})", r"\1-\2-", regex=True),
        reference=rows["reference"].map(csv_cell),
        state=rows["state"].map(STATES),
    )
    for name in facts["compared"]:
        for what in ("ledger", "ours", "difference"):
            made[f"{name}_{what}"] = in_dollars(made[f"{name}_{what}"])
    out = io.StringIO()
    made.to_csv(out, index=False, date_format="%Y-%m-%d")
    viewer.note("reconciliation downloaded", rows=len(made))
    return download("reconciliation.csv", out.getvalue().encode(), "text/csv; charset=utf-8")


@router.get("/importer/reconcile/unread.csv", dependencies=[LOOK])
def unread(request: Request) -> Response:
    """What could not be read of the ledger, by line and column."""
    _, facts = _result(signed_in(request))
    out = io.StringIO()
    told = pd.DataFrame(facts["faults"], columns=["line", "column", "found", "expected"]).map(csv_cell)
    told.to_csv(out, index=False)
    return download("not-read.csv", out.getvalue().encode(), "text/csv; charset=utf-8")


@router.post("/importer/reconcile/discard", dependencies=[LOOK])
def discard(request: Request, form: Sent) -> Response:
    kept.discard(signed_in(request), KEPT)
    return see("/importer/reconcile")
