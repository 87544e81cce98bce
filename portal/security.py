"""What every answer carries and every request must show: strict headers, and that a change comes from our own pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

#: Nothing is loaded that is not ours, nothing is inline, nothing may frame us (OWASP ASVS 5.0, 3.4.3 and 3.4.6).
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
SAFE = ("GET", "HEAD")
LARGEST = 32 << 20  # bytes of a request: a ledger of half a million lines

Next = Callable[[Request], Awaitable[Response]]


def guard(origin: str) -> Callable[[Request, Next], Awaitable[Response]]:
    """Middleware: refuses foreign changes and odd methods before anything is looked at; adds the headers to all."""

    async def middleware(request: Request, call_next: Next) -> Response:
        if refusal := _refusal(request, origin):
            allow = {"Allow": "GET, HEAD"} if refusal[0] == 405 else None
            response = _told(request, *refusal, allow)
        else:
            response = await call_next(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if not request.url.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return middleware


def _told(request: Request, status: int, words: str, headers: dict[str, str] | None) -> Response:
    """A refusal in words; to a program as a problem (RFC 9457)."""
    if not request.url.path.startswith("/api/"):
        return PlainTextResponse(words, status, headers)
    problem = {"type": "about:blank", "title": "Refused", "status": status, "detail": words}
    return JSONResponse(problem, status, headers, media_type="application/problem+json")


def _refusal(request: Request, origin: str) -> tuple[int, str] | None:
    if request.method not in (*SAFE, "POST"):
        return 405, "This address takes GET and POST only."
    if request.url.path.startswith("/api/") and request.method == "POST":
        return 405, "The API reads only."
    if request.headers.get("host", "") != urlsplit(origin).netloc:
        return 421, "This is not the address of this portal."
    if "\0" in request.url.path or "%00" in request.url.query:
        return 400, "This address is not one of ours."
    if request.method == "POST":
        if "content-length" not in request.headers:
            return 411, "Say how long the request is."
        site = request.headers.get("sec-fetch-site", "")
        came = request.headers.get("origin", "")
        if site not in ("", "same-origin") or (came and came != origin) or not (site or came):
            return 403, "This form was not sent from one of our pages. Open the page again and send it from there."
        try:
            size = int(request.headers.get("content-length", "0"))
        except ValueError:
            return 400, "The length of the request is no number."
        if size > LARGEST:
            return 413, f"The file is too large: {size:,} bytes, at most {LARGEST:,}."
    return None
