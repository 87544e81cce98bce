"""What is wrong with interchanges: ISA and IEA, element by element (X12.5)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from parsers.x12 import envelope, moments, texts
from parsers.x12.delimiters import ISA_LENGTHS
from parsers.x12.document import Document
from parsers.x12.envelope import IEA
from parsers.x12.envelope_faults import Found, agree, numbers
from parsers.x12.texts import Text

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: TA105 of a fault in each element of the ISA.
ISA_CODES = (
    *("010", "011", "012", "013", "005", "006", "007", "008"),
    *("014", "015", "016", "017", "018", "019", "020", "027"),
)
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


def check(found: Found) -> None:
    """Adds what is wrong with the interchanges of a document (TA105)."""
    doc, split = found.doc, found.doc.split
    first, last = split.segment_first, split.segment_last
    rows = np.arange(len(first))
    sent = split.count[first]
    exact = np.array([cut.exact for cut in split.delimiters], bool)

    def add(code: str, mask: Flags, segment: Ints = first, segment_id: str = "ISA", **more: object) -> None:
        if mask.any():
            found.add("interchange", code, rows[mask], segment[mask], segment_id=segment_id, **more)  # type: ignore[arg-type]

    _lettered(found)
    add("022", sent != 16, kind="elements", expected="16 elements", value=numbers(sent[sent != 16]))
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
    add("021", wrong, trailer, "IEA", element=1, expected=numbers(received[wrong]))
    agree(add, "001", ~missing & (sent == 16), doc.cells(first, 13), doc.cells(trailer, 2), trailer, "IEA")


def _lettered(found: Found) -> None:
    """Element separators that are a letter or a digit."""
    doc, split = found.doc, found.doc.split
    rows = np.flatnonzero([cut.lettered for cut in split.delimiters])
    if not len(rows):
        return
    segment = split.segment_first[rows]
    start = np.minimum(split.start[segment] + 3, split.end[segment])
    end = np.minimum(start + 1, split.end[segment])
    value = texts.cut(doc.data, start, end)
    kinds = ("digit" if one.isdigit() else "letter" for one in value.to_pylist())
    expected = [f"a sign such as *, not the {kind} {one}" for kind, one in zip(kinds, value.to_pylist(), strict=True)]
    found.add(
        "interchange",
        "026",
        rows,
        segment,
        expected=texts.of(expected),
        value=value,
        start=start,
        end=end,
        segment_id="ISA",
    )


def _isa_fault(element: int, field: Text, doc: Document) -> tuple[Flags, str]:
    """Where an element of the ISA says nothing usable, and what is expected there."""
    field = texts.strip(field)
    if element in _ISA_PATTERNS:
        pattern, expected = _ISA_PATTERNS[element]
        return ~texts.matches(field, pattern), expected
    if element == 9:
        return ~moments.are_dates(field, 6), "a date, YYMMDD"
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
