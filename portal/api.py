"""The JSON API: reads what its pages show, by session or by access token; changes nothing.

A list is at most 100 rows, the latest first; ``next`` goes on where one ended. What is not there and what is another's
answer the same: 404.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Generic, Literal, TypeVar

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from loaders.portal import api, audit, operations, queue, scope
from portal import api_models as told
from portal.pages import NEW_YORK, signed_in
from portal.viewer import For, Refused, Viewer

PREFIX = "/api/v1"
FIRMS = ("importer", "exporter", "broker", "officer")
EXPORTS, INVOICES = ("exporter", "broker", "officer"), ("importer", "broker", "officer")
EXPORTER = "exporter_account_id"
#: What any of these may answer instead.
_SCHEMA = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": words, "content": _SCHEMA}
    for status, words in (
        (400, "An address that none of ours has, as with a NUL in it"),
        (401, "No session and no good token"),
        (403, "Not for this role"),
        (404, "Not there, or not yours"),
        (422, "A parameter is not as expected"),
        (429, "Too often; see Retry-After"),
    )
}
router = APIRouter(prefix=PREFIX, responses=PROBLEMS)

Row = TypeVar("Row", bound=BaseModel)
Key = Annotated[int, Path(ge=1, lt=2**63)]
After = Annotated[int | None, Query(ge=1, lt=2**63, description="id of the last row seen")]
Limit = Annotated[int, Query(ge=1, le=100)]
Code = Annotated[str, Query(pattern="^[A-Za-z0-9]{0,10}$")]
PublicId = Annotated[str, Query(pattern="^[0-9a-f-]{0,36}$", description="public id of an account")]


class Page(BaseModel, Generic[Row]):
    """Rows, and the ``after`` with which the next page is asked for; null: there is none."""

    rows: list[Row]
    next: int | None


def _page(rows: list[dict[str, Any]], limit: int, key: str = "id") -> dict[str, Any]:
    return {"rows": rows, "next": rows[-1][key] if len(rows) == limit else None}


def _noted(viewer: Viewer, action: str, rows: Iterable[dict[str, Any]], key: str = "importer_account_id") -> None:
    """Write into the log whose data was read: an importer sees there who looked, programs included."""
    counts: dict[int | None, int] = {}
    for row in rows:
        counts[row.get(key)] = counts.get(row.get(key), 0) + 1
    acting = viewer.account_id
    with scope.scoped(viewer.connections) as conn:
        for account, count in sorted(counts.items(), key=lambda it: it[0] or 0):
            audit.append(
                conn,
                audit.Entry(viewer.now, f"{action} (API)", viewer.user.id, account or acting, acting, rows=count,
                            address=viewer.address),
            )  # fmt: skip


def _shown(viewer: Viewer, rows: list[dict[str, Any]], key: str = "importer_account_id") -> list[dict[str, Any]]:
    return [told.hide(row, viewer.sees_money(row[key])) for row in rows]


def _found(row: dict[str, Any] | None) -> dict[str, Any]:
    if row is None:
        raise Refused(404, "There is nothing with this id, or it is not yours.")
    return row


@router.get("/openapi.json", dependencies=[Depends(For())], include_in_schema=False)
def openapi(request: Request) -> dict[str, Any]:
    """The document that describes this."""
    routes = [it for it in request.app.routes if getattr(it, "path", "").startswith(PREFIX)]
    made = get_openapi(title="Tidewaiter", version="1", summary="Customs accounts, read only", routes=routes)
    made["components"]["schemas"]["Problem"] = told.Problem.model_json_schema()
    made["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    made["security"] = [{"token": []}]
    return made


@router.get("/me", dependencies=[Depends(For())])
def me(request: Request) -> told.Me:
    """Who asks, and for which account."""
    viewer = signed_in(request)
    acting = viewer.acting
    return told.Me(
        name=viewer.user.name,
        email=viewer.user.email,
        account=acting.public_id if acting else None,
        account_name=acting.name if acting else None,
        role=acting.role if acting else None,
        sees_money=viewer.sees_money(),
    )


@router.get("/accounts", dependencies=[Depends(For(FIRMS))])
def accounts(request: Request, after: After = None, limit: Limit = 50) -> Page[told.Account]:
    """One's own accounts and those that mandates tie to them; for officers all."""
    viewer = signed_in(request)
    with viewer.reading() as conn:
        rows = api.accounts(conn, api.Slice(after, limit))
    for row in rows:
        if not (viewer.reach.officer or row["id"] in viewer.reach.accounts):
            row |= {"standing": None, "identifier": None, "parent": None}
    viewer.note("accounts read (API)", rows=len(rows))
    return Page[told.Account].model_validate(_page(rows, limit))


