"""Numbers, dates and times: which stretches of bytes are one (X12.6), whole columns at a time.

What passes is what passes pyx12 4.0.0, whose verdicts the tests compare with these:

* Length of numeric types: ``-`` and ``.`` do not count, wherever they stand.
* ``-`` alone is a decimal number, ``5.`` is not; an ``N`` type is digits after at most one minus and has no point.
* A date has 6, 8 or 12 digits (two-digit years before 50 are of this century), is not before 1800 and is a day of the
  calendar; 12 digits end with a time of four. A time is compared as text: hours to 23, minutes and seconds to 59; seven
  or eight digits carry hundredths, five are none.

``text`` are bytes with :data:`parsers.x12.sent.PADDING` behind them, ``start``, ``end`` and ``length`` offsets and
sizes in it, one for each value.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from parsers.x12.columns import DATE_6, DATE_8, DATE_RANGE, TIME_ANY, type_of
from parsers.x12.sent import PADDING

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]

ZERO, DASH, POINT = 48, 45, 46
DAYS = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def numbers(text: Bytes, start: Ints, end: Ints, decimal: Flags) -> tuple[Flags, Ints]:
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


def _digits(text: Bytes, start: Ints, number: int) -> Ints:
    value = np.zeros(len(start), np.int64)
    for at in range(number):
        value = value * 10 + text[start + at] - ZERO
    return value


def days(text: Bytes, start: Ints, length: Ints) -> Flags:
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
    good[timed] &= hours(text, start[timed] + 8, np.full(len(timed), 4))
    return good


def hours(text: Bytes, start: Ints, length: Ints) -> Flags:
    """Which runs of digits are times; compared as text, so that a digit that is not there is smaller than any."""

    def above(offset: int, bound: bytes) -> Flags:
        tens = np.where(length > offset, text[start + offset].astype(np.int64), 0)
        ones = np.where(length > offset + 1, text[start + offset + 1].astype(np.int64), 0)
        return tens * 256 + ones > int.from_bytes(bound, "big")

    seconds = (length <= 4) | ((length >= 6) & (length <= 8) & ~above(4, b"59"))
    return ~above(0, b"23") & ~above(2, b"59") & seconds


def ranges(text: Bytes, start: Ints, length: Ints) -> Flags:
    """Which values are two dates of eight digits with a dash between."""
    good = length == 17
    good[good] &= text[start[good] + 8] == DASH
    for offset in (0, 9):
        at = np.flatnonzero(good)
        first = start[at] + offset
        digits = np.ones(len(at), bool)
        for place in range(8):
            digits &= (text[first + place] - np.uint8(ZERO)) <= 9
        good[at] = digits & days(text, np.where(digits, first, 0), np.full(len(at), 8))
    return good


def is_of_type(value: bytes, name: str) -> bool:
    """Is one value a date or time of the type ``name``: the tests above, for the few places where single values are
    asked about."""
    kind = type_of(name)
    text = np.frombuffer(value + bytes(PADDING), np.uint8)
    start, length = np.zeros(1, np.int64), np.full(1, len(value))
    if kind == DATE_RANGE:
        return bool(ranges(text, start, length)[0])
    if not value.isdigit():
        return False
    if kind == TIME_ANY:
        return bool(hours(text, start, length)[0])
    return len(value) == {DATE_8: 8, DATE_6: 6}.get(kind, len(value)) and bool(days(text, start, length)[0])
