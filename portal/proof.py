"""Who changes what is sensitive proves once more who they are: password and code, or a passkey, within ten minutes."""

from __future__ import annotations

import re
from datetime import timedelta

from fastapi.responses import Response

from portal.pages import see
from portal.viewer import Viewer

#: How long a proof of who one is lasts.
LASTS = timedelta(minutes=10)
#: Where to go on after a proof; nothing else is gone to.
_AFTER = {"passkey": "/me/passkeys/new", "me": "/me"}
_ACCOUNT = re.compile(r"account(/(invite|hand-over|sub-accounts|users/[0-9]{1,18}))?")


def proved(viewer: Viewer) -> bool:
    """Whether the person showed lately who they are."""
    at = viewer.session.proved_at
    return at is not None and at > viewer.now - LASTS


def known(then: str) -> str:
    """``then`` if a proof may lead there, else where one's own sign-in is."""
    return then if then in _AFTER or _ACCOUNT.fullmatch(then) else "me"


def after(then: str) -> str:
    """The address to go on to."""
    return _AFTER.get(known(then), f"/{known(then)}")


def wanted(viewer: Viewer, then: str) -> Response | None:
    """The way to the proof if it is wanted, and from there to ``then`` (as ``account/invite``)."""
    return None if proved(viewer) else see(f"/me/prove?then={then}")
