"""Where a visitor may go: paths of the wire become an open folder and a name in it, or a refusal.

Every folder on the way is opened relative to the one before it without following links, so neither `..`, nor an
absolute path, nor a link that somebody swaps in at the right moment leads outside.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from sftp_drop import home

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC

# What may be done with the files of a folder: l list, r read, w write and create, d delete and rename away.
_OUTBOUND = (*home.ANSWERS.values(), home.STATEMENTS)
ACCOUNT = {"": "l"} | dict.fromkeys(home.INBOUND, "lrwd") | dict.fromkeys(_OUTBOUND, "lrd")
OPERATOR = {"": "l"} | dict.fromkeys(home.FOLDERS, "lrwd")


class Place(NamedTuple):
    """A path of the wire, understood: a `folder` in the home of an `account` ("": the home), maybe a `name` in it."""

    account: str
    folder: str
    name: str

    def __str__(self) -> str:
        return "/".join(filter(None, self))


class Fence:
    """The view of one visitor: of his account's home, or for the operator (`account` None) of all homes."""

    def __init__(self, homes: Path, account: str | None):
        self.account = account
        self._rights = OPERATOR if account is None else ACCOUNT
        self._homes = homes

    def place(self, path: str) -> Place:
        """What a path means. `..` is resolved in the text alone and stops at the visitor's root."""
        parts: list[str] = []
        for part in path.split("/"):
            if part == "..":
                del parts[-1:]
            elif part not in ("", "."):
                parts.append(part)
        if self.account is None:
            account, *rest = parts or [""]
        else:
            account, rest = self.account, parts
        folder = "/".join(rest)
        return Place(account, folder, "") if folder in self._rights else Place(account, "/".join(rest[:-1]), rest[-1])

    @contextmanager
    def enter(self, place: Place, right: str) -> Iterator[int]:
        """The folder of a place as an open descriptor, for one of the rights `l`, `r`, `w`, `d`. Raises OSError."""
        if place.account and not home.is_account(place.account):
            raise FileNotFoundError(errno.ENOENT, "no such account")
        if place.folder not in self._rights:
            raise FileNotFoundError(errno.ENOENT, "no such folder")
        if right not in self._rights[place.folder]:
            raise PermissionError(errno.EACCES, f"not allowed in {place.folder or 'the home folder'}/")
        if place.name.startswith(".") and self.account is not None:
            raise PermissionError(errno.EACCES, "names may not begin with a dot")
        here = os.open(self._homes, _FOLDER)
        try:
            for part in filter(None, (place.account, *place.folder.split("/"))):
                here, above = os.open(part, _FOLDER, dir_fd=here), here
                os.close(above)
            yield here
        finally:
            os.close(here)

    def shows(self, name: str) -> bool:
        """Whether a listing shows this name: hidden ones only to the operator, and none that the wire cannot
        spell."""
        try:
            name.encode()
        except UnicodeEncodeError:
            return False
        return self.account is None or not name.startswith(".")
