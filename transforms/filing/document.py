"""The filing as a document to read: a cover with the totals and dates, pictures, then the tables (PDF, US letter).

Typeset by typst from ``filing.typ``; the fonts are those the wheel brings and the date of the document is the close of
its month, so the same filing gives the same bytes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import typst

from transforms.filing import charts, tables
from transforms.filing.summarise import AMOUNTS
from transforms.money import in_dollars

TEMPLATE = Path(__file__).with_name("filing.typ")
ROWS = 1_500  # rows of a table that are printed; the files beside the document hold every one
NONE = "–"
PROCESSING, HARBOR = "fee_499_cents", "fee_501_cents"
TITLES = {
    "duty_cents": "Duty",
    "fee_cents": "User fees",
    "tax_cents": "Internal revenue tax",
    "ad_cents": "Antidumping duty",
    "cvd_cents": "Countervailing duty",
    "other_cents": "Other revenue",
}


@dataclass(frozen=True, slots=True)
class Changed:
    """What a version changed: the number of the one it replaces, the lines as :func:`transforms.filing.changes.between`
    tells them, and the names of the tables that differ.
    """

    replaces: int
    line: pd.DataFrame
    tables: list[str]


#: What the tables of a filing are called in a sentence.
NAMES = {
    "account": "the account",
    "totals": "the totals",
    "goods": "the goods",
    "fee_class": "the fees by class",
    "case": "the cases",
    "statement": "the statements",
    "entry": "the entry summaries",
    "line": "where lines stand",
}


def pdf(made: dict[str, pd.DataFrame], *, version: int, changes: Changed | None = None) -> bytes:
    """The document of :func:`transforms.filing.summarise.activity`'s tables; ``changes`` against the version before."""
    return _typeset(made, version, changes, "pdf")[0]


def pages(
    made: dict[str, pd.DataFrame], *, version: int, changes: Changed | None = None, ppi: float = 80
) -> list[bytes]:
    """The same document as one PNG per page, ``ppi`` pixels per inch."""
    return _typeset(made, version, changes, "png", ppi)


def _typeset(
    made: dict[str, pd.DataFrame], version: int, changes: Changed | None, form: Any, ppi: float | None = None
) -> list[bytes]:
    compiler = typst.Compiler(TEMPLATE, ignore_system_fonts=True)
    said = json.dumps(content(made, version, changes), ensure_ascii=False)
    closes = made["account"]["closes"].iloc[0]
    out = compiler.compile(
        format=form, ppi=ppi, sys_inputs={"filing": said}, timestamp=int(closes.tz_localize("UTC").timestamp())
    )
    return out if isinstance(out, list) else [out or b""]


def content(made: dict[str, pd.DataFrame], version: int, changes: Changed | None = None) -> dict[str, Any]:
    """Everything the document says, as text in its final form."""
    account, total = made["account"].iloc[0], made["totals"].iloc[0]
    first, last = account["month"], account["closes"]
    return {
        "account": {k: str(account[k]) for k in ("number", "name", "importer_number", "bond", "parent")},
        "month": f"{first:%B %Y}",
        "closes": {"year": last.year, "month": last.month, "day": last.day},
        "version": version,
        "sha256": tables.digest(made),
        "dates": [
            ["Month closed", f"{last:%B %-d, %Y}"],
            ["Filing due", f"{account['file_by']:%B %-d, %Y}"],
            *[["Payment due", f"{day:%B %-d, %Y}"] for day in _payment_days(made["statement"])],
        ],
        "counts": [
            ["Entry summaries", f"{total['entries']:,}"],
            ["Line items", f"{total['lines']:,}"],
            ["Entered value", money(total["value_cents"])],
        ],
        "totals": [[title, money(total[c])] for c, title in TITLES.items() if c == "duty_cents" or total[c]],
        "total": money(total["total_cents"]),
        "due": money(total["due_cents"]),
        "charts": [
            {"title": "By country of origin", "bars": _bars(charts.by_origin(made["line"]))},
            {"title": "By tariff chapter", "bars": _bars(charts.by_chapter(made["line"]))},
        ],
        "days": _bars(charts.by_day(made["entry"], first, last)),
        "changed": _changed(changes) if changes is not None else "",
        "tables": [t for t in _tables(made, changes) if t["rows"]],
    }


