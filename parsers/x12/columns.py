"""The elements of maps as arrays: what :mod:`parsers.x12.elements` and :mod:`parsers.x12.leaves` compare whole
columns with.

Built once for each combination of maps and kept. The rows of several maps lie behind each other, so that a file holding
several sets is checked in one go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from parsers.x12.maps import tables
from parsers.x12.maps.tables import Composite, Element, Node, Transaction

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Masks = npt.NDArray[np.uint64]

# Types of leaves. From NUMBER on a leaf is made of digits.
BINARY, TEXT, UNKNOWN, NUMBER, DECIMAL, DATE_ANY, DATE_8, DATE_6, DATE_RANGE, TIME_ANY = range(10)
_TYPES = {
    "": BINARY,
    "B": BINARY,
    "AN": TEXT,
    "ID": TEXT,
    "R": DECIMAL,
    "DT": DATE_ANY,
    "D8": DATE_8,
    "D6": DATE_6,
    "RD8": DATE_RANGE,
    "TM": TIME_ANY,
}
QUALIFIERS = (b"RD8", b"D8", b"D6", b"DT", b"TM")  # types that DTP02 may name and that are checked
NOTES = "PRECL"
LONGEST = 6  # bytes of a code that fit a word beside its length and the number of its list
_MASKS = np.array([(1 << (8 * n)) - 1 for n in range(LONGEST + 1)], np.uint64)
_MULTIPLIERS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F], np.uint64)


def type_of(name: str) -> int:
    """The type of a leaf by the name of its data type (X12.6: AN, ID, N0..N9, R, DT, TM, B)."""
    return NUMBER if name[:1] == "N" else _TYPES.get(name, UNKNOWN)


class CodeLists:
    """Lists of codes, and whether values are in theirs: two hash tables of words, in one of which a code must stand
    (cuckoo hashing).

    A word holds the bytes of a code, its length and the number of its list, so that equal words are equal codes of one
    list."""

    def __init__(self, lists: Sequence[frozenset[bytes]]) -> None:
        words = [
            (len(code) << 60) | (number << 48) | int.from_bytes(code, "little")
            for number, codes in enumerate(lists)
            for code in codes
            if 0 < len(code) <= LONGEST
        ]
        long = {number: {code for code in codes if len(code) > LONGEST} for number, codes in enumerate(lists)}
        self.long = {number: codes for number, codes in long.items() if codes}
        self.bits = max(6, (3 * len(words)).bit_length())
        while not self._place(words):
            self.bits += 1

    def _place(self, words: list[int]) -> bool:
        """Gives every word a slot of its own in one of the tables; a word that finds its slot taken moves the other one
        on."""
        size = 1 << self.bits
        slots = [[0] * size, [0] * size]
        factors = [int(m) for m in _MULTIPLIERS]
        for one in words:
            word, side = one, 0
            for _ in range(64):
                at = ((word * factors[side]) & (2**64 - 1)) >> (64 - self.bits)
                word, slots[side][at] = slots[side][at], word
                if not word:
                    break
                side = 1 - side
            else:
                return False
        self.slots = np.array(slots, np.uint64)
        return True

    def holds(self, text: np.ndarray, start: np.ndarray, end: np.ndarray, number: np.ndarray) -> np.ndarray:
        """Is each stretch of ``text`` (not empty; eight bytes follow its start) a code of the list ``number``?"""
        length = end - start
        short = length <= LONGEST
        length = np.where(short, length, 0)
        eights = np.ndarray((len(text) - 7,), "<u8", text.data, 0, (1,))  # the eight bytes from each position on
        word = eights[start] & _MASKS[length]
        word |= (number + (length << 12)).astype(np.uint64) << np.uint64(48)
        shift = np.uint64(64 - self.bits)
        found = np.zeros(len(start), bool)
        for side in (0, 1):
            found |= self.slots[side][(word * _MULTIPLIERS[side]) >> shift] == word
        found &= short
        for which, codes in self.long.items():
            for row in np.flatnonzero((number == which) & ~short).tolist():
                found[row] = text[start[row] : end[row]].tobytes() in codes
        return found


@dataclass(frozen=True)
class Columns:
    """Maps as arrays. A node is a segment of a map, a place an element of a node, a leaf a simple element or component.
    The arrays of nodes have one more row, at -1, for segments without a node: it has no elements."""

    transactions: list[Transaction]
    offset: dict[tuple[str, str], int]  # of a map (release, set): its first node
    width: Ints  # node: number of elements
    first: Ints  # node: its first place
    required: Masks  # node: a bit per mandatory element
    notes: Ints  # node: number of syntax notes
    first_note: Ints
    leaf: Ints  # place: its leaf, or -1 - its composite
    repeat: Ints  # place: how often it may be repeated
    composite_size: Ints
    composite_first: Ints  # the leaf of its first component
    composite_unused: Flags
    composite_required: Masks  # a bit per component that is asked for where the composite is sent
    type: Ints  # leaf
    minimum: Ints
    maximum: Ints
    unused: Flags
    caret: Flags  # leaf: ^ and ` are text (from 005010 on)
    codes: Ints  # leaf: its list of codes; -1 open
    pattern: Ints  # leaf: its pattern; -1 none
    qualified: Flags  # leaf: the element before it names its type (DTP03)
    any_qualified: bool
    any_unused: bool
    any_unknown: bool
    code_lists: CodeLists
    patterns: list[re.Pattern[str]]
    note_kind: Ints  # position in NOTES
    note_mask: Masks
    note_first: Masks
    nodes: list[Node]
    leaves: list[Element]
    composites: list[Composite]
    note_text: list[str]


class _Builder:
    """Elements in the order in which they are met, as rows of the arrays to be."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.first: list[int] = []
        self.first_note: list[int] = []
        self.place_leaf: list[int] = []
        self.leaves: list[Element] = []
        self.composites: list[Composite] = []
        self.composite_first: list[int] = []
        self.note_text: list[str] = []
        self.codes: dict[frozenset[str], int] = {}
        self.patterns: dict[str, int] = {}
        self.leaf_codes: list[int] = []
        self.leaf_pattern: list[int] = []
        self.qualified: list[int] = []
        self.caret: list[bool] = []

    def node(self, node: Node, caret: bool) -> None:
        self.nodes.append(node)
        self.first.append(len(self.place_leaf))
        self.first_note.append(len(self.note_text))
        self.note_text += node.syntax
        for part in node.elements:
            if isinstance(part, Composite):
                self.place_leaf.append(-1 - len(self.composites))
                self.composites.append(part)
                self.composite_first.append(len(self.leaves))
                for component in part.components:
                    self.leaf(component, caret)
                continue
            if node.segment == "DTP" and part.position == 3:
                self.qualified.append(len(self.leaves))
            self.place_leaf.append(len(self.leaves))
            self.leaf(part, caret)

    def leaf(self, element: Element, caret: bool) -> None:
        self.leaves.append(element)
        self.caret.append(caret)
        self.leaf_codes.append(self.codes.setdefault(element.codes, len(self.codes)) if element.codes else -1)
        pattern = element.pattern
        self.leaf_pattern.append(self.patterns.setdefault(pattern, len(self.patterns)) if pattern else -1)


