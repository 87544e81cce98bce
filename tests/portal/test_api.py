"""The JSON API: each role by generated requests, what is another's, what may not be seen, and tokens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from hypothesis import given as given_
from hypothesis import strategies as st
from psycopg.rows import dict_row
from starlette.testclient import TestClient

from loaders import db
from loaders.portal import keys, users
from portal.credentials import digest, token
from tests.portal.conftest import ORIGIN, Portal
from tests.portal.test_routes import PERSONA

ROLES = ("importer", "reader", "exporter", "broker", "officer", "operations", "nobody")
#: What each persona may read.
LISTS = {
    "importer": ("accounts", "statement-shares", "statements", "entries", "filings", "invoices"),
    "exporter": ("accounts", "statement-shares", "statements", "entries", "filings", "export-filings"),
    "broker": ("accounts", "statements", "entries", "files", "export-filings", "invoices"),
    "officer": ("accounts", "statements", "entries", "filings", "queue", "export-filings", "invoices"),
    "operations": ("conservation",),
    "": (),
}
#: What is nobody's of theirs here, or of few.
FEW = {("importer", "statements"), ("broker", "export-filings"),
       *(("exporter", name) for name in LISTS["exporter"] if name not in ("accounts", "export-filings"))}  # fmt: skip
ALL = sorted({name for names in LISTS.values() for name in names})


class Program:
    """A program with an access token of each person."""

    def __init__(self, portal: Portal, client: TestClient) -> None:
        self.portal, self.client, self.tokens = portal, client, {}
        portal.conn.execute("DELETE FROM portal_throttle")
        for name in ROLES:
            self.tokens[name] = self.give(name)

    def give(self, name: str, days: int = 30) -> str:
        secret, now = token(), self.portal.house.now
        with closing(db.connect(self.portal.house.settings.database_url)) as conn:
            conn.row_factory = dict_row
            user = users.by_email(conn, f"{name}@example.test")
            assert user is not None
            mine = users.memberships(conn, user.id, self.portal.config.today)
            if mine:
                keys.give(conn, user.id, mine[0].id, digest(secret), name, now, now + timedelta(days=days))
        return secret

    def get(self, name: str, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1{path}", params=query, headers={"authorization": f"Bearer {self.tokens[name]}"})

    def rows(self, name: str, path: str, **query: Any) -> list[dict[str, Any]]:
        answer = self.get(name, path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()["rows"]


@pytest.fixture(scope="module")
def program(portal: Portal) -> Iterator[Program]:
    with TestClient(portal.app, base_url=ORIGIN) as client:
        yield Program(portal, client)


@pytest.fixture(scope="module")
def document(program: Program) -> dict[str, Any]:
    answer = program.get("importer", "/openapi.json")
    assert answer.status_code == 200
    return answer.json()


@pytest.mark.parametrize("role", [name for name in ROLES if name != "nobody"])
def test_generated_requests_of_each_role_keep_to_the_document(program: Program, document: dict, role: str) -> None:
    """No error of ours, no answer that the document does not describe, whatever is asked."""
    schema = schemathesis.openapi.from_dict(document)
    program.portal.conn.execute("DELETE FROM portal_throttle")
    for found in schema.get_all_operations():
        _tried(program, role, found.ok())


def _tried(program: Program, role: str, operation: Any) -> None:
    cases = operation.as_strategy()
    if operation.query or operation.path_parameters:
        cases = st.one_of(cases, operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE))

    @settings(max_examples=8, database=None, suppress_health_check=list(HealthCheck), deadline=None)
    @given_(case=cases)
    def asked(case: Any) -> None:
        path, query = case.formatted_path, case.query or {}
        answer = program.client.get(path, params=query, headers={"authorization": f"Bearer {program.tokens[role]}"})
        assert answer.status_code in (200, 400, 403, 404, 422), f"{path} {query}: {answer.status_code} {answer.text}"
        if answer.status_code != 404:  # a path that is no address of ours at all is not in the document
            operation.validate_response(answer)
        kind = "application/json" if answer.status_code == 200 else "application/problem+json"
        assert answer.headers["content-type"].split(";")[0] == kind

    asked()


@pytest.mark.parametrize("role", ROLES)
def test_lists_are_for_whom_they_are_for(program: Program, role: str) -> None:
    for name in ALL:
        answer = program.get(role, f"/{name}")
        if role == "nobody":
            assert answer.status_code == 401, "there is no token without a role"
        elif name in LISTS[PERSONA[role]]:
            assert answer.status_code == 200  # the queue is made elsewhere
            assert (PERSONA[role], name) in FEW or name in ("conservation", "queue") or answer.json()["rows"]
        else:
            assert answer.status_code == 403 and answer.json()["status"] == 403


def test_what_is_anothers_is_not_there(program: Program) -> None:
    """Every id that an officer sees, asked for by each firm: found exactly when its own list has it."""
    for name in ("entries", "statements", "filings", "export-filings", "invoices"):
        every = {row["id"] for row in program.rows("officer", f"/{name}", limit=100)}
        assert len(every) > 3
        for role in ("importer", "broker", "exporter"):
            if name not in LISTS[PERSONA[role]]:
                continue
            own = {row["id"] for row in program.rows(role, f"/{name}", limit=100)}
            assert own < every or len(every) == 100
            stranger = sorted(every - own)[:5]
            assert [program.get(role, f"/{name}/{id}").status_code for id in stranger] == [404] * len(stranger)
            assert all(program.get(role, f"/{name}/{id}").status_code == 200 for id in sorted(own)[:2])
    ids = [id for (id,) in program.portal.house.ask("SELECT id FROM interchange WHERE mode = 'file'")]
    own = {row["id"] for row in program.rows("broker", "/files")}
    for id in ids:
        assert program.get("broker", f"/files/{id}").status_code == (200 if id in own else 404)


def test_who_may_not_see_amounts_gets_none(program: Program) -> None:
    """The same rows, word for word, without a single amount."""
    for name in ("entries", "filings", "invoices"):
        full, bare = (program.rows(role, f"/{name}", limit=100) for role in ("importer", "reader"))
        assert [row["id"] for row in full] == [row["id"] for row in bare]
        for path in (f"/{name}", f"/{name}/{full[0]['id']}"):
            seen, hidden = program.get("importer", path).json(), program.get("reader", path).json()
            assert _amounts(seen) and not _amounts(hidden), "no amount, at any depth"
            assert '"not shown"' in program.get("reader", path).text
            assert _without(seen) == _without(hidden)


def _amounts(it: Any) -> list[int]:
    if isinstance(it, dict):
        own = [v for k, v in it.items() if k.endswith("_cents") and v is not None]
        return own + [x for v in it.values() for x in _amounts(v)]
    return [x for v in it for x in _amounts(v)] if isinstance(it, list) else []


def _without(it: Any) -> Any:
    if isinstance(it, dict):
        return {k: _without(v) for k, v in it.items() if not k.endswith("_cents") and k != "money"}
    return [_without(v) for v in it] if isinstance(it, list) else it


def test_a_list_goes_on_where_it_ended_and_filters(program: Program) -> None:
    every = program.rows("broker", "/entries", limit=100)
    found: list[dict] = []
    after: dict[str, int] = {}
    while True:
        page = program.get("broker", "/entries", limit=7, **after).json()
        found += page["rows"]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert found == every
    one = every[0]
    assert program.rows("broker", "/entries", number=one["entry_number"]) == [one]
    port = [row for row in every if row["port_of_entry"] == one["port_of_entry"]]
    assert program.rows("broker", "/entries", port=one["port_of_entry"], limit=100) == port
    goods = program.get("broker", f"/entries/{one['id']}").json()["goods"]
    by_number = program.rows("broker", "/entries", hts=goods[0]["hts_number"], limit=100)
    assert one in by_number and len(by_number) < len(every)


def test_a_token_ends_with_its_day_its_membership_and_its_person(program: Program) -> None:
    portal = program.portal
    user = portal.enrol("brief", portal.accounts["importer"], role="editor")
    program.tokens["brief"] = program.give("brief", days=1)
    assert program.get("brief", "/me").json()["role"] == "editor"
    portal.conn.execute("UPDATE portal_membership SET valid_to = '2026-01-01' WHERE user_id = %s", [user])
    assert program.get("brief", "/entries").status_code == 403 and program.get("brief", "/me").json()["account"] is None
    portal.conn.execute("UPDATE portal_membership SET valid_to = NULL WHERE user_id = %s", [user])
    assert program.get("brief", "/entries").status_code == 200
    portal.conn.execute("UPDATE portal_user SET status = 'disabled' WHERE id = %s", [user])
    assert program.get("brief", "/me").status_code == 401
    portal.conn.execute("UPDATE portal_user SET status = 'active' WHERE id = %s", [user])
    portal.house.now += timedelta(days=1, seconds=1)
    try:
        assert program.get("brief", "/me").status_code == 401
    finally:
        portal.house.now -= timedelta(days=1, seconds=1)


def test_a_token_opens_the_api_and_nothing_else(program: Program) -> None:
    bearer = {"authorization": f"Bearer {program.tokens['importer']}", "origin": ORIGIN}
    for path in ("/", "/me"):
        assert program.client.get(path, headers=bearer, follow_redirects=False).headers["location"] == "/sign-in"
    for method in ("POST", "PUT", "DELETE", "PATCH", "TRACE", "OPTIONS"):
        assert program.client.request(method, "/api/v1/entries", headers=bearer).status_code == 405
    refused = program.client.get("/api/v1/me")
    assert refused.status_code == 401 and refused.headers["www-authenticate"] == "Bearer"
    assert refused.headers["content-type"] == "application/problem+json" and refused.json()["title"] == "Sign in first"


def test_an_importer_sees_that_a_program_of_an_officer_looked(program: Program) -> None:
    portal = program.portal
    (entry, *_) = program.rows("officer", "/entries", limit=1)
    program.get("officer", f"/entries/{entry['id']}")
    looked = portal.house.ask(
        """SELECT a.public_id FROM audit x JOIN account a ON a.id = x.account_id JOIN portal_user u ON u.id = x.user_id
        WHERE x.action = 'entry read (API)' AND u.email = 'officer@example.test' ORDER BY x.id DESC LIMIT 1"""
    )
    assert looked == [(entry["importer"],)]
