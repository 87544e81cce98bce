"""The conservation board holds, and says so in red when it does not; what is stuck, overdue, set aside; who sends."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from starlette.testclient import TestClient

from loaders.portal import operations
from loaders.portal.operations import Sums
from portal.app import create_app
from tests.portal.conftest import ORIGIN, sign_in
from tests.portal.filed import MIXED, Filed, filed
from tests.system.conftest import builder

X12 = b"ISA*00*          *00*          *ZZ*A              *ZZ*B              *260915*1200*U*00401*000000001*0*P*>~"


@pytest.fixture(scope="module")
def day(template, tmp_path_factory) -> Iterator[Filed]:
    for build in builder(template, tmp_path_factory.mktemp("operated")):
        made = filed(build())
        made.portal.house.use_up("B-DU8", "A", "B")
        made.portal.house.put("B-DU8", "x12.edi", X12 + b"GS*SE*A*B*20260915*1200*1*X*004010~GE*0*1~IEA*1*000000001~")
        made.portal.house.run()
        yield made


@pytest.fixture
def waiting(day: Filed) -> int:
    """A file that is in flight."""
    name = f"waiting-{day.portal.house.now:%H%M%S}.abi"
    day.portal.house.put("B-DU8", name, day.sent(MIXED) + name.encode())
    day.portal.house.receive()
    return day.file(0, name)


def totals(day: Filed) -> Sums:
    """What stands on file, asked in the simplest way."""
    ask = day.portal.house.one
    filings = "SELECT count(*) FROM transaction t JOIN interchange i ON i.id = t.interchange_id WHERE i.mode = 'file'"
    return Sums(
        received=ask("SELECT count(*) FROM interchange WHERE mode = 'file'"),
        answered=ask("SELECT count(*) FROM interchange WHERE mode = 'file' AND state = 'answered'"),
        aside=ask("SELECT count(*) FROM interchange WHERE state = 'quarantined'"),
        in_flight=ask("SELECT count(*) FROM interchange WHERE state IN ('received', 'claimed')"),
        filings=ask(filings),
        accepted=ask(filings + " AND final = 'A'"),
        rejected=ask(filings + " AND final = 'R'"),
        refused=ask("SELECT count(*) FROM batch WHERE rejected"),
        cents=ask("SELECT sum(amount_cents)::bigint FROM transaction"),
        accepted_cents=ask("SELECT sum(amount_cents)::bigint FROM transaction WHERE final = 'A'"),
        rejected_cents=ask("SELECT sum(amount_cents)::bigint FROM transaction WHERE final = 'R'"),
    )


def board(day: Filed, step: str = "hour") -> Sums:
    """The sum over the board's rows."""
    from loaders.portal import scope

    with (
        scope.pool(day.portal.config.database_url, 1) as connections,
        scope.scoped(connections, scope.Scope(operations=True)) as conn,
    ):
        now = day.portal.house.now
        rows = operations.board(conn, now - timedelta(hours=23), now + timedelta(hours=1), step)
    return sum((sums for _, sums in rows), Sums())


def test_the_board_is_the_sum_of_all_that_came(day, waiting):
    for step in ("hour", "day"):
        assert board(day, step) == totals(day)
    assert totals(day).holds and totals(day).in_flight and totals(day).aside and totals(day).refused


def test_the_page_shows_the_equation_and_the_same_numbers_as_its_chart(day):
    with day.portal.client("operations") as client:
        text = client.get("/operations").text
    all_ = totals(day)
    assert f"{all_.received} files received = {all_.answered} answered" in text and "does not hold" not in text
    hours, days = text.split("<h2>By day")
    for part, step, count in ((hours, "hour", 24), (days, "day", 14)):
        charted = re.findall(r"<rect[^>]*><title>([^<]*): (\d+)</title>", part)
        cells = re.findall(r'<th scope="row">([^<]+)</th>\s*<td class="tw-n">([\d,]+)</td>', part)
        assert charted[-1::-1] == [(name, files) for name, files in cells if name != "All"], step
        assert len(charted) == count and sum(int(files) for _, files in charted) == all_.received


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        ("DELETE FROM delivery; DELETE FROM acknowledgment WHERE kind = 'ax' OR kind = 'reasons'", "not accounted for"),
        ("UPDATE interchange SET state = 'claimed' WHERE state = 'answered'", "too many"),
        ("UPDATE transaction SET final = '' WHERE final = 'A'", "filings not accounted for"),
    ],
)
def test_what_is_lost_stands_in_red_words(day, harm, words):
    conn = day.portal.conn
    with day.portal.client("operations") as client:
        before = client.get("/operations").text
        conn.execute("CREATE TABLE kept_i AS TABLE interchange; CREATE TABLE kept_t AS TABLE transaction")
        conn.execute("CREATE TABLE kept_k AS TABLE acknowledgment; CREATE TABLE kept_d AS TABLE delivery")
        try:
            conn.execute(harm)
            text = client.get("/operations").text
        finally:
            conn.execute("DELETE FROM delivery; DELETE FROM acknowledgment")
            conn.execute("INSERT INTO acknowledgment TABLE kept_k")
            conn.execute("INSERT INTO delivery OVERRIDING SYSTEM VALUE TABLE kept_d")
            conn.execute("UPDATE interchange i SET state = k.state FROM kept_i k WHERE k.id = i.id")
            conn.execute("UPDATE transaction t SET final = k.final FROM kept_t k WHERE k.id = t.id")
            conn.execute("DROP TABLE kept_i, kept_t, kept_k, kept_d")
    assert "The equation does not hold" in text and words in text and "tw-broken" in text
    assert "The equation does not hold" not in before


