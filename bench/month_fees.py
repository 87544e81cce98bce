"""Fees of a month of entry summaries: of each line and header (62, 34), and their totals (89)."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from bench.month_columns import pick, table
from bench.tables import Columns, Integers

INFORMAL_CENTS = 269
FEE_CODES = ["499", "501", "311"]


def fees(
    s: Columns,
    place: Columns,
    line: Columns,
    processing: Integers,
    harbor: Integers,
    base: Integers,
    informal: np.ndarray,
) -> pa.Table:
    """Processing and harbor fee of each line (62), the informal fee of the header (34); in the order of record."""
    parts = []
    for code, amount, where, offset in (("499", processing, processing > 0, 4), ("501", harbor, harbor > 0, 5)):
        at = np.flatnonzero(where)
        parts.append(
            (
                place["version_id"][at],
                place["interchange_id"][at],
                line["record"][at] + offset,
                line["line"][at],
                amount[at],
                np.full(len(at), FEE_CODES.index(code)),
            )
        )
    at = np.flatnonzero(informal)
    parts.append(
        (
            s["id"][at],
            s["file"][at],
            base[at] + 5,
            np.zeros(len(at), np.int64),
            np.full(len(at), INFORMAL_CENTS),
            np.full(len(at), 2),
        )
    )
    version, file, record, number, amount, code = (np.concatenate(c) for c in zip(*parts, strict=True))
    order = np.lexsort((record, version))
    version, file, record, number, amount, code = (c[order] for c in (version, file, record, number, amount, code))
    return table(
        "fee",
        {
            "version_id": version,
            "interchange_id": file,
            "record": record,
            "line": number,
            "slot": np.ones(len(order), np.int64),
        }
        | {
            "kind": pick(np.array(["fee", "header_fee"]), (code == 2) * 1),
            "class_code": pick(np.array(FEE_CODES), code),
            "amount_cents": amount,
        },
    )


def fee_totals(s: Columns, sums: Columns, record: Integers) -> pa.Table:
    """The 89 record: up to three classes of it, one after the other."""
    version, code, amount, row = [], [], [], []
    for n, name in enumerate(FEE_CODES):
        at = np.flatnonzero(sums[name] > 0)
        version.append(s["id"][at])
        code.append(np.full(len(at), n))
        amount.append(sums[name][at])
        row.append(at)
    at, codes, amounts = np.concatenate(row), np.concatenate(code), np.concatenate(amount)
    order = np.lexsort((codes, at))
    at, codes, amounts = at[order], codes[order], amounts[order]
    slot = np.arange(len(at)) - np.searchsorted(at, at) + 1
    return table(
        "fee_total",
        {"version_id": s["id"][at], "interchange_id": s["file"][at], "record": record[at], "slot": slot}
        | {"class_code": pick(np.array(FEE_CODES), codes), "amount_cents": amounts},
    )
