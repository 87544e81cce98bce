"""X12 interchanges made from our map tables, sound ones and ones that are wrong on purpose.

:class:`Maker` writes sets that the map allows: loops, optional segments, composites, syntax notes and codes observed,
so that everything found in them is a mistake of whoever finds it. :func:`damage` then breaks what was made, at every
level, the way files are broken. Both draw from one seeded random number generator: the same seed, the same bytes."""

from __future__ import annotations

import random
import re
import re._constants as regex
import re._parser as regex_parser
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from parsers.x12.maps import tables
from parsers.x12.maps.tables import Composite, Element, Node, Transaction

Segment = list[str | list[str]]  # id, then elements; a list is a composite
WORDS = ("ROTOR", "VALVE", "COTTON SHIRTS", "PUMP", "STEEL BOLTS", "PAPER", "CARTON", "GLASS", "RUBBER TIRES", "SEED")
NAMES = ("ACME EXPORTS INC", "NORTH STAR TRADING CO", "BLUE RIVER MILLS LLC", "GLOBAL PARTS GMBH", "PACIFIC FORWARDING")
#: What shipments and invoices usually carry: chances of optional segments and loops.
USUAL_601 = {"YNQ": 0.6, "DTM": 0.9, "P5": 0.9, "REF": 0.6, "M12": 0.2, "N3": 0.9, "N4": 0.9, "N2": 0.1, "L13": 1.0}
USUAL_601 |= {"X1": 0.9, "VEH": 0.02, "MAN": 0.1, "N1": 0.3}
USUAL_810 = {"CUR": 0.3, "REF": 0.6, "N1": 0.8, "N2": 0.1, "N3": 0.9, "N4": 0.9, "ITD": 0.6, "DTM": 0.7, "FOB": 0.4}
USUAL_810 |= {"IT1": 1.0, "PID": 0.9, "MEA": 0.2, "SAC": 0.2, "CTT": 1.0, "CAD": 0.3, "TXI": 0.2}


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


Damage = Callable[[random.Random, list[Segment], Transaction], None]


def damage(rng: random.Random, segments: list[Segment], transaction: Transaction, times: int) -> None:
    """Breaks a set (ST to SE) in place, ``times`` times, somewhere between its first and its last segment; SE01 is then
    right again, mostly."""
    for _ in range(times):
        rng.choice(DAMAGES)(rng, segments, transaction)
    if segments and segments[-1][0] == "SE" and len(segments[-1]) > 1 and rng.random() < 0.9:
        segments[-1][1] = str(len(segments))


def _inner(rng: random.Random, segments: list[Segment]) -> int:
    return rng.randrange(1, max(2, len(segments) - 1)) if len(segments) > 2 else 0


def _drop(rng, segments, _):  # type: ignore[no-untyped-def]
    if len(segments) > 3:
        del segments[_inner(rng, segments)]


def _double(rng, segments, _):  # type: ignore[no-untyped-def]
    at = _inner(rng, segments)
    if at:
        segments[at:at] = [list(segments[at]) for _ in range(rng.choice((1, 1, 2, 12)))]


def _swap(rng, segments, _):  # type: ignore[no-untyped-def]
    one, other = _inner(rng, segments), _inner(rng, segments)
    if one and other:
        segments[one], segments[other] = segments[other], segments[one]


def _foreign(rng, segments, transaction):  # type: ignore[no-untyped-def]
    at = _inner(rng, segments)
    if at:
        ids = [node.segment for node in transaction.nodes if node.segment not in ("ST", "SE")]
        segments[at][0] = rng.choice(
            [*ids, "ZZZ", "N9", "n1", "X", "TOOLONG", "", "1A", "HL", "LS", "TA1", "ISA", "IEA"]
        )


def _insert(rng, segments, transaction):  # type: ignore[no-untyped-def]
    node = rng.choice([node for node in transaction.nodes if node.segment not in ("ST", "SE")])
    segments.insert(max(1, _inner(rng, segments)), Maker(rng).segment(node))


