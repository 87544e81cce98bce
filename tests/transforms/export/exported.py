"""Filings of these tests: a document of some shipments, and the world around them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from bench import generate_exports
from bench.generate_exports import Shipment
from bench.tables import DEMO, read
from transforms.export import facts, registry

TODAY = date(2026, 9, 14)
NOON = datetime(2026, 9, 14, 16, tzinfo=UTC)
EIN, NAME = "12345678900", "Pacific Pumps Inc"
#: The account of the exporter, and of a forwarder that may file for it.
EXPORTER, FORWARDER = 7, 8


def line(**changes: Any) -> dict[str, Any]:
    """A line that no rule has anything to say about."""
    return {"line": 1, "number": "0409000035", "unit_1": "KG", "quantity_1": 500, "value": 4000, "weight": 520,
            "description": "WHITE HONEY", "origin": "D"} | changes  # fmt: skip


def shipment(*lines: dict[str, Any], **changes: Any) -> Shipment:
    """A shipment that no rule has anything to say about."""
    made = Shipment("SRN0001", EIN, NAME, date(2026, 9, 16), lines=list(lines) or [line()])
    return replace(made, **changes)


def wire(*shipments: Shipment, **how: Any) -> bytes:
    return generate_exports.interchange(shipments, sender=EIN, at=NOON, **how)


def document(data: bytes) -> Any:
    """The bytes as a document of parsers.x12."""
    from parsers.x12 import judge, read

    return judge.judge(read.read(data))


class Sent:
    """What these tests need of a ``Document``: ASCII without escapes, every set taken as accepted."""

    def __init__(self, data: bytes) -> None:
        rows = [text.split("*") for text in data.decode().replace("\n", "").split("~") if text]
        self.elements = rows
        self.segments = pd.DataFrame({"id": pd.array([row[0] for row in rows], dtype="str")})
        sets, current, count = [], -1, -1
        firsts, ids = [], []
        for at, row in enumerate(rows):
            if row[0] == "ST":
                count += 1
                current = count
                firsts.append(at)
                ids.append(row[1])
            sets.append(current)
            if row[0] == "SE":
                current = -1
        self.segments["set"], self.segments["line"] = np.array(sets, np.int64), np.arange(1, len(rows) + 1)
        self.sets = pd.DataFrame({"set_id": ids, "status": ["A"] * len(ids), "first": firsts})
        self.sets = self.sets.astype({"set_id": "str", "status": "str"})

    def table(self, segment_id: str, set_id: str | None = None) -> pd.DataFrame:
        of, ids = self.segments["set"].tolist(), self.sets["set_id"].tolist()
        named = [n for n, row in enumerate(self.elements) if row[0] == segment_id and of[n] >= 0]
        at = [n for n in named if set_id is None or ids[of[n]] == set_id]
        out: dict[str, Any] = {"segment": np.array(at, np.int64), "set": self.segments["set"].to_numpy()[at]}
        for element in range(1, 18):
            values = [self.elements[n][element] if element < len(self.elements[n]) else "" for n in at]
            out[f"{segment_id}{element:02}"] = pd.array(values, dtype="str")
        return pd.DataFrame(out)

    def within(self, rows: np.ndarray, opener: str) -> np.ndarray:
        ends = {"N1": ("L13", "BA1"), "L13": ("BA1",), "BA1": ()}[opener]
        out = []
        for row in np.asarray(rows, np.int64):
            at = int(row)
            while at >= 0 and self.elements[at][0] not in (opener, "ST", *ends):
                at -= 1
            out.append(at if at >= 0 and self.elements[at][0] == opener else -1)
        return np.array(out, np.int64)


def sent(*shipments: Shipment) -> Any:
    return Sent(wire(*shipments))


@cache
def reference() -> dict[str, pd.DataFrame]:
    """The demonstration set's tables that rules on exports look at."""
    tariff = read("tariff", DEMO).copy()
    for name in ("valid_from", "valid_to"):
        tariff[name] = pd.to_datetime(tariff[name].replace("", None)).astype("datetime64[s]")
    return {"tariff": tariff, **{name: read(name, DEMO) for name in ("ports", "countries", "modes")}}


def exporters(may_file: bool = True, status: str = "active") -> pd.DataFrame:
    rows = [(EIN, EXPORTER, status, may_file)]
    return pd.DataFrame(rows, columns=["key", "account_id", "status", "may_file"]).astype(
        {"key": "str", "status": "str"}
    )


def world(**changes: Any) -> registry.World:
    made = registry.World(TODAY, reference(), exporters(), EXPORTER)
    return replace(made, **changes)


def found(*shipments: Shipment, of: registry.World | None = None) -> pd.DataFrame:
    """The conditions of some shipments."""
    return registry.evaluate(facts.facts(sent(*shipments)), of or world())


def codes(*shipments: Shipment, of: registry.World | None = None) -> list[str]:
    return found(*shipments, of=of)["code"].tolist()


def loaded() -> dict[str, pd.DataFrame]:
    """Those of the demonstration with what only an operator has: an airport, Schedule K and Schedule B."""
    airport = pd.DataFrame([{"port_code": "0981", "name": "Small Airport", "kind": "user_fee_airport"}])
    ports = pd.concat([reference()["ports"], airport], ignore_index=True)
    foreign = pd.DataFrame({"port_code": [port for port, _ in generate_exports.MARKETS.values()]})
    numbers = [("0409000035", "2020-01-01", None), ("0409000099", "2020-01-01", "2026-08-31")]
    schedule_b = pd.DataFrame(numbers, columns=["number", "valid_from", "valid_to"]).assign(unit_1="KG", unit_2="")
    for name in ("valid_from", "valid_to"):
        schedule_b[name] = pd.to_datetime(schedule_b[name]).astype("datetime64[s]")
    return reference() | {"ports": ports, "foreign_ports": foreign, "schedule_b": schedule_b}
