"""Draw what is filed: summaries, their lines, tariffs, fees, cases and bills, as whole columns of numbers.

Every rule that makes a summary valid by construction stands here beside its source: usage notes (a) to (ll) are those
of the Entry Summary Create/Update chapter of July 2026, bare numbers are condition codes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from bench import tables
from bench.population import Population
from bench.tables import Integers, assumptions, shares

Bools = npt.NDArray[np.bool_]
Columns = dict[str, np.ndarray]

DAY = np.timedelta64(1, "D")
#: Programmes that free an originating article from the merchandise processing fee as well (usage note m).
WITHOUT_MPF = np.array(["S", "KR", "AU", "SG", "CL", "CO", "PE", "P"])
UNDER_BOND = "9813000520"
CHINA_2026 = "99030531"


@dataclass
class Draw:
    """Tables as dicts of equally long arrays: one ``summary`` a transaction, the others below by ``txn`` or ``line``."""

    summary: Columns
    line: Columns
    tariff: Columns
    fee: Columns = field(default_factory=dict)
    case: Columns = field(default_factory=dict)
    bill: Columns = field(default_factory=dict)
    total: Columns = field(default_factory=dict)


class Goods:
    """The goods of a day and, for each purpose and sector, which of them may be drawn."""

    def __init__(self, day: date) -> None:
        self.table = tables.goods(day)
        self.chapter_99 = tables.chapter_99(day)
        self.sectors = np.unique(self.table["sector"].to_numpy(dtype="U12"))
        cheap = (self.table["unit_value_usd"] <= 200) & (self.table["fee_classes"] == "")
        under_case = (self.table[["ad_flag", "cvd_flag"]] == "Y").any(axis=1)
        self._usual, self._cheap = self._pools(~under_case), self._pools(~under_case & cheap)
        self._case = np.flatnonzero(under_case)

    def _pools(self, allowed: pd.Series) -> list[Integers]:
        sector = self.table["sector"].to_numpy(dtype="U12")
        every = np.flatnonzero(allowed)
        return [p if len(p := np.flatnonzero(allowed & (sector == s))) else every for s in self.sectors]

    def choose(self, entry_type: np.ndarray, sector: np.ndarray, taste: Integers) -> Integers:
        """Rows of ``table``: an importer's few articles (``taste``), of its sector and fit for the entry type."""
        sector = np.searchsorted(self.sectors, sector)
        out = _pick(self._usual, sector, taste)
        out = np.where(entry_type == "11", _pick(self._cheap, sector, taste), out)
        return np.where(entry_type == "03", self._case[taste % len(self._case)], out)


def _pick(pools: list[Integers], which: Integers, taste: Integers) -> Integers:
    size = np.array([len(p) for p in pools])
    start = np.cumsum(size) - size
    return np.concatenate(pools)[start[which] + taste % size[which]]


def half_up(numerator: Integers, denominator: int) -> Integers:
    """``numerator / denominator`` to the nearest integer, halves up (usage note hh); exact, in integers."""
    return (2 * numerator + denominator) // (2 * denominator)


def spread(values: Columns, at: Integers) -> Columns:
    """Every column taken at ``at``."""
    return {name: column[at] for name, column in values.items()}


def draw(population: Population, goods: Goods, day: date, broker: Integers, rng: np.random.Generator) -> Draw:
    """One summary for each element of ``broker``, dated around ``day``, with everything under it."""
    summary = _summaries(population, day, broker, rng)
    _dates(summary, day, rng)
    line = _lines(summary, goods, rng)
    tariff = _tariffs(summary, line, goods, rng)
    drawn = Draw(summary, line, tariff)
    _cases(drawn, rng)
    _fees(drawn, goods)
    _totals(drawn)
    _cargo(drawn, rng)
    return drawn


