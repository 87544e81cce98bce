"""The receipt: proof that a file arrived, before anybody has looked into it."""

import json


def body(name: str, folder: str, sha256: str, size: int, received_at: str) -> bytes:
    """The receipt of a file as JSON, the same bytes for the same arguments.

    It says `bytes`, `file` (its name), `folder` (inbox, or check for a dry run), `received_at` (instant, UTC, ISO 8601)
    and `sha256` (hex).
    """
    spelled = name.encode(errors="backslashreplace").decode()
    facts = {"file": spelled, "folder": folder, "sha256": sha256, "bytes": size, "received_at": received_at}
    return (json.dumps(facts, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()
