"""Acknowledgments: for every interchange that came, one to whoever sent it, and to nobody twice.

1. The envelope: a TA1 where the sender asked for it (ISA14), where something is wrong with it, and where there is
   nothing else to say. It stands before the first group.
2. Each functional group: a 997, or a 999 (see :class:`How`), in a group FA, sender and receiver exchanged.
   Groups of one interchange that came from the same to the same are answered in one group FA.
3. An acknowledgment is never acknowledged: an interchange of nothing but TA1 and groups FA gets a TA1 if it asks for
   one, else nothing.
4. An interchange that is rejected (TA104 R) was not looked into: TA1 alone.

Instants are written in UTC: ISA09, ISA10, GS04 and GS05 have no zone.
"""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from parsers.x12 import fit, notes, response, ta1, texts
from parsers.x12.context import Contexts
from parsers.x12.maps import tables
from parsers.x12.write import Group, Header, Separators, Set, interchange

if TYPE_CHECKING:
    from parsers.x12.document import Document

Level = Literal["interchange", "group", "set"]
Kind = Literal["997", "999", "ta1", "none"]
_GUIDE = re.compile(r"00[5-9]\d{3}X\d")  # a GS08 that names an implementation guide, from 005010 on
_FIRST_999 = "005010"
_ACKNOWLEDGMENT = "FA"


class Party(NamedTuple):
    """One end of an interchange: its qualifier and identifier (ISA05 and ISA06, or ISA07 and ISA08)."""

    qualifier: str
    identifier: str


_NOBODY = Party("ZZ", "UNKNOWN")  # whose identifier came blank
#: Who sends (one of ours), who receives, level -> the next control number: never the same twice between these two.
Numbers = Callable[[Party, Party, Level], int]


