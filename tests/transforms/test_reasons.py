"""The readable answers, as a broker's programmer and an importer's clerk read them."""

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transforms import reasons


def told(read):
    bodies = reasons.reasons(read.es, read.parsed, read.conditions, read.dispositions)
    return [list(csv.DictReader(io.StringIO(body.decode()))) for body in bodies]


def acknowledged(read, state=None):
    table = reasons.importer_acknowledgments(read.es, read.parsed, read.conditions, read.dispositions, state)
    return {
        (row.file, row.importer_number): list(csv.DictReader(io.StringIO(row.body.decode())))
        for row in table.itertuples()
    }


def test_all_is_well_leaves_the_header_alone(make):
    read = make.judge(make.batch(make.block(make.summary())))
    (body,) = reasons.reasons(read.es, read.parsed, read.conditions, read.dispositions)
    assert body.decode() == ",".join(reasons.COLUMNS) + "\n"


def test_a_reason_names_line_columns_field_and_what_was_found(make):
    good, bad = (
        make.summary(),
        make.summary(make.numbers[1], _40="40  001 DEDE091826        0000000500     0000001200    N"),
    )
    (first, second) = told(make.judge(make.batch(make.block(good)), make.batch(make.block(good, bad))))
    assert first == []
    (reason,) = second
    assert (reason["line"], reason["columns"], reason["record"], reason["code"]) == ("24", "37-41", "40", "429")
    assert (reason["field"], reason["found"]) == ("foreign_port_of_lading_code", "")
    assert (reason["block"], reason["transaction"], reason["line_item"]) == ("1", "2", "001")
    assert (reason["filer_code"], reason["entry_number"]) == ("TW1", make.numbers[1])
    assert reason["what_is_wrong"]
    assert reason["how_to_mend"]


def test_faults_of_a_rejected_batch_are_told_too(make):
    swapped = make.summary()
    swapped[1], swapped[2] = swapped[2], swapped[1]
    trailer = make.batch(make.block(make.summary())).replace(b"Y  2704", b"Y  2709")
    (order, envelope) = told(make.judge(make.batch(make.block(swapped)), trailer))
    assert [(row["line"], row["record"], row["code"], row["transaction"]) for row in order] == [("5", "11", "A04", "1")]
    assert [(row["line"], row["record"], row["code"], row["batch"]) for row in envelope] == [("18", "Y", "X32", "1")]
    assert all(row["what_is_wrong"] and row["how_to_mend"] for row in order + envelope)


def test_every_fault_the_parser_can_find_is_explained():
    listed = reasons._fault_reasons()
    missing = {f"X{n:02}" for n in (1, *range(3, 17), 19, *range(21, 27), 32, *range(33, 43))} - set(listed)
    assert not missing
    assert all(why and mend for why, mend in listed.values())


def test_no_cell_is_a_formula(make):
    bad = make.summary(
        "00001236", reference="=1+1", _44="44@SUM(A1)", _40='40 =00"DEDE091826        00000005004287+000000012OO    N'
    )
    for rows in told(make.judge(make.batch(make.block(bad)))):
        assert rows
        for row in rows:
            assert not any(cell[:1] in ("=", "+", "-", "@") for cell in row.values())


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(line=st.integers(0, 18), column=st.integers(0, 79), byte=st.integers(0, 255))
def test_the_password_is_never_shown(make, line, column, byte):
    sent = bytearray(make.batch(make.block(make.summary()), password="GEHEIM"))
    sent[line * 81 + column] = byte
    read = make.judge(bytes(sent))
    (body,) = reasons.reasons(read.es, read.parsed, read.conditions, read.dispositions)
    assert b"GEHEIM" not in body
    assert "GEHEIM" not in read.ax()[0]


@pytest.mark.parametrize("kind", ["empty", "unknown"])
def test_what_is_not_edi_is_explained(kind):
    (row,) = csv.DictReader(io.StringIO(reasons.not_edi(kind).decode()))
    assert row["code"] == "X01"
    assert row["what_is_wrong"]
    assert row["how_to_mend"].startswith("begin the file with an A record")
    assert ("X12 begins with an ISA segment" in row["how_to_mend"]) == (kind == "unknown")


def test_each_importer_reads_of_its_own_filings_only(make):
    other = make.summary(make.numbers[1], _11="1198-7654321  12-3456789" + " " * 17 + "100826100626       CA")
    rejected = make.summary(
        make.numbers[2], _90="9000000026000 00000004714 00000000000 00000000000 00000000000 00000000000"
    )
    got = acknowledged(
        make.judge(make.batch(make.block(make.summary(), other, rejected)), make.batch(make.block(other)))
    )
    assert list(got) == [(0, "12-3456789"), (0, "98-7654321"), (1, "98-7654321")]
    first, third = got[0, "12-3456789"]
    assert (first["entry_number"], first["filer"], first["version"]) == ("0000123-3", "TW1", "00100")
    assert (first["total_duty"], first["total_fees"], first["entry_date"]) == ("250.00", "47.14", "2026-10-08")
    assert first["disposition"] == "accepted: entry summary added"
    assert third["disposition"].startswith("rejected")
    assert third["conditions"] == "722 GRAND TOTAL DUTY NOT = SUM OF EST DUTY"
    assert [row["disposition"] for row in got[1, "98-7654321"]] == ["accepted: entry summary replaced"]


def test_a_deletion_reaches_the_importer_it_concerns(make):
    deletion = make.batch(make.block(make.summary(action="D")))
    state = make.on_file()
    on_file = acknowledged(make.judge(deletion, state=state), state)
    assert [row["disposition"] for row in on_file[0, "12-3456789"]] == ["accepted: entry summary deleted"]
    in_shard = acknowledged(make.judge(make.batch(make.block(make.summary())), deletion))
    assert [row["action"] for row in in_shard[1, "12-3456789"]] == ["delete"]
    assert acknowledged(make.judge(deletion)) == {}
