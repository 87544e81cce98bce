"""Bytes of any origin as the bytes that X12 is written in: one character a byte, the segments unbroken."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from parsers.x12 import delimiters

BOM = b"\xef\xbb\xbf"
_LINE_ENDS = b"\r\n"
_EBCDIC_ISA = b"\xc9\xe2\xc1"
_EBCDIC_PADDING = b"\x40\x00\x0d\x15\x25"
#: So many bytes before the first ISA may be something else for the decoding to be tried.
_HEAD = 4096


def decoded(data: bytes) -> bytes:
    """UTF-16 (with or without its mark) and EBCDIC (code page 037) as Latin-1, everything else as it is.

    Characters outside Latin-1 become UTF-8, so that none is lost. Offsets into what is returned are those of the
    decoded text.
    """
    head = data[:_HEAD]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _narrow(data.decode("utf-16", "replace"))
    at = head.find(b"I\x00S\x00A\x00")
    if at >= 0 and not head[:at].strip(delimiters.PADDING):
        return _narrow(data.decode("utf-16-be" if at % 2 else "utf-16-le", "replace"))
    if head.lstrip(_EBCDIC_PADDING).startswith(_EBCDIC_ISA):
        return data.decode("cp037").encode("latin-1")
    return data


def unbroken(data: bytes, first: int) -> tuple[bytes, npt.NDArray[np.int64] | None]:
    """Without the line ends of a file that was cut into records of fixed length, in the middle of elements.

    Told by the ISA at ``first``: it has its 106 bytes only when the line ends in it are left out. Returns the data and
    the position each of its bytes had before (None: nothing changed).
    """
    header = data[first : first + delimiters.ISA_SIZE]
    if not any(byte in header for byte in _LINE_ENDS) or delimiters.exact(header):
        return data, None
    joined = re.sub(rb"[\r\n]", b"", data[first : first + delimiters.WINDOW])
    found = delimiters.exact(joined[: delimiters.ISA_SIZE])
    if found is None:
        return data, None
    buffer = np.frombuffer(data, np.uint8)
    kept = np.flatnonzero((buffer != _LINE_ENDS[0]) & (buffer != _LINE_ENDS[1]))
    return buffer[kept].tobytes(), kept


def _narrow(text: str) -> bytes:
    text = text.removeprefix("\ufeff")
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")
