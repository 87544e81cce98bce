"""Export filings over the whole way: a forwarder drops a 601, its exporter hears of it, the month is stated."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from bench import generate_exports
from loaders import exports, tie_outs
from tests.system.house import Build, House
from tidewaiter import closing, export_statement, intake

EXPORTERS = [("12345678900", "Pacific Pumps Inc"), ("99888777600", "Plains Grain Co")]
NUMBERS = ("F-1", "X-12345678900", "X-99888777600")


@pytest.fixture(scope="module")
def house(build_once: Build) -> Iterator[House]:
    it = build_once()
    keys = "".join(
        f'[[sftp_identity]]\naccount = "{number}"\nusername = "{number.lower()}"\npublic_key = "{it.key(number)}"\n'
        for number in NUMBERS
    )
    it.load(generate_exports.toml(EXPORTERS, ["Fast Forwarders"]) + "\n" + keys)
    return it


def dropped(house: House, name: str, *shipments: generate_exports.Shipment, control: int) -> dict[str, bytes]:
    data = generate_exports.interchange(
        shipments, sender="FASTFWD", qualifier="ZZ", control=control, at=house.now, receiver="TIDEWAITER"
    )
    house.put("F-1", name, data)
    house.run()
    return {key.removeprefix(name): body for key, body in house.outbox("F-1", "outbox").items() if key.startswith(name)}


def test_a_day_of_filings_and_its_month(house: House) -> None:
    day = house.now.date() + timedelta(days=2)
    many = generate_exports.filings(3, EXPORTERS, day, 12, agent="Fast Forwarders", days=5)
    many[5].state = "QQ"
    answers = dropped(house, "day.edi", *many, control=1)
    assert set(answers) == {".997", ".824", ".reasons.csv"}
    assert answers[".824"].count(b"TED*974*") == 11 and answers[".824"].count(b"TED*970*") == 1
    filed = exports.filings(house.conn)
    assert len(filed) == 11 and set(filed["filer"]) == {"F-1"}
    for number in filed["itn"]:
        assert f"REF*F8*{number}~".encode() in answers[".824"]
    for ein, _ in EXPORTERS:
        own = [it for it in many if it.exporter == ein]
        (copy,) = [body for name, body in house.outbox(f"X-{ein}", "outbox").items() if name.endswith(".ack.csv")]
        assert {row.split(",")[0] for row in copy.decode().splitlines()[1:]} == {it.reference for it in own}
    again = generate_exports.filings(3, EXPORTERS, day, 12, agent="Fast Forwarders", days=5)
    for it in again:
        it.action = "C" if it.reference == many[0].reference else "RX"
    answers = dropped(house, "more.edi", *again, control=2)
    assert answers[".824"].count(b"TED*978*") == 10 and answers[".824"].count(b"TED*983*") == 1
    assert set(exports.filings(house.conn)["itn"]) == set(filed["itn"])
    assert not len(tie_outs.broken(house.conn))

    month, after = day.replace(day=1), datetime(2026, 10, 19, 12, tzinfo=UTC)
    stated = export_statement.state_month(house.settings, month, lambda: after)
    assert (stated.filed, stated.unchanged, stated.open) == (2, 0, {})
    assert closing.file_others(house.settings, month, lambda: after).unchanged == 2, "a close states them, too"
    intake.deliver(house.settings)
    kept = exports.filings(house.conn, month=month, status="filed")
    for ein, _ in EXPORTERS:
        outbox = house.outbox(f"X-{ein}", "outbox/statements")
        name = f"{month:%Y-%m}-X-{ein}-export-v1"
        assert {it for it in outbox if it.startswith(name)} == {
            f"{name}.{form}" for form in ("json", "pdf", "goods.csv", "filing.csv", "line.csv")
        }
        said = json.loads(outbox[f"{name}.json"])
        own = kept[kept["exporter"] == f"X-{ein}"]
        assert said["totals"]["value_cents"] == own["value_cents"].sum()
        assert {row["reference"] for row in said["filing"]} == set(own["reference"])
    assert not len(tie_outs.broken(house.conn))


def test_a_trial_answers_and_files_nothing(house: House) -> None:
    before = len(exports.filings(house.conn))
    one = generate_exports.filings(9, EXPORTERS, date(2026, 9, 20), 1, agent="Fast Forwarders", prefix="TRY")
    data = generate_exports.interchange(one, sender="FASTFWD", qualifier="ZZ", control=9, at=house.now,
                                        receiver="TIDEWAITER")  # fmt: skip
    house.put("F-1", "try.edi", data, "check")
    house.run()
    answers = house.outbox("F-1", "outbox/check")
    assert b"TED*974*SHIPMENT ADDED" in answers["try.edi.824"] and b"REF*F8" not in answers["try.edi.824"]
    assert len(exports.filings(house.conn)) == before
