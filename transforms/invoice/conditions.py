"""What is wrong with an invoice: our own codes (``codes.csv``, each with its source), found for all at once.

X12 810 is agreed between two firms, so its rules are few: those of the regulation on what a commercial invoice says
(19 CFR 141.86), those that its sums make, and those of this house (who may send for whom, what is on file). A rule that
cannot see an exception warns and does not reject.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from transforms.invoice.facts import CREDITS, ENTRY, Invoices
from transforms.x12 import outcome

#: BIG08 (element 353): what is asked. Blank is original; 06, 07 and 20 (confirmation, duplicate, final transmission)
#: are originals, too, of which one is on file at most.
ORIGINAL, REPLACE, CANCEL = ("", "00", "02", "06", "07", "20"), ("04", "05", "15", "18", "CO"), ("01", "03", "17")
#: Characters of an invoice number: X12's 22, and what a sender that does not count may send besides.
MOST = 50
COLUMNS = ("set", "segment", "element", "component", "code", "severity", "narrative", "why", "mend", "found")


class Code(NamedTuple):
    """One of our codes; ``element`` is where it points unless said otherwise, like ``BIG02``."""

    code: str
    severity: str
    element: str
    narrative: str
    why: str
    mend: str
    source: str


@cache
def codes() -> dict[str, Code]:
    """Code -> what it says."""
    with Path(__file__).with_name("codes.csv").open(newline="", encoding="utf-8") as rows:
        return {row["code"]: Code(**row) for row in csv.DictReader(rows)}


@dataclass(frozen=True, slots=True)
class World:
    """What is known beside the document, by position of ``Invoices.header``.

    ``account`` is the importer's account (-1: unknown), ``active`` whether it is, ``allowed`` whether the sender may
    send for it. ``countries`` are ISO codes (empty: not checked).
    """

    today: date
    account: np.ndarray
    active: np.ndarray
    allowed: np.ndarray
    countries: frozenset[str] = field(default_factory=frozenset)


def evaluate(it: Invoices, world: World) -> pd.DataFrame:
    """Every condition but those of what is on file: ``set segment element component code severity narrative why mend
    found``, by set and segment. A cancellation only has to name its invoice and its importer.
    """
    h, line = it.header, it.line
    cancel = h["purpose"].isin(CANCEL)
    said = ~cancel
    credit = h["transaction_type"].isin(CREDITS)
    place = pd.Index(h["set"]).get_indexer(line["set"])
    named = h["importer_identifier"].ne("") | (world.account >= 0)
    known = pd.Series(world.account >= 0, h.index)
    big, tds = h["segment"], h["segment_tds"]
    number = h["invoice_number"]
    off = (h["total_cents"] - h["lines_cents"] - h["charges_cents"] + h["allowances_cents"] - h["tax_cents"]).abs()
    off = off.fillna(0).astype("int64")
    tomorrow = pd.Timestamp(world.today)
    at_importer = h["segment_importer"].where(h["segment_importer"] >= 0, big)
    total = h["total_cents"].astype("str").mask(h["total_cents"].isna(), "")
    in_line = said.to_numpy()[place]
    credited = credit.to_numpy()[place]
    hts, origin = line["hts_number"], line["origin"]
    negative = (line["quantity"].fillna(0) < 0) ^ (line["price"].fillna(0) < 0)
    far = line["segment"]
    foreign = h["currency"].str.fullmatch(r"[A-Z]{3}") & h["currency"].ne("USD")
    counted = h["counted_lines"].fillna(h["lines"]).astype("int64")
    found = [
        of("INV01", h, big, number.eq("")),
        of("INV28", h, big, number.str.len() > MOST, number.str.slice(0, MOST)),
        of("INV02", h, big, said & h["invoice_date"].isna()),
        of("INV03", h, big, said & (h["invoice_date"] > tomorrow), h["invoice_date"].dt.strftime("%Y-%m-%d")),
        of("INV04", h, tds.where(tds >= 0, big), said & h["total_cents"].isna()),
        of("INV05", h, tds, said & (off > h["lines"]), total),
        of("INV06", h, tds, said & (off > 0) & (off <= h["lines"]), total),
        of("INV07", h, h["segment_ctt"], said & counted.ne(h["lines"]), counted.astype("str")),
        of("INV11", h, at_importer, ~named),
        of("INV12", h, at_importer, named & ~known, h["importer_identifier"]),
        of("INV13", h, at_importer, known & ~world.active, h["importer_identifier"]),
        of("INV14", h, at_importer, known & world.active & ~world.allowed, h["importer_identifier"]),
        of("INV15", h, big, said & ~h["currency_stated"]),
        of("INV16", h, h["segment_cur"], said & ~h["currency"].str.fullmatch(r"[A-Z]{3}"), h["currency"]),
        of("INV29", h, h["segment_cur"], said & foreign, h["currency"]),
        of("INV17", h, big, said & (h["purchase_order_date"] > h["invoice_date"])),
        of("INV18", h, tds, said & ~credit & (h["total_cents"].fillna(0) < 0), total),
        of("INV19", h, big, said & h["lines"].eq(0)),
        of("INV20", line, far, in_line & (line["amount_cents"].isna() & ~line["too_large"])),
        of("INV21", line, far, in_line & hts.ne("") & ~hts.str.fullmatch(r"[0-9]{6,10}"), hts),
        of("INV23", h, big, ~h["purpose"].isin((*ORIGINAL, *REPLACE, *CANCEL)), h["purpose"]),
        of("INV24", it.reference, it.reference["segment"], _no_entry_number(it.reference), it.reference["value"]),
        of("INV25", h, big, said & h["seller"].eq("")),
        of("INV26", line, far, in_line & line["too_large"]),
        of("INV27", line, far, in_line & negative & ~credited),
    ]
    if world.countries:
        unknown = origin.ne("") & ~origin.isin(world.countries)
        found.append(of("INV22", line, far, in_line & unknown, origin))
    return ordered(found)


def on_file(it: Invoices, repeated: np.ndarray, unreplaced: np.ndarray, uncancelled: np.ndarray) -> pd.DataFrame:
    """The conditions of what is on file, by position of ``header``: an original that is there already, a replacement
    and a cancellation of what is not."""
    h = it.header
    return ordered(
        [
            of("INV08", h, h["segment"], repeated, h["invoice_number"]),
            of("INV09", h, h["segment"], unreplaced, h["invoice_number"]),
            of("INV10", h, h["segment"], uncancelled, h["invoice_number"]),
        ]
    )


def ordered(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Tables of conditions (one at least) as one, by set, segment, element and code."""
    found = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    return found.sort_values(["set", "segment", "element", "code"], kind="stable", ignore_index=True)


