"""Export filings in the database: from the bytes of a file, through the desk, to rows and numbers."""

from __future__ import annotations

import itertools
import json
import threading
import uuid
from collections.abc import Iterator
from copy import copy
from dataclasses import replace
from datetime import date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import numpy as np
import psycopg
import pytest

from bench import generate_exports
from loaders import accounts, db, export_statements, exports
from loaders.migrations import versions
from tests import postgres
from tests.loaders.conftest import _on
from tests.transforms.export import exported as ex
from tidewaiter import export_filing, export_statement
from tidewaiter.settings import Settings
from transforms.x12.outcome import Context, Outcome

FORWARDER, OTHER = "F-1", "99888777600"


class House:
    """The desk, an exporter of the test's own, and a forwarder that files for it."""

    counter = itertools.count(1)

    def __init__(self, url: str, conn: psycopg.Connection, path: Path) -> None:
        self.url, self.conn, self.reference = url, conn, ex.reference()
        self.ein = f"{10_000_000_000 + next(self.counter) * 100}"
        path.write_text(generate_exports.toml([(self.ein, ex.NAME), (OTHER, "Plains Grain Co")], ["Fast Forwarders"]))
        accounts.load(conn, path)

    def id(self, number: str = "") -> int:
        return accounts.find(self.conn, number or f"X-{self.ein}")

    def by(self, agent: str = "Fast Forwarders", **changes: Any) -> Any:
        """A shipment of the exporter, filed by the forwarder."""
        return ex.shipment(**{"agent": agent, "exporter": self.ein, **changes})

    def file(
        self, *shipments: Any, sender: str = FORWARDER, today: date = ex.TODAY, trial: bool = False, more: str = ""
    ) -> Outcome:
        """``more`` are segments before the first N1 of each shipment."""
        number = next(self.counter)
        document = ex.Sent(ex.wire(*shipments).replace(b"N1*EX", f"{more}N1*EX".encode()))
        context = Context(
            account_id=self.id(sender),
            interchange_id=1000 + number,
            at=datetime.combine(today, ex.NOON.timetz()) + timedelta(seconds=number),
            today=today,
            reference=self.reference,
            trial=trial,
            transaction_ids=np.arange(len(document.sets)) + number * 100,
        )
        with self.conn.transaction():
            return export_filing.decide(self.conn, document, context)

    def filed(self, **which: Any) -> list[tuple]:
        table = exports.filings(self.conn, **{"exporter": self.id(), **which})
        return list(zip(table["reference"], table["status"], table["sequence"], table["value_cents"], strict=True))


@pytest.fixture(scope="module")
def database(migrated: tuple[str, str]) -> Iterator[tuple[str, psycopg.Connection]]:
    server, template = migrated
    name = f"exports_{uuid.uuid4().hex[:8]}"
    with db.connect(server, autocommit=True) as conn:
        postgres.copy(conn, template, name)
        with db.connect(_on(server, name), autocommit=True) as own:
            yield _on(server, name), own
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def house(database: tuple[str, psycopg.Connection], tmp_path: Path) -> House:
    return House(*database, tmp_path / "accounts.toml")


def test_a_filing_is_kept_on_the_exporters_account_with_a_number(house: House) -> None:
    done = house.file(house.by(), house.by(reference="SRN0002"))
    assert done.dispositions["number"].str.fullmatch(r"X20260914\d{6}").all()
    assert done.dispositions["code"].tolist() == ["974", "974"]
    assert house.filed() == [("SRN0002", "filed", 1, 400000), ("SRN0001", "filed", 1, 400000)]
    row = exports.filings(house.conn, reference=done.dispositions["number"].iloc[0]).iloc[0]
    assert (row["reference"], row["filer"], row["exporter"]) == ("SRN0001", FORWARDER, f"X-{house.ein}")
    line = exports.below(house.conn, "export_line", [row["version_id"]]).iloc[0]
    assert (line["number"], line["quantity_1"], line["license_code"]) == ("0409000035", 500000, "C33")
    document = ex.sent(house.by(), house.by())
    assert document.elements[line["record"] - 1][0] == "L13"
    parties = exports.below(house.conn, "export_party", [row["version_id"]])
    assert parties["role"].tolist() == ["exporter", "agent", "consignee"]


