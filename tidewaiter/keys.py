"""SSH keys of the embedded system: the server's host key and the operator's own."""

from __future__ import annotations

import os
from pathlib import Path

HOST_KEY = "host_ed25519"
OPERATOR_KEY = "operator_ed25519"


def ensure(folder: Path, name: str) -> str:
    """Make the ed25519 key pair ``folder/name`` unless it is there; the public key as one OpenSSH line.

    The private key is readable by its owner only from the moment it exists.
    """
    path = folder / name
    public = path.with_name(name + ".pub")
    if not (path.exists() and public.exists()):
        from cryptography.hazmat.primitives import serialization as form
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = Ed25519PrivateKey.generate()
        secret = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.OpenSSH, form.NoEncryption())
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secret)
        line = key.public_key().public_bytes(form.Encoding.OpenSSH, form.PublicFormat.OpenSSH)
        public.write_bytes(line + b"\n")
    return public.read_text().strip()
