"""The tables of the document as text. The files beside it hold every row; here are at most :data:`ROWS` of each."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from transforms.filing.charts import dotted
from transforms.filing.standing import standings
from transforms.money import in_dollars
from transforms.statement.pages import FEES

ROWS = 1_500  # rows of a table that are printed
NONE = "–"
PROCESSING, HARBOR = "fee_499_cents", "fee_501_cents"
#: Accounting classes by the names importers know them by; the others are called as on a statement.
CLASSES = {code: name.capitalize() for code, name in FEES.items()} | {
    "499": "Merchandise processing fee",
    "311": "Informal entry fee",
    "501": "Harbor maintenance fee",
}

Table = dict[str, Any]


def every(made: dict[str, pd.DataFrame], changed: pd.DataFrame | None) -> list[Table]:
    """The tables that have rows, in the order in which they are read."""
    files = _files(made["entry"])
    told = [_changes(changed)] if changed is not None else []
    told += [
        _statements(made["statement"]),
        _classes(made["fee_class"]),
        _cases(made["case"]),
        _by(made["goods"], "By tariff number", "Number", dotted(made["goods"]["hts_number"])),
        _by(made["goods"], "By country of origin", "Origin", made["goods"]["origin"].replace("", "not stated")),
        _goods(made["goods"]),
        _entries(made["entry"], files),
        _sources(made["entry"], files),
    ]
    return [table for table in told if table["rows"]]


def money(cents: int) -> str:
    """Dollars and cents with thousands; nothing at all is a dash."""
    whole, rest = divmod(abs(int(cents)), 100)
    return f"{'-' if cents < 0 else ''}{whole:,}.{rest:02d}" if cents else NONE


def in_thousands(cents: pd.Series) -> pd.Series:
    """:func:`money` over a column; what is blank stays blank."""
    text = in_dollars(cents).str.replace(r"(?<=\d)(?=(?:\d{3})+\.)", ",", regex=True)
    return text.mask((cents == 0).fillna(False), NONE)


def entry_numbers(table: pd.DataFrame) -> pd.Series:
    """Entries as they are printed: ``TW1-0000124-1``."""
    number = table["entry_number"]
    return table["filer_code"] + "-" + number.str.slice(0, 7) + "-" + number.str.slice(7)


def _goods(goods: pd.DataFrame) -> Table:
    largest = goods.sort_values("value_cents", ascending=False, kind="stable").index[:ROWS]
    shown = goods.loc[sorted(largest)]
    nothing = pd.Series(0, goods.index)
    processing, harbor = (goods.get(c, nothing) for c in (PROCESSING, HARBOR))
    rest = goods["fee_cents"] - processing - harbor + goods["tax_cents"] + goods["other_cents"]
    texts = {
        "Number": dotted(shown["hts_number"]),
        "Origin": shown["origin"],
        "Prog.": shown["spi"],
        "Port": shown["port"],
        "Filer": shown["filer_code"],
        "Rate": shown["rate"],
        "Quantity": _two_decimals(shown["quantity_1"]),
        "Unit": shown["unit_1"],
    }
    amounts = {
        "Value": goods["value_cents"],
        "Duty": goods["duty_cents"],
        "Proc. fee": processing,
        "Harbor fee": harbor,
        "Other": rest,
        "AD/CVD": goods["ad_cents"] + goods["cvd_cents"],
    }
    title = "Activity by tariff number, origin, program, port, filer and rate"
    return _table(title, "goods", texts, amounts, ["Rate", "Quantity"]) | {"rules": _rises(shown["hts_number"])}


def _by(goods: pd.DataFrame, title: str, name: str, label: pd.Series) -> Table:
    """The goods by one of their keys, the largest value first, with the duty as a share of the value."""
    columns = ["lines", "value_cents", "duty_cents", "fee_cents", "tax_cents", "other_cents", "ad_cents", "cvd_cents"]
    sums = goods.groupby(label.rename(name))[columns].sum().reset_index()
    sums = sums.sort_values(["value_cents", "duty_cents", name], ascending=[False, False, True], ignore_index=True)
    shown = sums.iloc[:ROWS]
    texts = {name: shown[name], "Lines": _counts(shown["lines"]), "Duty rate": _share(shown)}
    rest = sums["fee_cents"] + sums["tax_cents"] + sums["other_cents"]
    amounts = {"Value": sums["value_cents"], "Duty": sums["duty_cents"], "Fees, taxes": rest}
    amounts |= {"AD/CVD": sums["ad_cents"] + sums["cvd_cents"]}
    return _table(title, "goods", texts, amounts, ["Lines", "Duty rate"])


def _share(sums: pd.DataFrame) -> pd.Series:
    """Duty in per cent of the value, with two decimals, half up; a dash where there is no value."""
    value, duty = (sums[c].to_numpy(dtype=np.int64).astype(object) for c in ("value_cents", "duty_cents"))
    hundredths = [(20_000 * d + v) // (2 * v) if v else -1 for v, d in zip(value, duty, strict=True)]
    text = [f"{n // 100}.{n % 100:02}%" if n >= 0 else NONE for n in hundredths]
    return pd.Series(text, sums.index, dtype="str")


def _entries(entry: pd.DataFrame, files: pd.DataFrame) -> Table:
    shown = entry.iloc[:ROWS]
    texts = {
        "Entry": entry_numbers(shown),
        "Type": shown["entry_type"],
        "Port": shown["port"],
        "Entered": _date(shown, "entry_date"),
        "Statement": shown["statement_number"],
        "Lines": _counts(shown["lines"]),
    }
    if len(files):
        number = shown["file_name"].map(dict(zip(files["file_name"], files["number"], strict=True)))
        texts["Source"] = number + ":" + shown["record"].astype("str")
    amounts = {
        "Value": entry["value_cents"],
        "Duty": entry["duty_cents"],
        "Fees": entry["fee_cents"],
        "Tax, other": entry["tax_cents"] + entry["other_cents"],
        "AD/CVD": entry["ad_cents"] + entry["cvd_cents"],
        "Total": entry["total_cents"],
        "Due": entry["due_cents"],
    }
    note = "Source: number of the broker's file in the last table, and the position of the entry's 10 record in it."
    return _table("Entry summaries", "entry", texts, amounts, ["Lines", "Source"]) | {
        "note": note if len(files) else ""
    }


def _files(entry: pd.DataFrame) -> pd.DataFrame:
    """``file_name number``: the brokers' files that the entries were read from, numbered in the order of names."""
    if "file_name" not in entry:
        return pd.DataFrame({"file_name": [], "number": []}, dtype="str")
    names = entry["file_name"].drop_duplicates().sort_values(ignore_index=True)
    return pd.DataFrame({"file_name": names, "number": (names.index + 1).astype("str")})


