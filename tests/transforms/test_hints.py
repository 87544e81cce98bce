"""What a page says beside a rejected record: the line it speaks of, and how it would have to stand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from parsers.catair import framing, read
from transforms import explained, hints, reasons

NO_FILES = {"record": [], "last_record": []}


def told(make, data):
    """The reasons of a file as its answer tells them, each at its row."""
    judged = make.judge(data)
    (body,) = reasons.reasons(judged.es, judged.parsed, judged.conditions, judged.dispositions)
    table = explained.read(body)
    frames = framing.frame([data])
    c, f = judged.conditions, judged.parsed.faults
    rows = np.concatenate([c["row"].to_numpy(), f["row"].to_numpy()]).astype(int)
    known = pd.DataFrame(
        {
            "line_no": np.where(rows >= 0, frames.line_no[rows], 0),
            "start": np.concatenate([c["start"].to_numpy(), f["column"].to_numpy()]),
            "code": pd.concat([c["code"], f["code"]], ignore_index=True),
            "record": np.where(rows >= 0, frames.record[rows], 0),
        }
    )
    return judged, table.assign(row=explained.rows(frames, table, known))


def transactions(judged):
    t, record = judged.parsed.transactions, judged.parsed.frames.record
    return pd.DataFrame({"record": record[t["first"]], "last_record": record[t["last"].to_numpy() - 1]})


TOTALS = "9000000025000 00000004714 00000000000 00000000000 00000000000 00000000000"
SPOILT = {
    "B16": ("10ATW1  00001233", "10ATW1  00001239"),
    "722": ("9000000025000", "9000000025001"),
    "726": ("00000004714", "00000004715"),
}


@pytest.mark.parametrize("newline", [b"\n", b""])
@pytest.mark.parametrize("code", ["B16", "722", "726"])
def test_the_corrected_line_is_accepted_in_place_of_the_wrong_one(make, code, newline):
    """The strongest that can be said of a hint: with it the filing has that fault no more, nor another."""
    good = make.batch(make.block(make.summary(make.numbers[1]), make.summary()))
    right, wrong = (text.encode() for text in SPOILT[code])
    at = good.rindex(right)
    bad = good[:at] + wrong + good[at + len(wrong) :]
    judged, table = told(make, bad.replace(b"\n", newline))
    lines = hints.corrected(bad.replace(b"\n", newline), table, transactions(judged))
    ((row, line),) = [(row, line) for row, c, line in zip(table["row"], table["code"], lines, strict=True) if c == code]
    records = bad.splitlines()
    assert records[row].decode().startswith(wrong.decode()) or wrong in records[row]
    records[row] = line.encode()
    assert b"\n".join(records) + b"\n" == good
    assert not len(told(make, b"\n".join(records) + b"\n")[1])


def test_an_offset_agreed_with_the_filer_counts(make):
    data = make.batch(make.block(make.summary("00001239")))
    judged, table = told(make, data)
    plain, moved = (hints.corrected(data, table, transactions(judged), offset)[0][8:16] for offset in (0, 4))
    assert (plain, moved) == ("00001233", "00001237")


def test_a_total_of_fees_waits_for_the_classes_below_it(make):
    """A class total is wrong and the grand total, too: both hints together make the filing whole."""
    classes = "894990000000346450100000001250056000000010"
    good = make.batch(
        make.block(make.summary(_62c="6205600001000", _89=classes + "00", _90=TOTALS.replace("4714", "5714")))
    )
    bad = good.replace(classes.encode() + b"00", classes.encode() + b"99").replace(b"00000005714", b"00000004799")
    judged, table = told(make, bad)
    assert {"720", "726"} <= set(table["code"])
    lines = hints.corrected(bad, table, transactions(judged))
    records = bad.splitlines()
    for row, line in zip(table["row"], lines, strict=True):
        records[row] = line.encode() or records[row]
    assert b"\n".join(records) + b"\n" == good


def test_trailers_repeat_their_headers(make):
    good = make.batch(make.block(make.summary()), make.block(make.summary(make.numbers[1])))
    bad = good.replace(b"Y  2704TW1", b"Y  9904TW1")
    _, table = told(make, bad)
    assert table["code"].tolist() == ["X32", "X32"]
    lines = hints.corrected(bad, table, pd.DataFrame(NO_FILES, dtype="int64"))
    records = bad.splitlines()
    for row, line in zip(table["row"], lines, strict=True):
        records[row] = line.encode()
    assert b"\n".join(records) + b"\n" == good


def test_the_marked_part_is_where_the_answer_says(make):
    data = make.batch(make.block(make.summary(_40="40  001 DEDE091826        0000000500     0000001200    N")))
    _, table = told(make, data)
    (at,) = table.itertuples(index=False)
    before, marked, after = explained.parts(framing.frame([data]), at.row, at.start, at.end)
    assert (before, marked, after[:10]) == ("40  001 DEDE091826        0000000500", "     ", "0000001200")
    assert len(before + marked + after) == 80


def test_a_cell_that_was_defused_is_read_back_as_it_was():
    body = (",".join(reasons.COLUMNS) + "\n" + "3,9-16,10,x,'=1+1,B16,F,n,why,mend,1,1,1,ZZ9,1,\n").encode()
    (row,) = explained.read(body).itertuples(index=False)
    assert (row.found, row.start, row.end, row.line_no) == ("=1+1", 9, 16, 3)


def test_only_what_changes_is_marked():
    assert explained.changed(("90", "00000073889", " 0"), "9000000073888 0") == [
        ("900000007388", False), ("8", True), (" 0", False)
    ]  # fmt: skip
    assert explained.changed(("a", "b", "c"), "") == []


def test_codes_with_a_hint_are_codes_that_there_are():
    from transforms.conditions import dictionary

    assert set(dictionary.texts()) >= hints.CODES
    assert read.parse([b""]).transactions.empty
