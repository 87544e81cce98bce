"""Secrets of people: passwords (Argon2id), authenticator codes (TOTP, RFC 6238), recovery codes, and random tokens."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import threading
from datetime import datetime
from functools import cache
from pathlib import Path

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.fernet import Fernet

from loaders.portal.links import digest, token

__all__ = ["digest", "token"]
#: With a second factor eight characters are enough (NIST SP 800-63B-4); nothing is asked of their kind.
SHORTEST, LONGEST = 8, 128
STEP = 30
#: 19 MiB, 2 passes, 1 lane: the first of the settings that OWASP recommends for Argon2id.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NOBODY = _HASHER.hash(secrets.token_urlsafe(16))


def hashed(password: str) -> str:
    return _HASHER.hash(password)


#: So many passwords are computed at a time, or their memory would be what runs out first.
_TURNS = threading.BoundedSemaphore(max(2, os.cpu_count() or 2))


def verify(password: str, password_hash: str) -> bool:
    """Whether it is the password behind the hash; where there is no hash it takes as long and is not."""
    try:
        with _TURNS:
            return _HASHER.verify(password_hash or _NOBODY, password[:LONGEST]) and bool(password_hash)
    except (VerificationError, InvalidHashError):
        return False


def fault(password: str, *about: str) -> str:
    """What is wrong with a new password, in words; blank when nothing is. ``about`` are words it must not be, like the
    person's name."""
    if len(password) < SHORTEST:
        return f"A password has at least {SHORTEST} characters; this one has {len(password)}."
    if len(password) > LONGEST:
        return f"A password has at most {LONGEST} characters; this one has {len(password)}."
    plain = re.sub(r"[^a-z0-9]", "", password.lower())
    if plain in _common() or password.lower() in _common() or len(set(password)) < 4:
        return "This password is among those that are tried first. Choose another one."
    known = {re.sub(r"[^a-z0-9]", "", part.lower()) for word in about for part in re.split(r"[\s@.]", word)}
    if plain in {k for k in known if k} or plain in ("tidewaiter", "customs", "tidewaiterportal"):
        return "This password is your name or ours. Choose another one."
    return ""


@cache
def _common() -> frozenset[str]:
    """Words that are tried first, and what people do to them."""
    words = Path(__file__).with_name("common_passwords.txt").read_text().split()
    return frozenset(words) | {w + d for w in words for d in ("1", "12", "123", "1234", "12345", "123456", "!", "1!")}


class Sealed:
    """Encrypts what has to be read again, like the secret of an authenticator."""

    def __init__(self, key: bytes) -> None:
        self._fernet = Fernet(key)
        self._key = key

    def seal(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        return self._fernet.decrypt(sealed.encode()).decode()

    def sign(self, text: str) -> str:
        """A tag that only we can make."""
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()

    def signed(self, text: str, tag: str) -> bool:
        return hmac.compare_digest(self.sign(text), tag)


def new_totp() -> str:
    """The secret of a new authenticator."""
    return pyotp.random_base32()


def totp_address(secret: str, email: str) -> str:
    """What an authenticator reads from the picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Tidewaiter")


def totp_step(secret: str, code: str, now: datetime) -> int | None:
    """The step whose code this is, now or one step beside it; None if it is none."""
    totp, step = pyotp.TOTP(secret), int(now.timestamp()) // STEP
    digits = re.sub(r"\D", "", code)
    found = [at for at in (step, step - 1, step + 1) if hmac.compare_digest(totp.at(at * STEP), digits.rjust(6, "x"))]
    return found[0] if found else None


def recovery_codes() -> list[str]:
    """Ten codes to be kept on paper."""
    alphabet = "23456789abcdefghjkmnpqrstuvwxyz"
    return ["-".join("".join(secrets.choice(alphabet) for _ in range(5)) for _ in range(2)) for _ in range(10)]
