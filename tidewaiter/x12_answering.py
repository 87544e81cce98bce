"""X12 in, answers out: the computation that both the intake and `tidewaiter check` run. No database, no network, no
clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

import pandas as pd

from parsers.x12 import acknowledge, listed
from parsers.x12.acknowledge import How, Party
from parsers.x12.read import Document
from parsers.x12.write import Separators
from tidewaiter.settings import Settings
from transforms.x12 import advice, agreed, going_out, matching, numbers, placed, reasons, verdicts
from transforms.x12.outcome import Outcome

#: Set -> the module whose ``decide(conn, document, context)`` says what such sets mean. Imported when one comes.
DESKS: Mapping[str, str] = {"601": "tidewaiter.export_filing", "810": "tidewaiter.invoicing"}
#: Answers by kind, and the end of their file name.
SUFFIXES = {"997": ".997", "999": ".999", "ta1": ".ta1", "824": ".824", "reasons": ".reasons.csv"}


def seen_nothing(wanted: pd.DataFrame) -> pd.DataFrame:
    """No number is taken."""
    return wanted.iloc[:0].assign(file="", at=pd.Timestamp(0, tz="UTC"))


NOTHING_SEEN = numbers.Seen(seen_nothing, seen_nothing, seen_nothing, seen_nothing)


Decide = Callable[[str, Document], Outcome]


@dataclass(frozen=True, slots=True)
class With:
    """Everything that an answer depends on beside the bytes.

    ``profiles`` of the account that sent them, ``own`` who we are, ``seen`` which numbers are taken, ``next_number``
    those of our answers (``How.numbers``), ``decide`` asks a desk (its module, the judged document), ``matched`` says
    as what, or in answer to what, we sent the message that a statement of the partner speaks of.
    """

    at: datetime
    own: agreed.Own
    profiles: Sequence[agreed.Profile]
    next_number: Callable[[Party, Party, acknowledge.Level], int]
    decide: Decide
    seen: numbers.Seen = NOTHING_SEEN
    matched: Callable[[matching.Statement], Sequence[str]] = lambda statement: ()


@dataclass(frozen=True, slots=True)
class Answered:
    """What was computed of a file: its judged ``document``, what the desks decided and what was noted beside
    (``outcome``), ``dispositions`` of all sets, ``gaps`` in words, and the answers by kind."""

    document: Document
    outcome: Outcome
    dispositions: pd.DataFrame
    gaps: list[str]
    answers: dict[str, bytes]


def answer(document: Document, it: With) -> Answered:
    """Steps 2 to 5."""
    document, notes, gaps = judged(document, it)
    document = listed.shortened(document)
    known = verdicts.for_desks(document)
    taken = set(known.sets.loc[known.sets["status"] != "R", "set_id"])
    decided = Outcome.of(it.decide(DESKS[name], known) for name in sorted(taken & DESKS.keys()))
    unread = verdicts.unread(document, (*DESKS, *matching.SETS, matching.ADVICE))
    notes = placed.joined([notes, unread, matching.told(matching.statements(document), it.matched)])
    how = partial(_how, it)
    replies = acknowledge.acknowledge(document, how)
    advised = advice.advices(document, decided, how)
    all_told = replace(decided, conditions=placed.joined([notes, decided.conditions]))
    answers = going_out.functional(replies) | ({"824": advised} if advised else {})
    answers["reasons"] = reasons.reasons(document, all_told, replies)
    return Answered(document, all_told, verdicts.dispositions(document, decided), gaps, answers)


def judged(document: Document, it: With) -> tuple[Document, pd.DataFrame, list[str]]:
    """The document with its verdicts, notes to it, and the gaps in the numbers of its interchanges."""
    said = agreed.check(document, it.profiles, it.own)
    strict = [profile is not None and profile.strict for profile in said.profiles]
    document = verdicts.judged(said.document, strict)
    repeated = numbers.interchanges(document, numbers.as_numbers(document.interchanges["control_number"]), it.seen)
    if repeated.document is not document:
        document = verdicts.judged(repeated.document, strict)
    inside = numbers.within(document, numbers.as_numbers(document.groups["control_number"]), it.seen, strict)
    if inside.document is not document:
        document = verdicts.judged(inside.document, strict)
    return document, placed.joined([said.notes, repeated.notes, inside.notes]), repeated.gaps


def _how(it: With, partner: Party) -> How:
    """How a partner is answered: as its profile says, or, where it has none, as it came."""
    profile: Any = agreed.profile_of(it.profiles, *partner)
    us = Party(it.own.qualifier, it.own.identifier)
    made = How(
        at=it.at,
        numbers=it.next_number,
        own=(us,) if profile else (),
        nobody=us,
        group_id=it.own.group_id,
    )
    if profile is None:
        return made
    return replace(made, acknowledgment=profile.acknowledgment, separators=_separators(profile.separators))


def _separators(written: str) -> Separators | None:
    """Those of a profile; a line end follows a terminator that can be seen."""
    if not written:
        return None
    return Separators(written[0], written[1], written[2], written[3], "\n" if written[3].isprintable() else "")


def own(settings: Settings) -> agreed.Own:
    """Who we are."""
    return agreed.Own(settings.x12_qualifier, settings.x12_id, settings.x12_group_id or settings.x12_id)
