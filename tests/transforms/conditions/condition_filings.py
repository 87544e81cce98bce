"""Filings made of steps: a base wire of our own, changed field by field, evaluated with all others in one shard.

A step is ``10.payment_type_code=9`` (set a field; ``50[2].`` the second 50 record, ``50[*].`` every one), ``-31`` (drop records;
``-62[2]`` one of them) or ``31>31: bond_type_code=9, ...`` (insert a record after the first ``31``, after the second with ``31[2]>``).
Steps are separated by ``|``. A base is a list of steps on its parent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache

import pandas as pd

from parsers.catair import layout, read
from transforms import entry_summary
from transforms.conditions.evaluate import evaluate
from transforms.conditions.header import check_digit
from transforms.conditions.registry import World

TODAY = date(2026, 8, 20)
AE = layout.load("ae")
BLOCK = layout.load("envelope_in")


@dataclass
class Record:
    """One record of a wire: its layout id (``54-08`` for an overlay) and its 80 characters."""

    id: str
    text: str

    def put(self, name: str, value: str) -> None:
        field = (BLOCK if self.id == "B" else AE).field(self.id, name)
        fill = value.rjust(field.width, "0") if field.type == "int" and value.isdigit() else value.ljust(field.width)
        assert len(fill) == field.width, f"{value!r} does not fit {self.id} {name}"
        self.text = self.text[: field.start - 1] + fill + self.text[field.end :]


def record(id: str, values: str) -> Record:
    """A record from ``name=value, name=value``."""
    made = Record(id, (id[:2] + id[3:] if id.startswith("54-") else id).ljust(80))
    for pair in filter(None, (p.strip() for p in values.split(","))):
        name, _, value = pair.partition("=")
        made.put(name, value)
    return made


def _places(wire: list[Record], id: str, which: str | None) -> list[int]:
    places = [n for n, r in enumerate(wire) if r.id == id]
    assert places, f"no record {id}"
    return places if which == "*" else [places[int(which or 1) - 1]]


_SET = re.compile(r"([A-Z0-9-]+)(?:\[(\d+|\*)\])?\.(\w+)=(.*)")
_DROP = re.compile(r"-([A-Z0-9]+(?:-\d\d)?)(?:\[(\d+)\])?")
_ADD = re.compile(r"([A-Z0-9-]+)(?:\[(\d+)\])?>([A-Z0-9-]+): *(.*)")


def apply(wire: list[Record], steps: str) -> list[Record]:
    """``wire`` after ``steps`` (see the module's text)."""
    wire = [Record(r.id, r.text) for r in wire]
    for step in filter(None, (s.strip() for s in steps.split("|"))):
        if change := _SET.fullmatch(step):
            for place in _places(wire, change[1], change[2]):
                wire[place].put(change[3], change[4])
        elif drop := _DROP.fullmatch(step):
            gone = _places(wire, drop[1], drop[2] or "*")
            wire = [r for n, r in enumerate(wire) if n not in gone]
        elif add := _ADD.fullmatch(step):
            wire.insert(_places(wire, add[1], add[2])[0] + 1, record(add[3], add[4]))
        else:
            raise AssertionError(f"not a step: {step!r}")
    return wire


def number(seven: int, filer: str = "ZZZ") -> str:
    """An entry number with its check digit."""
    body = f"{seven:07d}"
    return body + str(check_digit(pd.Series([filer], dtype="str"), pd.Series([body], dtype="str"))[0])


_VESSEL = [
    (
        "10",
        "summary_filing_action_request_code=A, entry_filer_code=ZZZ, district_port_of_entry=2704, entry_type_code=01, "
        "mode_of_transportation_mot_code=11, electronic_signature=X, payment_type_code=2, preliminary_statement_print_date=083126, "
        "broker_reference_number=REF-1",
    ),
    (
        "11",
        "importer_of_record_number=12-3456789, consignee_number=12-345678900, designated_notify_party_4811_number=123-45-6789, "
        "estimated_entry_date=082026, date_of_importation=081526, us_state_of_destination_code=CA",
    ),
    (
        "20",
        "carrier_code=MAEU, district_port_of_unlading=2704, estimated_date_of_arrival=081426, conveyance_name=EVER GIVEN, "
        "vessel_code=1234567",
    ),
    ("22", "manifested_quantity=100, manifested_quantity_unit_of_measure_code=CTNS"),
    (
        "23",
        "manifest_component_type_code=M, manifest_component_issuer_code=MAEU, manifest_component_identifier=123456789012",
    ),
    ("23", "manifest_component_type_code=H, manifest_component_issuer_code=HOUS, manifest_component_identifier=987654"),
    ("31", "bond_type_code=8, bond_designation_type_code=B, surety_company_code=123"),
    ("33", "missing_document_code_1=01, missing_document_code_2=26"),
    (
        "40",
        "line_item_identifier=001, country_of_origin_code=DE, country_of_export_code=DE, date_of_exportation=080126, "
        "charges_amount=500, foreign_port_of_lading_code=42870, gross_shipping_weight=1200, related_party_indicator=N",
    ),
    ("43", "ruling_type_code=R, ruling_number=123456"),
    ("44", "commercial_description_text=MOTOR VEHICLE PARTS"),
    ("47", "article_party_type_code=M, article_party_identifier=DESAMCOM12BRE"),
    ("47", "article_party_type_code=S, article_party_identifier=12-3456789"),
    (
        "50",
        "hts_number=8708998180, duty_amount=25000, value_of_goods_amount=10000, quantity_1=120000, unit_of_measure_code_1=KG",
    ),
    ("54-08", "country_of_melt_and_pour_code=DE"),
    ("62", "accounting_class_code=499, user_fee_amount=3464"),
    ("62", "accounting_class_code=501, user_fee_amount=1250"),
    (
        "40",
        "line_item_identifier=002, country_of_origin_code=CN, country_of_export_code=CN, date_of_exportation=080126, "
        "charges_amount=500, foreign_port_of_lading_code=57035, gross_shipping_weight=900, related_party_indicator=N",
    ),
    ("44", "commercial_description_text=LITHIUM ION BATTERY PACKS"),
    ("47", "article_party_type_code=M, article_party_identifier=CNSHEBAT123SHA"),
    ("47", "article_party_type_code=S, article_party_identifier=12-3456789"),
    ("50", "hts_number=99039106, duty_amount=500000, value_of_goods_amount=0"),
    ("50", "hts_number=99030531, duty_amount=250000, value_of_goods_amount=0"),
    (
        "50",
        "hts_number=8507600030, duty_amount=68000, value_of_goods_amount=20000, quantity_1=10000, unit_of_measure_code_1=NO, "
        "quantity_2=250000, unit_of_measure_code_2=KG",
    ),
    ("62", "accounting_class_code=499, user_fee_amount=6928"),
    ("62", "accounting_class_code=501, user_fee_amount=2500"),
    (
        "89",
        "accounting_class_code_1=499, total_fee_amount_1=10392, accounting_class_code_2=501, total_fee_amount_2=3750",
    ),
    (
        "90",
        "grand_total_duty_amount=843000, grand_total_user_fee_amount=14142, grand_total_ir_tax_amount=0, "
        "grand_total_ad_duty_amount=0, grand_total_cv_duty_amount=0, grand_total_other_revenue_amount=0",
    ),
]

_NO_HMF = (
    "-62[4] | -62[2] | 89.accounting_class_code_2= | 89.total_fee_amount_2= | 90.grand_total_user_fee_amount=10392"
)

#: Valid filings of every kind: name -> (parent, steps). No condition may be found on any of them.
BASES = {
    "vessel": ("", ""),
    "air": ("vessel", "10.mode_of_transportation_mot_code=40 | 20.carrier_code=*F | 20.vessel_code= | " + _NO_HMF),
    "truck": ("vessel", "10.mode_of_transportation_mot_code=30 | 20.carrier_code=ABCD | 20.vessel_code= | " + _NO_HMF),
    "in-bond": (
        "vessel",
        "22>23: manifest_component_type_code=I, manifest_component_identifier=V1234567890 | "
        "20.in_bond_in_transit_date=081826 | 20.district_port_of_unlading=3001",
    ),
    "monthly": ("vessel", "10.payment_type_code=7 | 10.periodic_statement_month=09"),
    "single bond": (
        "vessel",
        "31.bond_type_code=9 | 31.single_transaction_bond_amount=5000 | "
        "31.single_transaction_bond_producer_account_number=ACCT1",
    ),
    "two bonds": (
        "vessel",
        "31>31: bond_type_code=9, bond_designation_type_code=A, surety_company_code=123, "
        "single_transaction_bond_amount=5000",
    ),
    "waived": ("vessel", "-31 | 10.bond_waiver_indicator=0 | 10.bond_waiver_reason_code=998"),
    "canada": (
        "truck",
        "40.country_of_origin_code=XO | 40.country_of_export_code=CA | 47.article_party_identifier=XOABCDEF12TOR | "
        "54-08.country_of_melt_and_pour_code=CA",
    ),
    "programme": (
        "vessel",
        "40.country_of_origin_code=KR | 40.country_of_export_code=KR | "
        "40.trade_agreement_special_program_claim_code=KR | 50.duty_amount=0 | -62[1] | 90.grand_total_duty_amount=818000 | "
        "89.total_fee_amount_1=6928 | 90.grand_total_user_fee_amount=10678",
    ),
    "invoice": (
        "vessel",
        "10.electronic_invoice_indicator=Y | 40>42: supplier_id_code=DESAMCOM12BRE, invoice_number=INV-1, "
        "invoice_line_range_1_begin=1, invoice_line_range_1_end=3, invoice_line_range_2_begin=5, invoice_line_range_2_end=5 | "
        "40[2]>42: supplier_id_code=CNSHEBAT123SHA, invoice_number=INV-2, invoice_line_range_1_begin=1, invoice_line_range_1_end=1",
    ),
    "consolidated": (
        "vessel",
        "10.consolidated_summary_indicator=Y | 40[2].country_of_export_code=DE | 40[2].country_of_origin_code=US | "
        "31>32: release_entry_filer_code_1=ZZZ, release_entry_number_1=11111111, release_entry_filer_code_2=ZZZ, "
        "release_entry_number_2=22222222 | -62[3] | 89.total_fee_amount_1=3464 | 90.grand_total_user_fee_amount=7214",
    ),
    "reconciliation": ("vessel", "10.reconciliation_issue_code=001 | 10.trade_agreement_reconciliation_indicator=Y"),
    "correction": (
        "vessel",
        "10.payment_type_code= | 10.preliminary_statement_print_date= | 10.post_summary_correction_indicator=Y | "
        "10.accelerated_liquidation_request_indicator=Y | "
        "33>35: post_summary_correction_header_reason_code_1=H99, post_summary_correction_header_reason_code_2=H05 | "
        "35>36: psc_filing_explanation_text=VALUE CORRECTED AFTER AUDIT | "
        "62[2]>63: post_summary_correction_line_reason_code_1=L04, post_summary_correction_line_reason_code_2=L06",
    ),
    "remote": (
        "vessel",
        "10.cargo_release_certification_request_indicator=A | 10>B: processing_district_port_code=2704, "
        "processing_filer_code=ZZZ, application_identifier_code=AE, preparer_district_port_code=3001, preparer_filer_code=ZZZ, "
        "preparer_indicator=1",
    ),
    "quota": (
        "vessel",
        "10.entry_type_code=02 | 50>51: standard_visa_number=6DE123456 | "
        "51>52: license_certificate_permit_type_code=13, license_number_certificate_number_permit_number=H623AD329",
    ),
    "informal": (
        "vessel",
        "10.entry_type_code=11 | 50.value_of_goods_amount=1000 | 50.duty_amount=2500 | 50[4].value_of_goods_amount=1400 | "
        "50[4].quantity_1=700 | 50[2].duty_amount=35000 | 50[3].duty_amount=17500 | 50[4].duty_amount=4760 | -62 | "
        "33>34: accounting_class_code_1=311, header_fee_amount_1=269 | 89.accounting_class_code_1=311 | "
        "89.total_fee_amount_1=269 | 89.accounting_class_code_2= | 89.total_fee_amount_2= | 90.grand_total_duty_amount=59760 | "
        "90.grand_total_user_fee_amount=269",
    ),
    "mail": (
        "informal",
        "10.mode_of_transportation_mot_code=50 | -20 | -22 | -23 | 34.accounting_class_code_1=496 | "
        "34.header_fee_amount_1=739 | 89.accounting_class_code_1=496 | 89.total_fee_amount_1=739 | 90.grand_total_user_fee_amount=739",
    ),
    "express": (
        "informal",
        "10.consolidated_express_informal_indicator=Y | -22 | -23 | -34 | -89 | 90.grand_total_user_fee_amount=0",
    ),
    "zone": (
        "vessel",
        "10.entry_type_code=06 | 11.foreign_trade_zone_identifier=02600A001 | 20.location_of_goods_code=A123 | "
        "40>41: ftz_merchandise_status_code=P, privileged_ftz_merchandise_filing_date=080126, ftz_line_item_quantity=10 | "
        "40[2]>41: ftz_merchandise_status_code=N, ftz_line_item_quantity=5 | " + _NO_HMF,
    ),
    "warehouse": ("vessel", "10.entry_type_code=21 | 20.location_of_goods_code=A123"),
    "withdrawal": (
        "vessel",
        "10.entry_type_code=31 | 10.mode_of_transportation_mot_code= | -20 | -22 | -23 | "
        "11>20: location_of_goods_code=A123 | 20>30: associated_warehouse_entry_filer_code=ZZZ, "
        "associated_warehouse_entry_number=11111111, associated_warehouse_entry_district_port_code=2704, "
        "final_warehouse_withdrawal_indicator=Y | " + _NO_HMF,
    ),
    "temporary": (
        "vessel",
        "10.entry_type_code=23 | 10.tib_declaration_indicator=Y | 47[2]>50: hts_number=9813000540, duty_amount=0, "
        "value_of_goods_amount=0 | 47[4]>50: hts_number=9813000540, duty_amount=0, value_of_goods_amount=0 | -62[3] | -62[1] | "
        "89.accounting_class_code_1=501 | 89.total_fee_amount_1=3750 | 89.accounting_class_code_2= | 89.total_fee_amount_2= | "
        "90.grand_total_user_fee_amount=3750",
    ),
    "dumping": (
        "vessel",
        "10.entry_type_code=03 | 40.ad_case_nonreimbursement_statement=Y | "
        "47[2]>47: article_party_type_code=E, article_party_identifier=DEEXPORT12BRE | "
        "50>53: case_number=A428001000, bond_cash_claim_code=C, case_deposit_rate=1017, case_rate_type_qualifier_code=A, "
        "ad_cvd_value_of_goods_amount=0, ad_cvd_quantity=0, ad_cvd_duty_amount=101700 | "
        "53>53: case_number=C428002000, bond_cash_claim_code=B, case_deposit_rate=300, case_rate_type_qualifier_code=S, "
        "ad_cvd_value_of_goods_amount=0, ad_cvd_quantity=1000000, ad_cvd_duty_amount=30000 | "
        "62[4]>88: total_bonded_ad_duty_amount=0, total_cash_deposit_ad_duty_amount=101700, total_bonded_cv_duty_amount=30000, "
        "total_cash_deposit_cv_duty_amount=0 | 90.grand_total_ad_duty_amount=101700 | 90.grand_total_cv_duty_amount=30000 | "
        "31>31: bond_type_code=9, bond_designation_type_code=A, surety_company_code=123, single_transaction_bond_amount=5000",
    ),
    "set": (
        "vessel",
        "40.article_set_indicator=X | 40[2].article_set_indicator=V | 40[2].country_of_origin_code=DE | "
        "40[2].country_of_export_code=DE | 40[2].charges_amount=0 | -50[2] | -50[2] | 50[2].hts_number=8708998180 | "
        "50[2].duty_amount=0 | 50[2].value_of_goods_amount=10000 | 50[2].unit_of_measure_code_1=KG | 50[2].quantity_2= | "
        "50[2].unit_of_measure_code_2= | -62[4] | -62[3] | 89.total_fee_amount_1=3464 | 89.total_fee_amount_2=1250 | "
        "90.grand_total_duty_amount=25000 | 90.grand_total_user_fee_amount=4714",
    ),
    "census": (
        "vessel",
        "50[1].value_of_goods_amount=10000 | 62[2]>CW02: census_warning_condition_code_1=27I, "
        "census_warning_condition_override_code_1=20",
    ),
    "alcohol": (
        "vessel",
        "40.product_claim_code=C | 54-08>54-05: controlled_group_name=XXXXXXXXXX, foreign_producer_identifier=TTB-FP-ABC1234, "
        "foreign_producer_name=BREWERY, allocation_quantity=0, flavor_content_credit_indicator=Y, cbma_rate_designation_code=BEER01, "
        "ttb_tax_rate_confirmation=180000 | 54-05>60: accounting_class_code=017, ir_tax_amount=1000 | 90.grand_total_ir_tax_amount=1000",
    ),
    "metals": (
        "vessel",
        "-54-08 | 50>54-07: primary_smelt_applicability_code=Y, primary_country_of_smelt_code=DE, "
        "secondary_smelt_applicability_code=N, country_of_cast_code=DE | 54-07>54-12: primary_country_of_smelt_code=CL, "
        "secondary_country_of_smelt_code=OTH, country_of_most_recent_cast_code=DE | "
        "54-12>54-01: softwood_lumber_declaration_indicator=Y, softwood_lumber_export_price=100, softwood_lumber_export_charges=5 | "
        "54-01>54-02: product_exclusion_identifier=STL123456 | 54-02>54-03: product_exclusion_identifier=ALU123456 | "
        "54-03>54-04: export_certificate_number=KR1234567 | 54-04>54-06: ad_cvd_certification_designation=ADCVD CERT | "
        "54-06>54-11: license_number=AB123456",
    ),
    "certified": (
        "vessel",
        "54-08>54-09: bifacial_certification_designation=201BIFAC CERT | "
        "54-09>54-10: crane_certification_designation=301STS CERT | "
        "47[2]>50: hts_number=99034529, duty_amount=0, value_of_goods_amount=0 | "
        "47[2]>50: hts_number=99039109, duty_amount=0, value_of_goods_amount=0",
    ),
    "coffee": (
        "vessel",
        "10.district_port_of_entry=4909 | 54-08>61: accounting_class_code=672, other_revenue_amount=100 | "
        "90.grand_total_other_revenue_amount=100",
    ),
    "cotton": (
        "vessel",
        "50.hts_number=6109901007 | 50.unit_of_measure_code_1=DOZ | 50.quantity_2=50000 | 50.unit_of_measure_code_2=KG | "
        "50.duty_amount=320000 | 62[2]>62: accounting_class_code=056, user_fee_amount=120 | 89.accounting_class_code_3=056 | "
        "89.total_fee_amount_3=120 | 90.grand_total_duty_amount=1138000 | 90.grand_total_user_fee_amount=14262",
    ),
    "delete": (
        "vessel",
        "10.summary_filing_action_request_code=D | 10.mode_of_transportation_mot_code= | 10.electronic_signature= | "
        "10.payment_type_code= | 10.preliminary_statement_print_date= | -11 | -20 | -22 | -23 | -31 | -33 | -40 | -43 | -44 | -47 | -50 | "
        "-54-08 | -62 | -89 | -90",
    ),
}


@cache
def base(name: str) -> tuple[Record, ...]:
    """The records of a base."""
    parent, steps = BASES[name]
    if parent:
        return tuple(apply(list(base(parent)), steps))
    made = [record(id, values) for id, values in _VESSEL]
    made[0].put("entry_number", number(14))
    return tuple(made)


def _dates(*texts: str | None) -> pd.Series:
    return pd.Series(pd.to_datetime(list(texts))).astype("datetime64[s]")


def world(**changes: object) -> World:
    """A small world: the tariff numbers, fees and holidays that the bases cite, an empty state, the 20th of August 2026."""
    number = [
        "8708998180",
        "8507600030",
        "99039106",
        "99030531",
        "6109901007",
        "9813000540",
        "8708995500",
        "98010010",
        "99034529",
        "99039109",
        "2204302000",
    ]
    kinds = [
        "ad_valorem",
        "ad_valorem",
        "additional",
        "additional",
        "ad_valorem",
        "free",
        "specific",
        "free",
        "other",
        "other",
        "free",
    ]
    rates = [25_000, 34_000, 250_000, 125_000, 320_000, *[None] * 6]
    tariff = pd.DataFrame(
        {
            "hts_number": pd.Series(number, dtype="str"),
            "valid_from": _dates(*["2020-01-01"] * 11),
            "valid_to": _dates(*[None] * 6, "2025-12-31", *[None] * 4),
            "unit_1": pd.Series(["KG", "NO", "", "", "DOZ", "", "NO", "", "", "", "L"], dtype="str"),
            "unit_2": pd.Series(["", "KG", "", "", "KG", "", "", "", "", "", "PFL"], dtype="str"),
            "unit_3": pd.Series([""] * 10 + ["KG"], dtype="str"),
            "general_kind": pd.Series(kinds, dtype="str"),
            "ad_valorem": pd.array(rates, dtype="Int64"),
            "specific_rate": pd.array([None] * 11, dtype="Int64"),
            "specific_unit": pd.Series([""] * 11, dtype="str"),
            "spi": pd.Series(["KR"] + [""] * 10, dtype="str"),
            "fee_classes": pd.Series([""] * 4 + ["056"] + [""] * 6, dtype="str"),
        }
    )
    fees = pd.DataFrame(
        {
            "class_code": pd.Series(["499", "501", "311"], dtype="str"),
            "valid_from": _dates("2025-10-01", "1991-01-01", "2025-10-01"),
            "valid_to": _dates("2026-09-30", None, "2026-09-30"),
            "rate": pd.array([3464, 1250, None], dtype="Int64"),
            "fixed_cents": pd.array([None, None, 269], dtype="Int64"),
            "min_cents": pd.array([3358, None, None], dtype="Int64"),
            "max_cents": pd.array([65150, None, None], dtype="Int64"),
        }
    )
    census = pd.DataFrame(
        {
            "hts_number": pd.Series(["8507600030"], dtype="str"),
            "valid_from": _dates("2020-01-01"),
            "valid_to": _dates(None),
            "low": pd.array([100_000_000], dtype="Int64"),
            "high": pd.array([300_000_000], dtype="Int64"),
        }
    )
    ref = {
        "tariff": tariff,
        "fees": fees,
        "census": census,
        "holidays": pd.DataFrame({"date": _dates("2026-09-07")}),
        "ports": pd.DataFrame({"port_code": pd.Series(["2704", "2709", "3001", "4909", "5101"], dtype="str")}),
        "sureties": pd.DataFrame({"surety_code": pd.Series(["123"], dtype="str")}),
    }
    state = pd.DataFrame({c: pd.Series([], dtype="str") for c in ("filer_code", "entry_number", "status", "control")})
    return World(**({"today": TODAY, "ref": ref, "state": state} | changes))  # type: ignore[arg-type]


def transmission(wires: list[list[Record]]) -> bytes:
    """One batch, every wire in a block of its own: its ``B`` record, or one of port 2704 (4909 for what enters Puerto Rico)."""
    lines = ["ALA  MCLPASSWD           AE"]
    for wire in wires:
        entered = next(r.text[17:21] for r in wire if r.id == "10")
        block = next((r.text for r in wire if r.id == "B"), f"B  {'4909' if entered == '4909' else '2704'}ZZZAE")
        lines += [block, *(r.text for r in wire if r.id != "B"), "Y" + block[1:46]]
    lines.append("ZLA  MCL")
    return "\n".join(line.ljust(80) for line in lines).encode()


def found(wires: list[list[Record]], world: World) -> list[pd.DataFrame]:
    """The conditions of each wire, all evaluated together."""
    parsed = read.parse([transmission(wires)])
    assert parsed.faults.empty, parsed.faults.to_string()
    conditions, _ = evaluate(entry_summary.facts(parsed), world, parsed)
    by_txn = dict(tuple(conditions.groupby("txn")))
    return [by_txn.get(n, conditions.iloc[:0]) for n in range(len(wires))]
