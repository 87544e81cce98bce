"""The readable answers: why something was refused, for the broker; what was filed on the account, for the importer.

Both are CSV in UTF-8. A cell never begins with a character that a spreadsheet takes for a formula, and never shows a
password.
"""

from __future__ import annotations

import csv
import io
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from parsers.catair import layout
from parsers.catair.layout import BLANK, WIDTH
from parsers.catair.read import Parsed
from transforms.conditions import dictionary
from transforms.entry_summary import EntrySummaries
from transforms.money import in_dollars

COLUMNS = (
    *("line", "columns", "record", "field", "found", "code", "severity", "narrative", "what_is_wrong", "how_to_mend"),
    *("batch", "block", "transaction", "filer_code", "entry_number", "line_item"),
)
ACKNOWLEDGED = (
    *("entry_number", "filer", "action", "disposition", "version", "entry_type", "port_of_entry", "entry_date"),
    *(
        "total_duty",
        "total_fees",
        "total_tax",
        "total_antidumping",
        "total_countervailing",
        "total_other",
        "conditions",
    ),
)
TOTALS = ("duty", "fee", "tax", "ad", "cvd", "other")
ACTIONS = {"A": "add", "R": "replace", "D": "delete", "SU": "statement update"}
DISPOSITIONS = {
    "added": "accepted: entry summary added",
    "replaced": "accepted: entry summary replaced",
    "deleted": "accepted: entry summary deleted",
    "updated": "accepted: statement data updated",
    "rejected": "rejected: nothing changed",
    "implicitly_deleted": "rejected: the entry summary that was on file has been deleted",
}
WARNINGS = {"W": ", with a census warning", "P": ", with an agency warning", "I": ", with a notice"}
#: How to mend a file that may be X12 without its envelope (ASC X12.5: the ISA comes first and shows the separators).
OR_X12 = "; X12 begins with an ISA segment, and the separator of elements stands right behind the letters ISA"
_FORMULA = r"^([=+\-@\t\r])"
_PASSWORD = slice(8, 14)  # columns 9 to 14 of the A record, and of the Z record where a message repeats it there


def reasons(es: EntrySummaries, parsed: Parsed, conditions: pd.DataFrame, dispositions: pd.DataFrame) -> list[bytes]:
    """One CSV per file (:data:`COLUMNS`), a row for every condition and every fault of a rejected batch, in file order.

    ``line`` is the physical line of the file, ``columns`` the first and last column on it (blank: the whole record);
    ``found`` is what stood there. Header only when there is nothing to say.
    """
    accepted_deletion = (dispositions["code"] == "997").to_numpy()[conditions["txn"].to_numpy()]
    told = pd.concat(
        [_of_conditions(es, parsed, conditions[~accepted_deletion]), _of_faults(parsed)], ignore_index=True
    ).sort_values(["file", "row", "start"], kind="stable", ignore_index=True)
    rows = told["row"].to_numpy()
    frames = parsed.frames
    told["line"] = frames.line_no[rows]
    single = (told["start"] == told["end"]) | (told["end"] == 0)
    span = told["start"].astype("str") + ("-" + told["end"].astype("str")).mask(single, "")
    told["columns"] = span.where(told["start"] > 0, "")
    told["found"] = _found(parsed, rows, told["start"].to_numpy(), told["end"].to_numpy())
    return by_file(told[[*COLUMNS]], told["file"].to_numpy(), frames.files)


def not_edi(kind: str) -> bytes:
    """The readable answer to a file without a record; ``kind`` is what :mod:`parsers.identify` found."""
    what = {"empty": "the file is empty", "unknown": "the file holds no EDI message"}.get(
        kind, "the file holds no record"
    )
    mend = _fault_reasons()["X01"][1]
    if kind == "unknown":  # it may be X12 that lacks its envelope
        mend += OR_X12
    narrative = dictionary.texts()["X01"]
    cells = ["1", "", "", "", "", "X01", "F", narrative, what, mend, *[""] * 6]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([COLUMNS, cells])
    return text.getvalue().encode()