def _summaries(population: Population, day: date, broker: Integers, rng: np.random.Generator) -> Columns:
    n = len(broker)
    brokers, importers = population.brokers, population.importers
    start, count = population.clients
    importer = start[broker] + (count[broker] * rng.random(n) ** assumptions()["importer.skew"]).astype(np.int64)
    ports = brokers[["port_0", "port_1", "port_2"]].to_numpy(dtype="U4")
    slot = rng.choice(3, n, p=(0.7, 0.2, 0.1))
    kind = brokers["kind"].to_numpy(dtype="U6")[broker]
    types, weight = shares("entry_type")
    entry_type = rng.choice(types, n, p=weight)
    entry_type[(entry_type == "23") & (kind == "vessel")] = (
        "01"  # keeps harbor maintenance out of temporary importations
    )
    entry_type[np.isin(entry_type, ("06", "31")) & (kind == "canada")] = "01"
    border = np.isin(kind, ("mexico", "canada"))
    consolidated = (entry_type == "01") & border & (rng.random(n) < assumptions()["consolidated"])
    mode = np.select(
        [kind == "vessel", kind == "air"],
        [rng.choice(["11", "10"], n, p=(0.92, 0.08)), rng.choice(["40", "41"], n, p=(0.7, 0.3))],
        rng.choice(["30", "31", "21", "20"], n, p=(0.6, 0.28, 0.09, 0.03)),
    )
    summary = {
        "broker": broker,
        "filer": brokers["filer_code"].to_numpy(dtype="U3")[broker],
        "port": ports[broker, slot],
        "kind": kind,
        "entry_type": entry_type,
        "mode": np.where(np.isin(entry_type, ("06", "31")), "", mode),  # usage note e: 31 never has one, 06 need not
        "consolidated": consolidated,
        "importer": importer,
        "single_bond": (entry_type != "11") & (rng.random(n) < assumptions()["single_bond"]) | (entry_type == "23"),
        "in_bond": (kind == "vessel") & (entry_type == "01") & (rng.random(n) < assumptions()["in_bond"]),
    }
    for name in ("number", "state", "surety", "payment_type", "sector"):
        summary[name] = importers[name].to_numpy(dtype="U20")[importer]
    summary["origin"], _ = _origins(kind, rng)
    return summary


def _origins(kind: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, Integers]:
    """Origins (ISO countries or Canadian provinces): the neighbour at its border, the wide world elsewhere."""
    table = tables.read("origins")
    code = table["origin"].to_numpy(dtype="U2")
    weight = table["share"].astype(float).to_numpy()
    at = np.empty(len(kind), np.int64)
    for where, rows in (
        ("mexico", code == "MX"),
        ("canada", np.char.startswith(code, "X")),
        ("", (table["region"] == "sea").to_numpy()),
    ):
        here = kind == where if where else ~np.isin(kind, ("mexico", "canada"))
        choice = np.flatnonzero(rows)
        at[here] = rng.choice(choice, here.sum(), p=weight[choice] / weight[choice].sum())
    return code[at], at


def _dates(s: Columns, day: date, rng: np.random.Generator) -> None:
    """Export <= import <= in bond <= entry <= statement print date, a working day ahead (notes h, y; 191, 205, 218)."""
    n, today = len(s["broker"]), np.datetime64(day, "D")
    withdrawal = s["entry_type"] == "31"
    arrival = today - rng.integers(1, 9, n) * DAY
    s["arrival_date"] = arrival
    s["import_date"] = np.where(withdrawal, today - rng.integers(30, 300, n) * DAY, arrival)
    transit = np.select(
        [s["kind"] == "vessel", s["kind"] == "air"], [rng.integers(12, 36, n), rng.integers(0, 3, n)], 0
    )
    s["export_date"] = s["import_date"] - transit * DAY
    s["entry_date"] = np.where(withdrawal, today, arrival) + rng.integers(1, 4, n) * DAY
    s["in_bond_date"] = np.where(s["in_bond"], arrival + DAY, np.datetime64("NaT"))
    ahead = tables.working_days(day, 9)
    first = np.searchsorted(ahead, s["entry_date"])
    printed = ahead[np.minimum(first + rng.integers(0, 5, n), len(ahead) - 1)]
    s["print_date"] = np.where(s["payment_type"] == "1", np.datetime64("NaT"), printed)
    following = (printed.astype("datetime64[M]") + 1).astype(np.int64) % 12 + 1
    monthly = np.isin(s["payment_type"], ("6", "7", "8"))
    s["statement_month"] = np.where(monthly, np.char.zfill(following.astype("U2"), 2), "")


