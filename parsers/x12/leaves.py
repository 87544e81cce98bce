"""Checks of what leaves hold: length, characters, dates, codes, patterns (:mod:`parsers.x12.elements` says what a leaf
is).

As pyx12 4.0.0 has it, whose verdicts the tests compare with these:

* Control characters end the checks of a leaf after its length; else trailing blanks, code, type and pattern are each
  told.
* Trailing blanks are a fault of text only where the text without them is long enough for the element.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from parsers.x12 import formats
from parsers.x12.columns import (
    DATE_6,
    DATE_8,
    DATE_ANY,
    DATE_RANGE,
    DECIMAL,
    NUMBER,
    QUALIFIERS,
    TEXT,
    TIME_ANY,
    UNKNOWN,
    Columns,
)
from parsers.x12.element_findings import (
    BLANKS,
    CHARACTER,
    CODE,
    CONTROL,
    DATE,
    LONG,
    NAMED_DATE,
    NAMED_TIME,
    PATTERN,
    SHORT,
    TIME,
    UNUSED,
    Found,
)
from parsers.x12.formats import ZERO
from parsers.x12.sent import Parts, Run

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Tell = Callable[[int, Ints], None]

BLANK = 32
CARET, GRAVE = 94, 96  # not text before 005010
IS_CONTROL = np.zeros(256, bool)
IS_CONTROL[[*range(1, 8), *range(9, 14), *range(17, 24), *range(28, 32)]] = True
IS_BLANK = np.zeros(256, bool)
IS_BLANK[[BLANK, 0x85, 0xA0]] = True  # of Latin-1, without the control characters, which are told by themselves


def check(found: Found, run: Run, columns: Columns, parts: Parts, leaves: Parts) -> None:
    """Adds to ``found`` what is wrong with the ``leaves`` of a run, at least one; ``parts`` are the elements that they
    are or are components of, in file order."""
    text = run.text

    def tell(kind: int, rows: Ints) -> None:
        some = leaves.take(rows)
        found.add(kind, some.segment, some.place + 1, some.start, some.end, some.component)

    if columns.any_unused:
        unused = columns.unused[leaves.leaf]
        tell(UNUSED, np.flatnonzero(unused))
        leaves = leaves.take(~unused)
        if not len(leaves.leaf):
            return
    kind = columns.type[leaves.leaf]
    digital = np.flatnonzero(kind >= NUMBER)
    sound, measured = _digital(text, leaves, kind, digital)
    tell(SHORT, np.flatnonzero(measured < columns.minimum[leaves.leaf]))
    tell(LONG, np.flatnonzero(measured > columns.maximum[leaves.leaf]))

    stained, control = _stained(run, columns, parts, leaves)
    alive = np.ones(len(kind), bool)
    alive[control] = False
    tell(CONTROL, np.flatnonzero(~alive))
    worded = kind == TEXT
    if len(stained):
        tell(CHARACTER, stained[worded[stained] & alive[stained]])
    if columns.any_unknown:
        tell(CHARACTER, np.flatnonzero((kind == UNKNOWN) & alive))
    tell(CHARACTER, digital[(kind[digital] <= DECIMAL) & ~sound & alive[digital]])
    _blanks(tell, text, columns, leaves, np.flatnonzero(worded & (text[leaves.end - 1] == BLANK) & alive))
    _dates(tell, text, leaves, kind, digital, sound, alive)
    _codes(tell, text, columns, leaves, alive)
    _patterns(tell, text, columns, leaves, alive)
    _named(tell, run, columns, leaves, alive)


def _digital(text: Bytes, leaves: Parts, kind: Ints, digital: Ints) -> tuple[Flags, Ints]:
    """Of the leaves of numeric types, dates and times (``digital``): is each a number, or all digits; the length of all
    leaves."""
    measured = leaves.end - leaves.start
    low, high = int(leaves.start.min()), int(leaves.end.max())
    others = np.zeros(high - low + 1, np.int32)  # characters that are no digits, before each position
    np.cumsum((text[low:high] - np.uint8(ZERO)) > 9, dtype=np.int32, out=others[1:])
    sound = others[leaves.end[digital] - low] == others[leaves.start[digital] - low]
    at = np.flatnonzero(~sound & (kind[digital] <= DECIMAL))
    if len(at):
        rows = digital[at]
        sound[at], uncounted = formats.numbers(text, leaves.start[rows], leaves.end[rows], kind[rows] == DECIMAL)
        measured[rows] -= uncounted
    return sound, measured


def _stained(run: Run, columns: Columns, parts: Parts, leaves: Parts) -> tuple[Ints, Ints]:
    """Leaves that hold characters outside the character set of text; those that hold control characters."""
    none = np.zeros(0, np.int64)
    low = int(parts.start[0])
    text = run.text[low : int(parts.end[-1])]
    position = np.flatnonzero(((text - np.uint8(BLANK)) > CARET) | (text == CARET) | (text == GRAVE)) + low
    owner = np.searchsorted(parts.start, position, "right") - 1
    position = position[position < parts.end[owner]]  # most are the line ends between segments
    if not len(position):
        return none, none
    order = np.argsort(leaves.start, kind="stable")
    owner = np.searchsorted(leaves.start, position, "right", sorter=order) - 1
    owner = np.where(owner >= 0, order[owner], 0)
    inside = (position >= leaves.start[owner]) & (position < leaves.end[owner])
    position, owner = position[inside], owner[inside]
    byte = run.text[position]
    strange = ~(columns.caret[leaves.leaf[owner]] & ((byte == CARET) | (byte == GRAVE)))
    return np.unique(owner[strange]), np.unique(owner[IS_CONTROL[byte]])


def _blanks(tell: Tell, text: Bytes, columns: Columns, leaves: Parts, rows: Ints) -> None:
    if not len(rows):
        return
    low, high = int(leaves.start[rows].min()), int(leaves.end[rows].max())
    last = np.maximum.accumulate(
        np.where(IS_BLANK[text[low:high]], -1, np.arange(high - low))
    )  # not blank, at or before
    filled = last[leaves.end[rows] - 1 - low] + low + 1 - leaves.start[rows]
    tell(BLANKS, rows[np.maximum(filled, 0) >= columns.minimum[leaves.leaf[rows]]])


def _dates(tell: Tell, text: Bytes, leaves: Parts, kind: Ints, digital: Ints, sound: Flags, alive: Flags) -> None:
    asked = (kind[digital] >= DATE_ANY) & alive[digital]
    rows, digits = digital[asked], sound[asked]
    if not len(rows):
        return
    of, length = kind[rows], leaves.end[rows] - leaves.start[rows]
    good = digits.copy()
    at = np.flatnonzero(digits & (of <= DATE_6))
    if len(at):
        wanted = np.select([of[at] == DATE_8, of[at] == DATE_6], [8, 6], length[at])
        good[at] = formats.days(text, leaves.start[rows[at]], length[at]) & (length[at] == wanted)
    at = np.flatnonzero(digits & (of == TIME_ANY))
    good[at] = formats.hours(text, leaves.start[rows[at]], length[at])
    at = np.flatnonzero(of == DATE_RANGE)
    good[at] = formats.ranges(text, leaves.start[rows[at]], length[at])
    tell(DATE, rows[~good & (of != TIME_ANY)])
    tell(TIME, rows[~good & (of == TIME_ANY)])


def _codes(tell: Tell, text: Bytes, columns: Columns, leaves: Parts, alive: Flags) -> None:
    which = columns.codes[leaves.leaf]
    rows = np.flatnonzero((which >= 0) & alive)
    if len(rows):
        tell(CODE, rows[~columns.code_lists.holds(text, leaves.start[rows], leaves.end[rows], which[rows])])


def _patterns(tell: Tell, text: Bytes, columns: Columns, leaves: Parts, alive: Flags) -> None:
    """Regular expressions, each distinct value once."""
    if not columns.patterns:
        return
    which = columns.pattern[leaves.leaf]
    asked = np.flatnonzero((which >= 0) & alive)
    for number in np.unique(which[asked]).tolist():
        rows = asked[which[asked] == number]
        values, back = _distinct(text, leaves.start[rows], leaves.end[rows])
        search = columns.patterns[number].search
        good = np.array([search(value.decode("latin-1")) is not None for value in values], bool)
        tell(PATTERN, rows[~good[back]])


def _named(tell: Tell, run: Run, columns: Columns, leaves: Parts, alive: Flags) -> None:
    """Values whose type the element before them names (DTP03 by DTP02)."""
    if not columns.any_qualified:
        return
    rows = np.flatnonzero(columns.qualified[leaves.leaf] & alive)
    qualifier = run.first[leaves.segment[rows]] + 1
    names, back = _distinct(run.text, run.starts[qualifier], run.ends[qualifier])
    for number, name in enumerate(names):
        name = name.rstrip(bytes([run.component])) if run.component >= 0 else name
        if name not in QUALIFIERS:
            continue
        of = rows[back == number]
        values, which = _distinct(run.text, leaves.start[of], leaves.end[of])
        good = np.array([formats.is_of_type(value, name.decode()) for value in values], bool)
        tell(NAMED_TIME if name == b"TM" else NAMED_DATE, of[~good[which]])


def _distinct(text: Bytes, start: Ints, end: Ints) -> tuple[list[bytes], Ints]:
    """The distinct values of some stretches of text, and which of them each is."""
    length = end - start
    back = np.zeros(len(start), np.int64)
    found: list[bytes] = []
    for size in np.unique(length).tolist():
        rows = np.flatnonzero(length == size)
        if size == 0:
            values, inverse = [b""], np.zeros(len(rows), np.int64)
        elif size <= 80:
            matrix = np.ascontiguousarray(text[start[rows][:, None] + np.arange(size)])
            unique, inverse = np.unique(matrix.view(f"V{size}").ravel(), return_inverse=True)
            values = [bytes(value) for value in unique]
        else:  # too long for what is asked here: hardly any
            values = [text[begin : begin + size].tobytes() for begin in start[rows].tolist()]
            inverse = np.arange(len(rows))
        back[rows] = inverse + len(found)
        found += values
    return found, back
