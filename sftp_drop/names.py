"""File names from outside. They are data: only an encoded form ever becomes part of a path.

The encoding is percent-encoding of UTF-8 bytes. Letters, digits, spaces and every other printable character stay as
they are, so an ordinary name is its own safe form; `%`, both slashes, control and invisible characters, a leading
dot and the dot of a `.part` ending are encoded. Names that are not UTF-8 come as `os.fsdecode` gives them
(surrogate escapes).
"""

import hashlib
from urllib.parse import unquote_to_bytes

from sftp_drop.errors import BadName

LONGEST = 255  # bytes of one path component on Linux file systems
PARTIAL = (".part", ".filepart")  # ours, and the one WinSCP uses by itself
AX, REASONS, RECEIPT = ".ax", ".reasons.csv", ".receipt.json"


def partial(name: str) -> bool:
    """Whether the name says that its file is still being written."""
    return name.lower().endswith(PARTIAL)


def safe(name: str) -> str:
    """One path component that stands for `name`, reversible by `unsafe`.

    Raises BadName when the name is empty, longer than 255 bytes encoded, or no text that bytes could have spelled.
    """
    encoded = _encode(name)
    if len(encoded.encode()) > LONGEST:
        raise BadName(f"name of {len(encoded.encode())} bytes, at most {LONGEST} fit: {encoded[:40]}...")
    return encoded


def unsafe(encoded: str) -> str:
    """The name that `safe` encoded."""
    return from_bytes(unquote_to_bytes(encoded))


def answer(name: str, suffix: str) -> str:
    """What the answer to the file `name` is called: the safe name and `suffix`, such as AX.

    Different files have different answers. A name so long that its answer would not fit is cut and closed with `~`
    and a piece of its sha256; the receipt spells it in full.
    """
    encoded = _encode(name)
    room = LONGEST - len(suffix) - len(PARTIAL[0])
    if len(encoded.encode()) > room:
        digest = hashlib.sha256(to_bytes(name)).hexdigest()[:16]
        encoded = encoded.encode()[: room - 17].decode(errors="ignore") + "~" + digest
    return encoded + suffix


def component(name: str) -> str:
    """`name` itself when it can be written as it stands into one folder; BadName otherwise."""
    if _encode(name).replace("%25", "%") != name or len(name.encode()) + len(PARTIAL[0]) > LONGEST:
        raise BadName(f"not a name for a file of ours: {_encode(name)[:80]}")
    return name


def to_bytes(name: str) -> bytes:
    """The bytes that spell a name on the wire."""
    return name.encode("utf-8", "surrogateescape")


def from_bytes(raw: bytes) -> str:
    """The name that bytes on the wire spell, whether they are UTF-8 or not."""
    return raw.decode("utf-8", "surrogateescape")


def _encode(name: str) -> str:
    try:
        spelled = bool(name) and from_bytes(to_bytes(name)) == name
    except UnicodeEncodeError:
        spelled = False
    if not spelled:
        raise BadName(f"not a name: {name!a}")
    encoded = "".join(c if c.isprintable() and c not in "%/\\" else _escape(c) for c in name)
    if encoded.startswith("."):
        encoded = "%2E" + encoded[1:]
    if partial(encoded):
        stem, _, ending = encoded.rpartition(".")
        encoded = f"{stem}%2E{ending}"
    return encoded


def _escape(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in to_bytes(character))
