"""Hand-made files for the parsers: one sound batch, and the texts of the conditions an envelope can carry."""

from __future__ import annotations

A = "A2704ZZ9PASSWD100626     AE                                BATCH-0001"
B = "B  2704ZZ9AE                                               BLOCK-0001"
Y = "Y  2704ZZ9AE"
Z = "Z2704ZZ9      100626"
SUMMARY = (
    "10AZZ9  00001233 2704REF-00001   0111 X           2102026",
    "1112-3456789  12-3456789                 100826100626       CA",
    "20ABCD2704100626    SAMPLE VESSEL",
    "2200000100CTNS",
    "23MABCD123456789012",
    "318B 123",
    "40  001 DEDE091826        0000000500428700000001200    N",
    "44AUTO PARTS SAMPLE",
    "47MDESAMCOM12BRE",
    "47S12-3456789",
    "508708998180 0000025000 0000010000 000000120000KG",
    "6249900003464",
    "6250100001250",
    "894990000000346450100000001250",
    "9000000025000 00000004714 00000000000 00000000000 00000000000 00000000000",
)
NARRATIVES = {
    "X01": "BATCH CONTROL MISSING - A-RECORD",
    "X12": "NOT A KNOWN ACE APPLICATION ID CODE",
    "X19": "BLOCK APP ID / BATCH APP ID CONFLICT",
    "X31": "PREPARER NOT AUTHRZD FOR PORT",
    "X32": "Y-REC DOES NOT MATCH B-REC",
    "X39": "DATA FOUND IN FILLER",
    "X40": "NON-STANDARD DATA FOUND",
    "A02": "UNKNOWN RECORD ID FOUND IN GROUPING",
    "A00": "ENTRY SUMMARY HEADER MISSING",
    "A04": "OUT OF SEQUENCE RECORD FOUND IN GROUPING",
    "999": "BATCH REJECTED",
}


def lines(*records: str) -> bytes:
    """The records as lines of 80 columns."""
    return "".join(f"{record:<80}\n" for record in records).encode("latin-1")


def batch(*records: str, a: str = A, b: str = B, y: str = Y, z: str = Z) -> bytes:
    """A batch of one block around ``records`` (by default one sound summary); an envelope record given as "" is left
    out."""
    return lines(*(r for r in (a, b, *(records or SUMMARY), y, z) if r))
