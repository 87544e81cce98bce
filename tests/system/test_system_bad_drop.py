"""What goes wrong on the drop, and senders who may not: through the real SFTP server into the real database."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bench.accounts import toml
from parsers.catair import read as reader
from sftp_drop.errors import DropError
from sftp_drop.quota import Limits
from tests.system import slowly
from tests.system.answers import read
from tests.system.days import day
from tests.system.house import NOON, Build, House
from tidewaiter import intake
from transforms import account_rows

PAIR = day(6, seed=9, brokers=2, importers=3)
ONE, OTHER = (f"B-{code}" for code in PAIR.people.brokers["filer_code"])
MINE, THEIRS = PAIR.of(0)[0].data, PAIR.of(1)[0].data
X12 = b"ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260915*1200*U*00401*000000001*0*T*:~\n"


@pytest.fixture
def two(house: House) -> House:
    house.admit(PAIR.people)
    return house


def codes(answer: bytes) -> set[str]:
    return {code for batch in read(answer) for code in batch.codes}


def accepted(house: House, account: str, name: str) -> bool:
    return codes(house.outbox(account)[f"{name}.ax"]) <= {"995", "996", "997"}


def marked(data: bytes, mark: str) -> bytes:
    """The same filings in other bytes."""
    return data.replace(b"BATCH 000000", f"BATCH {mark:6}".encode())


def test_two_files_at_the_same_instant(two: House) -> None:
    """Same second, both brokers, and one broker twice: each answered, in the order of their names."""
    for account, name, data in ((ONE, "b", marked(MINE, "SECOND")), (ONE, "a", MINE), (OTHER, "a", THEIRS)):
        two.put(account, name, data, at=NOON)
    two.run()
    first, second = (read(two.outbox(ONE)[f"{name}.ax"])[0].finals[0] for name in "ab")
    assert accepted(two, OTHER, "a")
    assert (first.code, second.code) == ("995", "996")


def enveloped(data: bytes, site: str, sender: str, password: str) -> bytes:
    """The same filings in an envelope of somebody else's."""
    who = f"{site:4}{sender:3}".encode()
    secret = {b"A": f"{password:6}".encode(), b"Z": b"      "}
    lines = data.split(b"\n")
    return b"\n".join(x[:1] + who + secret[x[:1]] + x[14:] if x[:1] in secret else x for x in lines)


def test_a_file_for_another_brokers_filer_code(two: House) -> None:
    mine = PAIR.people.brokers.iloc[0]
    two.put(ONE, "not mine", enveloped(THEIRS, mine["site"], mine["filer_code"], mine["password"]))
    two.run()
    assert {"X17", "999"} == codes(two.outbox(ONE)["not mine.ax"])
    assert two.one("SELECT count(*) FROM entry_summary") == 0
    assert two.outbox(OTHER) == {}


AGENT = """
[[account]]
number = "B-AGENT"
kind = "broker"
name = "An agent"

[[sftp_identity]]
account = "B-AGENT"
username = "agent"
public_key = "{key}"

[[transmitter]]
account = "B-AGENT"
site = "9999"
sender = "AGT"
password = "AGENTS"

[[filer_authority]]
account = "B-AGENT"
filer_code = "{filer}"
port = "{port}"
"""


@pytest.mark.parametrize("elsewhere", [True, False])
def test_a_filer_code_for_one_port_only(house: House, elsewhere: bool) -> None:
    port = "9999" if elsewhere else PAIR.people.brokers["site"].iloc[0]
    filer = ONE.removeprefix("B-")
    house.admit(PAIR.people, AGENT.format(key=house.key("B-AGENT"), filer=filer, port=port))
    house.put("B-AGENT", "x", enveloped(MINE, "9999", "AGT", "AGENTS"))
    house.run()
    assert codes(house.outbox("B-AGENT")["x.ax"]) == ({"X18", "999"} if elsewhere else {"995"})


def test_an_unknown_sender_and_a_wrong_password(two: House) -> None:
    mine = PAIR.people.brokers.iloc[0]
    two.put(ONE, "stranger", enveloped(MINE, mine["site"], "QQQ", mine["password"]))
    two.put(ONE, "password", enveloped(MINE, mine["site"], mine["filer_code"], "WRONG1"))
    two.run()
    for name in ("stranger", "password"):
        assert {"X09", "999"} == codes(two.outbox(ONE)[f"{name}.ax"])
    assert not any(b"WRONG1" in body or mine["password"].encode() in body for body in two.outbox(ONE).values())
    assert two.one("SELECT count(*) FROM transaction") == 0


