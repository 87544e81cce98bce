"""What sets 601 say, as tables: one row a segment, each knowing its set, its segment and the shipment it belongs to.

Which element is which column stands in ``facts.csv``; the qualifiers that say what a segment means in ``usage.csv``.
Money is integer cents and quantities are integer thousandths, read from the wire's decimals exactly; what cannot be
read so is NA beside its text (columns ``<name>_text``), for the rules to tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from transforms.export import lists
from transforms.x12 import decimals
from transforms.x12.together import together

#: Quantities and weights are thousandths, amounts are cents.
THOUSANDTHS, CENTS = 3, 2
#: The largest number that AES takes: ten digits before the point, six of a count. What is larger is not read, so sums
#: never overflow.
LARGEST, LARGEST_COUNT = 9_999_999_999, 999_999
_SCALES = {"quantity": THOUSANDTHS, "cents": CENTS, "integer": 0}
#: The segment that makes a row of each table, and those that are merged into it when they follow in its loop.
_TABLES: dict[str, tuple[str, ...]] = {
    "shipment": ("BA1",),
    "question": ("YNQ",),
    "date": ("DTM",),
    "place": ("P5",),
    "reference": ("REF",),
    "inbond": ("M12",),
    "equipment": ("VID",),
    "party": ("N1", "N2", "N3", "N4"),
    "commodity": ("L13",),
    "marks": ("MAN",),
    "license": ("X1",),
    "vehicle": ("VEH",),
}


class Fact(NamedTuple):
    """One column: the element it is read from and as what (text, code, date, integer, quantity, cents)."""

    column: str
    segment: str
    element: int
    kind: str


class Place(NamedTuple):
    """Where a column of a table stands: the column with its segment, its element, the column with its text."""

    segment: str
    element: int
    text: str


@dataclass(frozen=True, slots=True)
class Exports:
    """The tables. All have ``set``, ``segment`` (rows of the document) and ``shipment`` (a row of :attr:`shipment`);
    those of a commodity line have ``commodity`` (a row of :attr:`commodity`, -1 for the shipment's own parties).

    ``shipment`` has one row a set, of its first BA1, and beside its elements what the segments below it say of it once:
    ``action`` (add, replace, change, cancel, blank), ``export_date``, ``option`` (predeparture, postdeparture),
    ``port_of_export``, ``port_of_unlading``, ``transport_reference``, ``hazardous``, ``routed``, ``inbond_code``,
    ``entry_number``, ``exporter_id``, ``consignee_country`` ... each with ``<name>_segment`` (-1 not sent).
    ``again`` are BA1 beyond the first of a set, ``empty`` the sets without one.
    """

    shipment: pd.DataFrame
    question: pd.DataFrame
    date: pd.DataFrame
    place: pd.DataFrame
    reference: pd.DataFrame
    inbond: pd.DataFrame
    equipment: pd.DataFrame
    party: pd.DataFrame
    commodity: pd.DataFrame
    marks: pd.DataFrame
    license: pd.DataFrame
    vehicle: pd.DataFrame
    again: pd.DataFrame
    empty: np.ndarray

    def of_shipment(self, table: str, column: str) -> np.ndarray:
        """A column of :attr:`shipment`, for each row of another table."""
        return self.shipment[column].to_numpy()[getattr(self, table)["shipment"].to_numpy()]

    def any_of(self, table: str, mask: Any) -> np.ndarray:
        """For each shipment whether any of its rows of a table is in the mask."""
        found = np.zeros(len(self.shipment), bool)
        found[getattr(self, table)["shipment"].to_numpy()[np.asarray(mask, bool)]] = True
        return found

    def of_line(self, table: str, mask: Any) -> np.ndarray:
        """For each commodity line whether any row of a table below it is in the mask."""
        found = np.zeros(len(self.commodity), bool)
        found[getattr(self, table)["commodity"].to_numpy()[np.asarray(mask, bool)]] = True
        return found


@cache
def mapping() -> Mapping[str, tuple[Fact, ...]]:
    """Table -> its columns."""
    made: dict[str, list[Fact]] = {}
    for row in lists.table("facts.csv"):
        made.setdefault(row["table"], []).append(Fact(row["column"], row["segment"], int(row["element"]), row["kind"]))
    return {name: tuple(columns) for name, columns in made.items()}


def facts(document: Any) -> Exports:
    """The tables of all sets 601 of a ``parsers.x12.read.Document`` that are not rejected. Never raises on content."""
    every = document.table("BA1", "601")
    first = ~every["set"].duplicated()
    made = {"shipment": _table(document, "shipment", every[first].reset_index(drop=True))}
    openers = made["shipment"]["segment"].to_numpy(np.int64)
    made["shipment"]["shipment"] = np.arange(len(openers))
    for name in list(_TABLES)[1:]:
        made[name] = _below(document, name, openers)
    made["commodity"]["commodity"] = np.arange(len(made["commodity"]))
    lines = made["commodity"]["segment"].to_numpy(np.int64)
    for name in ("party", "marks", "license", "vehicle"):
        within = np.asarray(document.within(made[name]["segment"].to_numpy(np.int64), "L13"))
        made[name]["commodity"] = _at(lines, within)
    for name in ("marks", "license", "vehicle"):  # a segment of a line that is in no line is nowhere to be kept
        made[name] = made[name][made[name]["commodity"] >= 0].reset_index(drop=True)
    _complete(made)
    again = every[~first][["set", "segment"]].reset_index(drop=True)
    asked = document.sets[(document.sets["set_id"] == "601") & (document.sets["status"] != "R")].index.to_numpy()
    return Exports(**made, again=again, empty=np.setdiff1d(asked, made["shipment"]["set"].to_numpy()))


#: The tables without a row: most of those of a small file are, and they are all the same.
_NOTHING: dict[str, pd.DataFrame] = {}


def _below(document: Any, name: str, openers: np.ndarray) -> pd.DataFrame:
    """The rows of one table that belong to a known shipment, by its opening segment."""
    rows = document.table(_TABLES[name][0], "601")
    shipment = _at(openers, np.asarray(document.within(rows["segment"].to_numpy(np.int64), "BA1")))
    rows, shipment = rows[shipment >= 0].reset_index(drop=True), shipment[shipment >= 0]
    if len(rows):
        return _table(document, name, rows).assign(shipment=shipment)
    if name not in _NOTHING:
        _NOTHING[name] = _table(document, name, rows).assign(shipment=shipment)
    return _NOTHING[name].copy()


def _table(document: Any, name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """One row for each of ``rows``, with the columns of ``facts.csv``; segments merged in are found by their loop."""
    out = {"set": rows["set"].to_numpy(np.int64), "segment": rows["segment"].to_numpy(np.int64)}
    opener = _TABLES[name][0]
    sources = {opener: rows}
    for other in _TABLES[name][1:]:
        found = document.table(other, "601")
        at = _at(out["segment"], np.asarray(document.within(found["segment"].to_numpy(np.int64), opener)))
        keep = (at >= 0) & ~pd.Series(at).duplicated().to_numpy()
        merged = found[keep].assign(_at=at[keep]).set_index("_at").reindex(np.arange(len(rows)))
        out[f"segment_{other}"] = merged["segment"].fillna(-1).to_numpy(np.int64)
        sources[other] = merged.reset_index(drop=True)
    columns = mapping()[name]
    wires = [(sources[it.segment], f"{it.segment}{it.element:02}") for it in columns]
    texts = [source[wire].astype("str") if wire in source else _blank(len(rows)) for source, wire in wires]
    return pd.DataFrame(out | _typed(columns, texts))


def _typed(columns: tuple[Fact, ...], texts: list[pd.Series]) -> dict[str, Any]:
    """The columns of a table, each as what it is."""
    # No database keeps a NUL in a text.
    plain = together(lambda text: text.fillna("").str.replace("\0", " ", regex=False).str.strip(), texts)
    read = together(lambda text: text.str.upper(), plain)
    numbers: dict[int, pd.Series] = {}
    for kind, scale in _SCALES.items():
        which = [at for at, it in enumerate(columns) if it.kind == kind]
        largest = LARGEST_COUNT if kind == "integer" else LARGEST * 10**scale
        amounts = together(partial(_number, scale=scale, largest=largest), [read[at] for at in which])
        numbers |= dict(zip(which, amounts, strict=True))
    made: dict[str, Any] = {}
    for at, it in enumerate(columns):
        if it.kind == "text":
            made[it.column] = plain[at]
        elif it.kind == "code":
            made[it.column] = read[at]
        else:
            made |= {it.column: days(read[at]) if it.kind == "date" else numbers[at], f"{it.column}_text": read[at]}
    return made


def _number(text: pd.Series, scale: int, largest: int) -> pd.Series:
    number = decimals.scaled(text, scale)
    return number.mask((number.abs() > largest).fillna(False), pd.NA)


def days(text: pd.Series) -> pd.Series:
    """Days written CCYYMMDD; NaT where there is no such day, or none that a calendar of ours holds (1900 to 2199)."""
    good = text.str.fullmatch(r"(?:19|20|21)\d{6}")
    return pd.to_datetime(text.where(good, ""), format="%Y%m%d", errors="coerce").astype("datetime64[s]")


def _complete(made: dict[str, pd.DataFrame]) -> None:
    """The columns of a shipment that segments below it tell once: its first of each kind counts."""
    shipment, party = made["shipment"], made["party"]
    shipment["action"] = lists.meant(shipment["action_code"], "action")
    shipment["filing_option_segment"] = shipment["segment"].where(shipment["filing_option"] != "", -1)
    option = lists.meant(shipment["filing_option"], "option")
    shipment["option"] = option.where(shipment["filing_option"] != "", "predeparture")  # 15 CFR 30.4(b): the rule
    changing = (shipment["action"] == "change").to_numpy()[made["commodity"]["shipment"].to_numpy()]
    line_action = lists.meant(made["commodity"]["line_action_code"], "line")
    made["commodity"]["action"] = line_action.where(changing, "")  # an add or a replacement says all anew
    _first(shipment, made["date"], {"export_date": "day", "export_date_text": "day_text"})
    place = made["place"]
    role = lists.meant(place["function"], "port")
    schedule = place["qualifier"].map({"D": "export", "K": "unlading"}).fillna("")
    role = role.where(role != "", schedule)
    _first(shipment, place[role == "export"], {"port_of_export": "port"})
    _first(shipment, place[role == "unlading"], {"port_of_unlading": "port", "unlading_schedule": "qualifier"})
    transport = lists.meant(made["reference"]["qualifier"], "transport") != ""
    _first(shipment, made["reference"][transport], {"transport_reference": "number"})
    asked = lists.meant(made["question"]["question"], "question")
    for name in ("hazardous", "sold_en_route"):
        _first(shipment, made["question"][asked == name], {name: "answer"})
    # Questions under codes that we do not know may be the very ones that seem to be missing.
    shipment["unknown_question"] = False
    shipment.loc[made["question"].loc[asked == "", "shipment"].unique(), "unknown_question"] = True
    _first(shipment, made["inbond"], {"inbond_code": "code", "entry_number": "entry_number"})
    _first(shipment, made["inbond"], {"routed": "routed"})
    party["role"] = lists.meant(party["entity"], "party")
    own = party["commodity"] < 0
    names = {"id": "identifier", "id_qualifier": "qualifier", "name": "name", "country": "country", "state": "state"}
    for role_ in ("exporter", "agent", "consignee", "intermediate"):
        mine = party[own & (party["role"] == role_)]
        _first(shipment, mine, {f"{role_}_{name}": column for name, column in names.items()}, role_)
        _first(shipment, mine, {f"{role_}_kind": "kind"}, f"{role_}_kind", "segment_N4")
    shipment["exporter_account_key"] = identifier(shipment["exporter_id"])
    made["party"] = party


def identifier(text: pd.Series) -> pd.Series:
    """An exporter's number as accounts are looked up by it: without hyphens and blanks, an EIN of nine digits with the
    suffix 00 that it stands for (15 CFR 30.6(a)(1)(iii))."""
    plain = text.str.replace(r"[\s-]", "", regex=True).str.upper()
    return plain.where(~plain.str.fullmatch(r"\d{9}"), plain + "00")


def _first(
    shipment: pd.DataFrame, rows: pd.DataFrame, columns: Mapping[str, str], name: str = "", segment: str = "segment"
) -> None:
    """Give each shipment columns of its first row there, and ``<first of them, or name>_segment`` (-1: it has none)."""
    owner, row = np.unique(rows["shipment"].to_numpy(), return_index=True)
    at = np.full(len(shipment), -1)
    at[owner] = row
    for to, source in columns.items():
        values = rows[source].array
        shipment[to] = values.take(at, allow_fill=True, fill_value=None if values.dtype.kind == "M" else "")
    found = rows[segment].to_numpy(np.int64)
    shipment[f"{name or next(iter(columns))}_segment"] = np.where(at >= 0, found[at] if len(found) else -1, -1)


@cache
def places() -> Mapping[tuple[str, str], Place]:
    """(table, column) -> where it stands on the wire: columns of ``facts.csv`` and those lifted to shipments."""
    made = {}
    for table, columns in mapping().items():
        opener = _TABLES[table][0]
        for it in columns:
            segment = "segment" if it.segment == opener else f"segment_{it.segment}"
            text = it.column if it.kind in ("text", "code") else f"{it.column}_text"
            made[table, it.column] = Place(segment, it.element, text)
    lifted = {
        "export_date": ("export_date_segment", 2, "export_date_text"),
        "port_of_export": ("port_of_export_segment", 3, "port_of_export"),
        "port_of_unlading": ("port_of_unlading_segment", 3, "port_of_unlading"),
        "transport_reference": ("transport_reference_segment", 2, "transport_reference"),
        "hazardous": ("hazardous_segment", 2, "hazardous"),
        "routed": ("routed_segment", 4, "routed"),
        "inbond_code": ("inbond_code_segment", 1, "inbond_code"),
        "entry_number": ("inbond_code_segment", 2, "entry_number"),
        "exporter_id": ("exporter_segment", 4, "exporter_id"),
        "agent_id": ("agent_segment", 1, "agent_id"),
        "consignee_name": ("consignee_segment", 2, "consignee_name"),
        "consignee_kind": ("consignee_kind_segment", 6, "consignee_kind"),
        "consignee_country": ("consignee_kind_segment", 4, "consignee_country"),
        "consignee_state": ("consignee_kind_segment", 2, "consignee_state"),
    }
    made |= {("shipment", column): Place(*place) for column, place in lifted.items()}
    return made


def _at(known: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Position of each wanted row in ``known`` (rising), -1 where it is not there."""
    if not len(known):
        return np.full(len(wanted), -1, np.int64)
    place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return np.where(known[place] == wanted, place, -1)


def _blank(count: int) -> pd.Series:
    return pd.Series([""] * count, dtype="str")


TABLES = tuple(it.name for it in fields(Exports) if it.name not in ("again", "empty"))