def _element(rng: random.Random, segments: list[Segment]) -> tuple[Segment, int] | None:
    at = _inner(rng, segments)
    return (segments[at], rng.randrange(1, len(segments[at]))) if at and len(segments[at]) > 1 else None


VALUES = (
    *(
        "",
        "",
        "X",
        " ",
        "  ",
        "-",
        ".",
        "-.5",
        "5.",
        "1.2.3",
        "--1",
        "1-",
        "+1",
        "1E5",
        "0",
        "00",
        "-0",
        "12.5",
        "9" * 19,
    ),
    *(
        "20260229",
        "20240229",
        "17991231",
        "20261301",
        "20260132",
        "260229",
        "991231",
        "202601012460",
        "202601012359",
        "2026",
    ),
    *("2400", "2359", "236", "3", "12345", "123456", "123460", "1234567", "123456789", "20260101-20260102", "2026-1-2"),
    *(
        "A" * 81,
        "ABC ",
        "AB  ",
        " AB",
        "abc",
        "~",
        "é",
        "\x85",
        "A\xa0",
        "\x07",
        "A\tB",
        "\x01\x0b",
        "^",
        "`",
        "A^B",
        ":",
        "::",
        ":A",
        "A:",
    ),
    *("A:B", "A:B:C:D:E:F:G:H:I:J:K:L:M:N:O:P:Q:R", "\x00", "A\x00", "\x7f", "\x19"),
)


def _odd(rng, segments, _):  # type: ignore[no-untyped-def]
    if found := _element(rng, segments):
        found[0][found[1]] = rng.choice(VALUES)


def _longer(rng, segments, _):  # type: ignore[no-untyped-def]
    if (found := _element(rng, segments)) and isinstance(text := found[0][found[1]], str):
        found[0][found[1]] = (text or "A") * rng.choice((2, 3, 40))


def _shorter(rng, segments, _):  # type: ignore[no-untyped-def]
    if (found := _element(rng, segments)) and isinstance(text := found[0][found[1]], str):
        found[0][found[1]] = text[: rng.randrange(len(text) + 1)]


def _spoiled(rng, segments, _):  # type: ignore[no-untyped-def]
    if (found := _element(rng, segments)) and isinstance(text := found[0][found[1]], str):
        cut = rng.randrange(len(text) + 1)
        found[0][found[1]] = text[:cut] + rng.choice("abz%é\x7f\x01\t.-: ^0A") + text[cut + rng.randrange(2) :]


def _extra(rng, segments, transaction):  # type: ignore[no-untyped-def]
    at = _inner(rng, segments)
    if at:
        wide = {node.segment: len(node.elements) for node in transaction.nodes}.get(str(segments[at][0]), 3)
        segments[at] += [""] * max(0, wide + 1 - len(segments[at])) + ["EXTRA"] * rng.randrange(3)


def _trailing(rng, segments, _):  # type: ignore[no-untyped-def]
    at = _inner(rng, segments)
    if at:
        segments[at] += [""] * rng.randrange(1, 4)


def _cut(rng, segments, _):  # type: ignore[no-untyped-def]
    at = _inner(rng, segments)
    if at:
        del segments[at][rng.randrange(1, len(segments[at]) + 1) :]


def _component(rng, segments, _):  # type: ignore[no-untyped-def]
    if found := _element(rng, segments):
        part = found[0][found[1]]
        if isinstance(part, str):
            found[0][found[1]] = [part, *rng.choices(("", "A", part), k=rng.randrange(1, 4))]
        elif part:
            part[rng.randrange(len(part))] = rng.choice(VALUES)
            part += rng.choices(("", "A", "EXTRA"), k=rng.choice((0, 0, 1, 3, 20)))


def _repeat(rng, segments, _):  # type: ignore[no-untyped-def]
    if (found := _element(rng, segments)) and isinstance(text := found[0][found[1]], str):
        found[0][found[1]] = "^".join([text, *rng.choices((text, "A", ""), k=rng.choice((1, 2, 12)))])


def _move(rng, segments, _):  # type: ignore[no-untyped-def]
    at, to = _inner(rng, segments), _inner(rng, segments)
    if at:
        segments.insert(max(to, 1), segments.pop(at))


