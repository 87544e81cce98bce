"""Invariants 5 and 7: money is integer cents that tie at every level, and nothing received is ever unaccounted for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pytest

from loaders import bulk, intake, outbox, publish, summary
from parsers.catair import read as reader
from tests.system import slowly
from tests.system.answers import read
from tests.system.days import DAY, Day, day
from tests.system.house import Build, House
from tidewaiter import answering, demonstration
from tidewaiter import intake as way

FAULTS = (("no_signature", 0.1), ("unknown_record", 0.1), ("wrong_fee_total", 0.05))
#: Columns of the grand totals in record 90 (AE chapter, ESF-186).
TOTALS = [slowly.AE.field("90", field.name) for field in slowly.AE["90"] if field.name.startswith("grand_total")]
X12 = b"ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260915*1200*U*00401*000000001*0*T*:~\n"


def filings() -> Day:
    return day(150, seed=11, brokers=3, importers=6, defects=FAULTS)


def tables(it: answering.Answered) -> Iterator[tuple[str, pd.DataFrame]]:
    for owner in (it.parsed.tables, answering.rows(it)):
        yield from owner.items()
    for name in it.facts.__dataclass_fields__:
        if isinstance(table := getattr(it.facts, name), pd.DataFrame):
            yield name, table
    yield from (("conditions", it.conditions), ("dispositions", it.dispositions))


def test_no_float_anywhere_between_bytes_and_rows() -> None:
    it = answering.compute(
        [file.data for file in filings().files], today=DAY, reference=demonstration.snapshot().tables
    )
    money = 0
    for name, table in tables(it):
        for column, dtype in table.dtypes.items():
            assert not pd.api.types.is_float_dtype(dtype), f"{name}.{column} is {dtype}"
            money += str(column).endswith("_cents") and pd.api.types.is_integer_dtype(dtype)
    assert money > 10


def test_the_database_holds_money_as_bigint(house: House) -> None:
    kinds = house.ask("""SELECT column_name LIKE '%_cents', data_type, table_name, column_name
        FROM information_schema.columns WHERE table_schema = 'public'""")
    assert {kind for cents, kind, *_ in kinds if cents} == {"bigint"}
    assert [row for row in kinds if row[1] in ("real", "double precision", "numeric", "money")] == []


@pytest.fixture(scope="module")
def filed(build_once: Build) -> House:
    house, it = build_once(), filings()
    house.admit(it.people)
    for file in it.files:
        house.bring(f"B-{file.sender}", file.name, file.data)
    house.answer()
    return house


def test_totals_tie_from_the_records_to_the_summaries(filed: House) -> None:
    """Duty of the tariff details, fees of the lines by class, and the filer's own totals, version by version."""
    wrong = filed.ask("""
        WITH duty AS (SELECT version_id, sum(duty_cents) AS cents FROM tariff GROUP BY 1),
        fees AS (SELECT version_id, sum(amount_cents) AS cents FROM fee_total GROUP BY 1),
        informal AS (SELECT version_id, sum(amount_cents) AS cents FROM fee
            WHERE class_code NOT IN (SELECT class_code FROM fee_total t WHERE t.version_id = fee.version_id) GROUP BY 1)
        SELECT v.entry_number, v.total_duty_cents, duty.cents, v.total_fee_cents, fees.cents, informal.cents
        FROM entry_summary_version v LEFT JOIN duty ON duty.version_id = v.id LEFT JOIN fees ON fees.version_id = v.id
        LEFT JOIN informal ON informal.version_id = v.id
        WHERE coalesce(v.total_duty_cents, 0) <> coalesce(duty.cents, 0)
        OR coalesce(v.total_fee_cents, 0) <> coalesce(fees.cents, 0) + coalesce(informal.cents, 0)""")
    assert wrong == []
    by_class = filed.ask("""
        SELECT t.class_code, t.amount_cents, sum(f.amount_cents) FROM fee_total t
        JOIN fee f ON f.version_id = t.version_id AND f.class_code = t.class_code AND f.kind = 'fee'
        WHERE t.class_code <> '499' GROUP BY t.version_id, t.class_code, t.amount_cents""")
    assert by_class and all(total == parts for _, total, parts in by_class)


