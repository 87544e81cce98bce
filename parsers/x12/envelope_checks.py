"""What is wrong with interchanges, functional groups and transaction sets themselves (X12.5, X12.6).

Codes: TA105 (data element I18) for the interchange, AK905 (716) for the group, AK502 (718) for the set. ``kind`` says
which of several things a code stands for; how grave each is stands in ``verdicts.csv``.

Control numbers of ISA, IEA, GS and GE are numbers, so leading zeros do not make them differ; ST02 and SE02 are text.
A set whose group is not supported is not judged by what the group may hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from parsers.x12 import document, envelope
from parsers.x12.delimiters import ISA_LENGTHS
from parsers.x12.document import QUOTED, Document
from parsers.x12.envelope import GE, GS, IEA, SE, ST
from parsers.x12.maps import tables

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
    6: (r"[ -~]+", "the sender's identifier"),
    7: (_QUALIFIERS, "a qualifier such as 01, 14, 20, 30 or ZZ"),
    8: (r"[ -~]+", "the receiver's identifier"),
    12: (_VERSIONS, "a version such as 00401 or 00501"),
    13: (r"[0-9]{1,9}", "9 digits"),
    14: (r"[01]", "0 or 1"),
    15: (r"[PTI]", "P or T"),
}
_CONTROL = np.array([GS, GE, ST, SE], np.uint32)
_HIGH_VOLUME = 18  # digits of a count that fit


def check(doc: Document) -> Document:
    """The same with every fault of its envelopes."""
    found = _Found(doc)
    _bytes(found)
    _interchanges(found)
    _groups(found)
    _sets(found)
    return doc.with_faults(found.table())


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
        expected: str | pd.Series = "",
        value: pd.Series | None = None,
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
            value = doc.element(segment, element) if element else pd.Series([""] * len(rows), dtype="str")
        row: dict[str, Ints | int] = {"interchange": -1, "group": -1, "set": -1}
        if level == "set":
            row = {"set": rows, **{name: doc.sets[name].to_numpy()[rows] for name in ("interchange", "group")}}
        elif level == "group":
            row = {"group": rows, "interchange": doc.groups["interchange"].to_numpy()[rows], "set": -1}
        elif level == "interchange":
            row = {"interchange": rows, "group": np.append(doc.segments["group"].to_numpy(), -1)[segment], "set": -1}
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
                "value": value.array,
                "segment_id": segment_id,
                "position": np.append(doc.segments["position"].to_numpy(), 0)[segment],
                "reference": REFERENCES[segment_id][element - 1] if element else "",
                "expected": expected if isinstance(expected, str) else expected.array,
            }
        )

    def table(self) -> pd.DataFrame:
        if not self.parts:
            return document.faults()
        return pd.concat([document.faults(part) for part in self.parts], ignore_index=True)


def _extent(doc: Document, segment: Ints) -> tuple[Ints, Ints]:
    return np.append(doc.split.start, -1)[segment], np.append(doc.split.end, -1)[segment]


def _bytes(found: _Found) -> None:
    """What the splitter passed over, and segment ids in small letters."""
    doc, oddities = found.doc, found.doc.split.found
    closed = envelope.trailers(doc.split, doc.interchanges, IEA) >= 0
    at_set = np.append(doc.segments["set"].to_numpy(), -1)[oddities["segment"].to_numpy()]
    closing = np.append(doc.key, 0)[oddities["segment"].to_numpy()] == SE
    for kind, expected in (("outside", "nothing"), ("empty", "a segment"), ("open", "a segment terminator")):
        some = (oddities["kind"] == kind).to_numpy()
        if not some.any():
            continue
        if kind == "open":
            some = some & np.append(closed, False)[oddities["interchange"].to_numpy()]
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
    small = _small_letters(doc)
    in_set = doc.segments["set"].to_numpy()[small]
    for level, rows, segment, code in (
        ("segment", in_set[in_set >= 0], small[in_set >= 0], "1"),
        ("interchange", doc.split.interchange[small[in_set < 0]], small[in_set < 0], "022"),
    ):
        if not len(rows):
            continue
        names = doc.segments["id"].take(segment).reset_index(drop=True)
        part = _Found(doc)
        part.add("set" if level == "segment" else level, code, rows, segment, kind="small_letters", expected=names)
        found.parts += [{**one, "level": level, "segment_id": names.array} for one in part.parts]


def _small_letters(doc: Document) -> Ints:
    buffer = np.frombuffer(doc.data, np.uint8)
    small = np.zeros(len(doc.key), bool)
    for at in range(3):
        place = doc.split.start + at
        inside = (doc.key & np.uint32(255)) > at
        byte = buffer[np.where(inside, place, 0)] if len(buffer) else np.zeros(0, np.uint8)
        small |= inside & (byte >= ord("a")) & (byte <= ord("z"))
    return np.flatnonzero(small & (doc.split.end > doc.split.start)).astype(np.int64)


def _quoted(doc: Document, start: Ints, end: Ints) -> pd.Series:
    """The begin of what stands there."""
    texts = [
        doc.data[a : min(b, a + QUOTED)].decode("latin-1") for a, b in zip(start.tolist(), end.tolist(), strict=True)
    ]
    return pd.Series(texts, dtype="str")


def _interchanges(found: _Found) -> None:
    doc, table, split = found.doc, found.doc.interchanges, found.doc.split
    first = table["first"].to_numpy()
    rows = np.arange(len(table))
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
    for element, length in enumerate(ISA_LENGTHS, 1):
        texts = _list(doc, first, element)
        there = sent >= element
        bad, expected = _isa_fault(element, texts, table, doc)
        bad = bad & there
        add(ISA_CODES[element - 1], bad, element=element, expected=expected)
        wrong_length = there & ~exact & ~bad & (np.array([len(text) for text in texts]) != length) & (sent >= 15)
        units = "characters" if length > 1 else "character"
        add(ISA_CODES[element - 1], wrong_length, element=element, kind="length", expected=f"{length} {units}")

    trailer = envelope.trailers(split, table, IEA)
    missing = trailer < 0
    last = table["last"].to_numpy() - 1
    found.add("interchange", "023", rows[missing], last[missing], expected="an IEA segment", behind=True)
    received = np.bincount(doc.groups["interchange"], minlength=len(table))
    declared = doc.element(trailer, 1)
    none = pd.Series(np.full(len(table), -1))
    count = envelope.number(declared, none).to_numpy()
    bare_answer = table["only_acknowledgments"].to_numpy() & (received == 0) & (count == 1)
    wrong = ~missing & (count != received) & ~bare_answer
    add("021", wrong, trailer, "IEA", element=1, expected=_numbers(received[wrong]))
    _agree(add, "001", ~missing, doc.element(first, 13), doc.element(trailer, 2), trailer, "IEA")
    _strays(found)


def _isa_fault(element: int, texts: list[str], table: pd.DataFrame, doc: Document) -> tuple[Flags, str]:
    """Where an element of the ISA says nothing usable, and what is expected there."""
    if element in _ISA_PATTERNS:
        pattern, expected = _ISA_PATTERNS[element]
        return _all_but(pattern, texts), expected
    if element == 9:
        return ~are_dates(pd.Series(texts, dtype="str").str.strip(), 6), "a date, YYMMDD"
    if element == 10:
        return _all_but(_TIME_OF_4, texts), "a time, HHMM"
    if element == 11:
        late = (table["version"] >= envelope.REPEATS_FROM).to_numpy()
        names = ~_all_but("U", texts)
        return ~np.where(late, names | (table["repetition_separator"] != "").to_numpy(), names), (
            "U, or the repetition separator from 00402 on"
        )
    if element == 16:
        cuts = doc.split.delimiters
        return np.array([cut.component < 0 for cut in cuts], bool), "a component separator"
    return np.zeros(len(texts), bool), ""


def _list(doc: Document, rows: Ints, element: int) -> list[str]:
    """An element of a few segments."""
    start, end = doc.place(rows, element)
    return [doc.data[a:b].decode("latin-1") for a, b in zip(start.tolist(), end.tolist(), strict=True)]


def _all_but(pattern: str, texts: list[str]) -> Flags:
    """Which texts, without blanks around them, are not of the pattern."""
    match = re.compile(pattern).fullmatch
    return np.array([match(text.strip()) is None for text in texts], bool)


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
    first = table["first"].to_numpy()
    rows = np.arange(len(table))
    support = _support(table)

    def add(code: str, mask: Flags, segment: Ints = first, segment_id: str = "GS", **more: object) -> None:
        if mask.any():
            found.add("group", code, rows[mask], segment[mask], segment_id=segment_id, **more)  # type: ignore[arg-type]

    add("1", support == "1", element=1, expected="a functional group such as " + ", ".join(_known_groups()))
    add("2", support == "2", element=8, expected="one of the releases " + ", ".join(tables.releases()))
    number = table["control_number"].str.fullmatch("[0-9]{1,9}").to_numpy(bool)
    add("6", ~number, element=6, expected="1 to 9 digits")
    again = table[number].duplicated(["interchange", "control_number"]).reindex(table.index, fill_value=False)
    add("19", again.to_numpy(bool), element=6, expected="a number that no other group of the interchange has")
    for element, good, expected in (
        (2, table["sender"].str.fullmatch(r"[ -~]{2,15}").to_numpy(bool), "2 to 15 characters"),
        (3, table["receiver"].str.fullmatch(r"[ -~]{2,15}").to_numpy(bool), "2 to 15 characters"),
        (4, are_dates(table["date"], 8) | are_dates(table["date"], 6), "a date, CCYYMMDD"),
        (5, are_times(table["time"], (4, 6, 7, 8)), "a time, HHMM"),
        (7, table["agency"].isin(["X", "T"]).to_numpy(bool), "X"),
    ):
        bad = ~good
        interchange = table["interchange"].to_numpy()[bad]
        found.add(
            "interchange",
            "024",
            interchange,
            first[bad],
            element=element,
            kind="gs",
            expected=expected,
            segment_id="GS",
        )

    trailer = envelope.trailers(split, table, GE)
    missing, last = trailer < 0, table["last"].to_numpy() - 1
    found.add("group", "3", rows[missing], last[missing], expected="a GE segment", behind=True)
    received = table["received"].to_numpy()
    count = envelope.number(doc.element(trailer, 1), pd.Series(np.full(len(table), -1))).to_numpy()
    wrong = ~missing & (count != received)
    add("5", wrong, trailer, "GE", element=1, expected=_numbers(received[wrong]))
    _agree(add, "4", ~missing, table["control_number"], doc.element(trailer, 2), trailer, "GE")


def _sets(found: _Found) -> None:
    doc, table, split = found.doc, found.doc.sets, found.doc.split
    first, last = table["first"].to_numpy(), table["last"].to_numpy()
    rows = np.arange(len(table))

    def add(code: str, mask: Flags, segment: Ints = first, segment_id: str = "ST", **more: object) -> None:
        if mask.any():
            found.add("set", code, rows[mask], segment[mask], segment_id=segment_id, **more)  # type: ignore[arg-type]

    support, expected = _set_support(doc)
    add("6", support == "6", element=1, expected="the three digits of a set")
    add("1", support == "1", element=1, expected=expected[support == "1"])
    add("18", support == "18", element=1, expected=expected[support == "18"])
    number, length = table["control_number"], table["control_number"].str.len()
    add("7", ((length == 0) | (length > 9)).to_numpy(), element=2, expected="4 to 9 characters")
    add("7", ((length > 0) & (length < 4)).to_numpy(), element=2, kind="length", expected="4 to 9 characters")
    again = (table.duplicated(["group", "control_number"]) & (number != "")).to_numpy(bool)
    add("23", again, element=2, expected="a number that no other set of the group has")

    trailer = envelope.trailers(split, table, SE)
    missing = trailer < 0
    found.add("set", "2", rows[missing], last[missing] - 1, expected="an SE segment", behind=True)
    count = envelope.number(doc.element(trailer, 1), pd.Series(np.full(len(table), -1))).to_numpy()
    wrong = ~missing & (count != last - first)
    add("4", wrong, trailer, "SE", element=1, expected=_numbers((last - first)[wrong]))
    differs = ~missing & (doc.element(trailer, 2).str.strip() != number).to_numpy()
    add("3", differs, trailer, "SE", element=2, expected=number[differs])


def _support(groups: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Of each group AK905 1 (no such group), 2 (not in this release), or blank."""
    pairs = groups[["functional_id", "release"]].drop_duplicates()
    answers = {pair: _support_of(*pair) for pair in pairs.itertuples(index=False, name=None)}
    keys = zip(groups["functional_id"], groups["release"], strict=True)
    return np.array([answers[key] for key in keys], object)


