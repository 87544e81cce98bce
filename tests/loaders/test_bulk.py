"""Binary COPY: what goes in comes out, whatever the columns hold."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pandas as pd
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loaders import bulk

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
BIG = st.none() | st.integers(-(2**63), 2**63 - 1)
DAY = st.none() | st.dates(date(1900, 1, 1), date(2200, 1, 1))
ROW = st.tuples(TEXT, BIG, BIG, DAY, st.integers(0, 2**31 - 1))
OTHER_TEXTS = [
    *("set_indicator", "origin", "export_country", "spi", "lading_port", "textile_category", "product_claim"),
    *("related_party", "net_cost", "fee_exemption", "nonreimbursement", "ftz_status"),
]
ONCE = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(max_examples=20, deadline=None, suppress_health_check=ONCE)
@given(st.lists(ROW, max_size=40), st.integers(1, 9))
def test_every_value_comes_back(conn, rows, chunk):
    line_id, charges, quantity, day, line = ([row[i] for row in rows] for i in range(5))
    whole = pd.DataFrame(
        {
            "line_id": pd.Series(line_id, dtype="str"),
            "charges_cents": pd.array(charges, dtype="Int64"),
            "ftz_quantity": pd.array(quantity, dtype="Int64"),
            "export_date": pd.Series(day, dtype="datetime64[s]"),
            "line": pd.Series(line, dtype="int64"),
            "record": range(len(rows)),
            **dict.fromkeys(("version_id", "interchange_id"), 7),
            **dict.fromkeys(OTHER_TEXTS, ""),
        }
    )
    before, bulk.CHUNK = bulk.CHUNK, chunk
    try:
        with conn.transaction(force_rollback=True):
            assert bulk.copy(conn, "line", whole) == len(rows)
            found = conn.execute(
                "SELECT line_id, charges_cents, ftz_quantity, export_date, line FROM line ORDER BY record"
            )
            assert found.fetchall() == rows
    finally:
        bulk.CHUNK = before


def test_bytes_booleans_and_instants(conn):
    conn.execute("INSERT INTO account (id, number, kind, name) VALUES (1, 'A', 'office', 'A')")
    at = datetime(2026, 3, 2, 1, 2, 3, 456789, tzinfo=UTC)
    frame = pd.DataFrame({"account_id": [1], "username": "u", "public_key": "k", "valid_from": date(2026, 1, 1)})
    bulk.copy(conn, "sftp_identity", frame)
    conn.execute(
        "INSERT INTO interchange (id, account_id, mode, sha256, bytes, received_at)"
        " VALUES (1, 1, 'file', 's', 1, now())"
    )
    body = bytes(range(256))
    bulk.copy(
        conn,
        "acknowledgment",
        pd.DataFrame(
            {
                "id": [9],
                "interchange_id": 1,
                "account_id": 1,
                "kind": "ax",
                "suffix": "",
                "body": [body],
                "sha256": "s",
                "reference": "",
                "created_at": at,
            }
        ),
    )
    assert conn.execute("SELECT body, created_at FROM acknowledgment").fetchone() == (body, at)
    assert conn.execute("SELECT valid_from, valid_to FROM sftp_identity").fetchone() == (date(2026, 1, 1), None)


def test_a_copy_is_part_of_the_transaction(conn):
    with pytest.raises(ZeroDivisionError), conn.transaction():
        bulk.copy(conn, "ref_modes", pd.DataFrame({"code": ["10"], "description": ["vessel"]}))
        raise ZeroDivisionError
    assert conn.execute("SELECT count(*) FROM ref_modes").fetchone() == (0,)


def test_what_does_not_fit_is_named(conn):
    with pytest.raises(ValueError, match="table ref_modes has no column colour; it has code, description"):
        bulk.copy(conn, "ref_modes", pd.DataFrame({"code": ["10"], "colour": ["red"]}))
    with pytest.raises(ValueError, match=r"ref_fees.rate: expected int64, found .*string that does not fit"):
        bulk.copy(conn, "ref_fees", pd.DataFrame({"rate": ["abc"]}))
    with pytest.raises(psycopg.errors.NotNullViolation):
        bulk.copy(conn, "ref_holidays", pd.DataFrame({"date": [None], "name": ["x"]}))


def test_a_missing_text_is_blank(conn):
    bulk.copy(conn, "ref_modes", pd.DataFrame({"code": ["10"], "description": [None]}))
    assert conn.execute("SELECT description FROM ref_modes").fetchone() == ("",)
