"""My files: what a broker reads of each, and that nobody else does."""

from __future__ import annotations

import csv
import hashlib
import html
import io
import re
from collections.abc import Iterator

import pytest

from parsers.catair import read
from tests.portal.conftest import csrf
from tests.portal.filed import MIXED, TRAILER, Filed, filed
from tests.system.conftest import builder


@pytest.fixture(scope="module")
def day(template, tmp_path_factory) -> Iterator[Filed]:
    for build in builder(template, tmp_path_factory.mktemp("filed")):
        yield filed(build())


def rejected(day: Filed, id: int) -> int:
    return day.portal.house.one("SELECT count(*) FROM transaction WHERE interchange_id = %s AND final = 'R'", id)


def passwords(day: Filed) -> list[str]:
    return day.portal.people.brokers["password"].tolist()


def test_the_list_shows_where_each_file_stands_and_filters(day):
    with day.portal.client("broker") as client:
        every = client.get("/broker").text
        names = [file.name for file in day.files if file.sender == "DU8"]
        assert all(f">{name}</a>" in every for name in [*names, TRAILER])
        assert not [file.name for file in day.files if file.sender != "DU8" and file.name in every]
        assert "1 accepted, <strong>3 rejected</strong>" in every and "1 batch rejected whole" in every
        assert "half of 4 files were answered within" in every
        for query, count in (
            ("stage=answered", 4), ("stage=aside", 0), ("rejections=1", 4), ("name=wrong", 1), ("name=100%25", 0),
            ("dry=1", 0), ("first=2026-09-15&last=2026-09-15", 4), ("first=2026-09-16", 0), ("stage=bogus", 4),
            ("before=-1&first=1&size=7", 4),
        ):  # fmt: skip
            text = client.get(f"/broker?{query}").text
            assert text.count('<th scope="row">') == count, query
            assert (f">{count} file" in text) if count else "No file." in text, query


def test_a_page_at_a_time_shows_every_file_once(day, monkeypatch):
    from portal import filters

    monkeypatch.setattr(filters, "SIZES", (3,))
    seen, address = [], "/broker"
    with day.portal.client("broker") as client:
        while address:
            text = client.get(address).text
            seen += re.findall(r'<a href="/broker/files/(\d+)">', text)
            address = html.unescape(next(iter(re.findall(r'href="([^"]+)">Next page', text)), ""))
    assert len(seen) == len(set(seen)) == 4


def test_a_file_is_explained_line_by_line(day):
    with day.portal.client("broker") as client:
        text = client.get(f"/broker/files/{day.file(0, MIXED)}").text
    sent = day.sent(MIXED).splitlines()
    body = day.portal.house.answers("reasons")[hashlib.sha256(day.sent(MIXED)).hexdigest()]
    reasons = list(csv.DictReader(io.StringIO(body.decode())))
    assert len(reasons) == 3
    shown = [html.unescape(re.sub("<[^>]+>", "", part)) for part in re.findall(r"as sent[^>]+>(.*?)</div>", text)]
    assert shown == [sent[int(reason["line"]) - 1].decode() for reason in reasons]
    marked = [html.unescape(m) for m in re.findall(r"as sent[^>]+>[^<]*<mark>(.*?)</mark>", text)]
    assert [m.strip() for m in marked] == [reason["found"] for reason in reasons]
    for reason in reasons:
        assert html.escape(reason["how_to_mend"], quote=False) in text.replace("&#39;", "'").replace("&#34;", '"')
    assert text.count("the line would be") == 2
    assert "998 rejected: nothing changed" in text and "995 accepted: entry summary added" in text
    assert hashlib.sha256(day.sent(MIXED)).hexdigest() in text


