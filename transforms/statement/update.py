"""Statement update, SU to SQ: an entry summary moves to another day or month, or to single payment.

When (chapter 05, pages 6 and 7; 05b, page 5):

* until its preliminary statement is printed a summary moves freely, but cannot leave for single payment;
* on a preliminary statement that is not authorised it moves, or leaves, and is removed from the statement;
* once the payment is authorised (RM) nothing moves until the authorisation is withdrawn;
* once a periodic daily statement is final, and until the month is paid, a summary can only leave for single payment;
* once paid it stays; a post summary correction is the way.
"""

from __future__ import annotations

from datetime import date
from typing import Protocol

import numpy as np
import pandas as pd

from parsers.catair import layout, write
from parsers.catair.read import Parsed
from transforms.statement import conditions
from transforms.statement.assemble import DAILY, OF_BRANCH, PERIODIC
from transforms.statement.instants import look_up

ACCEPTED = "P12"
_DAYS_AHEAD, _MONTHS_AHEAD = 90, 2
_FIELDS = {
    "port": "district_port_of_entry_summary",
    "filer_code": "entry_filer_code",
    "entry_number": "entry_number",
    "payment_type": "payment_type_indicator",
    "print_date": "preliminary_statement_print_date",
    "branch": "client_branch_designation",
    "month": "periodic_statement_month",
}


class Month(Protocol):
    """What judging an update asks of a calendar."""

    def next_working(self, day: date) -> date: ...
    def prelim(self, year: int, month: int) -> date: ...


def requests(parsed: Parsed, record: str = "H") -> pd.DataFrame:
    """The H records of a shard: ``row block processing_filer`` and ``port filer_code entry_number payment_type
    print_date branch month`` as sent (``month`` is its two digits)."""
    table = parsed.tables[record]
    block = parsed.transactions["block"].to_numpy()[table["txn"].to_numpy()]
    told = {name: table[field] for name, field in _FIELDS.items()}
    filer = parsed.blocks["filer"].to_numpy()[block]
    return pd.DataFrame({"row": table["row"], "block": block, "processing_filer": filer, **told})


