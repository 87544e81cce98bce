"""The numbers by which an invoice may name an importer (N103 and N104), as they stand on accounts."""

from __future__ import annotations

import re

#: Element 66 where the number is one of CBP Form 5106: employer's number (24, and EI and FI, which senders use for it),
#: social security number.
EMPLOYER, PERSON = ("24", "EI", "FI"), ("34",)
#: Element 66 where somebody gave the number: the seller, the buyer, the sender, the receiver (that is us), or both
#: agreed on it. Ours is the account number.
GIVEN = ("91", "92", "93", "94", "ZZ", "")
#: Forms of an importer of record number (CBP Form 5106): NN-NNNNNNNXX, NNN-NN-NNNN, YYDDPP-NNNNN.
_EMPLOYER = re.compile(r"(\d{2})-?(\d{7})([A-Z0-9]{2})?", re.ASCII)
_PERSON = re.compile(r"(\d{3})-?(\d{2})-?(\d{4})", re.ASCII)
_ASSIGNED = re.compile(r"(\d{6})-?(\d{5})", re.ASCII)


def candidates(qualifier: str, identifier: str) -> list[str]:
    """What an account's importer number or account number would be, the likeliest first; empty for a number that no
    account has (a D-U-N-S number). An employer's number without suffix is that with suffix 00."""
    text = identifier.strip().upper()
    found: list[str] = []
    if qualifier in (*EMPLOYER, *GIVEN) and (it := _EMPLOYER.fullmatch(text)):
        found += [f"{it[1]}-{it[2]}{it[3]}"] if it[3] else [f"{it[1]}-{it[2]}00", f"{it[1]}-{it[2]}"]
    if qualifier in (*PERSON, *GIVEN) and (it := _PERSON.fullmatch(text)):
        found.append(f"{it[1]}-{it[2]}-{it[3]}")
    if qualifier in (*EMPLOYER, *GIVEN) and (it := _ASSIGNED.fullmatch(text)):
        found.append(f"{it[1]}-{it[2]}")
    return [*found, text] if text and qualifier in GIVEN else found