def test_containers_and_seals_are_kept_until_others_are_sent(house: House) -> None:
    def kept() -> list[list[str]]:
        version = exports.filings(house.conn, exporter=house.id()).iloc[0]["version_id"]
        rows = exports.below(house.conn, "export_equipment", [version])
        return rows[["kind", "initial", "number", "seal_1", "seal_2"]].to_numpy().tolist()

    house.file(house.by(), more="VID*CN*ABCU*123456*S1*S2~VID*CN*ABCU*654321~")
    two = [["CN", "ABCU", "123456", "S1", "S2"], ["CN", "ABCU", "654321", "", ""]]
    assert kept() == two
    house.file(house.by(action="2", lines=[]))
    assert kept() == two, "a change that names none leaves them"
    house.file(house.by(action="2", lines=[]), more="VID*TL**T99~")
    assert kept() == [["TL", "", "T99", "", ""]]
    house.file(house.by(action="R"))
    assert kept() == [], "a replacement says all anew"


def test_numbers_of_a_day_follow_each_other_and_come_back_when_a_file_fails(house: House) -> None:
    day = date(2031, 1, 1)
    assert exports.numbers(house.conn, 2, day) == ["X20310101000001", "X20310101000002"]
    with pytest.raises(RuntimeError), house.conn.transaction():
        assert exports.numbers(house.conn, 3, day)[-1] == "X20310101000005"
        raise RuntimeError
    assert exports.numbers(house.conn, 1, day) == ["X20310101000003"]
    assert exports.numbers(house.conn, 1, day + timedelta(days=1)) == ["X20310102000001"]
    with pytest.raises(exports.NumbersExhausted):
        exports.numbers(house.conn, exports.MOST, day)


def test_versions_over_several_files(house: House) -> None:
    added = house.file(house.by())
    second = ex.line(line=2, value=9000, action="1")
    changed = house.file(house.by(action="2", destination="FR", lines=[second]))
    assert changed.dispositions[["effect", "sequence"]].iloc[0].tolist() == ["changed", 2]
    replaced = house.file(house.by(action="R", lines=[ex.line(value=7000)]))
    cancelled = house.file(house.by(action="3"))
    numbers = {it.dispositions["number"].iloc[0] for it in (added, changed, replaced, cancelled)}
    assert len(numbers) == 1, "a filing keeps its number"
    filing = exports.filings(house.conn, exporter=house.id()).iloc[0]
    assert filing["status"] == "cancelled" and filing["sequence"] == 4
    assert f"{filing['export_date']:%Y-%m-%d}" == "2026-09-16", "a cancellation does not say the day"
    versions = exports.versions(house.conn, filing["filing_id"])
    assert versions["effect"].tolist() == ["added", "changed", "replaced", "cancelled"]
    assert versions["value_cents"].tolist() == [400000, 1300000, 700000, 0]
    assert versions["destination"].tolist()[:3] == ["DE", "FR", "DE"]
    assert versions["option"].tolist()[:2] == ["predeparture", "predeparture"]
    lines = exports.below(house.conn, "export_line", versions["version_id"])
    assert lines["line"].tolist() == [1, 1, 2, 1]
    first, same, new, whole = lines["interchange_id"]
    assert first == same < new < whole, "a line that a change left alone still says which file it came from"


@pytest.mark.parametrize(("action", "code"), [("R", "068"), ("2", "068"), ("3", "068"), ("1", "")])
def test_what_is_not_on_file_can_only_be_added(house: House, action: str, code: str) -> None:
    done = house.file(house.by(action=action, lines=[ex.line(action="1")]))
    assert done.conditions["code"].tolist() == ([code] if code else [])
    assert len(house.filed()) == (not code)


