"""Who asks: the person behind the session, the account they act for, and what they may reach.

A route says whom it is for by a :class:`For` among its dependencies; a route without one is for nobody
(``tests/portal/test_routes.py`` asserts that every route has one, and tries each with every role).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import psycopg
from fastapi import Request
from starlette.concurrency import run_in_threadpool

from loaders.portal import audit, keys, scope, sessions, users
from portal.config import Config
from portal.credentials import digest, token

COOKIE = "__Host-tidewaiter"
#: What a person is in the portal, by the kind of the account they act for and their role there.
PERSONAS = ("importer", "exporter", "broker", "officer", "operations")
RANKS = {"reader": 0, "editor": 1, "proxy_owner": 2, "owner": 3, "officer": 1, "operations": 1}


class Refused(Exception):
    """Who asks may not have this. ``status`` 401 (sign in first), 403 (not yours) or 404 (nothing there, or not
    yours), 429 (too often; ``wait`` seconds)."""

    def __init__(self, status: int, words: str = "", wait: int = 0) -> None:
        super().__init__(
            words or {401: "Sign in first.", 403: "This is not for you.", 404: "There is no such page."}[status]
        )
        self.status, self.wait = status, wait


@dataclass(frozen=True, slots=True)
class Viewer:
    """A signed-in person, acting for one account.

    ``reach``: what is seen of whom, for row-level security. ``sees_money``: whether amounts may be shown; an account
    seen by mandate shows them only where the mandate says so (``money_of``).
    """

    config: Config
    connections: Any
    session: sessions.Session
    user: users.User
    memberships: tuple[users.Membership, ...]
    acting: users.Membership | None
    reach: scope.Scope
    moneyless: frozenset[int] = frozenset()
    address: str = ""
    said: list[audit.Entry] = field(default_factory=list)

    @property
    def persona(self) -> str:
        """One of :data:`PERSONAS`; blank for a person without an account."""
        if self.acting is None:
            return ""
        return self.acting.role if self.acting.role in ("officer", "operations") else self.acting.kind

    @property
    def rank(self) -> int:
        return RANKS[self.acting.role] if self.acting else -1

    @property
    def account_id(self) -> int:
        assert self.acting is not None
        return self.acting.account_id

    @property
    def now(self) -> datetime:
        return self.config.now()

    @property
    def today(self) -> date:
        return self.config.today

    def sees_money(self, account_id: int | None = None) -> bool:
        """Whether this person may see amounts, of this account where one is named."""
        return bool(self.acting and self.acting.sees_money) and account_id not in self.moneyless

    @contextmanager
    def reading(self) -> Iterator[psycopg.Connection[dict]]:
        """A transaction that sees what this person may."""
        with scope.scoped(self.connections, self.reach) as conn:
            yield conn

    def note(self, action: str, *, account_id: int | None = None, subject: str = "", detail: str = "",
             rows: int | None = None) -> None:  # fmt: skip
        """Write into the audit log what was seen or done; ``account_id``: whose data (else the acting account's)."""
        whose = account_id if account_id is not None else (self.acting.account_id if self.acting else None)
        entry = audit.Entry(
            at=self.now,
            action=action,
            user_id=self.user.id,
            account_id=whose,
            acting_account_id=self.acting.account_id if self.acting else None,
            subject=subject,
            detail=detail,
            rows=rows,
            address=self.address,
        )
        with scope.scoped(self.connections) as conn:
            audit.append(conn, entry)


@dataclass(frozen=True)
class For:
    """For whom a route is: personas, and the least rank among them. Without a persona: for everybody who has signed in
    with both factors (``half`` lets the second be missing); ``anybody``: without a session."""

    personas: tuple[str, ...] = ()
    rank: str = "reader"
    half: bool = False
    anybody: bool = False

    async def __call__(self, request: Request) -> Viewer | None:
        viewer = await run_in_threadpool(viewer_of, request)
        if self.anybody:
            return viewer
        if viewer is None:
            raise Refused(401)
        if viewer.session.factor_at is None and not self.half:
            raise Refused(401)
        if self.personas and (viewer.persona not in self.personas or viewer.rank < RANKS[self.rank]):
            raise Refused(403)
        return viewer


def viewer_of(request: Request) -> Viewer | None:
    """The viewer behind the request's cookie, if its session lives; found once per request."""
    if "viewer" not in request.scope:
        request.scope["viewer"] = _viewer(request)
    return request.scope["viewer"]


def _viewer(request: Request) -> Viewer | None:
    config, connections = request.app.state.config, request.app.state.connections
    bearer = _bearer(request)
    secret = bearer or request.cookies.get(COOKIE, "")
    if not secret or len(secret) > 100:
        return None
    with scope.scoped(connections) as conn:
        session = (_of_token if bearer else sessions.find)(conn, digest(secret), config.now())
        user = users.by_id(conn, session.user_id) if session else None
        if session is None or user is None or user.status != "active":
            return None
        mine = tuple(users.memberships(conn, user.id, config.today))
        acting = next((m for m in mine if m.id == session.membership_id), None)
        if bearer:  # good for one membership, while it lasts
            mine = (acting,) if acting else ()
        elif acting is None and mine:
            acting = mine[0]
        reach, moneyless = _reach(conn, user, acting, config.today)
    return Viewer(
        config,
        connections,
        session,
        user,
        mine,
        acting,
        reach,
        moneyless,
        address=request.client.host if request.client else "",
    )


def _bearer(request: Request) -> str:
    """The access token that a program sends; the JSON API takes it, which reads only."""
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" and request.url.path.startswith("/api/") else ""


def _of_token(conn: psycopg.Connection[dict], hash: str, now: datetime) -> sessions.Session | None:
    """An access token as a session: of both factors, since it was made with them; no form is ever sent under it."""
    found = keys.find(conn, hash, now)
    if found is None:
        return None
    return sessions.Session(hash, "", *found, token(), now, now, now, None, "", "")


def _reach(
    conn: psycopg.Connection[dict], user: users.User, acting: users.Membership | None, today: date
) -> tuple[scope.Scope, frozenset[int]]:
    if acting is None:
        return scope.Scope(user_id=user.id), frozenset()
    if acting.role in ("officer", "operations"):
        officer = acting.role == "officer"
        return scope.Scope(user.id, (acting.account_id,), officer=officer, operations=not officer), frozenset()
    seen = users.reach(conn, acting.account_id, today)
    return (
        scope.Scope(
            user_id=user.id,
            accounts=tuple(it.id for it in seen if it.own),
            importers=tuple(it.id for it in seen if it.kind in ("importer", "exporter")),
            filers=tuple(it.id for it in seen if it.own and it.kind == "broker"),
        ),
        frozenset(it.id for it in seen if not it.sees_money),
    )
