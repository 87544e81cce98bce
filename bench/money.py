"""Duty, cases, fees and totals of drawn lines, in integer cents, each rounded half up (usage note hh).

Usage notes (a) to (ll) are those of the Entry Summary Create/Update chapter of July 2026.
"""

from __future__ import annotations

import numpy as np

from bench import tables
from bench.goods import Goods
from bench.tables import Bools, Columns, Draw, Integers, assumptions, spread

#: Programmes that free an originating article from the merchandise processing fee as well (usage note m).
WITHOUT_MPF = np.array(["S", "KR", "AU", "SG", "CL", "CO", "PE", "P"])
UNDER_BOND = "9813000520"
CHINA_2026 = "99030531"
BEEF = "053"


def half_up(numerator: Integers, denominator: int) -> Integers:
    """``numerator / denominator`` to the nearest integer, halves up (usage note hh); exact, in integers."""
    return (2 * numerator + denominator) // (2 * denominator)


def tariffs(s: Columns, line: Columns, goods: Goods, rng: np.random.Generator) -> Columns:
    """The 50 records: 98 first, chapter 99 remedies, the article last (usage note ii), each with its own duty."""
    table, at = goods.table, line["goods"]
    entry_type = s["entry_type"][line["txn"]]
    formal, bonded = np.isin(entry_type, ("01", "21")), entry_type == "23"
    claimed = _claims(line, goods) & formal & (rng.random(len(at)) < assumptions()["spi_claim"])
    line["spi"] = np.where(claimed, _programme(line["origin"]), "")
    units = np.column_stack([table[f"unit_{k}"].to_numpy(dtype="U3")[at] for k in (1, 2, 3)])
    quantity = _quantities(line, units)
    specific_unit = table["specific_unit"].to_numpy(dtype="U3")[at]
    measured = np.where(units == specific_unit[:, None], quantity, 0).max(axis=1)
    # value (USD) * ppm / 10^4 = cents; quantity (hundredths) * millionths of a dollar / 10^6 = cents
    percent, amount = (table[c].to_numpy()[at] for c in ("ad_valorem", "specific_rate"))
    column_1 = half_up(line["value"] * percent * 100 + measured * amount, 1_000_000)
    own = np.where(claimed | bonded, 0, column_1)
    parts = [
        _rows(np.arange(len(at)), 9, table["hts_number"].to_numpy(dtype="U10")[at], own, line["value"], quantity, units)
    ]
    china = (line["origin"] == "CN") & ~bonded
    remedies = [(1, np.where(china, table["china"].to_numpy(dtype="U10")[at], ""))]
    remedies.append((2, np.where(china & (CHINA_2026 in goods.chapter_99), CHINA_2026, "")))
    remedies.append((3, np.where(bonded, "", table["remedy"].to_numpy(dtype="U10")[at])))
    for slot, number in remedies:
        to = np.flatnonzero(number != "")
        rate = np.array([goods.chapter_99[n][0] for n in number[to]], np.int64)
        unit = np.array([goods.chapter_99[n][1] for n in number[to]], "U3")
        weighed = np.where(unit == "KG", line["weight"][to] * 100, 0)
        nothing = np.zeros(len(to), np.int64)
        parts.append(
            _rows(
                to,
                slot,
                number[to],
                half_up(line["value"][to] * rate, 10_000),
                nothing,
                np.column_stack([weighed, nothing, nothing]),
                np.column_stack([unit, *np.full((2, len(to)), "", "U3")]),
            )
        )
    to = np.flatnonzero(bonded)
    nothing = np.zeros(len(to), np.int64)
    parts.append(_rows(to, 0, np.full(len(to), UNDER_BOND), nothing, nothing, *_blanks(len(to))))
    return {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}


def _rows(
    line: Integers,
    slot: int,
    number: np.ndarray,
    duty: Integers,
    value: Integers,
    quantity: np.ndarray,
    unit: np.ndarray,
) -> Columns:
    return {
        "line": line,
        "slot": np.full(len(line), slot),
        "hts_number": number,
        "duty": duty,
        "value": value,
        "quantity": quantity,
        "unit": unit,
    }


def _blanks(n: int) -> tuple[np.ndarray, np.ndarray]:
    return np.zeros((n, 3), np.int64), np.full((n, 3), "", "U3")


def _quantities(line: Columns, units: np.ndarray) -> np.ndarray:
    """Hundredths of each reporting unit: the first counts the goods, further kilograms are net weight; else zero."""
    counted, net = line["quantity"] * 100, line["weight"] * 95
    further = np.isin(units, ("KG", "CKG"))
    further[:, 0] = False
    return np.where(units == "", 0, np.where(further, net[:, None], counted[:, None]))


def _programme(origin: np.ndarray) -> np.ndarray:
    table = tables.read("origins")
    by_origin = dict(zip(table["origin"], table["spi"], strict=True))
    code, back = np.unique(origin, return_inverse=True)
    return np.array([by_origin.get(c, "") for c in code], "U2")[back]


def _claims(line: Columns, goods: Goods) -> Bools:
    """Whether the number names the programme of the line's origin among those that free it of duty."""
    programme, which = np.unique(_programme(line["origin"]), return_inverse=True)
    named = [(" " + goods.table["spi"] + " ").str.contains(f" {p} ", regex=False) if p else False for p in programme]
    allowed = np.column_stack([np.broadcast_to(np.asarray(a, bool), len(goods.table)) for a in named])
    return allowed[line["goods"], which]