def test_a_suspended_account_is_answered_and_files_nothing(two: House) -> None:
    two.put(ONE, "x", MINE)
    two.receive()
    two.conn.execute("UPDATE account SET status = 'suspended' WHERE number = %s", [ONE])
    two.run()
    assert {"X09", "999"} == codes(two.outbox(ONE)["x.ax"])


def test_an_upload_cut_in_the_middle_is_not_taken(two: House) -> None:
    drop = two.visit(ONE)
    with drop.open("inbox/cut.part", "wb") as remote:
        remote.write(MINE[:500])
    two.run()
    assert two.states() == {} and "cut.part" in drop.listdir("inbox")
    with drop.open("inbox/cut.part", "ab") as remote:
        remote.write(MINE[500:])
    drop.posix_rename("inbox/cut.part", "inbox/cut")
    two.run()
    assert accepted(two, ONE, "cut")


def test_a_file_that_grows_while_it_is_read(two: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written in place by a client that knows no ``.part``, slowly; it is taken when it is whole, and once."""
    drop = two.visit(ONE)
    with drop.open("inbox/slow", "wb") as remote:
        remote.write(MINE[:900])
    taken = intake.Archive.put

    def grow(archive, data):
        with drop.open("inbox/slow", "ab") as remote:
            remote.write(MINE[900:])
        monkeypatch.setattr(intake.Archive, "put", taken)
        return taken(archive, data)

    monkeypatch.setattr(intake.Archive, "put", grow)
    for _ in range(3):
        two.run()
    assert "slow" not in drop.listdir("inbox")
    answers = [body for name, body in two.outbox(ONE).items() if name.endswith(".ax")]
    assert sorted("999" in codes(body) for body in answers) == [False, True], "the half was refused, the whole filed"
    assert [two.archive.get(sha256) == MINE for sha256 in two.states()].count(True) == 1


def test_names(two: House) -> None:
    """Ordinary names come back as they are; the others in a form that is safe and reversible."""
    ordinary = ["a b  c.abi", "Zoll-Übermittlung №1.abi", "-rf *", "'; DROP TABLE line; --"]
    names = [*ordinary, "100%.abi", "x" * 200 + ".abi"]
    for name in names:
        two.put(ONE, name, MINE)
    two.run()
    answers = two.outbox(ONE)
    assert {f"{name}.ax" for name in ordinary} | {"100%25.abi.ax"} <= set(answers)
    assert len(answers) == 2 * len(names) and len({body for name, body in answers.items() if name.endswith(".ax")}) == 1
    assert {json.loads(body)["file"] for body in two.outbox(ONE, receipts=True).values()} == set(names)


def test_names_that_are_no_names_elsewhere(two: House) -> None:
    """Sent over SFTP as they are: taken, answered under a safe form, and never outside the account's own folder."""
    outside, drop = files(two), two.visit(ONE)
    names = [b"two\nlines", b"a%2f..%2f..%2fx", b"back\\slash", b"\x01\x7f"]
    for name in names:
        with drop.open(b"inbox/" + name, "wb") as remote:
            remote.write(MINE)
    two.run()
    answers = [name for name in two.outbox(ONE) if name.endswith(".ax")]
    assert len(answers) == len(names)
    assert all(name.isprintable() and "/" not in name and accepted(two, ONE, name[:-3]) for name in answers)
    assert drop.listdir("inbox") == []
    assert files(two) - outside == {"archive"}


def files(house: House) -> set[str]:
    """What lies in the home and beside it, but for the accounts' own folders."""
    return {path.name for folder in (house.settings.home, house.settings.homes.parents[1]) for path in folder.iterdir()}


def test_names_that_lead_elsewhere_are_refused_to_the_sender(two: House) -> None:
    for name in (f"../../{OTHER}/inbox/x", f"../{OTHER}/x", "..", ".hidden", "no/such/folder"):
        with pytest.raises(OSError), two.visit(ONE).open(f"inbox/{name}", "wb") as remote:
            remote.write(MINE)
    two.run()
    assert two.states() == {}


def test_a_full_outbox_waits_and_holds_nobody_up(build: Build) -> None:
    house = build(Limits(home=60_000))
    house.admit(PAIR.people)
    drop = house.visit(ONE)
    house.put(ONE, "x", MINE)
    room = 60_000 - sum(path.stat().st_size for path in (house.settings.homes / ONE).rglob("*") if path.is_file())
    with drop.open("inbox/filler.part", "wb") as remote:
        remote.write(b" " * (room - 10))
    house.put(OTHER, "y", THEIRS)
    house.receive()
    house.answer()
    assert set(house.states().values()) == {"answered"} and len(house.states()) == 2
    intake.deliver(house.settings)
    assert accepted(house, OTHER, "y")
    drop.remove("inbox/filler.part")
    house.run()
    assert accepted(house, ONE, "x")
    assert drop.listdir("inbox") == []
    assert house.one("SELECT count(*) FROM delivery WHERE state = 'pending'") == 0


def test_an_importer_without_a_home_on_the_drop_is_no_failure(house: House) -> None:
    """Its acknowledgments wait, and reach it once it has one."""
    house.load(toml(PAIR.people, {ONE: house.key(ONE)}))
    house.put(ONE, "x", MINE)
    house.run()
    assert accepted(house, ONE, "x")
    waiting = house.one("SELECT count(*) FROM delivery WHERE state = 'pending'")
    assert waiting > 0
    assert intake.deliver(house.settings) == 0
    house.admit(PAIR.people)
    assert intake.deliver(house.settings) == waiting
    assert house.one("SELECT count(*) FROM delivery WHERE state = 'pending'") == 0


def test_a_drop_that_is_away_is_a_failure_and_loses_nothing(house: House) -> None:
    house.admit(PAIR.people)
    house.bring(ONE, "x", MINE)
    house.answer()
    away = replace(house.settings, sftp_port=1)
    with pytest.raises(DropError):
        intake.deliver(away)
    assert intake.deliver(house.settings) > 0
    assert accepted(house, ONE, "x")


def test_x12_for_which_no_number_is_left_is_set_aside_with_the_reason(two: House) -> None:
    two.use_up(ONE, "SENDER", "RECEIVER")
    two.put(ONE, "invoice.x12", X12)
    two.put(ONE, "filing", MINE)
    two.run()
    ((state, reason),) = two.ask("SELECT state, reason FROM interchange WHERE sha256 = %s", slowly.sha256(X12))
    assert state == "quarantined" and "no interchange control numbers are left for partner ZZ/SENDER" in reason
    assert accepted(two, ONE, "filing")
    assert not [name for name in two.outbox(ONE) if name.startswith("invoice.x12")]
    assert json.loads(two.outbox(ONE, receipts=True)["invoice.x12.receipt.json"])["bytes"] == len(X12)


@pytest.mark.parametrize("where", ["read", "write"])
def test_a_file_that_our_own_code_cannot_digest_is_set_aside_alone(
    two: House, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """A bug of ours, put into reading or into making rows, that one file sets off."""
    poison = marked(MINE, "POISON")
    owner, name = (reader, "parse") if where == "read" else (account_rows, "rows")
    sound = getattr(owner, name)

    def buggy(*args, **options):
        files_or_parsed = args[0] if where == "read" else args[2].batches["user_text"].tolist()
        if any("POISON" in (text.decode() if isinstance(text, bytes) else text) for text in files_or_parsed):
            raise ZeroDivisionError("a bug of ours")
        return sound(*args, **options)

    monkeypatch.setattr(owner, name, buggy)
    for account, file, data in ((ONE, "before", marked(MINE, "SOUND")), (ONE, "poison", poison), (OTHER, "y", THEIRS)):
        two.put(account, file, data)
    two.receive()
    for _ in range(5):
        for shard in intake.claim(two.settings):
            try:
                intake.process(two.settings, shard["shard"], two.clock)
            except ZeroDivisionError:
                assert where == "write", "a file that cannot be read is known before anything is stored"
    intake.deliver(two.settings)
    ((file, reason, form),) = two.ask("""SELECT a.name, i.reason, i.format
        FROM interchange i JOIN arrival a ON a.interchange_id = i.id WHERE i.state = 'quarantined'""")
    assert file == "poison" and "a bug of ours" in reason
    assert form == ("catair" if where == "read" else ""), "what it is is known when it could be read at all"
    assert accepted(two, ONE, "before") and accepted(two, OTHER, "y")
    assert "poison.ax" not in two.outbox(ONE)


def test_two_trials_do_not_know_of_each_other(two: House) -> None:
    """Dry runs file nothing: the second of the same filing is answered like the first, even when computed with it."""
    for name in ("one", "two"):
        two.put(ONE, name, marked(MINE, name.upper()), folder="check")
    assert len(two.run()) == 1
    one, again = (two.outbox(ONE, "outbox/check")[f"{name}.ax"] for name in ("one", "two"))
    assert one == again.replace(b"BATCH TWO", b"BATCH ONE")
    assert codes(one) == {"995"}
