"""A generated month of one importer, as the loader would hand it over, and its statements summed up by hand."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import numpy as np
import pandas as pd
import pytest

from bench import generate
from tidewaiter import answering, demonstration
from transforms import account_rows
from transforms.filing.summarise import MonthFacts

MONTH = date(2026, 9, 1)
DAYS = [date(2026, 9, 8) + timedelta(days=n) for n in range(3)]


@cache
def generated() -> tuple[dict[str, pd.DataFrame], list[str]]:
    """The account rows of three days of a few brokers and where they were read; the importers by activity."""
    parts: dict[str, list[pd.DataFrame]] = {}
    versions = 0
    for day in DAYS:
        files = list(generate.generate(day, 200, 3, brokers=3, importers=12))
        it = answering.compute([f.data for f in files], today=day, reference=demonstration.snapshot().tables)
        rows = account_rows.rows(it.facts, it.dispositions, it.parsed)
        frames, names = it.parsed.frames, np.array([f.name for f in files], dtype=object)
        for name, table in rows.items():
            at = table["row"].to_numpy() if "row" in table else it.facts.header["row_10"].take(table["txn"])
            placed = table.assign(
                version_id=table["txn"] + versions,
                file_name=pd.array(names[frames.file[at]], dtype="str"),
                record=frames.record[at].astype("int64"),
                line_no=frames.line_no[at].astype("int64"),
            )
            parts.setdefault(name, []).append(placed)
        versions += len(it.dispositions)
    tables = {name: pd.concat(each, ignore_index=True) for name, each in parts.items()}
    version = tables["entry_summary_version"]
    last = version.drop_duplicates(["filer_code", "entry_number"], keep="last")
    tables = {name: t[t["version_id"].isin(last["version_id"])].reset_index(drop=True) for name, t in tables.items()}
    return tables, list(last["importer_number"].value_counts().index)


def of_importer(importer: str) -> dict[str, pd.DataFrame]:
    tables, _ = generated()
    version = tables["entry_summary_version"]
    mine = version.loc[version["importer_number"] == importer, "version_id"]
    return {name: t[t["version_id"].isin(mine)].reset_index(drop=True) for name, t in tables.items()}


def month_facts(importer: str) -> MonthFacts:
    """What ``loaders.filings`` reads, from account rows instead of a database."""
    own = of_importer(importer)
    entry = own["entry_summary_version"].rename(
        columns={"port_of_entry": "port"} | {f"total_{k}_cents": f"{k}_cents" for k in KINDS}
    )
    on = entry["payment_type"] != "1"
    number = "ST" + entry["port"] + entry["statement_date"].dt.strftime("%m%d").fillna("")
    entry["statement_number"] = number.where(on, "").astype("str")
    columns = (
        "version_id filer_code entry_number entry_type port entry_date import_date importer_number statement_number"
        " file_name record"
    )
    entry = entry[[*columns.split(), *(f"{k}_cents" for k in KINDS)]]
    return MonthFacts(
        account={
            "number": f"I-{importer}",
            "name": "TIDEWATER HOUSEWARES AND LIGHTING IMPORT",
            "importer_number": importer,
            "bond": "260000123",
            "parent": "",
        },
        month=MONTH,
        entry=entry,
        line=own["line"],
        tariff=own["tariff"],
        fee=own["fee"],
        adcvd=own.get("adcvd", NO_CASES),
        statement=statements(entry, own["fee_total"]),
        fee_total=own["fee_total"],
    )


KINDS = ("duty", "fee", "tax", "ad", "cvd", "other")
NO_CASES = pd.DataFrame({"version_id": [], "line": [], "case_number": [], "claim": [], "duty_cents": []}).astype(
    {"version_id": "int64", "line": "int64", "case_number": "str", "claim": "str", "duty_cents": "int64"}
)


def statements(entry: pd.DataFrame, fee_total: pd.DataFrame) -> pd.DataFrame:
    """Daily statements from the totals of the entries (records 89 and 90), and one monthly statement above them."""
    estimate = entry["entry_type"].isin(["21", "22", "23"])
    harbor = fee_total[fee_total["class_code"] == "501"].groupby("version_id")["amount_cents"].sum()
    harbor = entry["version_id"].map(harbor).fillna(0).where(entry["entry_type"] != "22", 0).astype("int64")
    due = {
        "duty_cents": (entry["duty_cents"] + entry["other_cents"]).mask(estimate, 0),
        "tax_cents": entry["tax_cents"].mask(estimate, 0),
        "deferred_tax_cents": 0,
        "ad_cents": entry["ad_cents"].mask(estimate, 0),
        "cvd_cents": entry["cvd_cents"].mask(estimate, 0),
        "interest_cents": 0,
        "fee_cents": entry["fee_cents"].mask(estimate, harbor),
    }
    amounts = pd.DataFrame(due).astype("int64")
    amounts["total_cents"] = amounts.sum(axis=1)
    amounts["entries"] = 1
    daily = amounts.groupby(entry["statement_number"]).sum()
    daily = daily[daily.index != ""].reset_index().assign(kind="daily", parent_number="M1", due_date="2026-10-22")
    whole = daily.drop(columns=["statement_number", "kind", "parent_number", "due_date"]).sum()
    monthly = pd.DataFrame([whole]).assign(
        entries=daily["entries"].sum(), statement_number="M1", kind="monthly", parent_number=""
    )
    monthly = monthly[monthly["entries"] > 0]
    table = pd.concat([daily, monthly.assign(due_date="2026-10-22")], ignore_index=True)
    return table.assign(due_date=table["due_date"].astype("datetime64[s]"))


@pytest.fixture(scope="session")
def tables() -> dict[str, pd.DataFrame]:
    """The account tables of everything generated."""
    return generated()[0]


@pytest.fixture(scope="session")
def busiest() -> MonthFacts:
    """The month of the importer with the most entries."""
    return month_facts(generated()[1][0])


@pytest.fixture(scope="session")
def everyone() -> list[MonthFacts]:
    return [month_facts(number) for number in generated()[1]]
