"""Validation with compiled maps: the place of every segment, and what is wrong with segments and elements, whole
columns at a time.

The same faults in the same order as :mod:`parsers.x12.pyx12_driver`, which the tests hold it against: per set and
segment first what is wrong with its place, then repetitions, components, elements in their order, syntax notes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parsers.x12 import columns, element_findings, elements, findings, texts, walk
from parsers.x12.columns import Columns
from parsers.x12.document import QUOTED, Document
from parsers.x12.envelope import SE, ST
from parsers.x12.sent import PADDING, Run
from parsers.x12.splitter import pack
from parsers.x12.texts import Text
from parsers.x12.walk import Automaton, Walked

Ints = npt.NDArray[np.int64]
#: Faults, column by column, with the ``order`` in which those of one segment are told.
Found = dict[str, Any]
#: So many segments are checked at a time: few enough for their columns to stay in the processor's caches.
RUN = 30_000
#: AK304 of what is wrong with the place of a segment; unexpected ones have one of several.
_SEGMENT_CODES = {walk.MISSING: "3", walk.TOO_OFTEN: "5", walk.LOOP_TOO_OFTEN: "4"}
#: In the order of a segment's faults those of its elements come after those of its place.
_AFTER_PLACES = 1_000_000
#: AK403 (X12 element 723) of findings; notes have one of two.
_ELEMENT_CODES = {
    element_findings.REPEATED: "12",
    element_findings.TOO_MANY_COMPONENTS: "13",
    element_findings.TOO_MANY: "3",
    element_findings.INVALID_COMPOSITE: "6",
    element_findings.MISSING: "1",
    element_findings.UNUSED: "10",
    element_findings.SHORT: "4",
    element_findings.LONG: "5",
    element_findings.CONTROL: "6",
    element_findings.BLANKS: "6",
    element_findings.CHARACTER: "6",
    element_findings.DATE: "8",
    element_findings.TIME: "9",
    element_findings.NAMED_DATE: "8",
    element_findings.NAMED_TIME: "9",
    element_findings.CODE: "7",
    element_findings.PATTERN: "7",
}


@dataclass(frozen=True)
class _Places:
    """The place of each segment: ``loop``, ``parent`` and ``node`` as in the table of segments, ``row`` its row in the
    columns."""

    loop: Ints
    parent: Ints
    node: Ints
    row: Ints


def validate(doc: Document) -> Document:
    """The same with the place of each segment in its map, and the faults of segments and elements."""
    of = texts.of(doc.sets["map"].array).dictionary_encode()
    names = sorted(filter(None, of.dictionary.to_pylist()))
    if not names:
        return doc
    maps = tuple((release, set_id) for set_id, _, release in (name.partition(".") for name in names))
    compiled = columns.columns(maps)
    number = np.array([names.index(name) if name else -1 for name in of.dictionary.to_pylist()], np.int64)
    places, found = _walk(doc, compiled, maps, number[of.indices.to_numpy()])
    for first, run in _runs(doc, places):
        found += _told(doc, compiled, places, first, run)
    return doc.walked(places.loop, places.parent, places.node).with_found(_in_order(found))


def _in_order(found: list[Found]) -> list[Found]:
    """Faults as they are told: segment by segment, and in each by their ``order``."""
    if not found:
        return []
    whole = {name: _joined([part[name] for part in found]) for name in found[0]}
    order = np.lexsort((whole["order"], whole["segment"]))
    return [{name: column.take(order) for name, column in whole.items()}]


def _joined(columns: list[Ints] | list[Text]) -> Ints | Text:
    return np.concatenate(columns) if isinstance(columns[0], np.ndarray) else pa.concat_arrays(columns)


# segments


def _walk(
    doc: Document, compiled: Columns, maps: tuple[tuple[str, str], ...], of_set: Ints
) -> tuple[_Places, list[Found]]:
    size = len(doc.key)
    places = _Places(*(np.full(size, -1, np.int64) for _ in range(4)))
    in_set = doc.segments["set"].to_numpy()
    of_map = np.append(of_set, -1)[in_set]
    starts = np.zeros(size, bool)
    starts[doc.sets["first"].to_numpy()] = True
    found = []
    for number, name in enumerate(maps):
        automaton = walk.automaton(*name)
        rows = np.flatnonzero(of_map == number)
        keys = _keys(automaton, doc.key[rows])
        keys[starts[rows]] = walk.START
        walked = automaton.walk(keys)
        placed = walked.node >= 0
        places.node[rows] = walked.node
        places.row[rows] = np.where(placed, walked.node + compiled.offset[name], -1)
        places.loop[rows] = np.where(placed, rows[walked.opener], -1)
        places.parent[rows] = np.where(placed & (walked.parent >= 0), rows[walked.parent], -1)
        if len(walked.segment):
            found.append(_misplaced(doc, name, walked, rows[walked.segment]))
    return places, found


def _keys(automaton: Automaton, ids: npt.NDArray[np.uint32]) -> Ints:
    names = np.array([pack(name) for name in automaton.keys], np.uint32)
    numbers = np.array([*automaton.keys.values()])
    order = np.argsort(names)
    at = np.minimum(np.searchsorted(names[order], ids), len(names) - 1)
    return np.where(names[order][at] == ids, numbers[order][at], walk.UNKNOWN)


def _misplaced(doc: Document, name: tuple[str, str], walked: Walked, rows: Ints) -> Found:
    """Faults of the places of segments: ``rows`` are those at which they were found."""
    transaction = columns.columns((name,)).transactions[0]
    ids = texts.of(doc.segments["id"].array).take(pa.array(rows))
    known = ids.dictionary_encode()
    number, distinct = known.indices.to_numpy(), known.dictionary.to_pylist()
    missing = walked.kind == walk.MISSING

    def said(kind: int, about: int, which: int) -> tuple[str, str, str, str]:
        node, segment_id = transaction.nodes[about], distinct[which]
        loop = findings.loop_of(transaction, about)
        if kind == walk.UNEXPECTED:
            instead = findings.expected_instead(*name, segment_id)
            return segment_id, loop, findings.unexpected(*name, segment_id), instead
        code = _SEGMENT_CODES[kind]
        return node.segment if code == "3" else segment_id, loop, code, findings.expected_segment(node, code)

    segment_id, loop, code, expected = _each(said, walked.kind, walked.about, number)
    start, end = doc.split.start[rows], doc.split.end[rows]
    nothing = np.zeros(len(rows), np.int64)
    return {
        **_where(doc, rows, "segment"),
        "segment_id": segment_id,
        "loop": loop,
        "reference": texts.constant("", len(rows)),
        "code": code,
        "expected": expected,
        "element": nothing,
        "component": nothing,
        "repetition": nothing,
        "value": pc.if_else(pa.array(missing), "", pc.utf8_slice_codeunits(ids, 0, QUOTED)),
        "start": start,
        "end": np.where(missing, start, end),
        "order": walked.order,
    }


# elements


def _runs(doc: Document, places: _Places) -> Iterator[tuple[int, Run]]:
    """Segments to be checked together, with the row of the first: not too many, and with the same separators."""
    text = np.frombuffer(doc.data + bytes(PADDING), np.uint8)
    row = np.where(np.isin(doc.key, np.array([ST, SE], np.uint32)), -1, places.row)
    # pyx12 must have some component separator; where the ISA names none both take NUL.
    component = np.array([max(cut.component, 0) for cut in doc.split.delimiters], np.int64)
    repetition = np.array([ord(text) if text else -1 for text in doc.interchanges["repetition_separator"]], np.int64)
    cuts = (component * 257 + repetition)[doc.split.interchange]
    edges = np.union1d(np.arange(0, len(row), RUN), np.flatnonzero(np.diff(cuts)) + 1)
    for first, last in zip(edges.tolist(), [*edges[1:].tolist(), len(row)], strict=True):
        if (row[first:last] < 0).all():
            continue
        some = slice(first, last)
        interchange = doc.split.interchange[first]
        yield (
            first,
            Run(
                text,
                row[some],
                doc.split.first[some],
                doc.split.count[some],
                doc.split.element_start,
                doc.split.element_end,
                int(component[interchange]),
                int(repetition[interchange]),
            ),
        )


def _told(doc: Document, compiled: Columns, places: _Places, first: int, run: Run) -> list[Found]:
    """Faults of elements, in their order."""
    found = elements.check(run, compiled)
    if not len(found.segment):
        return []
    stage = np.select(
        [found.kind <= element_findings.TOO_MANY, found.kind == element_findings.NOTE], [found.kind, 99], 50
    )
    kind = np.where(stage == 50, found.kind, 0)
    place = np.where(stage == 99, 0, found.element)  # notes come in their own order
    order = np.lexsort((found.note, kind, found.component, place, stage, found.segment))
    rows, element, component, note = (
        column[order] for column in (found.segment + first, found.element, found.component, found.note)
    )

    def said(row: int, element: int, component: int, kind: int, note: int) -> tuple[str, str, str, str, str]:
        node = compiled.nodes[row]
        rule = compiled.note_text[note] if note >= 0 else ""
        code = findings.note_code(rule) if rule else _ELEMENT_CODES[kind]
        part = findings.part_of(node, element, component) or findings.part_of(node, element)
        words = findings.note_words(node.segment, rule) if rule else ""
        expected = words or findings.expected_element(node, element, component, code)
        return node.segment, node.loop_id, part.reference if part else "", code, expected

    segment_id, loop, reference, code, expected = _each(
        said, places.row[rows], element, component, found.kind[order], note
    )
    start, end = found.start[order], found.end[order]
    start, end = (np.where(edge < 0, doc.split.end[rows], edge) for edge in (start, end))
    return [
        {
            **_where(doc, rows, "element"),
            "segment_id": segment_id,
            "loop": loop,
            "reference": reference,
            "code": code,
            "expected": expected,
            "element": element,
            "component": component,
            "repetition": found.repetition[order],
            "value": texts.cut(doc.data, start, np.minimum(end, start + QUOTED)),
            "start": start,
            "end": end,
            "order": _AFTER_PLACES + np.arange(len(rows)),
        }
    ]


def _where(doc: Document, rows: Ints, level: str) -> Found:
    """What the faults of a segment say of where it stands."""
    of = doc.segments["set"].to_numpy()[rows]
    return {
        "level": texts.constant(level, len(rows)),
        "interchange": doc.split.interchange[rows],
        "group": doc.sets["group"].to_numpy()[of],
        "set": of,
        "segment": rows,
        "position": doc.segments["position"].to_numpy()[rows],
    }


def _each(said: Callable[..., tuple[str, ...]], *keys: Ints) -> list[Text]:
    """Columns of what is said of each row, worked out once for rows whose keys are the same."""
    distinct, back = np.unique(np.stack(keys, axis=1), axis=0, return_inverse=True)
    answers = [said(*key) for key in distinct.tolist()]
    taken = pa.array(back.ravel())
    return [texts.of(column).take(taken) for column in zip(*answers, strict=True)]
