"""Files in, answers out: the computation both the intake and `tidewaiter check` run. No database, no network, no
clock."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from parsers import identify
from parsers.catair import envelope, read, response
from transforms import account_rows, answer, authority, entry_summary, lifecycle, reasons, together
from transforms.conditions import dictionary, evaluate
from transforms.conditions.registry import World
from transforms.statement import messages

log = logging.getLogger(__name__)

#: Answers beside the AX: their kind in the outbox and the end of their file name.
SUFFIXES = {"ax": ".ax", "reasons": ".reasons.csv", "importer": ".ack.csv"}

#: Message types that are answered; others that the chapters know are refused (X13).
ANSWERED = ("AE", *messages.APPLICATIONS)

#: What an A record of such a message looks like; more than A records may.
_ABOUT_STATEMENTS = re.compile(rb"A[^\r\n]{24}(?:SU|RM)", re.IGNORECASE)

Errors = tuple[type[Exception], ...]
ReadState = Callable[[pd.DataFrame], pd.DataFrame | None]
ReadAccounts = Callable[[list[str]], pd.DataFrame]


def x12(data: bytes) -> bool:
    """Whether a file is X12, which is not computed here (``tidewaiter.x12_intake``)."""
    return identify.identify(data) == "x12"


def alone(data: bytes) -> bool:
    """Whether a file is to be computed by itself: messages about statements and X12 are decided on what the files
    before it have left on file, entry summaries of many files at once."""
    if x12(data):
        return True
    if not _ABOUT_STATEMENTS.search(data) or identify.identify(data) != "catair":
        return False
    return not envelope.applications_in(data).isdisjoint(messages.APPLICATIONS)


@dataclass(frozen=True, slots=True)
class Entries:
    """The entry summaries among the messages of a shard, by themselves; ``txn`` is the place of each among all."""

    parsed: read.Parsed
    facts: entry_summary.EntrySummaries
    conditions: pd.DataFrame
    dispositions: pd.DataFrame
    txn: np.ndarray


@dataclass(frozen=True, slots=True)
class Answered:
    """Everything computed about a shard. Positions in ``parsed.frames.file`` are positions in ``formats``.

    ``formats`` says per file ``catair``, ``empty`` or ``unknown``; ``answers`` has one AX per file and
    ``reasons`` one CSV; ``aside`` names the files that are not answered but await an operator, with the reason;
    ``unchecked`` lists conditions that lacked a reference table. ``facts.header``, ``dispositions`` and ``conditions``
    are those of all transactions. ``asked`` are messages about statements: while they are not decided they count as
    rejected, and there are no answers.
    """

    parsed: read.Parsed
    facts: entry_summary.EntrySummaries
    conditions: pd.DataFrame
    dispositions: pd.DataFrame
    unchecked: list[evaluate.Unchecked]
    state: pd.DataFrame | None
    formats: list[str]
    entries: Entries
    aside: dict[int, str]
    asked: list[messages.Run] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)
    reasons: list[bytes] = field(default_factory=list)


def compute(
    files: Sequence[bytes],
    *,
    today: date,
    reference: Mapping[str, pd.DataFrame],
    access: authority.Access | None = None,
    senders: Sequence[int] = (),
    trial: bool = False,
    read_state: ReadState = lambda keys: None,
    read_accounts: ReadAccounts | None = None,
    decide: messages.Decide | None = None,
) -> Answered:
    """Parse, validate and answer files in their order; X12 files are not for it (:func:`x12`).

    ``access`` says what may be transmitted by whom (None: not checked), ``senders`` which account sent each file; each
    file of a ``trial`` is a dry run, which finds on file what stood there before and nothing of the others;
    ``read_state`` is asked once for the present state of the entries that the files name (the default knows of none),
    ``read_accounts`` for the active accounts behind filer codes and importer numbers (``kind identifier``; without it
    whose account is active is not checked).
    ``decide`` decides messages about statements, run by run; where there are some and it is None, :func:`complete` has
    to be called before there are answers.
    """
    formats: list[str] = [identify.identify(data) for data in files]
    sent = [data if kind == "catair" else b"" for data, kind in zip(files, formats, strict=True)]
    parsed = read.parse(sent, answered=ANSWERED)
    parsed = authority.refuse(parsed, authority.unavailable(parsed))
    if access is not None:
        parsed = authority.refuse(parsed, authority.check(parsed, access, senders))
    asked = messages.runs(parsed)
    own = parsed.only("AE") if asked else parsed
    facts = entry_summary.facts(own)
    named = facts.header[["filer_code", "entry_number"]]
    state = read_state(pd.concat([named, messages.keys(asked)], ignore_index=True) if asked else named)
    if read_accounts is not None:
        numbers = {*facts.header["filer_code"].unique(), *facts.header["importer_number"].unique()}
        reference = {**reference, "statement_accounts": read_accounts(sorted(numbers))}
    world = World(today=today, ref=reference, state=state, accounts=None if access is None else access.filers)
    found, unchecked = evaluate.evaluate(facts, world, own)
    dispositions, more = lifecycle.decide(facts, found, state, own.transactions["file"] if trial else None)
    conditions = evaluate.ordered([found, more])
    entries = Entries(own, facts, conditions, dispositions, together.places(parsed, "AE"))
    it = Answered(parsed, facts, conditions, dispositions, unchecked, state, formats, entries, {}, asked)
    if not asked:
        return _worded(it, answer.ax(facts, parsed, conditions, dispositions))
    if decide is None:
        return _joined(it, None)
    return complete(it, decide)


def complete(it: Answered, decide: messages.Decide) -> Answered:
    """The same with its messages about statements decided, in their order, and every file answered."""
    if not it.asked:
        return it
    told = messages.told(it.parsed, [decide(run) for run in it.asked])
    own = it.entries
    body, txn = answer.transactions(own.facts, own.parsed, own.conditions, own.dispositions)
    block = np.concatenate([own.parsed.transactions["block"].to_numpy()[txn], told.block])
    order = np.argsort(block, kind="stable")
    both = np.concatenate([body, told.body])[order]
    return _worded(_joined(it, told), response.respond(it.parsed, both, block[order], dictionary.texts()))


def _joined(it: Answered, told: messages.Told | None) -> Answered:
    """The tables of all transactions: entry summaries, and decided messages about statements or blanks for them."""
    own, count = it.entries, len(it.parsed.transactions)
    joined = partial(together.join, own.txn, count)
    if told is None:
        return replace(
            it,
            facts=replace(own.facts, header=joined(own.facts.header)),
            dispositions=joined(own.dispositions, blank={"effect": "rejected"}),
            conditions=together.renumber(own.conditions, own.txn),
        )
    return replace(
        it,
        facts=replace(own.facts, header=joined(own.facts.header, told.txn, told.header)),
        dispositions=joined(own.dispositions, told.txn, told.dispositions),
        conditions=evaluate.ordered([together.renumber(own.conditions, own.txn), told.conditions]),
    )


def _worded(it: Answered, answers: list[bytes]) -> Answered:
    """With an answer and its reasons in words for each file."""
    words = reasons.reasons(it.facts, it.parsed, it.conditions, it.dispositions)
    for at, kind in enumerate(it.formats):
        if kind in ("empty", "unknown"):
            answers[at], words[at] = answer.not_edi(), reasons.not_edi(kind)
    return replace(it, answers=answers, reasons=words)


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
    """What goes out: columns ``file kind importer_number suffix body``, a blank importer number meaning the sender.
    Nothing while messages about statements are not decided."""
    if it.asked and not it.answers:
        return pd.DataFrame(columns=["file", "kind", "importer_number", "suffix", "body"])
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
    own = it.entries
    made = account_rows.rows(own.facts, own.dispositions, own.parsed)
    return {name: together.renumber(table, own.txn) for name, table in made.items()} if it.asked else made


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
