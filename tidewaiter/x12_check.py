"""`tidewaiter check` of an X12 file: without a server by syntax, envelope and the business rules that need no account,
as if nothing were on file; with the home's accounts by numbers, profiles and what is on file as well."""

from __future__ import annotations

import csv
import importlib
import io
import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, date, datetime
from functools import partial
from itertools import count
from pathlib import Path

import numpy as np
import pandas as pd

from parsers.x12.read import read
from tidewaiter import x12_answering
from tidewaiter.checked import ACCEPTED, NOT_EDI, REJECTED, Checked
from tidewaiter.settings import NotInitialised, Settings
from tidewaiter.x12_answering import With
from transforms.x12 import agreed, numbers
from transforms.x12.outcome import Context

#: Codes of rows that say what became of an interchange or a set, and not why.
VERDICTS = ("A", "E", "P", "R")


def check(data: bytes, home: str | None, sender: str, today: date, reference: Mapping[str, pd.DataFrame]) -> Checked:
    """What a file would be answered; ``sender`` blank: without accounts. Nothing is kept, numbers begin at 1."""
    now = datetime.now(UTC)
    given: dict[str, count] = defaultdict(lambda: count(1))
    how = partial(
        With, at=now, own=x12_answering.own(_settings(home)), next_number=lambda us, them, level: next(given[level])
    )
    if not sender:
        document = read(data)
        context = Context(-1, -1, now, today, reference, True, np.full(len(document.sets), -1))
        known = how(profiles=[], decide=lambda desk, judged: importlib.import_module(desk).alone(judged, context))
        return _checked(x12_answering.answer(document, known))
    from loaders import accounts, db
    from loaders.x12 import partners
    from tidewaiter import database, x12_intake

    with database.up(Settings.load(home)) as url, closing(db.connect(url, autocommit=True)) as conn:
        account = accounts.find(conn, sender, today)
        profiles = partners.of(conn, [account], today)
        document = read(data, read_as=agreed.reading(profiles))
        context = Context(account, -1, now, today, reference, True, np.full(len(document.sets), -1))
        known = how(
            profiles=profiles,
            decide=lambda desk, judged: importlib.import_module(desk).decide(conn, judged, context),
            seen=numbers.Seen(*(partial(ask, conn, account) for ask in x12_intake.ON_FILE)),
        )
        return _checked(x12_answering.answer(document, known))


def _checked(it: x12_answering.Answered) -> Checked:
    every = list(csv.DictReader(io.StringIO(it.answers["reasons"].decode())))
    messages = {kind: body.decode("latin-1") for kind, body in it.answers.items() if kind != "reasons"}
    told = {
        "format": "x12",
        "sets": json.loads(it.dispositions.to_json(orient="records")),
        "reasons": every,
        "answers": messages,
    }
    return Checked(
        code=_code(it),
        answers={x12_answering.SUFFIXES[kind]: body for kind, body in it.answers.items()},
        rows=[row for row in every if row["severity"] and row["code"] not in VERDICTS],
        said=_said(it),
        told=told,
    )


def _code(it: x12_answering.Answered) -> int:
    if not len(it.document.interchanges):
        return NOT_EDI
    refused = (it.document.interchanges["code"] == "R").any() or (it.document.groups["status"] == "R").any()
    return REJECTED if refused or (it.dispositions["final"] == "R").any() else ACCEPTED


def _said(it: x12_answering.Answered) -> str:
    effects = Counter(it.dispositions["effect"])
    sets = [f"{n} {effect}" for effect, n in sorted(effects.items())]
    refused = int((it.document.interchanges["code"] == "R").sum())
    gone = [f"{refused} interchange{'s' * (refused > 1)} rejected"] if refused else []
    return ", ".join([*sets, *gone]) or "an envelope without a set"


def _settings(home: str | None) -> Settings:
    """Those of the home; the defaults where there is none, unless one was named."""
    try:
        return Settings.load(home)
    except NotInitialised:
        if home:
            raise
        return Settings(home=Path())
