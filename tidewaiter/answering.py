"""Files in, answers out: the computation both the intake and `tidewaiter check` run. No database, no network, no
clock."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd

from parsers import identify
from parsers.catair import read
from transforms import account_rows, answer, authority, entry_summary, lifecycle, reasons
from transforms.conditions import evaluate
from transforms.conditions.registry import World

log = logging.getLogger(__name__)

#: Answers beside the AX: their kind in the outbox and the end of their file name.
SUFFIXES = {"ax": ".ax", "reasons": ".reasons.csv", "importer": ".ack.csv"}
X12_LATER = "ANSI X12 is not read yet"

Errors = tuple[type[Exception], ...]
ReadState = Callable[[pd.DataFrame], pd.DataFrame | None]


@dataclass(frozen=True, slots=True)
class Answered:
    """Everything computed about a shard. Positions in ``parsed.frames.file`` are positions in ``formats``.

    ``formats`` says per file ``catair``, ``x12``, ``empty`` or ``unknown``; ``answers`` has one AX per file and
    ``reasons`` one CSV; ``aside`` names the files that are not answered but await an operator, with the reason;
    ``unchecked`` lists conditions that lacked a reference table.
    """

    parsed: read.Parsed
    facts: entry_summary.EntrySummaries
    conditions: pd.DataFrame
    dispositions: pd.DataFrame
    unchecked: list[evaluate.Unchecked]
    state: pd.DataFrame | None
    formats: list[str]
    answers: list[bytes]
    reasons: list[bytes]
    aside: dict[int, str]


def compute(
    files: Sequence[bytes],
    *,
    today: date,
    reference: Mapping[str, pd.DataFrame],
    access: authority.Access | None = None,
    senders: Sequence[int] = (),
    trial: bool = False,
    read_state: ReadState = lambda keys: None,
) -> Answered:
    """Parse, validate and answer files in their order.

    ``access`` says what may be transmitted by whom (None: not checked), ``senders`` which account sent each file; each
    file of a ``trial`` is a dry run, which finds on file what stood there before and nothing of the others;
    ``read_state`` is asked once for the present state of the entries that the files name (the default knows of none).
    """
    formats: list[str] = [identify.identify(data) for data in files]
    parsed = read.parse([data if kind == "catair" else b"" for data, kind in zip(files, formats, strict=True)])
    parsed = authority.refuse(parsed, authority.unavailable(parsed))
    if access is not None:
        parsed = authority.refuse(parsed, authority.check(parsed, access, senders))
    facts = entry_summary.facts(parsed)
    state = read_state(facts.header[["filer_code", "entry_number"]])
    world = World(today=today, ref=reference, state=state, accounts=None if access is None else access.filers)
    found, unchecked = evaluate.evaluate(facts, world, parsed)
    dispositions, more = lifecycle.decide(facts, found, state, parsed.transactions["file"] if trial else None)
    conditions = evaluate.ordered([found, more])
    answers = answer.ax(facts, parsed, conditions, dispositions)
    words = reasons.reasons(facts, parsed, conditions, dispositions)
    for at, kind in enumerate(formats):
        if kind in ("empty", "unknown"):
            answers[at], words[at] = answer.not_edi(), reasons.not_edi(kind)
    aside = {at: X12_LATER for at, kind in enumerate(formats) if kind == "x12"}
    return Answered(parsed, facts, conditions, dispositions, unchecked, state, formats, answers, words, aside)


def compute_apart(files: Sequence[bytes], *, transient: Errors, senders: Sequence[int], **how: Any) -> Answered:
    """:func:`compute`, but a file that our own code cannot digest is set aside instead of stopping the others.

    That is a bug of ours, whatever the file holds; it is logged with its traceback and named in ``aside``.
    ``transient`` errors are those of the world around us, not of a file: they pass.
    """
    try:
        return compute(files, senders=senders, **how)
    except transient:
        raise
    except Exception:
        log.exception("a file cannot be digested")
    aside = {}
    for at, data in enumerate(files):
        try:
            compute([data], senders=[senders[at]], **how)
        except transient:
            raise
        except Exception as bug:
            aside[at] = f"{type(bug).__name__}: {bug}"
    if not aside:  # each by itself goes well, together they do not
        aside = dict.fromkeys(range(len(files)), "these files cannot be computed together")
    it = compute([b"" if at in aside else data for at, data in enumerate(files)], senders=senders, **how)
    return replace(it, aside=it.aside | aside, formats=[identify.identify(data) for data in files])


def acknowledgments(it: Answered) -> pd.DataFrame:
    """What goes out: columns ``file kind importer_number suffix body``, a blank importer number meaning the sender."""
    own = pd.DataFrame(
        [
            (at, kind, "", SUFFIXES[kind], body)
            for at, bodies in enumerate(zip(it.answers, it.reasons, strict=True))
            for kind, body in zip(("ax", "reasons"), bodies, strict=True)
            if at not in it.aside
        ],
        columns=["file", "kind", "importer_number", "suffix", "body"],
    )
    theirs = reasons.importer_acknowledgments(it.facts, it.parsed, it.conditions, it.dispositions, it.state)
    return pd.concat([own, theirs.assign(kind="importer", suffix=SUFFIXES["importer"])], ignore_index=True)


def rows(it: Answered) -> dict[str, pd.DataFrame]:
    """The accepted filings as rows of the account tables."""
    return account_rows.rows(it.facts, it.dispositions, it.parsed)


def outcome(it: Answered) -> pd.DataFrame:
    """What is recorded of each file: ``format``, ``state`` (answered or quarantined) and ``reason``."""
    files = range(len(it.formats))
    return pd.DataFrame(
        {
            "format": it.formats,
            "state": ["quarantined" if at in it.aside else "answered" for at in files],
            "reason": [it.aside.get(at, "") for at in files],
        }
    )
