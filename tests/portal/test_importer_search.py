"""The importer's search of entry summaries: it finds what it says, all of it, once, on pages and as a download."""

from __future__ import annotations

import csv
import io
import re
from urllib.parse import quote

import pytest

from tests.portal.conftest import Portal
from tests.portal.test_importer import links, rows

SEARCHES = {
    "number={filer}-{entry7}-{entry1}": "e.filer_code = %(filer)s AND e.entry_number = %(entry)s",
    "number={filer}": "e.filer_code = %(filer)s",
    "number={entry}": "e.entry_number = %(entry)s",
    "bill={bill}": "EXISTS (SELECT FROM bill b WHERE b.version_id = v.id AND b.issuer || b.identifier = %(bill)s)",
    "bill={bill_alone}": "EXISTS (SELECT FROM bill b WHERE b.version_id = v.id AND b.identifier = %(bill_alone)s)",
    "tariff={hts4}": "EXISTS (SELECT FROM tariff t WHERE t.version_id = v.id AND left(t.hts_number, 4) = %(hts4)s)",
    "tariff={hts}&port={port}": "v.port_of_entry = %(port)s AND EXISTS (SELECT FROM tariff t WHERE"
    " t.version_id = v.id AND t.hts_number = %(hts)s)",
    "port={port}&broker={filer}": "v.port_of_entry = %(port)s AND e.filer_code = %(filer)s",
    "from={day}&to={day}": "v.entry_date = %(day)s",
    "from={day}": "v.entry_date >= %(day)s",
    "least=1,000&most=$5000.00": "total BETWEEN 100000 AND 500000",
    "status=unprinted": "e.statement_number IS NULL AND e.paid_at IS NULL AND e.status = 'accepted'",
    "status=open": "e.statement_number IS NOT NULL AND e.paid_at IS NULL",
    "status=deleted": "e.status = 'deleted'",
    "number=0000000": "false",
}


@pytest.mark.parametrize("search", SEARCHES)
def test_a_search_finds_what_it_says(house: Portal, mine: int, search: str) -> None:
    of = rows(
        house,
        """SELECT e.filer_code AS filer, e.entry_number AS entry, v.port_of_entry AS port, v.entry_date AS day,
        b.issuer || b.identifier AS bill, b.identifier AS bill_alone, t.hts_number AS hts
        FROM entry_summary e JOIN entry_summary_version v ON v.id = e.version_id
        JOIN bill b ON b.version_id = v.id JOIN tariff t ON t.version_id = v.id
        WHERE e.importer_account_id = %s ORDER BY e.id, b.record, t.record LIMIT 1""",
        mine,
    )[0]
    of |= {"entry7": of["entry"][:7], "entry1": of["entry"][7:], "hts4": of["hts"][:4], "mine": mine}
    with house.conn.cursor() as cursor:
        expected = cursor.execute(
            f"""SELECT id FROM (SELECT e.id FROM entry_summary e JOIN entry_summary_version v ON v.id = e.version_id
            CROSS JOIN LATERAL (SELECT coalesce(total_duty_cents, 0) + coalesce(total_fee_cents, 0)
                + coalesce(total_ad_cents, 0) + coalesce(total_cvd_cents, 0) + coalesce(total_other_cents, 0)
                + CASE WHEN deferred_tax = '' THEN coalesce(total_tax_cents, 0) ELSE 0 END AS total) due
            WHERE e.importer_account_id = %(mine)s AND {SEARCHES[search]}) x ORDER BY id DESC""",
            of,
        ).fetchall()
    with house.client("importer") as client:
        text = client.get(
            "/importer/entries?size=100&" + search.format(**{k: quote(str(v)) for k, v in of.items()})
        ).text
    found = re.findall(r'<th scope="row"><a href="/importer/entries/(\d+)"', text)
    assert [int(id) for id in found] == [id for (id,) in expected]
    assert f"{len(expected):,} entry summar" in text
    if not expected:
        assert "Nothing fits all of these" in text


def test_what_cannot_be_searched_is_told_at_its_field(house: Portal) -> None:
    wrong = {"number": "A-B?", "bill": "%", "tariff": "oranges", "from": "tomorrow", "to": "2026-13-01",
             "least": "much", "most": "-1"}  # fmt: skip
    with house.client("importer") as client:
        for name, value in wrong.items():
            answer = client.get("/importer/entries", params={name: value})
            assert answer.status_code == 422 and f'<a href="#{name}">' in answer.text, name
        for query in ("from=2026-09-02&to=2026-09-01", "least=2&most=1"):
            assert client.get(f"/importer/entries?{query}").status_code == 422
        for query in (
            "before=x",
            "size=7",
            "status=%27;DROP",
            "port=%27",
            "broker=..",
            "before=" + "9" * 40,
            "number=%00",
        ):
            assert client.get(f"/importer/entries?{query}").status_code in (200, 400, 422), query


def test_pages_hold_every_entry_once_and_so_does_the_download(house: Portal, mine: int) -> None:
    expected = [row["id"] for row in rows(
        house, "SELECT id FROM entry_summary WHERE importer_account_id = %s ORDER BY id DESC", mine)]  # fmt: skip
    with house.client("importer") as client:
        address, found = "/importer/entries?size=25", []
        while address:
            text = client.get(address).text
            found += [int(id) for id in re.findall(r'<th scope="row"><a href="/importer/entries/(\d+)"', text)]
            following = [link for link in links(text) if "before=" in link and "Next page" in text]
            address = following[-1] if following else ""
        assert found == expected and len(found) > 25
        body = client.get("/importer/entries.csv").text
    told = list(csv.DictReader(io.StringIO(body)))
    (lines, duty, value) = house.house.ask(
        """SELECT count(*), sum(duty_cents)::bigint, sum(value_cents)::bigint FROM tariff t JOIN entry_summary e
        ON e.version_id = t.version_id WHERE e.importer_account_id = %s""", mine)[0]  # fmt: skip
    assert len(told) == lines
    assert sum(int(row["Line Tariff Duty Amount"].replace(".", "") or 0) for row in told) == duty
    assert sum(int(row["Line Goods Value Amount"].replace(".", "") or 0) for row in told) == value
    assert list(told[0])[:5] == ["Entry Summary Number", "Entry Date", "HTS Number", "Line Number", "Tariff Ordinal"]
