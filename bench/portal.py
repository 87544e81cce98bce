"""The portal's pages: milliseconds and bytes for each persona, and what month end does to it.

    python -m bench.portal [--summaries 5000] [--months 24] [--accounts 1100] [--exports 5000] [--invoiced 6000]
        [--load 60] [--json]

A home is filled by COPY with ``--months`` months of ``--summaries`` entry summaries each (:mod:`bench.month_fill`), the
daily statements of the last days are printed, charts and search keys brought up to date; exporters' filings and
invoices of ``--invoiced`` entry summaries come in X12 (:mod:`bench.portal_trade`). The portal runs as its own
process, as in ``tidewaiter up``; everything is asked over the loopback interface. Pages are found by the links of each
persona's first page, one of each kind, and each is asked ``--repeat`` times in a row; searches and the lists of the
API are named in :data:`SEARCHES`.

Month end: people of all accounts come at the rate of 1,100 in ten minutes, for ``--load`` seconds, whether or not those
before have been served; each signs in (password and code) and looks at the first page, statements, one statement,
entries, charts. A time counts from when the person asked.
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import statistics
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pyotp

from bench import month_fill, portal_trade
from loaders import db, server
from portal import credentials
from portal.config import key
from tidewaiter import month, portal_process, rollup
from tidewaiter.settings import Settings
from transforms.calendar import business_date

PASSWORD, SECRET = "the tide comes in at four", pyotp.random_base32()
PEOPLE, WITHIN = 1_100, 600.0  # people, seconds
HOMES = {
    "importer": "/importer",
    "broker": "/broker",
    "exporter": "/exporter",
    "forwarder": "/broker",
    "officer": "/officer",
    "operations": "/operations",
}
_API = "/api/v1"
_INVOICES = ("?state=different", "?number=1", "?seller=SUPPLIER+7", "?from=2000-01-01&to=2099-01-01")
_EXPORTS = (
    "?state=action",
    "?state=rejected",
    "?number=8471",
    "?reference=F0",
    "?itn=X2",
    "?destination=JP",
    "?late=1",
)
#: Asked beside the pages that links lead to; by persona.
SEARCHES = {
    "importer": [
        *("/importer/invoices" + it for it in _INVOICES),
        f"{_API}/invoices",
        f"{_API}/invoices?match=different",
    ],
    "broker": [*("/broker/invoices" + it for it in _INVOICES), f"{_API}/invoices", f"{_API}/files"],
    "exporter": [*("/exporter/filings" + it for it in _EXPORTS), "/exporter/commodities.csv", f"{_API}/export-filings"],
    "forwarder": [*("/broker/exports" + it for it in _EXPORTS), f"{_API}/export-filings", f"{_API}/files"],
    "officer": [
        *("/officer/exports" + it for it in _EXPORTS),
        *("/officer/invoices" + it for it in _INVOICES),
        f"{_API}/export-filings",
        f"{_API}/export-filings?destination=JP",
        f"{_API}/invoices",
        f"{_API}/invoices?match=different",
    ],
    "operations": [],
}
LOOKS = ("/importer/statements", "/importer/entries", "/importer/charts")
FEW = 8  # days of print at the end whose daily statements are printed


@dataclass
class Browser:
    """One person's connection: cookies kept, as a browser does."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._conn = http.client.HTTPConnection("localhost", self.port, timeout=60)
        self._conn.connect()

    def ask(self, path: str, form: dict[str, str] | None = None) -> tuple[int, bytes, dict[str, str], int]:
        """Status, body, headers, and bytes on the wire."""
        headers = {"Accept-Encoding": "gzip", "Sec-Fetch-Site": "same-origin"}
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        body = None
        if form is not None:
            body, headers["Content-Type"] = urlencode(form), "application/x-www-form-urlencoded"
        self._conn.request("GET" if form is None else "POST", path, body, headers)
        answer = self._conn.getresponse()
        data = answer.read()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                cookie, _, rest = value.partition("=")
                self.cookies[cookie] = rest.partition(";")[0]
        told = {name.lower(): value for name, value in answer.getheaders()}
        size = len(data)
        if told.get("content-encoding") == "gzip":
            import gzip

            data = gzip.decompress(data)
        return answer.status, data, told, size

    def form(self, path: str, **fields: str) -> tuple[int, dict[str, str]]:
        """Open a page with a form and send it."""
        page = self.ask(path)[1].decode()
        csrf = page.split('name="csrf" value="', 1)[1].split('"', 1)[0]
        status, _, headers, _ = self.ask(path, {"csrf": csrf, **fields})
        return status, headers

    def sign_in(self, email: str) -> None:
        status, _ = self.form("/sign-in", email=email, password=PASSWORD)
        assert status == 303, f"sign-in of {email}: {status}"
        status, _ = self.form("/second-factor", code=pyotp.TOTP(SECRET).now())
        assert status == 303, f"code of {email}: {status}"

    def close(self) -> None:
        self._conn.close()


