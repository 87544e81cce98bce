"""Entry summaries: found, and each with all its versions and what changed between them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pandas as pd
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from loaders.portal import decisions, entry_versions, officer, queue
from portal.forms import Form
from portal.pages import page, signed_in
from portal.viewer import For, Refused
from transforms import versions

router = APIRouter()
OFFICER = Depends(For(("officer",)))
SIZE = 50
RESULTS = [
    ("release", "Release"),
    ("documents", "Ask for documents"),
    ("examine", "Examine the goods"),
    ("reject", "Reject the summary"),
    ("no_action", "No action"),
]
summary = entry_versions.summary


@router.get("/officer/entries", dependencies=[OFFICER])
def listed(request: Request, number: str = "", account: str = "", filer: str = "", type: str = "",
           before: int = 0) -> Response:  # fmt: skip
    viewer = signed_in(request)
    chosen = {"number": number.strip()[:20], "account": account[:40], "filer": filer.strip().upper()[:3],
              "type": type.strip()[:2]}  # fmt: skip
    chosen = {name: value.replace("\0", "") for name, value in chosen.items()}
    with viewer.reading() as conn:
        of = officer.account(conn, chosen["account"]) if chosen["account"] else None
        if chosen["account"] and of is None:
            raise Refused(404)
        rows = entry_versions.entry_list(
            conn, number=chosen["number"], account_id=of["id"] if of else None, filer=chosen["filer"],
            entry_type=chosen["type"], before=max(0, before), limit=SIZE + 1,
        )  # fmt: skip
    more, rows = len(rows) > SIZE, rows[:SIZE]
    kept = {name: value for name, value in chosen.items() if value}
    following = f"/officer/entries?{urlencode({**kept, 'before': rows[-1]['id']})}" if more else ""
    viewer.note("entry summaries", account_id=of["id"] if of else None, rows=len(rows), detail=chosen["number"])
    return page(request, "officer_entries.html", rows=rows, chosen=chosen, of=of, following=following, more=more)


@router.get("/officer/entries/{entry_id}", dependencies=[OFFICER])
def one(request: Request, entry_id: int) -> Response:
    return shown(request, entry_id)


def shown(request: Request, entry_id: int, *, form: Form | None = None, status: int = 200) -> Response:
    """An entry summary with its versions; a decision that was not right is shown in it again."""
    viewer = signed_in(request)
    with viewer.reading() as conn:
        it = summary(conn, entry_id)
        if it is None:
            raise Refused(404)
        made = entry_versions.facts(conn, entry_id)
        told = entry_versions.told(conn, it["filer_code"], it["entry_number"])
        queued = queue.of_entry(conn, entry_id)
        decided = decisions.of_entry(conn, entry_id)
    whose = it["importer_account_id"] or it["filer_account_id"]
    viewer.note("entry summary", account_id=whose, subject=f"{it['filer_code']}-{it['entry_number']}")
    return page(
        request, "officer_entry.html", status=status, form=form, it=it, versions=_versions(made), told=told,
        queued=queued, decided_rows=decided, results=RESULTS, last=_last(made),
    )  # fmt: skip


def _versions(made: list[dict[str, pd.DataFrame]]) -> list[dict[str, Any]]:
    """The versions, the latest first, each with what it changed against the one before."""
    out = []
    for at, facts in enumerate(made):
        head = facts["header"].iloc[0]
        changed = versions.changes(made[at - 1], facts) if at else None
        out.append(
            {
                "number": head["version_number"],
                "sequence": int(head["sequence"]),
                "at": head["accepted_at"],
                "action": head["action"],
                "changes": None if changed is None else changed.to_dict("records"),
                "lines": len(facts["line"]),
                "value_cents": int(facts["tariff"]["value_cents"].fillna(0).sum()),
                "owed_cents": _owed(head),
            }
        )
    return out[::-1]


def _last(made: list[dict[str, pd.DataFrame]]) -> list[dict[str, Any]]:
    """The lines of the present version, a row for each tariff number."""
    if not made:
        return []
    line, tariff = made[-1]["line"], made[-1]["tariff"]
    both = tariff.merge(line[["line", "origin", "spi", "gross_weight_kg"]], on="line", how="left")
    rows = both.astype(object).where(both.notna(), None).to_numpy()
    return [dict(zip(both.columns, row, strict=True)) for row in rows]


TOTALS = ("duty", "fee", "tax", "ad", "cvd", "other")


def _owed(head: pd.Series) -> int:
    return sum(int(value) for kind in TOTALS if pd.notna(value := head[f"total_{kind}_cents"]))
