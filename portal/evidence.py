"""Files that people without a login hand in: what they are is told by their content, never by their name.

There is no virus scanner here. What is done instead: three kinds only, by their first and last bytes; a size limit;
the EICAR test pattern is refused; a PDF that can act (script, launching, embedded files) is refused; the file is kept
under its sha256, and given only to officers, as a download that no browser opens in our frame (``pages.download``).
"""

from __future__ import annotations

import re

LARGEST = 5_000_000  # bytes
KINDS = {"pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg"}
#: In two parts, so that this file is none.
EICAR = b"EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE"
#: What makes a PDF do something by itself (ISO 32000 names), also where letters are written as #xx.
_ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFiles?|OpenAction|AA|RichMedia|XFA|SubmitForm|ImportData)\b")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_STORED = re.compile(r"([0-9a-f]{64})\.(pdf|png|jpg)")


class BadFile(ValueError):
    """A file that is not taken; the message says why and what would be."""


def kind(data: bytes) -> str:
    """``pdf``, ``png`` or ``jpg``, by content.

    Raises
        BadFile: it is none of these, is too large or empty, or could act by itself.
    """
    if not data:
        raise BadFile("The file is empty.")
    if len(data) > LARGEST:
        raise BadFile(f"The file has {len(data):,} bytes; at most {LARGEST:,} are taken.")
    if EICAR in data:
        raise BadFile("The file carries the test pattern of virus scanners and was not kept.")
    if data.startswith(b"\x89PNG\r\n\x1a\n") and b"IEND" in data[-16:]:
        return "png"
    if data.startswith(b"\xff\xd8\xff") and data.rstrip(b"\0").endswith(b"\xff\xd9"):
        return "jpg"
    if data.startswith(b"%PDF-") and b"%%EOF" in data[-1100:]:
        plain = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), data)
        if act := _ACTIVE.search(plain):
            raise BadFile(f"This PDF can act by itself ({act[1].decode()}). Print it to a new PDF, and send that one.")
        return "pdf"
    raise BadFile("This is no PDF, PNG or JPEG file. Its content counts, not its name.")


def stored(text: str) -> tuple[str, str] | None:
    """Sha256 and kind of what ``application.evidence`` names."""
    found = _STORED.fullmatch(text)
    return (found[1], found[2]) if found else None