def test_the_same_reference_is_added_once_and_not_after_it_was_cancelled(house: House) -> None:
    house.file(house.by())
    assert house.file(house.by()).conditions["code"].tolist() == ["T01"]
    house.file(house.by(action="3"))
    assert house.file(house.by()).conditions["code"].tolist() == ["T01"]
    assert house.file(house.by(action="R")).conditions["code"].tolist() == ["T09"]
    other = replace(house.by(reference=f"S{house.ein}"), exporter=OTHER, exporter_name="Plains Grain Co")
    done = house.file(house.by(reference=f"S{house.ein}"), other)
    assert done.dispositions["final"].tolist() == ["A", "A"], "a reference is the exporter's, not everybody's"


def test_who_may_file_for_whom(house: House) -> None:
    assert house.file(house.by(), sender=f"X-{OTHER}").conditions["code"].tolist() == ["T05"]
    assert house.filed() == []
    alone = house.file(house.by(agent=""), sender=f"X-{house.ein}")
    assert alone.dispositions["final"].tolist() == ["A"], "an exporter files for itself"
    early = date(2019, 12, 31)
    done = house.file(house.by(reference="SRN0003", day=early + timedelta(days=1)), today=early)
    assert "T05" in done.conditions["code"].tolist(), "the authority begins a day later"
    unknown = house.file(house.by(exporter="55555555500"))
    assert unknown.conditions["code"].tolist() == ["T08"] and not len(unknown.copies)


def test_the_exporter_hears_of_every_filing_on_its_account(house: House) -> None:
    done = house.file(house.by(), house.by(reference="SRN0002", state="XX"))
    (own,) = done.copies.to_dict("records")
    assert (own["account_id"], own["kind"], own["suffix"]) == (house.id(), "exporter", ".ack.csv")
    heading, *rows = own["body"].decode().splitlines()
    assert heading.startswith("shipment_reference_number,internal_transaction_number,effect,disposition,filer,")
    number = done.dispositions["number"].iloc[0]
    assert rows[0].startswith(f"SRN0001,{number},added,974,F-1,2026-09-16,DE,4000.00,,")
    assert rows[1].startswith("SRN0002,,rejected,970,F-1,2026-09-16,DE,4000.00,110,F,STATE OF ORIGIN UNKNOWN,")
    assert ",BA108,XX," in rows[1]


def test_a_trial_says_the_same_and_keeps_nothing(house: House) -> None:
    sent = house.by(), house.by(action="R"), house.by(reference="B", state="")
    trial = house.file(*sent, trial=True)
    assert house.filed() == [] and not len(trial.copies)
    assert trial.dispositions["number"].tolist() == ["", "", ""]
    real = house.file(*sent)
    same = ["set", "final", "severity", "code", "effect", "reference", "sequence"]
    assert trial.dispositions[same].equals(real.dispositions[same]) and trial.conditions.equals(real.conditions)
    numbers = real.dispositions["number"].tolist()
    assert numbers[0] == numbers[1] != "" and numbers[2] == ""


def test_lateness_is_noted_once(house: House) -> None:
    day = ex.TODAY - timedelta(days=9)
    third = house.by(reference="C", day=day + timedelta(days=6), option="4")
    done = house.file(house.by(day=day, option="4"), house.by(reference="B", day=day), third)
    assert done.conditions["code"].tolist() == ["T24", "700"]
    assert done.dispositions["code"].tolist() == ["973", "973", "974"]
    house.file(house.by(day=day, option="4", action="R"))
    table = exports.filings(house.conn, exporter=house.id()).set_index("reference")
    assert table["days_late"].to_dict() == {"SRN0001": 4, "B": 9, "C": 0}


