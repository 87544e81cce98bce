"""Decimal numbers of the wire (X12 type R, and Nn) as integers at a stated scale. Exactly, or not at all."""

from __future__ import annotations

import pandas as pd

#: Digits that a 64-bit integer surely holds.
DIGITS = 18


def scaled(text: pd.Series, places: int) -> pd.Series:
    """Each number times ten to the power of ``places`` (``Int64``): ``"12.5"`` at 2 is 1250. NA where the text is
    blank, is no number, has more decimals than that (zeros at the end do not count) or more digits than 64 bits hold.

    A number of type R may have a sign and one decimal point, digits on one side of it at least, and no exponent.
    """
    text = text.astype("str")
    parts = text.str.extract(r"^([+-]?)(\d*)(?:\.(\d*))?$").fillna("")
    whole, fraction = parts[1].str.lstrip("0"), parts[2].str.rstrip("0")
    good = text.str.contains(r"\d") & text.str.fullmatch(r"[+-]?\d*\.?\d*")
    good &= (fraction.str.len() <= places) & (whole.str.len() + places <= DIGITS)
    digits = (whole + fraction.str.pad(places, side="right", fillchar="0")).where(good, "0").replace("", "0")
    number = digits.astype("int64")
    return number.where(parts[0] != "-", -number).astype("Int64").where(good, pd.NA)


def shown(number: pd.Series, places: int) -> pd.Series:
    """Back as text without zeros at the end: 1250 at 2 is ``12.5``; NA is blank."""
    known = number.fillna(0).astype("int64")
    magnitude = known.abs()
    whole = (magnitude // 10**places).astype("str")
    rest = (magnitude % 10**places).astype("str").str.zfill(places).str.rstrip("0") if places else whole.str.slice(0, 0)
    text = whole.where(rest == "", whole + "." + rest)
    return text.where(known >= 0, "-" + text).where(number.notna(), "")
