"""A broker's filings, authorities and month: what it may see, found by what is asked, and nobody else's."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from loaders.portal.broker import MENDED
from tests.portal.conftest import Portal, csrf
from tests.portal.filed import MIXED, Filed, filed
from tests.system.conftest import builder


@pytest.fixture(scope="module")
def day(template, tmp_path_factory) -> Iterator[Filed]:
    for build in builder(template, tmp_path_factory.mktemp("clients")):
        yield filed(build())


def listed(text: str) -> set[str]:
    return set(re.findall(r'<a href="/broker/filings/(\d+)"', text))


def ids(portal: Portal, where: str, *values: Any) -> set[str]:
    query = f"SELECT e.id FROM entry_summary e WHERE e.filer_account_id = %s AND {where}"
    return {str(id) for (id,) in portal.house.ask(query, portal.accounts["broker"], *values)}


def test_filings_are_found_by_what_is_asked(portal):
    ((filer, number, reference, name),) = portal.house.ask(
        """SELECT e.filer_code, e.entry_number, e.broker_reference, a.name FROM entry_summary e
        JOIN account a ON a.id = e.importer_account_id WHERE e.filer_account_id = %s ORDER BY e.id LIMIT 1""",
        portal.accounts["broker"],
    )
    by_name = "e.importer_account_id IN (SELECT id FROM account WHERE name ILIKE %s)"
    with portal.client("broker") as client:
        for query, expected in (
            ("", ids(portal, "true")),
            (f"number={filer}-{number[:7]}-{number[7:]}", ids(portal, "e.entry_number = %s", number)),
            (f"number={number[:5]}", ids(portal, "e.entry_number LIKE %s", number[:5] + "%")),
            (f"number={filer}", ids(portal, "true")),
            (f"importer={name[:6].lower()}", ids(portal, by_name, f"%{name[:6]}%")),
            (f"reference={reference}", ids(portal, "e.broker_reference = %s", reference)),
            ("reference=%25", set()),
            ("state=deleted", ids(portal, "e.status = 'deleted'")),
            ("state=open", ids(portal, "e.status = 'accepted' AND e.statement_number IS NULL")),
            ("state=unpaid", ids(portal, "e.statement_number IS NOT NULL")),
            ("state=paid", set()),
            ("first=2026-09-15&last=2026-09-15", ids(portal, "true")),
            ("last=2026-09-14", set()),
            (f"reference={reference}&number={number}", ids(portal, "e.entry_number = %s", number)),
        ):
            text = client.get(f"/broker/filings?size=100&{query}").text
            assert listed(text) == expected, query
            if expected:
                assert f">{len(expected)} entry summar" in text, query
            else:
                assert "No entry summary." in text, query


def test_what_is_found_can_be_downloaded_and_no_cell_computes(portal):
    execute = portal.conn.execute
    ((id, reference),) = portal.house.ask(
        "SELECT id, broker_reference FROM entry_summary WHERE filer_account_id = %s ORDER BY id LIMIT 1",
        portal.accounts["broker"],
    )
    execute("UPDATE entry_summary SET broker_reference = '=1+1' WHERE id = %s", [id])
    try:
        with portal.client("broker") as client:
            body = client.get("/broker/filings.csv").content.decode()
            rows = list(csv.DictReader(io.StringIO(body)))
            assert len(rows) == len(ids(portal, "true")) and "'=1+1" in {row["reference"] for row in rows}
            total = portal.house.one(
                """SELECT sum(total_duty_cents + total_fee_cents + coalesce(total_tax_cents, 0)
                + coalesce(total_ad_cents, 0) + coalesce(total_cvd_cents, 0) + coalesce(total_other_cents, 0))::bigint
                FROM entry_summary e JOIN entry_summary_version v ON v.id = e.version_id
                WHERE e.filer_account_id = %s""",
                portal.accounts["broker"],
            )
            assert round(sum(float(row["total"]) for row in rows) * 100) == total
            assert client.get("/broker/filings.csv?state=paid").content.decode().count("\n") == 1
    finally:
        execute("UPDATE entry_summary SET broker_reference = %s WHERE id = %s", [reference, id])


def test_pages_of_filings_show_each_once(portal):
    seen, address = [], "/broker/filings?size=25"
    with portal.client("broker") as client:
        while address:
            text = client.get(address).text
            seen += re.findall(r'<a href="/broker/filings/(\d+)">', text)
            address = html.unescape(next(iter(re.findall(r'href="([^"]+)">Next page', text)), ""))
    assert len(seen) == len(set(seen)) and set(seen) == ids(portal, "true")


def test_an_entry_tells_what_each_version_changed(day):
    """A filing replaced in a later file with another destination."""
    house, id = day.portal.house, day.file(0, MIXED)
    ((number, first, last),) = house.ask(
        "SELECT entry_number, record, last_record FROM transaction WHERE interchange_id = %s AND final = 'A'", id
    )
    lines = day.sent(MIXED).splitlines()
    at = next(n for n in range(first - 1, -1, -1) if lines[n][:1] == b"B")
    filing = list(lines[first - 1 : last])
    filing[0] = filing[0][:2] + b"R" + filing[0][3:]
    filing[1] = filing[1][:60] + (b"TX" if filing[1][60:62] != b"TX" else b"CA") + filing[1][62:]
    trailer = next(line for line in lines[last - 1 :] if line[:1] == b"Y")
    house.put("B-DU8", "replaced.abi", b"\n".join([lines[0], lines[at], *filing, trailer, lines[-1]]) + b"\n")
    house.run()
    entry = house.one("SELECT id FROM entry_summary WHERE entry_number = %s", number)
    with day.portal.client("broker") as client:
        text = client.get(f"/broker/filings/{entry}").text
        assert text.count("its file</a>") == 2
        assert re.search(r"<li>destination state: \w\w → \w\w</li>", text) and "<li>action: A → R</li>" in text
        assert html.escape(filing[2].decode().rstrip()) in text
        old = house.one("SELECT min(id) FROM entry_summary_version WHERE entry_summary_id = %s", entry)
        earlier = client.get(f"/broker/filings/{entry}?version={old}").text
        assert html.escape(lines[first].decode().rstrip()) in earlier


def test_another_brokers_entries_and_papers_are_not_there(portal):
    with portal.client("other_broker") as client:
        for id in ids(portal, "true"):
            assert client.get(f"/broker/filings/{id}").status_code == 404
        mine = portal.house.ask(
            "SELECT id FROM acknowledgment WHERE account_id = %s AND kind NOT IN ('ax', 'reasons')",
            portal.accounts["broker"],
        )
        assert mine
        for (id,) in mine:
            assert client.get(f"/broker/sent/{id}").status_code == 404
        for path in ("/broker/filings?size=100", "/broker/authorities", "/broker/month?month=2026-10", "/broker"):
            text = client.get(path).text
            assert not listed(text) & ids(portal, "true")
            assert portal.people.brokers["filer_code"].iloc[0] + "-" not in text, path


def test_an_entry_seen_by_mandate_shows_amounts_only_where_the_importer_says_so(portal):
    """And whoever looks is in the importer's log."""
    importer = portal.house.one(
        """SELECT importer_account_id FROM entry_summary WHERE filer_account_id = %s AND importer_account_id IS NOT NULL
        GROUP BY 1 ORDER BY count(*) DESC LIMIT 1""",
        portal.accounts["broker"],
    )
    ((entry, total),) = portal.house.ask(
        """SELECT e.id, v.total_duty_cents + v.total_fee_cents FROM entry_summary e
        JOIN entry_summary_version v ON v.id = e.version_id
        WHERE e.filer_account_id = %s AND e.importer_account_id = %s AND v.total_duty_cents > 0
        ORDER BY e.id LIMIT 1""",
        portal.accounts["broker"], importer,
    )  # fmt: skip
    amount = f"{total // 100:,}.{total % 100:02}"
    other, execute = portal.accounts["other_broker"], portal.conn.execute
    execute("INSERT INTO relationship (from_account_id, to_account_id, kind, sees_money, valid_from) "
            "VALUES (%s, %s, 'sees', false, '2026-01-01')", [other, importer])  # fmt: skip
    try:
        with portal.client("other_broker") as client:
            assert not listed(client.get("/broker/filings?size=100").text) & {str(entry)}, "not filed by it"
            text = client.get(f"/broker/filings/{entry}").text
            assert "not shown" in text and amount not in text and "Records as sent" not in text
            said = client.get("/broker/authorities").text
            assert "see all that is filed for it, by whomever" in said and "not shown" in said
            execute("UPDATE relationship SET sees_money = true WHERE from_account_id = %s AND kind = 'sees'", [other])
            text = client.get(f"/broker/filings/{entry}").text
            assert amount in text and "Records as sent" in text
        looked = portal.house.one(
            "SELECT count(*) FROM audit WHERE account_id = %s AND acting_account_id = %s AND action = 'entry opened'",
            importer, other,
        )  # fmt: skip
        assert looked == 2
    finally:
        execute("DELETE FROM relationship WHERE from_account_id = %s AND kind = 'sees'", [other])


