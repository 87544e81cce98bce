"""The accounts file: TOML (an array of tables for each name below) or CSV (the same columns, and a first column
``table`` that names the table of each row).

``account``
    number*, kind* (importer, exporter, broker, office), name*, identifier (importer of record number, exporter's EIN
    with its suffix or DUNS number, filer code or port), status (applied, qualified, active, suspended; active if
    blank), parent, owner, check_digit_offset (of a filer: 0 to 9, 0 if blank)
``relationship``
    from* (agent), to* (principal), kind (files_for if blank), sees_money (true or false), valid_from, valid_to
``sftp_identity``
    account*, username*, public_key* (OpenSSH), valid_from, valid_to
``transmitter``
    account*, site*, sender*, office, password* (columns 2-14 and 38-39 of its A record), valid_from, valid_to
``filer_authority``
    account*, filer_code*, port, application (blank: any), valid_from, valid_to
``statement_setting``
    account*, scope (port if blank: a monthly statement for each port; or national), port (that prepares the national
    one), preliminary_day (working day 1 to 11; the eleventh if blank), payer_unit, method (debit if blank, or credit),
    valid_from, valid_to
``payer_unit``
    account*, payer_unit* (its number), routing_number* (of the bank, nine digits), account_number*, account_kind*
    (checking or savings), payer_name* (as the bank knows it), valid_from, valid_to
``x12_partner``
    account*, qualifier* and id* (its ISA05 and ISA06 as sender), group_id (its GS02; blank: any), releases (of the sets
    it may use, as ``601=004050 810=004010``; blank: any that is known), read_as (releases without maps of ours, each
    with the one of ours by whose maps it is read: in TOML ``{ "004020" = "004010" }``, in CSV ``004020=004010``;
    blank: a group in such a release is refused), acknowledgment (997, 999 or auto: 999 to
    005010 and later; auto if blank), separators (of what it is sent: element, component, repetition, terminator, as
    ``*>^~``; the terminator may be ``\\x15`` or ``\\n``; blank: those of its own file), strictness (lenient if blank,
    or strict), status_messages (ax if blank, 350, 355 or both), payment_advice (true or false: the monthly statement
    as an 820), valid_from, valid_to

``*`` is required. References are account numbers, of the file or on file. Dates are inclusive; a blank
``valid_from`` is 1970-01-01. Loading is an upsert by each table's unique key: the same file twice changes nothing,
what the file does not name stays.
"""

from __future__ import annotations

import csv
import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import UniqueConstraint

from parsers.x12.maps import tables as maps

from . import passwords
from .schema import Base
from .schema.account import KINDS, STATUSES
from .schema.payment import ACCOUNT_KINDS
from .schema.x12 import ACKNOWLEDGMENTS, STATUS_MESSAGES, STRICTNESS

