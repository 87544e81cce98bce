"""Passwords are kept as salted scrypt hashes (RFC 7914): ``scrypt$n$r$p$salt$key``, salt and key in base64."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

# About 256 kB and 1 ms. These are the six characters of an A record, which stand in clear in every archived file; a day
# of a hundred senders asks for each once a shard. Passwords that people log in with are kept elsewhere, and harder.
N, R, P = 2**8, 8, 1


def hashed(password: str) -> str:
    """The hash to keep, with a new salt."""
    salt = os.urandom(16)
    key = hashlib.scrypt(password.encode(), salt=salt, n=N, r=R, p=P)
    return "$".join(["scrypt", str(N), str(R), str(P), base64.b64encode(salt).decode(), base64.b64encode(key).decode()])


def verify(password: str, kept: str) -> bool:
    """Whether ``kept`` is a hash of ``password``, in constant time; ``False`` for anything that is not a hash."""
    try:
        scheme, n, r, p, salt, key = kept.split("$")
        expected = base64.b64decode(key, validate=True)
        found = hashlib.scrypt(
            password.encode(),
            salt=base64.b64decode(salt, validate=True),
            n=int(n),
            r=int(r),
            p=int(p),
            dklen=len(expected),
        )
    except ValueError:
        return False
    return scheme == "scrypt" and hmac.compare_digest(found, expected)
