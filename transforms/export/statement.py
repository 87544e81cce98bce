"""The export activity statement as a document to read (PDF, US letter), typeset by typst from ``statement.typ``.

The fonts are those the wheel brings and the date is the close of the month, so the same statement gives the same bytes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import typst

from transforms.export.facts import THOUSANDTHS
from transforms.filing import document_tables
from transforms.filing.charts import dotted
from transforms.filing.document_tables import money
from transforms.x12 import decimals

TEMPLATE = Path(__file__).with_name("statement.typ")
#: Tagged, titled and in a named language, so that it can be read aloud.
STANDARD = "ua-1"
ROWS = document_tables.ROWS  # rows of a table that are printed; the files beside it hold every one


def pdf(made: dict[str, pd.DataFrame], version: int, sha256: str, replaces: int = 0) -> bytes:
    """The document of :func:`transforms.export.activity.summarise`'s tables. A name in a script that the fonts have not
    is shown as boxes, and the document does not claim the standard then."""
    said = content(made, version, sha256, replaces)
    try:
        return _typeset(said, pdf_standards=STANDARD)
    except typst.TypstError:
        return _typeset(said)


def _typeset(said: dict[str, Any], **how: Any) -> bytes:
    compiler = typst.Compiler(TEMPLATE, ignore_system_fonts=True)
    closes = pd.Timestamp(**said["closes"], tz="UTC")
    inputs = {"statement": json.dumps(said, ensure_ascii=False)}
    out = compiler.compile(format="pdf", sys_inputs=inputs, timestamp=int(closes.timestamp()), **how)
    return bytes(out or b"") if not isinstance(out, list) else out[0]


def content(made: dict[str, pd.DataFrame], version: int, sha256: str, replaces: int = 0) -> dict[str, Any]:
    """Everything the document says, as text in its final form."""
    account, total = made["account"].iloc[0], made["totals"].iloc[0]
    closes = account["closes"]
    return {
        "account": {"number": account["number"], "name": account["name"]},
        "month": f"{account['month']:%B %Y}",
        "closes": {"year": closes.year, "month": closes.month, "day": closes.day},
        "version": version,
        "sha256": sha256,
        "replaces": f"Replaces version {replaces}." if replaces else "",
        "known": [
            ["Account", account["number"]],
            ["Exporter (USPPI)", account["identifier"]],
            ["Month closed", f"{closes:%B %-d, %Y}"],
            ["Version", str(version)],
        ],
        "totals": [
            ["Export filings", f"{total['filings']:,}"],
            ["Commodity lines", f"{total['lines']:,}"],
            ["Value at the port of export", money(total["value_cents"])],
            ["Gross shipping weight, kg", _thousandths(total["weight_kg"])],
            ["Filed late", f"{total['late']:,}"],
        ],
        "tables": [it for it in _tables(made) if it["rows"]],
    }


def _thousandths(number: int) -> str:
    return str(decimals.shown(pd.Series([number], dtype="Int64"), THOUSANDTHS).iloc[0]) or "0"


def _tables(made: dict[str, pd.DataFrame]) -> list[dict[str, Any]]:
    goods, filing = made["goods"], made["filing"]
    largest = goods.sort_values("value_cents", ascending=False, kind="stable")
    return [
        _table(
            "By destination",
            ("Country", "Filings", "Lines", "Value"),
            ("fill", "right", "right", "right"),
            [made["destination"][it] for it in ("destination", "filings", "lines", "value_cents")],
        ),
        _table(
            "By filer",
            ("Filer", "Name", "Filings", "Lines", "Value", "Late"),
            ("left", "fill", "right", "right", "right", "right"),
            [made["filer"][it] for it in ("filer", "filer_name", "filings", "lines", "value_cents", "late")],
        ),
        _table(
            "By Schedule B number and destination",
            ("Number", "To", "Lines", "Quantity", "Unit", "Value"),
            ("fill", "left", "right", "right", "left", "right"),
            [
                dotted(largest["number"]),
                largest["destination"],
                largest["lines"],
                largest["quantity"],
                largest["unit"],
                largest["value_cents"],
            ],
        ),
        _table(
            "Filings",
            ("Date", "Reference", "ITN", "To", "Filer", "Lines", "Value"),
            ("left", "fill", "left", "left", "left", "right", "right"),
            [filing[it] for it in ("export_date", "reference", "itn", "destination", "filer", "lines", "value_cents")],
        ),
    ]


def _table(title: str, head: tuple[str, ...], align: tuple[str, ...], columns: list[pd.Series]) -> dict[str, Any]:
    shown = [_text(it.iloc[:ROWS]) for it in columns]
    rows = [list(row) for row in zip(*shown, strict=True)]
    more = len(columns[0]) - len(rows)
    said = f"and {more:,} more rows in the files beside this document" if more > 0 else ""
    return {"title": title, "head": head, "align": align, "rows": rows, "more": said}


def _text(column: pd.Series) -> list[str]:
    name = str(column.name)
    if pd.api.types.is_datetime64_any_dtype(column):
        return column.dt.strftime("%Y-%m-%d").fillna("").tolist()
    if name.endswith("_cents"):
        return [money(int(it)) for it in column]
    if name == "quantity":
        return decimals.shown(column.astype("Int64"), THOUSANDTHS).tolist()
    if pd.api.types.is_integer_dtype(column):
        return [f"{it:,}" for it in column]
    return column.astype("str").tolist()