def cases(drawn: Draw, rng: np.random.Generator) -> None:
    """An antidumping case on every line of type 03, sometimes a countervailing one; cash, ad valorem (note ff)."""
    line = drawn.line
    to = np.flatnonzero(drawn.summary["entry_type"][line["txn"]] == "03")
    both = np.flatnonzero(rng.random(len(to)) < assumptions()["cvd_with_ad"])
    at = np.concatenate([to, to[both]])
    letter = np.concatenate([np.full(len(to), "A"), np.full(len(both), "C")])
    table = tables.read("origins").set_index("origin")["schedule_k_country"]
    country = table.reindex(line["origin"][at]).to_numpy(dtype="U3")
    serial = (801 + line["goods"][at] % 90).astype("U3")
    rate = rng.integers(50, int(assumptions()["ad_rate.most"]), len(at))
    drawn.case = {
        "line": at,
        "slot": (letter == "C").astype(np.int64),
        "number": np.char.add(np.char.add(np.char.add(letter, country), serial), "000"),
        "rate": rate,
        "duty": half_up(line["value"][at] * rate, 100),
    }


def fees(drawn: Draw, goods: Goods) -> None:
    """Record 62: merchandise processing, harbor maintenance, agricultural fees of each line (usage notes m, n, o)."""
    s, line = drawn.summary, drawn.line
    entry_type, mode = s["entry_type"][line["txn"]], s["mode"][line["txn"]]
    mpf = ~np.isin(entry_type, ("11", "23")) & ~np.isin(line["spi"], WITHOUT_MPF)
    hmf = np.isin(mode, ("10", "11")) & np.isin(entry_type, ("01", "03", "21"))
    rate = tables.fee("499", s["entry_date"])["rate"].to_numpy()[line["txn"]]
    harbor = tables.fee("501", s["import_date"])["rate"].to_numpy()[line["txn"]]
    parts = [(mpf, "499", half_up(line["value"] * rate, 10_000)), (hmf, "501", half_up(line["value"] * harbor, 10_000))]
    due = goods.table["fee_classes"].to_numpy(dtype="U20")[line["goods"]]
    exempt = np.isin(s["port"][line["txn"]].astype("U2"), ("49", "51"))  # Puerto Rico, Virgin Islands (652)
    for code in np.unique(due[due != ""]):
        cents = round(assumptions()[f"class_fee.{code}"] * 1000)
        where = (due == code) & (entry_type != "23") & ~(exempt & (code == BEEF))
        parts.append((where, str(code), half_up(line["weight"] * cents, 1000)))
    at = [np.flatnonzero(where) for where, _, _ in parts]
    drawn.fee = {
        "line": np.concatenate(at),
        "class_code": np.concatenate([np.full(len(a), int(code)) for a, (_, code, _) in zip(at, parts, strict=True)]),
        "amount": np.concatenate([amount[a] for a, (_, _, amount) in zip(at, parts, strict=True)]),
    }


def totals(drawn: Draw) -> None:
    """Records 88 to 90: the processing fee between its limits (usage notes w, x), a small harbor fee let go (o)."""
    s, line, n = drawn.summary, drawn.line, len(drawn.summary["broker"])
    s["duty"] = _sum(line["txn"][drawn.tariff["line"]], drawn.tariff["duty"], n)
    s["value"] = _sum(line["txn"], line["value"], n)
    antidumping = np.char.startswith(drawn.case["number"], "A")
    case_txn = line["txn"][drawn.case["line"]]
    for name, which in (("ad", antidumping), ("cvd", ~antidumping)):
        s[name] = _sum(case_txn[which], drawn.case["duty"][which], n)
    fee_txn, code = line["txn"][drawn.fee["line"]], drawn.fee["class_code"]
    harbor = _sum(fee_txn[code == 501], drawn.fee["amount"][code == 501], n)
    other = s["duty"] + s["ad"] + s["cvd"] + _sum(fee_txn[code != 501], drawn.fee["amount"][code != 501], n)
    let_go = (harbor <= 300) & (other == 0)
    drawn.fee = spread(drawn.fee, np.flatnonzero(~((code == 501) & let_go[fee_txn])))
    fee_txn, code = line["txn"][drawn.fee["line"]], drawn.fee["class_code"]
    key, back = np.unique(fee_txn * 1000 + code, return_inverse=True)
    amount = _sum(back, drawn.fee["amount"], len(key))
    limits = tables.fee("499", s["entry_date"])
    txn, processing = key // 1000, key % 1000 == 499
    least, most = (limits[c].to_numpy()[txn] for c in ("min_cents", "max_cents"))
    amount = np.where(processing, np.clip(amount, least, most), amount)
    informal = np.flatnonzero(s["entry_type"] == "11")
    s["informal_fee"] = np.where(s["entry_type"] == "11", tables.fee("311", s["entry_date"])["fixed_cents"], 0)
    key = np.concatenate([key, informal * 1000 + 311])
    amount = np.concatenate([amount, s["informal_fee"][informal]])
    order = np.argsort(key)
    s["fees"] = _sum(key // 1000, amount, n)
    drawn.total = {"txn": key[order] // 1000, "class_code": key[order] % 1000, "amount": amount[order]}


def _sum(at: Integers, amount: Integers, n: int) -> Integers:
    """Exact integer sums of ``amount`` by ``at``."""
    out = np.zeros(n, np.int64)
    np.add.at(out, at, amount)
    return out
