"""X12 interchanges made from our map tables: :class:`Maker` writes sets that the map allows.

Loops, optional segments, composites, syntax notes and codes are observed, so that everything found in them is a mistake
of whoever finds it. :mod:`bench.x12_damage` breaks them, :mod:`bench.x12_traffic` makes whole files of them. All draw
from one seeded random number generator: the same seed, the same bytes."""

from __future__ import annotations

import random
import re._constants as regex
import re._parser as regex_parser
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from parsers.x12.maps.tables import Composite, Element, Node, Transaction

Segment = list[str | list[str]]  # id, then elements; a list is a composite
WORDS = ("ROTOR", "VALVE", "COTTON SHIRTS", "PUMP", "STEEL BOLTS", "PAPER", "CARTON", "GLASS", "RUBBER TIRES", "SEED")
NAMES = ("ACME EXPORTS INC", "NORTH STAR TRADING CO", "BLUE RIVER MILLS LLC", "GLOBAL PARTS GMBH", "PACIFIC FORWARDING")


@dataclass(frozen=True)
class Separators:
    element: str = "*"
    component: str = ":"
    repetition: str = "^"
    terminator: str = "~"
    newline: str = "\n"


class Maker:
    """Makes sets of a map. ``often`` gives the chance of an optional segment or loop, by segment id or ``*``;
    ``repeats`` how many more of a repeatable one, on average; ``elements`` the chance of an optional element."""

    def __init__(
        self,
        rng: random.Random,
        often: Mapping[str, float] | float = 0.3,
        repeats: Mapping[str, float] | float = 0.5,
        elements: float = 0.4,
    ) -> None:
        self.rng = rng
        self.often = {"*": often} if isinstance(often, float) else often
        self.repeats = {"*": repeats} if isinstance(repeats, float) else repeats
        self.elements = elements

    def set(self, transaction: Transaction, control: str = "0001", lines: int | None = None) -> list[Segment]:
        """ST to SE; ``lines`` fixes how often the loops directly under ST with an unbounded or large count occur."""
        body: list[Segment] = []
        self._loop(transaction, transaction.nodes[0], body, lines)
        head: Segment = ["ST", transaction.set_id, control]
        if transaction.release >= "005010":
            head.append("CONVENTION")
        body[0] = head
        return [*body[:-1], ["SE", str(len(body)), control]]

    def _loop(self, transaction: Transaction, opener: Node, out: list[Segment], lines: int | None) -> None:
        out.append(self.segment(opener))
        for node in transaction.nodes:
            if node.parent != opener.ordinal or node is opener:
                continue
            most = node.loop_repeat if node.opens_loop else node.max_use
            for _ in range(self._times(node, most, lines if opener.ordinal == 0 and node.opens_loop else None)):
                if node.opens_loop:
                    self._loop(transaction, node, out, lines)
                else:
                    out.append(self.segment(node))

    def _times(self, node: Node, most: int, lines: int | None) -> int:
        if lines is not None and most > 100 and (node.usage == "R" or node.segment in self.often):
            return min(lines, most)
        chance = self.often.get(node.segment, self.often.get("*", 0.0))
        if node.usage != "R" and self.rng.random() >= chance:
            return 0
        times, more = 1, self.repeats.get(node.segment, self.repeats.get("*", 0.0))
        while times < most and self.rng.random() < more / (1 + more):
            times += 1
        return times

    def segment(self, node: Node) -> Segment:
        """One segment with all that its map demands."""
        chosen = [
            part.usage == "R" or (part.usage == "S" and self.rng.random() < self.elements) for part in node.elements
        ]
        if not any(chosen) and node.elements:
            chosen[0] = True
        for _ in range(60):
            agreed = [self._mend(rule, chosen, node) for rule in node.syntax]
            if all(agreed):
                break
        values: Segment = [node.segment]
        values += [self.part(part) if held else "" for part, held in zip(node.elements, chosen, strict=True)]
        while len(values) > 1 and values[-1] == "":
            values.pop()
        if node.segment == "DTP" and len(values) > 3 and values[2] in ("D6", "D8", "DT", "RD8", "TM"):
            values[2] = "XX"  # DTP03 is of no type that is checked
        return values

    def _mend(self, rule: str, chosen: list[bool], node: Node) -> bool:
        """Makes the elements of a syntax note agree with it; were they in agreement already?"""
        at = [int(rule[i : i + 2]) - 1 for i in range(1, len(rule), 2)]
        held = [i for i in at if chosen[i]]
        kind = rule[0]
        if kind == "P" and 0 < len(held) < len(at):
            change = at
        elif kind == "R" and not held:
            change = [self.rng.choice(at)]
        elif kind == "C" and chosen[at[0]] and len(held) < len(at):
            change = at
        elif kind == "L" and chosen[at[0]] and len(held) == 1:
            change = [self.rng.choice(at[1:])]
        elif kind == "E" and len(held) > 1:
            keep = self.rng.choice(held)
            for i in held:
                chosen[i] = chosen[i] and (i == keep or node.elements[i].usage == "R")
            return False
        else:
            return True
        for i in change:
            chosen[i] = True
        return False

    def part(self, part: Element | Composite) -> str | list[str]:
        if isinstance(part, Element):
            return self.value(part)
        inside = [
            self.value(c) if c.usage == "R" or not n or self.rng.random() < self.elements else ""
            for n, c in enumerate(part.components)
        ]
        while inside and inside[-1] == "":
            inside.pop()
        return inside

    def value(self, element: Element) -> str:
        """A value of an element: of its codes, its pattern or its type, and of a length that it may have."""
        rng = self.rng
        if element.codes:
            return rng.choice(sorted(element.codes))
        if element.pattern:
            for _ in range(20):
                text = _of_pattern(rng, element.pattern)
                if element.min <= len(text) <= element.max:
                    return text
        low, high = element.min, min(element.max, max(element.min, 12))
        kind = element.type
        if kind == "DT":
            day = f"{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}"
            return f"{rng.choice(('2025', '2026'))}{day}" if element.max >= 8 else f"26{day}"
        if kind == "TM":
            text = f"{rng.randint(0, 23):02d}{rng.randint(0, 59):02d}"
            return text + f"{rng.randint(0, 59):02d}" if low > 4 or (high >= 6 and rng.random() < 0.3) else text
        size = rng.randint(low, high)
        if kind[:1] == "N":
            return ("-" if rng.random() < 0.05 else "") + _digits(rng, size)
        if kind == "R":
            number = _digits(rng, size)
            cut = rng.randint(1, size) if size > 1 and rng.random() < 0.5 else size
            return number[:cut] + ("." + number[cut:] if cut < size else "")
        if kind == "ID" or high < 5:
            return "".join(rng.choices(string.ascii_uppercase + string.digits, k=size))
        text = " ".join(rng.choices(WORDS, k=4)) if element.name != "Name" else rng.choice(NAMES)
        return text[: max(low, min(high + 10, element.max, len(text)))].strip().ljust(low, "X")


