"""Bytes to a :class:`~parsers.x12.document.Document`: split, envelope, validation."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Literal

from parsers.x12 import cascades, envelope, envelope_checks, pyx12_driver, splitter, validate
from parsers.x12.document import Document
from parsers.x12.envelope import ReadAs, as_sent

log = logging.getLogger(__name__)
Validator = Literal["pyx12", "compiled"]

__all__ = ["Document", "read"]


def read(data: bytes, *, validator: Validator = "compiled", read_as: ReadAs = as_sent) -> Document:
    """Read an X12 file. Never raises, whatever the bytes: what is wrong is in ``faults``.

    ``read_as`` says of a sender (ISA05, ISA06) which releases without maps are read by those of another release.
    Both validators find the same; pyx12 is many times slower and is kept to judge the compiled maps by.
    """
    document = envelope_checks.check(envelope.tabulate(splitter.split(data), read_as))
    if validator == "compiled":
        try:
            return _told_once(validate.validate(document))
        except Exception:  # a mistake of ours must not cost the sender his answer
            log.exception("the compiled maps could not validate a file of %d bytes", len(data))
    return _told_once(pyx12_driver.validate(document))


def _told_once(document: Document) -> Document:
    return replace(document, faults=cascades.without(document.faults, document))
