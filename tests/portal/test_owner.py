"""Users and sub-accounts: one owner, nobody above oneself, and no login that is another's."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.portal.conftest import PASSWORD, Portal, csrf, sign_in

AT = "/account"


@pytest.fixture
def firm(portal: Portal) -> int:
    """An account of its own with an owner, a proxy owner and an editor; gone afterwards."""
    with portal.conn.transaction():
        id = portal.conn.execute(
            "INSERT INTO account (number, kind, name, status) VALUES ('I-OWN', 'importer', 'Own Firm', 'active')"
            " ON CONFLICT (number) DO UPDATE SET name = EXCLUDED.name RETURNING id"
        ).fetchone()[0]
        portal.conn.execute("DELETE FROM portal_session WHERE membership_id IN (SELECT id FROM portal_membership"
                            " WHERE account_id = %s)", [id])  # fmt: skip
        portal.conn.execute("DELETE FROM portal_membership WHERE account_id = %s", [id])
        portal.conn.execute("DELETE FROM activity_note WHERE account_id = %s", [id])
        portal.conn.execute("DELETE FROM account WHERE parent_id = %s", [id])
    for name in ("boss", "proxy", "clerk"):
        portal.enrol(name, id, {"boss": "owner", "proxy": "proxy_owner", "clerk": "editor"}[name])
    return id


def member(portal: Portal, firm: int, name: str) -> tuple[int, str, bool] | None:
    rows = portal.house.ask(
        """SELECT m.id, m.role, m.sees_money FROM portal_membership m JOIN portal_user u ON u.id = m.user_id
        WHERE m.account_id = %s AND u.email = %s AND m.valid_to IS NULL""",
        *(firm, f"{name}@example.test"),
    )
    return rows[0] if rows else None


def invite(client, name: str, role: str = "reader", **more: str):
    data = {"csrf": csrf(client, AT), "email": f"{name}@example.test", "name": name, "role": role} | more
    return client.post(f"{AT}/invite", data=data)


def link(text: str) -> str:
    return re.search(r'<code id="link">https://[^/]+(/[^<]+)</code>', text).group(1)


def test_a_proxy_owner_does_everything_but_make_proxy_owners(portal: Portal, firm: int) -> None:
    boss, proxy, clerk = (member(portal, firm, name)[0] for name in ("boss", "proxy", "clerk"))
    with portal.client("proxy") as client:
        assert "Proxy owner" not in client.get(f"{AT}/invite").text
        assert invite(client, "fresh", "proxy_owner").status_code == 422
        assert invite(client, "fresh", "owner").status_code == 422 == invite(client, "fresh", "officer").status_code
        proof = {"csrf": csrf(client, AT)}
        for role in ("proxy_owner", "owner", "operations"):
            assert client.post(f"{AT}/users/{clerk}", data=proof | {"role": role}).status_code == 422
        for id in (boss, proxy):
            for path in ("", "/end", "/sessions"):
                assert client.post(f"{AT}/users/{id}{path}", data=proof | {"role": "reader"}).status_code == 403
        assert client.get(f"{AT}/hand-over").status_code == 403
        assert client.post(f"{AT}/hand-over", data=proof | {"heir": str(proxy)}).status_code == 403
        assert client.post(f"{AT}/users/{clerk}", data=proof | {"role": "reader"}).status_code == 303
    assert member(portal, firm, "clerk")[1:] == ("reader", False)
    with portal.client("boss") as client:
        assert client.post(f"{AT}/users/{boss}/end", data={"csrf": csrf(client, AT)}).status_code == 403
        data = {"csrf": csrf(client, AT), "role": "proxy_owner"}
        assert client.post(f"{AT}/users/{member(portal, firm, 'clerk')[0]}", data=data).status_code == 303
    assert member(portal, firm, "clerk")[1:] == ("proxy_owner", True)
    assert portal.house.ask("SELECT count(*) FROM audit WHERE account_id = %s AND action = 'user''s role changed'",
                            firm)[0][0] == 2  # fmt: skip


def test_an_account_has_one_owner_who_can_hand_it_over(portal: Portal, firm: int) -> None:
    with portal.client("boss") as client:
        data = {"csrf": csrf(client, AT), "heir": "1"}
        assert client.post(f"{AT}/hand-over", data=data).status_code == 422
        heir = str(member(portal, firm, "clerk")[0])
        assert client.post(f"{AT}/hand-over", data=data | {"heir": heir}).status_code == 303
        assert client.get(AT).status_code == 200, "the session goes on as proxy owner's"
        assert client.get(f"{AT}/hand-over").status_code == 403
    roles = [member(portal, firm, name)[1] for name in ("boss", "proxy", "clerk")]
    assert roles == ["proxy_owner", "proxy_owner", "owner"]


def test_what_is_sensitive_asks_for_a_proof_anew(portal: Portal, firm: int) -> None:
    clerk = member(portal, firm, "clerk")[0]
    with portal.client("boss") as client:
        portal.house.now += timedelta(minutes=11)
        for path in ("invite", "hand-over", "sub-accounts", f"users/{clerk}"):
            assert client.get(f"{AT}/{path}").headers["location"] == f"/me/prove?then=account/{path}"
        assert invite(client, "fresh").headers["location"].startswith("/me/prove")
        proof = {"csrf": csrf(client, AT), "role": "reader", "name": "x", "heir": str(clerk)}
        for path in ("hand-over", "sub-accounts", f"users/{clerk}", f"users/{clerk}/end"):
            assert client.post(f"{AT}/{path}", data=proof).headers["location"].startswith("/me/prove")
        assert member(portal, firm, "clerk")[1] == "editor" and member(portal, firm, "fresh") is None
        data = {"csrf": csrf(client, AT), "current": PASSWORD, "code": portal.code(), "then": "account/invite"}
        assert client.post("/me/prove", data=data).headers["location"] == "/account/invite"
        assert client.get(f"{AT}/invite").status_code == 200
        for odd in ("//evil.test", "account/../x", "account/users/1/end", "https://evil.test"):
            data = {"csrf": csrf(client, AT), "current": PASSWORD, "code": portal.code(), "then": odd}
            assert client.post("/me/prove", data=data).headers["location"] == "/me"


def test_nobody_takes_another_accounts_invitation_or_login(portal: Portal, firm: int) -> None:
    portal.conn.execute("DELETE FROM portal_membership WHERE user_id IN (SELECT id FROM portal_user WHERE email"
                        " = 'newcomer@example.test')")  # fmt: skip
    with portal.client("boss") as client:
        first = invite(client, "newcomer")
        assert link(first.text).startswith("/invitation/")
        assert invite(client, "newcomer").status_code == 422, "there already"
    with portal.client("importer") as client:
        assert invite(client, "newcomer").status_code == 422, "not taken up yet: whoever has that link is not known"
        joined = link(invite(client, "clerk").text)
    whose = portal.accounts["importer"]
    assert joined.startswith("/join/")
    with portal.client("clerk") as client:
        assert "for <strong>Own Firm" in client.get(AT, follow_redirects=True).text, "nothing was forced on them"
        assert "as reader, without amounts" in client.get(joined).text.lower()
        assert client.post(joined, data={"csrf": csrf(client, joined)}).status_code == 303
        assert client.get(joined).status_code == 404, "taken"
    with portal.client("proxy") as client:
        assert client.get(joined).status_code == 404 == client.get("/join/x").status_code
    rows = portal.house.ask("SELECT role, sees_money, valid_from FROM portal_membership m JOIN portal_user u"
                            " ON u.id = user_id WHERE account_id = %s AND email = 'clerk@example.test'"
                            " AND valid_to IS NULL", whose)  # fmt: skip
    assert rows == [("reader", False, portal.config.today)]
    portal.conn.execute("UPDATE portal_membership SET valid_to = '2020-01-01' WHERE account_id = %s AND user_id ="
                        " (SELECT id FROM portal_user WHERE email = 'clerk@example.test')", [whose])  # fmt: skip


def test_an_ended_user_is_out_at_once(portal: Portal, firm: int) -> None:
    with portal.client("clerk") as client:
        cookie = client.cookies["__Host-tidewaiter"]
    with portal.client("boss") as client:
        clerk = member(portal, firm, "clerk")[0]
        proof = {"csrf": csrf(client, AT)}
        assert client.post(f"{AT}/users/{clerk}/sessions", data=proof).status_code == 303
        client.cookies.clear()
        client.cookies.set("__Host-tidewaiter", cookie)
        assert client.get("/").headers["location"] == "/sign-in"
        client.cookies.clear()
        sign_in(client, "boss", portal.code)
        assert client.post(f"{AT}/users/{clerk}/end", data={"csrf": csrf(client, AT)}).status_code == 303
        assert "clerk@" not in client.get(AT).text
    with portal.client("clerk") as client:
        assert client.get("/importer").status_code == 403


def test_a_sub_account_waits_for_an_officer_and_holds_no_number(portal: Portal, firm: int) -> None:
    with portal.client("boss") as client:
        data = {"csrf": csrf(client, AT), "name": "Branch", "claimed": "12-3456789ab"}
        assert client.post(f"{AT}/sub-accounts", data=data | {"claimed": "%%%"}).status_code == 422
        assert client.post(f"{AT}/sub-accounts", data=data).status_code == 303
        assert client.post(f"{AT}/sub-accounts", data=data | {"name": "Other"}).status_code == 303
        assert "I-OWN-2" in client.get(AT).text
    rows = portal.house.ask("SELECT number, status, identifier FROM account WHERE parent_id = %s ORDER BY 1", firm)
    assert rows == [("I-OWN-1", "applied", ""), ("I-OWN-2", "applied", "")], "no filing of that number is shown yet"
    notes = portal.house.ask("SELECT words FROM activity_note WHERE account_id = %s ORDER BY id", firm)
    assert "12-3456789AB" in notes[0][0]


def test_another_firms_users_are_not_there(portal: Portal, firm: int) -> None:
    clerk = member(portal, firm, "clerk")[0]
    with portal.client("other_importer") as client:
        assert "clerk@" not in client.get(AT).text
        proof = {"csrf": csrf(client, AT), "role": "reader", "heir": str(clerk)}
        for path in ("", "/end", "/sessions"):
            assert client.post(f"{AT}/users/{clerk}{path}", data=proof).status_code == 404
        assert client.get(f"{AT}/users/{clerk}").status_code == 404
        assert client.post(f"{AT}/hand-over", data=proof).status_code == 422
    with portal.client("reader") as client:
        assert client.get(AT).status_code == 403
    assert member(portal, firm, "clerk")[1] == "editor"


def test_help_is_for_everybody_and_names_pages_that_there_are(portal: Portal) -> None:
    for name in ("", "importer", "broker", "officer", "operations", "nobody"):
        with portal.client(name) as client:
            text = client.get("/help").text
            assert "I cannot sign in." in text and '<a href="/help">Help</a>' in text
            for address in re.findall(r'<dt><a href="([^"]+)"', text):
                assert client.get(address).status_code == 200, address
