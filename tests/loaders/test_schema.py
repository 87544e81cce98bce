"""Models and migrations agree, and migrating is safe to repeat."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from loaders import db, migrate
from loaders.schema import FACTS, ID_BLOCK, Base


def test_migrations_lead_to_the_models(url):
    with db.engine(url).connect() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []


def test_ids_come_in_blocks_of_the_size_we_count_on(conn):
    first, second = (conn.execute("SELECT nextval('row_id')").fetchone()[0] for _ in range(2))
    assert second - first == ID_BLOCK


def test_migrating_again_and_at_once_changes_nothing(url):
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(migrate.upgrade, [url, url]))
    with db.connect(url) as conn:
        assert conn.execute("SELECT version_num FROM alembic_version").fetchall() == [("0021",)]


def test_every_fact_names_its_version_file_and_record():
    for name, model in FACTS.items():
        columns = model.__table__.columns
        assert {"version_id", "interchange_id", "record"} <= set(columns.keys()), name
        assert not any(columns[key].nullable for key in ("version_id", "interchange_id", "record"))


def test_money_is_integer_cents():
    for table in Base.metadata.tables.values():
        for column in table.columns:
            if column.name.endswith("_cents"):
                assert column.type.python_type is int, f"{table.name}.{column.name}"
            assert column.type.python_type is not float, f"{table.name}.{column.name}"


def test_one_sender_cannot_be_in_two_shards_in_work(conn):
    conn.execute("INSERT INTO account (id, number, kind, name) VALUES (1, 'A', 'broker', 'A')")
    for shard in (1, 2):
        columns = "id, mode, files, bytes, claimed_at"
        conn.execute(f"INSERT INTO shard ({columns}) VALUES (%s, 'file', 1, 1, now())", [shard])
    conn.execute("INSERT INTO lane (account_id, shard_id) VALUES (1, 1)")
    with pytest.raises(psycopg.errors.UniqueViolation):
        conn.execute("INSERT INTO lane (account_id, shard_id) VALUES (1, 2)")


@pytest.mark.parametrize("url", ["sqlite:///x", "http://u:secret@h/d", ""])
def test_only_postgresql_is_a_database_and_passwords_are_not_repeated(url):
    with pytest.raises(ValueError, match="expected postgresql://") as caught:
        db.connect(url)
    assert "secret" not in str(caught.value)
