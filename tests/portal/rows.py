"""A database with two tenants and a row of each of their accounts in every table that the portal may read.

Rows are made from the models, so that a table added later is filled, too: what must not be empty gets something of its
type, a key to another table the row of the same account there.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import psycopg
from sqlalchemy import Column, Table, UniqueConstraint

from loaders.schema import Base

NOW, TODAY = datetime(2026, 9, 15, 16, tzinfo=UTC), date(2026, 9, 15)
#: Two tenants of an importer and a broker each.
OWNERS = ("importer A", "broker A", "importer B", "broker B")
#: What a column says where a constraint asks for one of a few words.
SAID = {
    ("statement", "kind"): "daily",
    ("statement", "level"): "daily",
    ("interchange", "mode"): "file",
    ("shard", "mode"): "file",
}
#: Keys to another table that the schema does not enforce, or may be empty.
TIES = ("interchange_id", "version_id", "transaction_id", "importer_account_id", "filer_account_id", "account_id")
PLAIN: dict[type, Any] = {int: 0, str: "x", bool: False, date: TODAY, datetime: NOW, bytes: b""}


@dataclass
class Tenants:
    """``keys``: table -> primary key as text -> whose row it is."""

    conn: psycopg.Connection
    accounts: dict[str, int] = field(default_factory=dict)
    keys: dict[str, dict[str, str]] = field(default_factory=dict)
    rows: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: itertools.count(9_000_000))

    def fill(self, tables: list[str]) -> None:
        """Make the accounts and a row of each in each table."""
        self.conn.execute("SET session_replication_role = replica")  # parents may come after their children
        for owner in OWNERS:
            self.accounts[owner] = next(self.numbers)
        for name in tables:
            for owner in OWNERS:
                self.insert(name, owner, self.row(name, owner))
        self.conn.execute("SET session_replication_role = origin")

    def row(self, name: str, owner: str) -> dict[str, Any]:
        """A row of an account; keys that it shares with nobody are new each time."""
        table = Base.metadata.tables[name]
        values = {c.name: self._value(table, c, owner) for c in table.columns if self._needed(table, c)}
        if name == "account":
            values |= {"number": owner.replace(" ", "-"), "kind": owner.split()[0], "name": owner, "status": "active"}
            values["identifier"] = f"{owner[-1]}9Z"
        return values

    def insert(self, name: str, owner: str, row: dict[str, Any], conn: psycopg.Connection | None = None) -> None:
        columns = ", ".join(f'"{column}"' for column in row)
        (conn or self.conn).execute(
            f'INSERT INTO "{name}" ({columns}) OVERRIDING SYSTEM VALUE VALUES ({", ".join(["%s"] * len(row))})',
            list(row.values()),
        )
        if conn is None:
            self.rows[name, owner] = row
            self.keys.setdefault(name, {})[self._key(name, row)] = owner

    def _key(self, name: str, row: dict[str, Any]) -> str:
        (key,) = self.conn.execute(  # type: ignore[misc]
            f"SELECT {key_of(name)} FROM {name} WHERE " + " AND ".join(f"{column} = %s" for column in keys_of(name)),
            [row[column] for column in keys_of(name)],
        ).fetchone()
        return key

    def _needed(self, table: Table, column: Column) -> bool:
        if column.computed is not None:
            return False
        key = column.primary_key or column.foreign_keys or column.name in TIES
        return bool(key or not (column.nullable or column.server_default))

    def _value(self, table: Table, column: Column, owner: str) -> Any:
        if (table.name, column.name) in SAID:
            return SAID[table.name, column.name]
        tenant = owner[-1]
        if column.name in ("importer_account_id", "exporter_account_id", "filer_account_id"):
            return self.accounts[f"{'broker' if column.name.startswith('filer') else 'importer'} {tenant}"]
        if column.name in ("parent_id", "changed_by", "superseded_by", "supersedes_id") and column.nullable:
            return None
        if table.name == "account" and column.name == "id":
            return self.accounts[owner]
        for key in column.foreign_keys:
            there = key.column.table.name
            if there == "account":
                return self.accounts[owner]
            if (there, owner) in self.rows:
                return self.rows[there, owner][key.column.name]
            if column.nullable:
                return None
            return next(self.numbers)
        there = {"version_id": "entry_summary_version"}.get(column.name, column.name.removesuffix("_id"))
        if column.name.endswith("_id") and "id" in self.rows.get(
            (there, owner), {}
        ):  # a key that the schema does not enforce
            return self.rows[there, owner]["id"]
        kind = column.type.python_type
        if any(f"{column.name} IN (" in str(getattr(it, "sqltext", "")) for it in table.constraints):
            return self._one_of(table, column)
        alone = column.primary_key or any(
            column.name in it.columns
            for it in (*table.constraints, *table.indexes)
            if isinstance(it, UniqueConstraint) or getattr(it, "unique", False)
        )
        if kind is int and alone:
            return next(self.numbers)
        if kind is str and alone:
            return f"x{next(self.numbers)}"
        return PLAIN[kind]

    @staticmethod
    def _one_of(table: Table, column: Column) -> str:
        words = next(
            str(it.sqltext)  # type: ignore[attr-defined]
            for it in table.constraints
            if f"{column.name} IN (" in str(getattr(it, "sqltext", ""))
        )
        return words.split(f"{column.name} IN ('")[1].split("'")[0]


def keys_of(name: str) -> list[str]:
    """The columns that tell rows apart here: facts have no key, and one row a version in these tests."""
    return [c.name for c in Base.metadata.tables[name].primary_key] or ["version_id"]


def key_of(name: str) -> str:
    """SQL: the key of a row as one text."""
    return " || ' ' || ".join(f"{column}::text" for column in keys_of(name))
