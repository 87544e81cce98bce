"""Export filings of the demonstration tariff: interchanges of X12 sets 601 that are valid and look like a day's work.

``filings`` gives shipments as dictionaries, ``interchange`` the bytes of one file of them. Everything is drawn from a
seed; the day is an argument.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from bench.tables import DEMO, read

Segment = tuple[str, ...]

#: Where goods go, by the Schedule K port of a vessel, and how often.
MARKETS = {
    "MX": ("20199", 18), "CN": ("57035", 14), "JP": ("58886", 10), "DE": ("42870", 9), "GB": ("41352", 8),
    "KR": ("58023", 8), "BR": ("35177", 6), "NL": ("42157", 6), "AU": ("60274", 5), "IN": ("53381", 5),
    "AE": ("52051", 4), "CL": ("33731", 3), "CO": ("30127", 4),
}  # fmt: skip
#: Modes with carrier, its name or vessel, and a port of export of the demonstration set.
MODES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "11": (("MAEU", "MAERSK ALGOL", "2704"), ("HLCU", "BERLIN EXPRESS", "4601"), ("MSCU", "MSC LORETO", "5301")),
    "40": (("5X", "UNITED PARCEL SERVICE", "2006"), ("FX", "FEDERAL EXPRESS", "2006"), ("AA", "AMERICAN", "5206")),
    "30": (("SWFT", "SWIFT TRANSPORTATION", "2304"), ("WERN", "WERNER ENTERPRISES", "2402")),
}
SHARES = {"11": 0.45, "40": 0.4, "30": 0.15}
STATES = ("CA", "TX", "IL", "OH", "NJ", "GA", "WA", "FL", "MI", "NC")
#: Units of the tariff as the wire has them.
WIRE = {"KG": "KG", "NO": "NO", "DOZ": "DZ", "M2": "SM", "M3": "CR", "L": "LT", "BBL": "BR", "PRS": "PR", "G": "GR"}
NAMES = ("Nordsee Handel GmbH", "Kobe Trading KK", "Import del Norte SA", "Thames Goods Ltd", "Seoul Parts Co")


@dataclass
class Shipment:
    """One filing. ``exporter`` is the EIN as sent, ``agent`` the forwarder's name (blank: the exporter files)."""

    reference: str
    exporter: str
    exporter_name: str
    day: date
    action: str = "1"
    mode: str = "11"
    destination: str = "DE"
    state: str = "CA"
    option: str = "2"
    carrier: str = "MAEU"
    conveyance: str = "MAERSK ALGOL"
    port: str = "2704"
    unlading: str = "42870"
    agent: str = ""
    consignee: str = "Nordsee Handel GmbH"
    routed: str = "N"
    hazardous: str = "N"
    lines: list[dict[str, Any]] = field(default_factory=list)

    def segments(self) -> list[Segment]:
        """Its segments, BA1 to the last line's; of a cancellation only what it must have."""
        out: list[Segment] = [
            (
                "BA1",
                "N",
                self.action,
                self.mode,
                self.destination,
                self.reference,
                "90731",
                "US",
                self.state,
                self.option,
                self.carrier,
                "",
                self.conveyance,
            )
        ]
        party: list[Segment] = [
            ("N1", "EX", self.exporter_name, "24", self.exporter),
            ("N3", "100 Harbor Way"),
            ("N4", "Long Beach", "CA", "90802", "US"),
        ]
        if self.action in ("C", "3"):
            return out + party
        out.append(("YNQ", "RZ", self.hazardous))
        out.append(("DTM", "274", f"{self.day:%Y%m%d}"))
        out.append(("P5", "L", "D", self.port))
        if self.unlading:
            out.append(("P5", "D", "K", self.unlading))
            out.append(("REF", "BN", f"BK{self.reference[-8:]}"))
        out.append(("M12", "70", "", "", self.routed))
        out += party
        if self.agent:
            out += [("N1", "FW", self.agent, "24", "98765432100"), ("N4", "Los Angeles", "CA", "90045", "US")]
        out += [
            ("N1", "CN", self.consignee),
            ("N3", "Hafenstrasse 1"),
            ("N4", "Hamburg", "", "20457", self.destination, "ZZ", "R"),
        ]
        for line in self.lines:
            out += _line(line)
        return out


def _line(line: dict[str, Any]) -> list[Segment]:
    second = (line["unit_2"], str(line["quantity_2"])) if line.get("unit_2") else ("", "")
    out: list[Segment] = [
        (
            "L13",
            "A",
            line["number"],
            line["unit_1"],
            str(line["quantity_1"]),
            "10",
            str(line["value"]),
            str(line["line"]),
            *second,
            "K",
            str(line["weight"]),
            line["description"],
            "OS",
            line.get("action", ""),
        )
    ]
    out.append(("X1", "", "NLR", "", "", "", "", "C33", "", line.get("origin", "D"), *[""] * 6, "EAR99"))
    if line.get("vin"):
        out.append(("VEH", "1", line["vin"], "", "", "", "", "", "", "T123456", "CA"))
    return out


