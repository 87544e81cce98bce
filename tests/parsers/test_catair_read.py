"""The tables of a shard: what belongs to what, and what no input can do to the reader."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.catair import read, response
from tests.parsers.catair_files import NARRATIVES, SUMMARY, Z, batch, lines

SHARED = Path(__file__).parents[2].parent / "shared"
WIRES = sorted((SHARED / "examples" / "wires").glob("*.txt"))


def answers(data: bytes) -> int:
    """How many batches the answer to ``data`` has; none of its transactions is answered."""
    parsed = read.parse([data])
    body, block = np.empty((0, 80), np.uint8), np.empty(0, np.int64)
    answer = response.respond(parsed, body, block, NARRATIVES)
    assert len(answer) == 1
    assert len(answer[0]) % 81 == 0
    heads = [answer[0][at : at + 1] for at in range(0, len(answer[0]), 81)]
    assert heads.count(b"A") == heads.count(b"Z") == len(parsed.batches)
    return len(parsed.batches)


def test_keys_lead_from_record_to_record() -> None:
    line, tariff = SUMMARY[6], SUMMARY[10]
    first = (*SUMMARY[:3], *SUMMARY[3:5], *SUMMARY[3:5], line, "42SUPPLIER", "44A", "42SUPPLIER", "44B", tariff, tariff)
    second = (*first[:8], "44C", tariff, "OI        C", "PG01", SUMMARY[11], SUMMARY[14])
    tables = read.parse([batch(*first, *second)]).tables
    assert tables["23"][["txn", "bill"]].to_numpy().tolist() == [[0, 0], [0, 1], [1, 2], [1, 3]]
    assert tables["44"][["txn", "line", "invoice"]].to_numpy().tolist() == [[0, 0, 0], [0, 0, 1], [1, 1, -1]]
    assert tables["50"][["line", "tariff"]].to_numpy().tolist() == [[0, 0], [0, 1], [1, 2]]
    assert tables["PG01"][["line", "tariff"]].to_numpy().tolist() == [[1, 2]]
    assert tables["62"][["txn", "line", "tariff"]].to_numpy().tolist() == [[1, 1, -1]]
    assert tables["90"][["txn", "line", "bill"]].to_numpy().tolist() == [[1, -1, -1]]
    assert list(tables["10"]["row"]) == [2, 2 + len(first)]


def test_overlays_stand_beside_their_record() -> None:
    parsed = read.parse([batch(*SUMMARY[:11], "5408USUSA", "5413", "5401Y    123456", *SUMMARY[11:])])
    assert len(parsed.tables["54"]) == 3
    assert parsed.tables["54-08"]["country_of_melt_and_pour_code"].tolist() == ["US"]
    assert parsed.tables["54-01"]["softwood_lumber_export_price"].tolist() == [123456]
    assert "54-13" not in parsed.tables


def test_defects_name_the_field_and_where_it_stands() -> None:
    data = batch(*SUMMARY[:10], SUMMARY[10].replace("0000025000", "00000250.0"), *SUMMARY[11:])
    parsed = read.parse([data])
    assert not len(parsed.faults)
    assert parsed.defects.to_dict("records") == [
        {"row": 12, "record": "50", "field": "duty_amount", "start": 14, "end": 23, "kind": "class"}
    ]
    assert parsed.frames.cut(12, 14, 23) == "00000250.0"


def test_nothing_at_all() -> None:
    for files in ([], [b""], [b"\n\n", b"\x1a"]):
        parsed = read.parse(files)
        assert not len(parsed.batches) and not len(parsed.faults) and not parsed.tables
        body, block = np.empty((0, 80), np.uint8), np.empty(0, np.int64)
        assert response.respond(parsed, body, block, {}) == [b""] * len(files)


def test_types_do_not_depend_on_content() -> None:
    empty, full = read.parse([]), read.parse([batch() + batch(z="")])
    for name in ("batches", "blocks", "transactions", "faults", "defects"):
        assert (getattr(empty, name).dtypes == getattr(full, name).dtypes).all(), name
    dtypes = full.tables["50"].dtypes
    assert str(dtypes["hts_number"]) == "str" and str(dtypes["duty_amount"]) == "Int64"
    assert str(full.tables["11"]["date_of_importation"].dtype) == "datetime64[s]"


def test_a_shard_says_what_its_files_say() -> None:
    files = [batch(), batch(*SUMMARY, *SUMMARY), batch(z=""), batch(SUMMARY[0])]
    together = read.parse(files)
    apart = [read.parse([f]) for f in files]
    assert list(together.batches["rejected"]) == [p.batches["rejected"].iloc[0] for p in apart]
    duty = pd.concat([p.tables["50"]["duty_amount"] for p in apart if "50" in p.tables], ignore_index=True)
    assert together.tables["50"]["duty_amount"].equals(duty)
    assert list(together.transactions["file"]) == [0, 1, 1, 3]


@given(at=st.integers(0, 81 * 19 - 1), byte=st.integers(0, 255), framed=st.booleans())
@settings(deadline=None, max_examples=60)
def test_one_flipped_byte_is_answered(at: int, byte: int, framed: bool) -> None:
    data = bytearray(batch())
    data[at] = byte
    assert answers(bytes(data) if framed else bytes(data).replace(b"\n", b"")) >= 1


@given(at=st.integers(1, 81 * 19), unbroken=st.booleans())
@settings(deadline=None, max_examples=25)
def test_truncated_anywhere_is_one_batch(at: int, unbroken: bool) -> None:
    data = batch().replace(b"\n", b"") if unbroken else batch()
    assert answers(data[:at]) == 1


@given(
    st.binary(max_size=600) | st.lists(st.sampled_from([*SUMMARY, "A", "B", "Y", Z, "QX", ""])).map(lambda r: lines(*r))
)
@settings(deadline=None, max_examples=60)
def test_anything_is_answered_once(data: bytes) -> None:
    frames = read.parse([data]).frames
    assert (answers(data) >= 1) == (len(frames) > 0)


@pytest.mark.skipif(not WIRES, reason="the shared example wires are not here")
@pytest.mark.parametrize("wire", WIRES, ids=lambda p: p.stem)
def test_real_wires_are_well_formed(wire: Path) -> None:
    parsed = read.parse([wire.read_bytes()])
    assert not len(parsed.faults)
    assert not len(parsed.defects)
    assert len(parsed.transactions) == 1
