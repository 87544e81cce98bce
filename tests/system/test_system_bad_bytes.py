"""Bytes nobody should send. Whatever they are: one answer for each file, whole in itself, its neighbours' untouched.

Files are computed many at a time, as they are in life: a fault in one must not show in the answer to another.
"""

from __future__ import annotations

import csv
import io
import random
from datetime import date

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from loaders.intake import STATE
from tests.system.answers import Batch, read
from tests.system.days import DAY, day
from tests.system.house import House
from tidewaiter import answering, demonstration
from transforms.statement import messages
from transforms.working_days import Calendar

SOUND = day(2, seed=5).files[0].data
RECORDS = SOUND.decode().splitlines()
CUTS = st.integers(0, len(SOUND))
FILER = RECORDS[0][5:8]
#: Messages about statements, for an entry of the sound file and for others.
ABOUT_STATEMENTS = "".join(
    f"{line:<80}\n"
    for line in (
        f"{RECORDS[0][:25]}SU",
        f"B  {RECORDS[0][1:8]}SU",
        f"H{RECORDS[2][17:21]}{FILER}  {RECORDS[2][8:16]}6100126  10",
        f"H2704{FILER}  000012411",
        f"Y  {RECORDS[0][1:8]}SU",
        RECORDS[-1],
        f"{RECORDS[0][:25]}RM",
        f"B  {RECORDS[0][1:8]}RM",
        f"PT01123456{FILER} 2726274001",
        f"PT02      {FILER} 2726274002Y",
        f"Y  {RECORDS[0][1:8]}RM",
        RECORDS[-1],
    )
).encode()
FORMS = (SOUND, SOUND.replace(b"\n", b""), SOUND.replace(b"\n", b"\r\n"))


@pytest.fixture(scope="module")
def alone() -> bytes:
    """The answer to the sound file."""
    return computed([SOUND]).answers[0]


def computed(files: list[bytes], today: date = DAY) -> answering.Answered:
    nothing = pd.DataFrame(columns=list(STATE)).astype(STATE)
    ref = demonstration.snapshot().tables
    calendar = Calendar.of(ref)

    def decide(run: messages.Run) -> messages.Decision:
        return messages.decide(run, messages.nothing_on_file(), calendar, today)

    return answering.compute(files, today=today, reference=ref, read_state=lambda keys: nothing, decide=decide)


def answered(data: bytes) -> Batch:
    """The answer to a file of one batch; its readable companion is whole, too."""
    it = computed([data])
    assert list(csv.DictReader(io.StringIO(it.reasons[0].decode())))
    (batch,) = read(it.answers[0])
    return batch


def sound_besides(files: list[bytes], alone: bytes) -> list[list[Batch]]:
    """The answers to files, and the sound one among them answered as if it stood alone. It comes first: what a damaged
    file does to an entry is rightly seen by those after it."""
    it = computed([SOUND, *files])
    assert it.answers[0] == alone
    assert len(it.answers) == len(it.reasons) == len(files) + 1
    assert it.aside == {}
    return [read(answer) for answer in it.answers[1:]]


@settings(max_examples=12)
@given(
    damages=st.lists(
        st.tuples(st.sampled_from(FORMS), st.integers(0, len(SOUND) - 1), st.integers(0, 255)), min_size=1, max_size=60
    )
)
def test_one_flipped_byte_anywhere(alone: bytes, damages: list[tuple[bytes, int, int]]) -> None:
    files = []
    for form, at, byte in damages:
        at %= len(form)
        files.append(form[:at] + bytes([byte]) + form[at + 1 :])
    for batches in sound_besides(files, alone):
        assert batches


@settings(max_examples=8)
@given(cuts=st.lists(st.tuples(st.sampled_from(FORMS), CUTS), min_size=1, max_size=40))
def test_truncated_anywhere(alone: bytes, cuts: list[tuple[bytes, int]]) -> None:
    files = [form[:at] for form, at in cuts]
    whole = {0, *(len(form.rstrip()) for form in FORMS)}
    for data, batches in zip(files, sound_besides(files, alone), strict=True):
        assert len(batches) == 1
        trailing = data.rstrip()[-80:]
        if len(data.rstrip()) not in whole and not trailing.lstrip().startswith(b"Z"):
            assert "999" in batches[0].codes, "a batch without its end is rejected"