#: Table -> its columns in a file; ``*`` is required.
TABLES = {
    "account": "number* kind* name* identifier status parent owner check_digit_offset",
    "relationship": "from* to* kind sees_money valid_from valid_to",
    "sftp_identity": "account* username* public_key* valid_from valid_to",
    "transmitter": "account* site* sender* office password* valid_from valid_to",
    "filer_authority": "account* filer_code* port application valid_from valid_to",
    "statement_setting": "account* scope port preliminary_day payer_unit method valid_from valid_to",
    "payer_unit": "account* payer_unit* routing_number* account_number* account_kind* payer_name* valid_from valid_to",
    "x12_partner": "account* qualifier* id* group_id releases read_as acknowledgment separators strictness "
    "status_messages payment_advice valid_from valid_to",
}
#: Columns that hold an account number -> the database column of its id.
REFERENCES = {"parent": "parent_id", "from": "from_account_id", "to": "to_account_id", "account": "account_id"}
#: Columns that the database calls otherwise.
RENAMED = {"id": "identifier"}
DEFAULTS = {
    ("account", "status"): "active",
    ("account", "check_digit_offset"): 0,
    ("relationship", "kind"): "files_for",
    ("relationship", "sees_money"): False,
    ("statement_setting", "scope"): "port",
    ("statement_setting", "method"): "debit",
    ("x12_partner", "acknowledgment"): "auto",
    ("x12_partner", "strictness"): "lenient",
    ("x12_partner", "status_messages"): "ax",
    ("x12_partner", "payment_advice"): False,
}
CHOICES = {
    ("account", "kind"): KINDS,
    ("account", "status"): STATUSES,
    ("statement_setting", "scope"): ("port", "national"),
    ("statement_setting", "method"): ("debit", "credit"),
    ("payer_unit", "account_kind"): ACCOUNT_KINDS,
    ("x12_partner", "acknowledgment"): ACKNOWLEDGMENTS,
    ("x12_partner", "strictness"): STRICTNESS,
    ("x12_partner", "status_messages"): STATUS_MESSAGES,
}
PATTERNS = {
    "username": (re.compile(r"[a-z0-9][a-z0-9._-]{0,31}"), "a-z 0-9 . _ -, at most 32"),
    "public_key": (
        re.compile(r"(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp\d+) [A-Za-z0-9+/]+=*( .*)?"),
        "an OpenSSH public key",
    ),
    "payer_unit": (re.compile(r"[A-Z0-9]{1,6}"), "at most six digits or capital letters"),
    "account_number": (re.compile(r"[A-Za-z0-9-]{1,17}"), "1 to 17 letters, digits or hyphens"),
    "payer_name": (re.compile(r"[ -~]{1,80}"), "plain characters"),
    "qualifier": (re.compile(r"[0-9A-Z]{2}"), "two digits or capital letters (code list of ISA05: 01, 30, ZZ, ...)"),
    "id": (re.compile(r"[!-~](?:[ -~]{0,13}[!-~])?"), "1 to 15 plain characters, no blank at either end"),
    "group_id": (re.compile(r"[!-~](?:[ -~]{0,13}[!-~])?"), "2 to 15 plain characters, no blank at either end"),
    "releases": (re.compile(r"[0-9]{3}=[0-9]{6}(?: [0-9]{3}=[0-9]{6})*"), "a set and its release as 810=004010"),
}
#: What separators may be written as where a control character cannot be typed.
_WRITTEN = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|([nrt]))")
_CONTROL = {"n": "\n", "r": "\r", "t": "\t"}
SECRET = {"account_number"}  # what is wrong with it is told without repeating it
EVER = date(1970, 1, 1)

Placed = list[tuple[str, dict[str, Any]]]  # rows, each with the place it stands at


class AccountsError(ValueError):
    """The accounts file has faults: ``faults`` says of each its place, column, what was found and what was expected."""

    def __init__(self, path: Path, faults: list[str]) -> None:
        self.faults = faults
        more = f"; and {len(faults) - 20} more" if len(faults) > 20 else ""
        super().__init__(f"{path}: {'; '.join(faults[:20])}{more}")


def load(conn: psycopg.Connection, path: Path | str) -> dict[str, int]:
    """Load an accounts file, all of it or nothing, and return how many rows each table was given. Commits.

    Raises
        AccountsError: the file has faults; nothing was loaded.
        OSError: it cannot be read.
    """
    path = Path(path)
    faults: list[str] = []
    given = _read(path, faults)
    tables: dict[str, Placed] = {
        name: [(place, _clean(name, place, row, faults)) for place, row in given.get(name, [])] for name in TABLES
    }
    with conn.transaction():
        numbers = {*_accounts(conn), *(row["number"] for _, row in tables["account"])}
        faults += [
            f"{place}: {column} {row[column]!r} is no account of this file or on file"
            for rows in tables.values()
            for place, row in rows
            for column in REFERENCES
            if row.get(column) and row[column] not in numbers
        ]
        if faults:
            raise AccountsError(path, faults)
        parents = [(row.pop("parent"), row["number"]) for _, row in tables["account"]]
        _upsert(conn, "account", tables["account"], {})
        known = _accounts(conn)
        own = [(known.get(parent), number) for parent, number in parents]
        conn.cursor().executemany("UPDATE account SET parent_id = %s WHERE number = %s", own)
        _hash(conn, tables["transmitter"])
        for name in list(TABLES)[1:]:
            _upsert(conn, name, tables[name], known)
    return {name: len(rows) for name, rows in tables.items()}


