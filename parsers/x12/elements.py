"""Checks of all elements of a run of segments at once: whole columns, one pass for each kind of check, whatever the
maps. Which elements are there and which should be is looked at here, what they hold in :mod:`parsers.x12.leaves`.

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
* Syntax notes take an element for sent when it holds anything but component separators.
"""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import numpy.typing as npt

from parsers.x12 import findings, leaves
from parsers.x12.columns import Columns
from parsers.x12.element_findings import (
    INVALID_COMPOSITE,
    MISSING,
    NOTE,
    REPEATED,
    TOO_MANY,
    TOO_MANY_COMPONENTS,
    UNUSED,
    Findings,
    Found,
)
from parsers.x12.sent import Parts, Run, Sent

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Masks = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]


def check(run: Run, columns: Columns) -> Findings:
    """What is wrong with the elements of a run of segments."""
    found = Found()
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
    sent = Sent(before, used, start, end)
    filled = end > start
    present = _bits(place, filled, before, used)

    # ... and of these what holds something
    keep = np.flatnonzero(filled)
    segment, place = segment[keep], place[keep]
    leaf = columns.leaf[columns.first[run.node][segment] + place]
    parts = Parts(segment, place, np.zeros(len(keep), np.int64), leaf, start[keep], end[keep])
    simple = parts
    noted = present
    if separated := _separators(run, parts):
        simple, present, noted = _composites(found, columns, parts, present, *separated)
    _missing(found, run, columns, sent, present)
    _notes(found, run, columns, sent, noted)
    if len(simple.leaf):
        leaves.check(found, run, columns, parts, simple)
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


def _too_many(found: Found, run: Run, width: Ints) -> None:
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
    found: Found, run: Run, columns: Columns, segment: Ints, place: Ints, start: Ints, end: Ints
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


def _separators(run: Run, parts: Parts) -> tuple[Ints, Ints] | None:
    """Component separators inside elements: their positions, and the element of each. None where there is neither a
    separator nor a composite."""
    if not len(parts.start):
        return None
    none = np.zeros(0, np.int64)
    position, owner = _within(run.text, run.component, parts.start, parts.end) if run.component >= 0 else (none, none)
    return (position, owner) if len(position) or (parts.leaf < 0).any() else None


def _composites(
    found: Found, columns: Columns, parts: Parts, present: Masks, position: Ints, owner: Ints
) -> tuple[Parts, Masks, Masks]:
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
    return Parts(*map(np.concatenate, zip(_columns_of(simple), _columns_of(components), strict=True))), present, noted


def _columns_of(parts: Parts) -> list[Ints]:
    return [getattr(parts, field.name) for field in fields(parts)]


def _components(found: Found, columns: Columns, whole: Parts, sent: Ints, cut: Ints) -> Parts:
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
    return Parts(whole.segment[of], whole.place[of], number + 1, leaf, start, end)


def _missing(found: Found, run: Run, columns: Columns, sent: Sent, present: Masks) -> None:
    row, bit = _spread(columns.required[run.node] & ~present)
    found.add(MISSING, row, bit + 1, *sent.place(row, bit + 1))


def _notes(found: Found, run: Run, columns: Columns, sent: Sent, present: Masks) -> None:
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
