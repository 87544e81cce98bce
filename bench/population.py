"""The brokers and importers of a seed: who files for whom, where, how they pay."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from bench.tables import BadRequest, assumptions, read, shares, words

Text = npt.NDArray[np.str_]

_LETTERS = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
_STATES = words("CA TX NY NJ IL GA FL WA MI OH PA NC SC TN VA MA IN MN AZ WI")
_FIRST = words("Cedar Harbor Summit Juniper Prairie Beacon Atlas Meridian Copper Willow Granite Lakeshore")
_SECOND = words("Foods Supply Imports Trading Components Textiles Motors Tools Home Medical Systems Brands")
_SURETIES = words("001 036 044 069 076 118 120 123 128")


@dataclass(frozen=True)
class Population:
    """``brokers``: filer code, site, password, ports, share. ``importers``: number, name, broker, ..."""

    brokers: pd.DataFrame
    importers: pd.DataFrame

    @cached_property
    def clients(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Where each broker's importers start in ``importers`` (sorted by broker), and how many there are."""
        count = np.bincount(self.importers["broker"], minlength=len(self.brokers))
        return np.cumsum(count) - count, count


def populate(seed: int, brokers: int, importers: int | None = None, sectors: Text | None = None) -> Population:
    """``brokers`` brokers and their importers (each broker has at least one), drawn from ``seed`` alone."""
    rng = np.random.default_rng([seed, 20_000])
    if not 1 <= brokers <= 6_000:
        raise BadRequest(f"between 1 and 6,000 brokers, not {brokers}")
    importers = max(brokers, importers or round(brokers * assumptions()["importers_per_broker"]))
    return Population(_brokers(rng, brokers), _importers(rng, brokers, importers, sectors))


def _brokers(rng: np.random.Generator, n: int) -> pd.DataFrame:
    code = rng.permutation(26 * 26 * 10)[:n]  # the AAN form of Appendix E
    filer = np.char.add(np.char.add(_LETTERS[code // 260], _LETTERS[code // 10 % 26]), (code % 10).astype("U1"))
    ports = read("ports")
    kinds, weight = shares("port_kind")
    kind = rng.choice(kinds, n, p=weight)
    table = pd.DataFrame({"filer_code": filer, "kind": kind})
    for slot in range(3):  # a broker keeps to one border or coast, so all of its ports are of one kind
        table[f"port_{slot}"] = ""
        for name in kinds:
            at = np.flatnonzero(kind == name)
            of_kind = ports[ports["kind"] == name]
            p = of_kind["weight"].astype(float).to_numpy()
            table.loc[at, f"port_{slot}"] = rng.choice(
                of_kind["port_code"].to_numpy(dtype="U4"), len(at), p=p / p.sum()
            )
    table["site"] = table["port_0"]
    table["password"] = ["".join(p) for p in rng.choice(_LETTERS, (n, 6))]
    share = 1 / np.arange(1, n + 1) ** assumptions()["broker.exponent"]
    table["share"] = share / share.sum()
    return table


def _importers(rng: np.random.Generator, brokers: int, n: int, sectors: Text | None) -> pd.DataFrame:
    broker = np.sort(np.concatenate([np.arange(brokers), rng.integers(0, brokers, n - brokers)]))
    serial = rng.choice(9_000_000, n, replace=False) + 1_000_000
    number = np.char.add(np.char.add(rng.integers(10, 99, n).astype("U2"), "-"), np.char.add(serial.astype("U7"), "00"))
    payment, weight = shares("payment")
    names = np.char.add(np.char.add(rng.choice(_FIRST, n), " "), rng.choice(_SECOND, n))
    return pd.DataFrame(
        {
            "number": number,
            "name": np.char.add(np.char.add(names, " "), np.arange(1, n + 1).astype("U7")),
            "broker": broker,
            "sector": rng.choice(np.array(["home"]) if sectors is None else sectors, n),
            "state": rng.choice(_STATES, n),
            "surety": rng.choice(_SURETIES, n),
            "payment_type": rng.choice(payment, n, p=weight),
        }
    )