def test_what_is_stuck_overdue_or_set_aside_says_what_to_do_next(day, waiting):
    house = day.portal.house
    with day.portal.client("operations") as client:
        name = house.one("SELECT name FROM arrival WHERE interchange_id = %s", waiting)
        assert name in client.get("/operations/stuck").text
        assert name not in client.get("/operations/answers").text
        house.now += timedelta(minutes=11)
        late = client.get("/operations/answers").text
        assert name in late and "older than 10 minutes" in late
        assert name not in client.get("/operations/answers?minutes=1000").text
        aside = client.get("/operations/quarantine").text
        sha256 = house.one("SELECT sha256 FROM interchange WHERE state = 'quarantined'")
        assert "no interchange control numbers are left" in aside and f"tidewaiter requeue {sha256}" in aside
        house.answer()
        outbox = client.get("/operations/answers?minutes=0").text
        assert f"{name}.ax" not in outbox, "made just now, by a clock of its own"
        house.conn.execute("UPDATE acknowledgment SET created_at = created_at - interval '1 hour'")
        outbox = client.get("/operations/answers").text
        assert f"{name}.ax" in outbox and f"{name}.reasons.csv" in outbox
        house.run()
        assert name not in client.get("/operations/answers").text


def test_importers_without_a_drop_are_told_apart(day):
    """An answer for an account that has no key is no failure: it waits for one."""
    house = day.portal.house
    house.conn.execute("UPDATE sftp_identity SET valid_to = '2026-01-01' WHERE username LIKE 'i-%'")
    house.conn.execute("UPDATE delivery SET state = 'pending' WHERE account_id IN (SELECT id FROM account "
                       "WHERE kind = 'importer')")  # fmt: skip
    house.conn.execute("UPDATE acknowledgment SET created_at = %s", [house.now - timedelta(hours=2)])
    with day.portal.client("operations") as client:
        assert "no key that opens a drop" in client.get("/operations/answers").text
    house.conn.execute("UPDATE delivery SET state = 'delivered'")
    house.conn.execute("UPDATE sftp_identity SET valid_to = NULL")


def test_partners_are_told_by_volume_silence_and_keys(day):
    house = day.portal.house
    with day.portal.client("operations") as client:
        calm = client.get("/operations/partners").text
        assert "DU8 Customs Brokers" in calm and "no end" in calm and "ssh-" not in calm
        house.conn.execute(
            "UPDATE sftp_identity SET valid_to = %s WHERE username = 'b-du8'", [house.now.date() + timedelta(days=5)]
        )
        house.conn.execute("UPDATE sftp_identity SET valid_to = %s WHERE username = 'b-kb6'", [date(2026, 1, 1)])
        text = client.get("/operations/partners").text
        assert "Its last key ends in 5 days." in text and "No key opens its drop" in text
        house.conn.execute("UPDATE sftp_identity SET valid_to = NULL")


def test_a_file_is_traced_without_what_is_in_it(day):
    id = day.file(0, MIXED)
    numbers = [number for (number,) in day.portal.house.ask(
        "SELECT entry_number FROM transaction WHERE interchange_id = %s", id)]  # fmt: skip
    with day.portal.client("operations") as client:
        text = client.get(f"/operations/files/{id}").text
        assert "1 accepted, 3 rejected" in text and "tidewaiter trace" in text
        assert not [number for number in numbers if number in text]
        assert client.get("/operations/files/999999999").status_code == 404


def test_the_ways_into_airflow(day):
    app = create_app(dataclasses.replace(day.portal.config, airflow_url="https://airflow.test/"))
    with TestClient(app, base_url=ORIGIN, headers={"origin": ORIGIN}, follow_redirects=False) as client:
        sign_in(client, "operations", day.portal.code)
        text = client.get("/operations").text
    for dag in ("intake", "payments", "monthly_filing", "tie_outs"):
        assert f'href="https://airflow.test/dags/{dag}/runs"' in text
    assert 'href="https://airflow.test/tie-outs/index.html"' in text


def test_the_keys_function_is_for_operations_only(day):
    from loaders.portal import scope

    with scope.pool(day.portal.config.database_url, 1) as connections:
        for who, count in ((scope.Scope(operations=True), 1), (scope.Scope(officer=True), 0), (scope.NOBODY, 0)):
            with scope.scoped(connections, who) as conn:
                rows = conn.execute("SELECT count(*) AS n FROM portal_sftp_keys('2026-09-15')").fetchone()
                assert (rows["n"] > 0) == bool(count), who


def test_who_refuses_our_messages_is_something_to_look_at(day: Filed) -> None:
    portal = day.portal
    account = portal.accounts["broker"]
    numbers = (
        "id interchange_id account_id own_qualifier own_id qualifier identifier interchange_number functional_id set_id"
    )
    portal.house.conn.execute(
        f"INSERT INTO x12_sent ({numbers.replace(' ', ', ')}, sent_at, state, answered_at)"
        " VALUES (-1, -1, %s, 'ZZ', 'US', 'ZZ', 'THEM', 1, 'RA', '820', %s, 'rejected', %s)",
        [account, portal.house.now, portal.house.now],
    )
    try:
        with portal.client("operations") as client:
            assert "Refused 1 of our X12 messages, last 30 days" in client.get("/operations/partners").text
    finally:
        portal.house.conn.execute("DELETE FROM x12_sent WHERE id = -1")
    with portal.client("operations") as client:
        assert "of our X12 messages" not in client.get("/operations/partners").text
