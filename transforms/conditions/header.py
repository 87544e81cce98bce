"""The 10 record: what is filed, by whom, under which number and how (AE chapter, July 2026, ESF-29 to ESF-35)."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pandas as pd

from transforms.conditions.columns import INFORMAL, filled
from transforms.conditions.registry import condition
from transforms.entry_summary import mapping

#: Districts that may be mixed in one block: New York, JFK and Newark (condition B10).
ONE_DISTRICT = ("10", "46", "47")

#: Value of each letter in the check digit formula (AE Table 1, ESF-213).
_LETTERS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "12345678912345678923456789")


def check_digit(filer: pd.Series, number: pd.Series) -> pd.Series:
    """The check digit (AE Table 1) of ``filer`` (3 characters) and ``number`` (first 7 digits); -1 if not such."""
    base = (filer + number.str.slice(0, 7)).str.translate(_LETTERS)
    sound = base.str.fullmatch(r"\d{10}").fillna(False).to_numpy(bool)
    digits = np.array(base.where(sound, "0" * 10).to_numpy("U10")).view(np.uint32).reshape(-1, 10).astype(
        np.int64
    ) - ord("0")
    doubled = digits[:, 1::2] * 2
    total = digits[:, 0::2].sum(axis=1) + (doubled - 9 * (doubled > 9)).sum(axis=1)
    return pd.Series(np.where(sound, -total % 10, -1))


def _offset(filer: pd.Series, accounts: pd.DataFrame | None) -> pd.Series:
    """The check digit offset that CBP agreed with each filer (0 when none is known)."""
    if accounts is None or "check_digit_offset" not in accounts:
        return pd.Series(np.zeros(len(filer), np.int64))
    offsets = accounts.drop_duplicates("filer_code").set_index("filer_code")["check_digit_offset"]
    return pd.Series(filer.map(offsets).fillna(0).to_numpy(np.int64))


@condition(
    "B16",
    "F",
    on="header",
    at=("10", "entry_number"),
    scope="any",
    why="the last digit of an entry number is computed from the filer code and the seven digits before it (AE Table 1)",
    mend="check the number for a slip; a filer with an agreed offset must have it recorded in its account",
)
def check_digit_wrong(es, world):
    h = es.header
    expected = check_digit(h.filer_code, h.entry_number)
    found = pd.to_numeric(
        h.entry_number.str.slice(7, 8).where(h.entry_number.str.fullmatch(r"\d{8}"), ""), errors="coerce"
    )
    return (expected >= 0) & found.notna() & ((expected + _offset(h.filer_code, world.accounts)) % 10 != found)


@condition(
    "B15",
    "F",
    on="header",
    at=("10", "entry_number"),
    scope="any",
    why="an entry number has eight digits",
    mend="give seven digits and the check digit in columns 9 to 16",
)
def entry_number_not_digits(es, world):
    return filled(es.header.entry_number) & ~es.header.entry_number.str.fullmatch(r"\d{8}")


@condition(
    "B10",
    "F",
    on="header",
    at=("10", "district_port_of_entry"),
    scope="any",
    why="all entries of a block are handled in the district of its processing port (10, 46 and 47 count as one)",
    mend="send the entry in a block of its own district, or correct the port of entry",
)
def other_district(es, world):
    h = es.header
    entry, block = h.port_of_entry.str.slice(0, 2), h.block_port.str.slice(0, 2)
    return filled(entry) & filled(block) & entry.ne(block) & ~(entry.isin(ONE_DISTRICT) & block.isin(ONE_DISTRICT))


@condition(
    "B53",
    "F",
    on="header",
    at=("10", "entry_filer_code"),
    scope="any",
    why="a filer sends its own entries; only a correction (PSC) or a remote filing may carry another filer's number",
    mend="give the block's filer code in columns 4 to 6, or send the entry in a block of its filer",
)
def other_filer(es, world):
    h = es.header
    return filled(h.filer_code) & h.filer_code.ne(h.block_filer) & h.psc.ne("Y") & h.preparer_indicator.ne("1")


@condition(
    "B12",
    "F",
    on="header",
    at=("10", "entry_filer_code"),
    scope="any",
    why="in a remote filing the entry belongs to the filer that prepared it",
    mend="make columns 4 to 6 agree with the preparer's filer code in the B record",
)
def not_the_preparer(es, world):
    h = es.header
    return filled(h.filer_code) & h.preparer_indicator.eq("1") & h.psc.ne("Y") & h.filer_code.ne(h.preparer_filer)


#: What a delete carries: the five elements of usage note b.
DELETE = ("action", "filer_code", "entry_number", "port_of_entry", "entry_type")
#: A reference of the filer's own goes with any action (recorded live on a delete).
HARMLESS = ("broker_reference",)


@condition(
    "B24",
    "F",
    on="header",
    at=("10", "summary_filing_action_request_code"),
    scope="delete",
    why="a delete carries the action, filer, entry number, port and entry type and nothing else",
    mend="leave everything else on the 10 record blank and send no other record",
)
def more_than_a_delete(es, world):
    optional = [
        fact.column for fact in mapping()["header"] if fact.record == "10" and fact.column not in DELETE + HARMLESS
    ]
    more = np.logical_or.reduce([filled(es.header[column]) for column in optional])
    more |= np.logical_or.reduce([es.header[c] >= 0 for c in es.header if c.startswith("row_") and c != "row_10"])
    for below in fields(es):
        table = getattr(es, below.name)
        if isinstance(table, pd.DataFrame) and below.name != "header":
            more[table["txn"].to_numpy()] = True
    return more


@condition(
    "B39",
    "F",
    on="header",
    at=("10", "electronic_signature"),
    why="an add or replace is signed electronically",
    mend="put X in column 39",
)
def not_signed(es, world):
    return es.header.signature.eq("")


@condition(
    "B43",
    "F",
    on="header",
    at=("10", "post_summary_correction_indicator"),
    scope="delete",
    why="a summary under correction is under CBP control and cannot be deleted",
    mend="send the correction as a replace, or the delete without the indicator",
)
def correction_deletes(es, world):
    return es.header.psc.eq("Y")


@condition(
    "B75",
    "F",
    on="header",
    at=("10", "entry_type_code"),
    why="a consolidated express filing is an informal entry of type 11",
    mend="use entry type 11 or leave column 70 blank",
)
def express_not_informal(es, world):
    return es.header.consolidated_express.eq("Y") & es.header.entry_type.ne("11")


@condition(
    "784",
    "F",
    on="header",
    at=("10", "consolidated_summary_indicator"),
    why="a consolidated express filing stands for manifest releases, a consolidated summary for entries",
    mend="leave column 42 or column 70 blank",
)
def express_and_consolidated(es, world):
    return es.header.consolidated_express.eq("Y") & es.header.consolidated.eq("Y")


@condition(
    "785",
    "F",
    on="header",
    at=("10", "cargo_release_certification_request_indicator"),
    why="the goods of a consolidated express filing were released on the manifest",
    mend="leave column 40 blank",
)
def express_certified(es, world):
    return es.header.consolidated_express.eq("Y") & es.header.cargo_release_certification.eq("A")


@condition(
    "789",
    "F",
    on="header",
    at=("10", "shipment_usage_type_code"),
    why="a consolidated express filing is neither personal nor a commercial sample",
    mend="leave column 43 blank",
)
def express_usage(es, world):
    return es.header.consolidated_express.eq("Y") & es.header.shipment_usage.isin(("P", "X"))


@condition(
    "139",
    "F",
    on="header",
    at=("10", "bond_waiver_reason_code"),
    why="a formal entry without a bond says why none is needed",
    mend="give a reason of AE Table 4 in columns 62 to 64",
)
def waiver_without_reason(es, world):
    h = es.header
    return h.bond_waiver.eq("0") & ~h.entry_type.isin(INFORMAL) & h.bond_waiver_reason.eq("")


@condition(
    "130",
    "F",
    on="header",
    at=("10", "bond_waiver_reason_code"),
    why="a reason for waiving the bond goes with a waiver",
    mend="put 0 in column 38, or leave columns 62 to 64 blank",
)
def reason_without_waiver(es, world):
    return filled(es.header.bond_waiver_reason) & es.header.bond_waiver.eq("")


@condition(
    "156",
    "F",
    on="header",
    at=("10", "reconciliation_issue_code"),
    why="a quota entry (type 02) may leave value or 9802 open, not its classification",
    mend="use 001, 003 or 005",
)
def quota_issue(es, world):
    return es.header.entry_type.eq("02") & es.header.reconciliation_issue.isin(("002", "004", "006", "007"))


@condition(
    "312",
    "F",
    on="header",
    at=("10", "electronic_invoice_indicator"),
    why="an electronic invoice cannot be announced together with certification for cargo release",
    mend="leave column 41 or column 40 blank",
)
def invoice_and_certification(es, world):
    return es.header.electronic_invoice.eq("Y") & es.header.cargo_release_certification.eq("A")


@condition(
    "150",
    "F",
    on="header",
    at=("10", "cargo_release_certification_request_indicator"),
    why="a remotely filed summary is certified for cargo release (withdrawals and type 51 excepted, and corrections)",
    mend="put A in column 40",
)
def remote_not_certified(es, world):
    h = es.header
    exempt = h.entry_type.isin(("31", "32", "34", "38", "51")) | h.psc.eq("Y") | h.consolidated.eq("Y")
    return h.preparer_indicator.eq("1") & h.cargo_release_certification.eq("") & ~exempt


@condition(
    "315",
    "F",
    on="header",
    at=("10", "tib_declaration_indicator"),
    why="only a temporary importation under bond (type 23) makes this declaration",
    mend="leave column 69 blank",
)
def tib_on_other_type(es, world):
    return filled(es.header.tib_declaration) & es.header.entry_type.ne("23")


@condition(
    "316",
    "F",
    on="header",
    at=("10", "tib_declaration_indicator"),
    why="a temporary importation under bond declares that its goods will leave again",
    mend="put Y in column 69",
)
def tib_not_declared(es, world):
    return es.header.entry_type.eq("23") & es.header.tib_declaration.ne("Y")


@condition(
    "318",
    "F",
    on="header",
    at=("10", "pga_data_included_indicator"),
    why="agency data goes with the release when the summary certifies for it",
    mend="leave column 68 blank when column 40 is A",
)
def pga_and_certification(es, world):
    return es.header.pga_included.isin(("Y", "F")) & es.header.cargo_release_certification.eq("A")


@condition(
    "319",
    "F",
    on="header",
    at=("10", "pga_data_included_indicator"),
    why="F stands for a weekly zone release, which is type 06",
    mend="use F on type 06 only",
)
def weekly_zone_type(es, world):
    return es.header.pga_included.eq("F") & es.header.entry_type.ne("06")