def importer_acknowledgments(
    es: EntrySummaries,
    parsed: Parsed,
    conditions: pd.DataFrame,
    dispositions: pd.DataFrame,
    state: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """What was filed on each importer's account: ``file``, ``importer_number``, ``body`` (CSV, :data:`ACKNOWLEDGED`).

    A deletion names no importer: it goes to the importer of the filing it deletes, in this shard or, by ``state``
    (``filer_code entry_number importer_number``), on file. A filing that names none anywhere is acknowledged to nobody.
    """
    header = es.header
    words = dispositions["effect"].map(DISPOSITIONS) + dispositions["severity"].map(WARNINGS).fillna("")
    said = (conditions["code"] + " " + conditions["narrative"]).groupby(conditions["txn"].to_numpy()).agg("; ".join)
    accepted_deletion = (dispositions["code"] == "997").to_numpy()
    number = header["entry_number"]
    filings = pd.DataFrame(
        {
            "entry_number": number.str.slice(0, 7) + "-" + number.str.slice(7),
            "filer": header["filer_code"],
            "action": header["action"].map(ACTIONS).fillna(header["action"]),
            "disposition": words,
            "version": dispositions["version_number"],
            "entry_type": header["entry_type"],
            "port_of_entry": header["port_of_entry"],
            "entry_date": header["entry_date"].dt.strftime("%Y-%m-%d").fillna(""),
        }
    )
    for column, total in zip(ACKNOWLEDGED[8:14], TOTALS, strict=True):
        filings[column] = in_dollars(header[f"total_{total}_cents"])
    filings["conditions"] = said.reindex(header.index).fillna("").mask(accepted_deletion, "")

    importer = _importer(header, state)
    file = parsed.transactions["file"].to_numpy()
    known = np.flatnonzero(importer != "")
    order = known[np.lexsort((known, importer.to_numpy(dtype=object)[known].astype("U12"), file[known]))]
    pair = pd.DataFrame({"file": file[order], "importer_number": importer.to_numpy(dtype=object)[order]})
    group = pair.groupby(["file", "importer_number"], sort=False).ngroup()
    recipients = pair.drop_duplicates(ignore_index=True)
    bodies = by_file(filings.take(order), group.to_numpy(), len(recipients))
    return recipients.assign(body=pd.Series(bodies, dtype=object))


def _importer(header: pd.DataFrame, state: pd.DataFrame | None) -> pd.Series:
    """Importer of record number of each filing; a filing without one takes that of the entry before it, or on file."""
    keys = ["filer_code", "entry_number"]
    stated = header["importer_number"].where(header["importer_number"] != "")
    stated = stated.groupby([header[key] for key in keys]).ffill()
    if state is not None and "importer_number" in state:
        on_file = header[keys].merge(state[[*keys, "importer_number"]], how="left", on=keys)["importer_number"]
        stated = stated.fillna(on_file)
    return stated.fillna("").astype("str")


def _of_conditions(es: EntrySummaries, parsed: Parsed, conditions: pd.DataFrame) -> pd.DataFrame:
    txn = conditions["txn"].to_numpy()
    transactions, header = parsed.transactions.take(txn), es.header.take(txn)
    told = conditions[["row", "start", "end", "record", "field", "code", "severity", "narrative"]].assign(
        what_is_wrong=conditions["why"],
        how_to_mend=conditions["mend"],
        file=transactions["file"].to_numpy(),
        batch=parsed.batches["occurrence"].to_numpy()[transactions["batch"]].astype("U6"),
        block=parsed.blocks["occurrence"].to_numpy()[transactions["block"]].astype("U6"),
        transaction=transactions["occurrence"].to_numpy().astype("U6"),
        filer_code=header["filer_code"].array,
        entry_number=header["entry_number"].array,
    )
    told["line_item"] = _line_items(es, conditions)
    return told


def _line_items(es: EntrySummaries, conditions: pd.DataFrame) -> np.ndarray:
    names = np.append(es.line["line_id"].to_numpy(dtype=object), "")  # -1, no line, takes the blank at the end
    items = np.full(len(conditions), "", dtype=object)
    at = conditions["at"].to_numpy()
    for on, positions in conditions.groupby("on").indices.items():
        if on != "header":
            items[positions] = names[getattr(es, str(on))["line"].to_numpy()[at[positions]]]
    return items


def _of_faults(parsed: Parsed) -> pd.DataFrame:
    """Faults of rejected batches. One without a record of its own is shown at the first of its block or batch."""
    faults, frames = parsed.faults, parsed.frames
    batch, block = faults["batch"].to_numpy(), faults["block"].to_numpy()
    first_of_block = np.append(parsed.blocks["first"].to_numpy(), 0)[block]
    first = np.where(block >= 0, first_of_block, parsed.batches["first"].to_numpy()[batch])
    row = np.where(faults["row"] >= 0, faults["row"], first)
    record = pd.Series(np.asarray(frames.id)[row].astype("S4").astype("U4"), dtype="str")
    told = {code: _fault_reasons().get(code, ("", "")) for code in faults["code"].unique()}
    start = np.where(faults["row"] >= 0, faults["column"], 0)
    field, start, end = _fields(record, start, faults["code"])
    return pd.DataFrame(
        {
            "row": row,
            "start": start,
            "end": end,
            "record": record,
            "field": field,
            "code": faults["code"],
            "severity": "F",
            "narrative": dictionary.narratives(faults["code"]),
            "what_is_wrong": faults["code"].map({code: why for code, (why, _) in told.items()}),
            "how_to_mend": faults["code"].map({code: mend for code, (_, mend) in told.items()}),
            "file": parsed.batches["file"].to_numpy()[batch],
            "batch": parsed.batches["occurrence"].to_numpy()[batch].astype("U6"),
            "block": np.where(block >= 0, np.append(parsed.blocks["occurrence"].to_numpy(), 0)[block].astype("U6"), ""),
            "transaction": np.where(faults["txn"] > 0, faults["txn"].to_numpy().astype("U6"), ""),
            "filer_code": "",
            "entry_number": "",
            "line_item": "",
        }
    )


def _fields(record: pd.Series, column: np.ndarray, code: pd.Series) -> tuple[list[str], np.ndarray, np.ndarray]:
    """The field that begins at each column, with its extent. A fault of single characters (X39, X40) stays at its
    column; a fault in column 1 means the record's identifier."""
    begins = {
        (field.record, field.start): field
        for name in ("ae", "su", "rm", "envelope_in")
        for fields in layout.load(name).values()
        for field in fields
        if field.carries_data
    }
    places = [begins.get(key) for key in zip(record, column, strict=True)]
    exact = code.isin(("X39", "X40")).to_numpy()
    whole = np.array([field.end if field else 0 for field in places], np.int64)
    names = [field.name if field else "" for field in places]
    whole = np.where(whole == 0, np.where(column == 1, 4, column), whole)
    return names, column.astype(np.int64), np.where(exact, column, whole).astype(np.int64)


def _found(parsed: Parsed, rows: np.ndarray, start: np.ndarray, end: np.ndarray) -> pd.Series:
    """What stood in the columns; nothing for a whole record, whose line is named anyway."""
    cells = parsed.frames.text[rows]
    envelope = np.isin(cells[:, 0], np.frombuffer(b"AaZz", np.uint8))
    cells[envelope, _PASSWORD] = ord("*")
    cells[(cells < BLANK) | ((cells > 126) & (cells < 161))] = ord("?")
    column = np.arange(1, WIDTH + 1)
    cells[(column < start[:, None]) | (column > end[:, None])] = BLANK
    if not len(cells):
        return pd.Series([], dtype="str")
    lines = np.ascontiguousarray(cells).view(f"S{WIDTH}").ravel()
    return pd.Series(np.char.decode(lines, "latin-1"), dtype="str").str.strip()


def by_file(table: pd.DataFrame, file: np.ndarray, files: int) -> list[bytes]:
    """The rows (in rising order of ``file``) as one CSV per file. Written at once and cut: no cell holds a line end."""
    safe = table.astype("str").apply(_harmless)
    lines = safe.to_csv(index=False, header=False, lineterminator="\n").encode()
    ends = np.append(0, np.flatnonzero(np.frombuffer(lines, np.uint8) == ord("\n")) + 1)
    edges = ends[np.searchsorted(file, np.arange(files + 1))]
    head = ",".join(map(str, table.columns)).encode() + b"\n"
    return [head + lines[begin:end] for begin, end in pairwise(edges)]


def _harmless(column: pd.Series) -> pd.Series:
    """Text without line ends, and with an apostrophe before what a spreadsheet would compute."""
    return column.str.replace(r"[\r\n]", " ", regex=True).str.replace(_FORMULA, r"'\1", regex=True)


@cache
def _fault_reasons() -> dict[str, tuple[str, str]]:
    with Path(__file__).with_name("fault_reasons.csv").open(newline="", encoding="utf-8") as rows:
        return {row["code"]: (row["why"], row["mend"]) for row in csv.DictReader(rows)}
