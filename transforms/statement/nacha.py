"""The debits of a due day as a NACHA file: what the bank is sent to draw from payer units' accounts.

One file holds one batch of CCD+ entries (corporate debits with one addenda record each, which names the statement).
The records are 94 columns wide, their fields are data (``nacha.csv``, after the public descriptions of the ACH file
format), and a file is filled with nines to whole blocks of ten. Columns in, bytes out; nothing looks at one debit at
a time. The same debits, origin and instant give the same bytes in whatever order the debits come.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from transforms.calendar import NEW_YORK
from transforms.money import in_dollars

WIDTH, BLOCK = 94, 10
#: Cents of one debit and of a file (ten and twelve digits), and debits of a batch: with their addenda six digits.
LARGEST, LARGEST_TOTAL, MOST = 10**10 - 1, 10**12 - 1, 499_999
_HASH = 10**10  # an entry hash keeps its last ten digits
_CHECK = np.array([3, 7, 1, 3, 7, 1, 3, 7, 1])
_TRANSACTION = {"checking": "27", "savings": "37"}
_PLAIN = r"[A-Za-z0-9 !\"#$%&'()*+,\-./:;<=>?@\[\]^_`{|}~]*"

Matrix = npt.NDArray[np.uint8]


class Undebitable(ValueError):
    """Debits that the file cannot hold. ``faults`` has a row for each: ``statement_number`` (blank: all of them
    together), ``column``, ``found``, ``expected``."""

    def __init__(self, faults: pd.DataFrame) -> None:
        self.faults = faults
        told = [
            f"statement {number}: {column} {found!r}, expected {expected}"
            if number
            else f"{column} {found}: {expected}"
            for number, column, found, expected in faults.head(20).itertuples(index=False, name=None)
        ]
        more = f"; and {len(faults) - 20} more" if len(faults) > 20 else ""
        super().__init__("; ".join(told) + more)


@dataclass(frozen=True, slots=True)
class Origin:
    """Who asks for the debits, and the bank that makes them; agreed with the bank.

    ``bank_routing`` (nine digits) and ``bank_name`` are those of the originating bank; ``company_id`` (at most ten
    characters, often 1 and the employer number) stands in the batch, ``origin`` in the file header (blank: the same).
    Raises ValueError naming the setting that the file cannot hold.
    """

    bank_routing: str
    bank_name: str
    company_id: str
    company_name: str
    origin: str = ""
    description: str = "DUTIES"

    def __post_init__(self) -> None:
        if not sound_routing(pd.Series([self.bank_routing], dtype="str")).all():
            raise ValueError(f"bank_routing {self.bank_routing!r}, expected nine digits with their check digit")
        widths = {"bank_name": 23, "company_id": 10, "company_name": 16, "origin": 10, "description": 10}
        for name, width in widths.items():
            given = pd.Series([getattr(self, name)], dtype="str")
            missing = name != "origin" and not given[0].strip()
            if missing or len(given[0]) > width or not given.str.fullmatch(_PLAIN).all():
                raise ValueError(f"{name} {given[0]!r}, expected 1 to {width} plain characters")


def sound_routing(routing: pd.Series) -> pd.Series:
    """Whether each is a routing number: nine digits, weighted 3 7 1 a multiple of ten, and not nine zeros."""
    nine = routing.str.fullmatch("[0-9]{9}").fillna(False).astype(bool)
    digits = np.array(routing.where(nine, "0" * 9).to_numpy("U9")).view(np.uint32).reshape(-1, 9).astype(int) - ord("0")
    return nine & routing.ne("0" * 9) & (digits @ _CHECK % 10 == 0)


def faults(debits: pd.DataFrame) -> pd.DataFrame:
    """What keeps debits out of a file: ``statement_number column found expected``, empty when nothing does.

    A debit that is named may be taken out and the others written; a blank statement number speaks of all together.
    """
    debits = debits.reset_index(drop=True)
    amount, twice = debits["amount_cents"], debits["statement_number"].duplicated(keep=False)
    rules: list[tuple[str, Any, str]] = [
        (
            "statement_number",
            twice | ~debits["statement_number"].str.fullmatch("[A-Z0-9]{1,15}"),
            "a number, given once",
        ),
        ("routing_number", ~sound_routing(debits["routing_number"]), "nine digits with their check digit"),
        (
            "account_number",
            ~debits["account_number"].str.fullmatch(r"[A-Za-z0-9\-]{1,17}"),
            "1 to 17 letters or digits",
        ),
        ("account_kind", ~debits["account_kind"].isin(list(_TRANSACTION)), "checking or savings"),
        ("payer_name", ~debits["payer_name"].str.fullmatch(_PLAIN) | debits["payer_name"].eq(""), "plain characters"),
        ("amount_cents", ~amount.between(1, LARGEST).fillna(False).astype(bool), f"1 to {LARGEST} cents"),
    ]
    parts = [
        pd.DataFrame(
            {
                "statement_number": debits.loc[wrong, "statement_number"],
                "column": column,
                "found": debits.loc[wrong, column].astype("str").fillna(""),
                "expected": expected,
            }
        )
        for column, wrong, expected in rules
    ]
    total, days = int(amount.fillna(0).sum()), debits["settle_on"].drop_duplicates()
    together = {
        "total": (total > LARGEST_TOTAL, str(total), f"a file holds {LARGEST_TOTAL} cents"),
        "debits": (not 0 < len(debits) <= MOST, str(len(debits)), f"a file holds 1 to {MOST}"),
        "settle_on": (
            len(days) > 1 or bool(days.isna().any()),
            " ".join(days.astype("str").fillna("none").head(3)),
            "a file is of one due day",
        ),
    }
    of_all = [("", column, found, expected) for column, (wrong, found, expected) in together.items() if wrong]
    columns = ["statement_number", "column", "found", "expected"]
    return pd.concat([*parts, pd.DataFrame(of_all, columns=columns)], ignore_index=True).astype("str")


def file(debits: pd.DataFrame, origin: Origin, created: datetime, modifier: str = "A") -> bytes:
    """The file: lines of 94 columns, each ended by a line feed, their number a multiple of ten.

    ``debits``: ``statement_number payer_name routing_number account_number account_kind`` (``checking`` or
    ``savings``) ``amount_cents settle_on`` (one day for all). ``created`` is an instant; ``modifier`` (A to Z, 0 to 9)
    tells the files of one day apart.

    Raises
        Undebitable: an amount that does not fit, or a payer that cannot be debited; nothing is written.
        ValueError: ``created`` has no time zone, or the modifier is none.
    """
    if created.tzinfo is None:
        raise ValueError("the instant of creation needs its time zone")
    if len(modifier) != 1 or modifier not in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789":
        raise ValueError(f"file modifier {modifier!r}, expected one of A to Z and 0 to 9")
    if len(found := faults(debits)):
        raise Undebitable(found)
    rows = debits.sort_values("statement_number", ignore_index=True)
    local, count = created.astimezone(NEW_YORK), len(rows)
    odfi, company = origin.bank_routing[:8], {"company_id": origin.company_id}
    hash = int(rows["routing_number"].str.slice(0, 8).astype("int64").sum()) % _HASH
    sums = {"records": 2 * count, "entry_hash": hash, "debits": int(rows["amount_cents"].sum()), "credits": 0}
    batch = {"odfi": odfi, "batch": 1}
    lines = 2 * count + 4
    header = {
        "destination": f" {origin.bank_routing}",
        "origin": origin.origin or origin.company_id,
        "created_on": pd.Timestamp(local.date()),
        "created_at": local.hour * 100 + local.minute,
        "modifier": modifier,
        "destination_name": origin.bank_name,
        "origin_name": origin.company_name,
    }
    opening = {"company_name": origin.company_name, "description": origin.description, **company, **batch}
    due = rows["settle_on"].iloc[0]
    return b"".join(
        _lines(record)
        for record in (
            _write("1", header, 1),
            _write("5", {**opening, "descriptive_date": due, "effective_date": due}, 1),
            _entries(rows, odfi),
            _write("8", {**sums, **company, **batch}, 1),
            _write("9", {**sums, "batches": 1, "blocks": -(-lines // BLOCK)}, 1),
            np.full((-lines % BLOCK, WIDTH), ord("9"), np.uint8),
        )
    )


def _entries(rows: pd.DataFrame, odfi: str) -> Matrix:
    """Each debit and its addenda, one X12 RMR segment: the statement number, and its amount in dollars and cents."""
    sequence, number = np.arange(1, len(rows) + 1), rows["statement_number"]
    entry = {
        "transaction": rows["account_kind"].map(_TRANSACTION),
        "routing_number": rows["routing_number"],
        "account_number": rows["account_number"],
        "amount": rows["amount_cents"],
        "identification": number,
        "receiver": rows["payer_name"].str.slice(0, 22),
        "odfi": odfi,
        "sequence": sequence,
    }
    information = "RMR*IV*" + number + "**" + in_dollars(rows["amount_cents"]) + "\\"
    addenda = {"information": information, "sequence": sequence}
    both = (_write("6", entry, len(rows)), _write("7", addenda, len(rows)))
    return np.stack(both, axis=1).reshape(-1, WIDTH)


class _Field(NamedTuple):
    name: str
    columns: slice
    type: str
    constant: str


@cache
def layout() -> dict[str, tuple[_Field, ...]]:
    """The fields of each record, in column order; they tile columns 1 to 94."""
    found: dict[str, list[_Field]] = {}
    with Path(__file__).with_name("nacha.csv").open(newline="", encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            columns = slice(int(row["start"]) - 1, int(row["end"]))
            found.setdefault(row["record"], []).append(_Field(row["field"], columns, row["type"], row["constant"]))
    return {record: tuple(fields) for record, fields in found.items()}


def _write(record: str, columns: Mapping[str, Any], count: int) -> Matrix:
    """``count`` records: text to the left (``right``: to the right) and blank filled, numbers zero filled, YYMMDD."""
    out = np.full((count, WIDTH), ord(" "), np.uint8)
    for field in layout()[record]:
        value = columns.get(field.name, field.constant)
        width = field.columns.stop - field.columns.start
        cells = pd.Series(value, index=range(count)) if np.isscalar(value) else pd.Series(value)
        if field.type == "date":
            cells = pd.Series(pd.DatetimeIndex(cells).strftime("%y%m%d"))
        elif field.type == "int":
            cells = cells.astype("str").str.zfill(width)
        elif field.type == "right":
            cells = cells.astype("str").str.rjust(width)
        text = cells.astype("str").str.ljust(width).to_numpy(f"S{width + 1}")
        if np.char.str_len(text).max(initial=0) > width:
            raise ValueError(f"record {record}: a {field.name} longer than {width}")
        out[:, field.columns] = np.ascontiguousarray(text.astype(f"S{width}")).view(np.uint8).reshape(count, width)
    return out


def _lines(matrix: Matrix) -> bytes:
    return np.hstack([matrix, np.full((len(matrix), 1), ord("\n"), np.uint8)]).tobytes()