def _read(path: Path, faults: list[str]) -> dict[str, Placed]:
    tables: dict[str, Placed] = {}
    if path.suffix == ".csv":
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            for row in reader:
                filled = {name: value for name, value in row.items() if name and name != "table" and value}
                tables.setdefault(row.get("table") or "", []).append((f"line {reader.line_num}", filled))
    else:
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise AccountsError(path, [f"not TOML: {error}"]) from error
        for name, rows in content.items():
            if isinstance(rows, list) and all(isinstance(row, dict) for row in rows):
                tables[name] = [(f"[[{name}]] {ordinal}", row) for ordinal, row in enumerate(rows, 1)]
            else:
                faults.append(f"{name}: expected an array of tables, [[{name}]]")
    faults += [f"no table {name!r}, expected one of {', '.join(TABLES)}" for name in tables if name not in TABLES]
    return tables


def _clean(table: str, place: str, row: dict[str, Any], faults: list[str]) -> dict[str, Any]:
    """A row with every column of its table, typed; what is wrong goes into ``faults``."""
    columns = TABLES[table].replace("*", "").split()
    faults += [f"{place}: no column {name!r}, expected {', '.join(columns)}" for name in row if name not in columns]
    clean = {}
    for column in TABLES[table].split():
        name = column.rstrip("*")
        value = row.get(name, "")
        try:
            clean[name] = _typed(name, value) or DEFAULTS.get((table, name), "" if _is_text(name) else None)
        except ValueError as error:
            faults.append(f"{place}: {name} {_shown(name, value)}, expected {error}")
            clean[name] = None
            continue
        if column.endswith("*") and not clean[name]:
            faults.append(f"{place}: {name} is missing")
        elif (choices := CHOICES.get((table, name))) and clean[name] not in choices:
            faults.append(f"{place}: {name} {clean[name]!r}, expected one of {', '.join(choices)}")
    return clean


_NO_TEXT = ("sees_money", "payment_advice", "valid_to", "valid_from", "check_digit_offset", "preliminary_day")


def _is_text(name: str) -> bool:
    return name not in _NO_TEXT


def _typed(name: str, value: Any) -> Any:
    if name == "check_digit_offset":
        if str(value) not in ("", *"0123456789"):
            raise ValueError("a digit")
        return int(value or 0)
    if name == "preliminary_day":
        if str(value) not in ("", *map(str, range(1, 12))):
            raise ValueError("a working day from 1 to 11")
        return int(value) if value else None
    if name == "separators":
        return _separators(str(value))
    if name == "read_as":
        return _read_as(value)
    if name in ("sees_money", "payment_advice"):
        if str(value).lower() not in ("", "true", "false"):
            raise ValueError("true or false")
        return str(value).lower() == "true"
    if name in ("valid_from", "valid_to"):
        try:
            day = date.fromisoformat(str(value)) if value else None
        except ValueError:
            raise ValueError("a date as 2026-01-31") from None
        return EVER if day is None and name == "valid_from" else day
    text = str(value).strip()
    if text and name == "routing_number" and not _sound_routing(text):
        raise ValueError("nine digits with their check digit")
    if text and name in PATTERNS and not PATTERNS[name][0].fullmatch(text):
        raise ValueError(PATTERNS[name][1])
    return text


