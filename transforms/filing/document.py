"""The filing as a document to read: a cover with the totals and dates, pictures, then the tables (PDF, US letter).

Typeset by typst from ``filing.typ``; the fonts are those the wheel brings and the date of the document is the close of
its month, so the same filing gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import typst

from transforms.filing import charts, document_tables, standing, tables
from transforms.filing.charts import dotted
from transforms.filing.document_tables import money
from transforms.filing.printed import Printed
from transforms.filing.summarise import AMOUNTS
from transforms.statement.pages import PAGE_BREAK

TEMPLATE = Path(__file__).with_name("filing.typ")
#: Tagged, titled and in a named language, so that it can be read aloud.
STANDARD = "ua-1"
REPORT_PAGES = 200  # pages of printed statements in the document; the file beside it holds every one
REPORTS = "statements.txt"
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
    "charge": "where charges stand",
}


def pdf(
    made: dict[str, pd.DataFrame], *, version: int, changes: Changed | None = None, reports: Sequence[Printed] = ()
) -> bytes:
    """The document of :func:`transforms.filing.summarise.activity`'s tables; ``changes`` against the version before,
    ``reports`` as an appendix. A name in a script that the fonts have not is shown as boxes, and the document does not
    claim the standard then."""
    said = content(made, version, changes, reports)
    try:
        return _typeset(said, "pdf", pdf_standards=STANDARD)[0]
    except typst.TypstError:
        return _typeset(said, "pdf")[0]


def pages(
    made: dict[str, pd.DataFrame],
    *,
    version: int,
    changes: Changed | None = None,
    reports: Sequence[Printed] = (),
    ppi: float = 80,
) -> list[bytes]:
    """The same document as one PNG per page, ``ppi`` pixels per inch."""
    return _typeset(content(made, version, changes, reports), "png", ppi=ppi)


def _typeset(said: dict[str, Any], form: Any, **how: Any) -> list[bytes]:
    compiler = typst.Compiler(TEMPLATE, ignore_system_fonts=True)
    closes = pd.Timestamp(**said["closes"], tz="UTC")
    inputs = {"filing": json.dumps(said, ensure_ascii=False)}
    out = compiler.compile(format=form, sys_inputs=inputs, timestamp=int(closes.timestamp()), **how)
    return out if isinstance(out, list) else [out or b""]


def content(
    made: dict[str, pd.DataFrame], version: int, changes: Changed | None = None, reports: Sequence[Printed] = ()
) -> dict[str, Any]:
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
        ],
        "counts": [
            ["Entry summaries", f"{total['entries']:,}"],
            ["Line items", f"{total['lines']:,}"],
            ["Entered value", money(total["value_cents"])],
        ],
        "totals": [[title, money(total[c])] for c, title in TITLES.items() if c == "duty_cents" or total[c]],
        "total": money(total["total_cents"]),
        "owed": _owed(made),
        "due": money(total["due_cents"]),
        "paid": money(standing.paid_cents(made["statement"])),
        "open": money(total["due_cents"] - standing.paid_cents(made["statement"])),
        "charts": [
            {"title": "By country of origin", "bars": _bars(charts.by_origin(made["line"]))},
            {"title": "By tariff number", "bars": _bars(charts.by_number(made["line"]))},
            {"title": "By week of entry", "bars": _bars(charts.by_week(made["entry"], first, last))},
        ],
        "example": _example(made["goods"], str(account["number"]), first),
        "changed": _changed(changes) if changes is not None else "",
        "tables": document_tables.every(made, changes.line if changes is not None else None),
        "reports": _reports(reports),
    }


def _owed(made: dict[str, pd.DataFrame]) -> list[list[str]]:
    """What is owed: due day, on what, how that stands, the amount."""
    owed = standing.owed(made["statement"], made["entry"])
    words = {standing.SINGLE: NO_DAY, standing.SUPPLEMENTAL: BILLED}
    day = [f"{d:%B %-d, %Y}" if not pd.isna(d) else "" for d in owed["due_date"]]
    day = [words.get(what, text) for what, text in zip(owed["what"], day, strict=True)]
    amounts = [money(cents) for cents in owed["due_cents"]]
    return [list(row) for row in zip(day, owed["what"], owed["standing"], amounts, strict=True)]


NO_DAY, BILLED = "with the entry", "as billed"


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


def _example(goods: pd.DataFrame, account: str, month: pd.Timestamp) -> str:
    """The command that opens the largest row of the goods."""
    if not len(goods):
        return ""
    row = goods.iloc[[int(goods["value_cents"].to_numpy().argmax())]]
    number, origin = dotted(row["hts_number"]).iloc[0], row["origin"].iloc[0]
    origin = f" --origin {origin}" if origin else ""
    return f"tidewaiter filing-lines {account} {month:%Y-%m-%d} --hts {number}{origin}"


def _reports(reports: Sequence[Printed]) -> dict[str, Any]:
    """The pages of the printed statements, as many as are shown, and how many are not."""
    every = [
        {"number": it.statement_number if first == 0 else "", "text": page}
        for it in reports
        for first, page in enumerate(it.text.split(PAGE_BREAK))
    ]
    return {"pages": every[:REPORT_PAGES], "more": f"{max(len(every) - REPORT_PAGES, 0):,}", "file": REPORTS}


def _bars(series: pd.DataFrame) -> list[dict[str, Any]]:
    """Each bar with its length as a share of the longest, and the amount in whole dollars."""
    labels = series["label"].tolist()
    value, duty = (series[c].to_numpy(dtype="int64") for c in ("value_cents", "duty_cents"))
    longest, highest = max(value.max(initial=0), 1), max(duty.max(initial=0), 1)
    return [
        {
            "label": label,
            "value": round(max(worth, 0) / longest, 4),
            "duty": round(max(charged, 0) / highest, 4),
            "value_text": f"{worth // 100:,}",
            "duty_text": f"{charged // 100:,}",
        }
        for label, worth, charged in zip(labels, value.tolist(), duty.tolist(), strict=True)
    ]


assert set(TITLES) == set(AMOUNTS)
