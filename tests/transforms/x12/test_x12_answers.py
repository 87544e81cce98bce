"""Golden interchanges, bent: each is answered exactly once, validly, and in words, whatever became of its bytes."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.x12.acknowledge import acknowledge
from parsers.x12.judge import judge
from parsers.x12.read import read
from tests.parsers import x12_oracle as oracle
from tests.parsers.x12_made import how
from transforms.x12.advice import advices
from transforms.x12.outcome import Outcome, dispositions
from transforms.x12.reasons import reasons

ROOT = Path(__file__).parents[3]
INPUTS = [it.read_bytes() for it in sorted((ROOT / "tests/golden").glob("x12_*/input.txt"))]
EXAMPLES = int(os.environ.get("TIDEWAITER_SOAK_X12", 20))
#: What hurts: separators, ends, digits, blanks, letters, control characters, bytes that are no ASCII.
BYTES = st.one_of(
    st.sampled_from([b"*", b"~", b":", b"^", b">", b"\n", b" ", b"0", b"A", b"\x00", b"\xff"]), st.binary()
)


@st.composite
def bent(draw) -> bytes:
    """An input with segments dropped, doubled and exchanged, and bytes changed."""
    lines = draw(st.sampled_from(INPUTS)).splitlines(keepends=True)
    for _ in range(draw(st.integers(0, 3))):
        at, other = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        how_ = draw(st.sampled_from(["drop", "double", "exchange", "move"]))
        if how_ == "drop" and len(lines) > 1:
            del lines[at]
        elif how_ == "double":
            lines.insert(other, lines[at])
        elif how_ == "exchange":
            lines[at], lines[other] = lines[other], lines[at]
        else:
            lines.insert(other, lines.pop(at))
    data = b"".join(lines)
    for _ in range(draw(st.integers(0, 4))):
        at, width = draw(st.integers(0, len(data))), draw(st.sampled_from([0, 0, 1, 3, 30]))
        data = data[:at] + draw(BYTES) + data[at + width :]
    return data[: draw(st.integers(0, len(data)))] if draw(st.integers(0, 9)) == 0 else data


@given(bent(), st.booleans())
@settings(max_examples=EXAMPLES)
def test_every_interchange_has_one_valid_answer(data, strict):
    document = judge(read(data), strict)
    replies = acknowledge(document, how())
    assert [it.interchange for it in replies] == list(range(len(document.interchanges)))
    groups = document.groups["interchange"].to_numpy()
    for reply in replies:
        assert (reply.kind == "none") == (not reply.body)
        if reply.kind not in ("997", "999"):
            continue
        assert oracle.faults(reply.body) == []
        named = sum(it[0] == "AK1" for it in oracle.segments(reply.body))
        asked = (groups == reply.interchange) & (document.groups["functional_id"] != "FA").to_numpy()
        assert named == asked.sum()
    words = list(csv.DictReader(io.StringIO(reasons(document, None, replies).decode())))
    verdicts = [it for it in words if it["narrative"].startswith("interchange ")]
    assert len(verdicts) == len(replies)
    assert all(int(it["line"]) > 0 and it["what_is_wrong"] for it in words)


@given(bent())
@settings(max_examples=max(EXAMPLES // 2, 8))
def test_every_set_that_is_taken_can_be_advised(data):
    document = judge(read(data))
    taken = document.sets.index[document.sets["status"] != "R"]
    row = ("A", "", "", "added", "export", "SRN", "X1", 1)
    body = advices(document, Outcome(dispositions((n, *row) for n in taken)), how())
    told = [b"ISA" + it for it in body.split(b"ISA*")[1:]] if body.startswith(b"ISA*") else []
    for one in told:
        found = {it[8] for it in oracle.segments(b"ISA*" + one[3:]) if it[0] == "GS"}
        if len(found) == 1:
            assert oracle.faults(b"ISA*" + one[3:], found.pop()) == []
    assert bool(body) == bool(len(taken))
