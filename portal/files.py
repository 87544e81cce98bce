"""My files, those of a broker or what an importer or exporter sends itself: where each stands, its answer as it was
sent and as words, and what of it is to be sent again."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePath
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from loaders.archive import Archive
from loaders.portal import broker
from parsers.catair import framing
from portal import filters
from portal import x12_file as x12
from portal.forms import Form, Sent
from portal.pages import download, page, see, signed_in
from portal.viewer import For, Refused, Viewer
from transforms import explained, hints, resend
from transforms.reasons import DISPOSITIONS

log = logging.getLogger(__name__)
CLOCK = timedelta(days=7)
#: Reasons, filings and answer records on one page.
REASONS, FILINGS, RECORDS = 20, 50, 40
#: Kind of answer in an address -> what it is downloaded as.
X12 = "application/EDI-X12"
ANSWERS = {
    "ax": "text/plain; charset=us-ascii",
    "reasons": "text/csv; charset=utf-8",
    **dict.fromkeys(("997", "999", "ta1", "824"), X12),
}


@dataclass(frozen=True, slots=True)
class Room:
    """Whose files, and the addresses of their list and of one file; where filings of each kind are found, blank where
    there are none of that kind."""

    persona: For
    files: str
    file: str
    entries: str = ""
    exports: str = ""
    invoices: str = ""


BROKER = Room(For(("broker",)), "/broker", "/broker/files", "/broker/filings", "/broker/exports", "/broker/invoices")
IMPORTER = Room(
    For(("importer",)), "/importer/files", "/importer/files", "/importer/entries", invoices="/importer/invoices"
)
EXPORTER = Room(For(("exporter",)), "/exporter/files", "/exporter/files", exports="/exporter/filings")


def router(room: Room) -> APIRouter:
    """The files of whoever is in a room: a list, one of them, its answers."""
    made = APIRouter(dependencies=[Depends(room.persona)])

    @made.get(room.files)
    def listed(request: Request) -> Response:
        return _list(request, room)

    @made.get(room.file + "/{file}")
    def one(request: Request, file: filters.Key) -> Response:
        viewer = signed_in(request)
        viewer.note("file opened", subject=f"file {file}")
        return _page(request, viewer, room, file)

    @made.get(room.file + "/{file}/status")
    def status(request: Request, file: filters.Key) -> Response:
        return _status(request, room, file)

    @made.get(room.file + "/{file}/answer/{kind}")
    def answer(request: Request, file: filters.Key, kind: str) -> Response:
        return _answer(request, file, kind)

    @made.post(room.file + "/{file}/failed")
    def failed(request: Request, file: filters.Key, form: Sent) -> Response:
        return _resend(request, room, file, form)

    return made


def _list(request: Request, room: Room) -> Response:
    viewer = signed_in(request)
    wanted = broker.Wanted(
        stage=filters.choice(request, "stage", broker.STAGES),
        name=filters.text(request, "name"),
        first=filters.day(request, "first"),
        last=filters.day(request, "last"),
        rejections=filters.flag(request, "rejections"),
        dry_runs=filters.flag(request, "dry"),
    )
    size = filters.size(request)
    with viewer.reading() as conn:
        mine = viewer.reach.accounts
        found = broker.files(conn, mine, wanted, filters.number(request, "before"), size + 1)
        count = broker.count(conn, mine, wanted)
        stages = broker.stages(conn, mine)
        clock = broker.clock(conn, mine, viewer.now - CLOCK)
    viewer.note("files listed", rows=min(len(found), size))
    more = filters.address(request, before=found[size - 1]["id"]) if len(found) > size else ""
    return page(
        request, "files.html", room=room, files=found[:size], count=count, stages=stages, clock=clock, wanted=wanted,
        more=more, size=size, now=viewer.now, clock_days=CLOCK.days, here=filters.address(request),
        several=len(mine) > 1,
    )  # fmt: skip


def _status(request: Request, room: Room, file: int) -> Response:
    """What the page of a file asks for while the file is in work; without script it is the page itself."""
    viewer = signed_in(request)
    if request.headers.get("hx-request") != "true":
        return see(f"{room.file}/{file}")
    with viewer.reading() as conn:
        it = _known(broker.file(conn, viewer.reach.accounts, file))
    response = page(request, "file_status.html", room=room, it=it, now=viewer.now)
    if it["state"] not in ("received", "claimed"):
        response.headers["HX-Refresh"] = "true"  # there is more to show now
    return response


def _answer(request: Request, file: int, kind: str) -> Response:
    """An answer as it was sent, byte for byte."""
    viewer = signed_in(request)
    if not viewer.sees_money():
        raise Refused(403, "Answers name amounts, which are not for you.")
    with viewer.reading() as conn:
        it = _known(broker.file(conn, viewer.reach.accounts, file))
        found = broker.answers(conn, it["id"]).get(kind) if kind in ANSWERS else None
        name = _name(broker.arrivals(conn, it["id"]))
    if found is None:
        raise Refused(404)
    viewer.note("answer downloaded", subject=f"file {file}", detail=kind)
    return download(found["file_name"] or name + found["suffix"], found["body"], ANSWERS[kind])


def _resend(request: Request, room: Room, file: int, form: Form) -> Response:
    """The file of what was rejected and is not accepted since; nothing is kept of the password."""
    viewer = signed_in(request)
    if not viewer.sees_money():
        raise Refused(403, "Records name amounts, which are not for you.")
    with viewer.reading() as conn:
        it = _known(broker.file(conn, viewer.reach.accounts, file))
        left = _failed(conn, it)
        name = _name(broker.arrivals(conn, it["id"]))
    if not left.count:
        raise Refused(409, "Nothing of this file is to be sent again.")
    try:
        data = _bytes(viewer, it)
    except OSError:
        raise Refused(409, "The bytes of this file cannot be read now. Nothing is lost; try again.") from None
    with form.telling("password", resend.NoPassword):
        body = resend.failed(data, left.transactions, left.batches, form.raw("password"))
    if form.faults:
        return _page(request, viewer, room, file, status=422, form=form)
    viewer.note("failed part downloaded", subject=f"file {file}", rows=left.count)
    path = PurePath(name)
    return download(f"{path.stem}.failed{path.suffix or '.abi'}", body, "text/plain; charset=latin-1")


def _page(request: Request, viewer: Viewer, room: Room, file: int, **more: Any) -> Response:
    wrong = filters.number(request, "wrong", 10**7) or 0
    rejected = filters.flag(request, "rejected")
    with viewer.reading() as conn:
        it = _known(broker.file(conn, viewer.reach.accounts, file))
        arrivals = broker.arrivals(conn, it["id"])
        answers = broker.answers(conn, it["id"])
        filings = broker.filings(conn, it["id"], rejected, filters.number(request, "filing"), FILINGS + 1)
        shown: dict[str, Any] = {
            "arrivals": arrivals,
            "steps": broker.steps(conn, it["id"]),
            "failed": _failed(conn, it),
            "filings": filings[:FILINGS],
            "more_filings": filters.address(request, filing=filings[FILINGS - 1]["id"])
            if len(filings) > FILINGS
            else "",
        }
        if it["format"] == "x12":
            shown |= x12.shown(conn, viewer, it, answers, wrong, REASONS)
            shown |= {"sets": x12.SETS, "syntax": x12.SYNTAX, "effects": x12.EFFECTS, "x12_answers": x12.ANSWERS}
        else:
            shown |= _explained(conn, viewer, it, answers, wrong)
    after = wrong + REASONS
    return page(
        request, "file.html", room=room, it=it, name=_name(arrivals), answers=answers, money_shown=viewer.sees_money(),
        records=_records(answers) if viewer.sees_money() else [], wrong=wrong, rejected=rejected, now=viewer.now,
        more_reasons=filters.address(request, wrong=after) if after < shown["reasons_count"] else "",
        dispositions=DISPOSITIONS, **shown, **more,
    )  # fmt: skip


def _failed(conn: Any, it: dict[str, Any]) -> broker.Failed:
    return x12.nothing_failed() if it["format"] == "x12" else broker.failed(conn, it["id"])


def _explained(conn: Any, viewer: Viewer, it: dict[str, Any], answers: dict[str, dict], first: int) -> dict[str, Any]:
    """The reasons of the answer from ``first`` on, each with its record in three parts and a corrected one if any."""
    if "reasons" not in answers:
        return {"reasons": [], "reasons_count": 0}
    told = explained.read(answers["reasons"]["body"])
    try:
        data = _bytes(viewer, it)
    except (OSError, ValueError) as away:
        log.error("the bytes of file %s cannot be read: %s", it["id"], away)
        data = b""  # the words stand in the answer; only the records beside them are missing
    frames = framing.frame([data])
    rows = explained.rows(frames, told, broker.conditions(conn, it["id"]))
    told = told.assign(row=rows, mended="")
    here = slice(first, first + REASONS)
    if viewer.sees_money() and told["code"].iloc[here].isin(hints.CODES).any():
        filing = told["batch"] + " " + told["block"] + " " + told["transaction"]
        ours = told[filing.isin(filing.iloc[here]) & (told["row"] >= 0)]  # a total may have to wait for another reason
        extents = broker.extents(conn, it["id"], (ours["row"] + 1).tolist())
        try:
            told.loc[ours.index, "mended"] = hints.corrected(data, ours, extents, it["check_digit_offset"])
        except Exception:  # a comfort: without it the page still says what is wrong
            log.exception("no corrected lines for file %s", it["id"])
    reasons = [_shown(frames, row) for row in told.iloc[here].to_dict("records")]
    return {"reasons": reasons, "reasons_count": len(told)}


def _shown(frames: framing.Frames, reason: dict[Any, Any]) -> dict[str, Any]:
    """A reason with its record in three parts, and the corrected one as ``(text, changed)``."""
    at = reason["row"]
    parts = explained.parts(frames, at, reason["start"], reason["end"]) if at >= 0 else None
    return reason | {"parts": parts, "mended": explained.changed(parts, reason["mended"]) if parts else []}


def _records(answers: dict[str, dict]) -> list[str]:
    """The first records of the answer."""
    if "ax" not in answers:
        return []
    return answers["ax"]["body"].decode("latin-1").splitlines()[:RECORDS]


def _bytes(viewer: Viewer, it: dict[str, Any]) -> bytes:
    return Archive(viewer.config.settings.archive).get(it["sha256"])


def _name(arrivals: list[dict[str, Any]]) -> str:
    return arrivals[0]["name"] if arrivals else "file"


def _known(it: dict[str, Any] | None) -> dict[str, Any]:
    if it is None:
        raise Refused(404, "There is no such file among yours.")
    return it