def test_the_answer_is_downloaded_byte_for_byte(day):
    with day.portal.client("broker") as client:
        id = day.file(0, MIXED)
        for kind, suffix in (("ax", ".ax"), ("reasons", ".reasons.csv")):
            answer = client.get(f"/broker/files/{id}/answer/{kind}")
            assert answer.content == day.portal.house.outbox("B-DU8")[MIXED + suffix]
            assert f'filename="{MIXED}{suffix}"' in answer.headers["content-disposition"]
        for kind in ("importer", "AX", "..%2fax"):
            assert client.get(f"/broker/files/{id}/answer/{kind}").status_code == 404


def test_the_failed_part_mended_and_sent_again_is_all_accepted(day):
    """The way it is meant: download, put in what the page says, send; then nothing of the file is left to send."""
    house, portal = day.portal.house, day.portal
    with portal.client("broker") as client:
        id = day.file(0, MIXED)
        proof = csrf(client, "/broker")
        path = f"/broker/files/{id}/failed"
        wrong = client.post(path, data={"csrf": proof, "password": "far too long"})
        assert wrong.status_code == 422 and "at most six" in wrong.text and "far too long" not in wrong.text
        made = client.post(path, data={"csrf": proof, "password": passwords(day)[0]})
        assert made.headers["content-disposition"].startswith('attachment; filename="DU8-260915-0002.failed.abi"')
        text = client.get(f"/broker/files/{id}").text
        data = made.content
        assert len(read.parse([data]).transactions) == 3
        for was, should in hinted(text):
            assert was in data
            data = data.replace(was, should)
        data = lading(data)
        house.put("B-DU8", "again.abi", data)
        house.run()
        assert rejected(day, day.file(0, "again.abi")) == 0
        text = client.get(f"/broker/files/{id}").text
        assert "Nothing is left to be sent: 3 rejected filings of this file were accepted in a later one." in text
        assert client.post(path, data={"csrf": proof}).status_code == 409


def hinted(text: str) -> list[tuple[bytes, bytes]]:
    """Lines as sent, with what the page says they would be."""
    found = re.findall(r'as sent[^>]+>((?:(?!</div>).)*)</div>(?:(?!as sent).)*?corrected">(.*?)</div>', text, re.S)
    return [tuple(html.unescape(re.sub("<[^>]+>", "", part)).encode() for part in pair) for pair in found]


def lading(data: bytes) -> bytes:
    """With a foreign port of lading where one is missing."""
    return b"".join(
        line[:36] + b"58309" + line[41:] if line[:2] == b"40" and line[36:41].isspace() else line
        for line in data.splitlines(True)
    )


def test_another_broker_finds_nothing_by_any_id(day):
    with day.portal.client("other_broker") as client:
        proof = csrf(client, "/broker")
        mine = [id for (id,) in day.portal.house.ask(
            "SELECT id FROM interchange WHERE account_id = %s", day.portal.accounts["broker"])]  # fmt: skip
        for id in mine:
            for path in ("", "/answer/ax", "/answer/reasons"):
                assert client.get(f"/broker/files/{id}{path}").status_code == 404
            answer = client.get(f"/broker/files/{id}/status", headers={"hx-request": "true"})
            assert answer.status_code == 404
            assert client.post(f"/broker/files/{id}/failed", data={"csrf": proof}).status_code == 404
        own = day.portal.house.one(
            "SELECT min(id) FROM interchange WHERE account_id = %s", day.portal.accounts["other_broker"])  # fmt: skip
        assert client.get(f"/broker/files/{own}").status_code == 200
        for odd in ("0", "-1", "9" * 30, "x", "1%27--"):
            assert client.get(f"/broker/files/{odd}").status_code in (404, 422)
            assert client.get(f"/broker/files?before={odd}&size={odd}").status_code in (200, 404)


