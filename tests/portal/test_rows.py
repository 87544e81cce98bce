"""Row-level security by property: two tenants, every table, every kind of viewer, any mandates between them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loaders import db, server
from loaders.migrations import policies_0007 as policies
from loaders.migrations import policies_0014, policies_0015, policies_0016, policies_0017, policies_0018
from loaders.portal import scope, users
from loaders.schema import FACTS
from portal.viewer import _reach
from tests.portal.rows import OWNERS, TODAY, Tenants, key_of, keys_of
from tests.system.house import database

GRANTS = Path(__file__).with_name("grants.txt")
#: Seen through an entry summary, or through a statement: by its importer, its filer, and whoever has a mandate.
OF_ENTRIES = {"entry_summary", "entry_summary_version", *FACTS, "statement", "statement_entry", "statement_move",
              "statement_fee", "statement_event", "payment", "settlement"}  # fmt: skip
#: Nobody's but an officer's, or an operator's.
OFFICERS = {"application", "decision", "portfolio", "queue_run", "queue_item"}
#: Tables since the first migration, of importers: their own and those that mandates show.
OF_IMPORTERS = {"statement_share", "entry_key"}
#: Of exports: statements are the exporter's own, filings are also who sent them's.
OF_EXPORTS = {name for name in policies_0015.READ if not name.startswith("export_statement")}
OF_EXPORTS |= {*policies_0017.READ, *policies_0018.READ}
OPERATORS = {"shard", "lane"}
#: What an officer does not see beside.
NOT_OFFICERS = {"payer_unit"}
#: What operations see beside: files and their way, and whose they are.
OPERATIONS = {"account", "audit", "interchange", "arrival", "acknowledgment", "delivery", "batch", "block",
              "transaction", "condition", "event", *policies_0014.READ}  # fmt: skip
VIEWERS = (*OWNERS, "officer", "operations", "nobody")


class World:
    """The tenants, and people of each account and of an office."""

    def __init__(self, conn: psycopg.Connection, connections: Any) -> None:
        self.conn, self.connections = conn, connections
        self.tenants = Tenants(conn)
        first = ["account", "interchange", "batch", "block", "transaction", "shard", "entry_summary",
                 "entry_summary_version", "statement", "filing", "portal_user", "acknowledgment", "invoice",
                 "invoice_version", "export_filing", "export_filing_version", "export_statement"]  # fmt: skip
        every = (
            *policies.READ,
            "queue_run",
            "queue_item",
            *sorted(OF_IMPORTERS),
            *policies_0014.READ,
            *policies_0015.READ,
            *policies_0016.READ,
            *policies_0017.READ,
            *policies_0018.READ,
        )
        rest = [name for name in every if name not in (*first, "relationship")]
        self.tenants.fill([*first, *rest])
        self.office = next(self.tenants.numbers)
        office = """INSERT INTO account (id, number, kind, name) OVERRIDING SYSTEM VALUE
            VALUES (%s, 'O', 'office', 'O')"""
        conn.execute(office, [self.office])
        self.people = {}
        for name in VIEWERS:
            [(id,)] = conn.execute(
                "INSERT INTO portal_user (email, name, status) VALUES (%s, %s, 'active') RETURNING id",
                [f"{name.replace(' ', '-').lower()}@example.test", name],
            ).fetchall()
            self.people[name] = id
            role = name if name in ("officer", "operations") else "owner"
            account = self.tenants.accounts.get(name, self.office)
            if name != "nobody":
                conn.execute(
                    "INSERT INTO portal_membership (user_id, account_id, role, valid_from) VALUES (%s, %s, %s, %s)",
                    [id, account, role, TODAY],
                )

    def reach(self, name: str) -> tuple[scope.Scope, frozenset[int]]:
        """What the portal says of a person when they ask for something."""
        with scope.scoped(self.connections) as conn:
            user = users.by_id(conn, self.people[name])
            assert user is not None
            mine = users.memberships(conn, user.id, TODAY)
            return _reach(conn, user, mine[0] if mine else None, TODAY)

    def seen(self, reach: scope.Scope) -> dict[str, set[str]]:
        """Table -> owners whose rows are seen."""
        found: dict[str, set[str]] = {name: set() for name in self.tenants.keys}
        with scope.scoped(self.connections, reach) as conn:
            for row in conn.execute(self.everything).fetchall():
                owner = self.tenants.keys[row["name"]].get(row["key"])
                if owner:
                    found[row["name"]].add(owner)
        return found

    @property
    def everything(self) -> str:
        parts = [f"SELECT '{name}' AS name, {key_of(name)} AS key FROM \"{name}\"" for name in self.tenants.keys
                 if name != "portal_user"]  # fmt: skip
        return " UNION ALL ".join(parts)


@pytest.fixture(scope="module")
def world(template: Path) -> Iterator[World]:
    with database(server.url(template), "rows") as url, closing(db.connect(url)) as conn:
        role = url.replace("postgres:@", f"{policies.ROLE}:@")
        with closing(scope.pool(role, 2)) as connections:
            yield World(conn, connections)


#: A mandate: who sees whom, whether amounts, and from and to which day.
MANDATE = st.tuples(
    st.sampled_from(["broker A", "broker B", "importer A"]),
    st.sampled_from(["importer A", "importer B"]),
    st.sampled_from(["sees", "files_for"]),
    st.booleans(),
    st.integers(-2, 1),
    st.one_of(st.none(), st.integers(-1, 2)),
).filter(lambda it: it[0] != it[1] and (it[5] is None or it[4] <= it[5]))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    mandates=st.lists(MANDATE, max_size=3, unique_by=lambda it: it[:3]),
    child=st.booleans(),
    viewer=st.sampled_from(VIEWERS),
)
def test_nobody_sees_a_row_of_an_account_they_have_no_right_to(
    world: World, mandates: list[tuple], child: bool, viewer: str
) -> None:
    """And everybody sees what they have: exactly that. ``child``: importer B's account is a sub-account of A's."""
    accounts, conn = world.tenants.accounts, world.conn
    conn.execute("DELETE FROM relationship")
    for who, whom, kind, money, since, until in mandates:
        conn.execute(
            """INSERT INTO relationship (from_account_id, to_account_id, kind, sees_money, valid_from, valid_to)
            VALUES (%s, %s, %s, %s, %s, %s)""",
            [accounts[who], accounts[whom], kind, money, _day(since), None if until is None else _day(until)],
        )
    conn.execute("UPDATE account SET parent_id = %s WHERE id = %s",
                 [accounts["importer A"] if child else None, accounts["importer B"]])  # fmt: skip
    reach, moneyless = world.reach(viewer)
    seen = world.seen(reach)

    own = {viewer} & set(OWNERS)
    own |= {"importer B"} if child and "importer A" in own else set()
    valid = [it for it in mandates if it[0] in own and it[2] == "sees" and it[4] <= 0 and (it[5] is None or it[5] >= 0)]
    by_mandate = {it[1] for it in valid} - own
    entries = {f"{kind} {it[-1]}" for it in own | by_mandate for kind in ("importer", "broker")}
    linked = {end for it in mandates for end in it[:2] if own & set(it[:2])}
    for name, owners in seen.items():
        if viewer == "officer":
            expected = set() if name in NOT_OFFICERS | OPERATORS else set(OWNERS)
        elif viewer == "operations":
            expected = set(OWNERS) if name in OPERATIONS | OPERATORS else set()
        elif name in OF_ENTRIES | set(policies_0016.READ) | OF_EXPORTS:
            expected = entries
        elif name in OFFICERS | OPERATORS:
            expected = set()
        elif name in OF_IMPORTERS:  # a row of entry_key is the tenant's importer's, whoever it was made for
            firms = {it for it in own | by_mandate if it.startswith("importer")}
            expected = firms if name == "statement_share" else {o for o in OWNERS if f"importer {o[-1]}" in firms}
        elif name == "account":
            expected = own | linked
        else:
            expected = own
        if name != "portal_user":
            assert owners == expected, f"{viewer} at {name}"
    with scope.scoped(world.connections, reach) as conn:
        told_of = {row["account_id"] for row in conn.execute("SELECT account_id FROM importer_statement").fetchall()}
    assert told_of == {accounts[it] for it in seen["statement_share"]}, "the view shows what the table does"
    told = {whom for whom in by_mandate if any(it[1] == whom and it[3] for it in valid)}
    assert moneyless & set(accounts.values()) == {accounts[it] for it in by_mandate - told}


def _day(offset: int) -> date:
    return TODAY + timedelta(days=offset)


def test_without_a_scope_there_is_no_row(world: World) -> None:
    assert not any(world.seen(scope.NOBODY).values())
    with scope.scoped(world.connections, world.reach("importer A")[0]):
        pass
    assert not any(world.seen(scope.NOBODY).values()), "a connection keeps nothing of who had it before"


@pytest.mark.parametrize("viewer", VIEWERS)
def test_nobody_writes_a_row_of_another(world: World, viewer: str) -> None:
    """Neither anew, nor changed, nor handed over, nor deleted."""
    world.conn.execute("DELETE FROM relationship")
    world.conn.execute("UPDATE account SET parent_id = NULL")
    reach, _ = world.reach(viewer)
    others = [owner for owner in OWNERS if owner != viewer]
    for name, command in [*policies.WRITE, *((n, c) for n in policies.READ for c in ("INSERT", "UPDATE", "DELETE"))]:
        if viewer == "officer" and policies._OFFICER in policies.WRITE.get((name, command), ""):
            continue
        if name in ("relationship", "application"):
            continue
        for owner in others:
            _refused(world, reach, name, command, owner)


def _refused(world: World, reach: scope.Scope, name: str, command: str, owner: str) -> None:
    row = world.tenants.rows[name, owner]
    where = " AND ".join(f"{column} = %({column})s" for column in keys_of(name))
    column = keys_of(name)[0]
    try:
        with scope.scoped(world.connections, reach) as conn:
            if command == "INSERT":
                world.tenants.insert(name, owner, world.tenants.row(name, owner), conn)
                pytest.fail(f"wrote a row of {owner} into {name}")
            elif command == "UPDATE":
                done = conn.execute(f'UPDATE "{name}" SET {column} = {column} WHERE {where}', row)
            else:
                done = conn.execute(f'DELETE FROM "{name}" WHERE {where}', row)
            assert done.rowcount == 0, f"{command} of a row of {owner} in {name}"
    except psycopg.errors.InsufficientPrivilege:
        pass


def test_a_mandate_is_given_by_the_importer_only(world: World) -> None:
    accounts, give = (
        world.tenants.accounts,
        """INSERT INTO relationship
        (from_account_id, to_account_id, kind, sees_money, valid_from) VALUES (%s, %s, 'sees', true, %s)""",
    )
    world.conn.execute("DELETE FROM relationship")
    for viewer, who, whom in (("broker A", "broker A", "importer B"), ("importer A", "importer A", "importer B")):
        with (
            pytest.raises(psycopg.errors.InsufficientPrivilege),
            scope.scoped(world.connections, world.reach(viewer)[0]) as conn,
        ):
            conn.execute(give, [accounts[who], accounts[whom], TODAY])
    with scope.scoped(world.connections, world.reach("importer A")[0]) as conn:
        conn.execute(give, [accounts["broker B"], accounts["importer A"], TODAY])
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        scope.scoped(world.connections, world.reach("importer A")[0]) as conn,
    ):
        conn.execute("UPDATE relationship SET to_account_id = %s", [accounts["importer B"]])
    with scope.scoped(world.connections, world.reach("broker B")[0]) as conn:
        assert conn.execute("UPDATE relationship SET sees_money = true").rowcount == 0


def test_functions_that_read_past_the_policies_ask_who_asks(world: World) -> None:
    accounts, rows = world.tenants.accounts, world.tenants.rows
    world.conn.execute("DELETE FROM relationship")
    for viewer, owner, found in (
        ("importer A", "importer B", 0),
        ("broker A", "importer B", 0),
        ("nobody", "importer A", 0),
        ("operations", "importer A", 0),
        ("importer A", "importer A", 1),
        ("officer", "broker B", 1),
    ):
        with scope.scoped(world.connections, world.reach(viewer)[0]) as conn:
            version = rows["entry_summary_version", owner]["id"]
            assert len(conn.execute("SELECT * FROM portal_source(%s)", [version]).fetchall()) == found, viewer
            for kind, number in (("importer", "A9Z"), ("importer", "B9Z"), ("office", "")):
                assert conn.execute("SELECT * FROM portal_find_account(%s, %s)", [kind, number]).fetchall() == []
    with scope.scoped(world.connections) as conn:
        (broker,) = conn.execute("SELECT * FROM portal_find_account('broker', 'A9Z')").fetchall()
        assert broker["id"] == accounts["broker A"] and set(broker) == {"id", "public_id", "name"}


def test_the_portal_has_the_rights_that_are_written_down(world: World) -> None:
    """The role owns nothing, passes by nothing, and may do what ``grants.txt`` lists: a change shows in review."""
    conn = world.conn
    assert conn.execute(
        """SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication, rolinherit FROM pg_roles
        WHERE rolname = %s""", [policies.ROLE]).fetchone() == (False,) * 6  # fmt: skip
    assert conn.execute("SELECT FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = %s",
                        [policies.ROLE]).fetchall() == []  # fmt: skip
    owned = """SELECT c.relname FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE r.rolname = %(role)s
        UNION ALL SELECT p.proname FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner WHERE r.rolname = %(role)s"""
    assert conn.execute(owned, {"role": policies.ROLE}).fetchall() == []
    told = conn.execute(
        """SELECT table_name || ' ' || string_agg(privilege_type, ' ' ORDER BY privilege_type)
        FROM information_schema.table_privileges WHERE grantee = %(role)s AND table_schema = 'public'
        GROUP BY table_name
        UNION ALL SELECT table_name || ' (' || column_name || ') ' || privilege_type
        FROM information_schema.column_privileges c WHERE grantee = %(role)s AND NOT EXISTS (
            SELECT FROM information_schema.table_privileges t
            WHERE t.grantee = c.grantee AND t.table_name = c.table_name)
        UNION ALL SELECT 'function ' || routine_name FROM information_schema.routine_privileges
        WHERE grantee = %(role)s AND routine_schema = 'public' ORDER BY 1""",
        {"role": policies.ROLE},
    ).fetchall()
    now = "".join(f"{line}\n" for (line,) in told)
    if "UPDATE_GRANTS" in os.environ:
        GRANTS.write_text(now)
    assert now == GRANTS.read_text(), "rights changed; if that is meant, run this with UPDATE_GRANTS=1"
    tables = {line.split()[0] for line in now.splitlines()}
    assert not tables & set(policies.NEVER)
    for table, columns in policies.HIDDEN.items():
        assert not [line for line in now.splitlines() if line.startswith(table) and any(c in line for c in columns)]
    public = """SELECT table_name FROM information_schema.table_privileges
        WHERE grantee = 'PUBLIC' AND table_schema = 'public'"""
    assert conn.execute(public).fetchall() == []
    # Every table that the role reads is behind a policy, or is the portal's own, or says nothing of anybody.
    open_ = {
        name
        for (name,) in conn.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND NOT relrowsecurity"
        ).fetchall()
    }
    known = {*policies.OWN, "reference_manifest", "reference_snapshot", "portal_key", "portal_throttle"}
    assert tables & open_ <= known
    unforced = conn.execute("SELECT relname FROM pg_class WHERE relrowsecurity AND NOT relforcerowsecurity").fetchall()
    assert unforced == []


def test_functions_with_the_owners_rights_are_known_and_not_for_everybody(world: World) -> None:
    rows = world.conn.execute(
        """SELECT proname, coalesce(array_to_string(proconfig, ' '), ''),
        has_function_privilege('public', oid, 'EXECUTE') FROM pg_proc
        WHERE prosecdef AND pronamespace = 'public'::regnamespace"""
    ).fetchall()
    granted = {
        line.removeprefix("function ") for line in GRANTS.read_text().splitlines() if line.startswith("function ")
    }
    assert {name for name, _, _ in rows} <= granted
    for name, settings_, public in rows:
        assert "search_path=" in settings_ and not public, name


def test_the_log_cannot_be_changed_by_who_writes_it(world: World) -> None:
    for statement in ("UPDATE audit SET detail = 'x'", "DELETE FROM audit", "TRUNCATE audit",
                      "INSERT INTO audit (at, action, previous, hash) VALUES (now(), 'x', '', '')"):  # fmt: skip
        with (
            pytest.raises(psycopg.errors.InsufficientPrivilege),
            scope.scoped(world.connections, world.reach("officer")[0]) as conn,
        ):
            conn.execute(statement)
