"""A firm's ledger of customs entries, as spreadsheets write it: CSV with commas, semicolons or tabs, amounts with a
decimal point or comma, any spelling of an entry number, titles above the header.

Columns are known by the words of their header. What cannot be read is told by line and column; the other lines go on.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass

import pandas as pd

MOST_LINES = 500_000
_TITLES = 20  # lines above the header, at most
_ENTRY = re.compile(r"(customs )?(entry|entry summary|summary|declaration|es)( (number|numbers|no|num|nr|nbr|id))?")
_NEVER = {"rate", "percent", "currency", "status", "type", "port", "code", "weight", "quantity", "value", "broker"}


class LedgerError(ValueError):
    """The file cannot be read as a ledger at all; the message says what was found and what is expected."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """``rows``: ``line entry reference date`` and of ``duty_cents fee_cents total_cents`` (nullable) those that the
    file has; ``line`` counts the lines of the file from 1, and an entry is eleven letters and digits.

    ``faults``: ``line column found expected``; ``left_out`` are the lines that are not in ``rows`` because of one.
    ``columns``: role -> the headers it was read from.
    """

    rows: pd.DataFrame
    faults: pd.DataFrame
    columns: dict[str, list[str]]
    left_out: int


def read(data: bytes) -> Ledger:
    """Raises
    LedgerError: no text, no header with an entry number, no lines, or more than :data:`MOST_LINES`.
    """
    text = _text(data)
    at, delimiter, header = _header(text)
    reader = csv.reader(io.StringIO(text, newline=None), delimiter=delimiter)
    body: list[list[str]] = []
    numbers: list[int] = []
    before = 1
    try:
        for row in reader:  # by the C reader; a quoted cell may hold line breaks, so it counts the lines
            if len(body) > MOST_LINES:
                raise LedgerError(f"The file has more than {MOST_LINES:,} lines. Send it in parts, a year at a time.")
            if before > at and any(row):
                body.append(row)
                numbers.append(before)
            before = reader.line_num + 1
    except csv.Error as problem:
        raise LedgerError(f"Line {reader.line_num} is not CSV: {problem}.") from None
    if not body:
        raise LedgerError("The file has a header and no lines below it.")
    width = len(header)
    cells = pd.DataFrame([(row + [""] * width)[:width] for row in body], dtype="str")
    cells = cells.apply(lambda column: column.str.strip())
    return _read(cells, header, pd.Series(numbers, dtype="int64"), pd.Series(list(map(len, body))))


def _text(data: bytes) -> str:
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    if b"\0" in data or data.startswith((b"PK\x03\x04", b"%PDF", b"\xd0\xcf\x11\xe0")):
        raise LedgerError("This is no text. Save the sheet as CSV, and send that.")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _header(text: str) -> tuple[int, str, list[str]]:
    """Line and cells of the header, and what parts them: the first line in which a column is an entry number."""
    start = [line for line, _ in zip(io.StringIO(text, newline=None), range(_TITLES), strict=False)]
    for number, line in enumerate(start, 1):
        found = {mark: next(csv.reader([line], delimiter=mark), []) for mark in ",;\t|"}
        mark = max(found, key=lambda it: len(found[it]))
        if "entry" in map(_role, found[mark]):
            return number, mark, [cell.strip() for cell in found[mark]]
    seen = start[0].strip()[:80] if start else "nothing"
    raise LedgerError(
        f"No column of the first {_TITLES} lines is called entry number (or entry, entry no., declaration number)."
        f" The first line is: {seen}"
    )


def _role(header: str) -> str:
    """What a column is, by the words of its header; blank for one that is not read."""
    plain = " ".join(re.sub(r"[^a-z0-9#]+", " ", header.lower()).replace("#", " no ").split())
    words = set(plain.split())
    if _ENTRY.fullmatch(plain) or plain in ("entryno", "entrynumber", "entrynum"):
        return "entry"
    if "date" in words:
        return "date"
    if words & _NEVER:
        return ""
    duty, fee = words & {"duty", "duties"}, words & {"fee", "fees", "mpf", "hmf"}
    if (duty and fee) or (words & {"total", "amount", "sum", "paid", "payable", "due"} and not duty and not fee):
        return "total" if "tax" not in words or duty else ""
    if duty or fee:
        return "duty" if duty else "fee"
    return "reference" if words & {"reference", "ref", "po", "invoice", "document", "voucher"} else ""


def _read(cells: pd.DataFrame, header: list[str], line: pd.Series, widths: pd.Series) -> Ledger:
    roles: dict[str, list[int]] = {}
    for at, name in enumerate(header):
        if (role := _role(name)) and (role == "fee" or role not in roles):
            roles.setdefault(role, []).append(at)
    faults = []

    def tell(bad: pd.Series, column: str, found: pd.Series, expected: str) -> None:
        if bad.any():
            told = pd.DataFrame({"line": line[bad], "found": found[bad].str.slice(0, 40)})
            faults.append(told.assign(column=column, expected=expected))

    long = widths > len(header)
    tell(long, "(all)", widths.astype("str") + " cells", f"at most {len(header)} cells, as the header has")
    name = header[roles["entry"][0]]
    given = cells[roles["entry"][0]]
    entry = entry_numbers(given)
    tell((entry == "") & ~long, name, given, "an entry number: a filer code of three, seven digits, a check digit")
    bad = long | (entry == "")
    rows = pd.DataFrame({"line": line, "entry": entry})
    rows["reference"] = cells[roles["reference"][0]] if "reference" in roles else ""
    for role in ("duty", "fee", "total"):
        parts = []
        for at in roles.get(role, []):
            cents, wrong = amounts(cells[at])
            tell(wrong & ~bad, header[at], cells[at], "an amount in dollars and cents, as 1234.50 or 1.234,50")
            bad |= wrong
            parts.append(cents)
        if parts:
            rows[f"{role}_cents"] = pd.concat(parts, axis=1).sum(axis=1, min_count=1).astype("Int64")
    rows["date"] = pd.Series(pd.NaT, cells.index, dtype="datetime64[s]")
    if "date" in roles:
        at = roles["date"][0]
        rows["date"], wrong = dates(cells[at])
        tell(wrong & ~bad, header[at], cells[at], "a date, as 2026-11-30 (the line is used without it)")
    columns = {role: [header[at] for at in places] for role, places in roles.items()}
    empty = pd.DataFrame(columns=["line", "found", "column", "expected"])
    told = pd.concat(faults, ignore_index=True) if faults else empty
    told = told[["line", "column", "found", "expected"]].sort_values("line", kind="stable", ignore_index=True)
    return Ledger(rows[~bad].reset_index(drop=True), told, columns, int(bad.sum()))


def entry_numbers(text: pd.Series) -> pd.Series:
    """Entry numbers in any spelling as eleven letters and digits; blank for what is none."""
    plain = text.str.upper().str.replace(r"[^A-Z0-9]", "", regex=True)
    long = plain.str.len() > 11
    plain = plain.where(~long, plain.str.replace(r"^(ENTRY)?(NUMBER|NO|NR)?", "", regex=True))
    return plain.where(plain.str.fullmatch(r"[A-Z0-9]{3}\d{8}"), "")


_POINT, _COMMA = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d{0,2})?", r"(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d{0,2})?"


def amounts(text: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Amounts as cents (``Int64``; blank is NA), and which cannot be read. With two decimals at most, 1,234 and 1.234
    are thousands, unless others of the column say that this sign parts the cents: then they are not read."""
    plain = text.str.replace(r"[ \u00a0\u2009\u202f'’$€£]|USD|US", "", regex=True).str.replace("\N{MINUS SIGN}", "-")
    minus = plain.str.fullmatch(r"-.*|.*-|\(.*\)") & (plain != "-")
    body = plain.str.replace(r"^[-(]|[-)]$", "", regex=True)
    blank, dash = plain == "", plain.isin(["-", "–", "--"])
    point, comma = body.str.fullmatch(_POINT), body.str.fullmatch(_COMMA)
    sure_point = point & body.str.contains(r"\.\d{1,2}$")
    sure_comma = comma & body.str.contains(r",\d{1,2}$")
    whole = point & comma
    if sure_point.any() or sure_comma.any():
        point &= sure_point | whole | (not sure_comma.any())
        comma &= sure_comma | whole | (not sure_point.any())
    good = (point | comma) & (body.str.count(r"\d") <= 15)
    one, two = body.str.contains(r"[.,]\d$"), body.str.contains(r"[.,]\d\d$")
    digits = body.str.replace("[.,]", "", regex=True).where(good, "0")
    value = digits.astype("int64") * (100 - 90 * one.astype("int64") - 99 * two.astype("int64"))
    value = value.where(good, 0).astype("Int64")
    value = value.where(~minus, -value)
    value[~(good | dash)] = None
    return value, ~(good | blank | dash)


def dates(text: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Dates (NaT where blank), and which cannot be read: 2026-11-30, 20261130, 11/30/2026 (a month first, unless the
    column shows that the day is), 30.11.2026."""
    day = text.str.slice(0, 10).str.strip()
    parts = day.str.extract(r"^(\d{1,2})/(\d{1,2})/\d{4}$").astype("float")
    slashes = "%d/%m/%Y" if (parts[0] > 12).any() and not (parts[1] > 12).any() else "%m/%d/%Y"
    found = pd.Series(pd.NaT, text.index, dtype="datetime64[s]")
    for pattern, form in ((r"\d{4}-\d\d?-\d\d?", "%Y-%m-%d"), (r"\d{8}", "%Y%m%d"),
                          (r"\d\d?/\d\d?/\d{4}", slashes), (r"\d\d?\.\d\d?\.\d{4}", "%d.%m.%Y")):  # fmt: skip
        like = day.str.fullmatch(pattern)
        found = found.where(
            ~like, pd.to_datetime(day.where(like), format=form, errors="coerce").astype("datetime64[s]")
        )
    return found, found.isna() & (text != "")
