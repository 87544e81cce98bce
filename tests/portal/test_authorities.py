"""Who acts for an importer: given in three steps, seen at once, ended at once, and told to both in the log."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest

from portal import carried
from tests.portal.conftest import Portal, csrf

LIST = "/importer/authorities"


@pytest.fixture
def firm(portal: Portal) -> tuple[str, str]:
    """The filer codes of the two brokers, who have no authority yet; what others rely on is put back."""
    tables = ("relationship", "activity_note")
    for table in tables:
        portal.conn.execute(f"CREATE TABLE {table}_kept AS TABLE {table}")
        portal.conn.execute(f"DELETE FROM {table}")
    first, second = portal.people.brokers["filer_code"]
    yield first, second
    for table in tables:
        portal.conn.execute(f"DELETE FROM {table}")
        portal.conn.execute(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM {table}_kept")
        portal.conn.execute(f"DROP TABLE {table}_kept")


def answers(portal: Portal, filer: str, **more: str) -> dict[str, str]:
    return {"filer": filer, "first": portal.config.today.isoformat(), "sees": "1"} | more


def add(client, given: dict[str, str]):
    return client.post(f"{LIST}/add", data=given | {"csrf": csrf(client, f"{LIST}/add")})


def sealed(text: str) -> str:
    return text.split('name="sealed" value="')[1].split('"')[0]


def give(client, given: dict[str, str]) -> str:
    """Through all three steps; the address of the authority."""
    checked = add(client, given)
    assert checked.status_code == 200 and "Check your answers" in checked.text, checked.text
    answer = client.post(f"{LIST}/confirm", data={"csrf": csrf(client, f"{LIST}/add"), "sealed": sealed(checked.text)})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_an_authority_opens_the_account_at_once_and_revoking_closes_it_at_once(portal: Portal, firm) -> None:
    whose = portal.accounts["importer"]

    def reached() -> list[bool]:
        from loaders.portal import scope, users

        with scope.scoped(scope.pool(portal.config.database_url, 1)) as conn:
            seen = users.reach(conn, portal.accounts["other_broker"], portal.config.today)
        return [it.sees_money for it in seen if it.id == whose]

    assert reached() == []
    with portal.client("importer") as client:
        at = give(client, answers(portal, firm[1]))
        assert reached() == [False], "seen, and without amounts"
        assert "The authority is given" in client.get(at).text
        at = at.partition("?")[0]
        ask = {"csrf": csrf(client, f"{at}/end-date")}
        answer = client.post(f"{at}/end-date", data=ask | {"last": "2026-01-01"})
        assert answer.status_code == 422 and "today or later" in answer.text
        last = (portal.config.today + timedelta(days=20)).isoformat()
        assert client.post(f"{at}/end-date", data=ask | {"last": last}).status_code == 303
        rows = list(csv.DictReader(io.StringIO(client.get(f"{LIST}.csv").text)))
        assert [(r["filer_code"], r["may_see"], r["sees_money"], r["to"], r["state"]) for r in rows] == [
            (firm[1], "True", "False", last, "holds")
        ]
        assert "is about" not in client.get("/importer/alerts").text
        assert f"ends on {last}" in client.get("/importer/alerts").text
        assert "Revoke this authority?" in client.get(f"{at}/revoke").text and reached()
        assert client.post(f"{at}/revoke", data=ask).status_code == 303
        assert reached() == []
        assert client.post(f"{at}/revoke", data=ask).status_code == 409
        give(client, answers(portal, firm[1], sees_money="1"))
        assert reached() == [True], "given anew on the same day"
    noted = portal.house.ask(
        "SELECT account_id, action FROM audit WHERE subject = %s ORDER BY id", f"authority {at.rpartition('/')[2]}"
    )
    for account in (whose, portal.accounts["other_broker"]):
        said = [action for id, action in noted if id == account and action != "authority seen"]
        assert said == ["authority given", "authority's last day changed", "authority revoked", "authority given"]


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        ({"filer": "12"}, "filer", "three letters or digits"),
        ({"filer": "ZZ9"}, "filer", "No broker with the filer code ZZ9"),
        ({"sees": ""}, "files_for", "at least one thing"),
        ({"sees": "", "files_for": "1", "sees_money": "1"}, "sees_money", "Amounts can be seen only"),
        ({"first": "yesterday"}, "first", "Give the day"),
        ({"first": "2020-01-01"}, "first", "today or later"),
        ({"first": "2999-01-01"}, "first", "ten years"),
        ({"last": "2020-01-01"}, "last", "before the first"),
    ],
)
def test_answers_that_cannot_be_are_told_at_their_field(portal: Portal, firm, change, place, words) -> None:
    with portal.client("importer") as client:
        answer = add(client, answers(portal, firm[0]) | change)
        assert answer.status_code == 422
        assert re.search(f'<li><a href="#{place}">[^<]*{words}', answer.text), answer.text
        assert f'id="{place}"' in answer.text


def test_no_double_no_self_and_no_step_passed_over(portal: Portal, firm) -> None:
    with portal.client("importer") as client:
        first = add(client, answers(portal, firm[0]))
        give(client, answers(portal, firm[0]))
        again = add(client, answers(portal, firm[0]))
        assert again.status_code == 422 and "is given already" in again.text
        late = client.post(f"{LIST}/confirm", data={"csrf": csrf(client, f"{LIST}/add"), "sealed": sealed(first.text)})
        assert late.status_code == 422, "what was checked before a colleague gave the same"
        for forged in ("", "x", sealed(first.text)[:-4] + "AAAA"):
            data = {"csrf": csrf(client, f"{LIST}/add"), "sealed": forged, **answers(portal, firm[1])}
            assert client.post(f"{LIST}/confirm", data=data).status_code == 403
        own = portal.accounts["importer"]
        portal.conn.execute("UPDATE account SET parent_id = %s WHERE id = %s", [own, portal.accounts["other_broker"]])
        try:
            answer = add(client, answers(portal, firm[1]))
            assert answer.status_code == 422 and "needs no authority" in answer.text
        finally:
            portal.conn.execute("UPDATE account SET parent_id = NULL WHERE id = %s", [portal.accounts["other_broker"]])
    with portal.client("other_importer") as other:
        data = {"csrf": csrf(other, f"{LIST}/add"), "sealed": sealed(first.text)}
        assert other.post(f"{LIST}/confirm", data=data).status_code == 403, "another's answers"
    assert portal.house.ask("SELECT count(*) FROM relationship")[0][0] == 1


def test_answers_grow_old(portal: Portal) -> None:
    class Someone:
        user = type("U", (), {"id": 1})
        account_id, config, now = 2, portal.config, portal.house.now

    it = carried.pack(Someone, "authority", {"a": 1})
    assert carried.unpack(Someone, "authority", it) == {"a": 1}
    for purpose, now in (("other", Someone.now), ("authority", Someone.now + timedelta(hours=2))):
        Someone.now = now
        with pytest.raises(Exception, match="first page"):
            carried.unpack(Someone, purpose, it)


def test_a_reader_looks_and_another_firm_finds_nothing(portal: Portal, firm) -> None:
    with portal.client("importer") as client:
        at = give(client, answers(portal, firm[0])).partition("?")[0]
    with portal.client("reader") as client:
        assert client.get(at).status_code == 200 and "Revoke" not in client.get(at).text
        assert client.get(f"{at}/revoke").status_code == 403
        assert client.post(f"{at}/revoke", data={"csrf": csrf(client, at)}).status_code == 403
    with portal.client("other_importer") as client:
        for path in (at, f"{at}/revoke", f"{at}/end-date"):
            assert client.get(path).status_code == 404
        proof = {"csrf": csrf(client, LIST), "last": ""}
        assert client.post(f"{at}/revoke", data=proof).status_code == 404
        assert client.post(f"{at}/end-date", data=proof).status_code == 404
        assert firm[0] not in client.get(f"{LIST}.csv").text
    assert portal.house.ask("SELECT count(*) FROM relationship WHERE valid_to IS NULL")[0][0] == 1


def test_a_filer_without_authority_is_an_alert_until_it_is_confirmed_or_denied(portal: Portal, firm) -> None:
    whose = portal.accounts["importer"]
    filers = portal.house.ask(
        "SELECT DISTINCT ON (filer_code) filer_code, entry_number, id FROM entry_summary WHERE importer_account_id = %s"
        " ORDER BY filer_code, accepted_at, id", whose)  # fmt: skip
    foreign = portal.house.ask("SELECT id FROM entry_summary WHERE importer_account_id <> %s LIMIT 1", whose)[0][0]
    code, _, _ = filers[0]
    with portal.client("importer") as client:
        text = client.get("/importer/alerts").text
        assert text.count("for the first time: entry") == len(filers) == text.count("had given it no authority")
        places = re.findall(r'href="(/importer/filers/\d+)"', text)
        place = next(it for it in places if code in client.get(it).text)
        assert client.get(f"/importer/filers/{foreign}").status_code == 404
        form = client.get(f"{LIST}/add?entry={place.rpartition('/')[2]}").text
        assert f'value="{code}"' in form
        data = {"csrf": csrf(client, place), "words": "Never heard of them."}
        assert client.post(f"{place}/deny", data=data).status_code == 303
        assert client.post(f"{place}/deny", data=data).status_code == 409
        assert "You told customs on" in client.get("/importer/alerts").text
        note = portal.house.ask("SELECT words, internal FROM activity_note WHERE account_id = %s", whose)
        assert len(note) == 1 and note[0][0].endswith("Never heard of them.") and not note[0][1]
        if len(filers) > 1:
            give(client, answers(portal, filers[1][0], sees="", files_for="1"))
            assert client.get("/importer/alerts").text.count("had given it no authority") == len(filers) - 2
    with portal.client("other_importer") as client:
        assert client.post(f"{place}/deny", data={"csrf": csrf(client, LIST)}).status_code == 404


def test_the_log_names_everybody_who_looked(portal: Portal, firm) -> None:
    whose = portal.accounts["importer"]
    from loaders.portal import audit

    people = dict(portal.house.ask("SELECT split_part(email, '@', 1), id FROM portal_user"))
    for name in ("officer", "broker", "operations"):
        audit.append(portal.conn, audit.Entry(portal.house.now, "looked for the test", people[name], whose,
                                              portal.accounts[name], subject=name))  # fmt: skip
    audit.append(portal.conn, audit.Entry(portal.house.now - timedelta(days=400), "looked long ago", people["officer"],
                                          whose, portal.accounts["officer"], subject="=1+1"))  # fmt: skip
    with portal.client("importer") as client:
        client.get(LIST)
        for kind, words in (("officer", "customs"), ("broker", "looked for the test"), ("operations", "operations")):
            text = client.get(f"/importer/log?kind={kind}&first={portal.config.today}").text
            assert "looked for the test" in text and "authorities seen" not in text and words in text
        assert "authorities seen" in client.get("/importer/log?kind=own").text
        assert "looked for the test" not in client.get("/importer/log?kind=own").text
        old = portal.config.today - timedelta(days=300)
        assert "Nobody of this kind" in client.get(f"/importer/log?kind=broker&last={old}").text
        assert "looked long ago" in client.get(f"/importer/log?last={old}").text
        assert "not looked at" in client.get("/importer/log?first=x&before=y&kind=z").text
        seen, path = [], "/importer/log?size=25"
        while path:
            text = client.get(path).text
            seen += re.findall(r"<tr><td", text)
            found = re.search(r'href="(/importer/log\?[^"]*before=[^"]*)"', text)
            path = found.group(1).replace("&amp;", "&") if found else ""
        rows = list(csv.DictReader(io.StringIO(client.get("/importer/log.csv").text)))
        assert len(rows) == len(seen) + 1 > 25, "all of them, and that the log was looked at"
        assert "'=1+1" in [row["what"] for row in rows]
    with portal.client("other_importer") as client:
        assert "looked for the test" not in client.get("/importer/log").text
