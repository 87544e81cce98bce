"""How often somebody may do what costs us or helps a guesser: 429 with Retry-After beyond it."""

from __future__ import annotations

import re
from datetime import timedelta

from fastapi import Request

from loaders.portal import scope
from loaders.portal import throttle as counts
from loaders.portal.throttle import Limit
from portal.viewer import Refused, viewer_of

#: Wrong passwords, codes and passkeys from one address; a firm behind one address may mistype.
SIGN_IN = Limit("sign-in", 50, timedelta(minutes=15))
#: Files made for one person.
EXPORT = Limit("export", 100, timedelta(minutes=5))
#: Answers of applications from one address (an application is a page for each question), documents, and what is handed
#: in.
APPLY = Limit("apply", 120, timedelta(hours=1))
EVIDENCE = Limit("evidence", 20, timedelta(hours=1))
HANDED_IN = Limit("handed in", 10, timedelta(hours=1))
#: Questions of a program with a token.
API = Limit("api", 600, timedelta(minutes=5))

#: What is counted whenever it is asked for: method, path, limit.
RULES = (
    ("GET", re.compile(r"^/api/"), API),
    (
        "GET",
        re.compile(r"\.csv$|/(filings|statements)/[^/]+/file$|^/importer/statement-files/|/evidence$"),
        EXPORT,
    ),
    ("GET", re.compile(r"^/broker/(files/[^/]+/answer/|sent/)"), EXPORT),
    ("POST", re.compile(r"^/importer/reconcile$|^/(broker|importer|exporter)/files/[^/]+/failed$"), EXPORT),
    ("POST", re.compile(r"^/apply"), APPLY),
)


def limit_of(method: str, path: str) -> Limit | None:
    """The limit that counts whenever this is asked for."""
    return next((limit for verb, which, limit in RULES if verb == method and which.search(path)), None)


def count_if_limited(request: Request) -> None:
    """A dependency of every route.

    Raises
        Refused: 429.
    """
    limit = limit_of(request.method, request.url.path)
    if limit is not None and (limit is APPLY or viewer_of(request) is not None):
        count(request, limit)


def check(request: Request, limit: Limit) -> None:
    """Refuse who did too much already; counts nothing."""
    config = request.app.state.config
    with scope.scoped(request.app.state.connections) as conn:
        _refuse(counts.wait(conn, limit, _who(request), config.now()))


def count(request: Request, limit: Limit) -> None:
    """Count one; refuse when it is one too many."""
    config = request.app.state.config
    with scope.scoped(request.app.state.connections) as conn:
        seconds = counts.count(conn, limit, _who(request), config.now())
    _refuse(seconds)


def _refuse(seconds: int) -> None:
    if seconds:
        minutes = -(-seconds // 60)
        words = f"That was too often. Try again in {minutes} minute{'s' if minutes > 1 else ''}."
        raise Refused(429, words, wait=seconds)


def _who(request: Request) -> str:
    """A person once both factors were given, else an address."""
    viewer = viewer_of(request)
    if viewer is not None and viewer.session.factor_at:
        return f"user {viewer.user.id}"
    return f"address {request.client.host if request.client else ''}"
