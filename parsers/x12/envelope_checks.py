"""What is wrong with interchanges, functional groups and transaction sets themselves (X12.5, X12.6).

Codes: TA105 (data element I18) for the interchange, AK905 (716) for the group, AK502 (718) for the set. ``kind`` says
which of several things a code stands for; how grave each is stands in ``verdicts.csv``.

Control numbers of ISA, IEA, GS and GE are numbers, so leading zeros do not make them differ; ST02 and SE02 are text.
A set whose group is not supported is not judged by what the group may hold.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parsers.x12 import envelope, texts
from parsers.x12.delimiters import ISA_LENGTHS
from parsers.x12.document import QUOTED, Document, at
from parsers.x12.envelope import GE, GS, IEA, SE, ST
from parsers.x12.maps import tables
from parsers.x12.texts import Text

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: TA105 of a fault in each element of the ISA.
ISA_CODES = (
    *("010", "011", "012", "013", "005", "006", "007", "008"),
    *("014", "015", "016", "017", "018", "019", "020", "027"),
)
#: Data element numbers of ISA, GS, ST and their trailers (X12.5, X12.22).
REFERENCES = {
    "ISA": (
        *("I01", "I02", "I03", "I04", "I05", "I06", "I05", "I07"),
        *("I08", "I09", "I65", "I11", "I12", "I13", "I14", "I15"),
    ),
    "IEA": ("I16", "I12"),
    "GS": ("479", "142", "124", "373", "337", "28", "455", "480"),
    "GE": ("97", "28"),
    "ST": ("143", "329", "1705"),
    "SE": ("96", "329"),
}
_QUALIFIERS = r"0[1-4]|0[7-9]|1[0-9]|2[0-9]|3[0-8]|AM|NR|SA|SN|ZZ"
_VERSIONS = r"00[2-9][0-9][0-9]"
_TIME_OF_4 = r"([01][0-9]|2[0-3])[0-5][0-9]"
_ISA_PATTERNS = {
    1: (r"0[0-8]", "00"),
    3: (r"0[01]", "00"),
    5: (_QUALIFIERS, "a qualifier such as 01, 14, 20, 30 or ZZ"),
    6: (r"[ -~]+", "the sender's identifier, characters that can be printed"),
    7: (_QUALIFIERS, "a qualifier such as 01, 14, 20, 30 or ZZ"),
    8: (r"[ -~]+", "the receiver's identifier, characters that can be printed"),
    12: (_VERSIONS, "a version such as 00401 or 00501"),
    13: (r"[0-9]{1,9}", "9 digits"),
    14: (r"[01]", "0 or 1"),
    15: (r"[PTI]", "P or T"),
}
_CONTROL = np.array([GS, GE, ST, SE], np.uint32)
#: How a group in another release can be taken all the same.
_AGREED = "; a partner profile may say by which of them another release is read (read_as)"
_HIGH_VOLUME = 18  # digits of a count that fit


def check(doc: Document) -> Document:
    """The same with every fault of its envelopes."""
    found = _Found(doc)
    _passed_over(found)
    _small(found)
    _interchanges(found)
    _groups(found)
    _sets(found)
    return doc.with_found(found.parts)


class _Found:
    """Faults gathered column by column."""

    def __init__(self, doc: Document) -> None:
        self.doc = doc
        self.parts: list[dict[str, object]] = []

    def add(
        self,
        level: str,
        code: str,
        rows: Ints,
        segment: Ints,
        *,
        element: int = 0,
        kind: str = "",
        expected: str | Text = "",
        value: Text | None = None,
        start: Ints | None = None,
        end: Ints | None = None,
        segment_id: str = "",
        behind: bool = False,
    ) -> None:
        """Faults at ``rows`` of the table of their level; ``segment`` is the row of the segment meant (-1: none), or
        with ``behind`` of that behind which another should stand."""
        if not len(rows):
            return
        doc = self.doc
        if start is None or end is None:
            start, end = doc.place(segment, element) if element else _extent(doc, segment)
            start = end if behind else start
        if value is None:
            value = doc.cells(segment, element) if element else texts.constant("", len(rows))
        row: dict[str, Ints | int] = {"interchange": -1, "group": -1, "set": -1}
        if level == "set":
            row = {"set": rows, **{name: doc.sets[name].to_numpy()[rows] for name in ("interchange", "group")}}
        elif level == "group":
            row = {"group": rows, "interchange": doc.groups["interchange"].to_numpy()[rows], "set": -1}
        elif level == "interchange":
            row = {"interchange": rows, "group": at(doc.segments["group"].to_numpy(), segment, -1), "set": -1}
        self.parts.append(
            {
                **row,
                "level": level,
                "code": code,
                "kind": kind,
                "segment": segment,
                "element": element,
                "start": start,
                "end": end,
                "value": value,
                "segment_id": segment_id,
                "position": at(doc.segments["position"].to_numpy(), segment, 0),
                "reference": REFERENCES[segment_id][element - 1] if element else "",
                "expected": expected,
            }
        )


def _extent(doc: Document, segment: Ints) -> tuple[Ints, Ints]:
    return at(doc.split.start, segment, -1), at(doc.split.end, segment, -1)


def _passed_over(found: _Found) -> None:
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
                value=_quoted(doc, part["start"].to_numpy(), part["end"].to_numpy()),
                start=part["start"].to_numpy(),
                end=part["end"].to_numpy(),
            )


def _small(found: _Found) -> None:
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
        part = _Found(doc)
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


def _quoted(doc: Document, start: Ints, end: Ints) -> Text:
    """The begin of what stands there."""
    return texts.cut(doc.data, start, np.minimum(end, start + QUOTED))


def _interchanges(found: _Found) -> None:
    doc, split = found.doc, found.doc.split
    first, last = split.segment_first, split.segment_last
    rows = np.arange(len(first))
    sent = split.count[first]
    exact = np.array([cut.exact for cut in split.delimiters], bool)

    def add(code: str, mask: Flags, segment: Ints = first, segment_id: str = "ISA", **more: object) -> None:
        if mask.any():
            found.add("interchange", code, rows[mask], segment[mask], segment_id=segment_id, **more)  # type: ignore[arg-type]

    add("022", sent != 16, kind="elements", expected="16 elements", value=_numbers(sent[sent != 16]))
    add(
        "004",
        np.array([cut.segment < 0 for cut in split.delimiters], bool),
        expected="a segment terminator behind ISA16",
    )
    for element, (length, field) in enumerate(zip(ISA_LENGTHS, doc.fields(first, range(1, 17)), strict=True), 1):
        there = sent == 16  # where one is missing or too many, which is which cannot be told
        bad, expected = _isa_fault(element, field, doc)
        bad = bad & there
        add(ISA_CODES[element - 1], bad, element=element, expected=expected)
        wrong_length = there & ~exact & ~bad & (texts.length(field) != length)
        units = "characters" if length > 1 else "character"
        add(ISA_CODES[element - 1], wrong_length, element=element, kind="length", expected=f"{length} {units}")

    trailer = envelope.trailers(split, first, last, IEA)
    missing = trailer < 0
    found.add("interchange", "023", rows[missing], last[missing] - 1, expected="an IEA segment", behind=True)
    received = np.bincount(doc.groups["interchange"], minlength=len(rows))
    count = envelope.number(doc.cells(trailer, 1), -1)
    bare_answer = doc.interchanges["only_acknowledgments"].to_numpy() & (received == 0) & (count == 1)
    wrong = ~missing & (count != received) & ~bare_answer
    add("021", wrong, trailer, "IEA", element=1, expected=_numbers(received[wrong]))
    _agree(add, "001", ~missing & (sent == 16), doc.cells(first, 13), doc.cells(trailer, 2), trailer, "IEA")
    _strays(found)


def _isa_fault(element: int, field: Text, doc: Document) -> tuple[Flags, str]:
    """Where an element of the ISA says nothing usable, and what is expected there."""
    field = texts.strip(field)
    if element in _ISA_PATTERNS:
        pattern, expected = _ISA_PATTERNS[element]
        return ~texts.matches(field, pattern), expected
    if element == 9:
        return ~are_dates(field, 6), "a date, YYMMDD"
    if element == 10:
        return ~texts.matches(field, _TIME_OF_4), "a time, HHMM"
    if element == 11:
        late = (doc.interchanges["version"] >= envelope.REPEATS_FROM).to_numpy()
        separates = late & (doc.interchanges["repetition_separator"] != "").to_numpy()
        return ~(separates | texts.equal(field, "U")), "U, or the repetition separator from 00402 on"
    if element == 16:
        cuts = doc.split.delimiters
        return np.array([cut.component < 0 for cut in cuts], bool), "a component separator"
    return np.zeros(len(field), bool), ""


def _strays(found: _Found) -> None:
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
            value=_quoted(doc, start, end),
            start=start,
            end=end,
        )


def _groups(found: _Found) -> None:
    doc, table, split = found.doc, found.doc.groups, found.doc.split
    first, last, of = (table[name].to_numpy() for name in ("first", "last", "interchange"))
    rows = np.arange(len(table))

    def column(name: str) -> Text:
        return texts.of(table[name].array)

    def add(code: str, mask: Flags, segment: Ints = first, segment_id: str = "GS", **more: object) -> None:
        if mask.any():
            found.add("group", code, rows[mask], segment[mask], segment_id=segment_id, **more)  # type: ignore[arg-type]

    kinds = zip(column("functional_id").to_pylist(), column("read_as").to_pylist(), strict=True)
    support = np.array([_support_of(*kind) for kind in kinds], "U1")
    add("1", support == "1", element=1, expected="a functional group such as " + ", ".join(_known_groups()))
    add("2", support == "2", element=8, expected=f"one of the releases {', '.join(tables.releases())}{_AGREED}")
    control_number = column("control_number")
    valid = texts.matches(control_number, "[0-9]{1,9}")
    add("6", ~valid, element=6, expected="1 to 9 digits")
    again = valid & texts.repeated(control_number, of)
    add("19", again, element=6, expected="a number that no other group of the interchange has")
    date = column("date")
    for element, good, expected in (
        (2, _are_codes(column("sender"), doc.cells(first, 2)), "2 to 15 characters"),
        (3, _are_codes(column("receiver"), doc.cells(first, 3)), "2 to 15 characters"),
        (4, are_dates(date, 8) | are_dates(date, 6), "a date, CCYYMMDD"),
        (5, are_times(column("time")), "a time, HHMM"),
        (7, texts.matches(column("agency"), "[XT]"), "X"),
    ):
        bad = ~good
        found.add(
            "interchange",
            "024",
            of[bad],
            first[bad],
            element=element,
            kind="gs",
            expected=expected,
            segment_id="GS",
        )

    trailer = envelope.trailers(split, first, last, GE)
    missing = trailer < 0
    found.add("group", "3", rows[missing], last[missing] - 1, expected="a GE segment", behind=True)
    received = table["received"].to_numpy()
    wrong = ~missing & (envelope.number(doc.cells(trailer, 1), -1) != received)
    add("5", wrong, trailer, "GE", element=1, expected=_numbers(received[wrong]))
    _agree(add, "4", ~missing, control_number, doc.cells(trailer, 2), trailer, "GE")


def _sets(found: _Found) -> None:
    doc, table, split = found.doc, found.doc.sets, found.doc.split
    first, last, group = (table[name].to_numpy() for name in ("first", "last", "group"))
    rows = np.arange(len(table))

    def add(code: str, mask: Flags, segment: Ints = first, segment_id: str = "ST", **more: object) -> None:
        if mask.any():
            found.add("set", code, rows[mask], segment[mask], segment_id=segment_id, **more)  # type: ignore[arg-type]

    set_id = texts.of(table["set_id"].array)
    functional_id, read_as = (texts.of(doc.groups[name].array) for name in ("functional_id", "read_as"))
    kinds, which = envelope.kinds_of(set_id, group, functional_id, read_as)
    support = [_set_support_of(*kind) for kind in kinds]
    codes = np.array([code for code, _ in support], "U2")[which]
    expected = texts.of([words for _, words in support]).take(pa.array(which))
    for code in ("6", "1", "18"):
        add(code, codes == code, element=1, expected=expected.filter(pa.array(codes == code)))
    number = texts.of(table["control_number"].array)
    length = texts.length(number)
    add("7", (length == 0) | (length > 9), element=2, expected="4 to 9 characters")
    add("7", (length > 0) & (length < 4), element=2, kind="length", expected="4 to 9 characters")
    again = texts.repeated(number, group) & (length > 0)
    add("23", again, element=2, expected="a number that no other set of the group has")

    trailer = envelope.trailers(split, first, last, SE)
    missing = trailer < 0
    found.add("set", "2", rows[missing], last[missing] - 1, expected="an SE segment", behind=True)
    wrong = ~missing & (envelope.number(doc.cells(trailer, 1), -1) != last - first)
    add("4", wrong, trailer, "SE", element=1, expected=_numbers((last - first)[wrong]))
    differs = ~missing & ~texts.equal(texts.strip(doc.cells(trailer, 2)), number) & (length > 0)
    add("3", differs, trailer, "SE", element=2, expected=number.filter(pa.array(differs)))


@lru_cache(maxsize=1024)
def _support_of(functional_id: str, release: str) -> str:
    """AK905 1 (no such group), 2 (not in the release that it is read by, or read by none), or blank."""
    if functional_id not in _known_groups():
        return "1"
    return "" if release and tables.group_sets(functional_id, release) else "2"


@lru_cache(maxsize=1024)
def _set_support_of(set_id: str, functional_id: str, release: str) -> tuple[str, str]:
    """AK502 6 (no identifier), 1 (not supported), 18 (not of its group) or blank, and what would be right."""
    if len(set_id) != 3 or not set_id.isalnum():
        return "6", "the three digits of a set"
    if _support_of(functional_id, release):
        return "", ""
    fits = tables.group_sets(functional_id, release)
    expected = "one of " + ", ".join(fits) if len(fits) > 1 else "".join(fits)
    if set_id in fits:
        return "", ""
    return ("18" if set_id in tables.set_ids(release) else "1"), expected


@cache
def _known_groups() -> tuple[str, ...]:
    found = {name for transaction in tables.transactions() for name in transaction.functional_ids}
    return tuple(sorted(found))


def _agree(
    add: Callable[..., None], code: str, where: Flags, header: Text, trailer: Text, segment: Ints, name: str
) -> None:
    """The control number of a trailer must be that of its header, as numbers where both are. A header without one has
    a fault of its own."""
    sent, repeated = texts.strip(header), texts.strip(trailer)
    same = texts.equal(pc.utf8_ltrim(sent, characters="0"), pc.utf8_ltrim(repeated, characters="0"))
    mask = where & (~same | texts.equal(repeated, "")) & ~texts.equal(sent, "")
    add(code, mask, segment, name, element=2, expected=sent.filter(pa.array(mask)))


def _are_codes(code: Text, sent: Text) -> Flags:
    """Which texts can be GS02 or GS03: a code of one character is filled up with a blank (X12.6: trailing blanks stand
    where the shortest length asks for them)."""
    return texts.matches(code, "[ -~]{1,15}") & (texts.length(sent) >= 2)


def are_dates(text: Text, length: int) -> Flags:
    """Which texts are a day of the calendar: YYMMDD or CCYYMMDD, not before 1800."""
    well = texts.matches(text, f"[0-9]{{{length}}}")
    digits = pc.cast(pc.if_else(pa.array(well), text, "0"), pa.int64()).to_numpy()
    year, month, day = digits // 10_000, digits // 100 % 100, digits % 100
    full = year + np.where(year < 50, 2000, 1900) if length == 6 else year
    leap = (full % 4 == 0) & ((full % 100 != 0) | (full % 400 == 0))
    days = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])[np.where(month <= 12, month, 0)]
    return well & (full >= 1800) & (day >= 1) & (day <= days + (leap & (month == 2)))


def are_times(text: Text) -> Flags:
    """Which texts are a time of day: HHMM, HHMMSS, or that with tenths or hundredths."""
    return texts.matches(text, r"([01][0-9]|2[0-3])[0-5][0-9]([0-5][0-9][0-9]{0,2})?")


def _numbers(values: Ints) -> Text:
    return texts.of([str(value) for value in values.tolist()])
