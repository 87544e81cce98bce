"""The application advice, 824: what became of the business of each set that a desk looked at.

One 824 answers a functional group, in a group AG of an interchange of its own, sender and receiver exchanged, in the
release of the group (004010 and 005010 on have the same segments; 004010 lacks the composites of TED). Its segments:

BGN   11 (response), our reference, the instant in UTC (UT), and ISA13 of the interchange that is answered.
OTI   one for each set: TA accepted, TE accepted with a warning or a notice, TR rejected; the sender's reference (SI
      shipment, IV invoice, else TN); the group's sender, receiver, date, time and control number, the set's
      control number, identifier and release, as far as each is valid.
REF   F8 and our number of what was accepted: the internal transaction number (ITN) of an export filing. F8 is how
      a later 601 names it; what qualifier CBP's own 824 has is not public (docs/x12.md).
TED   the final disposition of an export filing (974 SHIPMENT ADDED, as AES has it), then
      one for each condition: its code (or ZZZ where that has not one to three characters), its coded text, then
      where: segment, its position in the set, element and component, the element's number, a copy of what was there.
NTE   ADD, the plain words to it, eighty characters in each.

What we say ourselves is in capitals (the basic character set of X12), what is quoted stands as it came.

X12 824, segments and lengths: parsers/x12/maps.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from parsers.x12 import fit
from parsers.x12.acknowledge import How, Party, addressed, group_codes, rows, separators
from parsers.x12.maps import tables
from parsers.x12.write import Group, Segment, Set, interchange
from transforms.export import registry
from transforms.x12.outcome import Outcome

if TYPE_CHECKING:
    from parsers.x12.document import Document

_SET_ID, _FUNCTIONAL_ID = "824", "AG"
_REFERENCE = {"export": "SI", "invoice": "IV"}  # DE 128, by kind of what was filed
_OTHER_REFERENCE, _OUR_NUMBER = "TN", "F8"
_COMPOSITES = "004050"  # from here on TED05 and TED06 are composites
_WORDS, _MOST_NOTES, _MOST_CONDITIONS = 80, 100, 10_000


def advices(document: Document, outcome: Outcome, how: How | Callable[[Party], How]) -> bytes:
    """The 824s of a file: one interchange for each interchange that has sets with a disposition, one after the other.

    Empty when no desk has decided anything. Whatever the outcome holds is made to fit (:mod:`parsers.x12.fit`).
    """
    decided = outcome.dispositions
    group_of = document.sets["group"].to_numpy()[decided["set"].to_numpy()]
    decided = decided[group_of >= 0]
    by_group: dict[int, list[tuple[Any, Any]]] = {}
    for found, of in zip(rows(decided), rows(document.sets.take(decided["set"].to_numpy())), strict=True):
        by_group.setdefault(of.group, []).append((found, of))
    told = _conditions(document, outcome)
    groups_of: dict[int, list[Any]] = {}
    for group in rows(document.groups.take(sorted(by_group))):
        groups_of.setdefault(group.interchange, []).append(group)
    out = []
    for it in rows(document.interchanges.take(sorted(groups_of))):
        one = how(Party(it.sender_qualifier, it.sender)) if callable(how) else how
        out.append(_interchange(it, groups_of[it.Index], by_group, told, one))
    return b"".join(out)


def _interchange(
    it: Any,
    groups: Sequence[Any],
    decided: dict[int, list[tuple[Any, Any]]],
    told: dict[int, list[Any]],
    how: How,
) -> bytes:
    releases = {group.Index: _release(group.release) for group in groups}
    line, header = addressed(it, how, release=max(releases.values()))
    out = []
    for group in groups:
        release = releases[group.Index]
        number = how.numbers(*line, "set")
        own = f"{header.control_number % 10**9:09d}-{number}"
        body: list[Segment] = [
            ["BGN", "11", own, f"{how.written:%Y%m%d}", f"{how.written:%H%M}", "UT", fit.text(it.control_number, 1, 30)]
        ]
        for found, of in decided[group.Index]:
            body += _set(group, of, found, told.get(found.set, []), release)
        sender, receiver = group_codes(group.sender, group.receiver, header, how)
        made = Set(_SET_ID, number, body)
        out.append(Group(_FUNCTIONAL_ID, sender, receiver, how.numbers(*line, "group"), release, [made]))
    return interchange(header, out, how.separators or separators(it))


def _release(gs08: str) -> str:
    """The release of the 824: the group's, of those that have a map the latest before it."""
    release = fit.release(gs08)
    return max((it for it in tables.releases() if it <= release), default=tables.releases()[0])


