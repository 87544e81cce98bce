"""What a broker asks of its statements: update (SU) and payment (RM) batches, as its software would send them."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from bench.population import Population
from parsers.catair import layout, write


def update(people: Population, filer: str, day: date, asked: pd.DataFrame, reference: str = "") -> bytes:
    """An SU batch of one block. ``asked``: ``port entry_number payment_type print_date`` (NaT: none) ``branch month``
    (its two digits, or blank). ``reference`` is the broker's own name for the batch: without a new one the same request
    is the same file, which is answered as before."""
    record = {
        "district_port_of_entry_summary": asked["port"],
        "entry_filer_code": [filer] * len(asked),
        "entry_number": asked["entry_number"],
        "payment_type_indicator": asked["payment_type"],
        "preliminary_statement_print_date": asked["print_date"],
        "client_branch_designation": asked["branch"],
        "periodic_statement_month": asked["month"],
    }
    return _batch(people, filer, day, "SU", write.write(layout.load("su"), "H", record), reference)


def payment(people: Population, filer: str, day: date, asked: pd.DataFrame, reference: str = "") -> bytes:
    """An RM batch of one block. ``asked``: ``payment_type`` (01 periodic daily, 02 daily) ``payer_unit statement_number
    negation``; ``reference`` as in :func:`update`."""
    record = {
        "payment_type_code": asked["payment_type"],
        "payer_unit_number": asked["payer_unit"],
        "filer_code": [filer] * len(asked),
        "statement_number": asked["statement_number"],
        "debit_negation_identifier": asked["negation"],
    }
    return _batch(people, filer, day, "RM", write.write(layout.load("rm"), "PT", record), reference)


def _batch(people: Population, filer: str, day: date, application: str, body: np.ndarray, reference: str) -> bytes:
    broker = people.brokers.loc[people.brokers["filer_code"] == filer].iloc[0]
    sender = {"sender_receiver_site_code": [broker["site"]], "sender_receiver_id_code": [filer]}
    ends = sender | {"transmission_date": [pd.Timestamp(day)], "communication_password": [broker["password"]]}
    block = {"processing_district_port_code": [broker["site"]], "processing_filer_code": [filer]}
    block |= {"application_identifier_code": [application]}
    records = (
        _one("A", ends | {"application_identifier_code": [application], "transmitter_user_data_text": [reference]}),
        _one("B", block),
        body,
        _one("Y", block),
        _one("Z", ends),
    )
    return write.to_bytes(np.concatenate(records))


def _one(record: str, columns: dict[str, Any]) -> np.ndarray:
    known = {field.name for field in layout.load("envelope_in")[record]}
    return write.write(layout.load("envelope_in"), record, {k: v for k, v in columns.items() if k in known})