def test_filings_are_found_by_state_filer_and_month(house: House) -> None:
    house.file(house.by(), house.by(reference="B", day=date(2026, 10, 1)))
    house.file(house.by(reference="C", agent=""), sender=f"X-{house.ein}")
    house.file(house.by(reference="B", action="3"))
    asked: dict[str, dict[str, Any]] = {
        "SRN0001 B": {"filer": house.id(FORWARDER)},
        "C SRN0001": {"month": date(2026, 9, 30)},
        "B": {"status": "cancelled"},
        "B SRN0001 C": {"month": None},
        "C": {"reference": "C"},
    }
    for expected, which in asked.items():
        assert {row[0] for row in house.filed(**which)} == set(expected.split()), which
    assert [row[0] for row in house.filed(limit=1)] == ["B"], "the latest change first"


def test_two_files_at_once_add_a_reference_once(house: House) -> None:
    """The second waits for the first, and then finds its filing on file."""
    begun, done = threading.Event(), []

    def second() -> None:
        with db.connect(house.url, autocommit=True) as conn:
            other = copy(house)
            other.conn = conn
            begun.set()
            done.append(other.file(house.by(agent=""), sender=f"X-{house.ein}"))

    thread = threading.Thread(target=second)
    with house.conn.transaction():
        first = house.file(house.by())
        thread.start()
        assert begun.wait(30)
        thread.join(0.5)
        assert thread.is_alive(), "the exporter's account is held"
    thread.join(30)
    assert first.dispositions["final"].tolist() == ["A"]
    assert done[0].conditions["code"].tolist() == ["T01"] and len(house.filed()) == 1