@lru_cache(maxsize=32)
def columns(maps: tuple[tuple[str, str], ...]) -> Columns:
    """The elements of some maps, each a release and a set that :func:`parsers.x12.maps.tables.transaction` knows."""
    build, offset, transactions = _Builder(), {}, []
    for release, set_id in maps:
        transaction = tables.transaction(release, set_id)
        if transaction is None:
            raise KeyError(f"no map of set {set_id} in release {release}")
        transactions.append(transaction)
        offset[release, set_id] = len(build.nodes)
        for node in transaction.nodes:
            build.node(node, release >= "005010")
    leaves, composites = build.leaves, build.composites
    order = [[int(note[at : at + 2]) for at in range(1, len(note), 2)] for note in build.note_text]
    qualified = np.zeros(len(leaves), bool)
    qualified[build.qualified] = True
    types = np.array([type_of(leaf.type) for leaf in leaves])
    unused = np.array([leaf.usage == "N" for leaf in leaves], bool)
    return Columns(
        transactions=transactions,
        offset=offset,
        width=np.array([*(len(node.elements) for node in build.nodes), 0]),
        first=np.array([*build.first, 0]),
        required=np.array([*(_mandatory(node.elements) for node in build.nodes), 0], np.uint64),
        notes=np.array([*(len(node.syntax) for node in build.nodes), 0]),
        first_note=np.array([*build.first_note, 0]),
        leaf=np.array(build.place_leaf, np.int64),
        repeat=np.array([part.repeat for node in build.nodes for part in node.elements], np.int64),
        composite_size=np.array([len(c.components) for c in composites], np.int64),
        composite_first=np.array(build.composite_first, np.int64),
        composite_unused=np.array([c.usage == "N" for c in composites], bool),
        composite_required=np.array(
            [_mandatory(c.components) & (-1 if c.usage == "R" else -2) for c in composites], np.uint64
        ),
        type=types,
        minimum=np.array([leaf.min for leaf in leaves], np.int64),
        maximum=np.array([leaf.max for leaf in leaves], np.int64),
        unused=unused,
        caret=np.array(build.caret, bool),
        codes=np.array(build.leaf_codes, np.int64),
        pattern=np.array(build.leaf_pattern, np.int64),
        qualified=qualified,
        any_qualified=bool(qualified.any()),
        any_unused=bool(unused.any()),
        any_unknown=bool((types == UNKNOWN).any()),
        code_lists=CodeLists([frozenset(code.encode("latin-1") for code in codes) for codes in build.codes]),
        patterns=[re.compile(pattern, re.S) for pattern in build.patterns],
        note_kind=np.array([NOTES.index(note[0]) for note in build.note_text], np.int64),
        note_mask=np.array([_bits(numbers) for numbers in order], np.uint64),
        note_first=np.array([_bits(numbers[:1]) for numbers in order], np.uint64),
        nodes=build.nodes,
        leaves=leaves,
        composites=composites,
        note_text=build.note_text,
    )


def _mandatory(parts: Sequence[Element | Composite]) -> int:
    return _bits(place for place, part in enumerate(parts, 1) if part.usage == "R")


def _bits(places: Iterable[int]) -> int:
    """A mask of 1-based places. X12 segments have fewer than 64 elements."""
    return sum(1 << (place - 1) for place in set(places))
