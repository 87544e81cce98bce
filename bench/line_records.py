"""The records of the lines, 40 to 62, and of the totals, 88 to 90."""

from __future__ import annotations

from typing import Any

import numpy as np

from bench.goods import Goods
from bench.records import HEADER, LINE, TOTALS, Part, digits, record, where
from bench.tables import Draw, read, words

_SYLLABLES = words("SHE BAT TEX MIL ZUR GUA HAN KOR LIN MON PRA RIV SAN TOK VER WEN")


def lines(drawn: Draw, goods: Goods) -> list[Part]:
    s, line, t, fee, case = drawn.summary, drawn.line, drawn.tariff, drawn.fee, drawn.case
    txn, start = line["txn"], LINE * (HEADER + line["number"])
    entry_type, vessel = s["entry_type"][txn], np.isin(s["mode"][txn], ("10", "11"))
    origins = read("origins").set_index("origin")["schedule_k_country"]
    lading = np.char.add(origins.reindex(s["origin"][txn]).to_numpy(dtype="U3"), "01")
    forty = record(
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
    forty_one = record(
        "41",
        txn[zone],
        start[zone] + 1,
        ftz_merchandise_status_code=np.where(privileged, "P", "N"),
        privileged_ftz_merchandise_filing_date=np.where(privileged, filed, np.datetime64("NaT")),
        ftz_line_item_quantity=np.minimum(line["quantity"][zone], 10**9),
    )
    names = goods.table["description"].str.upper().to_numpy(dtype="U70")
    forty_four = record("44", txn, start + 2, commercial_description_text=names[line["goods"]])
    # a MID is country or province, name, number, town (CBP Directive 3500-13)
    k = line["supplier"]
    name = np.char.add(_SYLLABLES[k % 16], _SYLLABLES[k // 16 % 16])
    stem = np.char.add(np.char.add(name, digits(k % 900 + 100, 3)), _SYLLABLES[k // 256 % 16])
    parties = [
        record(
            "47",
            txn,
            start + 3,
            article_party_type_code="M",
            article_party_identifier=np.char.add(line["origin"], stem),
        ),
        record("47", txn, start + 4, article_party_type_code="S", article_party_identifier=s["number"][txn]),
    ]
    exporter = np.flatnonzero(entry_type == "03")
    parties.append(
        record(
            "47",
            txn[exporter],
            start[exporter] + 5,
            article_party_type_code="E",
            article_party_identifier=np.char.add(line["origin"], stem)[exporter],
        )
    )
    of = t["line"]
    columns = {f"quantity_{i + 1}": where(t["unit"][:, i] != "", t["quantity"][:, i]) for i in range(3)}
    columns |= {f"unit_of_measure_code_{i + 1}": t["unit"][:, i] for i in range(3)}
    fifty = record(
        "50",
        txn[of],
        start[of] + 10 + t["slot"],
        hts_number=t["hts_number"],
        duty_amount=t["duty"],
        value_of_goods_amount=t["value"],
        **columns,
    )
    of = case["line"]
    fifty_three = record(
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
    sixty_two = record(
        "62",
        txn[of],
        start[of] + 30 + (fee["class_code"] == 499) + 2 * (fee["class_code"] == 501),
        accounting_class_code=digits(fee["class_code"], 3),
        user_fee_amount=fee["amount"],
    )
    return [forty, forty_one, forty_four, *parties, fifty, fifty_three, sixty_two]


def totals(drawn: Draw) -> list[Part]:
    s, t = drawn.summary, drawn.total
    every = np.arange(len(s["filer"]))
    cases = np.flatnonzero(s["entry_type"] == "03")
    eighty_eight = record(
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
        columns[f"total_fee_amount_{k + 1}"] = where(code != "", amount)
    eighty_nine = record("89", rows // 16, TOTALS + 1 + rows % 16, **columns)
    ninety = record(
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