def _changed(changes: Changed) -> str:
    """What a version changed, in a sentence for the cover."""
    count = len(changes.line)
    if count:
        difference = int(changes.line["difference_cents"].sum())
        sign = "+" if difference > 0 else ""
        lines = f"{count:,} line differs" if count == 1 else f"{count:,} lines differ"
        return f"Replaces version {changes.replaces}: {lines}; total charged {sign}{money(difference)}."
    names = ", ".join(NAMES[name] for name in changes.tables if name in NAMES)
    return f"Replaces version {changes.replaces}: no line differs; what differs: {names or 'nothing'}."


def money(cents: int) -> str:
    """Dollars and cents with thousands; nothing at all is a dash."""
    whole, rest = divmod(abs(int(cents)), 100)
    return f"{'-' if cents < 0 else ''}{whole:,}.{rest:02d}" if cents else NONE


def _payment_days(statement: pd.DataFrame) -> list[pd.Timestamp]:
    """The due days of what is paid: of monthly statements where there are any, else the last daily one."""
    if "due_date" not in statement:
        return []
    monthly = statement.loc[statement["kind"] == "monthly", "due_date"].dropna()
    return sorted(set(monthly)) if len(monthly) else sorted(set(statement["due_date"].dropna()))[-1:]


def _bars(series: pd.DataFrame) -> list[dict[str, Any]]:
    """Each bar with its length as a share of the longest, and the amount in whole dollars."""
    labels = series["label"].tolist()
    value, duty = (series[c].to_numpy(dtype="int64") for c in ("value_cents", "duty_cents"))
    longest, highest = max(value.max(initial=0), 1), max(duty.max(initial=0), 1)
    return [
        {
            "label": label,
            "value": round(worth / longest, 4),
            "duty": round(charged / highest, 4),
            "value_text": f"{worth // 100:,}",
            "duty_text": f"{charged // 100:,}",
        }
        for label, worth, charged in zip(labels, value.tolist(), duty.tolist(), strict=True)
    ]


def _tables(made: dict[str, pd.DataFrame], changes: Changed | None) -> list[dict[str, Any]]:
    told = []
    if changes is not None:
        told.append(_changes(changes.line))
    told.append(_goods(made["goods"]))
    told.append(_amounts("User fees, taxes and other revenue by class", "fee_class", made["fee_class"]))
    told.append(_amounts("Antidumping and countervailing cases", "case", made["case"]))
    told.append(_statements(made["statement"]))
    told.append(_entries(made["entry"]))
    return told


def _goods(goods: pd.DataFrame) -> dict[str, Any]:
    largest = goods.sort_values("value_cents", ascending=False, kind="stable").index[:ROWS]
    shown = goods.loc[sorted(largest)]
    number = shown["hts_number"]
    nothing = pd.Series(0, goods.index)
    processing, harbor = (goods.get(c, nothing) for c in (PROCESSING, HARBOR))
    rest = goods["fee_cents"] - processing - harbor + goods["tax_cents"] + goods["other_cents"]
    amounts = {
        "Value": goods["value_cents"],
        "Duty": goods["duty_cents"],
        "Proc. fee": processing,
        "Harbor fee": harbor,
        "Other": rest,
        "AD/CVD": goods["ad_cents"] + goods["cvd_cents"],
    }
    texts = {
        "Number": number.str.slice(0, 4) + "." + number.str.slice(4, 6) + "." + number.str.slice(6),
        "Orig.": shown["origin"],
        "Prog.": shown["spi"],
        "Port": shown["port"],
        "Filer": shown["filer_code"],
        "Rate": shown["rate"],
        "Quantity": _two_decimals(shown["quantity_1"]),
        "Unit": shown["unit_1"],
    }
    return _table(
        "Activity by tariff number, origin, program, port, filer and rate",
        "goods",
        texts,
        amounts,
        ["Rate", "Quantity"],
    )


