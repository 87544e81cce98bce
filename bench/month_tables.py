"""A month of entry summaries as account tables, straight: consistent to the cent, by whole columns of random numbers.

The files of such a month are never made (:mod:`bench.generate` does that for a day): what is measured here begins with
the tables. Shares, sizes and skews are the stated assumptions of ``assumptions.csv``; goods, rates and fees are plain
stand-ins of the right order, since a close does not look them up. Entries are dated and printed within the month; the
rows come in the order in which a month of intake would have written them, so an account's are strewn over all of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bench.month_columns import instants, padded, pick, table
from bench.month_fees import INFORMAL_CENTS, fee_totals, fees
from bench.population import Population, populate
from bench.tables import DEMO, Columns, Integers, read

Tables = dict[str, pa.Table]

SUMMARIES_IN_FILE = 60  # assumptions.csv: summaries_per_file
LINES_LOG_MEAN, LINES_LOG_SD, LINES_MOST = -0.45, 0.9, 200  # about 1.6 lines a summary, one in a hundred over six
NUMBERS = 6_000  # tariff numbers in use
ARTICLES = 120  # tariff numbers an importer buys at most
PROCESSING_PPM, PROCESSING_MIN, PROCESSING_MAX = 3464, 3358, 65_150  # of value, cents (19 CFR 24.23)
HARBOR_PPM = 1250
RATES_PPM = np.array([0, 0, 0, 0, 25_000, 34_000, 27_000, 65_000, 160_000, 85_000, 53_000, 120_000])
EXTRA_PPM = 75_000  # of a chapter 99 number
TYPES, TYPE_SHARES = np.array(["01", "03", "11"]), (0.9, 0.03, 0.07)


@dataclass(frozen=True)
class Month:
    """Who files, for what month, and how much; ``ids`` maps importer numbers and filer codes to account ids."""

    month: date
    summaries: int
    population: Population
    ids: Mapping[str, int]
    seed: int = 1

    @cached_property
    def importer_ids(self) -> Integers:
        return np.array([self.ids[n] for n in self.population.importers["number"]], np.int64)

    @cached_property
    def broker_ids(self) -> Integers:
        return np.array([self.ids[n] for n in self.population.brokers["filer_code"]], np.int64)


def days(month: date) -> np.ndarray:
    """The days of a month on which statements are printed."""
    first = np.datetime64(month, "M")
    every = np.arange(first.astype("datetime64[D]"), (first + 1).astype("datetime64[D]"))
    return every[np.is_busday(every, holidays=read("holidays", DEMO)["date"].to_numpy("datetime64[D]"))]


def people(seed: int, importers: int, brokers: int) -> Population:
    """``importers`` and the ``brokers`` that file for them; two in a hundred importers pay entry by entry."""
    return populate(seed, brokers, importers)


def tables(it: Month, first_id: int, serial: Integers | None = None, file: int = 1) -> Iterator[Tables]:
    """The rows of one day of print after the other, keyed from ``first_id`` on, in the columns of the database.

    Where months come before it: ``serial`` are the entry numbers each broker has used, counted on in place, and
    ``file`` is the key of the first interchange.
    """
    printing = days(it.month)
    edges = np.linspace(0, it.summaries, len(printing) + 1).astype(np.int64)
    serial = np.zeros(len(it.population.brokers), np.int64) if serial is None else serial
    for n, day in enumerate(printing):
        rng = np.random.default_rng([it.seed, n])
        s = _summaries(it, rng, day, int(edges[n + 1] - edges[n]), serial)
        s["id"] = first_id + edges[n] + np.arange(len(s["importer"]))
        s["file"] = file + _files(s["broker"])
        file = int(s["file"][-1]) + 1 if len(s["file"]) else file
        yield _rows(it, rng, s, day)


def _zipf(rng: np.random.Generator, size: int, count: int, exponent: float) -> Integers:
    weight = 1 / np.arange(1, size + 1) ** exponent
    return rng.choice(size, count, p=weight / weight.sum())


def _summaries(it: Month, rng: np.random.Generator, day: np.datetime64, count: int, serial: Integers) -> Columns:
    people = it.population
    importers, brokers = people.importers, people.brokers
    importer = _zipf(rng, len(importers), count, 0.8)
    # the importer's own broker mostly, else one of two others it also works with
    own = importers["broker"].to_numpy(np.int64)[importer]
    broker = np.where(rng.random(count) < 0.8, own, (own + 1 + importer % 2) % len(brokers))
    order = np.argsort(broker, kind="stable")
    importer, broker = importer[order], broker[order]
    number = np.bincount(broker, minlength=len(brokers))
    rank = np.arange(count) - np.repeat(np.cumsum(number) - number, number)
    s: Columns = {"importer": importer, "broker": broker, "serial": serial[broker] + rank + 1}
    serial += number
    s["port"] = rng.choice(3, count, p=(0.7, 0.2, 0.1))
    s["type"] = rng.choice(len(TYPES), count, p=TYPE_SHARES)
    first = np.datetime64(it.month, "M").astype("datetime64[D]")
    s["entry_date"] = np.maximum(first, day - rng.integers(0, 9, count))
    kinds = brokers["kind"].to_numpy(dtype="U6")
    s["vessel"] = (kinds == "vessel")[broker]
    paid = importers["payment_type"].to_numpy(dtype="U1").astype(np.int64)[importer]
    s["payment"] = np.where((TYPES[s["type"]] == "11") & (paid > 5), 2, paid)  # informal: no monthly statement
    s["lines"] = np.clip(np.ceil(rng.lognormal(LINES_LOG_MEAN, LINES_LOG_SD, count)), 1, LINES_MOST).astype(np.int64)
    return s


def _files(broker: Integers) -> Integers:
    """The file of each summary: a broker's, up to so many in one."""
    start = np.flatnonzero(np.diff(broker, prepend=-1))
    within = np.arange(len(broker)) - np.repeat(start, np.diff(np.append(start, len(broker))))
    return np.cumsum(within % SUMMARIES_IN_FILE == 0) - 1


