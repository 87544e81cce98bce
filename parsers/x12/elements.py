"""Checks of all elements of a run of segments at once: whole columns, one pass for each kind of check, whatever the
maps.

The unit is the *leaf*: a simple element, or a component of a composite. Every leaf that was sent knows its row in the
table of leaves of the maps (:class:`parsers.x12.columns.Columns`), so that length, type, use and codes are columns
beside the offsets. What is rare (characters outside the set, component separators) is found by its position in the
bytes and then given to its leaf.

What is a fault, and which of several is told, follows pyx12 4.0.0, whose verdicts the tests compare with these:

* More elements than the map has: one fault, at the first one too many; the others are not looked at.
* Of an element with repetitions the first one is checked; one repetition more than the map allows is a fault.
* A simple element holding a component separator is refused as such and not checked further.
* Components that a composite has too many are told and left out. A composite of nothing but separators is empty: a
  fault where it is mandatory, and its components are not asked for.
* The first component of an optional composite is never asked for, even where others are there and the map demands it.
* Length of numeric types: ``-`` and ``.`` do not count, wherever they stand.
* Control characters end the checks of a leaf after its length; else trailing blanks, code, type and pattern are each
  told.
* Trailing blanks are a fault of text only where the text without them is long enough for the element.
* ``-`` alone is a decimal number, ``5.`` is not; an ``N`` type is digits after at most one minus and has no point.
* A date has 6, 8 or 12 digits (two-digit years before 50 are of this century), is not before 1800 and is a day of the
  calendar; 12 digits end with a time of four. A time is compared as text: hours to 23, minutes and seconds to 59; seven
  or eight digits carry hundredths, five are none.
* Syntax notes take an element for sent when it holds anything but component separators.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from parsers.x12 import findings
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
    type_of,
)

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Masks = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]
Tell = Callable[[int, Ints], None]

# Kinds of findings, in the order in which they are told of one element.
(
    REPEATED,
    TOO_MANY_COMPONENTS,
    TOO_MANY,
    INVALID_COMPOSITE,
    MISSING,
    UNUSED,
    SHORT,
    LONG,
    CONTROL,
    BLANKS,
    CHARACTER,
    DATE,
    TIME,
    NAMED_DATE,
    NAMED_TIME,
    CODE,
    PATTERN,
    NOTE,
) = range(18)

PADDING = 16  # bytes behind the text that may be read but are not meant
ZERO, DASH, POINT, BLANK = 48, 45, 46, 32
CARET, GRAVE = 94, 96  # not text before 005010
IS_CONTROL = np.zeros(256, bool)
IS_CONTROL[[*range(1, 8), *range(9, 14), *range(17, 24), *range(28, 32)]] = True
IS_BLANK = np.zeros(256, bool)
IS_BLANK[[BLANK, 0x85, 0xA0]] = True  # of Latin-1, without the control characters, which are told by themselves
DAYS = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


@dataclass(frozen=True)
class Findings:
    """What is wrong, one entry per finding in parallel arrays, in no order."""

    segment: Ints  # position in the run of segments
    element: Ints  # 1-based
    component: Ints  # 1-based, 0 for the element as a whole
    repetition: Ints  # 1-based, 0 for the element as a whole
    kind: Ints
    note: Ints  # row of the syntax note; -1 none
    start: Ints  # of the bytes meant; -1: nothing was sent
    end: Ints


class _Found:
    """Gathers findings, many at a time."""

    def __init__(self) -> None:
        self.parts: list[tuple[npt.NDArray, ...]] = []

    def add(
        self,
        kind: int,
        segment: Ints,
        element: Ints,
        start: Ints | int,
        end: Ints | int,
        component: Ints | int = 0,
        repetition: Ints | int = 0,
        note: Ints | int = -1,
    ) -> None:
        if size := len(segment):
            rest = (np.broadcast_to(column, size) for column in (component, repetition, kind, note, start, end))
            self.parts.append((segment, element, *rest))

    def done(self) -> Findings:
        none = np.zeros(0, np.int64)
        columns = zip(*self.parts, strict=True) if self.parts else [(none,)] * len(fields(Findings))
        return Findings(*(np.concatenate(column) for column in columns))


@dataclass(frozen=True)
class Run:
    """Segments to be checked, in file order: ``text`` the bytes with :data:`PADDING` behind them; per segment ``node``
    its row in the columns (-1 none), ``first`` and ``count`` its elements in ``starts`` and ``ends`` (byte offsets);
    ``component`` and ``repetition`` the separators (bytes, -1 none)."""

    text: Bytes
    node: Ints
    first: Ints
    count: Ints
    starts: Ints
    ends: Ints
    component: int
    repetition: int = -1


@dataclass(frozen=True)
class _Parts:
    """Elements or leaves that hold something, in parallel arrays."""

    segment: Ints
    place: Ints  # 0-based number of the element
    component: Ints  # 1-based, 0 none
    leaf: Ints  # row of the leaf, or -1 - row of the composite
    start: Ints
    end: Ints

    def take(self, rows: Ints | Flags) -> _Parts:
        return _Parts(*(getattr(self, field.name)[rows] for field in fields(self)))


@dataclass(frozen=True)
class _Sent:
    """The elements that were sent and that the map has: those of a segment lie behind each other."""

    before: Ints  # per segment: how many elements lie before its own
    used: Ints  # per segment
    start: Ints
    end: Ints

    def place(self, rows: Ints, element: Ints) -> tuple[Ints, Ints]:
        """The bytes of elements (1-based) of segments; -1 where they were not sent."""
        sent = element <= self.used[rows]
        at = np.where(sent, self.before[rows] + element - 1, -1)
        return np.append(self.start, -1)[at], np.append(self.end, -1)[at]


def check(run: Run, columns: Columns) -> Findings:
    """What is wrong with the elements of a run of segments."""
    found = _Found()
    width = columns.width[run.node]
    _too_many(found, run, width)
    used = np.minimum(run.count, width)
    before = np.cumsum(used) - used

    # every element that a map knows and that was sent ...
    segment = np.repeat(np.arange(len(used)), used)
    place = np.arange(len(segment)) - np.repeat(before, used)
    element = np.repeat(run.first, used) + place
    start, end = run.starts[element], run.ends[element]
    if run.repetition >= 0 and len(start):
        end = _first_repetitions(found, run, columns, segment, place, start, end)
    sent = _Sent(before, used, start, end)
    filled = end > start
    present = _bits(place, filled, before, used)

    # ... and of these what holds something
    keep = np.flatnonzero(filled)
    segment, place = segment[keep], place[keep]
    leaf = columns.leaf[columns.first[run.node][segment] + place]
    parts = _Parts(segment, place, np.zeros(len(keep), np.int64), leaf, start[keep], end[keep])
    simple = parts
    noted = present
    if separated := _separators(run, parts):
        simple, present, noted = _composites(found, columns, parts, present, *separated)
    _missing(found, run, columns, sent, present)
    _notes(found, run, columns, sent, noted)
    if len(simple.leaf):
        _leaves(found, run, columns, parts, simple)
    return found.done()


def _bit(place: Ints) -> Masks:
    return np.left_shift(np.uint64(1), place.astype(np.uint64))


def _bits(place: Ints, filled: Flags, before: Ints, used: Ints) -> Masks:
    """Bit k of each segment: its element k + 1 holds something."""
    bits = np.zeros(len(used), np.uint64)
    some = np.flatnonzero(used)
    if len(some):
        bits[some] = np.bitwise_or.reduceat(np.where(filled, _bit(place), np.uint64(0)), before[some])
    return bits


def _spread(masks: Masks) -> tuple[Ints, Ints]:
    """Row and number of every bit that is set in an array of masks, ascending."""
    rows = np.flatnonzero(masks)
    bits = np.unpackbits(masks[rows].astype("<u8").view(np.uint8).reshape(-1, 8), axis=1, bitorder="little")
    at, number = np.nonzero(bits)
    return rows[at], number


def _too_many(found: _Found, run: Run, width: Ints) -> None:
    over = np.flatnonzero((run.count > width) & (run.node >= 0))
    at = run.first[over] + width[over]
    start, end = run.starts[at], run.ends[at]
    if run.repetition >= 0 and len(over):
        position, owner = _within(run.text, run.repetition, start, end)
        owner, first = np.unique(owner, return_index=True)
        end[owner] = position[first]
    found.add(TOO_MANY, over, width[over] + 1, start, end)


def _within(text: Bytes, byte: int, start: Ints, end: Ints) -> tuple[Ints, Ints]:
    """Where a byte stands inside elements (ascending), and the element of each."""
    low = int(start[0])
    position = np.flatnonzero(text[low : int(end[-1])] == byte) + low
    owner = np.searchsorted(start, position, "right") - 1
    inside = position < end[owner]
    return position[inside], owner[inside]


def _first_repetitions(
    found: _Found, run: Run, columns: Columns, segment: Ints, place: Ints, start: Ints, end: Ints
) -> Ints:
    """Where the first repetition of each element ends; tells of elements that have too many."""
    position, owner = _within(run.text, run.repetition, start, end)
    if not len(position):
        return end
    elements, first, sent = np.unique(owner, return_index=True, return_counts=True)
    most = columns.repeat[columns.first[run.node[segment[elements]]] + place[elements]]
    over = sent >= most
    last = first[over] + most[over] - 1  # the separator before the first one too many
    begin = position[last] + 1
    more = sent[over] > most[over]
    finish = np.where(more, position[np.where(more, last + 1, 0)], end[elements[over]])
    which = elements[over]
    found.add(REPEATED, segment[which], place[which] + 1, begin, finish, repetition=most[over] + 1)
    end = end.copy()
    end[elements] = position[first]
    return end


def _separators(run: Run, parts: _Parts) -> tuple[Ints, Ints] | None:
    """Component separators inside elements: their positions, and the element of each. None where there is neither a
    separator nor a composite."""
    if not len(parts.start):
        return None
    none = np.zeros(0, np.int64)
    position, owner = _within(run.text, run.component, parts.start, parts.end) if run.component >= 0 else (none, none)
    return (position, owner) if len(position) or (parts.leaf < 0).any() else None


def _composites(
    found: _Found, columns: Columns, parts: _Parts, present: Masks, position: Ints, owner: Ints
) -> tuple[_Parts, Masks, Masks]:
    """Takes composites apart. Gives the leaves, and which elements hold something: for being mandatory, and for
    notes."""
    several = np.bincount(owner, minlength=len(parts.leaf))
    complex_ = parts.leaf < 0
    wrong = parts.take((several > 0) & ~complex_)
    found.add(INVALID_COMPOSITE, wrong.segment, wrong.place + 1, wrong.start, wrong.end)
    simple = parts.take((several == 0) & ~complex_)

    at = np.flatnonzero(complex_)
    which = -1 - parts.leaf[at]
    size, sent = columns.composite_size[which], several[at] + 1
    before = (np.cumsum(several) - several)[at]  # separators before each composite
    over = np.flatnonzero(sent > size)
    cut = position[before[over] + size[over] - 1]  # the separator behind the last component that the map has
    more = sent[over] > size[over] + 1
    finish = np.where(more, position[np.where(more, before[over] + size[over], 0)], parts.end[at[over]])
    wrong = parts.take(at[over])
    found.add(TOO_MANY_COMPONENTS, wrong.segment, wrong.place + 1, cut + 1, finish, component=size[over] + 1)
    end = parts.end.copy()
    end[at[over]] = cut
    several[at[over]] = size[over] - 1

    hollow = several == end - parts.start  # nothing but separators
    present, noted = present.copy(), present.copy()
    for masks, rows in ((noted, hollow), (present, hollow & complex_)):
        np.bitwise_and.at(masks, parts.segment[rows], ~_bit(parts.place[rows]))
    unused = np.zeros(len(hollow), bool)
    unused[at] = columns.composite_unused[which]
    wrong = parts.take(complex_ & ~hollow & unused)
    found.add(UNUSED, wrong.segment, wrong.place + 1, wrong.start, wrong.end)
    held = np.flatnonzero(complex_ & ~hollow & ~unused)
    if not len(held):
        return simple, present, noted
    inside = np.isin(owner, held) & (position < end[owner])
    whole = replace(parts, end=end).take(held)
    components = _components(found, columns, whole, several[held] + 1, position[inside])
    return _Parts(*map(np.concatenate, zip(_columns_of(simple), _columns_of(components), strict=True))), present, noted


def _columns_of(parts: _Parts) -> list[Ints]:
    return [getattr(parts, field.name) for field in fields(parts)]


def _components(found: _Found, columns: Columns, whole: _Parts, sent: Ints, cut: Ints) -> _Parts:
    """The components of composites that hold something: ``sent`` how many of them, ``cut`` the positions of the
    separators between."""
    which = -1 - whole.leaf
    start = np.sort(np.concatenate([whole.start, cut + 1]))
    end = np.sort(np.concatenate([whole.end, cut]))
    of = np.repeat(np.arange(len(which)), sent)
    number = np.arange(len(of)) - np.repeat(np.cumsum(sent) - sent, sent)
    filled = end > start
    present = _bits(number, filled, np.cumsum(sent) - sent, sent)
    row, bit = _spread(columns.composite_required[which] & ~present)
    gone = whole.take(row)
    there = bit < sent[row]
    at = np.where(there, (np.cumsum(sent) - sent)[row] + bit, 0)
    place = np.where(there, start[at], gone.end)
    found.add(MISSING, gone.segment, gone.place + 1, place, place, component=bit + 1)
    start, end, of, number = start[filled], end[filled], of[filled], number[filled]
    leaf = columns.composite_first[which[of]] + number
    return _Parts(whole.segment[of], whole.place[of], number + 1, leaf, start, end)


def _missing(found: _Found, run: Run, columns: Columns, sent: _Sent, present: Masks) -> None:
    row, bit = _spread(columns.required[run.node] & ~present)
    found.add(MISSING, row, bit + 1, *sent.place(row, bit + 1))


def _notes(found: _Found, run: Run, columns: Columns, sent: _Sent, present: Masks) -> None:
    """Syntax notes (X12.6): P paired, R one required, E at most one, C conditional, L list conditional."""
    number = columns.notes[run.node]
    rows = np.repeat(np.arange(len(number)), number)
    if not len(rows):
        return
    within = np.arange(len(rows)) - np.repeat(np.cumsum(number) - number, number)
    note = columns.first_note[run.node][rows] + within
    mask, first, kind = columns.note_mask[note], columns.note_first[note], columns.note_kind[note]
    here = present[rows] & mask
    none, alone, leads = here == 0, (here & (here - np.uint64(1))) == 0, (here & first) != 0
    follow, rest = here & ~first, mask & ~first
    verdicts = [~none & (here != mask), none, ~alone, leads & (follow != rest), leads & (follow == 0)]
    wrong = np.flatnonzero(np.select([kind == code for code in range(5)], verdicts, False))
    if not len(wrong):
        return
    rows, note, here = rows[wrong], note[wrong], here[wrong]
    pairs, back = np.unique(np.stack([note.astype(np.uint64), here], axis=1), axis=0, return_inverse=True)
    meant = [findings.note_element(columns.note_text[int(rule)], _places(int(held))) for rule, held in pairs]
    element = np.array(meant, np.int64)[back.ravel()]
    found.add(NOTE, rows, element, *sent.place(rows, element), note=note)


def _places(mask: int) -> set[int]:
    """The 1-based places of the bits of a mask."""
    return {place for place in range(1, 65) if mask >> (place - 1) & 1}


def _leaves(found: _Found, run: Run, columns: Columns, parts: _Parts, leaves: _Parts) -> None:
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


def _digital(text: Bytes, leaves: _Parts, kind: Ints, digital: Ints) -> tuple[Flags, Ints]:
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
        sound[at], uncounted = _numbers(text, leaves.start[rows], leaves.end[rows], kind[rows] == DECIMAL)
        measured[rows] -= uncounted
    return sound, measured


def _numbers(text: Bytes, start: Ints, end: Ints, decimal: Flags) -> tuple[Flags, Ints]:
    """Of what is not all digits: is it a number; how many of its characters do not count for its length."""
    length = end - start
    before = np.cumsum(length) - length
    byte = text[np.repeat(start - before, length) + np.arange(int(length.sum()))]
    points = np.add.reduceat((byte == POINT).astype(np.int64), before)
    dashes = np.add.reduceat((byte == DASH).astype(np.int64), before)
    strange = np.add.reduceat(((byte - np.uint8(ZERO)) > 9).astype(np.int64), before) > points + dashes
    leading = (dashes == 0) | ((dashes == 1) & (text[start] == DASH))
    whole = (points == 0) & (length > dashes)
    fraction = (points <= 1) & (text[end - 1] != POINT)
    return leading & ~strange & np.where(decimal, fraction, whole), points + dashes


def _stained(run: Run, columns: Columns, parts: _Parts, leaves: _Parts) -> tuple[Ints, Ints]:
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


def _blanks(tell: Tell, text: Bytes, columns: Columns, leaves: _Parts, rows: Ints) -> None:
    if not len(rows):
        return
    low, high = int(leaves.start[rows].min()), int(leaves.end[rows].max())
    last = np.maximum.accumulate(
        np.where(IS_BLANK[text[low:high]], -1, np.arange(high - low))
    )  # not blank, at or before
    filled = last[leaves.end[rows] - 1 - low] + low + 1 - leaves.start[rows]
    tell(BLANKS, rows[np.maximum(filled, 0) >= columns.minimum[leaves.leaf[rows]]])


def _dates(tell: Tell, text: Bytes, leaves: _Parts, kind: Ints, digital: Ints, sound: Flags, alive: Flags) -> None:
    asked = (kind[digital] >= DATE_ANY) & alive[digital]
    rows, digits = digital[asked], sound[asked]
    if not len(rows):
        return
    of, length = kind[rows], leaves.end[rows] - leaves.start[rows]
    good = digits.copy()
    at = np.flatnonzero(digits & (of <= DATE_6))
    if len(at):
        wanted = np.select([of[at] == DATE_8, of[at] == DATE_6], [8, 6], length[at])
        good[at] = _days(text, leaves.start[rows[at]], length[at]) & (length[at] == wanted)
    at = np.flatnonzero(digits & (of == TIME_ANY))
    good[at] = _hours(text, leaves.start[rows[at]], length[at])
    at = np.flatnonzero(of == DATE_RANGE)
    good[at] = _ranges(text, leaves.start[rows[at]], length[at])
    tell(DATE, rows[~good & (of != TIME_ANY)])
    tell(TIME, rows[~good & (of == TIME_ANY)])


def _digits(text: Bytes, start: Ints, number: int) -> Ints:
    value = np.zeros(len(start), np.int64)
    for at in range(number):
        value = value * 10 + text[start + at] - ZERO
    return value


def _days(text: Bytes, start: Ints, length: Ints) -> Flags:
    """Which runs of digits are dates."""
    short = length == 6
    good = short | (length == 8) | (length == 12)
    start = np.where(good, start, 0)
    head = _digits(text, start, 2)
    year = np.where(short, head + np.where(head < 50, 2000, 1900), head * 100 + _digits(text, start + 2, 2))
    rest = np.where(short, start + 2, start + 4)
    month, day = _digits(text, rest, 2), _digits(text, rest + 2, 2)
    good &= (year >= 1800) & (month >= 1) & (month <= 12)
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    last = np.where((month == 2) & ~leap, 28, DAYS[np.where(good, month, 0)])
    good &= (day >= 1) & (day <= last)
    timed = np.flatnonzero(good & (length == 12))
    good[timed] &= _hours(text, start[timed] + 8, np.full(len(timed), 4))
    return good


def _hours(text: Bytes, start: Ints, length: Ints) -> Flags:
    """Which runs of digits are times; compared as text, so that a digit that is not there is smaller than any."""

    def above(offset: int, bound: bytes) -> Flags:
        tens = np.where(length > offset, text[start + offset].astype(np.int64), 0)
        ones = np.where(length > offset + 1, text[start + offset + 1].astype(np.int64), 0)
        return tens * 256 + ones > int.from_bytes(bound, "big")

    seconds = (length <= 4) | ((length >= 6) & (length <= 8) & ~above(4, b"59"))
    return ~above(0, b"23") & ~above(2, b"59") & seconds


def _ranges(text: Bytes, start: Ints, length: Ints) -> Flags:
    """Which values are two dates of eight digits with a dash between."""
    good = length == 17
    good[good] &= text[start[good] + 8] == DASH
    for offset in (0, 9):
        at = np.flatnonzero(good)
        first = start[at] + offset
        digits = np.ones(len(at), bool)
        for place in range(8):
            digits &= (text[first + place] - np.uint8(ZERO)) <= 9
        good[at] = digits & _days(text, np.where(digits, first, 0), np.full(len(at), 8))
    return good


def _codes(tell: Tell, text: Bytes, columns: Columns, leaves: _Parts, alive: Flags) -> None:
    which = columns.codes[leaves.leaf]
    rows = np.flatnonzero((which >= 0) & alive)
    if len(rows):
        tell(CODE, rows[~columns.code_lists.holds(text, leaves.start[rows], leaves.end[rows], which[rows])])


def distinct(text: Bytes, start: Ints, end: Ints) -> tuple[list[bytes], Ints]:
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


def _patterns(tell: Tell, text: Bytes, columns: Columns, leaves: _Parts, alive: Flags) -> None:
    """Regular expressions, each distinct value once."""
    if not columns.patterns:
        return
    which = columns.pattern[leaves.leaf]
    asked = np.flatnonzero((which >= 0) & alive)
    for number in np.unique(which[asked]).tolist():
        rows = asked[which[asked] == number]
        values, back = distinct(text, leaves.start[rows], leaves.end[rows])
        search = columns.patterns[number].search
        good = np.array([search(value.decode("latin-1")) is not None for value in values], bool)
        tell(PATTERN, rows[~good[back]])


def _named(tell: Tell, run: Run, columns: Columns, leaves: _Parts, alive: Flags) -> None:
    """Values whose type the element before them names (DTP03 by DTP02)."""
    if not columns.any_qualified:
        return
    rows = np.flatnonzero(columns.qualified[leaves.leaf] & alive)
    qualifier = run.first[leaves.segment[rows]] + 1
    names, back = distinct(run.text, run.starts[qualifier], run.ends[qualifier])
    for number, name in enumerate(names):
        name = name.rstrip(bytes([run.component])) if run.component >= 0 else name
        if name not in QUALIFIERS:
            continue
        of = rows[back == number]
        values, which = distinct(run.text, leaves.start[of], leaves.end[of])
        good = np.array([_is_of_type(value, name.decode()) for value in values], bool)
        tell(NAMED_TIME if name == b"TM" else NAMED_DATE, of[~good[which]])


def _is_of_type(value: bytes, name: str) -> bool:
    """Is one value a date or time of the type ``name``: the tests above, for the few places where single values are
    asked about."""
    kind = type_of(name)
    text = np.frombuffer(value + bytes(PADDING), np.uint8)
    start, length = np.zeros(1, np.int64), np.full(1, len(value))
    if kind == DATE_RANGE:
        return bool(_ranges(text, start, length)[0])
    if not value.isdigit():
        return False
    if kind == TIME_ANY:
        return bool(_hours(text, start, length)[0])
    return len(value) == {DATE_8: 8, DATE_6: 6}.get(kind, len(value)) and bool(_days(text, start, length)[0])
