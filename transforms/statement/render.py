"""What the PF and MS batches share: the envelope of a statement, fee records, deleted entries, and putting the records
of many statements in order. Whole columns throughout."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from parsers.catair import layout, write
from parsers.catair.layout import Field, Layout
from transforms.statement import totals
from transforms.statement.errors import AmountDoesNotFit, TooManyEntries, TooManyFees

FEES_IN_RECORD, FEE_RECORDS, DELETED_IN_RECORD = 5, 5, 4
DELETE_SOURCE = {"A": "ABI", "C": "CBP"}
_DIGITS = 10  # "statements currently only support 10 digit dollar amounts" (note 1)


class Pages:
    """Collects records of many statements, each with its place, and gives them back in order."""

    def __init__(self, layouts: Layout, statement: pd.DataFrame) -> None:
        self.layouts = layouts
        self.number = statement["statement_number"].to_numpy(dtype=object)
        self._records: list[np.ndarray] = []
        self._keys: list[np.ndarray] = []

    def add(self, record: str, of: np.ndarray, section: int, columns: Mapping[str, Any], *place: np.ndarray) -> None:
        """One record per element of ``of`` (the statement it belongs to): in its section, at its place there."""
        if len(of) == 0:
            return
        self._check(record, of, columns)
        self._put(write.write(self.layouts, record, columns), of, section, *place)

    def fees(self, record: str, of: np.ndarray, section: int, rank: np.ndarray, fee: pd.DataFrame) -> None:
        """Fee records, five class codes each, numbered from 01. ``fee`` has ``owner`` (a row of ``of``), ``class_code``
        (blank: a record without fees, where one is mandatory) and ``amount_cents``.

        Raises :class:`TooManyFees`.
        """
        if fee.empty:
            return
        fee = fee.sort_values(["owner", "class_code"], kind="stable")
        owner = fee["owner"].to_numpy(np.int64)
        slot = fee.groupby("owner").cumcount().to_numpy(np.int64)
        if (slot >= FEES_IN_RECORD * FEE_RECORDS).any():
            number = self.number[of[owner[slot.argmax()]]]
            raise TooManyFees(number, f"more than {FEES_IN_RECORD * FEE_RECORDS} fee classes in {record}")
        first = slot % FEES_IN_RECORD == 0
        at, start = np.cumsum(first) - 1, owner[first]
        filled = {
            f"{name}_{i + 1}": _spread(fee[column], at, slot % FEES_IN_RECORD, i, len(start))
            for i in range(FEES_IN_RECORD)
            for name, column in (("fee_class_code", "class_code"), ("fee_amount", "amount_cents"))
        }
        sequence = slot[first] // FEES_IN_RECORD + 1
        self.add(record, of[start], section, {"sequence_number": sequence, **filled}, rank[start], 1 + sequence)

    def deleted(self, record: str, of: np.ndarray, section: int, removed: pd.DataFrame, limit: int) -> None:
        """Deleted entry summaries, four in a record, of one ``statement_number`` (Q7). ``removed`` is parallel to
        ``of``, in order, and has ``statement_number filer_code entry_number removed_by``."""
        if removed.empty:
            return
        many = np.bincount(of)
        if (many > limit).any():
            raise TooManyEntries(self.number[many.argmax()], f"more than {limit} deleted entry summaries")
        removed = removed.reset_index(drop=True)
        group = removed.groupby([of, removed["statement_number"]], sort=False)
        slot = group.cumcount().to_numpy(np.int64) % DELETED_IN_RECORD
        at = np.cumsum(slot == 0) - 1
        first = removed[slot == 0]
        source = removed["removed_by"].map(DELETE_SOURCE).fillna("").astype("str")
        columns = {"entry_filer_code": removed["filer_code"], "entry_number": removed["entry_number"]}
        filled = {
            f"{name}_{i + 1}": _spread(column, at, slot, i, len(first))
            for i in range(DELETED_IN_RECORD)
            for name, column in (columns | {"delete_source": source}).items()
        }
        owner, number = of[slot == 0], first["statement_number"]
        self.add(record, owner, section, {"statement_number": number, **filled}, np.arange(len(owner)))

    def batch(
        self, application: str, statement: pd.DataFrame, *, site: str, sent: date, office: str, text: str
    ) -> bytes:
        """A, then each statement between its B and Y, then Z: 80-column records, each ended by a newline.

        Raises ValueError when the statements belong to more than one filer, who is the recipient.
        """
        if statement["filer_code"].nunique() != 1:
            raise ValueError("one batch holds the statements of one filer")
        envelope = layout.load("envelope_out")
        filer = statement["filer_code"].iloc[0]
        body, of = self._ordered()
        block = {
            "processing_district_port_code": statement["port"],
            "processing_filer_code": statement["filer_code"],
            "application_identifier_code": [application] * len(statement),
            "processing_filer_office_code": [office] * len(statement),
        }
        head = write.write(
            envelope,
            "B",
            block
            | {
                "statement_status": statement["status"],
                "statement_number": statement["statement_number"],
                "preliminary_statement_print_date": statement["print_date"],
                "payment_type_code": statement["payment_type"],
                "importer_of_record_number": statement["importer_number"],
                "statement_client_branch_identifier": statement["branch"],
            },
        )
        images = np.bincount(of, minlength=len(statement))
        foot = write.write(envelope, "Y", block | {"output_transaction_image_count": images})
        begin = np.cumsum(images) - images + 2 * np.arange(len(statement))
        out = np.empty((len(body) + 2 * len(statement), layout.WIDTH), np.uint8)
        out[begin], out[begin + images + 1] = head, foot
        out[np.arange(len(body)) + 2 * of + 1] = body
        ends = {
            "sender_receiver_site_code": [site],
            "sender_receiver_id_code": [filer],
            "transmission_date": [pd.Timestamp(sent)],
            "sender_receiver_office_code": [office],
        }
        opened = ends | {"application_identifier_code": [application], "transmitter_user_data_text": [text]}
        first, last = write.write(envelope, "A", opened), write.write(envelope, "Z", ends)
        return write.to_bytes(np.concatenate([first, out, last]))

    def _put(self, records: np.ndarray, of: np.ndarray, section: int, *place: np.ndarray) -> None:
        key = np.zeros((len(of), 4), np.int64)
        key[:, 0], key[:, 1] = of, section
        for column, values in enumerate(place, 2):
            key[:, column] = values
        self._records.append(records)
        self._keys.append(key)

    def _ordered(self) -> tuple[np.ndarray, np.ndarray]:
        key, records = np.concatenate(self._keys), np.concatenate(self._records)
        order = np.lexsort(key.T[::-1])
        return records[order], key[order, 0]

    def _check(self, record: str, of: np.ndarray, columns: Mapping[str, Any]) -> None:
        """Every amount fits: raises :class:`AmountDoesNotFit` naming the statement."""
        for field in self.layouts[record]:
            if field.name not in columns or field.decimals == 0:
                continue
            amount = pd.array(columns[field.name], dtype="Int64").to_numpy(dtype=np.int64, na_value=0)
            wrong = (amount < 0) | (amount >= 10 ** min(field.width, _DIGITS))
            if wrong.any():
                raise AmountDoesNotFit(self.number[of[wrong.argmax()]], _told(field, int(amount[wrong.argmax()])))


def fees_of(numbers: pd.Series, fee: pd.DataFrame, key: str, *, mandatory: bool) -> pd.DataFrame:
    """The rows of ``fee`` whose ``key`` is one of ``numbers``, with the ``owner`` among them; when ``mandatory`` an
    owner without fees gets one blank row."""
    owner = pd.Index(numbers).get_indexer(fee[key])
    rows = pd.DataFrame(
        {"owner": owner, "class_code": fee["class_code"].to_numpy(), "amount_cents": totals.cents(fee["amount_cents"])}
    )
    rows = rows[owner >= 0].astype({"amount_cents": "Int64"})
    if mandatory:
        none = np.setdiff1d(np.arange(len(numbers)), rows["owner"])
        blank = pd.DataFrame({"owner": none, "class_code": "", "amount_cents": pd.array([pd.NA] * len(none), "Int64")})
        rows = pd.concat([rows, blank.astype({"class_code": "str"})], ignore_index=True)
    return rows


def _spread(values: pd.Series, at: np.ndarray, slot: np.ndarray, which: int, rows: int) -> Any:
    """The values whose slot is ``which`` at their rows, blank elsewhere."""
    here = slot == which
    if str(values.dtype) == "Int64":
        whole = np.zeros(rows, np.int64)
        blank = np.ones(rows, bool)
        whole[at[here]] = values.to_numpy(dtype=np.int64, na_value=0)[here]
        blank[at[here]] = values.isna().to_numpy()[here]
        return pd.arrays.IntegerArray(whole, blank)
    text = np.full(rows, "", dtype=object)
    text[at[here]] = values.to_numpy(dtype=object)[here]
    return pd.Series(text, dtype="str")


def _told(field: Field, amount: int) -> str:
    return f"{field.name} of {field.record} (columns {field.start} to {field.end}) cannot hold {amount} cents"