def decide(
    requests: pd.DataFrame,
    statement: pd.DataFrame,
    entry: pd.DataFrame,
    payable: pd.DataFrame,
    calendar: Month,
    today: date,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Dispositions, position for position, and the moves of those accepted.

    ``payable`` is the present version of the entries named, ``statement`` the daily statements they stand on and the
    monthly ones above, with ``presented_at`` and ``paid_at`` (blank: not yet), ``entry`` every entry of these daily
    statements with its ``due_cents``. Several requests on one summary are taken in turn.

    Dispositions: ``code severity narrative broker_reference`` and, when the summary left a printed statement,
    ``statement_number total_cents parent_number parent_total_cents``: what is due on both after this request (blank
    when not). Moves: ``request entry_summary_id version_id statement_number`` (blank: it stood on none) ``payment_type
    print_date branch month`` (first of the month) ``removed_by``.
    """
    requests = requests.reset_index(drop=True)
    payable = payable.sort_values("version_id").drop_duplicates(["filer_code", "entry_number"], keep="last")
    at = _find(requests, payable)
    month, form = _form(requests, payable.take(at.clip(0)) if len(payable) else payable, calendar, today)
    place = _Standing(statement, entry)
    on = place.of(payable["entry_summary_id"].to_numpy()[at] if len(payable) else at)
    on[at < 0] = -1
    code, left = np.full(len(requests), ACCEPTED, dtype="U3"), np.full(len(requests), -1)
    turn = np.where(at < 0, 0, pd.Series(at).groupby(at).cumcount())
    for one in range(int(turn.max(initial=-1)) + 1):
        now = np.flatnonzero(turn == one)
        moved = np.isin(at[now], at[(turn < one) & (code == ACCEPTED) & (left >= 0)])
        standing = np.where(moved, -1, on[now])
        verdict = place.refuse(standing, requests["payment_type"].take(now))
        code[now] = np.where(at[now] < 0, "P01", np.where(form[now] != "", form[now], verdict))
        left[now] = np.where(code[now] == ACCEPTED, standing, -1)
    dispositions = conditions.described(code)
    reference = payable["broker_reference"].reset_index(drop=True).reindex(at).fillna("")
    dispositions["broker_reference"] = reference.to_numpy()
    dispositions = dispositions.join(place.after(left))
    return dispositions, _moves(requests, code, month, left, payable, at, place)


def answer(requests: pd.DataFrame, dispositions: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The SQ records between B and Y, ``(n, 80) uint8``, in the order of the requests, and the request of each: H1
    repeats it, H2 tells what became of it, H3 gives the new totals where it left a printed statement."""
    layouts, every = layout.load("sq"), np.arange(len(requests))
    identity = {
        "district_port_of_entry_summary": requests["port"],
        "entry_filer_code": requests["filer_code"],
        "entry_number": requests["entry_number"],
    }
    h1 = identity | {
        "payment_type_indicator": requests["payment_type"],
        "preliminary_statement_print_date": requests["print_date"],
        "broker_reference_number": dispositions["broker_reference"],
        "client_branch_designation": requests["branch"],
        "periodic_statement_month": requests["month"],
    }
    h2 = {
        "severity_code": dispositions["severity"],
        "entry_filer_code": requests["filer_code"],
        "entry_number": requests["entry_number"],
        "condition_code": dispositions["code"],
        "narrative_text": dispositions["narrative"],
    }
    told = np.flatnonzero(dispositions["statement_number"] != "")
    h3 = {name: values.reset_index(drop=True).take(told) for name, values in identity.items()} | {
        "daily_or_periodic_daily_statement_number": dispositions["statement_number"].take(told),
        "total_amount_due": dispositions["total_cents"].take(told),
        "periodic_monthly_statement_number": dispositions["parent_number"].take(told),
        "periodic_monthly_statement_total_amount_due": dispositions["parent_total_cents"].take(told),
    }
    body = np.concatenate([write.write(layouts, *part) for part in (("H1", h1), ("H2", h2), ("H3", h3))])
    of = np.concatenate([every, every, told])
    order = np.argsort(of, kind="stable")
    return body[order], of[order]


class _Standing:
    """Where summaries stand: the daily statement of each open entry, and the monthly one above it."""

    def __init__(self, statement: pd.DataFrame, entry: pd.DataFrame) -> None:
        numbers = pd.Index(statement["statement_number"])
        daily = numbers.get_indexer(entry["statement_number"])
        open_ = entry["removed_at"].isna().to_numpy() & (daily >= 0)
        open_[open_] = statement["kind"].to_numpy()[daily[open_]] == "daily"
        self.statement, self.parent = statement, numbers.get_indexer(statement["parent_number"])
        self.entry, self.daily = entry[open_], daily[open_]
        self.due = self.entry["due_cents"].to_numpy(np.int64)

    def of(self, entry_summary: np.ndarray) -> np.ndarray:
        """The open entry (a row of ``self.entry``) of each entry summary, -1 none."""
        return pd.Index(self.entry["entry_summary_id"]).get_indexer(entry_summary)

    def refuse(self, standing: np.ndarray, payment_type: pd.Series) -> np.ndarray:
        """The code of what forbids a summary to leave where it stands, or :data:`ACCEPTED`."""
        single = payment_type.eq("1").to_numpy()
        on = standing >= 0
        if not len(self.daily):
            return np.where(single, "T01", ACCEPTED)
        daily = self.daily[standing.clip(0)]
        above, has_above = self.parent[daily], self.parent[daily] >= 0
        paid = self.statement["paid_at"].notna().to_numpy()
        authorised = self.statement["presented_at"].notna().to_numpy()[daily]
        final = self.statement["status"].eq("F").to_numpy()[daily]
        periodic = self.statement["payment_type"].isin(PERIODIC).to_numpy()[daily]
        return np.select(
            [
                on & (paid[daily] | (has_above & paid[above])),
                on & final & periodic & ~single,
                on & authorised & ~(final & periodic),
                ~on & single,
            ],
            ["T03", "T04", "T02", "T01"],
            ACCEPTED,
        )

    def after(self, left: np.ndarray) -> pd.DataFrame:
        """What is due on both statements after each removal, in the order of the requests."""
        gone = pd.DataFrame({"request": np.flatnonzero(left >= 0), "entry": left[left >= 0]})
        gone["due"] = self.due[gone["entry"]]
        gone["daily"] = self.daily[gone["entry"]]
        gone["parent"] = self.parent[gone["daily"]]
        size = len(self.statement)
        daily = _exact(self.daily, self.due, size)
        of_parent = self.parent[self.daily]
        monthly = _exact(of_parent[of_parent >= 0], self.due[of_parent >= 0], size)
        number = self.statement["statement_number"].to_numpy(dtype=object)
        gone["statement_number"] = number[gone["daily"]]
        gone["total_cents"] = daily[gone["daily"]] - gone.groupby("daily")["due"].cumsum()
        above = gone["parent"] >= 0
        gone["parent_number"] = np.where(above, number[gone["parent"]], "") if size else ""
        rest = monthly[gone["parent"]] - gone.groupby("parent")["due"].cumsum()
        gone["parent_total_cents"] = rest.astype("Int64").where(above)
        told = gone.set_index("request")[["statement_number", "total_cents", "parent_number", "parent_total_cents"]]
        told = told.reindex(range(len(left))).astype({"total_cents": "Int64", "parent_total_cents": "Int64"})
        for name in ("statement_number", "parent_number"):
            told[name] = told[name].fillna("").astype("str")
        return told


def _exact(where: np.ndarray, amount: np.ndarray, size: int) -> np.ndarray:
    sums = np.zeros(size, np.int64)
    np.add.at(sums, where, amount)
    return sums


def _find(requests: pd.DataFrame, payable: pd.DataFrame) -> np.ndarray:
    """The payable each request names, -1 when there is none."""
    if payable.empty:
        return np.full(len(requests), -1)
    index = pd.Index(payable["filer_code"] + payable["entry_number"])
    return index.get_indexer(pd.Index(requests["filer_code"] + requests["entry_number"]))


def _form(requests: pd.DataFrame, payable: pd.DataFrame, calendar: Month, today: date) -> tuple[pd.Series, np.ndarray]:
    """The statement month asked for, and what is wrong with the request itself (blank: nothing)."""
    kind, day, now = requests["payment_type"], requests["print_date"], pd.Timestamp(today)
    single, periodic, known = kind.eq("1"), kind.isin(PERIODIC), kind.isin(("1", *DAILY, *PERIODIC))
    number = pd.to_numeric(requests["month"], errors="coerce")
    ahead = (number - today.month) % 12
    first = np.datetime64(today, "M") + ahead.where(number.between(1, 12), 0).to_numpy(np.int64)
    month = pd.Series(first.astype("datetime64[s]"), requests.index).where(periodic & number.between(1, 12))
    latest = look_up(month, lambda month: calendar.prelim(month.year, month.month))
    next_working = look_up(day, calendar.next_working)
    summary = payable.reset_index(drop=True) if len(payable) else payable.reindex(requests.index)
    taxed = summary["tax_cents"].fillna(0).gt(0)
    elsewhere = summary["port_of_entry"].ne(requests["port"]) if "port_of_entry" in summary else taxed & False
    has_date, has_month, has_branch = day.notna(), requests["month"].ne(""), requests["branch"].ne("")
    unreadable = requests["bad_date"] if "bad_date" in requests else taxed & False
    rules = {
        "B53": requests["filer_code"].ne(requests["processing_filer"]),
        "B32": elsewhere,
        "197": ~known,
        "199": single & has_date,
        "200": ~periodic & has_month,
        "201": ~kind.isin(OF_BRANCH) & has_branch,
        "203": ~single & unreadable,
        "202": ~single & ~has_date,
        "204": day.notna() & (next_working != day),
        "205": day <= now,
        "206": day > now + pd.Timedelta(days=_DAYS_AHEAD),
        "211": periodic & ~has_month,
        "212": periodic & ~number.between(1, 12),
        "213": periodic & (ahead > _MONTHS_AHEAD),
        "215": periodic & (day > latest),
        "718": periodic & taxed,
    }
    return month, np.select([r.to_numpy(dtype=bool) for r in rules.values()], list(rules), "")


def _moves(
    requests: pd.DataFrame,
    code: np.ndarray,
    month: pd.Series,
    left: np.ndarray,
    payable: pd.DataFrame,
    at: np.ndarray,
    place: _Standing,
) -> pd.DataFrame:
    done = np.flatnonzero(code == ACCEPTED)
    summary, asked = payable.take(at[done]), requests.take(done)
    number = np.full(len(done), "", dtype=object)
    removed = left[done] >= 0
    number[removed] = place.entry["statement_number"].to_numpy(dtype=object)[left[done][removed]]
    return pd.DataFrame(
        {
            "request": done,
            "entry_summary_id": summary["entry_summary_id"].to_numpy(),
            "version_id": summary["version_id"].to_numpy(),
            "statement_number": pd.Series(number, dtype="str"),
            "payment_type": asked["payment_type"].to_numpy(),
            "print_date": asked["print_date"].to_numpy(),
            "branch": asked["branch"].to_numpy(),
            "month": month.take(done).to_numpy(),
            "removed_by": pd.Series(np.where(removed, "A", ""), dtype="str"),
        }
    )