def _support_of(functional_id: str, gs08: str) -> str:
    if functional_id not in _known_groups():
        return "1"
    release = tables.normal_release(gs08)
    return "" if release and tables.group_sets(functional_id, release) else "2"


def _set_support(doc: Document) -> tuple[npt.NDArray[np.object_], pd.Series]:
    """Of each set AK502 6 (no identifier), 1 (not supported), 18 (not of its group) or blank, and what would be."""
    group = doc.sets["group"].to_numpy()
    number, names = pd.factorize(doc.sets["set_id"])
    pairs, place = np.unique(group * max(len(names), 1) + number, return_inverse=True)
    functional, release = doc.groups["functional_id"].tolist(), doc.groups["release"].tolist()
    answers = []
    for pair in pairs.tolist():
        of, name = divmod(pair, len(names))
        answers.append(_set_support_of(str(names[name]), functional[of], release[of]))
    codes = np.array([code for code, _ in answers], object)[place]
    return codes, pd.Series([expected for _, expected in answers], dtype="str").take(place).reset_index(drop=True)


@cache
def _set_support_of(set_id: str, functional_id: str, gs08: str) -> tuple[str, str]:
    if len(set_id) != 3 or not set_id.isalnum():
        return "6", ""
    if _support_of(functional_id, gs08):
        return "", ""
    release = tables.normal_release(gs08) or ""
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
    add: Callable[..., None], code: str, where: Flags, header: pd.Series, trailer: pd.Series, segment: Ints, name: str
) -> None:
    """The control number of a trailer must be that of its header, as numbers where both are."""
    sent, repeated = header.str.strip(), trailer.str.strip()
    differs = (sent.str.lstrip("0") != repeated.str.lstrip("0")) | ((repeated == "") & (sent != ""))
    mask = where & differs.to_numpy(bool)
    add(code, mask, segment, name, element=2, expected=sent[mask])


