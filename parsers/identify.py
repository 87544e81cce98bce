"""What kind of file this is, told from its first bytes."""

from __future__ import annotations

import re
from typing import Literal

from parsers.catair import framing
from parsers.x12 import interchanges

Kind = Literal["catair", "x12", "empty", "unknown"]

#: So many bytes are looked at; a tell-tale needs no more.
SAMPLE = 4096
_PADDING = b"\x00\x1a\r\n \t"
#: What nearly every file begins with: an A record, and behind it a B record of the same application.
_OPENING = re.compile(rb"A.{24}(..).{53}[\r\n]*B  .{7}\1", re.DOTALL)


def identify(data: bytes) -> Kind:
    """``catair`` when at least half of the first records carry an id of the catalogue, so that one broken byte does not
    decide.

    ``x12`` begins with an ISA segment, or has a well-formed one in its first bytes; also in UTF-16 or EBCDIC. ``empty``
    holds nothing but padding.
    """
    if interchanges.begins(data[: 4 * SAMPLE]):
        return "x12"
    head = data[: 4 * SAMPLE].removeprefix(b"\xef\xbb\xbf").lstrip(_PADDING)[:SAMPLE]
    if not head:
        return "unknown" if data.strip(_PADDING + b"\xef\xbb\xbf") else "empty"
    if _OPENING.match(head):
        return "catair"
    known = framing.frame([head]).id != b""
    return "catair" if known.size and known.mean() >= 0.5 else "unknown"
