"""What a portal process is given."""

from __future__ import annotations

import json
import os
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from tidewaiter.settings import Settings
from transforms.calendar import business_date


@dataclass(frozen=True, slots=True)
class Config:
    """``database_url`` is that of the portal's role; ``origin`` the address people type, as https://portal.example;
    ``key`` encrypts second factors. ``now`` is the clock. ``limit`` is how many account holders the test takes.
    """

    settings: Settings
    database_url: str
    origin: str
    key: bytes
    airflow_url: str = ""
    limit: int = 1_100
    oidc: dict[str, str] = field(default_factory=dict)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    @property
    def today(self) -> date:
        """The business date in New York."""
        return business_date(self.now())


def key(home: Path) -> bytes:
    """The portal's own key, made once, readable by its owner only."""
    folder = home / "portal"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / "secrets.json"
    if not file.exists():
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
            json.dump({"key": urlsafe_b64encode(secrets.token_bytes(32)).decode()}, new)
    return json.loads(file.read_text())["key"].encode()
