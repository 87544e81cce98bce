"""Whatever becomes of the bytes of an interchange: it is read without an exception, judged, and answered once.

``TIDEWAITER_FUZZ_SECONDS`` goes on for so long (``make soak``).
"""

import os
import random
import time
from datetime import UTC, datetime
from itertools import count

import pytest

from parsers.x12 import acknowledge, judge, read
from parsers.x12.maps import tables
from tests.parsers.test_x12_maps import SAMPLES, interchange

SECONDS = float(os.environ.get("TIDEWAITER_FUZZ_SECONDS", "0"))
READS = 20  # of five interchanges each
SEEDS = [
    interchange(t, SAMPLES[t.set_id][1], version).encode()
    for t in tables.transactions()
    for version in ("00401", "00501")
    if t.set_id in SAMPLES
]
TOKENS = [
    b"~",
    b"*",
    b"~~",
    b">",
    b"^",
    b"\r\n",
    b"\x00",
    b"\xff",
    b" ",
    b"ISA*",
    b"IEA*1*1~",
    b"GS*",
    b"ST*601*1~",
    b"SE*",
]
TOKENS += [b"0", b"-", b".", b"A" * 200, b"*" * 60, b">" * 30, b"\xef\xbb\xbf", b"\x15"]


def mutated(rng, data):
    """One interchange with a few things done to it."""
    for _ in range(rng.choice((0, 1, 1, 2, 3, 8))):
        a = rng.randrange(len(data) + 1)
        b = min(len(data), a + rng.choice((1, 1, 2, 5, 30, 200)))
        kind = rng.randrange(7)
        if kind == 0:
            data = data[:a] + data[b:]
        elif kind == 1:
            data = data[:b] + data[a:]
        elif kind == 2 and a < len(data):
            data = data[:a] + bytes([data[a] ^ 1 << rng.randrange(8)]) + data[a + 1 :]
        elif kind == 3 and rng.random() < 0.3:
            data = data[:a]
        elif kind == 4:
            other = rng.choice(SEEDS)
            c = rng.randrange(len(other))
            data = data[:a] + other[c : c + rng.choice((3, 40, 400))] + data[b:]
        elif kind == 5:
            data = data[:a] + rng.choice(TOKENS) + data[a:]
        else:  # whole segments change places
            parts = data.split(b"~")
            i, j = rng.randrange(len(parts)), rng.randrange(len(parts))
            parts[i], parts[j] = parts[j], parts[i]
            data = b"~".join(parts)
    return data


def look(data, validator):
    """Read, judge and answer: each thing has its verdict, each interchange its answer, each fault its place."""
    document = judge.judge(read.read(data, validator=validator))
    assert document.interchanges["code"].isin(("A", "E", "R")).all()
    assert document.groups["status"].isin(("A", "E", "P", "R")).all()
    assert document.sets["status"].isin(("A", "E", "R")).all()
    faults = document.faults
    assert (faults["kind"] != "unread").all(), data
    assert faults["code"].ne("").all() and faults["start"].le(faults["end"]).all()
    assert faults["end"].le(len(document.data)).all()
    faulty = set(faults["interchange"]) - {-1}
    clean = document.interchanges.drop(index=sorted(faulty))
    assert (clean["code"] == "A").all() and (document.interchanges["code"] == "R").le(
        document.interchanges.index.isin(sorted(faulty))
    ).all()
    numbers = count(1)
    how = acknowledge.How(at=datetime(2026, 11, 26, tzinfo=UTC), numbers=lambda *_: next(numbers))
    replies = acknowledge.acknowledge(document, how)
    assert [reply.interchange for reply in replies] == list(range(len(document.interchanges)))
    return document


@pytest.mark.parametrize("validator", ["compiled", "pyx12"])
def test_mutated_interchanges(validator):
    rng = random.Random(f"{validator} 20261126")
    until, done, accepted = time.monotonic() + SECONDS / 2, 0, 0
    while done < READS or time.monotonic() < until:
        seed = rng.getrandbits(64)
        one = random.Random(seed)
        data = b"".join(mutated(one, one.choice(SEEDS)) for _ in range(5))
        try:
            accepted += int((look(data, validator).sets["status"] != "R").sum())
        except Exception as error:
            raise AssertionError(f"seed {seed}: {data!r}") from error
        done += 1
    assert accepted  # the fuzzer does not break everything


def test_the_seeds_are_good():
    for seed in SEEDS[:: max(1, len(SEEDS) // 12)]:
        document = look(seed, "pyx12")
        grave = document.faults[document.faults["code"] != "3"]  # a 350 of 004010 wants equipment that others do not
        assert not len(grave)
