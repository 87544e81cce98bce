"""The application: routes of every persona, one frame, strict by default."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module

import psycopg
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from loaders.portal import scope
from portal import assets, pages, security, throttle
from portal.config import Config
from portal.viewer import Refused

log = logging.getLogger(__name__)

#: The modules that hold routes, each with a ``router``.
ROOMS = (
    "sign_in",
    "passkeys",
    "oidc",
    "security_pages",
    "hub",
    "importer",
    "exporter",
    "invoices",
    "authorities",
    "alerts",
    "log",
    "reconcile",
    "broker",
    "officer",
    "applicant",
    "owner",
    "help",
    "operations",
    "api",
)


def create_app(config: Config) -> FastAPI:
    """The portal as an ASGI application.

    Raises
        portal.assets.NotInstalled: the npm packages are not there.
    """
    assets.versions()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.connections = scope.pool(config.database_url)
        try:
            yield
        finally:
            app.state.connections.close()

    app = FastAPI(title="Tidewaiter", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.state.config = config
    app.state.templates = pages.environment()
    app.add_middleware(BaseHTTPMiddleware, dispatch=security.guard(config.origin))
    app.add_middleware(GZipMiddleware, minimum_size=800)
    app.router.routes.append(Route("/static/{path:path}", assets.serve, methods=["GET"]))
    for room in ROOMS:
        app.include_router(import_module(f"portal.{room}").router, dependencies=[Depends(throttle.count_if_limited)])
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(psycopg.OperationalError, _away)
    app.add_exception_handler(psycopg.errors.NumericValueOutOfRange, _beyond)
    app.add_exception_handler(Exception, _bug)
    return app


def _told(request: Request, status: int, title: str, words: str) -> Response:
    if request.url.path.startswith("/api/"):
        problem = {"type": "about:blank", "status": status, "title": title, "detail": words}
        ask = {"WWW-Authenticate": "Bearer"} if status == 401 else None
        return JSONResponse(problem, status, ask, media_type="application/problem+json")
    return pages.page(request, "error.html", status=status, title=title, words=words)


async def _refused(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Refused)
    if problem.status == 401 and request.method == "GET" and not request.url.path.startswith("/api/"):
        return pages.see("/sign-in")
    titles = {401: "Sign in first", 403: "Not for you", 404: "Not found", 409: "Not possible now", 429: "Too often"}
    told = _told(request, problem.status, titles.get(problem.status, "Not possible"), str(problem))
    if problem.wait:
        told.headers["Retry-After"] = str(problem.wait)
    return told


async def _http(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    if problem.status_code == 404:
        return _told(request, 404, "Not found", "There is no such page.")
    return _told(request, problem.status_code, "Not possible", str(problem.detail))


async def _invalid(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, RequestValidationError)
    fields = ", ".join(sorted({str(fault["loc"][-1]) for fault in problem.errors()}))
    return _told(request, 422, "Not understood", f"This address has a part that is not as expected: {fields}.")


async def _away(request: Request, problem: Exception) -> Response:
    """The database is away: we say so, and show nothing that we cannot be sure of."""
    log.error("the database is away: %s", problem)
    request.scope["viewer"] = None
    return _told(
        request, 503, "Not available", "The accounts cannot be read at the moment. Nothing is lost; try again."
    )


async def _beyond(request: Request, problem: Exception) -> Response:
    """A number in the address that is no key of ours."""
    return _told(request, 404, "Not found", "There is no such page.")


async def _bug(request: Request, problem: Exception) -> Response:
    log.exception("a page failed", exc_info=problem)
    request.scope["viewer"] = None
    return _told(request, 500, "Something went wrong", "This page failed, and we have been told. Nothing was changed.")