def test_who_may_not_see_money_sees_no_record_and_downloads_none(day):
    id = day.file(0, MIXED)
    amounts = {f"{cents / 100:,.2f}" for (cents,) in day.portal.house.ask(
        "SELECT amount_cents FROM transaction WHERE interchange_id = %s", id)}  # fmt: skip
    with day.portal.client("broker") as client:
        assert all(f">{amount}<" in client.get(f"/broker/files/{id}").text for amount in amounts)
    with day.portal.client("clerk") as client:
        text = client.get(f"/broker/files/{id}").text
        assert "not shown" in text and "tw-record" not in text and not [a for a in amounts if a in text]
        assert client.get(f"/broker/files/{id}/answer/ax").status_code == 403
        assert client.post(f"/broker/files/{id}/failed", data={"csrf": csrf(client, "/broker")}).status_code == 403


def test_the_password_of_an_a_record_is_nowhere(day):
    """Even where the A record itself is what is wrong."""
    spoilt = day.sent(MIXED).replace(b"AE  ", b"ZZ  ", 1)
    day.portal.house.put("B-DU8", "application.abi", spoilt)
    day.portal.house.run()
    id = day.file(0, "application.abi")
    password = passwords(day)[0]
    assert password.encode() in spoilt
    with day.portal.client("broker") as client:
        text = client.get(f"/broker/files/{id}").text
        assert "******" in text and password not in text
        for kind in ("ax", "reasons"):
            assert password not in client.get(f"/broker/files/{id}/answer/{kind}").text


def test_a_file_in_work_says_so_and_its_page_renews_itself(day):
    house = day.portal.house
    house.put("B-DU8", "slow.abi", day.sent(MIXED).replace(b"6966", b"6967"))
    house.receive()
    id = day.file(0, "slow.abi")
    with day.portal.client("broker") as client:
        assert f'hx-get="/broker/files/{id}/status"' in client.get(f"/broker/files/{id}").text
        status = client.get(f"/broker/files/{id}/status", headers={"hx-request": "true"})
        assert "waits for its turn" in status.text and "<html" not in status.text and "hx-refresh" not in status.headers
        house.run()
        status = client.get(f"/broker/files/{id}/status", headers={"hx-request": "true"})
        assert status.headers["hx-refresh"] == "true" and "answered" in status.text
        plain = client.get(f"/broker/files/{id}/status")
        assert plain.status_code == 303 and plain.headers["location"] == f"/broker/files/{id}"


def test_without_its_bytes_a_file_is_still_explained(day):
    """The archive is away: the words stand in the answer, and nothing pretends that the file is gone."""
    archive = day.portal.house.settings.home / "archive"
    id = day.file(0, "DU8-260915-0001.abi")
    aside = archive.with_name("aside")
    archive.rename(aside)
    try:
        with day.portal.client("broker") as client:
            text = client.get(f"/broker/files/{id}").text
            assert "To mend it: " in text and "as sent, what is wrong is marked" not in text
            answer = client.post(f"/broker/files/{id}/failed", data={"csrf": csrf(client, "/broker")})
            assert answer.status_code == 409 and "Nothing is lost" in answer.text
    finally:
        aside.rename(archive)


def test_a_file_that_is_no_edi_and_one_that_is_set_aside_say_why(day):
    house = day.portal.house
    house.put("B-DU8", "letter.txt", b"Dear customs,\nplease find attached\n")
    isa = b"ISA*00*          *00*          *ZZ*A              *ZZ*B              *260915*1200*U*00401*000000001*0*P*>~"
    house.use_up("B-DU8", "A", "B")
    house.put("B-DU8", "x12.edi", isa + b"GS*SE*A*B*20260915*1200*1*X*004010~GE*0*1~IEA*1*000000001~")
    house.run()
    with day.portal.client("broker") as client:
        letter = client.get(f"/broker/files/{day.file(0, 'letter.txt')}").text
        assert "not readable as EDI" in letter and "The file holds no EDI message." in letter
        x12 = client.get(f"/broker/files/{day.file(0, 'x12.edi')}").text
        assert "set aside: no interchange control numbers are left" in x12 and "You need not send it again" in x12
        assert "no interchange control numbers are left" in client.get("/broker?stage=aside").text
