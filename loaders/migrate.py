"""Bring a database to the present schema. Driven by Alembic's library calls; no alembic.ini is needed.

``python -m loaders.migrate URL "what changes"`` writes the next migration from the difference between models and
database.
"""

from __future__ import annotations

import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from . import db

#: The role under which the portal reads (``loaders/migrations/policies_0007.py``).
PORTAL = "tidewaiter_portal"
_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 0x7469_6465  # "tide": two processes that start together migrate one after the other


class RoleTooWeak(Exception):
    """The database's role cannot do what ours has to; the message says what a superuser must grant."""


def upgrade(url: str, revision: str = "head") -> None:
    """Migrate the database at ``url``; nothing happens when it is up to date. Concurrent calls wait for each other.

    Raises
        RoleTooWeak: the role may not read past row-level security (it loads for everybody), or there is no role for the
        portal and it may not make one.
    """
    engine = db.engine(url)
    with engine.connect() as conn:
        _able(conn)
        conn.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
        conn.commit()
        try:
            config = _config()
            config.attributes["connection"] = conn
            command.upgrade(config, revision)
            conn.commit()
        finally:
            conn.rollback()
            conn.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
            conn.commit()


def _able(conn: Connection) -> None:
    name, passes, makes, there = conn.execute(
        text(
            "SELECT current_user, rolsuper OR rolbypassrls, rolsuper OR rolcreaterole,"
            " EXISTS (SELECT FROM pg_roles WHERE rolname = :role) FROM pg_roles WHERE rolname = current_user"
        ),
        {"role": PORTAL},
    ).one()
    conn.rollback()
    lacks = [] if passes else [f'ALTER ROLE "{name}" BYPASSRLS']
    lacks += [] if makes or there else [f"CREATE ROLE {PORTAL} LOGIN NOINHERIT PASSWORD '...'"]
    if lacks:
        raise RoleTooWeak(f"the database role {name!r} is not allowed enough; as superuser: {'; '.join(lacks)}")


def revision(url: str, message: str) -> None:
    """Write a migration that leads from the database at ``url`` (migrated to the latest) to the models."""
    with db.engine(url).connect() as conn:
        config = _config()
        config.attributes["connection"] = conn
        number = sum(1 for _ in (_FOLDER / "versions").glob("[0-9]*.py")) + 1
        command.revision(config, message, autogenerate=True, rev_id=f"{number:04}")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.set_main_option("path_separator", "os")
    return config


if __name__ == "__main__":
    revision(sys.argv[1], sys.argv[2])