@dataclass(frozen=True, slots=True)
class How:
    """How answers are made.

    ``at`` is their instant (aware), ``numbers`` gives them their control numbers. ``own`` is who we are: an answer
    comes from the one that was addressed, or from the first where somebody else was; without any, from whoever was
    addressed, and from ``nobody`` where that is blank. ``group_id`` speaks in groups that address nobody.
    ``acknowledgment`` is the partner's choice: 999 where the release has it (from 005010), auto a 999 where GS08 names
    an implementation guide (005010X...). ``separators`` None: those of what is answered. ``most`` segments in error are
    told of each set.
    """

    at: datetime
    numbers: Numbers
    own: tuple[Party, ...] = ()
    nobody: Party = _NOBODY
    group_id: str = ""
    acknowledgment: Literal["997", "999", "auto"] = "auto"
    separators: Separators | None = None
    most: int = 10_000

    @property
    def written(self) -> datetime:
        """The instant as it is written."""
        return self.at.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one interchange (its row): ``body`` is empty for kind none. ``left_out`` notes on segments and
    elements did not fit; they are in the readable answer."""

    interchange: int
    kind: Kind
    body: bytes
    partner: Party
    left_out: int = 0


def acknowledge(document: Document, how: How | Callable[[Party], How]) -> list[Reply]:
    """The acknowledgments of a judged document, one for each interchange, in their order.

    ``how`` may depend on the partner. Any content can be answered: what can not be quoted as it is is made to fit
    (:mod:`parsers.x12.fit`, :mod:`parsers.x12.write`).
    """
    groups = document.groups
    rejected = texts.equal(texts.of(document.interchanges["code"].array), "R")[groups["interchange"].to_numpy()]
    to_answer = ~(rejected | texts.equal(texts.of(groups["functional_id"].array), _ACKNOWLEDGMENT))
    answered = np.flatnonzero(np.append(to_answer, False)[document.sets["group"].to_numpy()])
    told, untold = notes.of_sets(document.faults, answered), _untold(document, answered)
    sets_of: dict[int, list[Any]] = {}
    for it in rows(document.sets.take(answered)):
        sets_of.setdefault(it.group, []).append(it)
    groups_of: dict[int, list[Any]] = {}
    for it in rows(groups[to_answer]):
        groups_of.setdefault(it.interchange, []).append(it)
    contexts = Contexts(document)
    out = []
    for it in rows(document.interchanges):
        partner = Party(it.sender_qualifier, it.sender)
        one = how(partner) if callable(how) else how
        reply = _reply(it, groups_of.get(it.Index, []), sets_of, told, contexts, partner, one)
        out.append(replace(reply, left_out=reply.left_out + untold[it.Index]) if it.Index in untold else reply)
    return out


def _untold(document: Document, answered: np.ndarray) -> dict[int, int]:
    """How many faults of sets that are answered are not listed, by interchange."""
    if not len(document.untold):
        return {}
    of_sets = document.untold[document.untold["set"].isin(answered)]
    counts = of_sets.groupby("interchange")["count"].sum()
    return dict(zip(counts.index.tolist(), counts.tolist(), strict=True))


def rows(table: pd.DataFrame) -> Iterator[Any]:
    """The rows of a table, each with its columns and ``Index``, its position."""
    columns = (table.index.tolist(), *(table[name].tolist() for name in table))
    return map(_row(("Index", *table)), *columns)


@lru_cache(maxsize=64)
def _row(names: tuple[str, ...]) -> Callable[..., Any]:
    """A row of such columns. ``DataFrame.itertuples`` makes that type anew at each call, which costs more than the rows
    of most files."""
    return namedtuple("Row", names)


def _reply(
    it: Any,
    groups: list[Any],
    sets_of: dict[int, list[Any]],
    told: dict[int, list[notes.SegmentNote]],
    contexts: Contexts,
    partner: Party,
    how: How,
) -> Reply:
    if it.only_acknowledgments and not it.ack_requested:
        return Reply(it.Index, "none", b"", partner)
    line, header = addressed(it, how, release=max((dialect(g, how).release for g in groups), default=""))
    noted = [ta1.segment(it, how.written)] if it.ack_requested or it.code != "A" or not groups else []
    together: dict[tuple[str, str, response.Dialect], list[Any]] = {}
    for group in groups:
        together.setdefault((group.sender, group.receiver, dialect(group, how)), []).append(group)
    out, left_out = [], 0
    for (sender, receiver, spoken), those in together.items():
        sets = []
        for group in those:
            body, missing = response.group(group, sets_of.get(group.Index, []), told, spoken, how.most, contexts)
            sets.append(Set(spoken.set_id, how.numbers(*line, "set"), body, spoken.convention))
            left_out += missing
        own, other = group_codes(sender, receiver, header, how)
        out.append(Group(_ACKNOWLEDGMENT, own, other, how.numbers(*line, "group"), spoken.gs08, sets))
    kinds = {spoken.set_id for _, _, spoken in together}
    kind: Kind = "ta1" if not kinds else "997" if "997" in kinds else "999"
    return Reply(it.Index, kind, interchange(header, out, how.separators or separators(it), noted), partner, left_out)


def dialect(group: Any, how: How) -> response.Dialect:
    """Which answer a group gets, in which release: its own where it can be read, also by the maps of another."""
    release = (group.read_as and tables.named_release(group.release)) or fit.release(group.release)
    wanted = how.acknowledgment == "999" or (how.acknowledgment == "auto" and bool(_GUIDE.match(group.release)))
    if wanted and release >= _FIRST_999:
        return response.Dialect("999", response.RELEASE_999)
    return response.Dialect("997", release)


def addressed(it: Any, how: How, release: str = "") -> tuple[tuple[Party, Party], Header]:
    """Who answers whom, and the header of what goes back to the sender of an interchange (a row of them).

    ``release`` is the highest of the groups in it: from 005010 on the interchange is at least a 00501.
    """
    own, partner = Party(it.receiver_qualifier, it.receiver), _named(it.sender_qualifier, it.sender)
    if how.own and own not in how.own:
        own = how.own[0]
    elif not own.identifier.strip():
        own = how.nobody
    version = fit.version(it.version)
    header = Header(
        sender_qualifier=_qualifier(own.qualifier),
        sender=own.identifier,
        receiver_qualifier=_qualifier(partner.qualifier),
        receiver=partner.identifier,
        at=how.written,
        control_number=how.numbers(own, partner, "interchange"),
        version=max(version, "00501") if release >= _FIRST_999 else version,
        usage="T" if it.usage == "T" else "P",
    )
    return (own, partner), header


def separators(it: Any) -> Separators:
    """Those of an interchange as ours, the usual ones where they can not be used.

    ISA11 and ISA16 are elements of our header that must be valid in themselves: a separator that is no printable
    character of the set common to all releases is another one in our answer. A line end follows a terminator that can
    be seen.
    """
    element, terminator = it.element_separator, it.terminator
    usual = Separators()
    if not (element + terminator).isascii():
        return usual
    taken = {element, terminator}
    component = next(one for one in (it.component_separator, *":><") if one not in taken and _is_element(one))
    taken.add(component)
    choice = [one for one in (it.repetition_separator, *"^!|&") if one == "^" or _is_element(one)]
    repetition = next(one for one in choice if one not in taken)
    try:
        return Separators(element, component, repetition, terminator, "\n" if terminator.isprintable() else "")
    except ValueError:
        return usual


def _is_element(one: str) -> bool:
    """Whether a separator can itself be an element in all releases (the extended character set before 005010)."""
    return len(one) == 1 and one.isascii() and one.isprintable() and not one.isalnum() and one not in " ^`"


def group_codes(sender: str, receiver: str, header: Header, how: How) -> tuple[str, str]:
    """GS02 and GS03 of the answer to a group from ``sender`` to ``receiver``; the interchange's where blank."""
    own = fit.text(receiver, 2, 15, how.group_id or header.sender.strip() or "??")
    return own, fit.text(sender, 2, 15, header.receiver.strip() or "??")


def _named(qualifier: str, identifier: str) -> Party:
    """A sender; ISA08 of the answer must not be blank (X12.6: a mandatory element holds more than blanks)."""
    return Party(qualifier, identifier) if identifier.strip() else _NOBODY


def _qualifier(text: str) -> str:
    return text if len(text) == 2 and text.isascii() and text.isalnum() else "ZZ"
