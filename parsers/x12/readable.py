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
_BINARY = (b"BIN", b"BDS")
#: A whole interchange has at least so many segments.
_FEW = 4


def decoded(data: bytes) -> bytes:
    """UTF-16 (with or without its mark), EBCDIC (code page 037) and UTF-8 as Latin-1; everything else as it is.

    UTF-8 that holds binary segments, whose lengths count bytes, or characters outside Latin-1 stays as it is, unless
    its delimiters are no ASCII.
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
    return data if data.isascii() else _one_byte_letters(_one_byte_delimiters(data))


def _one_byte_letters(data: bytes) -> bytes:
    """UTF-8 with letters of Latin-1 as these letters: otherwise half of them would pass for control characters."""
    at = data.find(b"ISA", 0, _HEAD)
    if at < 0 or not data[at : at + delimiters.ISA_SIZE].isascii() or any(name in data for name in _BINARY):
        return data
    try:
        return data.decode("utf-8").removeprefix("\ufeff").encode("latin-1")
    except UnicodeError:
        return data


def _one_byte_delimiters(data: bytes) -> bytes:
    """UTF-8 text with delimiters of several bytes each: as Latin-1, or where other characters do not allow that, with
    control characters for the delimiters."""
    at = data.find(b"ISA", 0, _HEAD)
    window = data[at : at + delimiters.WINDOW]
    if at < 0 or window.isascii():
        return data
    try:
        text = data.decode("utf-8")
        header = window.decode("utf-8", "ignore")[: delimiters.ISA_SIZE]
    except UnicodeDecodeError:
        return data
    high = [
        header[place] for place in (3, -2, -1) if len(header) == delimiters.ISA_SIZE and not header[place].isascii()
    ]
    if not any(not one.isalnum() for one in high):
        return data
    try:
        return text.removeprefix("\ufeff").encode("latin-1")
    except UnicodeEncodeError:
        free = (chr(byte) for byte in range(0x1C, 0x20) if chr(byte) not in text)
        return text.translate({ord(one): mark for one, mark in zip(dict.fromkeys(high), free)}).encode("utf-8")  # noqa: B905


def unbroken(data: bytes, first: int) -> tuple[bytes, npt.NDArray[np.int64] | None]:
    """Without the line ends of a file that was cut into lines of some length, in the middle of elements.

    Told by the ISA at ``first``: it has its 106 bytes only when the line ends in it are left out, or a line ends before
    its last element while segments end otherwise. Returns the data and the position each of its bytes had before (None:
    nothing changed).
    """
    window = data[first : first + delimiters.WINDOW]
    broken = re.search(rb"[\r\n]", window[: delimiters.ISA_SIZE])
    if broken is None or delimiters.exact(window):
        return data, None
    joined = re.sub(rb"[\r\n]", b"", window)
    cut = delimiters.exact(joined)
    if cut is None:
        cut = delimiters.find(joined, 0)
        inside = window.count(window[3:4], 0, broken.start()) < 16
        starts = re.match(rb"[\r\n ]*(GS|ST|TA1|IEA)" + re.escape(window[3:4]), window[broken.start() :])
        if not inside or starts or cut.segment < 0 or cut.segment in _LINE_ENDS:
            return data, None
        if data.count(bytes([cut.segment])) < _FEW:
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
