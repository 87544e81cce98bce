"""Forms: what was sent, only from a page of ours. Before sign-in the proof is a cookie and a field that agree; after it
the session's own secret."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile

from portal.viewer import Refused, viewer_of

#: The cookie that a form before sign-in is tied to.
COOKIE = "__Host-form"
FIELD = "csrf"


class Form:
    """The fields of a form, text trimmed; and what is wrong with them, by field."""

    def __init__(self, data: FormData) -> None:
        self._data = data
        self.faults: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        value = self._data.get(name, "")
        return _text(value).strip()

    def raw(self, name: str) -> str:
        """A field as it was sent: a password may end in a blank."""
        value = self._data.get(name, "")
        return _text(value)

    def all(self, name: str) -> list[str]:
        return [_text(value).strip() for value in self._data.getlist(name) if isinstance(value, str)]

    def file(self, name: str) -> UploadFile | None:
        value = self._data.get(name)
        return value if isinstance(value, UploadFile) and value.filename else None

    def need(self, name: str, words: str, *, good: Any = bool) -> str:
        """The field, with ``words`` as its fault unless ``good`` says it is."""
        value = self[name]
        if not good(value):
            self.faults[name] = words
        return value

    @contextmanager
    def telling(self, name: str, *errors: type[Exception]) -> Iterator[None]:
        """What is raised inside is the fault of the field."""
        try:
            yield
        except errors as fault:
            self.faults[name] = str(fault)


def _text(value: object) -> str:
    """A field of a form: at most so long, and without what no database keeps."""
    return value[:4000].replace("\0", "") if isinstance(value, str) else ""


async def checked(request: Request) -> Form:
    """The form of a POST, if it shows that one of our pages sent it. A dependency of every route that changes anything
    (``tests/portal/test_routes.py`` asserts it).

    Raises
        Refused: the proof is missing or another's.
    """
    viewer = viewer_of(request)
    data = await request.form(max_files=8, max_fields=400, max_part_size=64 << 10)
    given = data.get(FIELD, "")
    expected = viewer.session.csrf if viewer else request.cookies.get(COOKIE, "")
    if not isinstance(given, str) or not expected or not hmac.compare_digest(given.encode(), expected.encode()):
        raise Refused(403, "This form is too old, or was not sent from one of our pages. Open the page again.")
    return Form(data)


#: The parameter of a route that changes something.
Sent = Annotated[Form, Depends(checked)]