def test_a_month_is_stated_once_and_anew_when_it_changed(house: House, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", database_url=house.url)
    number, month = f"X-{house.ein}", date(2026, 9, 1)

    def state() -> tuple[int, int]:
        done = export_statement.state_month(settings, month, lambda: ex.NOON, account=number)
        assert not done.open
        return done.filed, done.unchanged

    assert state() == (0, 0), "nothing left in it"
    house.file(house.by(), house.by(reference="B", destination="FR"), house.by(reference="C", day=date(2026, 10, 1)))
    house.file(house.by(reference="D", state=""), house.by(reference="E"))
    house.file(house.by(reference="E", action="3"))
    assert state() == (1, 0) and state() == (0, 1)
    house.file(house.by(action="R", lines=[ex.line(value=10), ex.line(line=2, value=20)]))
    assert state() == (1, 0)
    table = export_statements.statements(house.conn, house.id(), month)
    assert table["version"].tolist() == [1, 2] and table["state"].tolist() == ["replaced", "issued"]
    assert table["filings"].tolist() == [2, 2] and table["value_cents"].tolist() == [800000, 403000]
    names = [f"2026-09-{number}-export-v2.{form}" for form in ("json", "goods.csv", "filing.csv", "line.csv", "pdf")]
    sent = house.conn.execute(
        "SELECT file_name, body FROM delivery JOIN acknowledgment k ON k.id = acknowledgment_id"
        " JOIN interchange i ON i.id = k.interchange_id WHERE k.account_id = %s AND i.mode = 'statement'"
        " ORDER BY delivery.id", [house.id()]).fetchall()  # fmt: skip
    assert [name for name, _ in sent[-5:]] == names
    said = json.loads(dict(sent)[names[0]])
    assert said["totals"] == {"filings": 2, "lines": 3, "value_cents": 403000, "weight_kg": 1560000, "late": 0}
    assert [row["reference"] for row in said["filing"]] == ["B", "SRN0001"], (
        "neither rejected nor cancelled, nor October"
    )
    assert dict(sent)[names[4]].startswith(b"%PDF")
    house.file(house.by(action="3"), house.by(reference="B", action="3"))
    assert state() == (1, 0), "a month that was emptied is stated as empty"
    assert export_statements.statements(house.conn, house.id(), month)["filings"].tolist() == [2, 2, 0]
    assert state() == (0, 0)


def test_a_refusal_is_mended_by_whoever_sends_the_shipment_next(house: House) -> None:
    """Within a file in its order; not by another refusal, nor by another shipment or exporter of the same reference."""

    def mended() -> list[tuple]:
        return house.conn.execute(
            """SELECT reference, filer_account_id = %s, mended_at IS NOT NULL FROM export_refusal
            WHERE exporter_account_id = %s ORDER BY id""",
            [house.id(FORWARDER), house.id()],
        ).fetchall()

    house.file(house.by(destination="XX"), house.by(reference="B", destination="XX"))
    house.file(house.by(state=""))
    house.file(ex.shipment(exporter=OTHER, agent="Fast Forwarders"), house.by(reference="C"))
    house.file(house.by(), trial=True)
    assert mended() == [("SRN0001", True, False), ("B", True, False), ("SRN0001", True, False)]
    house.file(house.by(agent=""), sender=f"X-{house.ein}")
    assert mended() == [("SRN0001", True, True), ("B", True, False), ("SRN0001", True, True)]
    first = house.conn.execute("SELECT min(mended_at) FROM export_refusal").fetchone()
    house.file(house.by(reference="B"), house.by(reference="B"), house.by(action="3"))
    assert mended()[1:] == [("B", True, True), ("SRN0001", True, True), ("B", True, False)], "refused after the other"
    assert house.conn.execute("SELECT min(mended_at) FROM export_refusal").fetchone() == first
    assert_migration_notes_the_same(house)
    house.file(house.by(reference="D", destination="XX"), house.by(reference="D"))
    assert mended()[-1] == ("D", True, True), "in the same file, before the other"


def assert_migration_notes_the_same(house: House) -> None:
    """What was refused before there was a note of it gets the note that it would have got."""
    (name,) = [it.name for it in iter_modules(versions.__path__) if it.name.endswith("_mended")]
    noted = "SELECT id, mended_at FROM export_refusal WHERE exporter_account_id = %s ORDER BY id"
    before = house.conn.execute(noted, [house.id()]).fetchall()
    with house.conn.transaction(force_rollback=True):
        house.conn.execute("UPDATE export_refusal SET mended_at = NULL")
        house.conn.execute(import_module(f"{versions.__name__}.{name}").MENDED)
        assert house.conn.execute(noted, [house.id()]).fetchall() == before


def test_who_held_no_authority_learns_nothing_of_what_others_file(house: House) -> None:
    stranger = f"X-{OTHER}"
    house.file(house.by(), sender=stranger)
    house.file(house.by())
    found = "SELECT mended_at FROM export_refusal WHERE exporter_account_id = %s ORDER BY id"
    assert house.conn.execute(found, [house.id()]).fetchall() == [(None,)]
    house.conn.execute(
        "INSERT INTO relationship (from_account_id, to_account_id, kind, sees_money, valid_from)"
        " VALUES (%s, %s, 'files_for', false, '2020-01-01')", [house.id(stranger), house.id()])  # fmt: skip
    house.file(house.by(action="RX"), sender=stranger)
    ((mended_at,),) = house.conn.execute(found, [house.id()]).fetchall()
    assert mended_at is not None, "by its own"
    assert_migration_notes_the_same(house)


def test_what_was_refused_and_why_is_kept_on_the_exporters_account(house: House) -> None:
    house.file(house.by(), house.by(reference="SRN0002", destination="XX"), house.by(reference="SRN0003"))
    house.file(house.by(reference="SRN0004", destination="XX"), trial=True)
    house.file(house.by(reference="SRN0002"), house.by(reference="SRN0001"))
    rows = house.conn.execute(
        """SELECT r.reference, r.destination, r.value_cents, r.lines, c.code, c.element, c.found FROM export_refusal r
        JOIN export_condition c USING (transaction_id) WHERE r.exporter_account_id = %s ORDER BY r.id, c.ordinal""",
        [house.id()],
    ).fetchall()
    assert rows == [
        ("SRN0002", "XX", 400000, 1, "107", "BA104", "XX"),
        ("SRN0002", "XX", 400000, 1, "T29", "N404", "XX"),
        ("SRN0001", "DE", 400000, 1, "T01", "BA105", "SRN0001"),
    ]