def _lines(s: Columns, goods: Goods, rng: np.random.Generator) -> Columns:
    known, n = assumptions(), len(s["broker"])
    count = np.ceil(rng.lognormal(known["lines.log_mean"], known["lines.log_sd"], n)).astype(np.int64)
    count = np.minimum(count, np.where(s["entry_type"] == "11", 3, int(known["lines.most"])))
    txn = np.repeat(np.arange(n), count)
    under = spread({k: s[k] for k in ("entry_type", "sector", "importer", "kind", "consolidated", "origin")}, txn)
    taste = under["importer"] * 7 + rng.integers(0, 6, len(txn))
    row = goods.choose(under["entry_type"], under["sector"], taste)
    sea = ~np.isin(under["kind"], ("mexico", "canada")) & np.isin(under["entry_type"], ("01", "11", "21"))
    mixed = sea & (rng.random(len(txn)) < known["mixed_origin"])
    origin = np.where(mixed, _origins(under["kind"], rng)[0], under["origin"])
    table = goods.table
    price, weight = (table[c].to_numpy()[row] for c in ("unit_value_usd", "kg_per_unit"))
    aim = rng.lognormal(known["value.log_mean"], known["value.log_sd"], len(txn))
    informal = under["entry_type"] == "11"
    aim = np.where(informal, known["informal.most"] / count[txn] * (0.3 + 0.7 * rng.random(len(txn))), aim)
    quantity = np.clip(np.floor(aim / price / 1.1), 1, 1e9).astype(np.int64)
    value = np.maximum(1, np.floor(quantity * price * (0.9 + 0.2 * rng.random(len(txn))))).astype(np.int64)
    provinces = np.char.startswith(under["origin"], "X")
    return {
        "txn": txn,
        "number": np.arange(len(txn)) - np.repeat(np.cumsum(count) - count, count) + 1,
        "goods": row,
        "origin": np.where(informal & provinces, "CA", origin),  # provinces are for formal summaries (414)
        "export": np.where(provinces, "CA", under["origin"]),
        "quantity": quantity,
        "value": value,
        "charges": np.ceil(value * (0.01 + 0.05 * rng.random(len(txn)))).astype(np.int64),  # never zero (usage note v)
        "weight": np.maximum(1, np.ceil(quantity * weight * 1.05)).astype(np.int64),
        "supplier": (under["importer"] * 5 + rng.integers(0, 4, len(txn))) % 4000,
        "related": np.where(under["importer"] % 4 == 0, "Y", "N"),
    }


def _tariffs(s: Columns, line: Columns, goods: Goods, rng: np.random.Generator) -> Columns:
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


def _cases(drawn: Draw, rng: np.random.Generator) -> None:
    """An antidumping case on every line of type 03, sometimes a countervailing one; cash, ad valorem (usage note ff)."""
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


def _fees(drawn: Draw, goods: Goods) -> None:
    """Record 62: merchandise processing, harbor maintenance, agricultural fees of each line (usage notes m, n, o)."""
    s, line = drawn.summary, drawn.line
    entry_type, mode = s["entry_type"][line["txn"]], s["mode"][line["txn"]]
    mpf = ~np.isin(entry_type, ("11", "23")) & ~np.isin(line["spi"], WITHOUT_MPF)
    hmf = np.isin(mode, ("10", "11")) & np.isin(entry_type, ("01", "03", "21"))
    rate = tables.fee("499", s["entry_date"])["rate"].to_numpy()[line["txn"]]
    harbor = tables.fee("501", s["import_date"])["rate"].to_numpy()[line["txn"]]
    parts = [(mpf, "499", half_up(line["value"] * rate, 10_000)), (hmf, "501", half_up(line["value"] * harbor, 10_000))]
    due = goods.table["fee_classes"].to_numpy(dtype="U20")[line["goods"]]
    for code in np.unique(due[due != ""]):
        cents = round(assumptions()[f"class_fee.{code}"] * 1000)
        parts.append(((due == code) & (entry_type != "23"), str(code), half_up(line["weight"] * cents, 1000)))
    at = [np.flatnonzero(where) for where, _, _ in parts]
    drawn.fee = {
        "line": np.concatenate(at),
        "class_code": np.concatenate([np.full(len(a), int(code)) for a, (_, code, _) in zip(at, parts, strict=True)]),
        "amount": np.concatenate([amount[a] for a, (_, _, amount) in zip(at, parts, strict=True)]),
    }


def _totals(drawn: Draw) -> None:
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


def _cargo(drawn: Draw, rng: np.random.Generator) -> None:
    """Bills of lading (usage note h) and the releases that a consolidated summary covers (usage note z)."""
    s, n = drawn.summary, len(drawn.summary["broker"])
    known = assumptions()
    bills = np.where(s["mode"] == "", 0, np.minimum(rng.geometric(1 - known["more_bills"], n), 4))
    txn = np.repeat(np.arange(n), bills)
    drawn.bill = {
        "txn": txn,
        "number": np.arange(len(txn)) - np.repeat(np.cumsum(bills) - bills, bills),
        "packages": rng.integers(1, 900, len(txn)),
        "master": rng.integers(10**9, 10**10, len(txn)),
        "house": rng.integers(10**6, 10**7, len(txn)),
        "has_house": np.isin(s["kind"][txn], ("vessel", "air")) & (rng.random(len(txn)) < known["house_bill"]),
    }
    s["in_bond_number"] = rng.integers(10**8, 10**9, n)
    s["releases"] = np.where(s["consolidated"], rng.integers(2, int(known["releases.most"]) + 1, n), 0)
