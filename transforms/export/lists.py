"""Code lists of export filings that are ours to keep: small tables beside this module, every cell as text."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import pandas as pd

_HERE = Path(__file__).parent


def _words(text: str) -> list[str]:
    return text.split()


#: Modes of transport by what they are (15 CFR 30.6(a)(6); the codes are those of entry summaries).
VESSEL, RAIL, TRUCK, AIR = ("10", "11"), ("20", "21"), ("30", "31"), ("40", "41")
#: Modes under which a carrier, its conveyance and a weight are told (15 CFR 30.6(a)(7), (8), (16)).
CARRIED = (*VESSEL, *RAIL, *TRUCK, *AIR)
#: Kinds of Schedule D ports from which nothing leaves by water or rail.
AIR_PORTS = ("user_fee_airport", "courier_or_eccf")
#: States, the District and territories by their postal codes.
STATES = frozenset(
    _words(
        "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR"
        " PA RI SC SD TN TX UT VT VA WA WV WI WY DC PR VI GU AS MP UM"
    )
)
#: Possessions to which goods move without a filing (15 CFR 30.2(d)(2)).
POSSESSIONS = ("GU", "AS", "MP", "UM")
#: What a country table of imports may lack and yet is a destination of a filing (15 CFR 30.2(a)(1)).
DOMESTIC = ("US", "PR", "VI")
#: Destinations for which a low value is no exemption (15 CFR 30.16, 758.1(b): countries of group E, and China, Russia,
#: Venezuela).
NO_LOW_VALUE = ("CU", "IR", "KP", "SY", "CN", "RU", "VE")
#: In-bond codes (15 CFR 30.6(a)(22)): 70 is not in bond; the others come with an entry number (30.6(b)(11)).
NOT_IN_BOND, IN_BOND = "70", ("36", "37", "67", "68")
#: Export information codes (15 CFR 30.6(a)(18), AESTIR Appendix E).
INFORMATION = frozenset(
    _words("OS OI HH HV HR HS CH CI CR DD DP FI FS GP GS IC IP IR IS IW LC MS RJ SC SS TE TL TP UG ZD")
)
HOUSEHOLD, USED_VEHICLE = "HH", "HV"
#: Rough diamonds: never filed after departure (15 CFR 30.4(a)).
KIMBERLEY = ("710210", "710221", "710231")


@cache
def usage(group: str) -> dict[str, str]:
    """Code -> meaning of one group of ``usage.csv`` (``action``: ``{"1": "add", ...}``)."""
    rows = [(*row["meaning"].split("."), row["codes"]) for row in table("usage.csv")]
    return {code: meaning for kind, meaning, codes in rows if kind == group for code in codes.split()}


def meant(codes: pd.Series, group: str) -> pd.Series:
    """What codes of a group mean; blank where they mean nothing to us."""
    return codes.map(usage(group)).fillna("").astype("str")


@cache
def licenses() -> pd.DataFrame:
    """License codes (``code description number eccn not_modes``): whether a number and an ECCN belong to one, and the
    modes it is not for."""
    return pd.DataFrame(table("licenses.csv")).astype("str").set_index("code")


@cache
def units() -> dict[str, str]:
    """Unit of the wire -> unit of the tariff. Units of the tariff stand for themselves."""
    return {row["wire"]: row["tariff"] for row in table("units.csv")}


def table(name: str) -> list[dict[str, str]]:
    """The rows of one CSV of this folder."""
    with (_HERE / name).open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))
