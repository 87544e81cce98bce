"""Plain text pages of 132 columns: headings, amounts with commas, totals side by side."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from transforms.statement import totals

WIDTH = 132
LINES = 39  # detail lines of a page (chapter 05, page 32)
PAGE_BREAK = "\f"
#: The lines of a totals page in the order of figures 2 and 3 (pages 39 and 40) and of the field lists (33 to 36).
_AMOUNTS = {
    "duty_cents": "ESTIMATED DUTY",
    "tax_cents": "ESTIMATED TAXES",
    "ad_cents": "ESTIMATED ADD",
    "cvd_cents": "ESTIMATED CVD",
    "interest_cents": "INTEREST AMOUNT (RECON)",
}
FEES = {
    "056": "COTTON FEE",
    "079": "SUGAR FEE",
    "496": "MAIL FEE",
    "054": "PORK FEE",
    "053": "BEEF FEE",
    "499": "MERCHANDISE FEE",
    "311": "MERC INFORMAL FEE",
    "500": "MERC SURCHARGE FEE",
    "055": "HONEY FEE",
    "501": "WATERWAYS FEE",
    "057": "RASPBERRY FEE",
    "090": "POTATO FEE",
    "102": "LIME FEE",
    "103": "MUSHROOM FEE",
    "104": "WATERMELON FEE",
    "105": "SOFTWOOD LUMBER FEE",
    "106": "BLUEBERRY FEE",
    "107": "HASS AVOCADO FEE",
    "108": "MANGO FEE",
    "109": "SORGHUM FEE",
    "110": "DAIRY FEE",
    "124": "PECAN FEE",
    "125": "CHRISTMAS TREE FEE",
}
_NAMES = {"P": "PRELIMINARY", "F": "FINAL"}


def money(cents: pd.Series) -> pd.Series:
    """Dollars and cents with commas: 123456789 is ``1,234,567.89``. Amounts below a billion dollars."""
    whole = (cents // 100).astype("str").str.zfill(9)
    grouped = (whole.str[:3] + "," + whole.str[3:6] + "," + whole.str[6:]).str.lstrip("0,")
    return grouped.where(grouped != "", "0") + "." + (cents % 100).astype("str").str.zfill(2)


def day(value: date | pd.Timestamp) -> str:
    return f"{value:%m/%d/%y}"


def heading(statement: pd.Series, title: str, name: str, processed: date, page: int, extra: Sequence[str]) -> list[str]:
    """The first lines of a page: statement, title, whose it is, and where it is processed (figure 1)."""
    who = statement["importer_number"]
    return [
        _three(f"STATEMENT #:   {statement['statement_number']}", "CUSTOMS AND BORDER PROTECTION", f"PAGE: {page:4}"),
        _three("", "AUTOMATED COMMERCIAL ENVIRONMENT", f"STATEMENT PRINT DATE: {day(statement['print_date'])}"),
        _three("", f"{title} ({_NAMES[statement['status']]})", f"CLIENT BRANCH DESIGNATION: {statement['branch']:>2}"),
        _three("", "", f"PROCESS DATE: {day(processed)}"),
        f"STATEMENT FOR:     {name}",
        "",
        *([f"IMPRT REC#:        {who}"] if who else []),
        f"BROKER/FILER#:     {statement['filer_code']}",
        f"PROCESS DIST/PORT: {statement['port']}",
        *extra,
        "",
    ]


def sums(columns: Sequence[tuple[str, pd.Series, pd.Series]]) -> list[str]:
    """Totals side by side: each column has a title, amounts and counts, and fees by class code. Fee classes that the
    figures do not know are added under their code."""
    names = dict(FEES)
    for _, _, fee in columns:
        names |= {code: f"CLASS {code} FEE" for code in fee.index if code not in names}
    labels = [*_AMOUNTS.values(), *names.values(), "(DEFERRED TAXES)", "TOTAL AMOUNT DUE"]
    shown = []
    for _, amounts, fee in columns:
        values = [*(amounts[c] for c in _AMOUNTS), *(fee.get(code, 0) for code in names)]
        values += [amounts["deferred_tax_cents"], amounts["total_cents"]]
        shown.append(money(pd.Series(values, dtype="int64")))
    lines = [" " * 48 + "".join(f"{title:>20}" for title, _, _ in columns)]
    for at, label in enumerate(labels):
        lines.append(f"{'':14}{label:<34}" + "".join(f"{text.iloc[at]:>20}" for text in shown))
    for label, count in (
        ("REVENUE PRODUCING ENTRIES", lambda a: a["revenue_entries"]),
        ("NON REVENUE PRODUCING ENTRIES", lambda a: a["entries"] - a["revenue_entries"]),
    ):
        lines.append(f"{'':14}{label:<34}" + "".join(f"{count(amounts):>20}" for _, amounts, _ in columns))
    return lines


def compared(first: tuple[pd.Series, pd.Series], last: tuple[pd.Series, pd.Series] | None) -> list[str]:
    """One column of totals for a preliminary, three (preliminary, final, difference) for a final statement."""
    columns = [("PRELIMINARY TOTALS", *first)]
    if last is not None:
        columns.append(("FINAL TOTALS", *last))
        columns.append(("DIFFERENCE", first[0] - last[0], first[1].sub(last[1], fill_value=0).astype("int64")))
    return [f"{'STATEMENT TOTALS':^{WIDTH}}".rstrip(), "", *sums(columns)]


def text(pages: Sequence[Sequence[str]]) -> str:
    return PAGE_BREAK.join("".join(f"{line.rstrip()}\n" for line in page) for page in pages)


def amounts_of(number: str, entries: pd.DataFrame, payable: pd.DataFrame, fee: pd.DataFrame) -> tuple:
    """Totals and fees by class code of the entries, all taken to be on statement ``number``."""
    on = entries.assign(statement_number=number)
    made = totals.on_statements(on, payable, fee).reindex([number], fill_value=0).iloc[0]
    return made, totals.fees_on_statements(on, payable, fee).set_index("class_code")["amount_cents"]


def _three(left: str, middle: str, right: str) -> str:
    line = f"{left:<52}{middle}"
    return line + right.rjust(WIDTH - len(line))
