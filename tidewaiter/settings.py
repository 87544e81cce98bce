"""Where things are: one home folder, one settings file, everything else by default.

``HOME/tidewaiter.toml`` holds only what differs from the defaults below; ``tidewaiter init`` writes it with the ports
it chose.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

FILE_NAME = "tidewaiter.toml"


class NotInitialised(Exception):
    """The folder is no Tidewaiter home yet; `tidewaiter --home DIR init` makes it one."""


class BadSettings(ValueError):
    """The settings file cannot be understood; the message says where."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All that can be set. Empty URLs mean the embedded default under ``home``.

    ``opened`` is the day the home was made (New York, ISO). Times are seconds, sizes bytes. ``portal_origin`` is the
    address people type (https://portal.example), ``portal_proxy`` the address of a proxy before the portal, whose word
    on who asks is taken. ``bank_...`` is what files of debits say of who asks for them, agreed with the bank
    (``transforms.statement.nacha.Origin``).
    ``x12_...`` is who we are to those who speak ANSI X12: qualifier and id of the interchange (ISA07 and ISA08 of what
    comes, ISA05 and ISA06 of what we send) and the id of the group (GS02; blank: ``x12_id``).
    The officers' queue looks at what was filed in the last ``queue_days``, and chooses ``queue_random_share`` of it by
    chance.
    """

    home: Path
    opened: str = ""
    database_url: str = ""
    airflow_database_url: str = ""
    archive_url: str = ""
    sftp_host: str = "127.0.0.1"
    sftp_port: int = 0
    sftp_embedded: bool = True
    sftp_operator: str = "operator"
    sftp_host_key: str = ""
    stability_seconds: float = 1.0
    poll_seconds: float = 0.5
    shard_bytes: int = 64 << 20
    shard_files: int = 5_000
    portal_port: int = 0
    portal_origin: str = ""
    portal_database_url: str = ""
    portal_proxy: str = ""
    account_holders: int = 1_100
    queue_days: int = 7
    queue_random_share: float = 0.03
    bank_routing: str = ""
    bank_name: str = ""
    bank_company_id: str = ""
    bank_company_name: str = ""
    bank_origin: str = ""
    bank_description: str = "DUTIES"
    x12_qualifier: str = "ZZ"
    x12_id: str = "TIDEWAITER"
    x12_group_id: str = ""

    @classmethod
    def load(cls, home: str | Path | None = None) -> Settings:
        """Read the settings of ``home`` (default: the environment's TIDEWAITER_HOME, else ``.home``).

        Raises:
            NotInitialised: there is no settings file.
            BadSettings: the file is no TOML, or names a setting that does not exist.
        """
        folder = Path(home or os.environ.get("TIDEWAITER_HOME") or ".home").absolute()
        path = folder / FILE_NAME
        if not path.is_file():
            raise NotInitialised(f"{folder} is no Tidewaiter home yet: run `tidewaiter --home {folder} init`")
        try:
            values = tomllib.loads(path.read_text())
        except ValueError as fault:
            raise BadSettings(f"{path}: {fault}") from fault
        unknown = values.keys() - {f.name for f in fields(cls)}
        if unknown:
            raise BadSettings(f"{path}: no such setting: {', '.join(sorted(unknown))}")
        return cls(home=folder, **values)

    def save(self) -> None:
        """Write what differs from the defaults."""
        lines = ["# Tidewaiter settings; what is not here has its default (tidewaiter/settings.py)."]
        for f in fields(self):
            value = getattr(self, f.name)
            if f.name != "home" and value != f.default:
                lines.append(f"{f.name} = {_toml(value)}")
        self.home.mkdir(parents=True, exist_ok=True)
        (self.home / FILE_NAME).write_text("\n".join(lines) + "\n")

    @property
    def archive(self) -> str:
        """URL of the archive of received bytes (any fsspec URL)."""
        return self.archive_url or (self.home / "archive").as_uri()

    @property
    def homes(self) -> Path:
        """Folder of the accounts' homes, as the embedded SFTP server serves them."""
        return self.home / "sftp"

    @property
    def keys(self) -> Path:
        """Folder of the SFTP host key and the operator's key."""
        return self.home / "keys"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
