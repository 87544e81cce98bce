"""What is wrong with interchanges, functional groups and transaction sets themselves (X12.5, X12.6): one after the
other, and before that what stands in none of them.

Codes: TA105 (data element I18) for the interchange, AK905 (716) for the group, AK502 (718) for the set. ``kind`` says
which of several things a code stands for; how grave each is stands in ``verdicts.csv``.

Control numbers of ISA, IEA, GS and GE are numbers, so leading zeros do not make them differ; ST02 and SE02 are text.
A set whose group is not supported is not judged by what the group may hold.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parsers.x12 import envelope, group_checks, interchange_checks, set_checks, texts
from parsers.x12.document import Document, at
from parsers.x12.envelope import GE, GS, IEA, SE, ST
from parsers.x12.envelope_faults import Found, quoted

Ints = npt.NDArray[np.int64]
_CONTROL = np.array([GS, GE, ST, SE], np.uint32)


def check(doc: Document) -> Document:
    """The same with every fault of its envelopes."""
    found = Found(doc)
    _passed_over(found)
    _small(found)
    interchange_checks.check(found)
    _strays(found)
    group_checks.check(found)
    set_checks.check(found)
    return doc.with_found(found.parts)


def _passed_over(found: Found) -> None:
    """What the splitter passed over."""
    doc, oddities = found.doc, found.doc.split.found
    if not len(oddities):
        return
    closed = envelope.trailers(doc.split, doc.split.segment_first, doc.split.segment_last, IEA) >= 0
    segment = oddities["segment"].to_numpy()
    at_set = at(doc.segments["set"].to_numpy(), segment, -1)
    closing = at(doc.key, segment, 0) == SE
    for kind, expected in (("outside", "nothing"), ("empty", "a segment"), ("open", "a segment terminator")):
        some = (oddities["kind"] == kind).to_numpy()
        if not some.any():
            continue
        if kind == "open":
            # Where segments are lines the last one often has no end: nobody's editor calls that a fault.
            lines = np.array([cut.segment in (10, 13) for cut in doc.split.delimiters], bool)
            some = some & np.append(closed & ~lines, False)[oddities["interchange"].to_numpy()]
        inside = some & (at_set >= 0) & ~closing & (kind == "empty")
        for level, mask, rows, code in (
            ("set", inside, at_set, "5"),
            ("interchange", some & ~inside, oddities["interchange"].to_numpy(), "023" if kind == "open" else "022"),
        ):
            part = oddities[mask]
            found.add(
                level,
                code,
                rows[mask],
                part["segment"].to_numpy(),
                kind=kind,
                expected=expected,
                value=quoted(doc, part["start"].to_numpy(), part["end"].to_numpy()),
                start=part["start"].to_numpy(),
                end=part["end"].to_numpy(),
            )


def _small(found: Found) -> None:
    """Segment ids in small letters."""
    doc, small = found.doc, _small_letters(found.doc)
    if not len(small):
        return
    in_set = doc.segments["set"].to_numpy()[small]
    for level, rows, segment, code in (
        ("segment", in_set[in_set >= 0], small[in_set >= 0], "1"),
        ("interchange", doc.split.interchange[small[in_set < 0]], small[in_set < 0], "022"),
    ):
        if not len(rows):
            continue
        names = texts.of(doc.segments["id"].array).take(pa.array(segment))
        part = Found(doc)
        part.add("set" if level == "segment" else level, code, rows, segment, kind="small_letters", expected=names)
        found.parts += [{**one, "level": level, "segment_id": names} for one in part.parts]


def _small_letters(doc: Document) -> Ints:
    """Segments whose id is one but for its small letters: two or three letters and digits."""
    buffer = np.frombuffer(doc.data, np.uint8)
    small = np.zeros(len(doc.key), bool)
    length = doc.key & np.uint32(255)
    for offset in range(3):
        place = doc.split.start + offset
        inside = length > offset
        byte = buffer[np.where(inside, place, 0)] if len(buffer) else np.zeros(0, np.uint8)
        small |= inside & (byte >= ord("a")) & (byte <= ord("z"))
    rows = np.flatnonzero(small & (length >= 2) & (length <= 3)).astype(np.int64)
    if not len(rows):
        return rows
    return rows[texts.matches(texts.of(doc.segments["id"].array).take(pa.array(rows)), "[A-Z0-9]+")]


def _strays(found: Found) -> None:
    """Segments that stand in no group or no set where they should."""
    doc = found.doc
    group, of_set = doc.segments["group"].to_numpy(), doc.segments["set"].to_numpy()
    between = (group < 0) & ~np.isin(doc.key, envelope.BETWEEN_GROUPS)
    between |= (group >= 0) & (of_set < 0) & ~np.isin(doc.key, np.array([GS, GE], np.uint32))
    rows = np.flatnonzero(between)
    if not len(rows):
        return
    interchange = doc.split.interchange
    breaks = (np.diff(rows) > 1) | (np.diff(interchange[rows]) != 0) | (np.diff(group[rows]) != 0)
    firsts, lasts = rows[np.append(True, breaks)], rows[np.append(breaks, True)]
    holds = np.add.reduceat(np.isin(doc.key[rows], _CONTROL), np.flatnonzero(np.append(True, breaks))) > 0
    of_group = group[firsts]
    for level, code, kind, mask, of in (
        ("group", "5", "lost", holds & (of_group >= 0), of_group),
        ("interchange", "024", "lost", holds & (of_group < 0), interchange[firsts]),
        ("interchange", "024", "stray", ~holds, interchange[firsts]),
    ):
        start, end = doc.split.start[firsts[mask]], doc.split.end[lasts[mask]]
        found.add(
            level,
            code,
            of[mask],
            firsts[mask],
            kind=kind,
            expected="segments inside ST and SE, inside GS and GE",
            value=quoted(doc, start, end),
            start=start,
            end=end,
        )