def _sources(entry: pd.DataFrame, files: pd.DataFrame) -> Table:
    of = entry.merge(files, "left", on="file_name") if len(files) else entry.iloc[:0].assign(file_name="", number="")
    grouped = of.groupby(["file_name", "number", "filer_code"])
    sums = grouped.agg(entries=("version_id", "size"), total_cents=("total_cents", "sum")).reset_index()
    shown = sums.iloc[:ROWS]
    texts = {"No.": shown["number"], "File": shown["file_name"], "Filer": shown["filer_code"]}
    texts["Entries"] = _counts(shown["entries"])
    table = _table("Brokers' files", "entry", texts, {"Total charged": sums["total_cents"]}, ["No.", "Entries"])
    return table | {"note": "Records are counted from 1; each has 80 columns, and the files name them as first-last."}


def _statements(statement: pd.DataFrame) -> Table:
    """Monthly statements with the daily ones on them, then daily ones on their own."""
    number, above = statement["statement_number"], statement["parent_number"]
    place = pd.DataFrame({"single": (above == "") & (statement["kind"] == "daily"), "below": above != ""})
    place = place.assign(of=above.where(above != "", number), number=number)
    order = place.sort_values(["single", "of", "below", "number"]).index
    statement = statement.assign(standing=standings(statement)).loc[order].reset_index(drop=True)
    texts = {
        "Statement": statement["statement_number"],
        "Kind": statement["kind"],
        "On": statement["parent_number"],
        "Filer": statement.get("filer_code", pd.Series("", statement.index)),
        "Printed": _date(statement, "print_date"),
        "Due": _date(statement, "due_date"),
        "Standing": statement["standing"],
        "Entries": _counts(statement["account_entries"]),
    }
    amounts = {"This account": statement["account_due_cents"]}
    whole = statement["total_cents"]
    if whole.notna().any():
        amounts["Whole statement"] = whole
    note = (
        "Entries and amounts of this account are those of the month; a statement may have entries of other months, too."
    )
    if whole.isna().any():
        note += " The whole of a filer's statement, which has entries of many importers, is not shown."
    return _table("Statements of the month", "statement", texts, amounts, ["Entries"], total=False) | {"note": note}


