"""Columns of elements against one value at a time: pyx12's own tests of values, and membership of code lists."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyx12.validation import IsValidDataType

from parsers.x12.columns import CodeLists, columns
from parsers.x12.element_findings import CHARACTER, CONTROL, DATE, TIME
from parsers.x12.elements import check
from parsers.x12.leaves import IS_CONTROL
from parsers.x12.sent import PADDING, Run

DIGITS = st.text("0123456789", min_size=1, max_size=14)
DATES = st.dates().map(lambda day: f"{day:%Y%m%d}") | st.dates().map(lambda day: f"{day:%y%m%d}")
NUMBERS = st.text("0123456789.-+ E", min_size=1, max_size=8)
TEXT = st.text(st.characters(max_codepoint=255, exclude_characters=":"), min_size=1, max_size=6)
VALUES = DIGITS | DATES | NUMBERS | TEXT


def judged(values: list[str], place: int, set_id: str, release: str, node: int) -> list[set[int]]:
    """Kinds of findings of each value as element ``place`` (1-based) of a node."""
    compiled = columns(((release, set_id),))
    head = b"*" * (place - 1)
    texts = [b"X*" + head + value.encode("latin-1") for value in values]
    data = b"~".join(texts)
    begins = np.cumsum([0, *(len(text) + 1 for text in texts[:-1])])
    starts, ends = [], []
    for begin, text in zip(begins.tolist(), texts, strict=True):
        starts += [begin + 2 + n for n in range(place)]
        ends += [begin + 2 + n for n in range(place - 1)] + [begin + len(text)]
    count = np.full(len(values), place)
    text = np.frombuffer(data + bytes(PADDING), np.uint8)
    run = Run(text, np.full(len(values), node), np.cumsum(count) - count, count, np.array(starts), np.array(ends), 58)
    found = check(run, compiled)
    of = [set() for _ in values]
    for segment, element, kind in zip(found.segment, found.element, found.kind, strict=True):
        if element == place:
            of[segment].add(int(kind))
    return of


def places(wanted: str) -> tuple[str, str, int, int]:
    """Some element of a type: set, release, node, place."""
    for release, set_id in (("004050", "601"), ("004010", "810"), ("005010", "820"), ("004010", "355")):
        compiled = columns(((release, set_id),))
        for number, node in enumerate(compiled.nodes):
            for part in node.elements:
                if getattr(part, "type", "") == wanted and not part.codes and not part.pattern:
                    return set_id, release, number, part.position
    raise LookupError(wanted)


@pytest.mark.parametrize(
    ("wanted", "kind"), [("DT", DATE), ("TM", TIME), ("N0", CHARACTER), ("R", CHARACTER), ("AN", CHARACTER)]
)
@settings(max_examples=50)
@given(values=st.lists(VALUES, min_size=1, max_size=20))
def test_values_of_a_type_are_what_pyx12_takes_them_for(wanted, kind, values):
    set_id, release, node, place = places(wanted)
    charset = "00501" if release >= "005010" else "00401"
    for value, kinds in zip(values, judged(values, place, set_id, release, node), strict=True):
        if CONTROL in kinds:
            assert any(IS_CONTROL[ord(c)] for c in value)
            continue
        assert (kind in kinds) == (not IsValidDataType(value, wanted, "E", charset)), value


@given(
    lists=st.lists(st.frozensets(st.binary(min_size=1, max_size=8), max_size=30), min_size=1, max_size=5),
    others=st.lists(st.binary(min_size=1, max_size=8), max_size=30),
)
@settings(max_examples=50)
def test_codes_are_found_in_their_list_and_no_other(lists, others):
    compiled = CodeLists(lists)
    values = sorted({*others, *(code for codes in lists for code in codes)})
    text = np.frombuffer(b"".join(values) + bytes(PADDING), np.uint8)
    ends = np.cumsum([len(value) for value in values], dtype=np.int64)
    for number, codes in enumerate(lists):
        if values:
            starts = np.concatenate([np.zeros(1, np.int64), ends[:-1]])
            held = compiled.holds(text, starts, ends, np.full(len(values), number))
            assert held.tolist() == [value in codes for value in values]
