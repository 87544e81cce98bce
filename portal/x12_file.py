"""What the page of an X12 file shows: its sets, what is wrong in which segment and element, and the answers."""

from __future__ import annotations

import logging
from typing import Any

import pandas as pd

from loaders.archive import Archive
from loaders.portal import broker
from portal.viewer import Viewer
from portal.x12_words import element
from transforms import explained
from transforms.x12 import explained as x12

log = logging.getLogger(__name__)
#: What became of a set at its desk.
EFFECTS = {
    "added": "accepted: added",
    "replaced": "accepted: replaces what was on file",
    "changed": "accepted: changes what was on file",
    "cancelled": "accepted: what was on file is cancelled",
    "rejected": "rejected: nothing changed",
}
#: AK501 of the 997: what syntax made of a set.
SYNTAX = {"A": "accepted", "E": "accepted with errors", "R": "rejected"}
#: What sets are, as far as they are read.
SETS = {
    "601": "export filing",
    "810": "invoice",
    "820": "payment advice",
    "824": "application advice",
    "997": "acknowledgment",
    "999": "acknowledgment",
    "350": "status",
    "355": "acceptance or rejection",
}
#: Answers of ours, in the order they are shown.
ANSWERS = (
    ("997", "Functional acknowledgment (997), X12"),
    ("999", "Implementation acknowledgment (999), X12"),
    ("ta1", "Interchange acknowledgment (TA1), X12"),
    ("824", "Application advice (824), X12"),
    ("reasons", "Reasons in words, CSV"),
)


def shown(conn: Any, viewer: Viewer, it: dict[str, Any], answers: dict[str, dict], first: int, most: int) -> dict:
    """The reasons from ``first`` on, each with its segment in three parts and the name of its element; how many there
    are; the first segments of each answer."""
    if "reasons" not in answers:
        return {"reasons": [], "reasons_count": 0, "messages": {}}
    told = x12.faults(explained.read(answers["reasons"]["body"]))
    try:
        data = Archive(viewer.config.settings.archive).get(it["sha256"])
    except (OSError, ValueError) as away:
        log.error("the bytes of file %s cannot be read: %s", it["id"], away)
        data = b""  # the words stand in the answer; only the segments beside them are missing
    segments = x12.segments(data)
    rows = explained.rows(segments, told, broker.conditions(conn, it["id"]))  # type: ignore[arg-type]
    here = slice(first, first + most)
    reasons = [_reason(segments, row) for row in told.assign(row=rows).iloc[here].to_dict("records")]
    messages = {
        kind: x12.lines(answers[kind]["body"], 40) for kind, _ in ANSWERS if kind != "reasons" and kind in answers
    }
    return {"reasons": reasons, "reasons_count": len(told), "messages": messages if viewer.sees_money() else {}}


def _reason(segments: x12.Segments, reason: dict[Any, Any]) -> dict[str, Any]:
    at = reason["row"]
    parts = segments.parts(at, reason["start"], reason["end"]) if 0 <= at < len(segments) else None
    place = reason["field"] or reason["record"]
    return reason | {"parts": parts, "ordinal": at + 1, "place": place, "named": element(place) if place else ""}


def nothing_failed() -> broker.Failed:
    """What of an X12 file is to be sent again is for its partner to say: sets are sent anew, under new numbers."""
    none = pd.DataFrame({"record": [], "last_record": []}, dtype="int64")
    return broker.Failed(none, none, 0)
