"""Pages: a template, what it shows, and who sees it."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from loaders.portal.sessions import IDLE
from portal import assets
from portal.charts import bars, line
from portal.credentials import token
from portal.forms import COOKIE, FIELD, Form
from portal.viewer import Viewer, viewer_of

NEW_YORK = ZoneInfo("America/New_York")
HIDDEN = "not shown"


def environment() -> Environment:
    """The templates' environment: everything is escaped, and a name that is not there is an error."""
    env = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters |= {
        "money": money, "day": day, "moment": moment, "month": month, "number": number, "size": size, "entry": entry,
        "hts": hts, "percent": percent, "age": age, "seconds": seconds, "instant": instant,
        "sentence": sentence, "month_short": month_short,
    }  # fmt: skip
    env.globals |= {
        "static": assets.address, "csrf_field": FIELD, "idle_seconds": int(IDLE.total_seconds()),
        "bars": bars, "line_chart": line, "none": None,
    }  # fmt: skip
    return env


def page(request: Request, template: str, *, status: int = 200, form: Form | None = None, **shown: Any) -> HTMLResponse:
    """A page in our frame. A fragment for htmx is the same template with ``fragment`` true."""
    viewer = viewer_of(request)
    before = "" if viewer else request.cookies.get(COOKIE, "") or token()
    fragment = request.headers.get("hx-request") == "true" and request.headers.get("hx-boosted") != "true"
    body = request.app.state.templates.get_template(template).render(
        viewer=viewer,
        path=request.url.path,
        query=dict(request.query_params),
        csrf=viewer.session.csrf if viewer else before,
        form=form,
        faults=form.faults if form else {},
        fragment=fragment,
        today=request.app.state.config.today,
        **shown,
    )
    response = HTMLResponse(body, status)
    response.headers["Vary"] = "HX-Request"
    if before and COOKIE not in request.cookies:
        response.set_cookie(COOKIE, before, secure=True, httponly=True, samesite="lax", path="/")
    return response


def see(address: str) -> RedirectResponse:
    """To another page after a form: asking again for it does not send the form again."""
    return RedirectResponse(address, 303)


def download(name: str, body: bytes, kind: str) -> Response:
    """A file to be saved: never shown in our frame, never kept by a cache (ASVS 3.2.1, 5.4.1)."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\/' else "_" for c in name)
    return Response(
        body,
        media_type=kind,
        headers={
            "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "no-store",
        },
    )


def csv_cell(value: Any) -> str:
    """A cell no spreadsheet computes: text that begins like a formula gets an apostrophe."""
    text = "" if value is None else str(value)
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") and not _is_number(text) else text


def _is_number(text: str) -> bool:
    return text[1:].replace(".", "", 1).isdigit() and text[0] in "+-"


# What templates show.


def money(cents: int | None, shown: bool = True) -> str:
    """Cents as dollars, 1,234.56; a dash for nothing, and words where amounts are not for this person."""
    if not shown:
        return HIDDEN
    if cents is None:
        return "–"
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100:,}.{abs(cents) % 100:02}"


def number(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def percent(part: int | None, whole: int | None) -> str:
    """``part`` of ``whole``, in per cent to a tenth, half up."""
    if not whole or part is None:
        return "–"
    tenths = (2000 * part + whole) // (2 * whole)
    return f"{tenths // 10}.{tenths % 10} %"


def day(value: date | datetime | None) -> str:
    """A date as people write it: 4 March 2026."""
    return "–" if value is None else f"{value.day} {value:%B %Y}"


def month(value: date | None) -> str:
    return "–" if value is None else f"{value:%B %Y}"


def month_short(value: date) -> str:
    """A month below a bar: Mar 26."""
    return f"{value:%b %y}"


def moment(value: datetime | None) -> str:
    """An instant, in New York."""
    return "–" if value is None else f"{value.astimezone(NEW_YORK):%Y-%m-%d %H:%M} ET"


def instant(value: datetime | None) -> str:
    """An instant to the second, in New York."""
    return "–" if value is None else f"{value.astimezone(NEW_YORK):%Y-%m-%d %H:%M:%S} ET"


def age(since: datetime | None, until: datetime) -> str:
    """How long it is from one instant to another, as people say it."""
    return "–" if since is None else seconds((until - since).total_seconds())


def seconds(count: float | None) -> str:
    """A time span in its largest two units."""
    if count is None:
        return "–"
    whole = max(0, round(count))
    if whole < 10:
        return f"{max(0.0, count):.1f} s"
    if whole < 120:
        return f"{whole} s"
    for unit, of, less, small in (("d", 86400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1)):
        if whole >= of * (2 if unit == "d" else 1):
            return f"{whole // of} {unit}" + (f" {whole % of // small} {less}" if whole % of // small else "")
    return f"{whole} s"


def sentence(words: str) -> str:
    """Words with a capital and a full stop."""
    return words[:1].upper() + words[1:] + ("" if words.endswith((".", "?", "!")) else ".")


def size(count: int | None) -> str:
    """Bytes as people read them."""
    if count is None:
        return "–"
    for unit, of in (("MB", 1_000_000), ("kB", 1_000)):
        if count >= of:
            return f"{count / of:.0f} {unit}"
    return f"{count} bytes"


def entry(filer: str, number: str) -> str:
    """An entry number as the trade writes it: ABC-1234567-8."""
    return f"{filer}-{number[:7]}-{number[7:]}"


def hts(number: str) -> str:
    """A tariff number with its points: 8708.99.8180."""
    return ".".join(filter(None, (number[:4], number[4:6], number[6:])))


def signed_in(request: Request) -> Viewer:
    """The viewer, where the route has made sure of one."""
    viewer = viewer_of(request)
    assert viewer is not None
    return viewer
