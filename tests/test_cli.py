"""The command line as a broker's programmer and an operator meet it: what it prints, and how it ends."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.accounts import toml
from loaders import db, intake, server, trace
from tests.system.answers import read
from tests.system.days import day
from tests.system.house import USED_UP, database
from tests.system.x12_files import interchange, invoice, shipment
from tidewaiter import cli, cli_docs
from tidewaiter.settings import Settings

ROOT = Path(__file__).parents[1]
FILED = day(2, seed=5)
SOUND = FILED.files[0].data
ENTRY = FILED.files[0].entries["entry_number"].iloc[0]
FILER = FILED.files[0].sender
DAY = ["--as-of", "2026-09-15"]
X12 = b"ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260915*1200*U*00401*000000001*0*T*:~\n"
UNSIGNED = b"".join(
    line[:38] + b" " + line[39:] if line[:2] == b"10" else line for line in SOUND.splitlines(keepends=True)
)


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder to stand in, with no home anywhere near."""
    monkeypatch.delenv("TIDEWAITER_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, data: bytes, name: str = "file.abi") -> str:
    (folder / name).write_bytes(data)
    return name


@pytest.mark.parametrize(
    ("data", "code"),
    [(SOUND, 0), (UNSIGNED, 1), (SOUND[:500], 1), (b"", 2), (b"no EDI at all\n", 2), (X12, 1)],
    ids=["accepted", "rejected", "batch rejected", "empty", "words", "X12"],
)
def test_check_ends_with_what_it_found(nowhere: Path, capsysbinary, data: bytes, code: int) -> None:
    assert cli.main(["check", write(nowhere, data), *DAY]) == code
    out, err = capsysbinary.readouterr()
    assert b"TA1*000000001*260915*1200*R*" in out if data is X12 else read(out)
    assert err


def test_check_ends_with_the_gravest_of_several(nowhere: Path, capsys) -> None:
    files = [write(nowhere, data, name) for name, data in (("a", SOUND), ("b", b""), ("c", UNSIGNED))]
    assert cli.main(["check", *files, *DAY]) == 2
    assert cli.main(["check", files[0], files[2], *DAY]) == 1


def test_check_shows_the_line_and_a_caret_under_the_columns(nowhere: Path, capsys) -> None:
    cli.main(["check", write(nowhere, UNSIGNED.replace(b"\n", b"\r\n")), *DAY])
    told = capsys.readouterr().err.splitlines()
    at = next(number for number, line in enumerate(told) if " B39 " in line)
    assert told[at].startswith("file.abi:3:39: F B39 ")
    assert told[at + 1] == "    " + UNSIGNED.splitlines()[2].decode()
    assert told[at + 2] == "    " + " " * 38 + "^"
    assert told[at + 1][told[at + 2].index("^")] == " ", "the caret stands under the column that is blank"
    assert told[at + 3].strip(), "and in words"


def test_check_tells_everything_as_json(nowhere: Path, capsys) -> None:
    assert cli.main(["check", "--json", write(nowhere, UNSIGNED), *DAY]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["as_of"] == "2026-09-15" and told["reference"]
    (file,) = told["files"]
    assert (file["file"], file["format"], file["exit"]) == ("file.abi", "catair", 1)
    assert {(it["line"], it["columns"], it["code"]) for it in file["reasons"]} >= {("3", "39", "B39")}
    assert {it["entry_number"] for it in file["filings"]} == set(FILED.files[0].entries["entry_number"])
    assert read(("\n".join(file["answer"]) + "\n").encode())
    assert all(it["lacks"] for it in file["not_checked"])


def test_check_of_x12_writes_its_answers_and_marks_what_is_wrong(nowhere: Path, capsys) -> None:
    data = interchange(("810", invoice().replace("TDS*62500", "TDS*6x")), ("810", invoice("INV-2")))
    assert cli.main(["check", write(nowhere, data, "two.edi"), "--into", "answers"]) == 1
    out, err = capsys.readouterr()
    answers = [(nowhere / "answers" / f"two.edi.{kind}").read_bytes() for kind in ("997", "824")]
    assert out.encode() == b"".join(answers)
    assert [line for line in out.splitlines() if line[:3] in ("AK5", "AK9")] == ["AK5*R*5~", "AK5*A~", "AK9*P*2*2*1~"]
    told = err.splitlines()
    at = next(number for number, line in enumerate(told) if line.startswith("two.edi:12:5-6: F 6 "))
    assert told[at + 1 : at + 3] == ["    TDS*6x~", "        ^^"]
    assert "two.edi: 1 added, 1 rejected" in told
    assert (nowhere / "answers" / "two.edi.reasons.csv").is_file()
    assert cli.main(["check", "--json", write(nowhere, interchange(("810", invoice())), "one.edi")]) == 0
    (file,) = json.loads(capsys.readouterr().out)["files"]
    assert (file["format"], file["exit"], [it["effect"] for it in file["sets"]]) == ("x12", 0, ["added"])
    assert set(file["answers"]) == {"997", "824"}


#: A number of the demonstration set.
HONEY = "0409000035"


def test_check_of_x12_holds_business_rules_without_accounts(nowhere: Path, capsys) -> None:
    """What needs no account is told: of three shipments the first is sound, the second goes nowhere, and the third
    cancels what nobody filed."""
    sound = shipment("S-1").replace("3907200000", HONEY)
    wrong = shipment("S-2").replace("3907200000", HONEY).replace("*10*MX*", "*10*QQ*")
    cancel = shipment("S-3").replace("BA1*N*1*", "BA1*N*C*")
    data = interchange(("601", sound), ("601", wrong), ("601", cancel), release="004050")
    assert cli.main(["check", write(nowhere, data, "three.edi"), "--as-of", "2026-09-15"]) == 1
    out, err = capsys.readouterr()
    told = [line.split("*") for line in out.splitlines()]
    assert [(it[1], it[3]) for it in told if it[0] == "OTI"] == [("TE", "S-1"), ("TR", "S-2"), ("TR", "S-3")]
    assert {it[1] for it in told if it[0] == "TED"} >= {"107", "068"}
    assert "three.edi: 1 added, 2 rejected" in err.splitlines()
    assert err.splitlines()[-1].startswith("There is no home, so the reference tables are")
    assert not [it for it in told if it[0] == "REF"], "a trial gets no number"


def test_check_of_x12_in_a_release_without_maps_names_those_that_there_are(nowhere: Path, capsys) -> None:
    data = interchange(("810", invoice()), release="003040")
    assert cli.main(["check", write(nowhere, data, "old.edi")]) == 1
    err = " ".join(capsys.readouterr().err.split())
    assert "one of the releases 004010, 004050, 005010; a partner profile may say by which of them" in err


def test_check_of_x12_with_accounts_asks_the_desks(home: str, nowhere: Path, capsys) -> None:
    name = write(nowhere, interchange(("810", invoice())), "desk.edi")
    assert cli.main(["--home", home, "check", name, "--with-accounts", FILED.account]) in (0, 1)
    assert "ST*824*" in capsys.readouterr().out
    with closing(db.connect(Settings.load(home).database_url)) as conn:
        assert conn.execute("SELECT count(*) FROM x12_control WHERE trial").fetchone() == (0,), "nothing is kept"


def test_check_of_x12_with_accounts_reads_as_their_profile_says(home: str, nowhere: Path, capsys) -> None:
    name = write(nowhere, interchange(("810", invoice()), release="003040"), "old.edi")
    it = f'account = "{FILED.account}"\nqualifier = "ZZ"\nid = "ACME"\nread_as = {{ 003040 = "004010" }}\n'
    profile = write(nowhere, f"[[x12_partner]]\n{it}valid_from = 2031-05-01\n".encode(), "profile.toml")
    assert cli.main(["--home", home, "account", "load", profile]) == 0
    for today, read_as in (("2031-05-01", True), ("2031-04-30", False)):
        capsys.readouterr()
        cli.main(["--home", home, "check", name, "--with-accounts", FILED.account, "--as-of", today])
        assert ("ST*824*" in capsys.readouterr().out) == read_as, "a desk sees what can be read"


def test_check_takes_the_day_it_is_given(nowhere: Path, capsys) -> None:
    """A statement date that lies ahead of the one day and behind the other."""
    due = b"".join(x[:51] + b"091726" + x[57:] if x[:2] == b"10" else x for x in SOUND.splitlines(keepends=True))
    name = write(nowhere, due)
    assert cli.main(["check", name, "--as-of", "2026-09-15"]) == 0
    assert cli.main(["check", name, "--as-of", "2026-09-18"]) == 1
    with pytest.raises(SystemExit) as ended:
        cli.main(["check", name, "--as-of", "yesterday"])
    assert ended.value.code == 2


def test_check_reads_standard_input_and_imports_only_what_it_needs(nowhere: Path) -> None:
    code = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from tidewaiter import cli
ended = cli.main(["check", "-", "--as-of", "2026-09-15"])
print(*sorted({{"airflow", "sqlalchemy.orm", "great_expectations", "paramiko"}} & set(sys.modules)), file=sys.stderr)
raise SystemExit(ended)
"""
    done = subprocess.run([sys.executable, "-c", code], input=UNSIGNED, capture_output=True, cwd=nowhere)
    assert done.returncode == 1, done.stderr.decode()
    assert "B39" in read(done.stdout)[0].codes
    assert done.stderr.splitlines()[-1] == b"", "loaded without need"


@pytest.mark.parametrize("name", ["not there.abi", "."])
def test_what_cannot_be_read_is_said_in_one_line(nowhere: Path, capsys, name: str) -> None:
    assert cli.main(["check", name]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and name in told


@pytest.mark.parametrize("command", [["check", "x"], ["trace", "x"], ["reference", "list"], ["account", "load", "x"]])
def test_a_folder_that_is_no_home_is_named_with_what_to_do(nowhere: Path, capsys, command: list[str]) -> None:
    write(nowhere, SOUND, "x")
    assert cli.main(["--home", "elsewhere", *command]) == 2
    assert f"run `tidewaiter --home {nowhere / 'elsewhere'} init`" in capsys.readouterr().err


@pytest.fixture(scope="module")
def home(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A home made by ``init`` on a server by URL, with the accounts behind the file."""
    folder = tmp_path_factory.mktemp("cli") / "home"
    with database(server.url(template), "cli") as url:
        assert cli.main(["--home", str(folder), "init", "--database-url", url]) == 0
        (folder / "people.toml").write_text(toml(FILED.people))
        assert cli.main(["--home", str(folder), "account", "load", str(folder / "people.toml")]) == 0
        yield str(folder)


def kept(folder: str) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


def test_init_again_changes_nothing(home: str, capsys) -> None:
    before = kept(home)
    assert cli.main(["--home", home, "init"]) == 0
    assert kept(home) == before
    assert "reference" not in capsys.readouterr().out


def test_process_answers_beside_the_file_and_trace_tells_of_it(home: str, nowhere: Path, capsys) -> None:
    name = write(nowhere, SOUND, "monday.abi")
    # The machine's clock is the clock here, and these filings are of a day long past or still to come: any answer will
    # do.
    assert cli.main(["--home", home, "process", name, "--from", FILED.account]) == 0
    assert capsys.readouterr().out.split() == ["monday.abi.ax", "monday.abi.reasons.csv"]
    assert (nowhere / "monday.abi.reasons.csv").read_bytes().startswith(b"line,columns,")
    answer = (nowhere / "monday.abi.ax").read_bytes()
    assert read(answer)
    assert cli.main(["--home", home, "process", name, "--from", FILED.account]) == 0
    assert (nowhere / "monday.abi.ax").read_bytes() == answer
    capsys.readouterr()
    sha256 = hashlib.sha256(SOUND).hexdigest()
    entries = (f"{FILER}{ENTRY}", f"{FILER}-{ENTRY[:-1]}-{ENTRY[-1]}", ENTRY)
    for what in ("monday.abi", "monday.abi.ax", sha256, sha256[:10], *entries):
        assert cli.main(["--home", home, "trace", what]) == 0
        told = capsys.readouterr().out
        assert all(step in told for step in ("received", "claimed", "answered"))
        assert sha256[:12] in told and FILED.account in told
    assert cli.main(["--home", home, "trace", "nothing of the kind"]) == 1
    assert "nothing is known" in capsys.readouterr().err


def test_process_says_why_there_is_no_answer(home: str, nowhere: Path, capsys) -> None:
    """Our control numbers to this partner are used up."""
    with closing(db.connect(Settings.load(home).database_url)) as conn:
        conn.execute(USED_UP, ["RECEIVER", "SENDER", FILED.account])
    assert cli.main(["--home", home, "process", write(nowhere, X12, "x12"), "--from", FILED.account]) == 1
    out, err = capsys.readouterr()
    assert out == "" and "quarantined" in err and "control numbers" in err
    assert cli.main(["--home", home, "process", "x12", "--from", "nobody"]) == 2
    assert "'nobody'" in capsys.readouterr().err


def test_what_was_set_aside_is_listed_and_put_back(home: str, capsys) -> None:
    with closing(db.connect(Settings.load(home).database_url)) as conn:
        sha256, now = hashlib.sha256(b"odd").hexdigest(), datetime(2026, 9, 15, 16, tzinfo=UTC)
        for name in ("odd.abi", "odd again.abi"):
            intake.arrive(conn, FILED.account, name, sha256, 3, "file", now)
        for shard in intake.claim(conn):
            intake.quarantine(conn, shard.id, "IndexError: list index out of range")
        assert cli.main(["--home", home, "requeue"]) == 0
        told = capsys.readouterr().out
        assert all(word in told for word in (FILED.account, sha256[:12], "odd.abi", "IndexError"))
        assert cli.main(["--home", home, "requeue", "odd again.abi"]) == 0
        (it,) = trace.trace(conn, sha256)[-1:]
        assert it.step == "requeued"
        assert cli.main(["--home", home, "requeue", sha256]) == 1, "it waits already"
        assert "nothing called" in capsys.readouterr().err
        (shard,) = intake.claim(conn)
        intake.quarantine(conn, shard.id, "again")
    assert cli.main(["--home", home, "requeue", sha256[:8]]) == 0


def test_check_with_accounts_knows_who_may_send(home: str, nowhere: Path, capsys) -> None:
    wrong = write(nowhere, SOUND[:8] + b"WRONG1" + SOUND[14:])
    assert cli.main(["--home", home, "check", wrong, *DAY]) == 0
    assert "not checked without accounts" in capsys.readouterr().err
    assert cli.main(["--home", home, "check", wrong, "--with-accounts", FILED.account, *DAY]) == 1
    out, err = capsys.readouterr()
    assert "X09" in read(out.encode())[0].codes
    assert "WRONG1" not in out + err


def test_reference_load_and_list(home: str, nowhere: Path, capsys) -> None:
    name = write(nowhere, b"date,name\n2031-07-04,Independence Day\n", "holidays.csv")
    assert cli.main(["--home", home, "reference", "list"]) == 0
    before = capsys.readouterr().out
    assert cli.main(["--home", home, "reference", "load", "holidays", name]) == 0
    assert cli.main(["--home", home, "reference", "list"]) == 0
    after = capsys.readouterr().out.split("snapshot ")[1]
    assert before.split()[1] != after.split()[0], "another snapshot"
    assert [row for row in before.splitlines()[1:] if row not in after.splitlines()] != []


@pytest.mark.parametrize(
    ("table", "rows", "faults"),
    [
        ("holidays", b"date,name\n2031-02-30,No such day\n", ["line 2", "date", "2031-02-30"]),
        ("holidays", b"when,name\n2031-07-04,x\n", ["date"]),
        ("no_such_table", b"a,b\n1,2\n", ["no_such_table", "holidays"]),
    ],
)
def test_reference_faults_are_named(
    home: str, nowhere: Path, capsys, table: str, rows: bytes, faults: list[str]
) -> None:
    assert cli.main(["--home", home, "reference", "load", table, write(nowhere, rows, "x.csv")]) == 2
    told = capsys.readouterr().err
    assert all(fault in told for fault in faults), told


@pytest.mark.parametrize(
    ("name", "text", "faults"),
    [
        ("a.csv", "table,number,kind,name\naccount,B-1,brokr,One\n", ["line 2", "kind", "'brokr'", "broker"]),
        (
            "a.csv",
            "table,account,username,public_key\nsftp_identity,B-1,ok,no key\n",
            ["line 2", "public_key", "OpenSSH"],
        ),
        ("a.toml", '[[account]]\nnumber = "B-1"\nkind = "broker"\n', ["[[account]] 1", "name is missing"]),
        ("a.toml", "[[account]\n", ["line 1"]),
        ("a.toml", '[[relationship]]\nfrom = "B-1"\nto = "I-404"\n', ["to 'I-404'", "is no account"]),
    ],
)
def test_account_faults_are_named(home: str, nowhere: Path, capsys, name: str, text: str, faults: list[str]) -> None:
    assert cli.main(["--home", home, "account", "load", write(nowhere, text.encode(), name)]) == 2
    told = capsys.readouterr().err
    assert all(fault in told for fault in faults), told


def test_a_database_that_is_not_there_is_said_in_words(nowhere: Path, capsys) -> None:
    (nowhere / "tidewaiter.toml").write_text('database_url = "postgresql://nobody@127.0.0.1:1/none"\n')
    assert cli.main(["--home", str(nowhere), "trace", "x"]) == 2
    assert capsys.readouterr().err.startswith("tidewaiter: connection failed")


@pytest.mark.parametrize(("text", "fault"), [("sftp_prot = 22\n", "sftp_prot"), ("sftp_port =\n", "line 1")])
def test_faults_of_the_settings_are_named(nowhere: Path, capsys, text: str, fault: str) -> None:
    (nowhere / "tidewaiter.toml").write_text(text)
    assert cli.main(["--home", str(nowhere), "trace", "x"]) == 2
    assert fault in capsys.readouterr().err


def test_the_page_of_the_command_line_is_current() -> None:
    assert cli_docs.PATH.read_text() == cli_docs.text(), "run `python -m tidewaiter.cli_docs`"
    assert "None" not in cli_docs.text(), "every command and argument says what it is"
