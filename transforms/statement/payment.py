"""Payment authorisation, RM to PZ: a filer presents the summaries of a daily statement and authorises its payment.

Chapter 05, page 7: the debit of a periodic daily statement waits for the due day of its month; a plain daily statement
is debited at once. An authorisation is withdrawn by a negation on the same day, before the end of the day makes the
statement final. A statement of zero is presented all the same, which completes it. A payer unit number means an ACH
debit; without one the money comes as ACH credit. The chapter on RM is not public; its layout is inferred.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from parsers.catair import layout, write
from parsers.catair.read import Parsed
from transforms.statement import conditions
from transforms.statement.assemble import PERIODIC
from transforms.statement.instants import business_day

#: Payment type of an RM: which kind of daily statement it names.
OF_PERIODIC, OF_DAILY = "01", "02"
_BARE = 10  # characters of an employer number, NN-NNNNNNN
ACCEPTED = ("T10", "T11", "T12")
_FIELDS = {
    "payment_type": "payment_type_code",
    "payer_unit": "payer_unit_number",
    "filer_code": "filer_code",
    "statement_number": "statement_number",
    "negation": "debit_negation_identifier",
}


def requests(parsed: Parsed, record: str = "PT") -> pd.DataFrame:
    """The PT records of a shard: ``row block processing_filer payment_type payer_unit filer_code statement_number
    negation`` (``Y`` or blank)."""
    table = parsed.tables[record]
    block = parsed.transactions["block"].to_numpy()[table["txn"].to_numpy()]
    told = {name: table[field] for name, field in _FIELDS.items()}
    filer = parsed.blocks["filer"].to_numpy()[block]
    return pd.DataFrame({"row": table["row"], "block": block, "processing_filer": filer, **told})


def decide(
    requests: pd.DataFrame, statement: pd.DataFrame, today: date, payer_units: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Dispositions (``code severity narrative``), position for position, and the payments to be made or withdrawn.

    ``statement`` are the statements named, with ``presented_at`` and ``paid_at`` (blank: not yet),
    ``remaining_cents``, what is due on them now, and ``debit_sent``: a debit that is at the bank is not withdrawn. A
    statement may be named several times: its requests are taken in turn. ``payer_units`` are those on file, ``number``
    and the filer code or importer number of who may use it (``identifier``); without it every payer unit passes.

    Payments: ``request statement_number action`` (``authorise``, ``withdraw``) ``method`` (``debit``, ``credit``, or
    ``none`` when nothing is due) ``payer_unit amount_cents settle_on``, the day on which the debit is sent.
    """
    requests = requests.reset_index(drop=True)
    at = pd.Index(statement["statement_number"]).get_indexer(requests["statement_number"])
    now = pd.Timestamp(today)
    presented = business_day(statement["presented_at"]).to_numpy().copy()
    code = np.full(len(requests), "T20", dtype="U3")
    turn = pd.Series(at).groupby(at).cumcount().to_numpy()
    for one in range(int(turn[at >= 0].max(initial=-1)) + 1):
        rows = np.flatnonzero((turn == one) & (at >= 0))
        verdict = _judge(requests.take(rows), statement.take(at[rows]), presented[at[rows]], now, payer_units)
        code[rows] = verdict
        presented[at[rows[np.isin(verdict, ("T10", "T11"))]]] = now.to_datetime64()
        presented[at[rows[verdict == "T12"]]] = np.datetime64("NaT")
    return conditions.described(code), _payments(requests, code, statement, at, now)


def answer(
    requests: pd.DataFrame, dispositions: pd.DataFrame, amount_cents: pd.Series
) -> tuple[np.ndarray, np.ndarray]:
    """The PZ records between B and Y, ``(n, 80) uint8``: for each request the reference E0 and the condition E1, and
    the request of each record. ``amount_cents`` is what is authorised or withdrawn, blank on a refusal."""
    layouts, every = layout.load("pz"), np.arange(len(requests))
    occurrence = requests.groupby(requests["block"] if "block" in requests else every * 0).cumcount() + 1
    named = {"statement_number": requests["statement_number"], "filer_code": requests["filer_code"]}
    e0 = named | {
        "occurrence_position": occurrence,
        "payer_unit_number": requests["payer_unit"],
        "payment_type_code": requests["payment_type"],
        "payment_amount": amount_cents,
    }
    e1 = named | {
        "disposition_type_code": np.where(dispositions["code"].isin(ACCEPTED), "A", "R"),
        "severity_code": dispositions["severity"],
        "condition_code": dispositions["code"],
        "narrative_text": dispositions["narrative"],
    }
    records = (write.write(layouts, "E0-STATMT", e0), write.write(layouts, "E1", e1))
    return np.stack(records, axis=1).reshape(-1, layout.WIDTH), np.repeat(every, 2)


