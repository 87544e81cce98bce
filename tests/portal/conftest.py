"""A house with a portal: two brokers and their importers with a day filed and printed, people of every persona, an HTTP
client, and Chromium for who wants to see it."""

from __future__ import annotations

import dataclasses
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
import uvicorn
from starlette.testclient import TestClient

from loaders import db
from loaders.portal import users
from portal import config as configuration
from portal import credentials
from portal.app import create_app
from portal.credentials import Sealed
from tests.portal import traded
from tests.system import days
from tests.system.conftest import builder
from tests.system.house import House
from tidewaiter import filing, month, rollup

ORIGIN = "https://portal.test"
PASSWORD = "the tide comes in at four"
SECRET = pyotp.random_base32()
EVER = date(2020, 1, 1)
PEOPLE = ("importer", "other_importer", "reader", "broker", "other_broker", "exporter", "officer", "operations",
          "nobody")  # fmt: skip


class Portal:
    """The portal of a house. ``clock`` adds to the house's time, so that a code is new each time it is asked for."""

    def __init__(self, house: House, people: Any) -> None:
        self.house, self.people = house, people
        self.conn = house.conn
        url = house.settings.database_url.replace("postgres:@", "tidewaiter_portal:@")
        self.config = configuration.Config(
            house.settings, url, ORIGIN, configuration.key(house.settings.home), now=lambda: house.now
        )
        self.app = create_app(self.config)
        self.accounts: dict[str, int] = {}

    def account(self, number: str) -> tuple[int, str]:
        """Id and public id of an account by its number."""
        return self.house.ask("SELECT id, public_id FROM account WHERE number = %s", number)[0]

    def enrol(self, name: str, account_id: int | None, role: str = "owner", sees_money: bool = True) -> int:
        """A person called ``name`` (NAME@example.test) with password and authenticator."""
        with closing(db.connect(self.house.settings.database_url)) as conn:
            conn.row_factory = _dicts()
            user = users.invite(conn, f"{name}@example.test", name.replace("_", " ").title())
            users.set_password(conn, user, _hash())
            users.set_totp(conn, user, Sealed(self.config.key).seal(SECRET), 0)
            if account_id is not None:
                users.join(conn, user, account_id, role, EVER, sees_money)
                self.accounts[name] = account_id
        return user

    def code(self) -> str:
        """The authenticator's code now; time passes, so that the next is another."""
        self.house.now += timedelta(seconds=credentials.STEP)
        return pyotp.TOTP(SECRET).at(self.house.now)

    @contextmanager
    def client(self, name: str = "") -> Iterator[TestClient]:
        """A browser without script, signed in as ``name`` if given."""
        with TestClient(self.app, base_url=ORIGIN, headers={"origin": ORIGIN}, follow_redirects=False) as client:
            if name:
                sign_in(client, name, self.code)
            yield client


def sign_in(client: TestClient, name: str, code: Any) -> None:
    answer = client.post(
        "/sign-in", data={"csrf": csrf(client, "/sign-in"), "email": f"{name}@example.test", "password": PASSWORD}
    )
    assert answer.status_code == 303, answer.text
    answer = client.post("/second-factor", data={"csrf": csrf(client, "/second-factor"), "code": code()})
    assert answer.status_code == 303, answer.text


def csrf(client: TestClient, path: str) -> str:
    """The proof in the form of a page."""
    text = client.get(path, follow_redirects=True).text
    return text.split('name="csrf" value="', 1)[1].split('"', 1)[0]