def _separators(text: str) -> str:
    """Four characters, all different, none that may stand in data (X12.5: no letter, digit or blank). Component and
    repetition separator stand in the ISA as elements of their own (ISA16, ISA11), so they must be printable."""
    read = _WRITTEN.sub(lambda m: chr(int(m[1], 16)) if m[1] else _CONTROL[m[2]], text)
    if text and (len(set(read)) != 4 or len(read) != 4 or re.search(r"[A-Za-z0-9 ]|[^\x01-\x7e]", read)):
        raise ValueError("four different characters, none of them a letter, a digit or a blank")
    if not read[1:3].isprintable():
        raise ValueError("a component and a repetition separator that can be printed")
    return read


def _read_as(value: Any) -> str:
    """A table of releases, or ``004020=004010 003060=004010``, as the latter. Each is read by the maps of one that has
    some, and has none itself: what has maps is read by its own."""
    pairs = [(str(sent), str(read)) for sent, read in value.items()] if isinstance(value, dict) else _pairs(str(value))
    known = f"one of {', '.join(maps.releases())}"
    for sent, read in pairs:
        if not re.fullmatch("[0-9]{6}", sent):
            raise ValueError('a release of six digits and the one it is read as, as { "004020" = "004010" }')
        if sent in maps.releases():
            raise ValueError(f"a release that has no maps of its own: {sent} is read as it is")
        if read not in maps.releases():
            raise ValueError(f"{sent} to be read as {known}: there are no maps of {read or 'nothing'}")
    if len(dict(pairs)) < len(pairs):
        raise ValueError("each release once")
    return " ".join(f"{sent}={read}" for sent, read in pairs)


def _pairs(text: str) -> list[tuple[str, str]]:
    return [(sent, read) for sent, _, read in (pair.partition("=") for pair in text.split())]


def _shown(name: str, value: Any) -> str:
    return f"of {len(str(value))} characters" if name in SECRET else repr(value)


def _sound_routing(text: str) -> bool:
    """Nine digits, the last of which checks the others: weighted 3 7 1 they add up to a multiple of ten."""
    return bool(re.fullmatch("[0-9]{9}", text)) and sum(map(int.__mul__, map(int, text), (3, 7, 1) * 3)) % 10 == 0


def _accounts(conn: psycopg.Connection) -> dict[str, int]:
    return dict(conn.execute("SELECT number, id FROM account").fetchall())


def _hash(conn: psycopg.Connection, transmitters: Placed) -> None:
    """Passwords become hashes; one that is on file already keeps its hash, so that loading twice changes nothing."""
    query = "SELECT password_hash FROM transmitter WHERE site = %s AND sender = %s AND office = %s AND valid_from = %s"
    for _, row in transmitters:
        old = conn.execute(query, [row[name] for name in ("site", "sender", "office", "valid_from")]).fetchone()
        password = row.pop("password")
        row["password_hash"] = old[0] if old and passwords.verify(password, old[0]) else passwords.hashed(password)


def _upsert(conn: psycopg.Connection, table: str, rows: Placed, accounts: dict[str, int]) -> None:
    if not rows:
        return
    given = list(rows[0][1])
    columns = [(REFERENCES | RENAMED).get(name, name) for name in given]
    uniques = [c for c in Base.metadata.tables[table].constraints if isinstance(c, UniqueConstraint)]
    keys = ([column.name for column in unique.columns] for unique in uniques)
    key = next(key for key in keys if set(key) <= set(columns))  # one that the file gives, not a key of our own making
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT ({}) DO UPDATE SET {}").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.SQL(", ").join(sql.Placeholder() * len(columns)),
        sql.SQL(", ").join(map(sql.Identifier, key)),
        sql.SQL(", ").join(
            sql.SQL("{0} = EXCLUDED.{0}").format(sql.Identifier(name)) for name in columns if name not in key
        ),
    )
    values = [[accounts[row[name]] if name in REFERENCES else row[name] for name in given] for _, row in rows]
    try:
        conn.cursor().executemany(statement, values)
    except psycopg.errors.UniqueViolation as error:
        raise AccountsError(Path(table), [error.diag.message_detail or str(error)]) from error