def _rows(it: Month, rng: np.random.Generator, s: Columns, day: np.datetime64) -> Tables:
    of = np.repeat(np.arange(len(s["id"])), s["lines"])
    within = np.arange(len(of)) - np.repeat(np.cumsum(s["lines"]) - s["lines"], s["lines"])
    article = (s["importer"][of] * 37 + (ARTICLES * rng.random(len(of)) ** 3).astype(np.int64)) % NUMBERS
    origin = (s["importer"][of] + (4 * rng.random(len(of)) ** 4).astype(np.int64)) % len(ORIGINS)
    # below ten dollars a line has no processing fee, and the least fee of a summary would stand on none
    value = 100 * np.maximum(10, rng.lognormal(8.75, 1.75, len(of))).astype(np.int64)
    value = np.minimum(value, np.where(TYPES[s["type"][of]] == "11", 50_000, 10**11))
    claimed = np.array([bool(p) for p in PROGRAMS])[origin] & (rng.random(len(of)) < 0.7)
    duty = _share(value, np.where(claimed, 0, RATES_PPM[article % len(RATES_PPM)]))
    extra = (ORIGINS[origin] == "CN") & (article % 4 < 3)
    added = _share(value, np.where(extra, EXTRA_PPM, 0))

    # records: 10 11 20 30 31 of a summary (and 34), 40 50 62 of each line, 89 90 at its end
    records = 3 + extra + s["vessel"][of] + 2
    start = np.cumsum(records) - records
    total = np.bincount(of, records, minlength=len(s["id"])).astype(np.int64) + 9
    base = np.cumsum(total) - total
    begins = np.searchsorted(s["file"], s["file"])  # the first summary of its file
    base = base - base[begins] + 3
    first = base[of] + 6 + start - start[np.searchsorted(of, of)]
    line: Columns = {"of": of, "line": within + 1, "record": first}
    informal = TYPES[s["type"]] == "11"

    processing = np.where(informal[of], 0, _share(value, np.full(len(of), PROCESSING_PPM)))
    harbor = np.where(s["vessel"][of], _share(value, np.full(len(of), HARBOR_PPM)), 0)
    case = (TYPES[s["type"][of]] == "03") & (within == 0)
    case_duty = np.where(case, _share(value, np.full(len(of), 120_000)), 0)
    bonded = case & (s["importer"][of] % 9 == 0)
    sums = {
        "duty": _summed(of, duty + added, s),
        "499": np.clip(_summed(of, processing, s), PROCESSING_MIN, PROCESSING_MAX) * ~informal,
        "501": _summed(of, harbor, s),
        "311": informal * INFORMAL_CENTS,
        "ad": _summed(of, case_duty, s),
        "bonded": _summed(of, np.where(bonded, case_duty, 0), s),
    }
    sums["fee"] = sums["499"] + sums["501"] + sums["311"]
    out = {"interchange": _interchanges(it, s, day), "arrival": _arrivals(it, s, day)}
    out["entry_summary"], out["entry_summary_version"] = _headers(it, s, sums, base, day)
    place = {"version_id": s["id"][of], "interchange_id": s["file"][of]}
    out["line"] = table(
        "line",
        place
        | {
            "record": first,
            "line": line["line"],
            "origin": pick(ORIGINS, origin),
            "export_country": pick(ORIGINS, origin),
        }
        | {"spi": pick(np.array(PROGRAMS), np.where(claimed, origin, NONE)), "charges_cents": value // 50},
    )
    out["tariff"] = _tariffs(place, line, article, value, duty, extra, added, rng)
    out["fee"] = fees(s, place, line, processing, harbor, base, informal)
    at = np.flatnonzero(case)
    out["adcvd"] = table(
        "adcvd",
        {k: v[at] for k, v in place.items()}
        | {"record": first[at] + 2 + extra[at], "line": line["line"][at], "tariff": np.ones(len(at), np.int64)}
        | {"case_number": pick(CASES, article[at] % len(CASES)), "claim": pick(np.array(["C", "B"]), bonded[at] * 1)}
        | {"rate": np.full(len(at), 1200), "value_cents": value[at], "duty_cents": case_duty[at]},
    )
    out["fee_total"] = fee_totals(s, sums, base + total - 3)
    out["bond"] = table(
        "bond",
        {"version_id": s["id"], "interchange_id": s["file"], "record": base + 4}
        | {"bond_type": "8", "surety": pick(SURETIES, s["importer"] % len(SURETIES))},
    )
    return out


def _summed(of: Integers, amount: Integers, s: Columns) -> Integers:
    out = np.zeros(len(s["id"]), np.int64)
    np.add.at(out, of, amount)
    return out


def _share(cents: Integers, ppm: Integers) -> Integers:
    return (2 * cents * ppm + 1_000_000) // 2_000_000


_origins = read("origins")
ORIGINS = _origins["origin"].to_numpy(dtype="U2")
NONE = len(ORIGINS)
PROGRAMS = [*_origins["spi"], ""]
SURETIES = np.array(["001", "036", "044", "069", "076"])
CASES = np.array([f"A{570_000 + 7 * n}000" for n in range(60)])
HTS = np.array([f"{n:010}" for n in 100_000_000 + 1_370_003 * np.arange(NUMBERS)])
EXTRA = "9903880300"
UNITS = np.array(["NO", "KG", "DOZ", "M2", "X"])


def _interchanges(it: Month, s: Columns, day: np.datetime64) -> pa.Table:
    file, at = np.unique(s["file"], return_index=True)
    return table(
        "interchange",
        {"id": file, "account_id": it.broker_ids[s["broker"][at]], "mode": "file", "sha256": padded(file, 64)}
        | {"bytes": np.full(len(file), 100_000), "format": "catair", "state": "answered"}
        | {"received_at": instants(day, len(file)), "answered_at": instants(day, len(file))},
    )


def _arrivals(it: Month, s: Columns, day: np.datetime64) -> pa.Table:
    file, at = np.unique(s["file"], return_index=True)
    codes = it.population.brokers["filer_code"].to_numpy(dtype="U3")
    names = pc.binary_join_element_wise(
        pick(codes, s["broker"][at]),
        padded(file, 7),
        pa.scalar("abi", pa.large_string()),
        pa.scalar(".", pa.large_string()),
    )
    return table(
        "arrival",
        {"id": file, "interchange_id": file, "account_id": it.broker_ids[s["broker"][at]], "name": names}
        | {"received_at": instants(day, len(file))},
    )


def _headers(it: Month, s: Columns, sums: Columns, base: Integers, day: np.datetime64) -> tuple[pa.Table, pa.Table]:
    brokers, importers = it.population.brokers, it.population.importers
    rows = len(s["id"])
    ports = brokers[["port_0", "port_1", "port_2"]].to_numpy(dtype="U4")
    flat = ports.ravel()
    number = padded(s["serial"] * 10 + s["serial"] % 7, 8)
    common = {
        "filer_code": pick(brokers["filer_code"].to_numpy(dtype="U3"), s["broker"]),
        "entry_number": number,
        "version_number": "00100",
        "sequence": np.ones(rows, np.int64),
        "entry_type": pick(TYPES, s["type"]),
        "port_of_entry": pick(flat, s["broker"] * 3 + s["port"]),
        "broker_reference": padded(s["serial"] % 10**9, 9),
        "importer_number": pick(importers["number"].to_numpy(dtype="U12"), s["importer"]),
        "importer_account_id": it.importer_ids[s["importer"]],
        "filer_account_id": it.broker_ids[s["broker"]],
        "accepted_at": instants(day, rows),
    }
    entry = common | {"id": s["id"], "status": "accepted", "control": "trade", "version_id": s["id"]}
    entry |= {"changed_at": instants(day, rows), "changed_by": np.ones(rows, np.int64)}
    monthly = s["payment"] > 5
    on = s["payment"] > 1
    after = (np.datetime64(it.month, "M") + 1).astype(date).month
    version = common | {
        "id": s["id"],
        "entry_summary_id": s["id"],
        "interchange_id": s["file"],
        "record": base,
        "transaction_id": s["id"],
        "code": "995",
        "effect": "added",
        "action": "A",
        "mode_of_transport": pick(np.array(["11", "30"]), np.where(s["vessel"], 0, 1)),
        "payment_type": pick(np.array([str(n) for n in range(9)]), s["payment"]),
        "statement_date": pa.array(np.where(on, day, np.datetime64("NaT"))),
        "statement_month": pick(np.array(["", f"{after:02}"]), monthly * 1),
        "entry_date": pa.array(s["entry_date"]),
        "import_date": pa.array(s["entry_date"] - 3),
        "arrival_date": pa.array(s["entry_date"] - 1),
        "block_port": pick(flat, s["broker"] * 3),
        "block_filer": common["filer_code"],
        "total_duty_cents": sums["duty"],
        "total_fee_cents": sums["fee"],
        "total_tax_cents": np.zeros(rows, np.int64),
        "total_ad_cents": sums["ad"],
        "total_cvd_cents": np.zeros(rows, np.int64),
        "total_other_cents": np.zeros(rows, np.int64),
        "bonded_ad_cents": sums["bonded"],
        "cash_ad_cents": sums["ad"] - sums["bonded"],
    }
    return table("entry_summary", entry), table("entry_summary_version", version)


def _tariffs(
    place: Columns,
    line: Columns,
    article: Integers,
    value: Integers,
    duty: Integers,
    extra: np.ndarray,
    added: Integers,
    rng: np.random.Generator,
) -> pa.Table:
    """The article's number, before it a chapter 99 number where one applies."""
    at = np.repeat(np.arange(len(article)), 1 + extra)
    second = np.append(at[1:] == at[:-1], False)  # the first of two: chapter 99
    number = 1 + np.append(False, at[1:] == at[:-1])
    words = np.append(HTS, EXTRA)
    unit = article[at] % len(UNITS)
    return table(
        "tariff",
        {k: v[at] for k, v in place.items()}
        | {"record": line["record"][at] + number, "line": line["line"][at], "tariff": number}
        | {"hts_number": pick(words, np.where(second, NUMBERS, article[at]))}
        | {"duty_cents": np.where(second, added[at], duty[at]), "value_cents": np.where(second, 0, value[at])}
        | {
            "quantity_1": np.where(second, 0, 100 * (1 + value[at] // 2_500)),
            "unit_1": pick(np.append(UNITS, ""), np.where(second, len(UNITS), unit)),
        },
    )
