"""Invariant 1: every byte received is kept, and every row names the file, record and columns it came from."""

from __future__ import annotations

import hashlib
from collections import Counter

import pandas as pd
import pytest
from psycopg.rows import dict_row

from loaders.intake import STATE
from loaders.schema import FACTS
from tests.system import slowly
from tests.system.days import Day, day
from tests.system.house import Build, House
from tests.transforms.conditions import condition_filings as filings
from tidewaiter import answering
from transforms.account_rows import FEEDS
from transforms.entry_summary import mapping

FORMS = (("lower_case", 0.3), ("crlf", 0.3), ("trimmed", 0.3), ("frames", 0.3))
FAULTS = (("no_signature", 0.1), ("filler_data", 0.1))
#: A record that makes one row and no more -> its table.
SINGLE = {"10": "entry_summary_version", "40": "line", "50": "tariff", "47": "party", "22": "bill_group", "31": "bond"}


def all_forms() -> Day:
    return day(200, seed=4, brokers=4, importers=8, defects=FORMS + FAULTS)


@pytest.fixture(scope="module")
def filed(build_once: Build) -> tuple[House, dict[str, list[str]]]:
    """A day in every form and with faults, on file; and the records of each archived file by its hash."""
    house, it = build_once(), all_forms()
    house.admit(it.people)
    for file in it.files:
        house.bring(f"B-{file.sender}", file.name, file.data)
    house.answer()
    assert set(house.states().values()) == {"answered"}
    return house, {sha256: slowly.records(house.archive.get(sha256)) for sha256 in house.states()}


def stored(house: House, table: str) -> pd.DataFrame:
    query = f"SELECT t.*, i.sha256 AS file FROM {table} t JOIN interchange i ON i.id = t.interchange_id"
    with house.conn.cursor(row_factory=dict_row) as cursor:
        return pd.DataFrame(cursor.execute(query).fetchall()).astype(object)


def test_every_stored_row_says_what_the_record_it_names_says(filed: tuple[House, dict[str, list[str]]]) -> None:
    house, files = filed
    seen = set()
    for table in ("entry_summary_version", *FACTS):
        rows = stored(house, table)
        assert list(slowly.differences(table, rows, files)) == []
        seen |= {table} if len(rows) else set()
    assert seen >= {*SINGLE.values(), "fee", "fee_total", "bill", "adcvd", "remark"}
    for table in FACTS:
        orphans = f"SELECT count(*) FROM {table} f LEFT JOIN entry_summary_version v ON v.id = f.version_id AND"
        assert house.one(f"{orphans} v.interchange_id = f.interchange_id WHERE v.id IS NULL") == 0


def test_no_record_of_an_accepted_filing_is_lost(filed: tuple[House, dict[str, list[str]]]) -> None:
    house, files = filed
    extents = house.ask("""SELECT i.sha256, t.record, t.last_record FROM transaction t
        JOIN interchange i ON i.id = t.interchange_id WHERE t.code IN ('995', '996')""")
    sent = Counter(record[:2] for sha256, first, last in extents for record in files[sha256][first - 1 : last])
    for id, table in SINGLE.items():
        assert house.one(f"SELECT count(*) FROM {table}") == sent[id] > 0
    assert house.one("SELECT count(*) FROM fee WHERE kind = 'fee'") == sent["62"]
    rejected = house.one("SELECT count(*) FROM transaction WHERE code = '998'")
    assert rejected and house.one("SELECT count(*) FROM batch WHERE rejected")


def test_conditions_name_the_columns_they_speak_of(filed: tuple[House, dict[str, list[str]]]) -> None:
    """The two faults put into this day stand where the generator put them."""
    house, files = filed
    found = house.ask("""SELECT i.sha256, c.code, c.record, c.start_column, c.end_column FROM condition c
        JOIN interchange i ON i.id = c.interchange_id WHERE c.code IN ('B39', 'X39')""")
    assert {code for _, code, *_ in found} == {"B39", "X39"}
    for sha256, code, record, start, _ in found:
        line = files[sha256][record - 1]
        assert (line[:2], start) == ("10", 39 if code == "B39" else 80)
        assert line[start - 1] == {"B39": " ", "X39": "X"}[code]


def test_every_byte_is_kept(filed: tuple[House, dict[str, list[str]]]) -> None:
    house, _ = filed
    for file in all_forms().files:
        assert house.archive.get(hashlib.sha256(file.data).hexdigest()) == file.data


def prior(record_10: str) -> bool:
    """Whether a filing speaks of an entry that is on file: a deletion, or a post summary correction."""
    return record_10[2] == "D" or record_10[64] == "Y"


def test_rare_records_too() -> None:
    """Filings with records that generated days lack, straight from the computation."""
    wires = [list(filings.base(name)) for name in filings.BASES]
    for number, wire in enumerate(wires):
        wire[0] = filings.Record("10", wire[0].text)
        wire[0].put("entry_number", filings.number(number))
    # A correction needs its entry under CBP control, a deletion in trade control.
    earlier = [(w[0].text[8:16], "trade" if w[0].text[2] == "D" else "cbp") for w in wires if prior(w[0].text)]
    on_file = pd.DataFrame(earlier, columns=["entry_number", "control"]).assign(filer_code="ZZZ")
    on_file = on_file.assign(status="accepted", version_number="00100", broker_reference="")
    on_file = on_file.assign(sequence=1, entry_summary_id=range(len(on_file)), rejected=False)
    state = on_file.reindex(columns=list(STATE)).astype(STATE)
    data, ref = filings.transmission(wires), filings.world().ref
    it = answering.compute([data], today=filings.TODAY, reference=ref, read_state=lambda keys: state)
    made, files = answering.rows(it), {0: slowly.records(data)}
    assert set(it.dispositions["effect"]) == {"added", "replaced", "deleted"}
    for table, rows in made.items():
        places = {"file": it.parsed.frames.file[rows["row"]], "record": it.parsed.frames.record[rows["row"]]}
        assert list(slowly.differences(table, rows.assign(**places).astype(object), files)) == []
    assert len(made) > 12, "these filings are here for their variety"
    fed = {feed.table for feed in FEEDS if any(r.startswith(f.record) for f in mapping()[feed.facts] for r in files[0])}
    assert set(made) >= fed
