"""Write drawn summaries as records, in the order of the AE structure map, through the layouts of ``parsers.catair``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bench.day import Draw, Goods
from bench.tables import Integers, read, words
from parsers.catair import layout, write

Matrix = npt.NDArray[np.uint8]
Text = npt.NDArray[np.str_]

#: Places of records inside a transaction. A line starts at LINE * its number; what belongs to it follows within LINE.
LINE, TOTALS, TRANSACTION = 64, 1 << 17, 1 << 18

_OCEAN = words("MAEU MSCU CMDU COSU HLCU ONEY EGLV OOLU YMLU ZIMU")
_AIR = words("FX 5X CX KE LH UA BR CI NH AA")
_ROAD = words("SWFT JBHN WENP SNCY UPGF FXFE EXLA ODFL")
_SHIPS = np.array(
    [f"{a} {b}" for a in ("NORTH", "CORAL", "SILVER", "POLAR") for b in ("STAR", "WIND", "BRIDGE", "DAWN")]
)
_SYLLABLES = words("SHE BAT TEX MIL ZUR GUA HAN KOR LIN MON PRA RIV SAN TOK VER WEN")
_PACKAGES = words("CTNS PKG PCS PLT DRM")


@dataclass
class Records:
    """``text`` (N, 80) and ``txn``, the transaction of each row, in order."""

    text: Matrix
    txn: Integers

    @classmethod
    def gathered(cls, parts: list[tuple[Matrix, Integers, Any]]) -> Records:
        """All ``(text, txn, place)`` parts in one table, in the order of their places."""
        txn = np.concatenate([t for _, t, _ in parts])
        key = txn * TRANSACTION + np.concatenate([np.broadcast_to(place, len(t)) for _, t, place in parts])
        order = np.argsort(key, kind="stable")
        return cls(np.concatenate([text for text, _, _ in parts])[order], txn[order])


def digits(number: Any, width: int) -> Text:
    """``number`` as ``width`` decimal digits, zero filled."""
    values = np.asarray(number, np.int64)
    places = values[:, None] // 10 ** np.arange(width - 1, -1, -1, dtype=np.int64) % 10
    return (places + ord("0")).astype("<u4").view(f"<U{width}").ravel()


def entry_numbers(filer: Text, serial: Integers) -> Text:
    """Seven digits and the check digit (Appendix E), for filer codes of letters and digits."""
    letters = filer.astype("<U3").view("<u4").reshape(-1, 3).astype(np.int64)
    value = np.select(
        [letters < 58, letters < 74, letters < 83], [letters - 48, letters - 64, letters - 73], letters - 81
    )
    tens = np.concatenate([value, serial[:, None] // 10 ** np.arange(6, -1, -1) % 10], axis=1)
    doubled = tens[:, 1::2] * 2
    total = (doubled - 9 * (doubled > 9)).sum(axis=1) + tens[:, ::2].sum(axis=1)
    return digits(serial * 10 + -total % 10, 8)


def transactions(drawn: Draw, goods: Goods, serial: Integers, past: Integers) -> Records:
    """The records 10 to 90 of every summary.

    ``serial`` numbers the entries and, after each, its releases; ``past`` the warehouse entry withdrawn from.
    """
    s = drawn.summary
    s["entry_number"] = entry_numbers(s["filer"], serial)
    parts = [*_header(s, past), *_cargo(drawn), *_releases(s, serial), *_lines(drawn, goods), *_totals(drawn)]
    return Records.gathered(parts)


def _record(record: str, txn: Integers, place: Any, **columns: Any) -> tuple[Matrix, Integers, Any]:
    return write.write(layout.load("ae"), record, columns), txn, place


def _where(condition: np.ndarray, numbers: Integers) -> Any:
    """``numbers`` where ``condition`` holds, blank elsewhere."""
    return pd.arrays.IntegerArray(np.ascontiguousarray(numbers, np.int64), ~np.asarray(condition, bool))


def _header(s: dict[str, np.ndarray], past: Integers) -> list[tuple[Matrix, Integers, Any]]:
    every = np.arange(len(s["filer"]))
    entry_type, importer = s["entry_type"], s["importer"]
    formal = entry_type != "11"
    ten = _record(
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
    eleven = _record(
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
    twenty = _record(
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
    trip = _record("21", moved, 3, trip_identifier=digits(importer[moved] % 9000 + 100, 4))
    out = np.flatnonzero(entry_type == "31")
    thirty = _record(
        "30",
        out,
        900,
        associated_warehouse_entry_filer_code=s["filer"][out],
        associated_warehouse_entry_number=entry_numbers(s["filer"][out], past[out]),
        associated_warehouse_entry_district_port_code=s["port"][out],
        final_warehouse_withdrawal_indicator=np.where(past[out] % 5 == 0, "Y", ""),
    )
    continuous = np.flatnonzero(formal & ~s["single_bond"])
    bond = _record(
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
    further = _record(
        "31",
        single,
        902,
        bond_type_code="9",
        bond_designation_type_code=np.where(s["single_bond"][single], "B", "A"),
        surety_company_code=s["surety"][single],
        single_transaction_bond_amount=covered,
    )
    informal = np.flatnonzero(~formal)
    fee = _record("34", informal, 950, accounting_class_code_1="311", header_fee_amount_1=s["informal_fee"][informal])
    return [ten, eleven, twenty, trip, thirty, bond, further, fee]


def _cargo(drawn: Draw) -> list[tuple[Matrix, Integers, Any]]:
    """22 and 23: in-bond number, master, house, in that order; issuers for every mode but air (usage note h)."""
    s, b = drawn.summary, drawn.bill
    txn, place = b["txn"], 4 + 4 * b["number"]
    air = s["kind"][txn] == "air"
    issuer = np.where(
        air, "", np.where(s["kind"][txn] == "vessel", _OCEAN[s["importer"][txn] % 10], _ROAD[s["importer"][txn] % 8])
    )
    group = _record(
        "22",
        txn,
        place,
        manifested_quantity=b["packages"],
        manifested_quantity_unit_of_measure_code=_PACKAGES[b["packages"] % len(_PACKAGES)],
    )
    bonded = np.flatnonzero(s["in_bond"][txn])
    moved = _record(
        "23",
        txn[bonded],
        place[bonded] + 1,
        manifest_component_type_code="I",
        manifest_component_identifier=digits(s["in_bond_number"][txn[bonded]], 9),
    )
    number = np.where(air, np.char.add("0", digits(b["master"], 10)), np.char.add("B", digits(b["master"], 10)))
    master = _record(
        "23",
        txn,
        place + 2,
        manifest_component_type_code="M",
        manifest_component_issuer_code=issuer,
        manifest_component_identifier=number,
    )
    under = np.flatnonzero(b["has_house"])
    house = _record(
        "23",
        txn[under],
        place[under] + 3,
        manifest_component_type_code="H",
        manifest_component_issuer_code=issuer[under],
        manifest_component_identifier=np.char.add("H", digits(b["house"][under], 8)),
    )
    return [group, moved, master, house]


def _releases(s: dict[str, np.ndarray], serial: Integers) -> list[tuple[Matrix, Integers, Any]]:
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
    return [_record("32", txn, 910 + row, **columns)]


def _lines(drawn: Draw, goods: Goods) -> list[tuple[Matrix, Integers, Any]]:
    s, line, t, fee, case = drawn.summary, drawn.line, drawn.tariff, drawn.fee, drawn.case
    txn, start = line["txn"], LINE * (15 + line["number"])
    entry_type, vessel = s["entry_type"][txn], np.isin(s["mode"][txn], ("10", "11"))
    origins = read("origins").set_index("origin")["schedule_k_country"]
    lading = np.char.add(origins.reindex(s["origin"][txn]).to_numpy(dtype="U3"), "01")
    forty = _record(
        "40",
        txn,
        start,
        line_item_identifier=digits(line["number"], 3),
        country_of_origin_code=line["origin"],
        country_of_export_code=line["export"],
        date_of_exportation=s["export_date"][txn],
        trade_agreement_special_program_claim_code=line["spi"],
        charges_amount=line["charges"],
        foreign_port_of_lading_code=np.where(vessel, lading, ""),
        gross_shipping_weight=line["weight"],
        related_party_indicator=line["related"],
    )
    zone = np.flatnonzero(entry_type == "06")
    privileged = line["goods"][zone] % 2 == 0
    filed = s["import_date"][txn[zone]] - 7 * np.timedelta64(1, "D")
    forty_one = _record(
        "41",
        txn[zone],
        start[zone] + 1,
        ftz_merchandise_status_code=np.where(privileged, "P", "N"),
        privileged_ftz_merchandise_filing_date=np.where(privileged, filed, np.datetime64("NaT")),
        ftz_line_item_quantity=np.minimum(line["quantity"][zone], 10**9),
    )
    names = goods.table["description"].str.upper().to_numpy(dtype="U70")
    forty_four = _record("44", txn, start + 2, commercial_description_text=names[line["goods"]])
    # a MID is country or province, name, number, town (CBP Directive 3500-13)
    k = line["supplier"]
    name = np.char.add(_SYLLABLES[k % 16], _SYLLABLES[k // 16 % 16])
    stem = np.char.add(np.char.add(name, digits(k % 900 + 100, 3)), _SYLLABLES[k // 256 % 16])
    parties = [
        _record(
            "47",
            txn,
            start + 3,
            article_party_type_code="M",
            article_party_identifier=np.char.add(line["origin"], stem),
        ),
        _record("47", txn, start + 4, article_party_type_code="S", article_party_identifier=s["number"][txn]),
    ]
    exporter = np.flatnonzero(entry_type == "03")
    parties.append(
        _record(
            "47",
            txn[exporter],
            start[exporter] + 5,
            article_party_type_code="E",
            article_party_identifier=np.char.add(line["origin"], stem)[exporter],
        )
    )
    of = t["line"]
    columns = {f"quantity_{i + 1}": _where(t["unit"][:, i] != "", t["quantity"][:, i]) for i in range(3)}
    columns |= {f"unit_of_measure_code_{i + 1}": t["unit"][:, i] for i in range(3)}
    fifty = _record(
        "50",
        txn[of],
        start[of] + 10 + t["slot"],
        hts_number=t["hts_number"],
        duty_amount=t["duty"],
        value_of_goods_amount=t["value"],
        **columns,
    )
    of = case["line"]
    fifty_three = _record(
        "53",
        txn[of],
        start[of] + 22 + case["slot"],
        case_number=case["number"],
        bond_cash_claim_code="C",
        case_deposit_rate=case["rate"],
        case_rate_type_qualifier_code="A",
        ad_cvd_value_of_goods_amount=0,
        ad_cvd_quantity=0,
        ad_cvd_duty_amount=case["duty"],
    )
    of = fee["line"]
    sixty_two = _record(
        "62",
        txn[of],
        start[of] + 30 + (fee["class_code"] == 499) + 2 * (fee["class_code"] == 501),
        accounting_class_code=digits(fee["class_code"], 3),
        user_fee_amount=fee["amount"],
    )
    return [forty, forty_one, forty_four, *parties, fifty, fifty_three, sixty_two]


def _totals(drawn: Draw) -> list[tuple[Matrix, Integers, Any]]:
    s, t = drawn.summary, drawn.total
    every = np.arange(len(s["filer"]))
    cases = np.flatnonzero(s["entry_type"] == "03")
    eighty_eight = _record(
        "88",
        cases,
        TOTALS,
        total_bonded_ad_duty_amount=0,
        total_cash_deposit_ad_duty_amount=s["ad"][cases],
        total_bonded_cv_duty_amount=0,
        total_cash_deposit_cv_duty_amount=s["cvd"][cases],
    )
    first = np.searchsorted(t["txn"], every)
    slot = np.arange(len(t["txn"])) - first[t["txn"]]
    rows, at = np.unique(t["txn"] * 16 + slot // 5, return_inverse=True)
    columns: dict[str, Any] = {}
    for k in range(5):
        here = np.flatnonzero(slot % 5 == k)
        code, amount = np.full(len(rows), "", "U3"), np.zeros(len(rows), np.int64)
        code[at[here]], amount[at[here]] = digits(t["class_code"][here], 3), t["amount"][here]
        columns[f"accounting_class_code_{k + 1}"] = code
        columns[f"total_fee_amount_{k + 1}"] = _where(code != "", amount)
    eighty_nine = _record("89", rows // 16, TOTALS + 1 + rows % 16, **columns)
    ninety = _record(
        "90",
        every,
        TOTALS + 20,
        grand_total_duty_amount=s["duty"],
        grand_total_user_fee_amount=s["fees"],
        grand_total_ir_tax_amount=0,
        grand_total_ad_duty_amount=s["ad"],
        grand_total_cv_duty_amount=s["cvd"],
        grand_total_other_revenue_amount=0,
    )
    return [eighty_eight, eighty_nine, ninety]
