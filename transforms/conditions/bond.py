"""Bonds and sureties, waived or given (AE chapter, July 2026, usage note i, ESF-156 to ESF-158)."""

from __future__ import annotations

import pandas as pd

from transforms.conditions.codes import codes
from transforms.conditions.columns import AD_CVD, INFORMAL, count, filled, has
from transforms.conditions.registry import condition

CONTINUOUS, SINGLE = "8", "9"
BASIC = ("B", "U", "E")  # basic, substituting or superseding


def _continuous(es) -> pd.Series:
    return has(es, "bond", es.bond.bond_type.eq(CONTINUOUS))


@condition(
    "119",
    "F",
    on="header",
    at=("10", "bond_waiver_indicator"),
    why="a formal entry is secured by a bond or says that none is required",
    mend="add a 31 record, or put 0 in column 38 with the reason in columns 62 to 64",
)
def bond_missing(es, world):
    h = es.header
    return ~h.entry_type.isin((*INFORMAL, "")) & h.bond_waiver.ne("0") & ~has(es, "bond")


@condition(
    "120",
    "F",
    on="bond",
    at=("31", "bond_type_code"),
    why="a filing either waives its bond or reports it",
    mend="leave the 31 record out, or column 38 of the 10 record blank",
)
def bond_though_waived(es, world):
    return es.of_header("bond", "bond_waiver").eq("0")


@condition(
    "141",
    "F",
    on="header",
    at=("10", "bond_waiver_indicator"),
    why="a zone, warehouse or temporary entry with an AD/CVD case needs its bond",
    mend="leave column 38 blank and report the bond on a 31 record",
)
def waived_with_case(es, world):
    h = es.header
    return h.bond_waiver.eq("0") & h.entry_type.isin(("06", "21", "22", "23")) & has(es, "adcvd")


@condition(
    "761",
    "F",
    on="header",
    at=("10", "bond_waiver_indicator"),
    why="the bond of a temporary importation is waived for Canadian goods only",
    mend="report the bond on a 31 record",
)
def waived_for_others_than_canadian(es, world):
    h = es.header
    foreign = filled(es.line.origin) & ~es.line.origin.isin(("CA", *codes("canadian_province")))
    return h.bond_waiver.eq("0") & h.entry_type.eq("23") & has(es, "line", foreign)


@condition(
    "193",
    "F",
    on="bond",
    at=("31", "bond_type_code"),
    why="a summary stands under one continuous bond",
    mend="report the second bond as a single transaction bond (type 9)",
)
def second_continuous(es, world):
    continuous = es.bond.bond_type.eq(CONTINUOUS)
    return continuous & es.bond.duplicated(["txn", "bond_type"])


@condition(
    "214",
    "F",
    on="bond",
    at=("31", "single_transaction_bond_amount"),
    why="a continuous bond has its amount on file",
    mend="leave columns 9 to 18 blank",
)
def amount_of_continuous(es, world):
    return es.bond.bond_type.eq(CONTINUOUS) & es.bond.amount_cents.gt(0)


@condition(
    "126",
    "F",
    on="bond",
    at=("31", "single_transaction_bond_producer_account_number"),
    why="a producer account belongs to a single transaction bond",
    mend="leave columns 19 to 28 blank",
)
def account_of_continuous(es, world):
    return es.bond.bond_type.eq(CONTINUOUS) & filled(es.bond.producer_account)


@condition(
    "223",
    "F",
    on="bond",
    at=("31", "continuous_bond_indicator"),
    why="only a continuous bond supersedes or substitutes by this indicator",
    mend="leave column 5 blank",
)
def indicator_on_single(es, world):
    return es.bond.bond_type.eq(SINGLE) & filled(es.bond.continuous_indicator)