def rejected(conditions: pd.DataFrame) -> set[int]:
    """The sets that a condition rejects."""
    return set(conditions.loc[conditions["severity"].eq("F"), "set"])


def of(
    code: str, table: pd.DataFrame, segment: pd.Series, where: pd.Series | np.ndarray, found: pd.Series | None = None
) -> pd.DataFrame:
    """The rows of ``table`` (with ``set``) where a code holds, pointing at ``segment`` and the code's element."""
    it = codes()[code]
    at = np.flatnonzero(np.asarray(pd.Series(where).fillna(False), bool))
    if not len(at):
        return _nothing()
    said: Mapping[str, object] = {
        "set": table["set"].to_numpy(np.int64)[at],
        "segment": segment.to_numpy(np.int64)[at],
        "element": np.full(len(at), int(it.element[-2:])),
        "component": np.zeros(len(at), np.int64),
        **{name: pd.Series(getattr(it, name), np.arange(len(at)), dtype="str") for name in COLUMNS[4:9]},
        "found": pd.Series("", np.arange(len(at)), dtype="str")
        if found is None
        else found.iloc[at].fillna("").astype("str").reset_index(drop=True),
    }
    return pd.DataFrame(said)


@cache
def _nothing() -> pd.DataFrame:
    """No condition: what most codes find in most files. Not to be changed."""
    return outcome.conditions()[list(COLUMNS)]


def _no_entry_number(reference: pd.DataFrame) -> pd.Series:
    """References that ought to be entry numbers and have not the form of one. The check digit is not looked at: some
    filers have agreed on another (CATAIR Appendix E), and what is wrong is simply found nowhere."""
    return reference["qualifier"].eq(ENTRY) & ~reference["value"].str.fullmatch(r"[A-Z0-9]{3}[0-9]{8}")
