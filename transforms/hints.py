"""How a refused record would have to stand, where that can be computed from the rest of its filing: check digits,
totals that add up what was sent, trailers that repeat their headers.

A hint supposes that everything else is as it was meant; whoever takes it over looks at it first.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from parsers.catair import envelope, envelope_checks, framing, layout, read
from parsers.catair.framing import Frames
from transforms import resend
from transforms.conditions.columns import total
from transforms.conditions.header import check_digit
from transforms.entry_summary import EntrySummaries, facts

CHECK_DIGIT = "B16"
#: Code of a grand total that differs -> its field in record 90, the facts it adds up.
GRAND = {
    "722": ("grand_total_duty_amount", "tariff", "duty_cents"),
    "724": ("grand_total_ir_tax_amount", "tax", "amount_cents"),
    "726": ("grand_total_user_fee_amount", "fee_total", "amount_cents"),
    "768": ("grand_total_other_revenue_amount", "other_revenue", "amount_cents"),
}
#: Code of a class total that differs -> the facts it adds up.
CLASSES = {"719": "fee", "720": "fee", "641": "fee", "730": "header_fee", "731": "header_fee", "732": "header_fee"}
#: These say that a class total is one of a schedule; the grand total of fees then waits for it.
BOUNDED = ("639", "640")
#: Trailers that repeat their headers: code -> (the trailer's row, the header's row, columns).
TRAILERS = {
    "X32": ("row_y", "row_b", envelope_checks.Y_REPEATS_B),
    "X14": ("row_z", "row_a", envelope_checks.Z_REPEATS_A),
}
CODES = frozenset({CHECK_DIGIT, *GRAND, *CLASSES, *TRAILERS})


def corrected(data: bytes, told: pd.DataFrame, transactions: pd.DataFrame, offset: int = 0) -> list[str]:
    """For each row of ``told`` (``row``: its place in the framed file ``data``; ``code``, ``start``) the whole
    corrected record, blank where none can be computed.

    ``transactions`` (``record``, ``last_record``) are those that ``told`` speaks of; only they are read. ``offset`` is
    the one agreed with the filer for its check digits.
    """
    frames = framing.frame([data])
    wanted = told["code"].isin(CODES).to_numpy()
    found: dict[tuple[int, str], str] = {}
    if told["code"].isin(TRAILERS).any():
        found |= _trailers(frames, told)
    if (wanted & ~told["code"].isin(TRAILERS)).any() and len(transactions):
        found |= _of_filings(data, frames, told, transactions, offset)
    return [found.get((row, code), "") for row, code in zip(told["row"], told["code"], strict=True)]


def _trailers(frames: Frames, told: pd.DataFrame) -> dict[tuple[int, str], str]:
    made = {}
    it = envelope.read(frames)
    for code, (trailer, header, spans) in TRAILERS.items():
        groups = it.blocks if trailer in it.blocks else it.batches
        at = groups.index[groups[trailer].isin(told.loc[told["code"] == code, "row"])]
        for row, head in groups.loc[at, [trailer, header]].itertuples(index=False):
            text = frames.text[row].copy()
            for start, end in spans:
                text[start - 1 : end] = frames.text[head, start - 1 : end]
            made[int(row), code] = text.tobytes().decode("latin-1")
    return made


def _of_filings(
    data: bytes, frames: Frames, told: pd.DataFrame, transactions: pd.DataFrame, offset: int
) -> dict[tuple[int, str], str]:
    none = transactions.iloc[:0]
    original = resend.chosen(frames, envelope.read(frames), transactions, none)
    parsed = read.parse([resend.failed(data, transactions, none)])
    if not len(parsed.transactions):
        return {}
    es = facts(parsed)
    place = pd.Series(np.arange(len(original)), original)  # row of the file -> row of what was read of it
    known = told[told["row"].isin(place.index)]
    known = known.assign(row=place.loc[known["row"]].to_numpy())
    txn = np.searchsorted(parsed.transactions["first"].to_numpy(), known["row"], "right") - 1
    bounded = set(txn[known["code"].isin(BOUNDED)])
    known = known[~(known["code"].eq("726") & pd.Series(txn, known.index).isin(bounded))]
    lines = parsed.frames.text.copy()
    _totals(es, known, lines)
    _check_digits(es, known, lines, offset)
    ours = known[known["code"].isin([CHECK_DIGIT, *GRAND, *CLASSES])]
    return {
        (int(original[row]), code): lines[row].tobytes().decode("latin-1")
        for row, code in zip(ours["row"], ours["code"], strict=True)
        if (lines[row] != parsed.frames.text[row]).any()
    }


def _check_digits(es: EntrySummaries, known: pd.DataFrame, lines: np.ndarray, offset: int) -> None:
    header = es.header
    digit = check_digit(header["filer_code"], header["entry_number"])
    field = layout.load("ae").field("10", "entry_number")
    rows = known.loc[known["code"] == CHECK_DIGIT, "row"]
    for at in np.flatnonzero(header["row_10"].isin(rows).to_numpy() & (digit >= 0).to_numpy()):
        lines[header["row_10"].iloc[at], field.end - 1] = ord("0") + (int(digit.iloc[at]) + offset) % 10


def _totals(es: EntrySummaries, known: pd.DataFrame, lines: np.ndarray) -> None:
    """Class totals first: the grand total of fees adds up what they then are."""
    fees = es.fee_total
    amount = fees["amount_cents"].copy()
    for code, of in CLASSES.items():
        sums = getattr(es, of).groupby(["txn", "class_code"])["amount_cents"].sum()
        for row, start in known.loc[known["code"] == code, ["row", "start"]].itertuples(index=False):
            field = next((f for f in layout.load("ae")["89"] if f.start == start), None)
            at = np.flatnonzero((fees["row"] == row) & (fees["slot"] == (start - 6) // 14 + 1))
            if field is None or not len(at):
                continue
            cents = sums.get((fees["txn"].iloc[at[0]], fees["class_code"].iloc[at[0]]), pd.NA)
            if pd.notna(cents) and cents >= 0:
                amount.iloc[at[0]] = cents
                _put(lines, row, field, int(cents))
    mended = replace(es, fee_total=fees.assign(amount_cents=amount))
    for code, (name, of, column) in GRAND.items():
        field = layout.load("ae").field("90", name)
        sums = total(mended, of, column)
        rows = known.loc[known["code"] == code, "row"]
        stated = es.header["row_90"].isin(rows).to_numpy() & sums.notna().to_numpy()
        for row, cents in zip(es.header["row_90"][stated], sums[stated], strict=True):
            _put(lines, int(row), field, int(cents))


def _put(lines: np.ndarray, row: int, field: layout.Field, cents: int) -> None:
    digits = str(cents).zfill(field.width)
    if len(digits) == field.width:
        lines[row, field.columns] = np.frombuffer(digits.encode(), np.uint8)
