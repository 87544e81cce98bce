"""Draw what is filed: summaries, their lines, tariffs, fees, cases and bills, as whole columns of numbers.

Every rule that makes a summary valid by construction stands here beside its source: usage notes (a) to (ll) are those
of the Entry Summary Create/Update chapter of July 2026, bare numbers are condition codes.
"""

from __future__ import annotations

from datetime import date

import numpy as np

from bench import tables
from bench.goods import Goods
from bench.money import cases, fees, tariffs, totals
from bench.population import Population
from bench.tables import Columns, Draw, Integers, assumptions, shares, spread

DAY = np.timedelta64(1, "D")
MONTHLY = ("6", "7", "8")


def draw(
    population: Population,
    goods: Goods,
    day: date,
    broker: Integers,
    rng: np.random.Generator,
    *,
    month: date | None = None,
    size: float = 1.0,
) -> Draw:
    """One summary for each element of ``broker``, dated around ``day``, with everything under it.

    With ``month`` (any day of it) everything is entered in that month, and printed within eight working days of entry.
    ``size`` scales every quantity and what follows from it, and nothing else: the same ``rng`` with another size draws
    the same summaries with a quantity that was corrected.
    """
    summary = _summaries(population, day, broker, rng)
    _dates(summary, day, rng, month)
    line = _lines(summary, goods, rng, size)
    tariff = tariffs(summary, line, goods, rng)
    drawn = Draw(summary, line, tariff)
    cases(drawn, rng)
    fees(drawn, goods)
    totals(drawn)
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
    # a monthly statement needs a continuous bond (208): the others are paid by the filer's daily statement
    monthly = np.isin(summary["payment_type"], MONTHLY) & ((entry_type == "11") | summary["single_bond"])
    summary["payment_type"] = np.where(monthly, "2", summary["payment_type"])
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


def _dates(s: Columns, day: date, rng: np.random.Generator, month: date | None) -> None:
    """Export <= import <= in bond <= entry <= statement print date, a working day ahead (notes h, y; 191, 205, 218).

    The statement month is the one after the month of entry (19 U.S.C. 1505(a)).
    """
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
    if month is not None:
        s["entry_date"] = s["entry_date"].clip(*tables.bounds(month))
    s["in_bond_date"] = np.where(s["in_bond"], arrival + DAY, np.datetime64("NaT"))
    ahead = tables.working_days(day, 9)
    first = np.searchsorted(ahead, s["entry_date"])
    if month is None:
        at = np.minimum(first + rng.integers(0, 5, n), len(ahead) - 1)
    else:  # payment of a daily statement is due ten working days after entry: two of them are left for it
        last = np.searchsorted(ahead, tables.working_day(s["entry_date"], 8), "right") - 1
        at = first + (rng.random(n) * (last - first + 1).clip(1)).astype(np.int64)
    printed = ahead[at]
    s["print_date"] = np.where(s["payment_type"] == "1", np.datetime64("NaT"), printed)
    following = (s["entry_date"].astype("datetime64[M]") + 1).astype(np.int64) % 12 + 1
    monthly = np.isin(s["payment_type"], MONTHLY)
    s["statement_month"] = np.where(monthly, np.char.zfill(following.astype("U2"), 2), "")


def _lines(s: Columns, goods: Goods, rng: np.random.Generator, size: float) -> Columns:
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
    aim = np.where(informal, known["informal.most"] / count[txn] * (0.3 + 0.7 * rng.random(len(txn))), aim) * size
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