def test_the_tables_tie_to_the_manifest_and_to_the_answers(filed: House) -> None:
    expected = pd.concat([file.entries for file in filings().files])
    sums = "SELECT coalesce(sum(total_duty_cents), 0)::bigint, coalesce(sum(total_fee_cents), 0)::bigint"
    kept = expected[expected["final"].isin(["995", "996"])]
    assert filed.ask(f"{sums} FROM entry_summary_version") == [(kept["duty_cents"].sum(), kept["fee_cents"].sum())]
    said = [it.code for answer in filed.answers().values() for batch in read(answer) for it in batch.finals]
    for code in ("995", "996", "997", "998"):
        on_file = filed.one("SELECT count(*) FROM transaction WHERE code = %s", code)
        assert said.count(code) == on_file == (expected["final"] == code).sum()


class Watch:
    """Looks at everything at each step of a run: what was put up lies on the drop, is in flight, answered or aside."""

    def __init__(self, house: House) -> None:
        self.house, self.looks = house, 0
        self.put: dict[str, bytes] = {}

    def around(self, work: Callable) -> Callable:
        def watched(*args: Any, **kwargs: Any) -> Any:
            self.look()
            result = work(*args, **kwargs)
            self.look()
            return result

        return watched

    def look(self) -> None:
        self.looks += 1
        house, kept = self.house, summary.conservation(self.house.conn)
        assert kept.received == kept.answered + kept.quarantined + kept.in_flight
        states = house.states()
        assert kept.received == len(states)
        assert set(states) <= set(self.put) and all(house.archive.get(sha256) == self.put[sha256] for sha256 in states)
        lying = [path for path in house.settings.homes.glob("*/inbox/**/*") if path.is_file()]
        assert {path.read_bytes() for path in lying} | {self.put[s] for s in states} == set(self.put.values())
        answers = house.answers()
        assert set(answers) == {sha256 for sha256, state in states.items() if state == "answered"}
        # Transactions and cents: of a file answered all of its filings are told, of any other none.
        told = {s: (n, cents) for s, n, cents in house.ask(TOLD)}
        for sha256, answer in answers.items():
            finals = [it for batch in read(answer) for it in batch.finals if it.code != "999"]
            count, cents = told.pop(sha256, (0, 0))
            assert count == len(finals)
            assert cents == (sum(grand_totals(self.put[sha256])) if finals else 0)
        assert not told


TOLD = """SELECT i.sha256, count(*), coalesce(sum(t.amount_cents), 0)::bigint FROM transaction t
    JOIN interchange i ON i.id = t.interchange_id GROUP BY 1"""


def grand_totals(data: bytes) -> Iterator[int]:
    """The amounts of every record 90 of a file's batches, in cents."""
    for record in slowly.records(data):
        if record.startswith("90"):
            yield from (int(record[it.start - 1 : it.end].strip() or 0) for it in TOTALS)


def test_everything_is_accounted_for_at_every_moment(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    it = day(8, seed=12, brokers=2, importers=3, defects=(("no_signature", 0.3),))
    house.admit(it.people)
    house.use_up(f"B-{it.files[1].sender}", "SENDER", "RECEIVER")
    watch = Watch(house)
    spoilt = it.files[0].data.replace(b"\n40  001", b"\n19  001", 1)
    for number, data in enumerate([*(file.data for file in it.files), spoilt, b"", X12]):
        watch.put[slowly.sha256(data)] = data
        house.put(f"B-{it.files[min(number, 1)].sender}", f"{number}.abi", data)
    steps = ((intake, "arrive"), (way.drop, "connect"), (intake, "claim"), (intake, "take"), (reader, "parse"),
             (answering.account_rows, "rows"), (bulk, "copy"), (publish, "publish"), (outbox, "delivered"))  # fmt: skip
    for owner, name in steps:
        monkeypatch.setattr(owner, name, watch.around(getattr(owner, name)))
    watch.look()
    house.run()
    watch.look()
    assert watch.looks > 60
    assert sorted(house.states().values()) == ["answered"] * 4 + ["quarantined"]
