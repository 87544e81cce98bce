"""The structure map of a message as data: which record may follow which, how often, and filled from the left.

``layouts/<grammar>.csv`` is the printed structure map (AE: pages ESF-21 to ESF-25) as a tree: a node stands under the
record that begins its group, in order, with its limits. The map is a local language over nodes, so one table of allowed
neighbours decides order and nesting for every record of a shard at once; the few records that stand in several places
(43 and 44 with and without an invoice, the agency records) are told apart by which of their parents came last. That a
record is missing is no fault of syntax here: the conditions that name it (185, 431, 701, ...) answer that, so
``minimum`` is kept for reference.

Syntax conditions: of AE its response usage note (a), page ESF-207, and the error dictionary's A00 to A25; of every
other message X33 to X38 of the Batch & Block Control chapter (pages 32 and 36), where column 0 is the whole record.
X37, a missing record, cannot arise: the transactions of those messages (SU, RM) are one record.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from parsers.catair.framing import CHUNK, ENVELOPE, KIND, KINDS, Frames, Ints
from parsers.catair.layout import BLANK, WIDTH, Layout, load, rows
from parsers.catair.records import Bools

Found = tuple[Ints, Ints, Any]  # rows, columns (1-based), codes

START, UNKNOWN = 0, 1  # the state before the first record of a block; a record the map does not have
_SLOT = re.compile(r"_(\d+)(?=_|$)")


@dataclass(frozen=True)
class Syntax:
    """The codes that answer a fault of syntax: no header, unknown record, out of sequence, a gap; and the column of a
    fault that is a whole record."""

    header: str
    unknown: str
    sequence: str
    gap: str
    column: int


#: By the column ``syntax`` of ``applications.csv``.
SYNTAX = {"A": Syntax("A00", "A02", "A04", "A22", 1), "X": Syntax("X33", "X34", "X35", "X38", 0)}


@dataclass(frozen=True)
class Node:
    """One place in the structure map. ``maximum`` 0 is unlimited; ``code`` answers the first record beyond it."""

    name: str
    record: str
    parent: int
    maximum: int
    code: str
    contiguous: bool


class Grammar:
    """A structure map, compiled. Nodes are numbered from 2, after START and UNKNOWN."""

    def __init__(self, name: str, layout: Layout, syntax: Syntax) -> None:
        number = {"": START}
        self.syntax = syntax
        self.nodes = [Node("", "", START, 0, "", False), Node("?", "", START, 0, "", False)]
        for row in rows(name):
            number[row["node"]] = len(self.nodes)
            limit = int(row["maximum"] or 0)
            parent, code = number[row["parent"]], row["code"]
            self.nodes.append(Node(row["node"], row["record"], parent, limit, code, row["contiguous"] == "Y"))
        self.layout = layout
        self.children: dict[int, list[int]] = {i: [] for i in range(len(self.nodes))}
        for i, node in list(enumerate(self.nodes))[2:]:
            self.children[node.parent].append(i)
        self.header = self.children[START][0]
        self.header_record = self.nodes[self.header].record
        self.of_kind = np.full(len(KINDS), UNKNOWN, np.int16)
        self.several: dict[int, list[int]] = {}  # kind -> its nodes, when it stands in several places
        for kind, record in enumerate(KINDS):
            if places := self._places(record):
                self.of_kind[kind] = places[0]
            if len(places) > 1:
                self.several[kind] = places
        self.follow = self._follow()

    def _places(self, record: str) -> list[int]:
        if not record:
            return []
        family = [i for i, n in enumerate(self.nodes) if n.record == record]
        agency = [i for i, n in enumerate(self.nodes) if n.record == "PG"]
        if re.fullmatch(r"PG\d\d", record):
            return agency
        if record == "OI":  # inside a substitution group it is agency data like the rest
            return family + [i for i in agency if self.nodes[i].parent != self.nodes[family[0]].parent]
        return family

    def _follow(self) -> Bools:
        """``follow[a, b]``: whether node b may come directly after node a."""
        table = np.zeros((len(self.nodes), len(self.nodes)), bool)
        table[START, self.header] = True
        for i in range(2, len(self.nodes)):
            table[i, self.children[i]] = True
            at = i
            while at != START:
                node = self.nodes[at]
                if node.maximum != 1 or node.code:
                    table[i, at] = True
                siblings = self.children[node.parent]
                table[i, siblings[siblings.index(at) + 1 :]] = True
                at = node.parent
        return table

    def within(self, record: str) -> Bools:
        """For each node whether it is, or stands under, the node of ``record``."""
        kind = self.of_kind[KIND[record]]
        out = np.zeros(len(self.nodes), bool)
        for i in range(2, len(self.nodes)):
            out[i] = i == kind or out[self.nodes[i].parent]
        return out

    def place(self, frames: Frames) -> npt.NDArray[np.int16]:
        """(N,) the node of every record: of several places the one whose parent came last."""
        node = self.of_kind[frames.kind]
        for kind, places in self.several.items():
            at = frames.rows(KINDS[kind])
            if at.size:
                parents = [frames.rows(self.nodes[self.nodes[p].parent].record) for p in places]
                last = [np.append(-1, rows)[np.searchsorted(rows, at)] for rows in parents]
                node[at] = np.array(places)[np.argmax(last, axis=0)]
        return node

    def check(self, frames: Frames, inside: Bools) -> tuple[npt.NDArray[np.int16], pd.DataFrame]:
        """The node of every record, and the faults (row, column, code) of the records for which ``inside`` is true."""
        node = self.place(frames)
        node[(frames.kind > 0) & (frames.kind <= ENVELOPE)] = START
        before = np.append(START, node[:-1]).astype(np.intp) if len(node) else node
        wrong = np.flatnonzero(inside & ~self.follow[before, node])
        closing = np.array([not self._goes_on(i) for i in range(len(self.nodes))])
        opening = closing[before[wrong]]
        unknown = node[wrong] == UNKNOWN
        syntax = self.syntax
        code = np.where(opening, syntax.header, np.where(unknown, syntax.unknown, syntax.sequence))
        found = [(wrong, np.full(len(wrong), syntax.column), code)]
        found += [f for i in range(2, len(self.nodes)) for f in self._check_node(i, frames, node)]
        row, column, code = (np.concatenate(parts) for parts in zip(*found, strict=True))
        faults = pd.DataFrame({"row": row, "column": column, "code": pd.array(code, dtype="str")})
        return node, faults[inside[row]]

    def _goes_on(self, node: int) -> bool:
        """Whether anything but a new transaction may follow. A header is told apart from an end even where it is the
        whole transaction: what is wrong after it is wrong in itself, not for want of a header."""
        return node in (UNKNOWN, self.header) or bool(np.delete(self.follow[node], self.header).any())

    def _check_node(self, i: int, frames: Frames, node: npt.NDArray[np.int16]) -> list[Found]:
        place = self.nodes[i]
        if not place.code and not place.contiguous:
            return []
        at = frames.rows(place.record)
        if KIND[place.record] in self.several:
            at = at[node[at] == i]
        found = []
        if place.code and len(at) > place.maximum:
            # transactions are counted in their block
            group = np.searchsorted(frames.rows(self.nodes[place.parent].record or "B"), at)
            number = np.arange(len(at))
            first = np.maximum.accumulate(np.where(np.append(True, group[1:] != group[:-1]), number, 0))
            over = at[number - first >= place.maximum]
            found.append((over, np.full(len(over), self.syntax.column), np.full(len(over), place.code)))
        if place.contiguous and len(at):
            row, column = _gaps(self.layout, place.record, frames, at)
            found.append((row, column, np.full(len(row), self.syntax.gap)))
        return found


def _gaps(layout: Layout, record: str, frames: Frames, at: Ints) -> tuple[Ints, Ints]:
    """Rows and columns of side-by-side repetitions not filled from the left.

    A repetition is empty when its texts are blank and its numbers blank or zero; the column is that of the first
    repetition after a gap.
    """
    slots: dict[int, list[int]] = {}
    zero_is_empty = np.zeros(WIDTH, bool)
    for field in layout[record]:
        if found := _SLOT.search(field.name) if field.carries_data else None:
            slots.setdefault(int(found[1]), []).extend(range(field.start - 1, field.end))
            zero_is_empty[field.columns] = field.type == "int"
    columns = [np.array(slots[k]) for k in sorted(slots)]
    cells = frames.text.view(f"V{WIDTH}").reshape(-1)
    rows, places = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for first in range(0, len(at), CHUNK):
        here = at[first : first + CHUNK]
        chunk = cells[here].view(np.uint8).reshape(-1, WIDTH)
        something = (chunk != BLANK) & ~((chunk == ord("0")) & zero_is_empty)
        some = something.any(axis=0)
        if not any(some[c].any() for c in columns[1:]):
            continue
        filled = np.column_stack([something[:, c[some[c]]].any(axis=1) for c in columns])
        gap = filled[:, 1:] & ~filled[:, :-1]
        wrong = np.flatnonzero(gap.any(axis=1))
        rows.append(here[wrong])
        places.append(np.array([c[0] + 1 for c in columns[1:]])[gap[wrong].argmax(axis=1)])
    return np.concatenate(rows), np.concatenate(places)


@cache
def load_grammar(name: str, layout: str, syntax: str = "A") -> Grammar:
    """The structure map ``layouts/<name>.csv`` over the records of ``layout``, its faults answered by the codes of
    ``syntax``."""
    return Grammar(name, load(layout), SYNTAX[syntax])
