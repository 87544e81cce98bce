"""Validation by pyx12: its maps, its walk over them and its checks of segments, driven over our own split.

pyx12's reader is left out: it takes delimiters from the first ISA alone, stops at an empty segment and dies of counts
that are no numbers. Its maps are loaded once for each set and release. Every set is walked by itself with fresh counts,
so that many sets in a group cost no more than the same segments in one.

Got round: a composite with too many components makes pyx12 look behind the end of a list, so they are counted and cut
off first; repetitions are not split by it, so the first stands for all and their number is compared with the map's;
syntax notes are told without the element, so it is worked out here. ST and SE are the envelope's
(:mod:`parsers.x12.envelope_checks`). Any exception inside becomes a fault of that set.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyx12.map_if
import pyx12.map_walker
import pyx12.params
import pyx12.segment
import pyx12.syntax

from parsers.x12 import document, findings
from parsers.x12.document import QUOTED, Document
from parsers.x12.maps import tables
from parsers.x12.maps.tables import Composite, Transaction

log = logging.getLogger(__name__)

_START = "/ISA_LOOP/GS_LOOP/GS"
_ENVELOPE = ("ST", "SE")
#: What would lead pyx12's walk out of the set.
_OUTSIDE = ("ISA", "IEA", "GS", "GE", "TA1")
#: pyx12 wants some component separator; this one stands in no readable data.
_NO_SEPARATOR = "\x00"


@dataclass(frozen=True)
class _Map:
    """A pyx12 map of one set: where a walk begins, and the ordinal (in ``transaction.nodes``) of each of its nodes."""

    transaction: Transaction
    start: Any
    ordinal: dict[int, int]


def validate(doc: Document) -> Document:
    """The same with the place of each segment in its map, and the faults of segments and elements."""
    loop, parent, node = (np.full(len(doc.segments), -1, np.int64) for _ in range(3))
    found: list[dict[str, object]] = []
    names = doc.segments["id"].to_numpy(dtype=object)
    sets = zip(
        *(doc.sets[name].tolist() for name in ("interchange", "group", "first", "last", "map")),
        strict=True,
    )
    for number, (interchange, group, first, last, name) in enumerate(sets):
        if not name:
            continue
        about = {"interchange": interchange, "group": group, "set": number}
        told: list[dict[str, object]] = []
        try:
            told.extend(_Walk(doc, name, first, last, names, loop, parent, node).faults())
        except Exception as error:
            log.warning("pyx12 could not validate set %s of map %s: %r", number, name, error)
            loop[first:last] = parent[first:last] = node[first:last] = -1
            told = [_unread(doc, first, error)]
        found.extend({**about, **one} for one in told)
    return doc.walked(loop, parent, node).with_faults(document.faults(found))


def _unread(doc: Document, first: int, error: Exception) -> dict[str, object]:
    return {
        "level": "set",
        "code": "5",
        "kind": "unread",
        "segment": first,
        "position": 1,
        "segment_id": "ST",
        "start": int(doc.split.start[first]),
        "end": int(doc.split.end[first]),
        "expected": "a set that the validator can read",
        "value": type(error).__name__,
    }


@lru_cache(maxsize=256)
def _load(name: str) -> _Map:
    set_id, _, release = name.partition(".")
    found = tables.transaction(release, set_id)
    if found is None:
        raise KeyError(f"no map {name}")
    settings = pyx12.params.params()
    settings.set("charset", "E")
    loaded = pyx12.map_if.load_map_file(f"{set_id}.xml", settings, str(tables.map_directory(release)))
    start = loaded.getnodebypath(_START)
    group = start.parent
    opened = next(child for child in group.childIterator() if child.is_loop())
    nodes = list(_segments(opened))
    if [segment.id for segment in nodes] != [node.segment for node in found.nodes]:
        raise ValueError(f"map {name} is not the one of our table")
    return _Map(found, start, {id(segment): ordinal for ordinal, segment in enumerate(nodes)})


def _segments(loop: Any) -> Iterator[Any]:
    """The segments of a loop and of those inside, in the order of the map."""
    for position in sorted(loop.pos_map):
        for child in loop.pos_map[position]:
            if child.is_loop():
                yield from _segments(child)
            else:
                yield child


class _Walk:
    """One set, from ST to SE."""

    def __init__(
        self, doc: Document, name: str, first: int, last: int, names: Any, loop: Any, parent: Any, node: Any
    ) -> None:
        self.doc, self.rows, self.names = doc, range(first, last), names
        self.loop, self.parent, self.node = loop, parent, node
        self.map = _load(name)
        self.release, self.set_id = self.map.transaction.release, self.map.transaction.set_id
        interchange = int(doc.split.interchange[first])
        cut = doc.split.delimiters[interchange]
        self.element, self.terminator = chr(max(cut.element, 0)), chr(max(cut.segment, 0))
        self.component = chr(cut.component) if cut.component >= 0 else _NO_SEPARATOR
        self.repetition = str(doc.interchanges["repetition_separator"].iat[interchange])
        self.opened: dict[int, int] = {}  # node that opens a loop -> row of the segment that last did
        self.first = first

    def faults(self) -> Iterator[dict[str, object]]:
        walker = pyx12.map_walker.walk_tree({self.map.start.x12path: 1})  # the GS before the set
        at = self.map.start
        for row in self.rows:
            segment = self._segment(row)
            if self.names[row] in _OUTSIDE:
                yield self._unexpected(row, at)
                continue
            found, _, _, errors = walker.walk_errors(at, segment, row - self.first + 1, 0, None)
            for error in errors:
                yield self._misplaced(row, error, at)
            if found is None:
                continue
            at = found
            ordinal = self.map.ordinal[id(found)]
            self._stand(row, ordinal)
            if self.names[row] not in _ENVELOPE:
                yield from self._elements(row, segment, found, ordinal)

    def _segment(self, row: int) -> pyx12.segment.Segment:
        split = self.doc.split
        parts = [str(self.names[row])]
        for at in range(int(split.first[row]), int(split.first[row] + split.count[row])):
            parts.append(self.doc.data[split.element_start[at] : split.element_end[at]].decode("latin-1"))
        made = pyx12.segment.Segment(None, self.terminator, self.element, self.component)
        made.seg_id = parts[0]
        if row == self.first:
            parts[1:2] = [
                self.set_id
            ]  # pyx12 finds the loop of the set by ST01; its blanks are the envelope's to judge
        for text in parts[1:]:
            made.append(self._first_repetition(text))
        if parts[0] == "DTP" and len(made) > 2 and made.get_value("02") == "RD8":
            # pyx12 takes a range apart at every dash and dies of a second one.
            begin, dash, end = parts[3].partition("-")
            made.set("03", self._first_repetition(begin + dash + end.replace("-", "/")))
        return made

    def _first_repetition(self, text: str) -> str:
        return text.partition(self.repetition)[0] if self.repetition else text

    def _stand(self, row: int, ordinal: int) -> None:
        nodes = self.map.transaction.nodes
        opener = ordinal if nodes[ordinal].opens_loop else nodes[ordinal].parent
        if opener == ordinal:
            self.opened[ordinal] = row
        self.node[row] = ordinal
        self.loop[row] = self.opened.get(opener, -1)
        self.parent[row] = self.opened.get(nodes[opener].parent, -1) if opener >= 0 else -1

    def _unexpected(self, row: int, at: Any) -> dict[str, object]:
        """A segment that has no place behind ``at``."""
        name, split = str(self.names[row]), self.doc.split
        return {
            "level": "segment",
            "code": findings.unexpected(self.release, self.set_id, name),
            "segment": row,
            "position": row - self.first + 1,
            "segment_id": name,
            "loop": findings.loop_of(self.map.transaction, self.map.ordinal.get(id(at), -1)),
            "expected": findings.expected_instead(self.release, self.set_id, name),
            "start": int(split.start[row]),
            "end": int(split.end[row]),
            "value": name[:QUOTED],
        }

    def _misplaced(self, row: int, error: Any, at: Any) -> dict[str, object]:
        if error.err_cde == "1":
            return self._unexpected(row, at)
        found, code, name = self.map.transaction, error.err_cde, str(self.names[row])
        start, end = int(self.doc.split.start[row]), int(self.doc.split.end[row])
        meant = error.map_node
        while meant is not None and meant.is_loop():
            meant = meant.get_first_seg()
        ordinal = self.map.ordinal.get(id(meant), -1)
        expected = findings.expected_segment(found.nodes[ordinal], code) if ordinal >= 0 else ""
        if code == "3" and ordinal >= 0:
            name, end = found.nodes[ordinal].segment, start
        return {
            "level": "segment",
            "code": code,
            "segment": row,
            "position": row - self.first + 1,
            "segment_id": name,
            "loop": findings.loop_of(found, ordinal),
            "expected": expected,
            "start": start,
            "end": end,
            "value": "" if code == "3" else str(self.names[row])[:QUOTED],
        }

    def _elements(self, row: int, segment: Any, found: Any, ordinal: int) -> Iterator[dict[str, object]]:
        node = self.map.transaction.nodes[ordinal]
        yield from self._repeated(row, ordinal)
        for number, part in enumerate(node.elements, 1):
            if isinstance(part, Composite) and number <= len(segment):
                sent = segment.elements[number - 1].elements
                if len(sent) > len(part.components):
                    yield self._element(row, ordinal, number, len(part.components) + 1, "13")
                    del sent[len(part.components) :]
        _, errors = found.is_valid_errors(segment)
        for error in errors:
            meant = error.map_node
            if meant is not None:
                inside = meant.parent.is_composite()
                element, component = (meant.parent.seq, meant.seq) if inside else (meant.seq, 0)
                yield self._element(row, ordinal, element, component, error.err_cde)
            elif error.err_cde in ("1", "3"):
                yield self._element(row, ordinal, int(error.refdes[-2:]), 0, error.err_cde)
        for note in found.syntax:
            good, _ = pyx12.syntax.is_syntax_valid(segment, note)
            if good:
                continue
            rule = note[0] + "".join(f"{int(member):02d}" for member in note[1:])
            present = {member for member in note[1:] if segment.get_value(f"{member:02d}")}
            element = findings.note_element(rule, present)
            told = self._element(row, ordinal, element, 0, findings.note_code(rule))
            yield {**told, "expected": findings.note_words(node.segment, rule)}

    def _repeated(self, row: int, ordinal: int) -> Iterator[dict[str, object]]:
        """More repetitions than the map allows."""
        if not self.repetition:
            return
        split, node = self.doc.split, self.map.transaction.nodes[ordinal]
        mark = self.repetition.encode("latin-1")
        for number in range(1, min(int(split.count[row]), len(node.elements)) + 1):
            at = int(split.first[row]) + number - 1
            text = self.doc.data[split.element_start[at] : split.element_end[at]]
            part = node.elements[number - 1]
            if text.count(mark) >= part.repeat:
                start = int(split.element_start[at]) + len(mark.join(text.split(mark)[: part.repeat])) + 1
                end = start + len(text.split(mark)[part.repeat])
                told = self._element(row, ordinal, number, 0, "12")
                value = self.doc.data[start : min(end, start + QUOTED)].decode("latin-1")
                yield {**told, "repetition": part.repeat + 1, "start": start, "end": end, "value": value}

    def _element(self, row: int, ordinal: int, element: int, component: int, code: str) -> dict[str, object]:
        node = self.map.transaction.nodes[ordinal]
        part = findings.part_of(node, element, component) or findings.part_of(node, element)
        start, end = self._place(row, element, component)
        return {
            "level": "element",
            "code": code,
            "segment": row,
            "position": row - self.first + 1,
            "segment_id": node.segment,
            "loop": node.loop_id,
            "element": element,
            "component": component,
            "reference": part.reference if part else "",
            "expected": findings.expected_element(node, element, component, code),
            "start": start,
            "end": end,
            "value": self.doc.data[start : min(end, start + QUOTED)].decode("latin-1"),
        }

    def _place(self, row: int, element: int, component: int) -> tuple[int, int]:
        """The bytes of an element or component, of its first repetition; nothing at the end of the segment where it was
        not sent."""
        split = self.doc.split
        if element > split.count[row]:
            return int(split.end[row]), int(split.end[row])
        at = int(split.first[row]) + element - 1
        start, end = int(split.element_start[at]), int(split.element_end[at])
        if self.repetition:
            end = start + len(self.doc.data[start:end].partition(self.repetition.encode("latin-1"))[0])
        if not component:
            return start, end
        parts = self.doc.data[start:end].split(self.component.encode("latin-1"))
        if component > len(parts):
            return end, end
        start += sum(len(part) + 1 for part in parts[: component - 1])
        return start, start + len(parts[component - 1])