def test_authorities_are_found_by_name_and_by_number_without_a_number_in_the_address(portal):
    with portal.client("broker") as client:
        every = client.get("/broker/authorities").text
        ((name, number, public_id),) = portal.house.ask(
            """SELECT a.name, a.identifier, a.public_id FROM account a JOIN relationship r ON r.to_account_id = a.id
            WHERE r.from_account_id = %s ORDER BY a.id LIMIT 1""",
            portal.accounts["broker"],
        )
        assert name in every and number in every and "file in its name" in every
        assert number not in "".join(re.findall(r'href="[^"]*"', every))
        proof = csrf(client, "/broker/authorities")
        found = client.post("/broker/client", data={"csrf": proof, "client_number": number})
        assert found.headers["location"] == f"/broker/authorities?client={public_id}"
        only = client.get(found.headers["location"]).text
        assert "1 client." in only and name in only
        missing = client.post("/broker/client", data={"csrf": proof, "client_number": "99-999999999"})
        assert missing.status_code == 422 and "None of your clients has this number" in missing.text
        assert "No client fits" in client.get("/broker/authorities?name=nobody%20at%20all").text
        today = portal.config.today
        execute = portal.conn.execute
        execute("UPDATE relationship SET valid_to = %s WHERE from_account_id = %s AND to_account_id = "
                "(SELECT id FROM account WHERE public_id = %s)",
                [today - timedelta(days=1), portal.accounts["broker"], public_id])  # fmt: skip
        try:
            assert name not in client.get("/broker/authorities").text
            assert f"ended {(today - timedelta(days=1)).day} " in client.get("/broker/authorities?ended=1").text
        finally:
            execute("UPDATE relationship SET valid_to = NULL WHERE from_account_id = %s", [portal.accounts["broker"]])


