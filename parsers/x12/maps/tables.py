"""What an X12 transaction set may hold, read from our own compact tables (``*.csv`` beside this file).

One row of ``sets.csv`` is one node of a set: its depth, its segment, how often it may stand there. ``segments.csv``
says which data elements a segment or composite has, ``elements.csv`` their type and length, ``codes.csv`` the values
that are fixed (and, not enforced, what is known of others), ``syntax.csv`` the relations between elements,
``groups.csv`` the functional groups a set may stand in. What is the same in all releases is said once; the column
``releases`` names those it is limited to. The pyx12 maps beside this file are generated from the same rows
(:mod:`parsers.x12.maps.generate`). Sources: docs/x12.md.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent

#: Releases with a map directory, oldest first (GS08 without an industry suffix).
RELEASES = ("004010", "004050", "005010")
#: ``max_use`` and ``loop_repeat`` where X12 says ">1".
UNBOUNDED = 2_147_483_647
ENVELOPE = ("ISA", "GS", "GE", "IEA", "TA1")


@dataclass(frozen=True, slots=True)
class Element:
    """A simple data element in its place. ``position`` is 1-based in its segment or composite, ``reference`` the X12
    data element number, ``usage`` R (required), S (situational) or N (not used), ``type`` AN ID N0 N2 R DT TM or B,
    ``min`` and ``max`` the length in characters (digits only for N and R), ``codes`` the allowed values (None: open)
    and ``pattern`` a regular expression that some part of the value must match (None: none). ``repeat`` is how often it
    may be given, apart by the repetition separator."""

    position: int
    reference: str
    name: str
    usage: str
    type: str
    min: int
    max: int
    codes: frozenset[str] | None = None
    pattern: str | None = None
    repeat: int = 1


@dataclass(frozen=True, slots=True)
class Composite:
    """A composite data element in its place; the positions of ``components`` are 1-based in it. ``repeat``: as with
    :class:`Element`."""

    position: int
    reference: str
    name: str
    usage: str
    components: tuple[Element, ...]
    repeat: int = 1


@dataclass(frozen=True, slots=True)
class Node:
    """One segment in its place in a set. ``ordinal`` is its 0-based position in ``Transaction.nodes``, ``parent`` the
    ordinal of the node that opens the loop it stands in (of the enclosing loop for an opener; -1 for ST), ``loop_id``
    the X12 loop identifier of the loop it opens or stands in ("" directly under ST), ``loop_repeat`` how often a loop
    may occur inside its parent (0 where none opens), ``syntax`` relations such as ``P0304``."""

    ordinal: int
    segment: str
    name: str
    depth: int
    parent: int
    opens_loop: bool
    loop_id: str
    usage: str
    max_use: int
    loop_repeat: int
    source: str
    elements: tuple[Element | Composite, ...]
    syntax: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction set in one release: its nodes in the order of the standard, ST first, SE last."""

    release: str
    set_id: str
    name: str
    functional_ids: tuple[str, ...]
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment wherever it stands: its elements as the dictionary of the release has them."""

    id: str
    name: str
    elements: tuple[Element | Composite, ...]
    syntax: tuple[str, ...]


def releases() -> tuple[str, ...]:
    """The releases that have maps, oldest first."""
    return RELEASES


def named_release(gs08: str) -> str | None:
    """The release that a GS08 names, with maps or without (``004010VICS`` and ``4010`` are 004010); None if none."""
    text = gs08.strip()
    if match := re.match(r"[0-9]{6}", text):
        return match[0]
    if re.fullmatch(r"[0-9]{5}", text):  # 00401, as some programs write it, following ISA12
        return text + "0"
    return "00" + text if re.fullmatch(r"[0-9]{4}", text) else None


def normal_release(gs08: str) -> str | None:
    """The release whose maps a GS08 asks for; None where there are none."""
    release = named_release(gs08)
    return release if release in RELEASES else None


def map_directory(release: str) -> Path:
    """The directory of pyx12 maps of ``release`` (pyx12's ``map_path``)."""
    return HERE / release


@cache
def set_ids(release: str) -> tuple[str, ...]:
    """The sets that have a map in ``release``."""
    return tuple(row["set"] for row in _rows("groups") if _structure(release, row["set"]))


def group_sets(functional_id: str, release: str) -> tuple[str, ...]:
    """The sets that a functional group (GS01) of a release (as in :func:`normal_release`) may hold; () where none."""
    ids = set_ids(release)
    return tuple(
        row["set"] for row in _rows("groups") if row["set"] in ids and functional_id in row["functional_ids"].split()
    )


@cache
def functional_ids(release: str) -> tuple[str, ...]:
    """Every GS01 under which ``release`` has a set."""
    ids = [f for row in _rows("groups") if row["set"] in set_ids(release) for f in row["functional_ids"].split()]
    return tuple(dict.fromkeys(ids))


@cache
def transaction(release: str, set_id: str) -> Transaction | None:
    """The set in one release, None where there is no map."""
    structure = _structure(release, set_id)
    if not structure:
        return None
    about = next(row for row in _rows("groups") if row["set"] == set_id)
    nodes: list[Node] = []
    openers: list[Node] = []  # of the loops that are open at this row, outermost first
    for row in structure:
        depth = int(row["depth"])
        del openers[depth:]
        repeat = _count(row["repeat"]) if row["repeat"] else 0
        outer = openers[-1] if openers else None
        opens = bool(repeat)
        entry = segment(release, row["segment"], set_id)
        node = Node(
            ordinal=len(nodes),
            segment=row["segment"],
            name=entry.name,
            depth=depth,
            parent=outer.ordinal if outer else -1,
            opens_loop=opens,
            loop_id=(row["segment"] if depth else "") if opens else outer.loop_id if outer else "",
            usage=row["usage"],
            max_use=_count(row["max_use"]),
            loop_repeat=repeat,
            source=row["source"],
            elements=entry.elements,
            syntax=entry.syntax,
        )
        nodes.append(node)
        if opens:
            openers.append(node)
    return Transaction(release, set_id, about["name"], tuple(about["functional_ids"].split()), tuple(nodes))


@cache
def segment(release: str, segment_id: str, set_id: str = "") -> Segment:
    """A segment of the dictionary of ``release``, the envelope's too, with the codes that hold in ``set_id``. Raises
    KeyError where the dictionary has none."""
    rows = [row for row in _segments().get(segment_id, ()) if _holds(row, release)]
    if not rows:
        raise KeyError(f"no segment {segment_id} in {release}")
    head, *parts = rows
    elements = tuple(_part(release, row, set_id, f"{segment_id}{int(row['position']):02d}") for row in parts)
    syntax = tuple(row["rule"] for row in _rows("syntax") if row["segment"] == segment_id and _holds(row, release))
    return Segment(segment_id, head["name"], elements, syntax)


def _part(release: str, row: dict[str, str], set_id: str, place: str) -> Element | Composite:
    reference, position = row["element"], int(row["position"])
    if reference not in _segments():
        return _element(release, row, set_id, place)
    head, *components = (r for r in _segments()[reference] if _holds(r, release))
    inside = tuple(_element(release, r, set_id, f"{place}-{r['position']}") for r in components)
    return Composite(position, reference, head["name"], row["usage"], inside, int(row["repeat"] or 1))


def _element(release: str, row: dict[str, str], set_id: str, place: str) -> Element:
    reference = row["element"]
    facts = next(r for r in _elements()[reference] if _holds(r, release))
    codes, pattern = _values(release, set_id, place, reference)
    return Element(
        position=int(row["position"]),
        reference=reference,
        name=facts["name"],
        usage=row["usage"],
        type=facts["type"],
        min=int(facts["min"]),
        max=int(facts["max"]),
        codes=codes,
        pattern=pattern,
        repeat=int(row["repeat"] or 1),
    )


def _values(release: str, set_id: str, place: str, reference: str) -> tuple[frozenset[str] | None, str | None]:
    """What may stand in a place: the row for the place in this set, else in any set, else for the data element."""
    for wanted in ((set_id, place), ("", place), (set_id, reference), ("", reference)):
        for row in _codes().get(wanted, ()):
            if _holds(row, release):
                return frozenset(row["codes"].split()) or None, row["pattern"] or None
    return None, None


def _structure(release: str, set_id: str) -> tuple[dict[str, str], ...]:
    if release not in RELEASES or (set_id == "999" and release < "005010"):
        return ()
    return tuple(row for row in _rows("sets") if row["set"] == set_id and _holds(row, release))


def _count(text: str) -> int:
    return UNBOUNDED if text == ">1" else int(text)


def _holds(row: dict[str, str], release: str) -> bool:
    """Whether a row holds in ``release``: its column ``releases`` is blank (all) or names it."""
    return not row["releases"] or release in row["releases"].split()


@cache
def _rows(name: str) -> tuple[dict[str, str], ...]:
    text = (HERE / f"{name}.csv").read_text("utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@cache
def _segments() -> dict[str, list[dict[str, str]]]:
    return _grouped(_rows("segments"), "segment")


@cache
def _elements() -> dict[str, list[dict[str, str]]]:
    return _grouped(_rows("elements"), "element")


@cache
def _codes() -> dict[tuple[str, str], list[dict[str, str]]]:
    out: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in _rows("codes"):
        if row["enforced"] == "yes":
            out.setdefault((row["set"], row["place"]), []).append(row)
    return out


def _grouped(rows: tuple[dict[str, str], ...], column: str) -> dict[str, list[dict[str, str]]]:
    out: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        out.setdefault(row[column], []).append(row)
    return out


def transactions() -> Iterator[Transaction]:
    """Every set in every release."""
    for release in RELEASES:
        for set_id in set_ids(release):
            found = transaction(release, set_id)
            assert found
            yield found