def _set(group: Any, it: Any, found: Any, conditions: Sequence[Any], release: str) -> list[Segment]:
    longest = 30 if release < _COMPOSITES else 50
    qualifier = _REFERENCE.get(found.kind, _OTHER_REFERENCE) if found.reference.strip() else _OTHER_REFERENCE
    accepted = "TR" if found.final != "A" else "TA" if found.severity == "" else "TE"
    oti = [
        *("OTI", accepted, qualifier, fit.text(found.reference, 1, longest, it.control_number.strip() or "NONE")),
        *(fit.text(group.sender, 2, 15), fit.text(group.receiver, 2, 15)),
        *(group.date if fit.is_day(group.date) else "", group.time if fit.is_time(group.time) else ""),
        *(fit.number(group.control_number, 9), fit.text(it.control_number, 4, 9, "0000")),
        *(fit.text(it.set_id, 3, 3, "???"), fit.text(group.release, 1, 12)),
    ]
    out: list[Segment] = [oti]
    if found.final == "A" and (number := fit.text(found.number, 1, longest)):
        out.append(["REF", _OUR_NUMBER, number])
    if known := registry.codes().get(found.code) if found.kind == "export" else None:
        out.append(["TED", found.code, known.narrative[:60]])
    for condition in conditions[:_MOST_CONDITIONS]:
        out += _condition(condition, release)
    return out


def _condition(it: Any, release: str) -> list[Segment]:
    code, text = it.code.strip(), it.narrative or it.why
    if not 1 <= len(code) <= 3:
        code, text = "ZZZ", f"{it.code} {text}"
    place: str | list[str] = ""
    reference: str | list[str] = ""
    if it.id and it.element > 0:
        place = fit.count(it.element, 2)
        reference = _reference(release, it.id, it.element, it.component)
        if release >= _COMPOSITES:
            place = [place, fit.count(it.component, 2) if it.component > 0 else ""]
            reference = [reference]
    position = fit.count(max(it.position, 1), 6) if it.id else ""
    ted: Segment = [
        *("TED", code, fit.text(text.upper(), 1, 60), fit.text(it.id, 2, 3), position, place, reference),
        fit.text(it.found, 1, 99),
    ]
    words = ". ".join(part.strip().rstrip(".") for part in (it.why, it.mend) if part.strip())
    return [ted, *(["NTE", "ADD", line] for line in textwrap.wrap(words.upper(), _WORDS)[:_MOST_NOTES])]


@cache
def _reference(release: str, segment: str, element: int, component: int) -> str:
    """The number of a data element (DE) in its place; blank where it has none, or the release no such place."""
    try:
        part = tables.segment(release, segment).elements[element - 1]
        if isinstance(part, tables.Composite):
            part = part.components[max(component, 1) - 1]
    except (KeyError, IndexError):
        return ""
    return part.reference if part.reference.isdigit() else ""


def _conditions(document: Document, outcome: Outcome) -> dict[int, list[Any]]:
    """The conditions of each set, with the identifier and the position of their segment."""
    at = outcome.conditions["segment"].to_numpy()
    segments, known = document.segments, (at >= 0) & (at < len(document.segments))
    ids = np.full(len(at), "", dtype=object)
    position = np.zeros(len(at), np.int64)
    ids[known] = segments["id"].to_numpy(dtype=object)[at[known]]
    position[known] = segments["position"].to_numpy()[at[known]]
    out: dict[int, list[Any]] = {}
    for it in outcome.conditions.assign(id=ids, position=position).itertuples(index=False):
        out.setdefault(int(it.set), []).append(it)  # type: ignore[arg-type]
    return out
