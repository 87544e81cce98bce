"""The records above the lines: 10 to 34, from drawn summaries and their bills."""

from __future__ import annotations

from typing import Any

import numpy as np

from bench.records import Part, digits, entry_numbers, record
from bench.tables import Columns, Draw, Integers, words

_OCEAN = words("MAEU MSCU CMDU COSU HLCU ONEY EGLV OOLU YMLU ZIMU")
_AIR = words("FX 5X CX KE LH UA BR CI NH AA")
_ROAD = words("SWFT JBHN WENP SNCY UPGF FXFE EXLA ODFL")
_SHIPS = np.array(
    [f"{a} {b}" for a in ("NORTH", "CORAL", "SILVER", "POLAR") for b in ("STAR", "WIND", "BRIDGE", "DAWN")]
)
_PACKAGES = words("CTNS PKG PCS PLT DRM")


def header(s: Columns, past: Integers) -> list[Part]:
    every = np.arange(len(s["filer"]))
    entry_type, importer = s["entry_type"], s["importer"]
    formal = entry_type != "11"
    ten = record(
        "10",
        every,
        0,
        summary_filing_action_request_code="A",
        entry_filer_code=s["filer"],
        entry_number=s["entry_number"],
        district_port_of_entry=s["port"],
        broker_reference_number=np.char.add("S", s["entry_number"]),
        entry_type_code=entry_type,
        mode_of_transportation_mot_code=s["mode"],
        electronic_signature="X",
        consolidated_summary_indicator=np.where(s["consolidated"], "Y", ""),
        payment_type_code=s["payment_type"],
        preliminary_statement_print_date=s["print_date"],
        periodic_statement_month=s["statement_month"],
        tib_declaration_indicator=np.where(entry_type == "23", "Y", ""),
    )
    eleven = record(
        "11",
        every,
        1,
        importer_of_record_number=s["number"],
        consignee_number=s["number"],
        estimated_entry_date=s["entry_date"],
        date_of_importation=s["import_date"],
        us_state_of_destination_code=s["state"],
        foreign_trade_zone_identifier=np.where(
            entry_type == "06", np.char.add("040A00", digits(importer % 900 + 100, 3)), ""
        ),
    )
    vessel, air = s["kind"] == "vessel", s["kind"] == "air"
    carried = s["mode"] != ""
    carrier = np.select([vessel, air], [_OCEAN[importer % 10], _AIR[importer % 10]], _ROAD[importer % 8])
    unlading = np.where(s["in_bond"], np.where(s["port"] == "2704", "2709", "2704"), s["port"])
    twenty = record(
        "20",
        every,
        2,
        carrier_code=np.where(carried, carrier, ""),
        district_port_of_unlading=np.where(carried & (vessel | air), unlading, ""),
        estimated_date_of_arrival=s["arrival_date"],
        location_of_goods_code=np.where(
            np.isin(entry_type, ("06", "21", "31")), np.char.add("W", digits(importer % 900 + 100, 3)), ""
        ),
        conveyance_name=np.where(carried & vessel, _SHIPS[importer % len(_SHIPS)], ""),
        in_bond_in_transit_date=s["in_bond_date"],
    )
    moved = np.flatnonzero(carried & (vessel | air))
    trip = record("21", moved, 3, trip_identifier=digits(importer[moved] % 9000 + 100, 4))
    out = np.flatnonzero(entry_type == "31")
    thirty = record(
        "30",
        out,
        900,
        associated_warehouse_entry_filer_code=s["filer"][out],
        associated_warehouse_entry_number=entry_numbers(s["filer"][out], past[out]),
        associated_warehouse_entry_district_port_code=s["port"][out],
        final_warehouse_withdrawal_indicator=np.where(past[out] % 5 == 0, "Y", ""),
    )
    continuous = np.flatnonzero(formal & ~s["single_bond"])
    bond = record(
        "31",
        continuous,
        901,
        bond_type_code="8",
        bond_designation_type_code="B",
        surety_company_code=s["surety"][continuous],
    )
    # one transaction under its own bond, or, for a case, the additional bond beside the continuous one (usage note i)
    single = np.flatnonzero(formal & (s["single_bond"] | (entry_type == "03")))
    covered = s["value"][single] + (s["duty"] + s["ad"] + s["cvd"])[single] // 100 + 1
    further = record(
        "31",
        single,
        902,
        bond_type_code="9",
        bond_designation_type_code=np.where(s["single_bond"][single], "B", "A"),
        surety_company_code=s["surety"][single],
        single_transaction_bond_amount=covered,
    )
    informal = np.flatnonzero(~formal)
    fee = record("34", informal, 950, accounting_class_code_1="311", header_fee_amount_1=s["informal_fee"][informal])
    return [ten, eleven, twenty, trip, thirty, bond, further, fee]


def cargo(drawn: Draw) -> list[Part]:
    """22 and 23: in-bond number, master, house, in that order; issuers for every mode but air (usage note h)."""
    s, b = drawn.summary, drawn.bill
    txn, place = b["txn"], 4 + 4 * b["number"]
    air = s["kind"][txn] == "air"
    issuer = np.where(
        air, "", np.where(s["kind"][txn] == "vessel", _OCEAN[s["importer"][txn] % 10], _ROAD[s["importer"][txn] % 8])
    )
    group = record(
        "22",
        txn,
        place,
        manifested_quantity=b["packages"],
        manifested_quantity_unit_of_measure_code=_PACKAGES[b["packages"] % len(_PACKAGES)],
    )
    bonded = np.flatnonzero(s["in_bond"][txn])
    moved = record(
        "23",
        txn[bonded],
        place[bonded] + 1,
        manifest_component_type_code="I",
        manifest_component_identifier=digits(s["in_bond_number"][txn[bonded]], 9),
    )
    number = np.where(air, np.char.add("0", digits(b["master"], 10)), np.char.add("B", digits(b["master"], 10)))
    master = record(
        "23",
        txn,
        place + 2,
        manifest_component_type_code="M",
        manifest_component_issuer_code=issuer,
        manifest_component_identifier=number,
    )
    under = np.flatnonzero(b["has_house"])
    house = record(
        "23",
        txn[under],
        place[under] + 3,
        manifest_component_type_code="H",
        manifest_component_issuer_code=issuer[under],
        manifest_component_identifier=np.char.add("H", digits(b["house"][under], 8)),
    )
    return [group, moved, master, house]


def releases(s: Columns, serial: Integers) -> list[Part]:
    """32, six releases a record, filled from the left (A22); their numbers follow the summary's own."""
    rows = -(-s["releases"] // 6)
    txn = np.repeat(np.arange(len(rows)), rows)
    row = np.arange(len(txn)) - np.repeat(np.cumsum(rows) - rows, rows)
    columns: dict[str, Any] = {}
    for slot in range(6):
        number = 6 * row + slot
        filled = number < s["releases"][txn]
        columns[f"release_entry_filer_code_{slot + 1}"] = np.where(filled, s["filer"][txn], "")
        columns[f"release_entry_number_{slot + 1}"] = np.where(
            filled, entry_numbers(s["filer"][txn], serial[txn] + 1 + number), ""
        )
    return [record("32", txn, 910 + row, **columns)]
