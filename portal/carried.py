"""Answers of a form of several pages, carried sealed from one page to the next: nobody can write them, another person
cannot use them, and a page that was not answered cannot be passed over."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from cryptography.fernet import InvalidToken

from portal.credentials import Sealed
from portal.viewer import Refused, Viewer

OLDEST = 3600  # seconds; a session that was idle for a quarter of it has ended


def pack(viewer: Viewer, purpose: str, answers: dict[str, Any]) -> str:
    """``answers`` (text, numbers, flags and dates), for this person, account and purpose only."""
    said = json.dumps([purpose, viewer.user.id, viewer.account_id, int(viewer.now.timestamp()), answers], default=_text)
    return Sealed(viewer.config.key).seal(said)


def unpack(viewer: Viewer, purpose: str, sealed: str) -> dict[str, Any]:
    """What was packed; dates come back as ISO text.

    Raises
        Refused: it was not packed by us for this, or is too old.
    """
    try:
        told, user, account, at, answers = json.loads(Sealed(viewer.config.key).open(sealed))
    except (InvalidToken, ValueError, TypeError):
        told = ""
    if not told or (told, user, account) != (purpose, viewer.user.id, viewer.account_id):
        raise Refused(403, "A page before this one was not answered. Begin again from the first page.")
    if int(viewer.now.timestamp()) - at > OLDEST:
        raise Refused(403, "These answers are too old. Begin again from the first page.")
    return answers


def _text(value: Any) -> str:
    assert isinstance(value, date)
    return value.isoformat()


#: How long an offer to somebody with a login is good, seconds.
OFFERED = 14 * 86_400


def seal_offer(viewer: Viewer, membership_id: int, account: str = "") -> str:
    """A membership that waits, with the name of its account (the acting one if not given), for the path of a link."""
    assert viewer.acting is not None
    said = json.dumps(["offer", membership_id, account or viewer.acting.name, int(viewer.now.timestamp())])
    return Sealed(viewer.config.key).seal(said)


def open_offer(viewer: Viewer, sealed: str) -> tuple[int, str]:
    """Membership and name of an offer.

    Raises
        Refused: it is not ours, or too old.
    """
    try:
        told, id, name, at = json.loads(Sealed(viewer.config.key).open(sealed))
    except (InvalidToken, ValueError, TypeError):
        told = ""
    if told != "offer" or int(viewer.now.timestamp()) - at > OFFERED:
        raise Refused(404, "This link is too old, or not complete. Ask for a new one.")
    return id, name
