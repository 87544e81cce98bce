"""A server of the operator's own: a loading role that is no superuser, and what it must be allowed."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime

import psycopg
import pytest
from psycopg.rows import dict_row

from loaders import db, migrate
from loaders.portal import audit, people, scope, users

NOW = datetime(2026, 9, 15, 16, tzinfo=UTC)
ROLE = migrate.PORTAL


@pytest.fixture
def owned(debian: str) -> Iterator[tuple[psycopg.Connection, str, str]]:
    """A superuser's connection, the name of a plain role and the URL of a database that it owns."""
    name = f"loader_{uuid.uuid4().hex[:8]}"
    with closing(db.connect(debian)) as boss:
        boss.execute(f"CREATE ROLE {name} LOGIN")
        boss.execute(f"CREATE DATABASE {name} OWNER {name}")
        try:
            yield boss, name, debian.replace("postgres@", f"{name}@").replace("/postgres?", f"/{name}?")
        finally:
            boss.execute(f"DROP DATABASE {name} WITH (FORCE)")
            boss.execute(f"DROP ROLE {name}")


@pytest.mark.server
def test_a_plain_role_is_told_what_it_lacks_and_works_with_it(owned: tuple[psycopg.Connection, str, str]) -> None:
    boss, name, url = owned
    with pytest.raises(migrate.RoleTooWeak, match=f'"{name}" BYPASSRLS') as told:
        migrate.upgrade(url)
    there = boss.execute("SELECT FROM pg_roles WHERE rolname = %s", [ROLE]).fetchall()
    assert ("CREATE ROLE" in str(told.value)) == (not there)
    boss.execute(f"ALTER ROLE {name} BYPASSRLS")
    if not there:
        with pytest.raises(migrate.RoleTooWeak, match=f"CREATE ROLE {ROLE}"):
            migrate.upgrade(url)
        boss.execute(f"CREATE ROLE {ROLE} LOGIN NOINHERIT")
    migrate.upgrade(url)
    with closing(db.connect(url)) as conn:
        conn.row_factory = dict_row
        conn.execute("INSERT INTO account (number, kind, name) VALUES ('I-1', 'importer', 'One')")
        link = people.add(conn, "a@example.test", "A", "I-1", "owner", today=date(2026, 9, 15), now=NOW)
        assert link.startswith("/invitation/")
        user = users.by_email(conn, "a@example.test")
        assert user is not None
    with closing(scope.pool(url.replace(f"{name}@", f"{ROLE}@"), 1)) as connections:
        with scope.scoped(connections) as conn:
            assert conn.execute("SELECT FROM account").fetchall() == [], "nobody sees nothing"
            (mine,) = users.memberships(conn, user.id, date(2026, 9, 15)) or [None]
            assert mine is None, "not before the first password"
            users.set_password(conn, user.id, "x")
            (mine,) = users.memberships(conn, user.id, date(2026, 9, 15))
            audit.append(conn, audit.Entry(NOW, "looked", user.id, mine.account_id))
        with scope.scoped(connections, scope.Scope(user.id, (mine.account_id,))) as conn:
            assert [row["number"] for row in conn.execute("SELECT number FROM account").fetchall()] == ["I-1"]
    with closing(db.connect(url)) as conn:
        assert audit.broken(conn) == [] and audit.head(conn)[0] == 2
