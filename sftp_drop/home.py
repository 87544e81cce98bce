"""The drop of an account: which folders it has, and making them.

`inbox/` takes what is to be filed, `check/` what is only to be tried. `outbox/` holds receipts and answers to the
inbox, `outbox/check/` those of dry runs (apart, so that trying a file never overwrites the answer to filing it),
`outbox/statements/` the monthly ones. `.taken/` is where we put a file for the moment between reading and deleting
it.
"""

import os
import re
from pathlib import Path

from sftp_drop.errors import BadName

INBOUND = ("inbox", "check")
TAKEN = ".taken"
ANSWERS = {"inbox": "outbox", "check": "outbox/check"}
STATEMENTS = "outbox/statements"
FOLDERS = (*INBOUND, *(f"{folder}/{TAKEN}" for folder in INBOUND), *ANSWERS.values(), STATEMENTS)

_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")


def is_account(name: str) -> bool:
    """Whether `name` can be an account on the drop: 1 to 32 letters, digits, `_` and `-`, as a Unix user allows."""
    return _ACCOUNT.fullmatch(name) is not None


def create(homes: Path, account: str) -> Path:
    """Make the home of an account below `homes`, readable by this process's user only; repeating is harmless.

    Raises BadName for a name that is no account's, and NotADirectoryError when a link or file stands where a folder
    should be (nobody may move a home elsewhere by planting a link).
    """
    if not is_account(account):
        raise BadName(f"not an account name: {account!a}")
    home = Path(homes) / account
    for folder in (home, *(home / folder for folder in FOLDERS)):
        try:
            folder.mkdir(mode=0o700, parents=folder is home)
        except FileExistsError:
            # Opening, not asking, so that there is no moment between the question and its answer.
            os.close(os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW))
    return home
