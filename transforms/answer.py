"""The AX answer: for every transaction a SUMMRY reference, its conditions with the references that lead to them, and
the final word.

AE chapter, "Entry Summary Response" (pages ESF-192 to 211). Conditions stand in the order of the filing: those on the
transaction itself, on header groupings, on lines, after the lines, on totals. The whole answer is one byte matrix,
filled column by column.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from parsers.catair import layout, response, write
from parsers.catair.layout import BLANK, WIDTH
from parsers.catair.read import Parsed
from transforms import places
from transforms.conditions import dictionary
from transforms.entry_summary import EntrySummaries

_SECTIONS = {"": 0, "LINITM": 2, "PSTLIN": 3, "TOTALS": 4}  # 1: groupings of the header


def ax(es: EntrySummaries, parsed: Parsed, conditions: pd.DataFrame, dispositions: pd.DataFrame) -> list[bytes]:
    """The answer to each file of the shard: 80-column records, each ended by a newline.

    Every batch of a file is answered in its place, with the same blocks in the same order, or rejected as a whole.
    """
    body, txn = transactions(es, parsed, conditions, dispositions)
    return response.respond(parsed, body, parsed.transactions["block"].to_numpy()[txn], dictionary.texts())


def transactions(
    es: EntrySummaries, parsed: Parsed, conditions: pd.DataFrame, dispositions: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray]:
    """The records between B and Y, ``(n, 80) uint8``, in input order, and the transaction that each belongs to.

    An accepted deletion returns no conditions (page ESF-211).
    """
    count = len(dispositions)
    told = conditions[(dispositions["code"] != "997").to_numpy()[conditions["txn"].to_numpy()]]
    occurrence = parsed.transactions["occurrence"].to_numpy()
    told, references = _in_place(es, told.reset_index(drop=True), occurrence)

    of = told["txn"].to_numpy()
    led_by = np.bincount(references["condition"].to_numpy(), minlength=len(told)).astype(np.int64)
    before = np.concatenate([[0], np.cumsum(led_by + 1)])  # records of all conditions before this one
    first = before[np.searchsorted(of, np.arange(count + 1))]  # ... before the first one of a transaction
    place = before[:-1] + 2 * of + 1  # each transaction adds its SUMMRY before, and its final after, its conditions
    summry = first[:-1] + 2 * np.arange(count)
    final = first[1:] + 2 * np.arange(count) + 1

    out = np.full((2 * count + before[-1], WIDTH), BLANK, np.uint8)
    text = parsed.frames.text
    out[summry] = places.records(
        pd.DataFrame({"type": "SUMMRY", "row": es.header["row"], "occurrence": occurrence, "slot": 0}), text
    )
    out[place[references["condition"]] + references["level"]] = places.records(references, text)
    out[place + led_by] = _e1(es, text, dispositions, of, told["code"], severity=told["severity"])
    out[final] = _e1(
        es,
        text,
        dispositions,
        np.arange(count),
        dispositions["code"],
        severity=dispositions["severity"],
        final=dispositions["final"],
        version=dispositions["version_number"],
    )
    txn = np.empty(len(out), np.int64)
    txn[np.concatenate([summry, final])] = np.tile(np.arange(count), 2)
    txn[place + led_by] = of
    txn[place[references["condition"]] + references["level"]] = of[references["condition"]]
    return out, txn


def _in_place(
    es: EntrySummaries, conditions: pd.DataFrame, occurrence: np.ndarray
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Conditions in the order of the answer, and the references to be printed: one chain before the first of each
    place."""
    references = places.references(es, conditions, occurrence).sort_values(["condition", "level"], ignore_index=True)
    references["level"] = references.groupby("condition").cumcount()  # levels that were not there leave no gap
    count = len(conditions)
    section, innermost = np.zeros(count, np.int64), np.zeros((count, 3), np.int64)
    outer = references[references["level"] == 0]
    section[outer["condition"]] = outer["type"].map(_SECTIONS).fillna(1).to_numpy(np.int64)
    innermost[references["condition"]] = references[["row", "slot", "level"]].to_numpy()  # the last of each wins
    key = np.column_stack([conditions["txn"].to_numpy(), section, innermost])
    order = np.lexsort([np.arange(count), *key.T[::-1]])
    key, rank = key[order], np.empty(count, np.int64)
    rank[order] = np.arange(count)
    fresh = np.ones(count, bool)
    fresh[1:] = (key[1:] != key[:-1]).any(axis=1)
    references["condition"] = rank[references["condition"]]
    return conditions.take(order).reset_index(drop=True), references[fresh[references["condition"]]]


def _e1(
    es: EntrySummaries,
    text: np.ndarray,
    dispositions: pd.DataFrame,
    txn: np.ndarray,
    code: pd.Series,
    *,
    severity: pd.Series,
    final: pd.Series | None = None,
    version: pd.Series | None = None,
) -> np.ndarray:
    """E1 records, one per element of ``txn``. Filer code, entry number and broker reference are copied as sent, except
    that a broker reference which had to match shows the one on file (note 4, page ESF-206)."""
    fields = {field.name: field.columns for field in layout.load("ax")["E1"]}
    sent = {field.name: field.columns for field in layout.load("ae")["10"]}
    out = np.full((len(txn), WIDTH), BLANK, np.uint8)
    out[:, fields["control_identifier"]] = np.frombuffer(b"E1", np.uint8)
    out[:, fields["condition_code"]] = _cells(code, 3)
    out[:, fields["severity_code"]] = _cells(severity, 1)
    out[:, fields["narrative_text"]] = dictionary.narrative_bytes(code)
    rows = es.header["row"].to_numpy()[txn]
    for name in ("entry_filer_code", "entry_number", "broker_reference_number"):
        out[:, fields[name]] = text[rows, sent[name]]
    differs = (dispositions["broker_reference"] != es.header["broker_reference"]).to_numpy()[txn]
    out[differs, fields["broker_reference_number"]] = _cells(dispositions["broker_reference"].iloc[txn[differs]], 9)
    if final is not None and version is not None:
        out[:, fields["disposition_type_code"]] = _cells(final, 1)
        out[:, fields["version_number"]] = _cells(version, 5)
    return out


def _cells(values: pd.Series, width: int) -> np.ndarray:
    """``(n, width) uint8``: short texts of single-byte characters, blank padded."""
    points = np.ascontiguousarray(values.to_numpy(dtype=f"U{width}")).view(np.uint32).reshape(len(values), width)
    return np.where(points == 0, BLANK, points).astype(np.uint8)


def not_edi() -> bytes:
    """The one answer to a file that holds no record at all: a generated envelope, X01, batch rejected (page 34)."""
    layouts, texts = layout.load("envelope_out"), dictionary.texts()
    told = {"condition_code": ["X01", "999"], "disposition_type_code": ["", "R"], "severity_code": ["F", "F"]}
    counted = {"output_transaction_image_count": [2]}
    return write.to_bytes(
        np.concatenate(
            [
                write.write(layouts, "A", {"control_identifier": ["A"]}),
                write.write(layouts, "B-ACEGEN", {"control_identifier": ["B"]}),
                write.write(layouts, "X1", {**told, "narrative_text": [texts["X01"], texts["999"]]}),
                write.write(layouts, "Y-ACEGEN", counted),
                write.write(layouts, "Z-ACEGEN", {"control_identifier": ["Z"]}),
            ]
        )
    )