def test_the_month_of_a_broker_adds_up_and_names_what_is_missing(portal):
    mine = portal.accounts["broker"]
    with portal.client("broker") as client:
        text = client.get("/broker/month?month=2026-09").text
        for name, count in portal.house.ask(
            """SELECT a.name, count(*) FROM entry_summary e JOIN account a ON a.id = e.importer_account_id
            WHERE e.filer_account_id = %s AND e.status = 'accepted' GROUP BY 1""",
            mine,
        ):
            row = re.search(rf"{re.escape(name)}</a></th><td class=\"tw-n\">(\d+)</td>", text)
            assert row and int(row[1]) == count
        assert "version 1" in text, "the month is filed"
        october = client.get("/broker/month?month=2026-10").text
        dailies = portal.house.ask(
            """SELECT statement_number FROM statement s WHERE filer_account_id = %s AND month = '2026-10-01'
            AND kind = 'daily' AND (SELECT sum(due_cents) FROM statement_entry WHERE statement_id = s.id) > 0""",
            mine,
        )
        assert dailies and f"{len(dailies)} daily statement" in october and "RM not sent" in october
        assert "2026-09-01" not in client.get("/broker/month?month=bogus").text.split("<h1>")[1][:60]
        papers = re.findall(r'href="(/broker/sent/\d+)">([^,<]+)', text)
        assert papers
        kept = {name: bytes(body) for name, body in portal.house.ask(
            "SELECT d.file_name, k.body FROM delivery d JOIN acknowledgment k ON k.id = d.acknowledgment_id "
            "WHERE k.account_id = %s", mine)}  # fmt: skip
        for address, name in papers[:5]:
            body = client.get(address)
            assert body.content == kept[name]
            assert "attachment" in body.headers["content-disposition"]


def test_an_authorised_statement_is_missing_no_more(portal):
    mine, execute = portal.accounts["broker"], portal.conn.execute
    ((id, number),) = portal.house.ask(
        """SELECT id, statement_number FROM statement s WHERE filer_account_id = %s AND kind = 'daily'
        AND month = '2026-10-01' AND total_cents > 0 ORDER BY id LIMIT 1""",
        mine,
    )
    with portal.client("broker") as client:
        assert f"{number}, due" in client.get("/broker/month?month=2026-10").text
        execute("INSERT INTO payment (statement_id, method, amount_cents, settle_on, authorised_at, changed_at) "
                "VALUES (%s, 'debit', 1, '2026-10-22', now(), now())", [id])  # fmt: skip
        try:
            text = client.get("/broker/month?month=2026-10").text
            assert f"{number}, due" not in text and "authorised, to be paid 22 October 2026" in text
        finally:
            execute("DELETE FROM payment WHERE statement_id = %s", [id])


def test_a_rejection_is_open_until_its_entry_is_accepted(day):
    with day.portal.client("broker") as client:
        text = client.get("/broker/month?month=2026-09").text
        open_ = set(re.findall(r"rejected=1#wrong\">([^<]+)</a>", text))
        expected = {
            f"{filer}-{number[:7]}-{number[7:]}"
            for filer, number in day.portal.house.ask(
                f"SELECT t.filer_code, t.entry_number FROM transaction t JOIN interchange i ON i.id = t.interchange_id "
                f"WHERE i.account_id = %s AND t.final = 'R' AND NOT {MENDED}",
                day.portal.accounts["broker"],
            )
        }
        assert open_ == expected and len(expected) >= 3
        assert "1 file with batches rejected whole" in text
        assert not re.findall(r"rejected=1#wrong", client.get(f"/broker/month?month={date(2026, 8, 1):%Y-%m}").text)


def test_who_may_not_see_money_sees_the_month_without_amounts(day):
    total = day.portal.house.one(
        """SELECT sum(total_duty_cents + total_fee_cents)::bigint FROM entry_summary e
        JOIN entry_summary_version v ON v.id = e.version_id WHERE e.filer_account_id = %s AND e.status = 'accepted'""",
        day.portal.accounts["broker"],
    )
    assert total
    with day.portal.client("clerk") as client:
        for path in ("/broker/month?month=2026-09", "/broker/filings"):
            text = client.get(path).text
            assert "not shown" in text and not re.search(r"tw-n\">[\d,]+\.\d\d<", text), path
