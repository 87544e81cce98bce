"""Resend only what failed: the made file holds the rejected filings, all of them, and nothing else."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parsers.catair import framing, read
from transforms import resend

NEWLINES = {"lf": b"\n", "crlf": b"\r\n", "cr": b"\r", "frames": b""}


def extents(parsed, picked):
    """Records of transactions or batches at the positions ``picked``, as they are kept on file."""
    record = parsed.frames.record
    return pd.DataFrame(
        {"record": record[picked["first"].to_numpy()], "last_record": record[picked["last"].to_numpy() - 1]}
    )


def texts(parsed, at=None):
    table = parsed.transactions if at is None else parsed.transactions.iloc[at]
    return [parsed.frames.text[first:last].tobytes() for first, last in zip(table["first"], table["last"], strict=True)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(
    shape=st.lists(st.lists(st.integers(1, 3), min_size=1, max_size=3), min_size=1, max_size=3),
    newline=st.sampled_from(sorted(NEWLINES)),
    password=st.sampled_from(["", "N3W", "SECRET"]),
    data=st.data(),
)
def test_the_made_file_holds_the_rejected_filings_and_nothing_else(make, shape, newline, password, data):
    sent = b"".join(
        make.batch(*[make.block(*[make.summary(make.numbers[n]) for n in range(count)]) for count in blocks])
        for blocks in shape
    )
    file = sent.replace(b"\n", NEWLINES[newline])
    parsed = read.parse([file])
    count = len(parsed.transactions)
    chosen = sorted(data.draw(st.sets(st.integers(0, count - 1))))
    rejected = parsed.transactions.iloc[chosen]
    made = resend.failed(file, extents(parsed, rejected), extents(parsed, parsed.batches.iloc[:0]), password)
    back = read.parse([made])
    assert texts(back) == texts(parsed, chosen)
    assert not len(back.faults), "it is a well-formed file"
    assert len(back.blocks) == rejected["block"].nunique()
    assert len(back.batches) == rejected["batch"].nunique()
    assert set(back.batches["password"]) <= {password}
    assert b"SECRET" not in made or password == "SECRET"
    again = resend.failed(made, extents(back, back.transactions), extents(back, back.batches.iloc[:0]), password)
    assert again == made, "what failed again is the same file"


def test_a_rejected_batch_goes_again_whole_with_what_stood_beyond_its_columns(make):
    good = make.batch(make.block(make.summary()))
    lines = good.splitlines()
    lines[4] = lines[4] + b"TOO FAR"
    bad = b"\n".join(lines) + b"\n"
    parsed = read.parse([good + bad])
    assert parsed.batches["rejected"].tolist() == [False, True]
    made = resend.failed(
        good + bad, extents(parsed, parsed.transactions.iloc[:0]), extents(parsed, parsed.batches.iloc[1:]), "MINE"
    )
    assert made == bad.replace(b"SECRET", b"MINE  ")


def test_no_password_leaves_the_file_unless_it_was_typed(make):
    file = make.batch(make.block(make.summary())).replace(b"\nZ2704TW1      ", b"\nZ2704TW1SECRET")
    parsed = read.parse([file])
    assert b"SECRET" in file
    made = resend.failed(file, extents(parsed, parsed.transactions), extents(parsed, parsed.batches))
    assert b"SECRET" not in made
    frames = framing.frame([file])
    shown = [resend.shown(frames, row) for row in range(len(frames))]
    assert "SECRET" not in "".join(shown) and sum("*" in line for line in shown) == 2
    for wrong in ("SEVENTH", "AB CD", "ÄÖ"):
        with pytest.raises(resend.NoPassword):
            resend.failed(file, extents(parsed, parsed.transactions), extents(parsed, parsed.batches), wrong)