def fill(folder: Path, chosen: argparse.Namespace) -> Settings:
    """The home with its months, statements and people."""
    last = business_date(datetime.now(UTC)).replace(day=1) - timedelta(days=1)
    settings, _ = month_fill.fill(
        folder, last, chosen.summaries, importers=chosen.accounts, brokers=chosen.brokers, months=chosen.months
    )
    with closing(db.connect(server.url(settings.home))) as conn:
        days = [day for (day,) in conn.execute(_DAYS, [last - timedelta(days=45)]).fetchall()]
    for day in days[-FEW:]:
        month.print_daily(settings, day, now=lambda day=day: datetime.combine(day, datetime.min.time(), UTC) + _NOON)
    portal_trade.fill(settings, last, chosen.exports, chosen.invoiced)
    rollup.refresh(settings)
    people(settings)
    return settings


_NOON = timedelta(hours=17)
_DAYS = "SELECT DISTINCT statement_date FROM entry_summary_version WHERE statement_date > %s ORDER BY 1"


def people(settings: Settings) -> None:
    """An owner of every account, an officer and an operator; each with the same password and authenticator."""
    totp = credentials.Sealed(key(settings.home)).seal(SECRET)
    with closing(db.connect(server.url(settings.home))) as conn:
        conn.execute("INSERT INTO account (number, kind, name, identifier) VALUES ('O-1', 'office', 'Port', '2704')")
        conn.execute(
            """INSERT INTO portal_user (email, name, status, password_hash, totp_secret, totp_step)
            SELECT lower(number) || '@example.test', name, 'active', %s, %s, 0 FROM account
            UNION ALL SELECT 'operations@example.test', 'Operations', 'active', %s, %s, 0""",
            [credentials.hashed(PASSWORD), totp] * 2,
        )
        conn.execute(
            """INSERT INTO portal_membership (user_id, account_id, role, valid_from)
            SELECT u.id, a.id, CASE WHEN a.kind = 'office' THEN 'officer' ELSE 'owner' END, date '2020-01-01'
            FROM account a JOIN portal_user u ON u.email = lower(a.number) || '@example.test'
            UNION ALL SELECT u.id, a.id, 'operations', date '2020-01-01'
            FROM portal_user u JOIN account a ON a.number = 'O-1' WHERE u.email = 'operations@example.test'"""
        )
        conn.execute("ANALYZE")


def persons(settings: Settings) -> dict[str, list[str]]:
    """E-mail addresses by persona; firms by how much they file, the largest first."""
    with closing(db.connect(server.url(settings.home))) as conn:
        rows = conn.execute(
            """SELECT a.kind, lower(a.number) || '@example.test' FROM account a LEFT JOIN (
                SELECT importer_account_id AS id, count(*) FROM entry_summary GROUP BY 1
                UNION ALL SELECT filer_account_id, count(*) FROM entry_summary GROUP BY 1
                UNION ALL SELECT exporter_account_id, count(*) FROM export_filing GROUP BY 1
            ) n ON n.id = a.id WHERE a.kind IN ('importer', 'broker', 'exporter')
            ORDER BY n.count DESC NULLS LAST, a.id"""
        ).fetchall()
    return {
        "importer": [email for kind, email in rows if kind == "importer"],
        "broker": [email for kind, email in rows if kind == "broker" and not email.startswith("f-")],
        "exporter": [email for kind, email in rows if kind == "exporter"],
        "forwarder": ["f-1@example.test"],
        "officer": ["o-1@example.test"],
        "operations": ["operations@example.test"],
    }


def pages(port: int, persona: str, email: str, repeat: int) -> list[dict[str, Any]]:
    """Milliseconds and bytes of each kind of page that the links of a persona's first page lead to."""
    browser = Browser(port)
    browser.sign_in(email)
    found = {_kind(HOMES[persona]): HOMES[persona]}
    found["/me"] = "/me"
    for path in list(found.values()):
        for other in _links(browser.ask(path)[1].decode(), HOMES[persona]):
            found.setdefault(_kind(other), other)
    for path in list(found.values()):  # and one step further: a statement's entry, an account's entry
        status, body, told, _ = browser.ask(path)
        if "html" in told.get("content-type", ""):
            for other in _links(body.decode(), HOMES[persona]):
                found.setdefault(_kind(other), other)
    out = []
    for kind, path in [*found.items(), *((it, it) for it in SEARCHES[persona])]:
        took, size, plain, status = [], 0, 0, 0
        for _ in range(repeat):
            begun = time.perf_counter()
            status, body, told, size = browser.ask(path)
            took.append(1000 * (time.perf_counter() - begun))
            plain = len(body)
        out.append({"persona": persona, "page": kind, "status": status, "bytes": size, "plain": plain, **_spread(took)})
    browser.close()
    return out


def _links(body: str, home: str) -> Iterable[str]:
    for link in re.findall(r'<a [^>]*href="(/[^"#]*)', body):
        path = unescape(link)
        if path.startswith((home, "/account", "/me")) and not path.endswith((".csv", ".pdf", ".json", ".parquet")):
            yield path


def _kind(path: str) -> str:
    """The page's kind: ids, days and public ids of the path are all the same; a question is not another page."""
    plain = urlsplit(path).path
    return re.sub(r"/([0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d(-\d\d)?|\d+)(?=/|$)", "/…", plain)


