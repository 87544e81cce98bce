"""Merchandise processing fee, harbour maintenance fee and the others (AE chapter, July 2026, usage notes m to r and w).

Rates, minimum and maximum come from the loaded ``fees`` table on the date each note prescribes. Amounts are integer
cents, rounded half up as usage note hh shows; rates are parts per million.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from transforms.conditions.codes import codes
from transforms.conditions.columns import INFORMAL, Same, count, filled, has, per_shard, spread, today, total
from transforms.conditions.line import cites, value
from transforms.conditions.registry import condition
from transforms.conditions.tariff import reference

MPF, HMF, INFORMAL_FEE, MAIL_FEE, SURCHARGE = "499", "501", "311", "496", "500"
AGRICULTURAL = tuple(c for c in codes("line_fee") if c not in (MPF, HMF))
NO_HMF_TYPES = (*INFORMAL, "06", "22", "31", "32", "34", "38")
DE_MINIMIS_CENTS = 300  # usage note o: no harbour fee up to this sum when nothing else is due


def fee_date(es, world) -> pd.Series:
    """The date that chooses a fee, per header: entry, print, arrival still ahead, else today (notes n, p, q, r)."""
    h, received = es.header, today(world)
    return (
        h.entry_date.fillna(h.statement_date).fillna(h.arrival_date.where(h.arrival_date > received)).fillna(received)
    )


def harbour_date(es, world) -> pd.Series:
    """The date that chooses the harbour fee, per header: importation, in-bond, arrival, else today (usage note o)."""
    h = es.header
    return h.import_date.fillna(h.in_transit_date).fillna(h.arrival_date).fillna(today(world))


def schedule(world, fee: str, dates: pd.Series) -> pd.DataFrame:
    """``rate`` (per million), ``fixed_cents``, ``min_cents``, ``max_cents`` of a fee class on each date, else NA."""
    table = world.ref["fees"]
    table = table[table.class_code.eq(fee)].sort_values("valid_from")
    place = (
        np.searchsorted(table.valid_from.to_numpy("datetime64[s]"), dates.to_numpy("datetime64[s]"), side="right") - 1
    )
    columns = table[["rate", "fixed_cents", "min_cents", "max_cents", "valid_to"]].reset_index(drop=True)
    on_date = columns.reindex(place).reset_index(drop=True)
    ended = on_date.valid_to.notna() & (on_date.valid_to < dates.reset_index(drop=True))
    amounts = on_date.drop(columns="valid_to").astype("Int64")
    return amounts.mask(ended)


def share(cents: pd.Series, rate_ppm: pd.Series) -> pd.Series:
    """``cents`` times a rate in parts per million, rounded half up."""
    return (cents.astype("Int64") * rate_ppm + 500_000) // 1_000_000


@per_shard
def paid(es, fee: str) -> pd.Series:
    """Amount of one fee class on each line, from its 62 records; NA where the line has none."""
    own = es.fee.class_code.eq(fee)
    amount = total(es, "fee", "amount_cents", own, by="line").astype("Int64")
    return amount.where(has(es, "fee", own, by="line"))


def _on_fee(es, mask: pd.Series) -> pd.Series:
    return spread(es, "fee", mask, "line")


def _mpf_due(es) -> pd.Series:
    """Lines that certainly owe the formal fee: nothing that might exempt them (usage note m) is claimed or implied."""
    line = es.line
    return (
        es.of_header("line", "entry_type").isin(("01", "02", "03", "07"))
        & line.set_indicator.ne("V")
        & line.spi.eq("")
        & filled(line.origin)
        & ~line.origin.isin(("**", *codes("mpf_exempt_origin")))
        & ~cites(es, "98")
        & (value(es) > 0)
    )


@condition(
    "629",
    "F",
    on="fee",
    at=("62", "accounting_class_code"),
    why="the processing fee of a set stands on its header (X), not on a component",
    mend="leave the 499 out of V lines",
)
def mpf_on_component(es, world):
    return es.fee.class_code.eq(MPF) & es.of_line("fee", "set_indicator").eq("V")


@condition(
    "630",
    "F",
    on="fee",
    at=("62", "accounting_class_code"),
    why="an informal entry owes no formal processing fee",
    mend="report the informal entry fee (311) on the 34 record instead",
)
def mpf_on_informal(es, world):
    return es.fee.class_code.eq(MPF) & es.of_header("fee", "entry_type").isin(INFORMAL)


@condition(
    "632",
    "F",
    on="fee",
    at=("62", "accounting_class_code"),
    why="temporary importations, domestic zone goods and programmes marked # are exempt from the processing fee",
    mend="leave the 499 out",
)
def mpf_on_exempt(es, world):
    exempt = (
        es.of_header("line", "entry_type").eq("23")
        | es.line.ftz_status.eq("D")
        | es.line.spi.isin(("B#", "C#", "K#", "L#"))
    )
    return es.fee.class_code.eq(MPF) & _on_fee(es, exempt)


@condition(
    "633",
    "F",
    on="line",
    at=("40", "line_item_identifier"),
    why="a line of a consumption entry owes the processing fee (not judged where a programme, chapter 98 "
    "provision or exempt origin is in sight)",
    mend="add a 62 record with class 499 and 0.3464 percent of the value",
)
def mpf_missing(es, world):
    return _mpf_due(es) & paid(es, MPF).isna()


@condition(
    "634",
    "F",
    on="line",
    at=("62", "user_fee_amount"),
    why="the processing fee of a line is its value times the rate of its date (usage note n)",
    mend="multiply the sum of the values of its 50 records by the rate and round half up",
    needs=("fees",),
)
def mpf_differs(es, world):
    rate = spread(es, "line", schedule(world, MPF, fee_date(es, world)).rate)
    slack = (
        count(es, "tariff", es.tariff.value_cents.gt(0), by="line").sub(1).clip(lower=0)
    )  # computed per 50 record and added up
    judged = ~cites(es, "98") & es.line.ftz_status.ne("D")
    return judged & ((paid(es, MPF) - share(value(es), rate)).abs() > slack)


@condition(
    "478",
    "F",
    on="fee",
    at=("62", "accounting_class_code"),
    why="the agricultural fees of a set stand on its components, not on its header",
    mend="report the fee on the V line it belongs to",
)
def agricultural_on_set_header(es, world):
    return es.fee.class_code.isin(AGRICULTURAL) & es.of_line("fee", "set_indicator").eq("X")


@condition(
    "480",
    "F",
    on="fee",
    at=("62", "accounting_class_code"),
    why="the harbour fee of a set stands on its header (X), not on a component",
    mend="leave the 501 out of V lines",
)
def hmf_on_component(es, world):
    return es.fee.class_code.eq(HMF) & es.of_line("fee", "set_indicator").eq("V")


@condition(
    "481",
    "F",
    on="fee",
    at=("62", "accounting_class_code"),
    why="informal, zone, re-warehouse and withdrawal entries owe no harbour fee",
    mend="leave the 501 out",
)
def hmf_for_type(es, world):
    return es.fee.class_code.eq(HMF) & es.of_header("fee", "entry_type").isin(NO_HMF_TYPES)


@condition(
    "482",
    "F",
    on="fee",
    at=("62", "accounting_class_code"),
    why="only goods arriving by water owe the harbour fee",
    mend="leave the 501 out, or correct the mode of transport",
)
def hmf_for_mode(es, world):
    return es.fee.class_code.eq(HMF) & ~es.of_header("fee", "mode_of_transport").isin(("10", "11", "12"))


def harbour_fee(es, world) -> pd.Series:
    """See :func:`_harbour_fee`."""
    return _harbour_fee(es, Same(world))


@per_shard
def _harbour_fee(es, same: Same) -> pd.Series:
    """The harbour fee of each line: the sum of its values times the rate, no tolerance (usage note o)."""
    return share(value(es), spread(es, "line", schedule(same.of, HMF, harbour_date(es, same.of)).rate))


def _nothing_else_due(es) -> pd.Series:
    other = [
        total(es, "tariff", "duty_cents"),
        total(es, "fee", "amount_cents", es.fee.class_code.ne(HMF)),
        *(total(es, name, "amount_cents") for name in ("header_fee", "tax", "other_revenue")),
        total(es, "adcvd", "duty_cents"),
    ]
    return np.logical_and.reduce([sums.eq(0).fillna(False) for sums in other])


@condition(
    "601",
    "F",
    on="line",
    at=("62", "user_fee_amount"),
    why="the harbour fee of a line is the sum of its values times the rate, to the cent (usage note o)",
    mend="add the values of its 50 records, multiply by 0.00125 and round half up",
    needs=("fees",),
)
def hmf_differs(es, world):
    return paid(es, HMF) != harbour_fee(es, world)


@condition(
    "602",
    "F",
    on="header",
    at=("10", "mode_of_transportation_mot_code"),
    why="a harbour fee of three dollars or less is not collected when nothing else is due",
    mend="leave the 501 records out",
    needs=("fees",),
)
def hmf_de_minimis(es, world):
    reported = has(es, "fee", es.fee.class_code.eq(HMF))
    own = es.line.set_indicator.ne("V").to_numpy()
    sums = np.zeros(len(es.header), np.int64)
    np.add.at(sums, es.line.txn.to_numpy()[own], harbour_fee(es, world).to_numpy(np.int64, na_value=0)[own])
    return reported & (sums <= DE_MINIMIS_CENTS) & _nothing_else_due(es)


@condition(
    "600",
    "F",
    on="line",
    at=("40", "line_item_identifier"),
    why="goods arriving by border water (mode 12) owe the harbour fee on every line",
    mend="add a 62 record with class 501",
    needs=("fees",),
)
def hmf_missing(es, world):
    owed = es.of_header("line", "mode_of_transport").eq("12") & ~es.of_header("line", "entry_type").isin(NO_HMF_TYPES)
    small = spread(es, "line", total(es, "tariff", "value_cents").le(DE_MINIMIS_CENTS * 800) & _nothing_else_due(es))
    return owed & es.line.set_indicator.ne("V") & (harbour_fee(es, world) > 0) & paid(es, HMF).isna() & ~small


@condition(
    "679",
    "F",
    on="fee",
    at=("62", "accounting_class_code"),
    why="a temporary importation owes no agricultural fee",
    mend="leave the fee out",
)
def agricultural_on_temporary(es, world):
    return es.fee.class_code.isin(AGRICULTURAL) & es.of_header("fee", "entry_type").eq("23")


@condition(
    "652",
    "F",
    on="fee",
    at=("62", "accounting_class_code"),
    why="no beef fee is due in Puerto Rico (district 49) and the Virgin Islands (51)",
    mend="leave the 053 out",
)
def beef_in_exempt_port(es, world):
    return es.fee.class_code.eq("053") & es.of_header("fee", "port_of_entry").str.slice(0, 2).isin(("49", "51"))


@condition(
    "653",
    "F",
    on="fee",
    at=("62", "accounting_class_code"),
    why="a line either pays an agricultural fee or claims to be exempt from it",
    mend="leave the fee or the exemption out",
)
def paid_though_exempt(es, world):
    exemption, licence = es.of_line("fee", "fee_exemption"), es.license
    organic = _on_fee(es, has(es, "license", licence.license_type.eq("22"), by="line")) | exemption.eq("2")
    cotton = es.fee.class_code.eq("056")
    return (cotton & exemption.eq("1")) | (es.fee.class_code.isin(AGRICULTURAL) & ~cotton & organic)


def _fee_required(fee: str) -> None:
    @condition(
        "657",
        "F",
        on="line",
        at=("40", "line_item_identifier"),
        why=f"a tariff number of the line is subject to the agricultural fee {fee} (judged on consumption entries)",
        mend=f"add a 62 record with class {fee}, or claim the exemption (40 record column 58, or a 52 record)",
        needs=("tariff",),
    )
    def missing(es, world):
        line, classes = es.line, reference(es, world).fee_classes.fillna("")
        citing = [text for text in classes.unique() if fee in text.split()]
        if not citing:
            return False
        due = has(es, "tariff", classes.isin(citing), by="line")
        exempt = (
            line.set_indicator.eq("X")
            | filled(line.fee_exemption)
            | has(es, "license", es.license.license_type.isin(("22", "23", "24")), by="line")
            | (cites(es, "98") & ~cites(es, "9820"))  # recorded live: heading 9820 does not lift the cotton fee
            | es.of_header("line", "port_of_entry").str.slice(0, 2).isin(("49", "51"))
        )
        judged = es.of_header("line", "entry_type").isin(("01", "02", "03", "07"))
        return due & judged & ~exempt & ~has(es, "fee", es.fee.class_code.eq(fee), by="line")


for _fee in AGRICULTURAL:
    _fee_required(_fee)