@pytest.fixture(scope="session")
def portal(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """The portal that tests look at. Tests that change something use accounts or people of their own."""
    for build in builder(template, tmp_path_factory.mktemp("portal")):
        yield furnished(build())


def furnished(house: House) -> Portal:
    """Two brokers' September day is filed, printed and filed as a month; people of every persona can sign in."""
    it = days.day(60, seed=5, brokers=2, importers=4)
    house.admit(it.people, OFFICE)
    for file in it.files:
        house.put(f"B-{file.sender}", file.name, file.data)
    house.run()
    for (day,) in house.ask(
        "SELECT DISTINCT statement_date FROM entry_summary_version WHERE statement_date IS NOT NULL"
    ):
        month.print_daily(house.settings, day, now=lambda: house.now)
    for (first,) in house.ask("SELECT DISTINCT month FROM statement WHERE month IS NOT NULL"):
        month.print_monthly(house.settings, first, now=lambda: house.now)
    filing.file_month(house.settings, date(2026, 9, 1), now=lambda: house.now)
    traded.invoices(house, 60, 5, 2, 4, days.DAY)
    traded.exports(house, f"B-{it.people.brokers['filer_code'].iloc[1]}")
    traded.x12(house, it.account, it.people.brokers["filer_code"].iloc[0])
    made = Portal(house, it.people)
    importers = [id for (id,) in house.ask("""SELECT importer_account_id FROM entry_summary WHERE status = 'accepted'
        AND importer_account_id IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1""")]  # fmt: skip
    brokers = [made.account(f"B-{code}")[0] for code in it.people.brokers["filer_code"]]
    office = made.account("O-2704")[0]
    for name, account, role in (
        ("importer", importers[0], "owner"),
        ("other_importer", importers[1], "owner"),
        ("broker", brokers[0], "owner"),
        ("other_broker", brokers[1], "owner"),
        ("exporter", made.account(traded.EXPORTER)[0], "owner"),
        ("other_exporter", made.account(traded.OTHER_EXPORTER)[0], "owner"),
        ("officer", office, "officer"),
        ("operations", office, "operations"),
        ("nobody", None, ""),
    ):
        made.enrol(name, account, role)
    made.enrol("reader", importers[0], "reader", sees_money=False)
    made.enrol("export_clerk", made.account(traded.EXPORTER)[0], "reader", sees_money=False)
    return made


OFFICE = """
[[account]]
number = "O-2704"
kind = "office"
name = "Port of Los Angeles"
identifier = "2704"
"""


def _dicts() -> Any:
    from psycopg.rows import dict_row

    return dict_row


_HASH: list[str] = []


def _hash() -> str:
    if not _HASH:
        _HASH.append(credentials.hashed(PASSWORD))
    return _HASH[0]


@pytest.fixture(scope="module")
def house(portal: Portal) -> Portal:
    """The portal with its months added up."""
    rollup.refresh(portal.house.settings, lambda: portal.house.now)
    return portal


@pytest.fixture(scope="module")
def mine(house: Portal) -> int:
    """The account of the importer."""
    return house.accounts["importer"]


@pytest.fixture(scope="session")
def served(portal: Portal) -> Iterator[str]:
    """The address of the portal."""
    with serving(portal) as origin:
        yield origin


@contextmanager
def serving(portal: Portal) -> Iterator[str]:
    """A portal on a real port, for a real browser; its address. Chromium takes Secure cookies from localhost."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    origin = f"http://localhost:{port}"
    app = create_app(dataclasses.replace(portal.config, origin=origin))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    yield origin
    server.should_exit = True
    thread.join(10)


QUIETLY = (
    *("no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking"),
    *("disable-component-update", "disable-sync"),
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Debian's Chromium, driven by Playwright, which keeps an event loop in this thread until it stops: others need
    one of their own, so it ends with the module."""
    import shutil

    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium")
    if program is None:
        pytest.skip("no Chromium (apt-get install chromium)")
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=program,
            args=[f"--{flag}" for flag in QUIETLY],
        )
        yield browser
        browser.close()


class Visit:
    """A browser session of one person; ``told`` is whatever the console said."""

    def __init__(self, browser: Any, origin: str, portal: Portal, name: str = "", **options: Any) -> None:
        self.origin, self.portal = origin, portal
        self.context = browser.new_context(base_url=origin, **options)
        self.page = self.context.new_page()
        self.told: list[str] = []
        self.page.on("console", lambda message: self.told.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.told.append(f"error: {error}"))
        if name:
            self.sign_in(name)

    def sign_in(self, name: str) -> None:
        page = self.page
        page.goto("/sign-in")
        page.get_by_label("E-mail address").fill(f"{name}@example.test")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.get_by_label("Code of your authenticator").fill(self.portal.code())
        page.get_by_role("button", name="Go on").click()
        page.wait_for_url(lambda url: "/second-factor" not in url)

    def close(self) -> None:
        self.context.close()


@pytest.fixture
def visit(chromium: Any, served: str, portal: Portal) -> Iterator[Any]:
    """Opens browser sessions: ``visit("importer")``, with Playwright's options for the context."""
    open_: list[Visit] = []

    def make(name: str = "", **options: Any) -> Visit:
        open_.append(Visit(chromium, served, portal, name, **options))
        return open_[-1]

    yield make
    for it in open_:
        it.close()


AXE = Path(__file__).parents[2] / "portal" / "assets" / "node_modules" / "axe-core" / "axe.min.js"


def violations(page: Any) -> list[str]:
    """What axe finds on the page against WCAG 2.2 AA. Put in past the page's own policy, as a person's tool is."""
    page.evaluate(f"() => {{ {AXE.read_text()} }}")
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    found = page.evaluate("async (rules) => (await axe.run(document, {runOnly: rules})).violations", rules)
    return [f"{it['id']}: {it['help']} at {', '.join(str(n['target']) for n in it['nodes'][:3])}" for it in found]
