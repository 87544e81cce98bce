"""Accounts: the list, and one account at a glance."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from loaders.archive import Archive
from loaders.portal import decisions, officer, queue
from portal import application_form, evidence
from portal.forms import Form
from portal.pages import page, signed_in
from portal.viewer import For, Refused
from transforms.filing import goods

router = APIRouter()
OFFICER = Depends(For(("officer",)))
SIZES = (25, 50, 100)
STANDINGS = {"good": "In good standing", "late": "Payment late", "noticed": "Noticed", "defaulted": "In default"}
STATUSES = ("applied", "qualified", "active", "suspended")
BY = {"origin": "country of origin", "port": "port of entry", "chapter": "tariff chapter", "filer": "filer"}


@router.get("/officer/accounts", dependencies=[OFFICER])
def listed(request: Request, q: str = "", kind: str = "", status: str = "", standing: str = "", mine: str = "",
           after: str = "", size: int = 25) -> Response:  # fmt: skip
    viewer = signed_in(request)
    chosen = {
        "q": q.strip()[:80].replace("\0", ""),
        "kind": kind if kind in officer.KINDS else "",
        "status": status if status in STATUSES else "",
        "standing": standing if standing in STANDINGS else "",
        "mine": "yes" if mine == "yes" else "",
    }
    size = size if size in SIZES else SIZES[0]
    with viewer.reading() as conn:
        rows = officer.account_list(
            conn, words=chosen["q"], kind=chosen["kind"], status=chosen["status"], standing=chosen["standing"],
            looked_after_by=viewer.user.id if chosen["mine"] else None, since=year_back(viewer.today, 1),
            after=after[:40].replace("\0", ""), limit=size + 1,
        )  # fmt: skip
    more, rows = len(rows) > size, rows[:size]
    kept = {name: value for name, value in chosen.items() if value} | ({"size": size} if size != SIZES[0] else {})
    following = f"/officer/accounts?{urlencode({**kept, 'after': rows[-1]['public_id']})}" if more else ""
    viewer.note("list of accounts", rows=len(rows), detail=" ".join(f"{k}={v}" for k, v in chosen.items() if v))
    return page(
        request, "officer_accounts.html", rows=rows, chosen=chosen, following=following,
        found=rows[0]["found"] if rows else 0, size=size, after=after,
        kinds=[("", "All"), *((k, k.capitalize()) for k in officer.KINDS)],
        statuses=[("", "All"), *((s, s.capitalize()) for s in STATUSES)],
        standings=[("", "All"), *STANDINGS.items()],
    )  # fmt: skip


@router.get("/officer/accounts/{public_id}", dependencies=[OFFICER])
def glance(request: Request, public_id: str, by: str = "", of: str = "") -> Response:
    return shown(request, public_id, by=by, of=of)


def shown(request: Request, public_id: str, *, by: str = "", of: str = "", form: Form | None = None,
          status: int = 200) -> Response:  # fmt: skip
    """One account at a glance; a form that was not right is shown in it again."""
    viewer = signed_in(request)
    by, of = (by, of[:20].replace("\0", "")) if by in BY else ("", "")
    since, recent = year_back(viewer.today, 2), months_back(viewer.today, 2)
    with viewer.reading() as conn:
        it = found(officer.account(conn, public_id))
        tree = officer.tree(conn, it["id"])
        ids = [row["id"] for row in tree]
        filers = [it["identifier"]] if it["kind"] == "broker" and it["identifier"] else []
        shown_parts = officer.parts(conn, ids, filers, since, recent)
        days = 30 if filers else 365
        shown: dict[str, Any] = {
            "months": officer.months(conn, ids, filers, since, by, of) if of else shown_parts["month"],
            "parts": shown_parts,
            "filers": officer.filer_names(conn, [row["key"] for row in shown_parts["filer"]]),
            "goods": officer.goods_files(conn, ids, since),
            "statements": officer.statements(conn, ids, it["kind"] == "broker"),
            "standings": officer.standing(conn, ids, viewer.today),
            "findings": officer.findings(conn, ids, viewer.now - timedelta(days=days)),
            "decisions": decisions.of_accounts(conn, ids),
            "notes": decisions.notes(conn, it["id"]),
            "plan": decisions.plan(conn, it["id"]),
            "agents": officer.agents(conn, it["id"], viewer.today),
            "programme": officer.programme(conn, ids),
            "portfolio": officer.in_portfolio(conn, it["id"]),
            "queued": queue.of_account(conn, it["id"]),
            "exports": officer.exports(conn, ids, since) if any(row["kind"] == "exporter" for row in tree) else {},
        }
    archive = Archive(viewer.config.settings.archive)
    shown["tariff"] = goods.by_number([(it["month"], archive.get(it["sha256"])) for it in shown.pop("goods")])
    viewer.note("account at a glance", account_id=it["id"], subject=it["name"])
    standing = next((row for row in shown["standings"] if row["valid_to"] is None), None)
    return page(
        request, "officer_account.html", status=status, form=form, it=it, tree=tree, by=by, of=of, by_names=BY,
        days=days,
        standing=standing["standing"] if standing else "good", industries=dict(application_form.INDUSTRIES),
        stored=evidence.stored(shown["programme"]["evidence"]) if shown["programme"] else None,
        mine=any(row["id"] == viewer.user.id for row in shown["portfolio"]), **shown,
    )  # fmt: skip


def found(row: dict | None) -> dict:
    """The row, or that there is no such page."""
    if row is None:
        raise Refused(404)
    return row


def months_back(today: date, count: int) -> date:
    """The first day of the month ``count`` months before this one."""
    months = today.year * 12 + today.month - 1 - count
    return date(months // 12, months % 12 + 1, 1)


def year_back(today: date, count: int) -> date:
    """The first month of the ``12 * count`` that end with this one."""
    return months_back(today, 12 * count - 1)
