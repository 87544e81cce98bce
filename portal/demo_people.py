"""People for a demonstration: one of each persona, who can sign in at once. ``python -m portal.demo_people HOME`` makes
them and writes who they are, as JSON; their passwords are made by chance each time.
"""

from __future__ import annotations

import argparse
import json
import secrets
from contextlib import closing
from datetime import UTC, datetime

import pyotp
from psycopg.rows import dict_row

from loaders import db
from loaders.portal import people, users
from portal import config as configuration
from portal import credentials
from portal.credentials import Sealed
from tidewaiter import database
from tidewaiter.settings import Settings
from transforms.calendar import business_date


def enrol(settings: Settings, persona: str, account: str, role: str) -> dict[str, str]:
    """A person of the account with this number: e-mail address, password, and the key of the authenticator."""
    now = datetime.now(UTC)
    today, secret = business_date(now), credentials.new_totp()
    password, email = "-".join(secrets.token_hex(2) for _ in range(4)), f"{persona}@demo.example"
    with closing(db.connect(database.url(settings))) as conn:
        conn.row_factory = dict_row  # type: ignore[assignment]
        if users.by_email(conn, email) is None:  # type: ignore[arg-type]
            people.add(conn, email, f"{persona.title()} (demonstration)", account, role, today=today, now=now)  # type: ignore[arg-type]
        user = users.by_email(conn, email)  # type: ignore[arg-type]
        assert user is not None
        users.set_password(conn, user.id, credentials.hashed(password))  # type: ignore[arg-type]
        users.set_totp(conn, user.id, Sealed(configuration.key(settings.home)).seal(secret), 0)  # type: ignore[arg-type]
    return {"persona": persona, "account": account, "email": email, "password": password, "key": secret}


def code(key: str, at: datetime) -> str:
    """What the authenticator shows."""
    return pyotp.TOTP(key).at(at)


def main() -> None:
    parser = argparse.ArgumentParser(prog="portal.demo_people")
    parser.add_argument("home")
    parser.add_argument("people", nargs="+", metavar="PERSONA=ACCOUNT=ROLE")
    args = parser.parse_args()
    settings = Settings.load(args.home)
    print(json.dumps([enrol(settings, *person.split("=")) for person in args.people]))


if __name__ == "__main__":
    main()
