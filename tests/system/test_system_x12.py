"""X12 over the whole way: dropped over SFTP, answered exactly once, kept, found again, whatever it holds."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest

from bench.x12_damage import case
from loaders import tie_outs, trace
from loaders.portal import operations
from loaders.x12 import seen
from tests.system.house import Build, House
from tests.system.x12_files import interchange, invoice, segments, shipment
from tidewaiter import intake, x12_partners

ACCOUNTS = """
[[account]]
number = "E-ACME"
kind = "exporter"
name = "Acme Export"
identifier = "12-345678900"
[[account]]
number = "I-IMPORTER"
kind = "importer"
name = "Importer Inc"
identifier = "12-345678900"
[[account]]
number = "B-STRICT"
kind = "broker"
name = "Strict Brokers"
identifier = "ZZZ"
[[relationship]]
from = "B-STRICT"
to = "I-IMPORTER"
[[relationship]]
from = "B-STRICT"
to = "E-ACME"
[[x12_partner]]
account = "B-STRICT"
qualifier = "ZZ"
id = "STRICT"
strictness = "strict"
[[x12_partner]]
account = "B-STRICT"
qualifier = "ZZ"
id = "OTHER"
separators = '*>^\\n'
read_as = { "004020" = "004010" }
"""
KEYS = "".join(
    f'[[sftp_identity]]\naccount = "{number}"\nusername = "{number.lower()}"\npublic_key = "{{}}"\n'
    for number in ("E-ACME", "I-IMPORTER", "B-STRICT")
)


@pytest.fixture(scope="module")
def house(build_once: Build) -> Iterator[House]:
    """One house for all: each test uses numbers and names of its own."""
    it = build_once()
    keys = [it.key(number) for number in ("E-ACME", "I-IMPORTER", "B-STRICT")]
    it.load(ACCOUNTS + KEYS.format(*keys))
    return it


def dropped(house: House, account: str, name: str, data: bytes, folder: str = "inbox") -> dict[str, bytes]:
    """The answers to a file by what follows its name."""
    house.put(account, name, data, folder)
    house.run()
    outbox = house.outbox(account, "outbox/check" if folder == "check" else "outbox")
    return {key.removeprefix(name): body for key, body in outbox.items() if key.startswith(name)}


def said(reasons: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(reasons.decode())))


def test_a_broker_drops_an_810_and_a_601(house: House) -> None:
    answers = dropped(house, "B-STRICT", "invoices.edi", interchange(("810", invoice()), sender="STRICT", number=101))
    assert set(answers) == {".997", ".824", ".reasons.csv"}
    assert segments(answers[".997"], "AK1", "AK2", "AK5", "AK9") == [
        "AK1*IN*101",
        "AK2*810*0001",
        "AK5*A",
        "AK9*A*1*1*1",
    ]
    (oti,) = segments(answers[".824"], "OTI")
    assert oti.split("*")[1][:1] == "T" and "INV-1" in oti
    one = interchange(("601", shipment()), sender="STRICT", number=102, release="004050")
    answers = dropped(house, "B-STRICT", "export.edi", one)
    assert {".997", ".824", ".reasons.csv"} <= set(answers)
    assert segments(answers[".997"], "AK9") == ["AK9*A*1*1*1"]
    rows = house.ask(
        """SELECT b.application, t.action, t.record, t.last_record, t.entry_number, x.control_number, s.reference
        FROM x12_set s JOIN transaction t ON t.id = s.transaction_id JOIN batch b ON b.id = t.batch_id
        JOIN x12_group g ON g.batch_id = b.id JOIN x12_interchange x ON x.id = g.x12_interchange_id
        WHERE x.number IN (101, 102) ORDER BY x.number"""
    )
    assert rows == [
        ("IN", "810", 3, 14, "", "000000101", "INV-1"),
        ("SE", "601", 3, 20, "", "000000102", "SRN-1"),
    ]


def test_a_release_without_maps_is_read_as_the_profile_says_and_answered_as_it_came(house: House) -> None:
    """The same invoice from two ids of one account: one has agreed as what 004020 is read, the other has not."""
    for sender, status in (("OTHER", "A"), ("STRICT", "R")):
        name = f"old {sender}.edi"
        data = interchange(("810", invoice(f"OLD-{sender}")), sender=sender, number=151, first=151, release="004020")
        answers = dropped(house, "B-STRICT", name, data)
        answers = {kind: body.replace(b"~\n", b"~").replace(b"\n", b"~") for kind, body in answers.items()}
        assert segments(answers[".997"], "AK1", "AK5") == ["AK1*IN*151", f"AK5*{status}"]
        assert segments(answers[".997"], "GS")[0].endswith("*X*004020")
        assert house.ask("SELECT release, status FROM x12_group ORDER BY batch_id DESC LIMIT 1") == [("004020", status)]
        if status == "A":
            assert segments(answers[".824"], "OTI")[0].split("*")[-3:] == ["0151", "810", "004020"]
            assert b"read by the maps of 004010, as agreed" in answers[".reasons.csv"]
        else:
            assert b"(read_as)" in answers[".reasons.csv"]
    assert house.ask("SELECT invoice_number FROM invoice WHERE invoice_number LIKE 'OLD-%%'") == [("OLD-OTHER",)]


def test_our_numbers_rise_and_are_kept_for_what_comes_back(house: House) -> None:
    first, second = (
        dropped(house, "I-IMPORTER", f"n{n}.edi", interchange(("810", invoice(f"N{n}")), sender="NUMBERED", number=n))
        for n in (1, 2)
    )
    ours = [segments(it[kind], "ISA")[0].split("*")[13] for it in (first, second) for kind in (".997", ".824")]
    assert sorted(ours) == [f"{n:09}" for n in range(1, 5)], "each number once, over 997 and 824"
    gs = segments(second[".824"], "GS")[0].split("*")
    st = segments(second[".824"], "ST")[0].split("*")
    back = f"AK1*AG*{gs[6]}\nAK2*824*{st[2]}\nAK5*R*5\nAK9*R*1*1*0"
    isa = segments(first[".997"], "ISA")[0].split("*")
    ta1 = f"TA1*{isa[13]}*{isa[9]}*{isa[10]}*A*000"
    answers = dropped(
        house, "I-IMPORTER", "back.edi", interchange(("997", back), sender="NUMBERED", number=3, notes=[ta1])
    )
    assert set(answers) == {".reasons.csv"}, "an acknowledgment is not acknowledged"
    words = " ".join(row["what_is_wrong"] for row in said(answers[".reasons.csv"]))
    assert "sent in answer to n1.edi" in words and "sent in answer to n2.edi" in words
    assert house.ask(
        """SELECT set_id, state, code, codes FROM x12_sent WHERE identifier = 'NUMBERED' ORDER BY interchange_number"""
    ) == [("997", "sent", "", ""), ("824", "sent", "", ""), ("997", "sent", "", ""), ("824", "rejected", "R", "5")]


def test_a_repeated_number_is_refused_with_the_place_of_the_first(house: House) -> None:
    dropped(house, "E-ACME", "first.edi", interchange(("810", invoice("R1")), number=201))
    answers = dropped(house, "E-ACME", "second.edi", interchange(("810", invoice("R2")), number=201))
    assert set(answers) == {".ta1", ".reasons.csv"}
    assert segments(answers[".ta1"], "TA1")[0].split("*")[4:] == ["R", "025"]
    (row,) = [row for row in said(answers[".reasons.csv"]) if row["field"] == "ISA13" and row["code"] == "025"]
    assert "first.edi on 2026-09-15" in row["what_is_wrong"]
    assert house.one("SELECT count(*) FROM x12_set WHERE reference = 'R2'") == 0
    # Under a new number it is taken, though the group begins again at the same one.
    answers = dropped(house, "E-ACME", "third.edi", interchange(("810", invoice("R2")), number=202, group=201))
    assert segments(answers[".997"], "AK9")[0].startswith("AK9*A")
    assert any("used before: it came in first.edi" in row["what_is_wrong"] for row in said(answers[".reasons.csv"]))


def test_a_strict_partner_repeats_no_group_and_no_set(house: House) -> None:
    dropped(house, "B-STRICT", "s1.edi", interchange(("810", invoice("S1")), sender="STRICT", number=301, first=31))
    again = interchange(("810", invoice("S2")), sender="STRICT", number=302, group=301, first=32)
    answers = dropped(house, "B-STRICT", "s2.edi", again)
    assert segments(answers[".997"], "AK9")[0].split("*")[1] == "R"
    again = interchange(("810", invoice("S3")), ("810", invoice("S4")), sender="STRICT", number=303, first=31)
    answers = dropped(house, "B-STRICT", "s3.edi", again)
    assert segments(answers[".997"], "AK5") == ["AK5*R*23", "AK5*A"], "0032 was in a group that was not taken"
    assert segments(answers[".997"], "AK9")[0].split("*")[1] == "P"
    stranger = dropped(house, "B-STRICT", "who.edi", interchange(("810", invoice("S5")), sender="SOMEBODY", number=1))
    assert segments(stranger[".ta1"], "TA1")[0].split("*")[4:] == ["R", "006"]


def test_a_gap_is_seen_and_closed(house: House) -> None:
    dropped(house, "E-ACME", "g1.edi", interchange(("810", invoice("G1")), sender="GAPS", number=5))
    answers = dropped(house, "E-ACME", "g2.edi", interchange(("810", invoice("G2")), sender="GAPS", number=8))
    assert segments(answers[".997"], "AK9")[0].startswith("AK9*A"), "no fault of the file that shows it"
    assert any("6 to 7 of ZZ/GAPS have not come" in row["what_is_wrong"] for row in said(answers[".reasons.csv"]))
    assert [it for it in trace.trace(house.conn, "g2.edi") if it.step == "gap"]
    missing = seen.gaps(house.conn)
    assert missing[missing["sender"] == "GAPS"][["after", "before"]].values.tolist() == [[5, 8]]
    for number in (7, 6):
        dropped(
            house, "E-ACME", f"g{number}.edi", interchange(("810", invoice(f"G{number}")), sender="GAPS", number=number)
        )
    assert "GAPS" not in set(seen.gaps(house.conn)["sender"])


def test_two_partners_in_one_file_one_of_them_broken(house: House) -> None:
    good = interchange(("810", invoice("T1")), sender="OTHER", number=401)
    mended = interchange(("810", invoice("T2")), sender="STRICT", number=402, first=41)
    bad = mended.replace(b"IEA*1*000000402", b"IEA*1*000000403")
    answers = dropped(house, "B-STRICT", "both.edi", bad + good)
    assert set(answers) == {".997", ".824", ".reasons.csv"}
    text = answers[".997"].decode()
    assert text.count("ISA*") == 2 and "*ZZ*STRICT  " in text and "*ZZ*OTHER  " in text
    assert "TA1*000000402*260915*1200*R*001~" in text
    assert "\nAK9*A*1*1*1\n" in text, "each with the separators that are agreed with it"
    assert house.ask("SELECT sender, counted FROM x12_interchange WHERE number IN (401, 402) ORDER BY 1") == [
        ("OTHER", True), ("STRICT", False)]  # fmt: skip
    answers = dropped(house, "B-STRICT", "mended.edi", mended)
    assert segments(answers[".997"], "AK9")[0].startswith("AK9*A"), "what was refused whole may come again"


def test_a_dry_run_answers_and_keeps_nothing(house: House) -> None:
    before = house.one("SELECT (SELECT count(*) FROM x12_interchange) + (SELECT count(*) FROM transaction)")
    data = interchange(("810", invoice("D1")), sender="TRIAL", number=501)
    for _ in range(2):
        answers = dropped(house, "E-ACME", "dry.edi", data, "check")
        assert set(answers) == {".997", ".824", ".reasons.csv"}
        assert segments(answers[".997"], "AK9")[0].startswith("AK9*A")
    after = house.one("SELECT (SELECT count(*) FROM x12_interchange) + (SELECT count(*) FROM transaction)")
    assert before == after and house.one("SELECT count(*) FROM x12_sent WHERE identifier = 'TRIAL'") == 0
    assert house.one("SELECT bool_and(trial) FROM x12_control WHERE identifier = 'TRIAL'")
    real = dropped(house, "E-ACME", "real.edi", data)
    assert segments(real[".997"], "ISA")[0].split("*")[13] == "000000001"


def test_the_same_bytes_again_get_the_same_answer_and_change_nothing(house: House) -> None:
    data = interchange(("601", shipment("AGAIN")), sender="AGAIN", number=601, release="004050")
    first = dropped(house, "E-ACME", "one.edi", data)
    ledger = house.ledger()
    second = dropped(house, "E-ACME", "two.edi", data)
    assert {k: second[k] for k in (".997", ".824", ".reasons.csv")} == {
        k: first[k] for k in (".997", ".824", ".reasons.csv")
    }
    changed = {table for table, rows in house.ledger().items() if rows != ledger[table]}
    assert changed == {"arrival", "delivery"}


ODD = {
    "ta1 only": interchange(notes=["TA1*000000001*260915*1200*A*000"], number=701, sender="ODD"),
    "ta1 only, asked": interchange(notes=["TA1*000000001*260915*1200*A*000"], number=702, sender="ODD", asked=1),
    "empty interchange": interchange(number=703, sender="ODD"),
    "nobody reads it": interchange(("850", "BEG*00*SA*X**20260915"), number=704, sender="ODD"),
    "cut off": interchange(("810", invoice("ODD")), number=705, sender="ODD")[:300],
    "only an ISA": b"ISA*",
    "isa and noise": b"ISA*00*\x00\xff~~~\r\n" + bytes(range(256)),
    "no terminator": interchange(("810", invoice("ODD")), number=706, sender="ODD").replace(b"~", b""),
    "damaged": b"".join(case(seed) for seed in range(24)),
    "nul in a name": interchange(("810", invoice("O\0D")), number=707, sender="O\0D"),
}


@pytest.mark.parametrize("name", ODD)
def test_whatever_comes_is_answered_once(house: House, name: str) -> None:
    answers = dropped(house, "E-ACME", f"odd {name}", ODD[name])
    functional = set(answers) - {".824", ".reasons.csv"}
    assert ".reasons.csv" in answers
    assert functional == (set() if name == "ta1 only" else functional) and len(functional) == (name != "ta1 only")
    state, format_ = house.ask("SELECT i.state, i.format FROM interchange i ORDER BY i.id DESC LIMIT 1")[0]
    assert (state, format_) == ("answered", "x12")


def test_partners_are_listed_with_their_numbers_and_gaps(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    for number in (1, 4):
        data = interchange(("810", invoice(f"P{number}")), sender="LISTED", number=number)
        house.bring("E-ACME", f"p{number}.edi", data)
    house.answer()
    assert x12_partners.show(house.settings) == 0
    told = capsys.readouterr().out
    (line,) = [line for line in told.splitlines() if "ZZ/LISTED" in line and not line.startswith("gap")]
    assert "no profile" in line and "in: 2 interchanges, last 4; out: interchange " in line
    assert "gap: E-ACME ZZ/LISTED to TIDEWAITER: 2 to 3 have not come" in told
    assert any("ZZ/STRICT" in line and "strict, auto" in line for line in told.splitlines())
    assert any("ZZ/OTHER" in line and line.endswith("; read: 004020 as 004010") for line in told.splitlines())


def test_everything_that_came_ties_out_and_is_found_again(house: House) -> None:
    """Last: over all that the tests before left."""
    broken = tie_outs.broken(house.conn, now=house.now)
    assert broken.empty, broken.to_string()
    first, last = house.ask("SELECT min(received_at), max(received_at) + interval '1 second' FROM interchange")[0]
    with house.conn.cursor() as _:
        from psycopg.rows import dict_row

        house.conn.row_factory = dict_row  # type: ignore[assignment]
        try:
            rows = operations.board(house.conn, first, last, "day")  # type: ignore[arg-type]
        finally:
            house.conn.row_factory = lambda cursor: tuple  # type: ignore[assignment]
    assert all(sums.holds for _, sums in rows) and sum(sums.received for _, sums in rows) > 20


def test_a_worker_goes_on_with_what_its_sender_sent(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """X12 files are computed one by one; one task takes them all, in their order, and leaves other senders alone."""
    names = [f"on-{n}.edi" for n in range(4)]
    for n, name in enumerate(names):
        house.bring("B-STRICT", name, interchange(("810", invoice(f"ON-{n}", "12-345678900")), number=900 + n))
    (first,) = intake.claim(house.settings)
    monkeypatch.setattr(intake, "STRETCH", 0.0)
    assert intake.process_on(house.settings, first["shard"], house.clock)["files"] == 1, "time is up"
    monkeypatch.undo()
    (second,) = intake.claim(house.settings)
    assert intake.process_on(house.settings, second["shard"], house.clock)["files"] == 3
    answered = house.ask("""SELECT a.name, i.state FROM interchange i JOIN arrival a ON a.interchange_id = i.id
        WHERE a.name LIKE 'on-%%' ORDER BY (SELECT max(e.id) FROM event e WHERE e.interchange_id = i.id
        AND e.step = 'answered')""")  # fmt: skip
    assert answered == [(name, "answered") for name in names]
    assert intake.claim(house.settings) == []
