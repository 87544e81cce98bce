"""Names from outside become harmless, and come back."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sftp_drop import names
from sftp_drop.errors import BadName

NASTY = st.sampled_from(
    ["/", "..", ".", "%", "%2F", "\n", "\0", "\\", ".part", ".PART", ".filepart", "\u202e", " ", "\udcff"]
)
WIRE = st.binary(min_size=1, max_size=60).map(names.from_bytes)
NAMES = st.one_of(st.text(min_size=1, max_size=60), st.lists(NASTY, min_size=1, max_size=8).map("".join), WIRE)


@given(NAMES)
def test_every_name_comes_back(name):
    assert names.unsafe(names.safe(name)) == name


@given(NAMES)
def test_no_name_escapes(name):
    safe = names.safe(name)
    assert safe.isprintable() and not set(safe) & set("/\\\0")
    assert not safe.startswith(".")
    assert not names.partial(safe)
    assert os.path.normpath(f"/drop/{safe}") == f"/drop/{safe}"


@given(st.lists(NAMES, min_size=2, max_size=2, unique=True), st.sampled_from([names.AX, names.REASONS, names.RECEIPT]))
def test_different_files_have_different_answers(two, suffix):
    assert len({names.answer(name, suffix) for name in two}) == 2


@given(st.text(st.sampled_from("aé/%\n税"), min_size=1, max_size=255))
def test_every_answer_can_be_written(name):
    answer = names.component(names.answer(name, names.REASONS))
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, answer + ".part").write_bytes(b"")
        assert [p.name for p in Path(folder).iterdir()] == [answer + ".part"]


@given(st.text(max_size=40))
def test_ordinary_names_stay_as_they_are(name):
    if name.isalnum() or name.replace(" ", "a").replace("-", "a").isalnum():
        assert names.safe(name) == name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("AE 2026-11-22.edi", "AE 2026-11-22.edi"),
        ("Grüße 税関.edi", "Grüße 税関.edi"),
        ("../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd"),
        ("a\nb", "a%0Ab"),
        ("100%", "100%25"),
        (".profile", "%2Eprofile"),
        ("x.edi.part", "x.edi%2Epart"),
        ("\udcff", "%FF"),
    ],
)
def test_spelling(name, safe):
    assert names.safe(name) == safe


@pytest.mark.parametrize("name", ["", "\ud800", "x" * 256, "\n" * 86])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(BadName):
        names.safe(name)


def test_the_answer_to_a_name_too_long_keeps_its_beginning():
    long = "x" * 250
    answer = names.answer(long, names.RECEIPT)
    assert answer.startswith("x" * 200) and answer.endswith(names.RECEIPT) and len(answer) <= 250
    assert names.answer(long + "y", names.RECEIPT) != answer
