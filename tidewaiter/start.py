"""Making a home: settings, keys, database, reference tables, and the accounts' folders on the embedded drop."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from loaders import accounts, db, migrate
from sftp_drop import home as drop_home
from tidewaiter import database, demonstration, keys
from tidewaiter.settings import FILE_NAME, Settings
from tidewaiter.stack import AUTHORIZED
from transforms.calendar import business_date


def initialise(
    home: str | Path | None, *, database_url: str = "", bare: bool = False, say: Callable[[str], None] = print
) -> Settings:
    """Make ``home`` ready to run; doing it again repairs what is missing and changes nothing else.

    The demonstration reference tables are loaded where a table has never been loaded, unless ``bare``.
    """
    folder = Path(home or os.environ.get("TIDEWAITER_HOME") or ".home").absolute()
    if not (folder / FILE_NAME).exists():
        Settings(home=folder, opened=str(business_date(datetime.now(UTC))), database_url=database_url).save()
        say(f"settings   {folder / FILE_NAME}")
    settings = Settings.load(folder)
    for name in (keys.HOST_KEY, keys.OPERATOR_KEY):
        keys.ensure(settings.keys, name)
    with database.up(settings) as url:
        migrate.upgrade(url)
        say("database   " + ("as set" if settings.database_url else "embedded PostgreSQL") + ", schema up to date")
        with closing(db.connect(url, autocommit=True)) as conn:
            if not bare:
                for loaded in demonstration.load_missing(conn, settings.home):
                    say(f"reference  {loaded.table}: {loaded.rows} rows (demonstration set)")
            open_drop(settings, conn)
    return settings


def load_accounts(settings: Settings, path: Path) -> dict[str, int]:
    """Load an accounts file and open the drop for whoever is in it; rows loaded per table."""
    with database.up(settings) as url, closing(db.connect(url, autocommit=True)) as conn:
        counts = accounts.load(conn, path)
        open_drop(settings, conn)
    return counts


def open_drop(settings: Settings, conn: psycopg.Connection) -> None:
    """Make the home folder of every account with an SFTP key, and tell the embedded server the keys.

    An account logs in with its number. With a server of the operator's own (``sftp_embedded = false``) this does
    nothing.
    """
    if not settings.sftp_embedded:
        return
    lines = [f"{settings.sftp_operator} {keys.ensure(settings.keys, keys.OPERATOR_KEY)}"]
    for identity in accounts.identities(conn, business_date(datetime.now(UTC))):
        lines.append(f"{identity.account} {identity.public_key}")
        drop_home.create(settings.homes, identity.account)
    settings.homes.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = settings.keys / AUTHORIZED
    partial = path.with_suffix(".part")
    partial.write_text("\n".join(lines) + "\n")
    partial.replace(path)