DAMAGES: tuple[Damage, ...] = (
    *(_drop, _double, _swap, _foreign, _insert, _odd, _odd, _odd, _longer, _shorter, _spoiled, _spoiled),
    *(_extra, _trailing, _cut, _component, _component, _move, _repeat),
)


def traffic(megabytes: float, seed: int = 1) -> bytes:
    """Interchanges of 300 shipments (601, 004050) and of 300 invoices (810, 004010) in turn, sound, of at least so many
    MB."""
    rng = random.Random(seed)
    kinds = []
    for release, set_id, usual, lines in (
        ("004050", "601", USUAL_601, (1, 1, 2, 3, 5, 8)),
        ("004010", "810", USUAL_810, (1, 2, 3, 5, 10, 20)),
    ):
        transaction = tables.transaction(release, set_id)
        assert transaction is not None
        maker = Maker(rng, usual, {"N1": 1.0, "P5": 1.0, "REF": 0.5}, elements=0.2)
        bodies = [maker.set(transaction, "", rng.choice(lines))[1:-1] for _ in range(400)]
        written_ = [(len(body) + 2, b"".join(written(segment, Separators()) for segment in body)) for body in bodies]
        kinds.append((transaction, written_))
    out: list[bytes] = []
    size, control = 0, 0
    while size < megabytes * 1e6:
        transaction, bodies_ = kinds[control % 2]
        control += 1
        head, tail = interchange([], transaction.release, transaction.functional_ids[0], control=control).split(
            b"GE*0", 1
        )
        sets = []
        for number in range(1, 301):
            count, body = rng.choice(bodies_)
            sets.append(b"ST*%s*%09d~\n%sSE*%d*%09d~\n" % (transaction.set_id.encode(), number, body, count, number))
        out.append(head + b"".join(sets) + b"GE*300" + tail)
        size += len(out[-1])
    return b"".join(out)


def scrambled(rng: random.Random, data: bytes) -> bytes:
    """Bytes lost, changed, doubled and thrown in, wherever they stand."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 3, 10, 40))):
        at, kind = rng.randrange(len(out)), rng.randrange(5)
        if kind == 0:
            out[at] = rng.randrange(256)
        elif kind == 1 and len(out) > 100:
            del out[at : at + rng.choice((1, 1, 5, 50))]
        elif kind == 2:
            out[at:at] = rng.randbytes(rng.choice((1, 1, 3)))
        elif kind == 3:
            out[at] = rng.choice(b"*:^~|>!\x15\x1d\x1f\x1e\x1c \n")
        else:
            begin = rng.randrange(len(out))
            out[at:at] = out[begin : begin + rng.choice((3, 20, 100))]
    return bytes(out)


def case(seed: int) -> bytes:
    """One interchange of one to three sets: one set of eight is sound, the others are damaged; of one interchange in
    five the bytes are scrambled, too."""
    rng = random.Random(seed)
    transaction = rng.choice(list(tables.transactions()))
    maker = Maker(
        rng, often=rng.choice((0.1, 0.3, 0.6)), repeats=rng.choice((0.2, 1.0)), elements=rng.choice((0.2, 0.6))
    )
    sets = []
    for number in range(1, rng.choice((2, 2, 3, 4))):
        segments = maker.set(transaction, f"{number:04d}")
        del segments[120:-1]
        segments[-1][1] = str(len(segments))
        if rng.random() < 0.875:
            damage(rng, segments, transaction, rng.choice((1, 1, 2, 4, 8)))
        sets.append(segments)
    separators = rng.choice(
        (
            Separators(),
            Separators(newline=""),
            Separators("|", ">", "!", "\x15", ""),
            Separators("\x1d", "\x1f", "\x1e", "\x1c", ""),
        )
    )
    data = interchange(sets, transaction.release, rng.choice(transaction.functional_ids), separators)
    return scrambled(rng, data) if rng.random() < 0.2 else data


def shrunk(text: bytes) -> str:
    """An interchange as one line a segment, for a message of a test."""
    return re.sub(rb"[^\x20-\x7e\n]", lambda m: b"<%02x>" % m[0][0], text).decode()