def _classes(table: pd.DataFrame) -> Table:
    texts = {"Class": table["class_code"], "Name": table["class_code"].map(CLASSES).fillna("")}
    texts["Lines"] = _counts(table["lines"])
    title = "User fees, taxes and other revenue by class"
    return _table(title, "fee_class", texts, {"Amount": table["amount_cents"]}, ["Lines"])


def _cases(table: pd.DataFrame) -> Table:
    texts = {"Case": table["case_number"], "Claim": table["claim"].map({"B": "bond", "C": "cash"}).fillna("")}
    texts["Lines"] = _counts(table["lines"])
    title = "Antidumping and countervailing cases"
    return _table(title, "case", texts, {"Duty": table["duty_cents"]}, ["Lines"])


def _changes(table: pd.DataFrame) -> Table:
    shown = table.iloc[:ROWS]
    texts = {
        "Entry": entry_numbers(shown),
        "Line": shown["line"].astype("str"),
        "Reason": shown["reason"],
        "Fields": shown["fields"].str.replace("_cents", "").str.replace("_", " "),
    }
    amounts = {
        "Before": table["total_before_cents"],
        "After": table["total_after_cents"],
        "Difference": table["difference_cents"],
    }
    return _table("Changes since the version before", "changes", texts, amounts, ["Line"])


def _table(
    title: str,
    file: str,
    texts: dict[str, pd.Series],
    amounts: dict[str, pd.Series],
    right: list[str],
    total: bool = True,
) -> Table:
    """Cells as text: the shown rows, a row for those that are not, and the total of all. ``rules`` are rows above which
    a line is drawn."""
    shown = pd.DataFrame({name: column.astype("str") for name, column in texts.items()}).iloc[:ROWS]
    cells = {name: in_thousands(column.loc[shown.index]) for name, column in amounts.items()}
    rows = pd.concat([shown, pd.DataFrame(cells, index=shown.index)], axis=1).astype("str").fillna("")
    of = len(next(iter(amounts.values())))
    left = of - len(shown)
    rest = [money(int(c.sum()) - int(c.loc[shown.index].sum())) for c in amounts.values()] if left else []
    return {
        "title": title,
        "file": file,
        "head": [*texts, *amounts],
        "right": [name in right or name in amounts for name in (*texts, *amounts)],
        "rows": rows.to_numpy(dtype=object).tolist(),
        "rules": [],
        "note": "",
        "texts": len(texts),
        "rest": [f"{left:,} further rows, all of them in {file}.csv", *rest] if left else [],
        "total": ["Total", *[money(int(c.sum())) for c in amounts.values()]] if total else [],
    }


def _rises(key: pd.Series) -> list[int]:
    """Rows that begin a new key."""
    return [int(at) for at in np.flatnonzero(key.ne(key.shift()).to_numpy()) if at]


def _counts(numbers: pd.Series) -> pd.Series:
    text = numbers.astype("str")
    return text.str.replace(r"(?<=\d)(?=(?:\d{3})+$)", ",", regex=True)


def _date(table: pd.DataFrame, column: str) -> pd.Series:
    if column not in table:
        return pd.Series("", table.index, dtype="str")
    return table[column].dt.strftime("%m/%d/%y").fillna("")


def _two_decimals(hundredths: pd.Series) -> pd.Series:
    """A quantity, without decimals where it has none."""
    return in_thousands(hundredths).str.removesuffix(".00")
