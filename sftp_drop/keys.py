"""Keys: who may log in with which public key, and the host key that clients pin."""

import base64
import binascii
import logging
from collections.abc import Iterable
from pathlib import Path

import paramiko
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sftp_drop.errors import BadKey

log = logging.getLogger(__name__)

KINDS = ("ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521")
RSA_BITS = 2048


def public(line: str) -> paramiko.PKey:
    """The public key of an OpenSSH line `kind base64 [comment]`. Raises BadKey."""
    kind, body, *_ = [*line.split(None, 2), "", ""]
    if kind not in KINDS:
        raise BadKey(f"key of kind {kind!a}, expected one of {', '.join(KINDS)}")
    try:
        key = paramiko.PKey.from_type_string(kind, base64.b64decode(body, validate=True))
    except (binascii.Error, ValueError, paramiko.SSHException, IndexError) as e:
        raise BadKey(f"not the body of a {kind} key: {body[:20]!a}...") from e
    if kind == "ssh-rsa" and key.get_bits() < RSA_BITS:
        raise BadKey(f"rsa key of {key.get_bits()} bits, expected {RSA_BITS} or more")
    return key


def line(key: paramiko.PKey) -> str:
    """The public half of a key as an OpenSSH line."""
    return f"{key.get_name()} {key.get_base64()}"


def matches(key: paramiko.PKey, lines: Iterable[str]) -> bool:
    """Whether `key` is one of the public keys on `lines`; a line that is no key is logged and matches nothing."""
    found = False
    for text in lines:
        try:
            found |= public(text).asbytes() == key.asbytes()
        except BadKey as e:
            log.warning("public key ignored: %s", e)
    return found


def private(path: Path | str) -> paramiko.PKey:
    """The private key in a file. Raises BadKey when it is missing, locked by a passphrase or no key."""
    try:
        return paramiko.PKey.from_path(Path(path))
    except (OSError, ValueError, TypeError, paramiko.SSHException) as e:
        raise BadKey(f"no usable private key in {path}: {e}") from e


def ensure_private(path: Path) -> paramiko.PKey:
    """The private key in a file, made first (ed25519, mode 600) when there is none."""
    if not path.exists():
        new = Ed25519PrivateKey.generate()
        path.touch(mode=0o600)
        path.write_bytes(
            new.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
            )
        )
    return private(path)


class KeysFile:
    """Looks up public keys in a text file of lines `username kind base64 [comment]`, read again whenever it changed.

    Blank lines and lines beginning with `#` say nothing. A line that cannot be read is logged with its number and
    admits nobody; so does a file that is missing.
    """

    def __init__(self, path: Path):
        self._path = Path(path)
        self._stamp: tuple[int, ...] | None = None
        self._keys: dict[str, list[str]] = {}

    def __call__(self, username: str) -> list[str]:
        """The public key lines of a user; none for nobody."""
        try:
            found = self._path.stat()
            stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
            if stamp != self._stamp:
                self._keys, self._stamp = self._read(), stamp
        except OSError as e:
            log.warning("keys file %s: %s, nobody is admitted", self._path, e.strerror)
            self._keys, self._stamp = {}, None
        return self._keys.get(username, [])

    def _read(self) -> dict[str, list[str]]:
        keys: dict[str, list[str]] = {}
        for number, text in enumerate(self._path.read_text(errors="replace").splitlines(), 1):
            if not text.strip() or text.lstrip().startswith("#"):
                continue
            username, _, rest = text.strip().partition(" ")
            try:
                public(rest)
            except BadKey as e:
                log.warning("keys file %s line %d ignored: %s", self._path, number, e)
            else:
                keys.setdefault(username, []).append(rest)
        return keys