def are_dates(text: pd.Series, length: int) -> Flags:
    """Which texts are a day of the calendar: YYMMDD or CCYYMMDD, not before 1800."""
    well = text.str.fullmatch(f"[0-9]{{{length}}}").to_numpy(bool)
    digits = text.where(well, "0" * length)
    year = digits.str.slice(0, length - 4).astype("int64").to_numpy()
    month = digits.str.slice(length - 4, length - 2).astype("int64").to_numpy()
    day = digits.str.slice(length - 2).astype("int64").to_numpy()
    full = year + np.where(year < 50, 2000, 1900) if length == 6 else year
    leap = (full % 4 == 0) & ((full % 100 != 0) | (full % 400 == 0))
    days = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])[np.where(month <= 12, month, 0)]
    return well & (full >= 1800) & (day >= 1) & (day <= days + (leap & (month == 2)))


def are_times(text: pd.Series, lengths: tuple[int, ...]) -> Flags:
    """Which texts are a time of day: HHMM, HHMMSS, or that with tenths or hundredths."""
    well = text.str.fullmatch(r"([01][0-9]|2[0-3])[0-5][0-9]([0-5][0-9][0-9]{0,2})?").to_numpy(bool)
    return well & text.str.len().isin(lengths).to_numpy(bool)


def _numbers(values: Ints) -> pd.Series:
    return pd.Series([str(value) for value in values.tolist()], dtype="str")
