"""Accounts: who is who, and who may send what. :func:`load` reads them from a file (``loaders/accounts_file.py``)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import pandas as pd
import psycopg

from . import passwords
from .accounts_file import AccountsError, load

__all__ = [
    "Access",
    "AccountsError",
    "Identity",
    "UnknownAccount",
    "access",
    "active",
    "find",
    "identities",
    "load",
    "named",
    "of_kind",
]


class UnknownAccount(LookupError):
    """No account has this number or SFTP user name."""


@dataclass(frozen=True, slots=True)
class Access:
    """What some accounts may send on a day.

    ``accounts``: ``account_id``, ``number``, ``kind``, ``status``. ``filers``: ``filer_code``, ``check_digit_offset``
    of the brokers they may transmit for. ``transmitters``: ``account_id``, ``site``, ``sender``, ``office``,
    ``password_hash``. ``authorities``: ``account_id``, ``filer_code``, ``port``, ``application``, where a blank port
    or application means any; a broker's own filer code is among them.
    """

    accounts: pd.DataFrame
    filers: pd.DataFrame
    transmitters: pd.DataFrame
    authorities: pd.DataFrame

    @property
    def active(self) -> set[int]:
        """Ids of the accounts that may transmit at all."""
        return set(self.accounts.loc[self.accounts["status"] == "active", "account_id"])

    @staticmethod
    def verify(password: str, password_hash: str) -> bool:
        """Whether the password is the one behind the hash. Takes milliseconds: ask once for each distinct password."""
        return passwords.verify(password, password_hash)


def access(conn: psycopg.Connection, account_ids: Iterable[int], today: date) -> Access:
    """What the accounts may send on the business date ``today``; three queries however many they are."""
    values = {"ids": list({int(id) for id in account_ids}), "today": today}
    return Access(
        _table(conn, _ACCOUNTS, values, ["account_id", "number", "kind", "status"]),
        _table(conn, _FILERS, values, ["filer_code", "check_digit_offset"]).astype({"check_digit_offset": "int64"}),
        _table(conn, _TRANSMITTERS, values, ["account_id", "site", "sender", "office", "password_hash"]),
        _table(conn, _AUTHORITIES, values, ["account_id", "filer_code", "port", "application"]),
    )


_VALID = "valid_from <= %(today)s AND (valid_to IS NULL OR valid_to >= %(today)s)"
_ACCOUNTS = "SELECT id, number, kind, status FROM account WHERE id = ANY(%(ids)s) ORDER BY id"
_FILERS = f"""
    SELECT identifier, check_digit_offset FROM account WHERE kind = 'broker' AND identifier <> '' AND (
        id = ANY(%(ids)s)
        OR identifier IN (SELECT filer_code FROM filer_authority WHERE account_id = ANY(%(ids)s) AND {_VALID})
    ) ORDER BY identifier"""
_TRANSMITTERS = f"""
    SELECT account_id, site, sender, office, password_hash FROM transmitter
    WHERE account_id = ANY(%(ids)s) AND {_VALID} ORDER BY account_id, site, sender, office, valid_from"""
_AUTHORITIES = f"""
    SELECT id, identifier, '', '' FROM account WHERE id = ANY(%(ids)s) AND kind = 'broker' AND identifier <> ''
    UNION SELECT account_id, filer_code, port, application FROM filer_authority
    WHERE account_id = ANY(%(ids)s) AND {_VALID} ORDER BY 1, 2, 3, 4"""


def find(conn: psycopg.Connection, name: str, today: date | None = None) -> int:
    """The id of the account with this number, or with this SFTP user name (valid ``today``, if given).

    Raises
        UnknownAccount: there is none.
    """
    row = conn.execute(_FIND, {"name": name, "today": today}).fetchone()
    if row is None:
        raise UnknownAccount(f"no account has the number or SFTP user name {name!r}")
    return row[0]


_FIND = """
    SELECT id FROM account WHERE number = %(name)s
    UNION ALL SELECT account_id FROM sftp_identity
    WHERE username = %(name)s AND (%(today)s::date IS NULL
        OR (valid_from <= %(today)s AND (valid_to IS NULL OR valid_to >= %(today)s)))
    LIMIT 1"""


@dataclass(frozen=True, slots=True)
class Identity:
    """An SFTP user, the account number it belongs to, and a key that opens it."""

    username: str
    account: str
    public_key: str


def identities(conn: psycopg.Connection, today: date) -> list[Identity]:
    """Every SFTP key that is valid on ``today``, of accounts that are not suspended."""
    rows = conn.execute(
        f"""SELECT username, number, public_key FROM sftp_identity JOIN account ON account.id = account_id
        WHERE {_VALID} AND status <> 'suspended' ORDER BY username, sftp_identity.id""",
        {"today": today},
    )
    return [Identity(*row) for row in rows.fetchall()]


def of_kind(conn: psycopg.Connection, kind: str) -> list[int]:
    """Ids of all accounts of a kind."""
    return [id for (id,) in conn.execute("SELECT id FROM account WHERE kind = %s ORDER BY id", [kind]).fetchall()]


def named(conn: psycopg.Connection, identifiers: list[str]) -> pd.DataFrame:
    """The accounts behind importer numbers and filer codes: ``identifier``, ``kind``, ``account_id``, ``number``,
    ``name``, ``status``; what is no account's is absent."""
    query = """
        SELECT identifier, kind, id, number, name, status FROM account
        WHERE identifier = ANY(%(identifiers)s) AND identifier <> '' ORDER BY identifier, kind"""
    columns = ["identifier", "kind", "account_id", "number", "name", "status"]
    return _table(conn, query, {"identifiers": list(identifiers)}, columns)


def active(conn: psycopg.Connection, identifiers: list[str]) -> pd.DataFrame:
    """``kind`` and ``identifier`` of the active accounts among importer numbers and filer codes."""
    query = """
        SELECT kind, identifier FROM account WHERE identifier = ANY(%(identifiers)s) AND identifier <> ''
        AND status = 'active' ORDER BY identifier, kind"""
    return _table(conn, query, {"identifiers": identifiers}, ["kind", "identifier"])


def _table(conn: psycopg.Connection, query: str, values: dict[str, object], columns: list[str]) -> pd.DataFrame:
    frame = pd.DataFrame(conn.execute(query, values).fetchall(), columns=columns)
    return frame.astype({name: "int64" if name.endswith("_id") else "str" for name in columns})