@settings(max_examples=8, deadline=None)
@given(
    damages=st.lists(
        st.tuples(
            st.integers(0, len(ABOUT_STATEMENTS) - 1), st.integers(0, 255), st.integers(0, len(ABOUT_STATEMENTS))
        ),
        max_size=40,
    )
)
def test_messages_about_statements(alone: bytes, damages: list[tuple[int, int, int]]) -> None:
    """A flipped byte, and the end cut off: batches are answered in place, and the sound file beside them as ever."""
    flipped = [ABOUT_STATEMENTS[:at] + bytes([byte]) + ABOUT_STATEMENTS[at + 1 :] for at, byte, _ in damages]
    cut = [ABOUT_STATEMENTS[:end] for *_, end in damages]
    it = computed([SOUND, ABOUT_STATEMENTS, *flipped, *cut])
    assert it.answers[0] == alone and it.aside == {}
    records = it.answers[1].decode().splitlines()
    assert [line[0] for line in records] == list("ABHHHHYZABEEEEYZ")
    assert [line[16:19] for line in records if line[:2] == "H2"] == ["P01"] * 2
    for answer in it.answers[2:]:
        heads = [line[:1] for line in answer.splitlines()]
        assert heads[0] == b"A" and heads[-1] == b"Z" and heads.count(b"A") == heads.count(b"Z")
        assert {len(line) for line in answer.splitlines()} == {80}


CODES = ("latin-1", "cp037", "utf-16-le", "utf-16-be")


@settings(max_examples=8)
@given(files=st.lists(st.binary(max_size=400) | st.binary(min_size=80, max_size=80), max_size=30))
@example(files=[b"ISA*", "ISA*".encode("cp037"), "ISA*".encode("utf-16")])
def test_random_bytes(alone: bytes, files: list[bytes]) -> None:
    for data, it in zip(files, computed([SOUND, *files]).answers[1:], strict=True):
        if answering.x12(data):  # in any encoding: X12 is answered on a way of its own
            assert it == b"" and "ISA" in "".join(data.decode(code, "replace") for code in CODES).upper()
        else:
            assert all("999" in batch.codes for batch in read(it))


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\x1a", b"\0" * 200, b" " * 160, "Grüße\n".encode(), b"\xff\xfe" * 50])
def test_no_message_at_all(data: bytes) -> None:
    assert "999" in answered(data).codes


def test_ten_million_bytes_of_one_line() -> None:
    """With a line end after it, so that it is no unbroken stream of records either."""
    for data in (b"X" * 10_000_000 + b"\n", SOUND.replace(b"\n", b"X" * 10_000_000 + b"\n", 1)):
        batch = answered(data)
        assert "999" in batch.codes
        assert len(batch.records) < 20, "an answer says it once, not a hundred thousand times"


def items(count: int) -> bytes:
    """The sound file's first filing with that many line items, its totals no longer right."""
    at = [number for number, record in enumerate(RECORDS) if record.startswith("40")]
    begin, end = at[0], next(n for n in range(at[0] + 1, len(RECORDS)) if RECORDS[n][:2] in ("40", "89", "90", "10"))
    item = RECORDS[begin:end]
    numbered = [f"40  {number:03}{item[0][7:]}" if k == 0 else line for number in range(1, count + 1)
                for k, line in enumerate(item)]  # fmt: skip
    return "\n".join([*RECORDS[:begin], *numbered, *RECORDS[end:], ""]).encode()


def test_998_line_items_are_read_and_999_are_not() -> None:
    read_in_full, too_many = answered(items(998)), answered(items(999))
    assert "999" not in read_in_full.codes
    assert {"A08", "999"} <= too_many.codes


def test_ten_thousand_blocks() -> None:
    records = SOUND.decode().splitlines()
    end = next(n for n, record in enumerate(records) if record.startswith("Y"))
    first = records[1:end]
    head = next((n for n, record in enumerate(first[2:], 2) if record.startswith("10")), len(first))
    block = [*first[:head], records[end]]
    data = "\n".join([records[0], *block * 10_000, records[-1], ""]).encode()
    it = computed([data])
    (batch,) = read(it.answers[0])
    assert sum(record.startswith("B") for record in batch.records) == 10_000
    assert len(batch.finals) == 10_000
    assert [final.code for final in batch.finals[:3]] == ["995", "996", "996"]


def test_damaged_files_through_the_database(house: House) -> None:
    """What the computation survives must also be stored: NULs, controls and any byte, all over the envelope."""
    filed = day(2, seed=5)
    house.admit(filed.people)
    dice = random.Random(1)
    files = {SOUND}
    for at in range(162):
        files.add(SOUND[:at] + bytes([dice.choice((0, 0, 7, 0xFF, 0xC3, 32, 65))]) + SOUND[at + 1 :])
    for _ in range(60):
        at = dice.randrange(len(SOUND))
        files.add(SOUND[:at] + bytes([dice.randrange(256)]) + SOUND[at + 1 :])
    for number, data in enumerate(sorted(files)):
        house.bring(filed.account, f"{number}", data)
    assert len(house.answer()) == 1, "no file made the shard be cut into pieces"
    assert set(house.states().values()) == {"answered"}
    assert len(house.answers()) == len(files)
    for answer in house.answers().values():
        read(answer)
