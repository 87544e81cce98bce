"""Bytes to a :class:`~parsers.x12.document.Document`: split, envelope, validation."""

from __future__ import annotations

from typing import Literal

from parsers.x12 import envelope, envelope_checks, pyx12_driver, splitter
from parsers.x12.document import Document

Validator = Literal["pyx12", "compiled"]

__all__ = ["Document", "read"]


def read(data: bytes, *, validator: Validator = "pyx12") -> Document:
    """Read an X12 file. Never raises, whatever the bytes: what is wrong is in ``faults``."""
    return pyx12_driver.validate(envelope_checks.check(envelope.tabulate(splitter.split(data))))