def _judge(
    asked: pd.DataFrame,
    named: pd.DataFrame,
    presented: np.ndarray,
    now: pd.Timestamp,
    payer_units: pd.DataFrame | None,
) -> np.ndarray:
    asked, named = asked.reset_index(drop=True), named.reset_index(drop=True)
    kind = np.where(named["payment_type"].isin(PERIODIC), OF_PERIODIC, OF_DAILY)
    filer = named["filer_code"].to_numpy(dtype=object)
    withdraw, authorised = asked["negation"].eq("Y").to_numpy(), ~np.isnat(presented)
    late = (named["due_date"] < now).to_numpy()
    sent = named["debit_sent"].to_numpy(bool) if "debit_sent" in named else np.zeros(len(named), bool)
    rules = {
        "T29": ~asked["negation"].isin(("", "Y")).to_numpy(),
        "T21": (asked["filer_code"].to_numpy() != filer) | (asked["processing_filer"].to_numpy() != filer),
        "T28": named["kind"].eq("monthly").to_numpy(),
        "T27": asked["payment_type"].to_numpy() != kind,
        "T24": named["paid_at"].notna().to_numpy(),
        "T25": withdraw & ~authorised,
        "T26": withdraw & ((presented != now.to_datetime64()) | named["status"].eq("F").to_numpy() | sent),
        "T12": withdraw,
        "T22": authorised,
        "T23": late,
        "T30": ~_known_unit(asked["payer_unit"], named, payer_units),
        "T10": asked["payer_unit"].ne("").to_numpy() & named["remaining_cents"].gt(0).to_numpy(),
    }
    return np.select(list(rules.values()), list(rules), "T11")


def _known_unit(unit: pd.Series, named: pd.DataFrame, payer_units: pd.DataFrame | None) -> np.ndarray:
    """Whether each payer unit is blank, or one of the filer or the importer of the statement."""
    if payer_units is None:
        return np.ones(len(unit), bool)
    # An importer statement of types 5 and 8 names the importer without the two characters of suffix.
    owner = payer_units["identifier"]
    known = pd.Index(pd.concat([payer_units["number"] + " " + o for o in (owner, owner.str.slice(0, _BARE))]))
    own = [(unit + " " + named[name]).isin(known) for name in ("filer_code", "importer_number") if name in named]
    return (unit.eq("") | np.logical_or.reduce(own)).to_numpy(dtype=bool)


def _payments(
    requests: pd.DataFrame, code: np.ndarray, statement: pd.DataFrame, at: np.ndarray, now: pd.Timestamp
) -> pd.DataFrame:
    done = np.flatnonzero(np.isin(code, ACCEPTED))
    asked, named, verdict = requests.take(done), statement.take(at[done]).reset_index(drop=True), code[done]
    due = named["remaining_cents"].to_numpy(np.int64)
    credit = np.where(due > 0, "credit", "none")
    at_once = pd.Series(now, named.index, dtype="datetime64[s]")
    return pd.DataFrame(
        {
            "request": done,
            "statement_number": asked["statement_number"].to_numpy(),
            "action": pd.Series(np.where(verdict == "T12", "withdraw", "authorise"), dtype="str"),
            "method": pd.Series(np.where((due > 0) & (asked["payer_unit"] != ""), "debit", credit), dtype="str"),
            "payer_unit": asked["payer_unit"].to_numpy(),
            "amount_cents": due,
            "settle_on": named["due_date"].where(named["payment_type"].isin(PERIODIC), at_once),
        }
    )
