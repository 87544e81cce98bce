"""The place of every segment of a set in its map: an automaton whose transitions are worked out when first needed.

Where a segment stands depends on the place of the segment before it and on its id alone, so that each (place, id) is
worked out once for a map and the walk over a file is one look-up a segment. Whether something was sent too often or not
at all depends on counts; these are taken afterwards, over all sets of a map at once and only for those transitions that
can be at fault.

How a segment finds its place, and what is told on the way, follows pyx12 4.0.0 (its ``map_walker``):

* Search begins in the loop of the last place, at its position, and goes on to later positions; then in the loop around
  it, from the position of the loop left on; and so outwards to the loop of the set.
* A segment of the map matches by its id (our maps tell no two segments apart by a qualifier, see
  :mod:`parsers.x12.maps.generate`), a loop by the id of its first segment. What matches first is the place; a segment
  that begins the loop in which the search is begins that loop anew.
* Mandatory segments and loops that the search passes, and of which none was counted, are missing. They are told when a
  place is found, before it; what has the position of the place found is let off (pyx12 expects its turn still to come),
  even in another loop, unless a loop begins.
* No place found: the segment is unexpected, nothing missing is told, and the walk stays where it was.
* Beginning a loop forgets the counts of all in it. Counts go by path: two segments or loops of one name in one loop
  count together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from threading import Lock

import numpy as np
import numpy.typing as npt

from parsers.x12.maps import tables
from parsers.x12.maps.tables import UNBOUNDED, Node

Ints = npt.NDArray[np.int64]

# Kinds of findings.
UNEXPECTED, MISSING, TOO_OFTEN, LOOP_TOO_OFTEN = range(4)
START, UNKNOWN = 0, 1  # keys: the segment that opens a set, whatever stood before; a segment that the map does not have


@dataclass(frozen=True)
class Walked:
    """Per segment its ``node`` (position in the nodes of the map, -1 none), ``opener`` (position in the run of the
    segment that opened its innermost loop; for a segment without a place, that of the place where the walk stood) and
    ``parent`` (that of the loop around; -1 none); and the findings, in parallel arrays. ``about``: the node that is
    missing (of a loop: its first), that was sent too often (of a loop: its first), or at which the walk stood when a
    segment was unexpected. ``order`` is that in which they are told of one segment."""

    node: Ints
    opener: Ints
    parent: Ints
    segment: Ints
    kind: Ints
    about: Ints
    order: Ints


@dataclass(eq=False)
class _Place:
    """A loop or a segment of a map. ``node`` is the segment, of a loop its first."""

    node: Node
    path: str
    position: int
    usage: str
    most: int
    loop: _Place | None  # the loop around it
    children: list[_Place] | None = None  # of a loop, in the order of search

    def around(self) -> Iterator[_Place]:
        """Itself and the loops around it, outwards."""
        at: _Place | None = self
        while at is not None:
            yield at
            at = at.loop


@dataclass
class _Transitions:
    """What is known of the transitions so far, one entry per transition."""

    node: list[int] = field(default_factory=list)  # the place found; -1 none
    origin: list[int] = field(default_factory=list)  # the place before
    loop: list[int] = field(default_factory=list)  # the node that opens the loop of the place at which the walk then is
    outer: list[int] = field(default_factory=list)  # the node that opens the loop around it; -1 none
    begins: list[bool] = field(default_factory=list)  # is this segment the opener?
    counts: list[tuple[int, ...]] = field(default_factory=list)  # paths counted
    limits: list[list[tuple[int, int, int, int]]] = field(
        default_factory=list
    )  # path, most, kind, about: to be counted
    asks: list[list[tuple[int, int]]] = field(default_factory=list)  # path, about: missing unless counted before


@lru_cache(maxsize=64)
def automaton(release: str, set_id: str) -> Automaton:
    """The automaton of a map that :func:`parsers.x12.maps.tables.transaction` knows; raises KeyError where it knows
    none."""
    return Automaton(release, set_id)


class Automaton:
    """The walk over the map of one set."""

    def __init__(self, release: str, set_id: str) -> None:
        transaction = tables.transaction(release, set_id)
        if transaction is None:
            raise KeyError(f"no map of set {set_id} in release {release}")
        self.places: list[_Place] = []  # segments, by node
        self.all: list[_Place] = []  # with loops
        self._lay_out(transaction.nodes)
        #: segment id -> key
        self.keys = {name: n for n, name in enumerate(dict.fromkeys(p.node.segment for p in self.places), UNKNOWN + 1)}
        self.names = ["", "", *self.keys]
        paths = list(dict.fromkeys(place.path for place in self.all))
        self.path = {path: number for number, path in enumerate(paths)}
        self.alone = [sum(place.path == path for place in self.all) == 1 for path in paths]
        self.forgets = [  # by path: openers of the loops that forget its count
            {p.node.ordinal for p in self.all if p.children is not None and path.startswith(p.path + "/")}
            for path in paths
        ]
        self.known = _Transitions()
        self._lock = Lock()
        self.steps = [[-1] * len(self.names) for _ in self.places]  # node -> key -> transition, -1 not yet known
        self.next: list[list[int]] = []  # transition -> the row of `steps` where the walk then is
        self._begin(None, self.all[0], [])
        for row in self.steps:
            row[START] = 0

    def _lay_out(self, nodes: tuple[Node, ...]) -> None:
        """The tree of loops and segments, with the names and positions of the pyx12 maps."""
        loops: dict[int, _Place] = {}
        last: dict[int, int] = {-1: 0}
        for node in nodes:
            outer = loops.get(node.parent)
            position = last[node.parent] = last[node.parent] + 10
            usage, most = node.usage, node.max_use
            if node.opens_loop:
                path = f"{outer.path}/{node.segment} loop" if outer else "/set"
                loop = _Place(node, path, position, usage, node.loop_repeat, outer, [])
                loops[node.ordinal], last[node.ordinal] = loop, 10
                self._put(loop)
                outer, position, usage, most = loop, 10, "R", 1
            assert outer is not None
            place = _Place(node, f"{outer.path}/{node.segment}", position, usage, most, outer)
            self._put(place)
            self.places.append(place)

    def _put(self, place: _Place) -> None:
        self.all.append(place)
        if place.loop is not None and place.loop.children is not None:
            place.loop.children.append(place)

    # one transition

    def _learn(self, origin: int, key: int) -> int:
        """The transition of a segment after node ``origin``, worked out by one thread at a time."""
        with self._lock:
            known = self.steps[origin][key]
            return known if known >= 0 else self._work_out(origin, key)

    def _work_out(self, origin: int, key: int) -> int:
        """Where a segment finds its place after node ``origin``: the number of the transition, new."""
        start, name = self.places[origin], self.names[key]
        asks: list[_Place] = []
        position = start.position
        for loop in start.around():
            if loop.children is None:
                continue
            for child in loop.children:
                if child.position < position:
                    continue
                if child.node.segment == name:
                    if child.children is not None:
                        return self._begin(start, child, asks, key)
                    if loop.children[0].node.segment == name:
                        return self._begin(start, loop, asks, key)
                    return self._reach(start, child, asks, key)
                if child.usage == "R":
                    asks.append(child)
            position = loop.position
        return self._add(start, None, False, [], [], [], key)

    def _begin(self, start: _Place | None, loop: _Place, asks: list[_Place], key: int = START) -> int:
        assert loop.children is not None
        first = loop.children[0]
        return self._add(start, first, True, [loop, first], [(loop, LOOP_TOO_OFTEN)], asks, key)

    def _reach(self, start: _Place, place: _Place, asks: list[_Place], key: int) -> int:
        # A loop that is missing is told at its first segment, which has the first position.
        asks = [p for p in asks if (10 if p.children is not None else p.position) != place.position]
        asks = [p for p in asks if p.path != place.path]
        return self._add(start, place, False, [place], [(place, TOO_OFTEN)], asks, key)

    def _add(
        self,
        start: _Place | None,
        found: _Place | None,
        begins: bool,
        counted: list[_Place],
        limits: list[tuple[_Place, int]],
        asks: list[_Place],
        key: int,
    ) -> int:
        """Enters a transition. Only what may be at fault is kept for counting."""
        known, number = self.known, len(self.next)
        now = found or start
        assert now is not None and now.loop is not None
        known.node.append(found.node.ordinal if found else -1)
        known.origin.append(start.node.ordinal if start else -1)
        known.loop.append(now.loop.node.ordinal)
        known.outer.append(now.loop.loop.node.ordinal if now.loop.loop else -1)
        known.begins.append(begins)
        known.counts.append(tuple(self.path[place.path] for place in counted))
        known.limits.append(
            [
                (self.path[place.path], place.most, kind, place.node.ordinal)
                for place, kind in limits
                if place.most < UNBOUNDED and start is not None and self._may_repeat(start, place)
            ]
        )
        known.asks.append(
            [
                (self.path[place.path], place.node.ordinal)
                for place in asks
                if start is not None and place not in start.around()
            ]
        )
        self.next.append(self.steps[now.node.ordinal])
        if start is not None:
            self.steps[start.node.ordinal][key] = number
        return number

    def _may_repeat(self, start: _Place, place: _Place) -> bool:
        """May this be more than the first of its kind? In a loop the walk never goes back to an earlier position, so
        that what has a path of its own is repeated only from itself."""
        return place in start.around() or not self.alone[self.path[place.path]]

    # many

    def walk(self, keys: Ints) -> Walked:
        """The places of the segments of some sets, by their keys: :data:`START` where a set begins (the first one too),
        else those of :attr:`keys` or :data:`UNKNOWN`."""
        after, known = self.next, self.known
        out: list[int] = []
        append = out.append
        row, step = self.steps[0], 0
        for key in keys.tolist():
            follows = row[key]
            if follows < 0:
                stood = known.node[step] if known.node[step] >= 0 else known.origin[step]
                follows = self._learn(stood, key)
            step = follows
            append(step)
            row = after[step]
        return self._judge(np.array(out, np.int64))

    def _judge(self, steps: Ints) -> Walked:
        known = self.known
        node, origin = np.array(known.node)[steps], np.array(known.origin)
        loop, outer = np.array(known.loop, np.int16)[steps], np.array(known.outer, np.int16)[steps]
        opener, parent = _openers(loop, outer, np.array(known.begins)[steps])
        lost = np.flatnonzero(node < 0)
        found: list[tuple[Ints, int, Ints | int, int]] = [(lost, UNEXPECTED, origin[steps[lost]], 0)]
        counter = _Counter(self, steps)
        used = np.flatnonzero(np.bincount(steps, minlength=1)).tolist()
        for step in used:
            rows = counter.rows(step) if known.limits[step] or known.asks[step] else np.zeros(0, np.int64)
            for path, most, kind, about in known.limits[step]:
                # pyx12 tells of a loop before what is missing, of a segment too.
                found.append((rows[counter.counted(path, rows) > most], kind, about, 0))
            for order, (path, about) in enumerate(known.asks[step], 1):
                found.append((rows[~counter.counted_before(path, rows)], MISSING, about, order))
        size = [len(rows) for rows, *_ in found]
        nodes = np.concatenate([np.broadcast_to(part[2], n) for part, n in zip(found, size, strict=True)])
        kinds, orders = (np.repeat([part[at] for part in found], size) for at in (1, 3))
        return Walked(node, opener, parent, np.concatenate([rows for rows, *_ in found]), kinds, nodes, orders)


class _Counter:
    """Counts of a path since the loop around it began, for those segments that need them."""

    def __init__(self, automaton: Automaton, steps: Ints) -> None:
        self.automaton, self.steps = automaton, steps
        self.events: dict[int, tuple[Ints, Ints]] = {}
        self.order: Ints | None = None

    def rows(self, step: int) -> Ints:
        """The segments of a transition, ascending."""
        if self.order is None:
            self.order = np.argsort(self.steps.astype(np.int16), kind="stable")
            self.ordered = self.steps[self.order]
        low, high = np.searchsorted(self.ordered, [step, step + 1])
        return self.order[low:high]

    def _of(self, path: int) -> tuple[Ints, Ints]:
        """Segments that count the path, segments that forget it; ascending."""
        if path not in self.events:
            known, forgets = self.automaton.known, self.automaton.forgets[path]
            counts = np.array([path in counted for counted in known.counts])
            pairs = zip(known.begins, known.loop, strict=False)  # another thread may be adding to them
            resets = np.array([begins and loop in forgets for begins, loop in pairs])
            resets[0] = True  # a set begins
            self.events[path] = np.flatnonzero(counts[self.steps]), np.flatnonzero(resets[self.steps])
        return self.events[path]

    def counted(self, path: int, rows: Ints) -> Ints:
        """Counts at segments that count the path, themselves included."""
        counts, resets = self._of(path)
        since = resets[np.searchsorted(resets, rows, "right") - 1]
        return np.searchsorted(counts, rows, "right") - np.searchsorted(counts, since)

    def counted_before(self, path: int, rows: Ints) -> npt.NDArray[np.bool_]:
        counts, resets = self._of(path)
        since = resets[np.searchsorted(resets, rows) - 1]
        return np.searchsorted(counts, rows) > np.searchsorted(counts, since)


def _openers(
    loop: npt.NDArray[np.int16], outer: npt.NDArray[np.int16], begins: npt.NDArray[np.bool_]
) -> tuple[Ints, Ints]:
    """Of each segment the last one at or before it that began its loop, and the last one that began the loop around."""
    opener = _last(loop, begins)
    rows = np.flatnonzero(begins)
    # each opener as what opens its loop, then as one that asks for the opener of the loop around
    pairs = np.stack([loop[rows], outer[rows]], axis=1).ravel()
    asked = np.tile([True, False], len(rows))
    above = _last(pairs, asked)[1::2]
    parent = np.full(len(loop), -1, np.int64)
    parent[rows] = np.where(outer[rows] >= 0, rows[above // 2], -1)
    return opener, parent[opener]


def _last(group: npt.NDArray[np.int16], marked: npt.NDArray[np.bool_]) -> Ints:
    """Of each row the last marked one of its group at or before it."""
    order = np.argsort(group, kind="stable")
    last = np.maximum.accumulate(np.where(marked[order], np.arange(len(order)), 0))
    found = np.empty(len(order), np.int64)
    found[order] = order[last]
    return found
