"""The demonstration's portal: a person of each persona, whose login is printed, and their first page as it answers."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit

import pyotp

from tidewaiter import rollup, targeting
from tidewaiter.settings import Settings
from transforms.calendar import business_date

#: The office whose officers and operations staff sign in.
OFFICE = "O-2704"
OFFICE_TOML = f"""
[[account]]
number = "{OFFICE}"
kind = "office"
name = "Port of Los Angeles"
identifier = "2704"
"""
#: Pages of each persona beside the first one, as something to look at.
PAGES = {
    "importer": ("/importer/filings", "/importer/invoices"),
    "exporter": ("/exporter/filings", "/exporter/statements"),
    "broker": ("/broker/month",),
    "officer": ("/officer/accounts",),
    "operations": (),
}


class NoPage(Exception):
    """A page of the portal did not answer as it should; the message says which and how."""


@dataclass(frozen=True)
class Login:
    """A person and what lets them in; ``key`` is that of the authenticator."""

    persona: str
    account: str
    email: str
    password: str
    key: str


def open_house(settings: Settings, address: str, importer: str, exporter: str, broker: str, say) -> list[Login]:
    """Bring charts and queue up to date, let one of each persona in, and print logins and how their pages answer.

    Raises
        NoPage: somebody who should see their first page does not.
    """
    rollup.refresh(settings)
    made = targeting.make_queue(settings, business_date(datetime.now(UTC)))
    say(f"the officers' queue is made: {sum(made.lanes.values())} items out of {made.entries} entry summaries")
    people = [
        f"importer={importer}=owner",
        f"exporter={exporter}=owner",
        f"broker={broker}=owner",
        f"officer={OFFICE}=officer",
        f"operations={OFFICE}=operations",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "portal.demo_people", str(settings.home), *people],
        check=True,
        capture_output=True,
        text=True,
    )
    logins = [Login(**one) for one in json.loads(done.stdout)]
    print(f"\nThe portal: {address}")
    print(f"  {'persona':11} {'account':15} {'e-mail address':25} {'password':20} authenticator key")
    for it in logins:
        print(f"  {it.persona:11} {it.account:15} {it.email:25} {it.password:20} {it.key}")
    print(f"\n  {'page':22} {'status':>6} {'kB':>6} {'ms':>6}")
    for it in logins:
        for page, status, size, seconds in Visit(address).tour(it):
            print(f"  {page:22} {status:>6} {size / 1e3:>6.1f} {seconds * 1e3:>6.0f}")
    return logins


class Visit:
    """A browser's part, as far as signing in needs it: cookies kept, forms sent with their proof."""

    def __init__(self, address: str) -> None:
        self.address, self.cookies = address, dict[str, str]()

    def tour(self, who: Login) -> list[tuple[str, int, int, float]]:
        """Sign in and look at pages: address, status, bytes and seconds of each."""
        self._post("/sign-in", email=who.email, password=who.password)
        status, body, home = self._post("/second-factor", code=pyotp.TOTP(who.key).at(datetime.now(UTC)))
        if status != 303:
            raise NoPage(f"{who.persona} cannot sign in ({status}): {_words(body)}")
        _, _, home = self._get(home)  # "/" leads to the hub
        seen = []
        for page in (home, *PAGES[who.persona]):
            began = time.perf_counter()
            status, body, _ = self._get(page)
            seen.append((page, status, len(body), time.perf_counter() - began))
            if status != 200:
                raise NoPage(f"{page} of the {who.persona} answers {status}: {_words(body)}")
        return seen

    def _get(self, path: str) -> tuple[int, bytes, str]:
        return self._ask("GET", path)

    def _post(self, path: str, **fields: str) -> tuple[int, bytes, str]:
        _, form, _ = self._get(path)
        proof = re.search(rb'name="csrf" value="([0-9a-f]+)"', form)
        if proof is None:
            raise NoPage(f"{path} has no form: {_words(form)}")
        return self._ask("POST", path, urlencode({"csrf": proof[1].decode(), **fields}))

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, bytes, str]:
        to = urlsplit(self.address)
        connection = http.client.HTTPConnection("127.0.0.1", to.port, timeout=30)
        headers = {"Host": to.netloc, "Origin": self.address, "Sec-Fetch-Site": "same-origin"}
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            for cookie in answer.headers.get_all("Set-Cookie") or []:
                name, _, value = cookie.partition(";")[0].partition("=")
                self.cookies[name] = value
            return answer.status, answer.read(), answer.headers.get("Location", "")
        finally:
            connection.close()


def _words(page: bytes) -> str:
    text = re.sub(r"<[^>]+>", " ", page.decode(errors="replace").partition("<main")[2])
    return " ".join(text.split())[:200]