def _spread(took: list[float]) -> dict[str, float]:
    if not took:
        return {"p50": 0.0, "p95": 0.0}
    ordered = sorted(took)
    return {"p50": round(statistics.median(ordered), 1), "p95": round(ordered[int(0.95 * (len(ordered) - 1))], 1)}


def load(port: int, emails: list[str], seconds: float) -> dict[str, Any]:
    """Month end: people come at the rate of :data:`PEOPLE` in :data:`WITHIN` seconds, for so many seconds."""
    count = int(seconds * PEOPLE / WITHIN)
    every = WITHIN / PEOPLE
    took: dict[str, list[float]] = defaultdict(list)
    failed: list[str] = []
    lock, begun = threading.Lock(), time.perf_counter()

    def visit(number: int) -> None:
        due = begun + number * every
        time.sleep(max(0.0, due - time.perf_counter()))
        email = emails[number * 7 % len(emails)]
        browser, times = Browser(port), []
        try:
            browser.sign_in(email)
            times.append(("sign-in", time.perf_counter() - due))
            statement = ""
            for path in ("/importer", *LOOKS):
                at = time.perf_counter()
                status, body, _, _ = browser.ask(path)
                times.append((path, time.perf_counter() - at))
                assert status == 200, f"{path}: {status}"
                if path == LOOKS[0]:
                    links = re.findall(r'href="(/importer/statements/\d+)"', body.decode())
                    statement = links[0] if links else ""
            if statement:
                at = time.perf_counter()
                assert browser.ask(statement)[0] == 200
                times.append(("/importer/statements/…", time.perf_counter() - at))
        except Exception as problem:
            with lock:
                failed.append(str(problem))
        finally:
            browser.close()
        with lock:
            for name, span in times:
                took[name].append(1000 * span)

    with ThreadPoolExecutor(64) as pool:
        list(pool.map(visit, range(count)))
    asked = sum(map(len, took.values()))
    out: dict[str, Any] = {"people": count, "seconds": round(time.perf_counter() - begun, 1), "pages": asked}
    return out | {"failed": [*failed[:3], f"{len(failed)} in all"] if failed else []} | {
        name: _spread(times) for name, times in took.items()
    }  # fmt: skip


def argon(repeat: int = 20) -> dict[str, float]:
    """Milliseconds of one password check, on one core."""
    hashed, took = credentials.hashed(PASSWORD), []
    for _ in range(repeat):
        begun = time.perf_counter()
        assert credentials.verify(PASSWORD, hashed)
        took.append(1000 * (time.perf_counter() - begun))
    return _spread(took)


@contextmanager
def running(settings: Settings):
    child, address = portal_process.start(settings)
    try:
        yield urlsplit(address).port
    finally:
        child.stop()


def measure(chosen: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="tidewaiter-bench-", dir="/tmp") as home:
        begun = time.perf_counter()
        settings = fill(Path(home), chosen)
        try:
            out: dict[str, Any] = {"accounts": chosen.accounts, "months": chosen.months}
            out |= {"summaries": chosen.summaries * chosen.months, "fill seconds": round(time.perf_counter() - begun)}
            out["Argon2id, one password"] = argon()
            known = persons(settings)
            with running(settings) as port:
                out["pages"] = [
                    row for persona in HOMES for row in pages(port, persona, known[persona][0], chosen.repeat)
                ]
                if chosen.load:
                    out["month end"] = load(port, known["importer"][1:], chosen.load)  # a code counts once
            return out
        finally:
            server.stop(settings.home)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--summaries", type=int, default=5_000, help="entry summaries a month (default 5000)")
    parser.add_argument("--months", type=int, default=24, help="months (default 24)")
    parser.add_argument("--accounts", type=int, default=1_100, help="importer accounts (default 1100)")
    parser.add_argument("--brokers", type=int, default=150, help="brokers that file for them (default 150)")
    parser.add_argument("--exports", type=int, default=5_000, help="export filings in 45 days (default 5000)")
    parser.add_argument("--invoiced", type=int, default=6_000, help="entry summaries with invoices (default 6000)")
    parser.add_argument("--repeat", type=int, default=20, help="times that each page is asked (default 20)")
    parser.add_argument("--load", type=float, default=60.0, help="seconds of month end, 0 for none (default 60)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    chosen = parser.parse_args()
    result = measure(chosen)
    if chosen.json:
        print(json.dumps(result))
        return
    for name, value in result.items():
        if name == "pages":
            print(f"{'persona':11}{'page':52}{'p50 ms':>8}{'p95 ms':>8}{'kB':>7}{'plain':>7}")
            for row in sorted(value, key=lambda row: -row["p50"]):
                told = f"{row['persona']:11}{row['page']:52}{row['p50']:8}{row['p95']:8}"
                print(f"{told}{row['bytes'] / 1000:7.1f}{row['plain'] / 1000:7.1f} {row['status']}")
        elif isinstance(value, dict):
            print(f"{name}:")
            for key_, what in value.items():
                print(f"  {key_:40} {what}")
        else:
            print(f"{name:43}{value}")


if __name__ == "__main__":
    main()
