"""Where in a filing a condition lies, in the terms of the answer: the chain of E0 references that leads to it.

AE chapter, Table 1 "Returned Entry Summary Reference Data" (pages ESF-194 to 203): each reference names a grouping,
its occurrence among its siblings, and the key that was filed. Which columns of the input the key comes from follows
from the layouts: a field of ``E0-LINITM`` is the field of the same name in the 40 record.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple, cast

import numpy as np
import pandas as pd

from parsers.catair import layout
from parsers.catair.layout import BLANK, WIDTH
from transforms.entry_summary import EntrySummaries


class Reference(NamedTuple):
    """One reference type: the facts table and record it names, and the keys within which its occurrence is counted."""

    table: str
    record: str
    within: tuple[str, ...]  # ("slot",): the repetition inside the record


TRANSACTION = Reference("header", "10", ())  # occurrence: the transaction in its block
REFERENCES = {
    "SUMMRY": TRANSACTION,
    "CARMAN": Reference("bill_group", "22", ("txn",)),
    "BOLINB": Reference("bill", "23", ("bill",)),
    "BNDDTL": Reference("bond", "31", ("txn",)),
    "CONREL": Reference("release", "32", ("txn",)),
    "MISDOC": Reference("missing_document", "33", ("slot",)),
    "HDRFEE": Reference("header_fee", "34", ("slot",)),
    "PSCHRE": Reference("psc_header_reason", "35", ("slot",)),
    "PSCEXP": Reference("psc_explanation", "36", ("txn",)),
    "LINITM": Reference("line", "40", ("txn",)),
    "EIPINV": Reference("invoice", "42", ("line",)),
    "INVLIN": Reference("invoice_range", "42", ("slot",)),
    "COMDES": Reference("description", "44", ("line", "invoice")),
    "ARPART": Reference("party", "47", ("line",)),
    "TARIFF": Reference("tariff", "50", ("line",)),
    "TARQTY": Reference("tariff", "50", ("slot",)),
    "LICNSE": Reference("license", "52", ("line",)),
    "ADDCVD": Reference("adcvd", "53", ("line",)),
    "IADDET": Reference("declaration", "54", ("line",)),
    "LINFEE": Reference("fee", "62", ("line",)),
    "PSCLRE": Reference("psc_line_reason", "63", ("slot",)),
    "CENWRN": Reference("census_override", "CW02", ("slot",)),
    "PSTLIN": TRANSACTION,
    "TOTALS": TRANSACTION,
    "FEETOT": Reference("fee_total", "89", ("txn",)),
}
#: The groupings above a facts table: reference type, and the key that leads there (-1: not under such a grouping).
ABOVE = {"CARMAN": "bill", "LINITM": "line", "EIPINV": "invoice", "TARIFF": "tariff", "TOTALS": "txn", "PSTLIN": "txn"}
#: The references that lead to a row of each facts table; those without a reference of their own are told by their line.
CHAINS: dict[str, tuple[str, ...]] = {
    "bill_group": ("CARMAN",),
    "bill": ("CARMAN", "BOLINB"),
    "bond": ("BNDDTL",),
    "release": ("CONREL",),
    "missing_document": ("MISDOC",),
    "header_fee": ("HDRFEE",),
    "psc_header_reason": ("PSCHRE",),
    "psc_explanation": ("PSCEXP",),
    "line": ("LINITM",),
    "invoice": ("LINITM", "EIPINV"),
    "invoice_range": ("LINITM", "EIPINV", "INVLIN"),
    "ruling": ("LINITM", "EIPINV"),
    "description": ("LINITM", "EIPINV", "COMDES"),
    "party": ("LINITM", "ARPART"),
    "tariff": ("LINITM", "TARIFF"),
    "visa": ("LINITM",),
    "license": ("LINITM", "LICNSE"),
    "adcvd": ("LINITM", "ADDCVD"),
    "declaration": ("LINITM", "IADDET"),
    "tax": ("LINITM",),
    "other_revenue": ("LINITM",),
    "fee": ("LINITM", "LINFEE"),
    "psc_line_reason": ("LINITM", "PSCLRE"),
    "census_override": ("LINITM", "CENWRN"),
    "fee_total": ("TOTALS", "FEETOT"),
    "other": ("LINITM", "TARIFF"),
}
TOTALS_RECORDS = ("88", "89", "90")
_NUMBERS = ("row", "occurrence", "slot")
_QUANTITY = re.compile(r"(?:quantity|unit_of_measure_code)_(\d)")


def references(es: EntrySummaries, conditions: pd.DataFrame, occurrence: np.ndarray) -> pd.DataFrame:
    """The E0 references of each condition: ``condition`` (position), ``level``, ``type``, ``row``, ``occurrence``,
    ``slot``.

    ``occurrence`` is that of each transaction in its block. A condition on the transaction itself has none: the
    SUMMRY reference that heads every answer already leads there. ``row`` is the record that the reference's text is
    taken from.
    """
    parts = []
    for (on, chain, slot), positions in _by_chain(conditions).items():
        table: pd.DataFrame = getattr(es, on)
        at = conditions["at"].to_numpy()[positions]
        for level, kind in enumerate(chain):
            reference = REFERENCES[kind]
            own = reference.table == on and kind not in ("TOTALS", "PSTLIN")
            place = at if own else table[ABOVE[kind]].to_numpy()[at]
            there = place >= 0
            part = _of_kind(es, kind, place[there], slot, occurrence)
            part.insert(0, "condition", positions[there])
            part.insert(1, "level", level)
            parts.append(part)
    if not parts:
        none = np.empty(0, np.int64)
        return pd.DataFrame(
            {"condition": none, "level": none, "type": np.empty(0, "U6"), **dict.fromkeys(_NUMBERS, none)}
        )
    return pd.concat(parts, ignore_index=True)


def _by_chain(conditions: pd.DataFrame) -> dict[tuple[str, tuple[str, ...], int], np.ndarray]:
    """Positions of the conditions that share a facts table, a chain and the quantity of a 50 record they point to."""
    chains: dict[tuple[str, tuple[str, ...], int], np.ndarray] = {}
    for key, group in conditions.groupby(["on", "record", "field"], sort=False).indices.items():
        on, record, name = cast(tuple[str, str, str], key)
        chain, slot = _chain(on, record), 0
        if on == "tariff" and (quantity := _QUANTITY.fullmatch(name)):
            chain, slot = (*chain, "TARQTY"), int(quantity[1])
        known = chains.get((on, chain, slot), np.empty(0, np.int64))
        chains[on, chain, slot] = np.concatenate([known, group])
    return chains


def _chain(on: str, record: str) -> tuple[str, ...]:
    if on != "header":
        return CHAINS[on]
    if record in TOTALS_RECORDS:
        return ("TOTALS",)
    line_level = record[:1] in "456" or record == "CW02"
    return ("PSTLIN",) if line_level else ()  # what was found on the whole after its lines were read


def _of_kind(es: EntrySummaries, kind: str, place: np.ndarray, slot: int, occurrence: np.ndarray) -> pd.DataFrame:
    reference = REFERENCES[kind]
    table: pd.DataFrame = getattr(es, reference.table)
    if slot and kind == "TARQTY":
        slots = ordinal = np.full(len(place), slot)
    else:
        slots = table["slot"].to_numpy()[place] if "slot" in table else np.zeros(len(place), np.int64)
        ordinal = occurrence[place] if reference is TRANSACTION else _ordinal(table, reference.within)[place]
    return pd.DataFrame({"type": kind, "row": table["row"].to_numpy()[place], "occurrence": ordinal, "slot": slots})


def _ordinal(table: pd.DataFrame, within: tuple[str, ...]) -> np.ndarray:
    """1-based position of each row among its siblings; rows of one group stand together, as they did in the file."""
    if within == ("slot",):
        return table["slot"].to_numpy()
    changed = np.zeros(len(table), bool)
    for key in within:
        changed[1:] |= np.diff(table[key].to_numpy()) != 0
    starts = np.maximum.accumulate(np.where(changed, np.arange(len(table)), 0))
    return np.arange(len(table)) - starts + 1


@cache
def _copies(kind: str, slot: int) -> tuple[tuple[slice, slice], ...]:
    """Pairs of columns: where the text of an E0 stands, and where in the input record it comes from."""
    source = {
        re.sub(r"_\d(?=_|$)", "", field.name): field
        for field in layout.load("ae")[REFERENCES[kind].record]
        if (number := re.search(r"_(\d)(?=_|$)", field.name)) is None or int(number[1]) == slot
    }
    fields = [field for field in layout.load("ax")[f"E0-{kind}"] if field.carries_data and field.name in source]
    return tuple((field.columns, source[field.name].columns) for field in fields)


def records(references: pd.DataFrame, text: np.ndarray) -> np.ndarray:
    """The E0 records, ``(n, 80) uint8``; ``text`` is the byte matrix of the input."""
    fields = {field.name: field.columns for field in layout.load("ax")["E0"]}
    out = np.full((len(references), WIDTH), BLANK, np.uint8)
    out[:, fields["control_identifier"]] = np.frombuffer(b"E0", np.uint8)
    out[:, fields["reference_id_constant"]] = np.frombuffer(b"REF ID:", np.uint8)
    out[:, fields["occurrence_position"]] = digits(references["occurrence"].to_numpy(), 6)
    for key, at in references.groupby(["type", "slot"]).indices.items():
        kind, slot = cast(tuple[str, int], key)
        out[at, fields["reference_data_type_code"]] = np.frombuffer(kind.encode().ljust(6), np.uint8)
        rows = references["row"].to_numpy()[at]
        for target, source in _copies(kind, int(slot)):
            width = min(target.stop - target.start, source.stop - source.start)
            columns = slice(target.start, target.start + width)
            out[at, columns] = text[rows, source.start : source.start + width]
    return out


def digits(numbers: np.ndarray, width: int) -> np.ndarray:
    """``(n, width) uint8``: the numbers as zero-filled decimal digits (the last ``width`` of longer ones)."""
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return (numbers[:, None] // powers % 10 + ord("0")).astype(np.uint8)