def _entries(entry: pd.DataFrame) -> dict[str, Any]:
    shown = entry.iloc[:ROWS]
    number = shown["entry_number"]
    texts = {
        "Entry": shown["filer_code"] + "-" + number.str.slice(0, 7) + "-" + number.str.slice(7),
        "Type": shown["entry_type"],
        "Port": shown["port"],
        "Entered": shown["entry_date"].dt.strftime("%m/%d/%y").fillna(""),
        "Statement": shown["statement_number"],
        "Lines": shown["lines"].astype("str"),
    }
    amounts = {
        "Value": entry["value_cents"],
        "Duty": entry["duty_cents"],
        "Fees": entry["fee_cents"],
        "Tax, other": entry["tax_cents"] + entry["other_cents"],
        "AD/CVD": entry["ad_cents"] + entry["cvd_cents"],
        "Total": entry["total_cents"],
        "Due": entry["due_cents"],
    }
    return _table("Entry summaries", "entry", texts, amounts, ["Lines"])


def _statements(statement: pd.DataFrame) -> dict[str, Any]:
    nothing = pd.Series("", statement.index, dtype="str")
    texts = {
        "Statement": statement["statement_number"].astype("str"),
        "Kind": statement["kind"].astype("str"),
        "Due": statement["due_date"].dt.strftime("%m/%d/%y").fillna("") if "due_date" in statement else nothing,
        "Entries": statement["account_entries"].astype("str"),
    }
    amounts = {"This account": statement["account_due_cents"], "Whole statement": statement["total_cents"]}
    return _table("Statements of the month", "statement", texts, amounts, ["Entries"], total=False)


def _amounts(title: str, name: str, table: pd.DataFrame) -> dict[str, Any]:
    texts = (
        {"Class": table["class_code"]}
        if name == "fee_class"
        else {"Case": table["case_number"], "Claim": table["claim"]}
    )
    column = "amount_cents" if name == "fee_class" else "duty_cents"
    return _table(title, name, texts | {"Lines": table["lines"].astype("str")}, {"Amount": table[column]}, ["Lines"])


def _changes(table: pd.DataFrame) -> dict[str, Any]:
    shown = table.iloc[:ROWS]
    texts = {
        "Entry": shown["filer_code"] + "-" + shown["entry_number"],
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
) -> dict[str, Any]:
    """Cells as text: the shown rows, a row for those that are not, and the total of all."""
    shown = pd.DataFrame(texts)
    cells = {name: in_thousands(column.loc[shown.index]) for name, column in amounts.items()}
    rows = (
        pd.concat([shown, pd.DataFrame(cells, index=shown.index)], axis=1).astype("str").to_numpy(dtype=object).tolist()
    )
    every = len(next(iter(amounts.values())))
    left = every - len(shown)
    rest = [money(int(c.sum()) - int(c.loc[shown.index].sum())) for c in amounts.values()] if left else []
    return {
        "title": title,
        "file": file,
        "head": [*texts, *amounts],
        "right": [name in right or name in amounts for name in (*texts, *amounts)],
        "rows": rows,
        "texts": len(texts),
        "rest": [f"{left:,} further rows, all of them in {file}.csv", *rest] if left else [],
        "total": ["Total", *[money(int(c.sum())) for c in amounts.values()]] if total else [],
    }


def in_thousands(cents: pd.Series) -> pd.Series:
    """:func:`money` over a column."""
    text = in_dollars(cents).str.replace(r"(?<=\d)(?=(?:\d{3})+\.)", ",", regex=True)
    return text.mask(cents == 0, NONE)


def _two_decimals(hundredths: pd.Series) -> pd.Series:
    """A quantity, without decimals where it has none."""
    return in_thousands(hundredths).str.removesuffix(".00")


assert set(TITLES) == set(AMOUNTS)
