"""Filings made of steps: a base wire of our own, changed field by field, evaluated with all others in one shard.

A step is ``10.payment_type_code=9`` (set a field; ``50[2].`` the second 50 record, ``50[*].`` every one), ``-31`` (drop
records; ``-62[2]`` one of them) or ``31>31: bond_type_code=9, ...`` (insert a record after the first ``31``, after the
second with ``31[2]>``). Steps are separated by ``|``. A base (``bases.txt``) is a list of steps on its parent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import pandas as pd

from parsers.catair import layout, read
from transforms import entry_summary
from transforms.conditions.evaluate import evaluate
from transforms.conditions.header import check_digit
from transforms.conditions.registry import World

HERE = Path(__file__).parent
TODAY = date(2026, 8, 20)
AE = layout.load("ae")
BLOCK = layout.load("envelope_in")


@dataclass
class Record:
    """One record of a wire: its layout id (``54-08`` for an overlay) and its 80 characters."""

    id: str
    text: str

    def put(self, name: str, value: str) -> None:
        field = (BLOCK if self.id == "B" else AE).field(self.id, name)
        fill = value.rjust(field.width, "0") if field.type == "int" and value.isdigit() else value.ljust(field.width)
        assert len(fill) == field.width, f"{value!r} does not fit {self.id} {name}"
        self.text = self.text[: field.start - 1] + fill + self.text[field.end :]


def record(id: str, values: str) -> Record:
    """A record from ``name=value, name=value``."""
    made = Record(id, (id[:2] + id[3:] if id.startswith("54-") else id).ljust(80))
    for pair in filter(None, (p.strip() for p in values.split(","))):
        name, _, value = pair.partition("=")
        made.put(name, value)
    return made


def _places(wire: list[Record], id: str, which: str | None) -> list[int]:
    places = [n for n, r in enumerate(wire) if r.id == id]
    assert places, f"no record {id}"
    return places if which == "*" else [places[int(which or 1) - 1]]


_SET = re.compile(r"([A-Z0-9-]+)(?:\[(\d+|\*)\])?\.(\w+)=(.*)")
_DROP = re.compile(r"-([A-Z0-9]+(?:-\d\d)?)(?:\[(\d+)\])?")
_ADD = re.compile(r"([A-Z0-9-]+)(?:\[(\d+)\])?>([A-Z0-9-]+): *(.*)")


def apply(wire: list[Record], steps: str) -> list[Record]:
    """``wire`` after ``steps`` (see the module's text)."""
    wire = [Record(r.id, r.text) for r in wire]
    for step in filter(None, (s.strip() for s in steps.split("|"))):
        if change := _SET.fullmatch(step):
            for place in _places(wire, change[1], change[2]):
                wire[place].put(change[3], change[4])
        elif drop := _DROP.fullmatch(step):
            gone = _places(wire, drop[1], drop[2] or "*")
            wire = [r for n, r in enumerate(wire) if n not in gone]
        elif add := _ADD.fullmatch(step):
            wire.insert(_places(wire, add[1], add[2])[0] + 1, record(add[3], add[4]))
        else:
            raise AssertionError(f"not a step: {step!r}")
    return wire


def number(seven: int, filer: str = "ZZZ") -> str:
    """An entry number with its check digit."""
    body = f"{seven:07d}"
    return body + str(check_digit(pd.Series([filer], dtype="str"), pd.Series([body], dtype="str"))[0])


def _bases() -> dict[str, tuple[str, list[str]]]:
    """``bases.txt``: name -> (parent, lines)."""
    bases: dict[str, tuple[str, list[str]]] = {}
    name = ""
    for line in (HERE / "bases.txt").read_text().splitlines():
        if line.startswith(" "):
            bases[name][1].append(line.strip())
        elif line and not line.startswith("#"):
            name, _, parent = (part.strip() for part in line.partition("<"))
            bases[name] = (parent, [])
    return bases


#: Valid filings: no condition may be found on any of them.
BASES = _bases()


@cache
def base(name: str) -> tuple[Record, ...]:
    """The records of a base."""
    parent, lines = BASES[name]
    if parent:
        return tuple(apply(list(base(parent)), "|".join(lines)))
    made = [record(*line.split(": ", 1)) for line in lines]
    made[0].put("entry_number", number(14))
    return tuple(made)


def _dates(*texts: str | None) -> pd.Series:
    return pd.Series(pd.to_datetime(list(texts))).astype("datetime64[s]")


def world(**changes: object) -> World:
    """A small world: the tariff numbers, fees and holidays that the bases cite, an empty state, the 20th of August."""
    tariff = pd.read_csv(HERE / "tariff.csv", dtype="str", keep_default_na=False)
    for column in ("valid_from", "valid_to"):
        tariff[column] = _dates(*(day or None for day in tariff[column]))
    tariff["ad_valorem"] = pd.to_numeric(tariff["ad_valorem"]).astype("Int64")
    tariff = tariff.assign(specific_rate=pd.array([None] * len(tariff), dtype="Int64"), specific_unit="")
    fees = pd.DataFrame(
        {
            "class_code": pd.Series(["499", "501", "311"], dtype="str"),
            "valid_from": _dates("2025-10-01", "1991-01-01", "2025-10-01"),
            "valid_to": _dates("2026-09-30", None, "2026-09-30"),
            "rate": pd.array([3464, 1250, None], dtype="Int64"),
            "fixed_cents": pd.array([None, None, 269], dtype="Int64"),
            "min_cents": pd.array([3358, None, None], dtype="Int64"),
            "max_cents": pd.array([65150, None, None], dtype="Int64"),
        }
    )
    census = pd.DataFrame(
        {
            "hts_number": pd.Series(["8507600030"], dtype="str"),
            "valid_from": _dates("2020-01-01"),
            "valid_to": _dates(None),
            "low": pd.array([100_000_000], dtype="Int64"),
            "high": pd.array([300_000_000], dtype="Int64"),
        }
    )
    ref = {
        "tariff": tariff,
        "fees": fees,
        "census": census,
        "holidays": pd.DataFrame({"date": _dates("2026-09-07")}),
        "ports": pd.DataFrame({"port_code": pd.Series(["2704", "2709", "3001", "4909", "5101"], dtype="str")}),
        "statement_accounts": pd.DataFrame(
            {"kind": ["broker", "broker", "importer"], "identifier": ["ZZZ", "ABC", "12-3456789"]}, dtype="str"
        ),
        "sureties": pd.DataFrame({"surety_code": pd.Series(["123"], dtype="str")}),
    }
    state = pd.DataFrame({c: pd.Series([], dtype="str") for c in ("filer_code", "entry_number", "status", "control")})
    return World(**({"today": TODAY, "ref": ref, "state": state} | changes))  # type: ignore[arg-type]


def transmission(wires: list[list[Record]]) -> bytes:
    """One batch, every wire in a block of its own: its ``B`` record, or one of port 2704 (4909 for Puerto Rico)."""
    lines = ["ALA  MCLPASSWD           AE"]
    for wire in wires:
        entered = next(r.text[17:21] for r in wire if r.id == "10")
        block = next((r.text for r in wire if r.id == "B"), f"B  {'4909' if entered == '4909' else '2704'}ZZZAE")
        lines += [block, *(r.text for r in wire if r.id != "B"), "Y" + block[1:46]]
    lines.append("ZLA  MCL")
    return "\n".join(line.ljust(80) for line in lines).encode()


def found(wires: list[list[Record]], world: World) -> list[pd.DataFrame]:
    """The conditions of each wire, all evaluated together."""
    parsed = read.parse([transmission(wires)])
    assert parsed.faults.empty, parsed.faults.to_string()
    conditions, _ = evaluate(entry_summary.facts(parsed), world, parsed)
    by_txn = dict(tuple(conditions.groupby("txn")))
    return [by_txn.get(n, conditions.iloc[:0]) for n in range(len(wires))]
