"""Whether a filing holds together: filing == statements == entries == lines, to the cent, and nothing left over."""

from __future__ import annotations

import numpy as np
import pandas as pd

from transforms.conditions.codes import codes
from transforms.filing.due import corrected, dues, supplemental
from transforms.filing.lines import AMOUNTS, LINES, OWNER, PROCESSING, amounts_of, find, numbered
from transforms.filing.summarise import MonthFacts

COLUMNS = ("check", "at", "what", "expected", "found")
#: Interest is added after the entries were filed, so it stands on a statement without standing in one of them.
ON_STATEMENT = ("duty_cents", "tax_cents", "deferred_tax_cents", "ad_cents", "cvd_cents", "fee_cents")


def tie_out(facts: MonthFacts, tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """What does not agree, one row each (``check at what expected found``, amounts in cents); empty when all is well.

    ``check`` is one of ``entry twice``, ``no entry`` and ``no line`` (rows that belong to nothing; ``found`` is what
    they carry), ``lines`` (lines against the totals of their entry), ``fee class`` (62 and 34 records against the 89
    totals), ``goods`` and ``totals`` (the filing against its lines and entries), ``no statement`` ``statement``
    and ``statement entry``.
    """
    parts = [
        _twice(facts.entry),
        *_orphans(facts),
        _lines(tables),
        _classes(facts),
        _filing(tables),
        _statements(facts, tables),
    ]
    parts = [part for part in parts if len(part)]
    if not parts:
        empty = pd.DataFrame(columns=list(COLUMNS))
        return empty.astype({"check": "str", "at": "str", "what": "str", "expected": "int64", "found": "int64"})
    return pd.concat(parts, ignore_index=True)


def _told(check: str, at: pd.Series, what: str, expected: np.ndarray, found: np.ndarray) -> pd.DataFrame:
    """The rows of a check where what was found is not what was expected."""
    wrong = np.flatnonzero(np.asarray(expected) != np.asarray(found))  # few or none: only they are put into words
    columns = {"check": check, "at": at.iloc[wrong].astype("str").array, "what": what}
    table = pd.DataFrame(columns | {"expected": expected[wrong], "found": found[wrong]})
    return table.astype({"check": "str", "what": "str", "expected": "int64", "found": "int64"})


def _named(entry: pd.DataFrame) -> pd.Series:
    return entry["filer_code"] + "-" + entry["entry_number"]


def _twice(entry: pd.DataFrame) -> pd.DataFrame:
    times = _named(entry).value_counts(sort=False).sort_index()
    return _told("entry twice", times.index.to_series(), "entries", np.ones(len(times), np.int64), times.to_numpy())


def _orphans(facts: MonthFacts) -> list[pd.DataFrame]:
    ids = facts.entry["version_id"]
    items = _keys(facts, facts.tariff)
    told = []
    tables = (
        ("line", numbered(facts.line), ""),
        ("tariff", facts.tariff, "duty_cents"),
        ("fee", facts.fee, "amount_cents"),
        ("adcvd", facts.adcvd, "duty_cents"),
    )
    for name, table, column in tables:
        of = find(ids, table["version_id"])
        amount = amounts_of(table, column) if column else np.zeros(len(table), np.int64)
        lost, nowhere = of < 0, (of >= 0) & (find(items, _keys(facts, table)) < 0)
        if name == "fee":  # a fee of the whole summary stands on no line; it needs some line to be shared out to
            header = (table["line"] == 0).to_numpy()
            nowhere = np.where(header, (of >= 0) & (find(np.unique(items // LINES), of) < 0), nowhere)
        for check, which in (("no entry", lost), ("no line", nowhere)):
            told.append(_belonging_to_nothing(check, name, table["version_id"][which], amount[which]))
    return told


def _belonging_to_nothing(check: str, name: str, version: pd.Series, amount: np.ndarray) -> pd.DataFrame:
    """Told even where no money is lost with them."""
    sums = pd.DataFrame({"version": version.to_numpy(), "amount": amount}).groupby("version")["amount"].sum()
    at = "version " + sums.index.to_series().astype("str")
    columns = {"check": check, "at": at.array, "what": name, "expected": 0, "found": sums.to_numpy()}
    return pd.DataFrame(columns).astype({"check": "str", "at": "str", "what": "str"})


def _keys(facts: MonthFacts, table: pd.DataFrame) -> np.ndarray:
    of = find(facts.entry["version_id"], table["version_id"])
    return of * LINES + table["line"].to_numpy(dtype=np.int64)


def _lines(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    entry, line = tables["entry"], tables["line"]
    keys = ["filer_code", "entry_number"]
    sums = line.groupby(keys)[list(AMOUNTS)].sum()
    stated = entry.groupby(keys)[list(AMOUNTS)].sum()
    sums = sums.reindex(stated.index, fill_value=0)
    at = _named(stated.reset_index())
    return pd.concat([_told("lines", at, c, stated[c].to_numpy(), sums[c].to_numpy()) for c in AMOUNTS])


def _classes(facts: MonthFacts) -> pd.DataFrame:
    """The processing fee alone may differ from the sum of its lines: it has a minimum and a maximum per summary."""
    if facts.fee_total is None:
        return pd.DataFrame(columns=list(COLUMNS))
    told = []
    stated, charged = (
        table[find(facts.entry["version_id"], table["version_id"]) >= 0].groupby(["version_id", "class_code"])
        for table in (facts.fee_total, facts.fee)
    )
    both = pd.DataFrame({"stated": stated["amount_cents"].sum(), "charged": charged["amount_cents"].sum()})
    both = both.fillna(0).astype("int64").reset_index()
    both = both[(both["class_code"] != PROCESSING) & both["class_code"].isin(_fees(facts))]
    entry = facts.entry.drop_duplicates("version_id").set_index("version_id")
    at = _named(entry.loc[both["version_id"]])
    for code, rows in both.groupby("class_code"):
        here = at[(both["class_code"] == code).to_numpy()]
        told.append(_told("fee class", here, str(code), rows["stated"].to_numpy(), rows["charged"].to_numpy()))
    total = facts.fee_total.groupby("version_id")["amount_cents"].sum().reindex(entry.index).fillna(0)
    told.append(
        _told("fee class", _named(entry), "fee_cents", amounts_of(entry, "fee_cents"), total.to_numpy(dtype=np.int64))
    )
    return pd.concat(told)


def _fees(facts: MonthFacts) -> list[str]:
    assert facts.fee_total is not None
    apart = (*codes("ir_tax"), *codes("other_revenue"))
    return [c for c in {*facts.fee["class_code"].unique(), *facts.fee_total["class_code"].unique()} if c not in apart]


def _filing(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The filing's own tables against one another: what is grouped, what it is made of, what is said in total. The
    tables may be those of several accounts, with the account of each row."""
    total, told = tables["totals"], []
    at = pd.Series("filing", total.index, dtype="str")
    for check, name in (("goods", "goods"), ("totals", "entry")):
        found = _sums(tables[name], ["value_cents", *AMOUNTS], total)
        told += [_told(check, at, str(c), total[c].to_numpy(), found[c].to_numpy()) for c in found]
    line = tables["line"]
    records, found = _sums(line.assign(records=1), ["records"], total), _sums(tables["goods"], ["lines"], total)
    told.append(_told("goods", at, "records", records["records"].to_numpy(), found["lines"].to_numpy()))
    return pd.concat(told)


def _sums(table: pd.DataFrame, columns: list[str], total: pd.DataFrame) -> pd.DataFrame:
    """The sums of columns for each row of the totals."""
    if OWNER not in total:
        return table[columns].sum().to_frame().T.astype("int64")
    return table.groupby(OWNER)[columns].sum().reindex(total[OWNER], fill_value=0).astype("int64")


def _statements(facts: MonthFacts, tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Daily statements against the entries on them, monthly ones against their daily ones.

    A statement that holds entries of other importers or months too, or from which some were removed, is only a bound
    for those that are here; what each of them owes is compared where ``statement_entry`` tells it. An entry that was
    corrected after payment counts with what its statement asked for it, and the statement is compared in total only.
    """
    daily = facts.statement[facts.statement["kind"] == "daily"]
    due = dues(facts, tables["line"])
    named = facts.entry["statement_number"].to_numpy(dtype=object)
    entries = pd.Series(named).value_counts(sort=False)
    lost = pd.Series(sorted(set(named[named != ""]) - set(daily["statement_number"])), dtype="str")
    told = [_told("no statement", lost, "entries", np.zeros(len(lost)), entries.reindex(lost).to_numpy())]

    number, stated = daily["statement_number"], daily["entries"].to_numpy(dtype=np.int64)
    count = entries.reindex(number).fillna(0).to_numpy(dtype=np.int64)
    whole = count >= stated
    told.append(_told("statement", number, "entries", np.where(whole, stated, count), count))
    billed = due["total_cents"] - supplemental(facts, due["total_cents"].to_numpy())
    sums = due.assign(billed_cents=billed).groupby(named).sum().reindex(number, fill_value=0)
    as_printed = ~number.isin(named[corrected(facts)]).to_numpy()
    for column in ON_STATEMENT:
        found = sums[column].where(as_printed, daily[column].to_numpy())
        told.append(_compared(number, column, daily[column], found, whole))
    total = daily["total_cents"] - daily["interest_cents"]
    told.append(_compared(number, "total_cents", total, sums["billed_cents"], whole))
    told.append(_monthly(facts.statement, daily))
    if facts.statement_entry is not None:
        told.append(_each(facts, due))
    return pd.concat(told)


def _monthly(statement: pd.DataFrame, daily: pd.DataFrame) -> pd.DataFrame:
    """A monthly statement against its daily ones; where some hold nothing of this account and are not here, so that
    their ``entries`` are fewer, it is only a bound.

    Both keep their printed totals. What was taken off a daily statement before the monthly one was printed is in the
    total of the first only: then what is due on them now is compared, as a bound, and nothing else.
    """
    monthly = statement[statement["kind"] == "monthly"]
    if "remaining_cents" not in daily:
        daily, monthly = (table.assign(remaining_cents=table["total_cents"]) for table in (daily, monthly))
    below = daily.groupby("parent_number")[["total_cents", "remaining_cents", "entries"]].sum()
    below = below.reindex(monthly["statement_number"], fill_value=0)
    touched = (below["total_cents"] != below["remaining_cents"]).to_numpy()
    whole = (below["entries"].to_numpy() == monthly["entries"].to_numpy()) & ~touched
    number, printed = monthly["statement_number"], below["total_cents"].mask(touched, 0)
    now = _compared(number, "remaining_cents", monthly["remaining_cents"], below["remaining_cents"], whole)
    return pd.concat([_compared(number, "total_cents", monthly["total_cents"], printed, whole), now])


def _each(facts: MonthFacts, due: pd.DataFrame) -> pd.DataFrame:
    """What each entry adds to the statement it is on."""
    on = facts.statement_entry
    assert on is not None
    at = find(facts.entry["version_id"], on["version_id"])
    kept = (at >= 0) & on["removed_at"].isna().to_numpy()
    at = at[kept]
    entry = facts.entry.take(at)
    found = due["total_cents"].to_numpy()[at]
    return _told("statement entry", _named(entry), "due_cents", amounts_of(on, "due_cents")[kept], found)


def _compared(at: pd.Series, what: str, stated: pd.Series, sums: pd.Series, whole: np.ndarray) -> pd.DataFrame:
    """Equal where the statement is whole here, at most what is stated where it is not."""
    expected, found = stated.to_numpy(dtype=np.int64), sums.to_numpy(dtype=np.int64)
    return _told("statement", at, what, np.where(whole, expected, np.minimum(expected, found)), found)
