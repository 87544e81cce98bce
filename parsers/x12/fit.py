"""What a partner sent, made to fit the element that quotes it.

An answer must be valid whatever it answers. A text that is too long is cut, one that is too short gets the blanks that
X12.6 allows to reach a minimum length, a number that is none becomes 0. What the partner recognises his own by (a
control number) therefore is the same as he sent wherever it could be valid at all.
"""

from __future__ import annotations

import re
from datetime import datetime

_DIGITS = re.compile(r"[0-9]+")
_VERSION = re.compile(r"00[4-8]0[1-6]")
#: What is answered in where the release of the sender is not known, or older than the first of the answers' layout.
VERSION, RELEASE = "00401", "004010"


def text(value: str, least: int, most: int, instead: str = "") -> str:
    """``value`` without blanks at its ends, of ``least`` to ``most`` characters; ``instead`` where nothing is left."""
    cut = value.strip()[:most].rstrip() or instead[:most].rstrip()
    return cut.ljust(least) if cut else ""


def number(value: str, most: int) -> str:
    """``value`` as it was sent where it is a whole number of up to ``most`` digits, else its last digits, else 0."""
    digits = value.strip()
    return digits[-most:] if _DIGITS.fullmatch(digits) else "0"


def count(value: int, most: int) -> str:
    """``value`` in up to ``most`` digits; what is more is said as the most that can be."""
    return str(min(max(value, 0), 10**most - 1))


def control(value: str, digits: int) -> str:
    """A control number of exactly so many digits."""
    return number(value, digits).rjust(digits, "0")


def date(value: str, form: str, instead: datetime) -> str:
    """``value`` where it is a day in that form (%y%m%d or %Y%m%d), else the day of ``instead``."""
    return _instant(value, form, instead)


def time(value: str, instead: datetime) -> str:
    """``value`` where it is HHMM, else the time of ``instead``."""
    return _instant(value, "%H%M", instead)


def is_day(value: str) -> bool:
    """Whether ``value`` is CCYYMMDD of a day after 1800."""
    return len(value) == 8 and value > "1800" and _parsed(value, "%Y%m%d")


def is_time(value: str) -> bool:
    """Whether ``value`` is HHMM, HHMMSS, or that with tenths or hundredths of a second."""
    return len(value) in (4, 6, 7, 8) and bool(_DIGITS.fullmatch(value)) and _parsed(value[:6], "%H%M%S"[: len(value)])


def _instant(value: str, form: str, instead: datetime) -> str:
    shown = format(instead, form)
    return value if len(value) == len(shown) and _parsed(value, form) else shown


def _parsed(value: str, form: str) -> bool:
    if not _DIGITS.fullmatch(value):
        return False
    try:
        datetime.strptime(value, form)
    except ValueError:
        return False
    return True


def version(isa12: str) -> str:
    """The interchange version to answer in: that of the sender where it is known (00401 to 00806)."""
    return isa12 if _VERSION.fullmatch(isa12) else VERSION


def release(gs08: str) -> str:
    """The release to answer in: that of the group without what an industry adds, 004010 where it is not known.

    ``00401`` and ``4010``, which some programs write, are 004010.
    """
    digits = re.match(r"[0-9]*", gs08.strip())[0]  # type: ignore[index]
    full = {4: "00" + digits, 5: digits + "0"}.get(len(digits), digits[:6])
    return full if _VERSION.fullmatch(full[:5]) and full[5:] == "0" else RELEASE
