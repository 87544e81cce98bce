"""The interchange acknowledgment, TA1 (X12.5): what became of the envelope."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from parsers.x12 import fit
from parsers.x12.answer_codes import GENERAL, words


def segment(interchange: Any, at: datetime) -> list[str]:
    """TA1 of an interchange (a row of ``Document.interchanges``): its control number, date and time, then A accepted, E
    accepted with errors or R rejected, and why. A date that is none (TA102, TA103 must be valid) becomes that of
    the answer."""
    code = interchange.code if interchange.code in ("A", "E", "R") else "A"
    note = interchange.note if words("interchange", interchange.note).meaning else GENERAL["interchange"]
    return [
        "TA1",
        fit.control(interchange.control_number, 9),
        fit.date(interchange.date, "%y%m%d", at),
        fit.time(interchange.time, at),
        code,
        "000" if code == "A" else note,
    ]