@router.get("/statements", dependencies=[Depends(For(FIRMS))])
def statements(
    request: Request,
    kind: Literal["", "daily", "monthly"] = "",
    status: Literal["", "P", "F"] = "",
    account: PublicId = "",
    first: date | None = None,
    last: date | None = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[told.Statement]:
    """Statements, by print date where ``first`` or ``last`` bound it."""
    viewer = signed_in(request)
    with viewer.reading() as conn:
        rows = api.statements(conn, api.WantedStatements(kind, status, account, first, last), api.Slice(after, limit))
    _noted(viewer, "statements read", rows)
    return Page[told.Statement].model_validate(_page(_shown(viewer, rows), limit))


@router.get("/statements/{id}", dependencies=[Depends(For(FIRMS))])
def statement(request: Request, id: Key) -> told.StatementWhole:
    """A statement with its entry summaries. A filer's statement names to an importer its own entries only."""
    viewer = signed_in(request)
    with viewer.reading() as conn:
        row = _found(api.statement(conn, id))
    _noted(viewer, "statement read", [row])
    return told.StatementWhole.model_validate(_shown(viewer, [row])[0])


@router.get("/statement-shares", dependencies=[Depends(For(("importer", "exporter")))])
def shares(request: Request, after: After = None, limit: Limit = 50) -> Page[told.Share]:
    """One's own part of every daily statement, those that filers pay included."""
    viewer = signed_in(request)
    with viewer.reading() as conn:
        rows = api.shares(conn, list(viewer.reach.accounts), api.Slice(after, limit))
    _noted(viewer, "statement shares read", rows, "account_id")
    return Page[told.Share].model_validate(_page(_shown(viewer, rows, "account_id"), limit))


@router.get("/entries", dependencies=[Depends(For(FIRMS))])
def entries(
    request: Request,
    filer: Code = "",
    number: Annotated[str, Query(pattern="^[0-9]{0,8}$", description="the number or its beginning")] = "",
    port: Code = "",
    status: Literal["", "accepted", "deleted"] = "",
    account: PublicId = "",
    hts: Annotated[str, Query(pattern="^[0-9]{0,10}$", description="a tariff number or its beginning")] = "",
    first: date | None = None,
    last: date | None = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[told.Entry]:
    """Entry summaries as they stand; ``first`` and ``last`` bound the day of entry, or of acceptance without one."""
    viewer = signed_in(request)
    wanted = api.WantedEntries(filer.upper(), number, port.upper(), status, account, hts, first, last)
    with viewer.reading() as conn:
        rows = api.entries(conn, wanted, api.Slice(after, limit))
    _noted(viewer, "entries read", rows)
    return Page[told.Entry].model_validate(_page(_shown(viewer, rows), limit))


@router.get("/entries/{id}", dependencies=[Depends(For(FIRMS))])
def entry(request: Request, id: Key) -> told.EntryWhole:
    """An entry summary with its goods."""
    viewer = signed_in(request)
    with viewer.reading() as conn:
        row = _found(api.entry(conn, id))
    _noted(viewer, "entry read", [row])
    return told.EntryWhole.model_validate(_shown(viewer, [row])[0])


@router.get("/filings", dependencies=[Depends(For(("importer", "exporter", "officer")))])
def filings(request: Request, after: After = None, limit: Limit = 50) -> Page[told.Filing]:
    """Monthly filings, every version."""
    viewer = signed_in(request)
    with viewer.reading() as conn:
        rows = api.filings(conn, api.Slice(after, limit))
    _noted(viewer, "filings read", rows, "account_id")
    return Page[told.Filing].model_validate(_page(_shown(viewer, rows, "account_id"), limit))


@router.get("/filings/{id}", dependencies=[Depends(For(("importer", "exporter", "officer")))])
def filing(request: Request, id: Key) -> told.FilingWhole:
    """A monthly filing and the files it was filed as."""
    viewer = signed_in(request)
    with viewer.reading() as conn:
        row = _found(api.filing(conn, id))
    _noted(viewer, "filing read", [row], "account_id")
    return told.FilingWhole.model_validate(_shown(viewer, [row], "account_id")[0])


@router.get("/files", dependencies=[Depends(For(("broker",)))])
def files(request: Request, after: After = None, limit: Limit = 50) -> Page[told.File]:
    """Files that a broker sent, dry runs too."""
    viewer = signed_in(request)
    with viewer.reading() as conn:
        rows = api.files(conn, list(viewer.reach.accounts), api.Slice(after, limit))
    viewer.note("files read (API)", rows=len(rows))
    return Page[told.File].model_validate(_page(rows, limit))


@router.get("/files/{id}", dependencies=[Depends(For(("broker",)))])
def file(request: Request, id: Key) -> told.FileWhole:
    """A file, and what became of each filing in it."""
    viewer = signed_in(request)
    with viewer.reading() as conn:
        row = _found(api.file(conn, list(viewer.reach.accounts), id))
    viewer.note("file read (API)", subject=row["name"])
    return told.FileWhole.model_validate(row)


@router.get("/conservation", dependencies=[Depends(For(("operations",)))])
def conservation(request: Request, days: Annotated[int, Query(ge=1, le=31)] = 1) -> list[told.Hour]:
    """Received = answered + set aside + in flight, by the hour."""
    viewer = signed_in(request)
    tomorrow = datetime.combine(viewer.today + timedelta(days=1), datetime.min.time(), NEW_YORK)
    with viewer.reading() as conn:
        hours = operations.board(conn, tomorrow - timedelta(days=days), tomorrow, "hour")
    viewer.note("conservation read (API)")
    parts = [name for name in told.Hour.model_fields if name != "at"]
    return [told.Hour(at=at, **{name: getattr(sums, name) for name in parts}) for at, sums in hours]


@router.get("/queue", dependencies=[Depends(For(("officer",)))])
def waiting(
    request: Request,
    lane: Literal["", "first", "change", "score", "random"] = "",
    port: Code = "",
    after: Annotated[int, Query(ge=0, lt=2**31, description="ordinal of the last row seen")] = 0,
    limit: Limit = 50,
) -> Page[told.Queued]:
    """The officers' queue as it was last made: what nobody decided yet, in its order, with its reasons."""
    viewer = signed_in(request)
    with viewer.reading() as conn:
        run = queue.last_run(conn)
        rows = (
            queue.items(conn, run=run["id"], lane=lane, port=port.upper(), reason="", looked_after_by=None,
                        officer=None, after=after, limit=limit)
            if run else []
        )  # fmt: skip
    viewer.note("queue read (API)", rows=len(rows))
    return Page[told.Queued].model_validate(_page(rows, limit, "ordinal"))


@router.get("/export-filings", dependencies=[Depends(For(EXPORTS))])
def export_filings(
    request: Request,
    reference: Annotated[str, Query(max_length=30, description="shipment reference number or its beginning")] = "",
    itn: Annotated[
        str, Query(pattern="^(X[0-9]{0,14})?$", description="internal transaction number or its beginning")
    ] = "",
    status: Literal["", "filed", "cancelled"] = "",
    destination: Annotated[str, Query(pattern="^([A-Z]{2})?$")] = "",
    account: PublicId = "",
    first: date | None = None,
    last: date | None = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[told.ExportFiling]:
    """Export filings as they stand; ``first`` and ``last`` bound the date of export."""
    viewer = signed_in(request)
    wanted = api.WantedExports(_plain(reference), itn, status, destination, account, first, last)
    with viewer.reading() as conn:
        rows = api.export_filings(conn, wanted, api.Slice(after, limit))
    _noted(viewer, "export filings read", rows, EXPORTER)
    return Page[told.ExportFiling].model_validate(_page(_shown(viewer, rows, EXPORTER), limit))


@router.get("/export-filings/{id}", dependencies=[Depends(For(EXPORTS))])
def export_filing(request: Request, id: Key) -> told.ExportFilingWhole:
    """An export filing with its commodities, and what was said of it."""
    viewer = signed_in(request)
    with viewer.reading() as conn:
        row = _found(api.export_filing(conn, id))
    _noted(viewer, "export filing read", [row], EXPORTER)
    return told.ExportFilingWhole.model_validate(_shown(viewer, [row], EXPORTER)[0])


@router.get("/invoices", dependencies=[Depends(For(INVOICES))])
def invoices(
    request: Request,
    number: Annotated[str, Query(max_length=30, description="invoice number or its beginning")] = "",
    match: Literal["", "waiting", "matched", "different"] = "",
    status: Literal["", "accepted", "cancelled"] = "",
    account: PublicId = "",
    first: date | None = None,
    last: date | None = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[told.Invoice]:
    """Invoices as they stand, and how each compares to what was declared; ``first`` and ``last`` bound its date."""
    viewer = signed_in(request)
    wanted = api.WantedInvoices(_plain(number), match, status, account, first, last)
    with viewer.reading() as conn:
        rows = api.invoices(conn, wanted, api.Slice(after, limit))
    _noted(viewer, "invoices read", rows)
    return Page[told.Invoice].model_validate(_page(_shown(viewer, rows), limit))


@router.get("/invoices/{id}", dependencies=[Depends(For(INVOICES))])
def invoice(request: Request, id: Key) -> told.InvoiceWhole:
    """An invoice line by line, beside what was declared."""
    viewer = signed_in(request)
    with viewer.reading() as conn:
        row = _found(api.invoice(conn, id))
    _noted(viewer, "invoice read", [row])
    return told.InvoiceWhole.model_validate(_shown(viewer, [row])[0])


def _plain(text: str) -> str:
    """Without what no database keeps."""
    return text.replace("\0", "")
