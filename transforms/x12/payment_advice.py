"""The periodic monthly statement as an 820 (payment order/remittance advice), for payers whose systems pay from it.

It tells what is to be paid, or was (BPR01 ``I``: remittance information; it moves no money, the debit of 19 CFR 24.26
does, or the payer's own credit): BPR amount, direction and day; TRN and REF 6D the statement number; N1 payer and
payee; an ENT for each daily statement on it, with an RMR for each entry summary (REF 6D names its daily statement, REF
3Z the broker's reference). The amounts of the RMRs add up to BPR02. Codes: X12 elements 128, 305, 478, 591, 374, 66,
98.
"""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

import pandas as pd

SET, GROUP = "820", "RA"
#: The release where none is agreed, and the longest reference it holds.
RELEASE = "004010"
#: USCS statement number, USCS entry number, customs broker's reference, filer code issued by customs (element 128).
STATEMENT, ENTRY, BROKER_REFERENCE, FILER = "6D", "6B", "3Z", "FC"
#: Transaction creation, effective (element 374).
CREATED, EFFECTIVE = "097", "007"
_REFERENCE, _NAME = 30, 60

Segments = list[list[str]]


class Party(NamedTuple):
    """Who pays or is paid: a name, and a number with its qualifier (element 66; blank: none)."""

    name: str
    qualifier: str = ""
    identifier: str = ""


def party(name: str, number: str) -> Party:
    """An importer by its number (CBP Form 5106: NN-NNNNNNNXX an employer's, NNN-NN-NNNN a person's), or anybody by a
    number that both sides know."""
    employer, person = (
        re.fullmatch(r"[0-9]{2}-[0-9]{7}[A-Z0-9]{0,2}", number),
        re.fullmatch(r"[0-9]{3}-[0-9]{2}-[0-9]{4}", number),
    )
    return Party(name, "24" if employer else "34" if person else "ZZ", number)


def advice(
    statement: pd.Series, entries: pd.DataFrame, *, payer: Party, payee: Party, method: str, effective: date, made: date
) -> Segments:
    """The segments between ST and SE for one monthly statement.

    ``statement`` is its row; ``entries``, those on its daily statements now: ``statement_number`` (the daily one)
    ``filer_code entry_number broker_reference due_cents``. ``method`` is ``debit`` (we draw on the payer's account) or
    ``credit`` (the payer sends); ``effective`` is the day the money moves or moved.

    Raises ValueError where a preliminary statement does not add up: its total is another than that of its entries.
    """
    total = int(entries["due_cents"].sum())
    if statement["status"] == "P" and total != int(statement["total_cents"]):
        found = f"statement {statement['statement_number']}: {statement['total_cents']} cents"
        raise ValueError(f"{found}, expected {total} by its entries")
    number = str(statement["statement_number"])
    how = "NON" if total == 0 else "ACH"
    bpr = ["BPR", "I", dollars(total), "C" if method == "credit" else "D", how, *[""] * 11, f"{effective:%Y%m%d}"]
    head = [
        bpr,
        ["TRN", "1", number],
        ["REF", STATEMENT, number],
        *([["REF", FILER, str(statement["filer_code"])]] if statement["filer_code"] else []),
        ["DTM", CREATED, f"{made:%Y%m%d}"],
        ["DTM", EFFECTIVE, f"{effective:%Y%m%d}"],
        _n1("PR", payer),
        _n1("PE", payee),
    ]
    ordered = entries.sort_values(["statement_number", "filer_code", "entry_number"], ignore_index=True)
    first = ~ordered.duplicated("statement_number")
    body: Segments = []
    place = first.cumsum()
    entry = ordered["filer_code"] + ordered["entry_number"]
    columns = (ordered["statement_number"], entry, ordered["broker_reference"], ordered["due_cents"], first, place)
    for daily, which, reference, cents, opens, of in zip(*columns, strict=True):  # segments have no columns
        if opens:
            body.append(["ENT", str(of)])
        amount = dollars(int(cents))
        body.append(["RMR", ENTRY, which, "", amount, amount])
        body.append(["REF", STATEMENT, daily])
        if reference:
            body.append(["REF", BROKER_REFERENCE, reference[:_REFERENCE]])
    return head + body


def dollars(cents: int) -> str:
    """Cents as a decimal of type R: 123450 is ``1234.50``, nothing is ``0``."""
    if not cents:
        return "0"
    sign, size = ("-" if cents < 0 else ""), abs(cents)
    return f"{sign}{size // 100}.{size % 100:02d}"


def _n1(role: str, who: Party) -> list[str]:
    name = " ".join(who.name.split())[:_NAME] or who.identifier
    numbered = [who.qualifier, who.identifier] if len(who.identifier) > 1 else []
    return ["N1", role, name, *numbered]