def _digits(rng: random.Random, size: int) -> str:
    return "".join(rng.choices(string.digits, k=size))


def _of_pattern(rng: random.Random, pattern: str) -> str:
    """Some text that a simple regular expression matches."""

    def walk(parts: Sequence[tuple]) -> str:
        out = ""
        for kind, what in parts:
            if kind == regex.LITERAL:
                out += chr(what)
            elif kind == regex.ANY:
                out += "A"
            elif kind == regex.IN:
                out += rng.choice(_class(what))
            elif kind == regex.BRANCH:
                out += walk(rng.choice(what[1]))
            elif kind == regex.SUBPATTERN:
                out += walk(what[3])
            elif kind in (regex.MAX_REPEAT, regex.MIN_REPEAT):
                out += "".join(walk(what[2]) for _ in range(rng.randint(what[0], min(what[1], what[0] + 3))))
        return out

    return walk(regex_parser.parse(pattern))


def _class(parts: Sequence[tuple]) -> str:
    pool = ""
    for kind, what in parts:
        if kind == regex.LITERAL:
            pool += chr(what)
        elif kind == regex.RANGE:
            pool += "".join(map(chr, range(what[0], what[1] + 1)))
        elif kind == regex.CATEGORY:
            pool += string.digits if what == regex.CATEGORY_DIGIT else string.ascii_uppercase
    if (regex.NEGATE, None) in parts:
        pool = "".join(set(string.ascii_uppercase + string.digits) - set(pool))
    return pool or "A"


def interchange(
    sets: Sequence[list[Segment]],
    release: str,
    functional_id: str,
    separators: Separators = Separators(),
    control: int = 1,
) -> bytes:
    """One interchange of one group around sets; SE01 and SE02 stay as they are."""
    s = separators
    version = "00501" if release >= "005010" else "00401"
    standards = s.repetition if version == "00501" else "U"
    isa: Segment = ["ISA", "00", " " * 10, "00", " " * 10, "ZZ", "SENDER".ljust(15), "ZZ", "RECEIVER".ljust(15)]
    isa += ["261101", "1200", standards, version, f"{control:09d}", "0", "T", s.component]
    gs: Segment = ["GS", functional_id, "SENDER", "RECEIVER", "20261101", "1200", str(control), "X", release]
    tail: list[Segment] = [["GE", str(len(sets)), str(control)], ["IEA", "1", f"{control:09d}"]]
    return b"".join(written(segment, s) for segment in [isa, gs, *(row for one in sets for row in one), *tail])


def written(segment: Segment, s: Separators) -> bytes:
    """The bytes of a segment; ``^`` in it becomes the repetition separator."""
    texts = [part if isinstance(part, str) else s.component.join(part) for part in segment]
    return (s.element.join(texts).replace("^", s.repetition) + s.terminator + s.newline).encode("latin-1")
