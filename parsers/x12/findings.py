"""What both validators say of a finding: its code where X12 leaves a choice, the element meant, and what was expected.

pyx12 (:mod:`parsers.x12.pyx12_driver`) and the compiled maps find the same things; said in one place, they also say the
same.
"""

from __future__ import annotations

from collections.abc import Set
from functools import cache

from parsers.x12.maps import tables
from parsers.x12.maps.tables import UNBOUNDED, Composite, Element, Node, Transaction

_DIGITS = "N"
_MOST_CODES = 12
_MOST_LOOPS = 4


@cache
def unexpected(release: str, set_id: str, segment_id: str) -> str:
    """AK304 of a segment that has no place where it stands: 1 no segment of the standard's that we know, 6 not in this
    set, 7 not in its proper sequence."""
    found = tables.transaction(release, set_id)
    if found and any(node.segment == segment_id for node in found.nodes):
        return "7"
    try:
        tables.segment(release, segment_id)
    except KeyError:
        return "1"
    return "6"


@cache
def expected_instead(release: str, set_id: str, segment_id: str) -> str:
    """What was expected where a segment has no place: where its place is, or that it has none in the set."""
    found = tables.transaction(release, set_id)
    nodes = [node for node in found.nodes if node.segment == segment_id] if found else []
    if not found or not nodes:
        return f"a segment of set {set_id}"
    if len(nodes) == 1:
        (own,) = nodes
        if not own.ordinal:
            return f"{segment_id} first in the set"
        before = [node for node in found.nodes[: own.ordinal] if node.depth <= own.depth]
        later = [node for node in found.nodes[own.ordinal + 1 :] if node.parent == own.parent and not own.opens_loop]
        return f"{segment_id} behind {before[-1].segment}" + (f" and before {later[0].segment}" if later else "")
    loops = list(dict.fromkeys(node.loop_id for node in nodes if node.loop_id and node.loop_id != segment_id))
    under = any(not node.loop_id or node.loop_id == segment_id for node in nodes)
    named = f"in loop{'s' * (len(loops) > 1)} {_listed(loops[:_MOST_LOOPS], 'or')}" if loops else ""
    more = " and others" if len(loops) > _MOST_LOOPS else ""
    return f"{segment_id} " + " or ".join(filter(None, ("outside of loops" if under and loops else "", named + more)))


def loop_of(found: Transaction, node: int) -> str:
    """AK303: the identifier of the loop a node stands in, blank directly under ST."""
    return found.nodes[node].loop_id if node >= 0 else ""


def part_of(node: Node, element: int, component: int = 0) -> Element | Composite | None:
    """The element or component in its place, None where the map has none."""
    if not 0 < element <= len(node.elements):
        return None
    part = node.elements[element - 1]
    if component and isinstance(part, Composite):
        return part.components[component - 1] if component <= len(part.components) else None
    return part


def expected_segment(node: Node, code: str) -> str:
    """What was expected where AK304 is ``code``."""
    if code == "3":
        return f"{_article(node.segment)} {node.segment} segment"
    if code == "4":
        return f"at most {_times(node.loop_repeat)} of loop {node.segment}"
    if code == "5":
        return f"at most {_times(node.max_use)} of {node.segment} here"
    return ""


def expected_element(node: Node, element: int, component: int, code: str) -> str:
    """What was expected where AK403 is ``code``."""
    part = part_of(node, element, 0 if code == "13" else component)
    if code == "3":
        return f"at most {len(node.elements)} elements"
    if code == "13":
        whole = part_of(node, element)
        return f"at most {len(whole.components)} components" if isinstance(whole, Composite) else ""
    if part is None:
        return ""
    if code == "12":
        return "once" if part.repeat == 1 else f"at most {part.repeat} times"
    if isinstance(part, Composite):
        return "a composite of which something is sent"
    if code in ("4", "5", "1"):
        return lengths(part)
    if code == "7":
        return _codes(part)
    if code == "8":
        return "a day of the calendar, " + ("YYMMDD" if part.max == 6 else "CCYYMMDD")
    if code == "9":
        return "a time of day, HHMM"
    if code == "6":
        return _characters(part)
    return ""


def lengths(part: Element) -> str:
    """``2 to 80 characters``."""
    what = "digits" if part.type[:1] == _DIGITS or part.type == "R" else "characters"
    what = what[:-1] if part.max == 1 else what
    how = {"DT": ", YYMMDD" if part.max == 6 else ", CCYYMMDD", "TM": ", HHMM"}.get(part.type, "")
    return (f"{part.max} {what}" if part.min == part.max else f"{part.min} to {part.max} {what}") + how


def note_members(rule: str) -> list[int]:
    """The elements that a syntax note such as P0304 relates."""
    return [int(rule[at : at + 2]) for at in range(1, len(rule), 2)]


def note_element(rule: str, present: Set[int]) -> int:
    """The element at fault where a syntax note is broken: the first one missing, or the second of those that exclude
    each other."""
    members = note_members(rule)
    kind, (first, *rest) = rule[0], members
    if kind == "E":
        sent = [member for member in members if member in present]
        return sent[1] if len(sent) > 1 else first
    if kind in "CL":
        return next((member for member in rest if member not in present), first)
    return next((member for member in members if member not in present), first)


def note_trigger(rule: str, present: Set[int]) -> int:
    """The element whose presence made another necessary, or excluded it, where a syntax note is broken; 0 where it is
    not, or where something is required whatever else there is."""
    first, *_ = members = note_members(rule)
    sent = [member for member in members if member in present]
    kind = rule[0]
    if kind == "E":
        return sent[0] if len(sent) > 1 else 0
    if kind == "P":
        return sent[0] if 0 < len(sent) < len(members) else 0
    if kind == "C":
        return first if first in present and len(sent) < len(members) else 0
    if kind == "L":
        return first if sent == [first] else 0
    return 0


def note_code(rule: str) -> str:
    """AK403 of a broken syntax note: 10 exclusion, else 2."""
    return "10" if rule[0] == "E" else "2"


def note_words(segment_id: str, rule: str) -> str:
    """What a syntax note asks for."""
    first, *rest = names = [f"{segment_id}{member:02d}" for member in note_members(rule)]
    if rule[0] == "P":
        return f"all or none of {_listed(names, 'and')}"
    if rule[0] == "R":
        return f"at least one of {_listed(names, 'and')}"
    if rule[0] == "E":
        return f"at most one of {_listed(names, 'and')}"
    if rule[0] == "C":
        return f"{_listed(rest, 'and')} with {first}"
    return f"at least one of {_listed(rest, 'and')} with {first}"


def _codes(part: Element) -> str:
    if not part.codes:
        return f"a value like {part.pattern}" if part.pattern else ""
    codes = sorted(part.codes)
    if len(codes) == 1:
        return codes[0]
    more = f" and {len(codes) - _MOST_CODES} more" if len(codes) > _MOST_CODES else ""
    return "one of " + ", ".join(codes[:_MOST_CODES]) + more


def _characters(part: Element) -> str:
    if part.type[:1] == _DIGITS:
        return "digits, with a minus before them where negative"
    if part.type == "R":
        return "digits, with a point where needed"
    return "letters, digits and signs that can be printed, no blanks at the end"


def _listed(names: list[str], word: str) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}"


def _times(count: int) -> str:
    return "any number" if count >= UNBOUNDED else str(count)


def _article(segment_id: str) -> str:
    return "an" if segment_id[:1] in "AEFHILMNORSX8" else "a"
