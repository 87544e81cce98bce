"""The envelope of an answer: the examples of the Batch & Block Control chapter (pages 34 to 37), and mixtures of them.

A folder of ``golden/envelope-*`` beside this file holds ``input`` and ``expected``; ``body`` is what lies between B and
Y for two summaries' records a block, in order; ``faults.csv`` adds what only the accounts can know.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from parsers.catair import faults, framing, read, response
from tests.parsers.catair_files import NARRATIVES, SUMMARY, A, B, Y, Z, batch, lines

GOLDEN = sorted((Path(__file__).parent / "golden").glob("envelope-*"))


def answer(parsed: read.Parsed, body: bytes = b"") -> list[bytes]:
    """The answer to ``parsed`` with two records of ``body`` for each transaction."""
    text = framing.frame([body]).text if body else np.full((2 * len(parsed.transactions), 80), ord("E"), np.uint8)
    return response.respond(parsed, text, np.repeat(parsed.transactions["block"].to_numpy(), 2), NARRATIVES)


@pytest.mark.parametrize("folder", GOLDEN, ids=lambda f: f.name)
def test_printed_examples(folder: Path) -> None:
    parsed = read.parse([(folder / "input").read_bytes()])
    if (folder / "faults.csv").exists():
        known = pd.read_csv(folder / "faults.csv")
        rows = parsed.blocks["row_b"].to_numpy()[known["block"]]
        more = faults.table(
            rows, batch=0, block=known["block"], column=known["column"], code=known["code"], level="block"
        )
        parsed = replace(parsed, faults=faults.join([parsed.faults, more]))
    body = (folder / "body").read_bytes() if (folder / "body").exists() else b""
    got = answer(parsed, body)[0].decode().splitlines()
    assert got == (folder / "expected").read_text().splitlines()


def test_accepted_and_rejected_batches_stand_in_their_order() -> None:
    bad = batch(y=Y.replace("ZZ9", "ZZ8"))
    parts = [batch(), bad, batch("11"), batch(*SUMMARY, *SUMMARY), lines("10")]
    alone = [answer(read.parse([part]))[0] for part in parts]
    assert answer(read.parse([b"".join(parts)])) == [b"".join(alone)]
    assert answer(read.parse([*parts, b""])) == [*alone, b""]


def test_every_y_counts_the_records_of_its_block() -> None:
    parts = [batch(), batch("11"), batch("QX"), batch(y=""), batch(b=B + "  "), lines(A, B, Y, B, Y, Z), batch()]
    text = answer(read.parse([b"".join(parts)]))[0].decode().splitlines()
    opened = 0
    for at, line in enumerate(text):
        assert len(line) == 80
        if line[0] == "B":
            opened = at
        if line[0] == "Y":
            assert int(line[12:17]) == at - opened - 1


def test_the_password_is_never_echoed() -> None:
    for data in (batch(), batch(y=""), batch("11"), batch(z=Z.replace("      ", "PASSWD", 1)), batch(b="")):
        assert b"PASSWD" not in answer(read.parse([data]))[0]


def test_user_data_comes_back_as_sent() -> None:
    data = batch(a=A[:59] + " Mixed Case 5¢ text   ", b=B[:59] + "  leading")
    heads = answer(read.parse([data]))[0].decode("latin-1").splitlines()
    assert heads[0][59:] == " Mixed Case 5¢ text  "
    assert heads[1][59:].rstrip() == "  leading"


def test_an_answer_is_well_formed_whatever_was_sent() -> None:
    for broken in (batch(a=A[:59] + "\x07\x00\xff"), batch(b=B[:59] + "\x07", y=Y.replace("ZZ9", "ZZ8"))):
        text = answer(read.parse([broken]))[0]
        assert all(byte == 10 or 0x20 <= byte <= 0x7E for byte in text)


def test_an_unknown_record_is_shown_as_found() -> None:
    text = answer(read.parse([batch(SUMMARY[0], "Q\x07Z9 REST")]))[0]
    assert b"X1 FX40" in text
    text = answer(read.parse([batch(SUMMARY[0], "QXZ9 REST")]))[0]
    assert b"E1 IA03   RECORD: QXZ9 STARTING POSITION: 01" in text