def filings(
    seed: int,
    exporters: Sequence[tuple[str, str]],
    day: date,
    count: int,
    *,
    agent: str = "",
    prefix: str = "SRN",
    days: int = 1,
) -> list[Shipment]:
    """``count`` shipments of ``exporters`` (EIN and name), leaving on one of ``days`` days from ``day`` on, to be filed
    before that; ``agent`` files for them all, or each for itself."""
    rng = np.random.default_rng([seed, 60_100])
    tariff = read_tariff()
    markets, weight = list(MARKETS), np.array([share for _, share in MARKETS.values()], float)
    made = []
    for n in range(count):
        ein, name = exporters[int(rng.integers(len(exporters)))]
        destination = str(rng.choice(markets, p=weight / weight.sum()))
        mode = "30" if destination == "MX" else str(rng.choice(["11", "40"], p=[0.53, 0.47]))
        carrier, conveyance, port = MODES[mode][int(rng.integers(len(MODES[mode])))]
        shipment = Shipment(
            reference=f"{prefix}{day:%y%m%d}{n + 1:05}",
            exporter=ein,
            exporter_name=name,
            day=day + timedelta(days=int(rng.integers(days))),
            mode=mode,
            destination=destination,
            state=str(rng.choice(STATES)),
            carrier=carrier,
            conveyance=conveyance,
            port=port,
            unlading=MARKETS[destination][0] if mode == "11" else "",
            agent=agent,
            consignee=str(rng.choice(NAMES)),
            routed="Y" if agent and rng.random() < 0.1 else "N",
            hazardous="Y" if rng.random() < 0.05 else "N",
        )
        for line in range(1, int(rng.choice([1, 2, 3, 5, 8], p=[0.5, 0.2, 0.15, 0.1, 0.05])) + 1):
            shipment.lines.append(drawn_line(rng, tariff, line))
        made.append(shipment)
    return made


def drawn_line(rng: np.random.Generator, tariff: Sequence[dict[str, str]], line: int) -> dict[str, Any]:
    """A commodity line of a number of the demonstration tariff."""
    row = tariff[int(rng.integers(len(tariff)))]
    quantity = int(rng.integers(1, 2_000))
    made = {
        "line": line,
        "number": row["hts_number"],
        "unit_1": WIRE[row["unit_1"]],
        "quantity_1": quantity,
        "value": int(rng.lognormal(9.0, 1.2)) + 2_501,
        "weight": max(1, quantity * int(rng.integers(1, 4))),
        "description": row["description"].upper()[:45],
        "origin": "F" if rng.random() < 0.15 else "D",
    }
    if row["unit_2"]:
        made |= {"unit_2": WIRE[row["unit_2"]], "quantity_2": max(1, quantity // 2)}
    return made


def read_tariff() -> list[dict[str, str]]:
    """The rows of the demonstration tariff that may be exported and whose units the wire has codes for."""
    table = read("tariff", DEMO)
    good = ~table["hts_number"].str.slice(0, 2).isin(["98", "99"]) & table["unit_1"].isin(list(WIRE))
    good &= table["unit_2"].isin(["", *WIRE]) & (table["valid_to"] == "") & (table["hts_number"].str.len() == 10)
    rows = table.loc[good, ["hts_number", "unit_1", "unit_2", "description"]].to_dict("records")
    return [{str(key): str(value) for key, value in row.items()} for row in rows]


def interchange(
    shipments: Iterable[Shipment],
    *,
    sender: str,
    qualifier: str = "24",
    control: int = 1,
    at: datetime,
    receiver: str = "CBPAES",
    group: str = "",
    usage: str = "P",
    newline: str = "\n",
) -> bytes:
    """The bytes of a file with one interchange: one group of release 004050, a set for each shipment."""
    elements: list[Segment] = []
    sets = 0
    for sets, shipment in enumerate(shipments, 1):
        body = shipment.segments()
        elements += [("ST", "601", f"{sets:04}"), *body, ("SE", str(len(body) + 2), f"{sets:04}")]
    head = [
        ("ISA", "00", " " * 10, "00", " " * 10, qualifier, f"{sender:15}", "ZZ", f"{receiver:15}", f"{at:%y%m%d}",
         f"{at:%H%M}", "U", "00405", f"{control:09}", "0", usage, ">"),
        ("GS", "SE", group or sender, receiver, f"{at:%Y%m%d}", f"{at:%H%M}", str(control), "X", "004050"),
    ]  # fmt: skip
    tail = [("GE", str(sets), str(control)), ("IEA", "1", f"{control:09}")]
    return "".join(_written(segment) + newline for segment in [*head, *elements, *tail]).encode("ascii")


def _written(segment: Segment) -> str:
    keep = list(segment)
    while len(keep) > 1 and keep[-1] == "" and segment[0] != "ISA":
        keep.pop()
    return "*".join(keep) + "~"


#: An accounts file of exporters and forwarders: who files for whom.
def toml(exporters: Sequence[tuple[str, str]], forwarders: Sequence[str] = (), since: str = "2020-01-01") -> str:
    """``exporters`` (EIN, name) as accounts X-EIN, ``forwarders`` as brokers F-1, F-2 ... that file for all of them."""
    parts = []
    for ein, name in exporters:
        parts.append(_entry("account", number=f"X-{ein}", kind="exporter", name=name, identifier=ein))
    for n, name in enumerate(forwarders, 1):
        parts.append(_entry("account", number=f"F-{n}", kind="broker", name=name, identifier=f"FW{n}"))
        for ein, _ in exporters:
            parts.append(_entry("relationship", **{"from": f"F-{n}", "to": f"X-{ein}", "valid_from": since}))
    return "\n".join(parts)


def _entry(table: str, **values: str) -> str:
    return "\n".join([f"[[{table}]]", *(f'{name} = "{value}"' for name, value in values.items()), ""])