@condition(
    "240",
    "F",
    on="bond",
    at=("31", "single_transaction_bond_amount"),
    why="a single transaction bond covers some amount",
    mend="give the amount in whole dollars in columns 9 to 18",
)
def amount_zero(es, world):
    return es.bond.bond_type.eq(SINGLE) & es.bond.amount_cents.eq(0)


@condition(
    "265",
    "F",
    on="bond",
    at=("31", "single_transaction_bond_amount"),
    why="a single transaction bond names its amount",
    mend="give the amount in whole dollars in columns 9 to 18",
)
def amount_missing(es, world):
    return es.bond.bond_type.eq(SINGLE) & es.bond.amount_cents.isna()


@condition(
    "267",
    "F",
    on="bond",
    at=("31", "bond_designation_type_code"),
    why="a continuous bond is the basic bond",
    mend="put B in column 4",
)
def continuous_not_basic(es, world):
    return es.bond.bond_type.eq(CONTINUOUS) & es.bond.designation.isin(("A", "U", "E"))


@condition(
    "268",
    "F",
    on="bond",
    at=("31", "bond_designation_type_code"),
    why="of two bonds one is additional",
    mend="put A in column 4 of the bond that covers the rest",
)
def neither_additional(es, world):
    additional = has(es, "bond", es.bond.designation.eq("A"))
    two = count(es, "bond") > 1
    return pd.Series((two & ~additional).to_numpy()[es.bond.txn]) & es.bond.duplicated("txn")


@condition(
    "269",
    "F",
    on="header",
    at=("10", "entry_type_code"),
    why="one bond secures the entry and its summary",
    mend="report the basic bond with B in column 4 (or U or E when it replaces the one given at entry)",
)
def basic_missing(es, world):
    return has(es, "bond") & ~has(es, "bond", es.bond.designation.isin(BASIC))


@condition(
    "154",
    "F",
    on="header",
    at=("10", "reconciliation_issue_code"),
    why="an entry flagged for reconciliation stands under a continuous bond",
    mend="report the continuous bond (type 8)",
)
def reconciliation_without_continuous(es, world):
    h = es.header
    return (filled(h.reconciliation_issue) | h.nafta_reconciliation.eq("Y")) & ~_continuous(es)


@condition(
    "224",
    "F",
    on="header",
    at=("10", "electronic_invoice_indicator"),
    why="an electronic invoice summary stands under a continuous bond",
    mend="report the continuous bond (type 8)",
)
def invoice_without_continuous(es, world):
    return es.header.electronic_invoice.eq("Y") & ~_continuous(es)


@condition(
    "222",
    "F",
    on="header",
    at=("10", "payment_type_code"),
    why="an electronic invoice summary is paid on a statement",
    mend="choose a statement payment type",
)
def invoice_without_statement(es, world):
    return es.header.electronic_invoice.eq("Y") & es.header.payment_type.eq("1")


@condition(
    "710",
    "F",
    on="adcvd",
    at=("53", "case_deposit_rate"),
    why="a case bonded at 5 percent or more (or at a specific rate) needs a single transaction bond too",
    mend="add a 31 record of type 9 designated A, or deposit in cash",
)
def case_needs_single_bond(es, world):
    case = es.adcvd
    continuous_only = pd.Series((_continuous(es) & ~has(es, "bond", es.bond.bond_type.eq(SINGLE))).to_numpy()[case.txn])
    high = case.rate_type.eq("S") & case.rate.gt(0) | case.rate_type.eq("A") & case.rate.ge(500)
    return continuous_only & case.claim.eq("B") & high & es.of_header("adcvd", "entry_type").isin(AD_CVD)


@condition(
    "138",
    "F",
    on="bond",
    at=("31", "surety_company_code"),
    why="the surety is a company that CBP knows",
    mend="use the three-digit code of the surety that wrote the bond",
    needs=("sureties",),
)
def surety_unknown(es, world):
    return filled(es.bond.surety) & ~es.bond.surety.isin(world.ref["sureties"]["surety_code"])
