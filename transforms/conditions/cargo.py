"""Carriers, bills and in-bond movements (AE chapter, July 2026, usage notes g and h, ESF-140 to ESF-155)."""

from __future__ import annotations

import pandas as pd

from transforms.conditions.columns import filled, has
from transforms.conditions.registry import condition

VESSEL, AIR = ("10", "11"), ("40", "41")
#: Air carriers that have no IATA code: unknown foreign, US and Canadian carriers, and aircraft flown in.
UNKNOWN_AIR = ("*F", "*U", "*C", "**")
#: What a carrier code looks like by mode; other modes may carry a SCAC.
IATA, SCAC = r"[A-Z0-9]{2}", r"[A-Z]{2,4}"


@condition(
    "178",
    "F",
    on="header",
    at=("20", "carrier_code"),
    why="an air carrier is known by two IATA characters (or *F, *U, *C, **), any other by its SCAC of letters",
    mend="give the code without blanks inside; ZZZZ stands for an unknown carrier that is not an airline",
)
def carrier_malformed(es, world):
    h = es.header
    air = h.mode_of_transport.isin(AIR)
    sound = h.carrier_code.str.fullmatch(SCAC).mask(
        air, h.carrier_code.str.fullmatch(IATA) | h.carrier_code.isin(UNKNOWN_AIR)
    )
    return filled(h.carrier_code) & ~sound


@condition(
    "185",
    "F",
    on="bill_group",
    at=("22", "manifested_quantity"),
    why="a manifest quantity belongs to some bill or in-bond movement",
    mend="add the 23 records of this 22 record",
)
def bills_missing(es, world):
    return ~has(es, "bill", by="bill_group")


@condition(
    "258",
    "F",
    on="bill_group",
    at=("22", "manifested_quantity"),
    why="something was manifested",
    mend="give the number of packages, greater than zero",
)
def manifest_quantity_zero(es, world):
    return es.bill_group.quantity.eq(0)


@condition(
    "186",
    "F",
    on="bill",
    at=("23", "manifest_component_type_code"),
    why="a bill is in-bond (I), master (M), house (H) or sub-house (S)",
    mend="put I, M, H or S in column 3",
)
def component_unknown(es, world):
    return filled(es.bill.component) & ~es.bill.component.isin(("I", "M", "H", "S"))


@condition(
    "187",
    "F",
    on="bill",
    at=("23", "manifest_component_type_code"),
    why="the bills of one 22 record stand in the order I, M, H, S, each at most once",
    mend="sort them, and start another 22 record for another bill",
)
def components_out_of_order(es, world):
    rank = es.bill.component.map({"I": 1, "M": 2, "H": 3, "S": 4})
    before = rank.groupby(es.bill.bill).shift()
    return rank.notna() & (rank <= before)


@condition(
    "322",
    "F",
    on="bill",
    at=("23", "manifest_component_identifier"),
    why="a bill number consists of letters and digits",
    mend="leave hyphens and other signs out",
)
def special_characters(es, world):
    return filled(es.bill.identifier) & ~es.bill.identifier.str.fullmatch(r"[A-Z0-9 ]+")


def _in_bond(es) -> pd.Series:
    return has(es, "bill", es.bill.component.eq("I"))


@condition(
    "261",
    "F",
    on="header",
    at=("20", "in_bond_in_transit_date"),
    why="an in-bond movement has its date",
    mend="give the date as MMDDYY in columns 52 to 57",
)
def in_bond_date_missing(es, world):
    return _in_bond(es) & es.header.in_transit_date.isna()


@condition(
    "262",
    "F",
    on="header",
    at=("20", "in_bond_in_transit_date"),
    why="an in-bond date belongs to an in-bond number",
    mend="add the 23 record of type I, or leave columns 52 to 57 blank",
)
def in_bond_number_missing(es, world):
    return es.header.in_transit_date.notna() & ~_in_bond(es)


@condition(
    "188",
    "F",
    on="header",
    at=("20", "district_port_of_unlading"),
    why="goods that moved in bond were unladen elsewhere than where they are entered",
    mend="correct the port of unlading or the port of entry",
)
def in_bond_at_one_port(es, world):
    h = es.header
    return _in_bond(es) & filled(h.port_of_unlading) & h.port_of_unlading.eq(h.port_of_entry)


@condition(
    "166",
    "F",
    on="header",
    at=("20", "district_port_of_unlading"),
    why="the port of unlading is a port of Schedule D",
    mend="give the district and port code of the port where the goods were unladen",
    needs=("ports",),
)
def unlading_port_unknown(es, world):
    port = es.header.port_of_unlading
    return filled(port) & ~port.isin(world.ref["ports"]["port_code"])


@condition(
    "B04",
    "F",
    on="header",
    at=("10", "district_port_of_entry"),
    scope="any",
    why="the port of entry is a port of Schedule D",
    mend="give the district and port code of the port of entry",
    needs=("ports",),
)
def entry_port_unknown(es, world):
    port = es.header.port_of_entry
    return filled(port) & ~port.isin(world.ref["ports"]["port_code"])


@condition(
    "194",
    "F",
    on="header",
    at=("20", "designated_exam_port_code"),
    why="the port of examination is a port of Schedule D",
    mend="give the district and port code of the port nearest the goods' destination",
    needs=("ports",),
)
def exam_port_unknown(es, world):
    port = es.header.exam_port
    return filled(port) & ~port.isin(world.ref["ports"]["port_code"])


@condition(
    "196",
    "F",
    on="header",
    at=("20", "designated_exam_port_code"),
    why="a port of examination is named on remote filings",
    mend="leave columns 48 to 51 blank, or file remotely",
)
def exam_port_not_remote(es, world):
    return filled(es.header.exam_port) & es.header.preparer_indicator.ne("1")


@condition(
    "307",
    "F",
    on="header",
    at=("30", "associated_warehouse_entry_number"),
    why="a withdrawal draws on another entry",
    mend="give the number of the warehouse entry",
)
def withdrawal_from_itself(es, world):
    h = es.header
    return (
        (h.row_30 >= 0)
        & filled(h.withdrawal_entry)
        & h.withdrawal_entry.eq(h.entry_number)
        & h.withdrawal_filer.eq(h.filer_code)
    )
