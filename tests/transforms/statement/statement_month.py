"""A month of a small office, simulated: what loaders and the composition do with these functions, in plain tables."""

from __future__ import annotations

from datetime import date

import pandas as pd
from statement_tables import Days, fees, payables, typed

from transforms.statement import assemble, daily, monthly, payment, totals, update

MONTH, PRINT, DUE = date(2026, 11, 1), date(2026, 11, 17), date(2026, 11, 23)
INSTANTS = ("printed_at", "presented_at", "paid_at")


class Office:
    """Filings, statements and messages of one filer; every PF and MS batch made is kept in ``wires``."""

    def __init__(self) -> None:
        self.versions: list[dict] = []  # of what was filed, position == version; the last of an entry counts
        self.fee: list[tuple[int, str, int]] = []
        self.deleted: set[int] = set()
        self._payable: tuple[pd.DataFrame, pd.DataFrame] | None = None
        self.statement = pd.DataFrame()
        self.entry = pd.DataFrame()
        self.wires: list[tuple[str, bytes]] = []

    def file(self, entry: int, amounts: dict, fee: list[tuple[str, int]]) -> None:
        """An entry is added, or replaced as long as it is on no statement (and never was)."""
        if entry not in set(self.listed()["entry_summary_id"]):
            self.deleted.discard(entry)
            self._payable = None
            self.versions.append({"entry_summary_id": entry, "entry_number": f"{entry:08d}", **amounts})
            self.fee += [(len(self.versions) - 1, code, cents) for code, cents in fee]

    def delete(self, entry: int) -> None:
        if entry not in set(self.listed()["entry_summary_id"]):
            self.deleted.add(entry)

    def payable(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Every version, with its fees."""
        if self._payable is None:
            every = payables([v | {"version_id": i} for i, v in enumerate(self.versions)])
            self._payable = every, fees(every, self.fee)
        return self._payable

    def present(self) -> pd.DataFrame:
        """The present versions of what is on file."""
        every, _ = self.payable()
        last = every.drop_duplicates("entry_summary_id", keep="last")
        return last[~last["entry_summary_id"].isin(self.deleted)].reset_index(drop=True)

    def listed(self) -> pd.DataFrame:
        return self.entry if len(self.entry) else pd.DataFrame({"entry_summary_id": [], "removed_at": []})

    def print_day(self, day: date) -> None:
        on = self.listed()
        standing = on.loc[on["removed_at"].isna(), "entry_summary_id"]
        now = self.present()
        now = now[~now["entry_summary_id"].isin(standing)].reset_index(drop=True)
        if now.empty:
            return
        _, fee = self.payable()
        last: dict[str, int] = {}
        made = assemble.daily(now, fee, day, last, Days())
        if len(made.statement):
            self._keep(made.statement.assign(printed_at=pd.Timestamp(day)), made.entry)
            self._send(made.statement["statement_number"].tolist(), day)

    def _keep(self, statement: pd.DataFrame, entry: pd.DataFrame) -> None:
        blank = {name: pd.Series(pd.NaT, statement.index, dtype="datetime64[s]") for name in INSTANTS}
        statement = statement.assign(**{n: c for n, c in blank.items() if n not in statement})
        self.statement = pd.concat([self.statement, statement], ignore_index=True)
        self.entry = pd.concat([self.entry, entry], ignore_index=True) if len(entry) else self.entry

    def _send(self, numbers: list[str], day: date) -> None:
        payable, fee = self.payable()
        chosen = self.statement[self.statement["statement_number"].isin(numbers)]
        if chosen["kind"].eq("daily").all():
            wire = daily.batch(chosen, self.entry, payable, fee, site="2704", sent=day)
        else:
            below = self.statement[self.statement["kind"] == "daily"]
            wire = monthly.batch(chosen, below, self.entry, payable, fee, site="2704", sent=day)
        self.wires.append(("".join(chosen["status"].unique()), wire))

    def move(self, entry: int, day: date, change: dict) -> str:
        usual = {"processing_filer": "TW1", "port": "2704", "filer_code": "TW1", "branch": ""}
        row = pd.DataFrame([usual | {"entry_number": f"{entry:08d}"} | change])
        request = typed(row.drop(columns="month")).assign(month=row["month"].astype("str"))
        statement, rows = self.statement, self.entry
        if statement.empty:
            statement = pd.DataFrame(columns=["statement_number", "kind", "status", "parent_number", "payment_type"])
            statement = statement.assign(presented_at=pd.NaT, paid_at=pd.NaT)
            rows = pd.DataFrame(columns=["statement_number", "entry_summary_id", "due_cents", "removed_at"])
        told, moves = update.decide(request, statement, rows, self.present(), Days(), day)
        for move in moves.to_dict("records"):
            self._payable = None
            here = (
                self.entry["entry_summary_id"].eq(entry) & self.entry["removed_at"].isna() if len(self.entry) else None
            )
            if move["statement_number"]:
                self.entry.loc[here, ["removed_at", "removed_by"]] = [pd.Timestamp(day), move["removed_by"]]
                left = self.entry[self.entry["removed_at"].isna()]
                due = left.loc[left["statement_number"] == move["statement_number"], "due_cents"].sum()
                assert told["total_cents"].iloc[0] == due
            self.versions[move["version_id"]] |= {} if move["statement_number"] else _data(move)
            if move["statement_number"]:  # what was printed stays with its version; the move begins a new one
                old = self.versions[move["version_id"]]
                self.fee += [(len(self.versions), c, a) for i, c, a in self.fee if i == move["version_id"]]
                self.versions.append(old | _data(move))
        return told["code"].iloc[0]

    def pay(self, at: int, day: date, negation: str) -> str:
        """RM for the ``at``-th daily statement."""
        if self.statement.empty:
            return ""
        rows = self.statement[self.statement["kind"] == "daily"]
        row = rows.iloc[at % len(rows)]
        periodic = row["payment_type"] in "678"
        request = {
            "processing_filer": "TW1",
            "payment_type": "01" if periodic else "02",
            "payer_unit": "123456",
            "filer_code": "TW1",
            "statement_number": row["statement_number"],
            "negation": negation,
        }
        told, made = payment.decide(pd.DataFrame([request]), self.remaining(), day)
        here = self.statement["statement_number"] == row["statement_number"]
        for one in made.to_dict("records"):
            self.statement.loc[here, "presented_at"] = pd.Timestamp(day) if one["action"] == "authorise" else pd.NaT
        return told["code"].iloc[0]

    def remaining(self) -> pd.DataFrame:
        standing = self.entry[self.entry["removed_at"].isna()]
        due = standing.groupby("statement_number")["due_cents"].sum()
        return self.statement.assign(remaining_cents=self.statement["statement_number"].map(due).fillna(0).astype(int))

    def end_of_day(self, day: date) -> None:
        """Presented statements become final; plain daily ones are paid."""
        if self.statement.empty:
            return
        done = self.statement["presented_at"].notna() & self.statement["status"].eq("P")
        self.statement.loc[done, "status"] = "F"
        plain = done & self.statement["payment_type"].isin(["2", "3", "5"])
        self.statement.loc[plain, "paid_at"] = pd.Timestamp(day)
        if done.any():
            self._send(self.statement.loc[done, "statement_number"].tolist(), day)

    def print_month(self) -> None:
        payable, fee = self.payable()
        if self.statement.empty:
            return
        made = assemble.monthly(self.statement, self.entry, payable, fee, MONTH, {"TW1": "2704"}, {}, PRINT, DUE)
        parents = assemble.parents(made.entry, self.entry)
        mine = self.statement["statement_number"].map(parents).astype("str").fillna("")
        self.statement["parent_number"] = mine
        self._keep(made.statement.assign(printed_at=pd.Timestamp(PRINT)), made.entry.iloc[:0])
        if len(made.statement):
            self._send(made.statement["statement_number"].tolist(), PRINT)

    def close_month(self) -> None:
        if self.statement.empty:
            return
        upper = self.statement["kind"] == "monthly"
        self.statement.loc[upper, "status"] = "F"
        if upper.any():
            self._send(self.statement.loc[upper, "statement_number"].tolist(), DUE)

    def due(self) -> pd.Series:
        payable, fee = self.payable()
        return totals.due(payable, fee)["total_cents"]


def _data(move: dict) -> dict:
    """Statement data as a filing gives them."""
    day, month = move["print_date"], move["month"]
    return {
        "payment_type": move["payment_type"],
        "print_date": None if pd.isna(day) else day.strftime("%Y-%m-%d"),
        "month": None if pd.isna(month) else month.strftime("%Y-%m-%d"),
        "branch": move["branch"],
    }
