"""From faults to verdicts: which sets, groups and interchanges are accepted, and with what.

``verdicts.csv`` says of each code (and, where a code stands for several things, of each kind) whether what was sent can
be understood all the same (E: accepted, errors noted) or not (R), and why. A strict partner's are all R.

* A set (AK501) is R or E by the gravest of its own faults and those of its segments and elements; A without any.
* A group (AK901) is R by a fault of its own or when all its sets are; P when some are; E when errors were noted in it.
* An interchange (TA104) is R or E by its own faults alone. What is inside a rejected group or interchange is rejected.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from parsers.x12 import texts
from parsers.x12.document import Document, at
from parsers.x12.maps import tables
from parsers.x12.maps.tables import Composite, Element

Ints = npt.NDArray[np.int64]
_STATUS = texts.of(["A", "E", "R", "P"])
_NOTED, _REJECTED, _PARTLY = 1, 2, 3
#: Codes of AK403 that are as grave as their element is: by its type, or whether it need be sent.
_OF_PLACE = ("4", "5", "6", "7")
NO_NOTE = "000"


def judge(document: Document, strict: bool = False) -> Document:
    """The same with ``code`` and ``note`` of interchanges, ``status codes accepted`` of groups and ``status codes`` of
    sets filled from the faults."""
    faults, grave = document.faults, gravity(document, strict)
    level, code = (texts.of(faults[name].array) for name in ("level", "code"))
    about = {name: faults[name].to_numpy() for name in ("interchange", "group", "set")}
    own = {name: texts.equal(level, name) & (rows >= 0) for name, rows in about.items()}
    inside = (texts.equal(level, "segment") | texts.equal(level, "element")) & (about["set"] >= 0)

    interchange = _worst(len(document.interchanges), about["interchange"], grave, own["interchange"])
    group = _worst(len(document.groups), about["group"], grave, own["group"])
    of_set = _worst(len(document.sets), about["set"], grave, own["set"] | inside)

    set_group = document.sets["group"].to_numpy()
    group = np.where(interchange[document.groups["interchange"].to_numpy()] == _REJECTED, _REJECTED, group)
    of_set = np.where(group[set_group] == _REJECTED, _REJECTED, of_set)
    received = np.bincount(set_group, minlength=len(group))
    accepted = np.bincount(set_group, of_set < _REJECTED, len(group)).astype(np.int64)
    noted = np.bincount(set_group, of_set == _NOTED, len(group)) > 0
    status = np.where(noted & (group == 0), _NOTED, group)
    status = np.where((accepted == 0) & (received > 0), _REJECTED, status)
    status = np.where((accepted > 0) & (accepted < received) & (group < _REJECTED), _PARTLY, status)

    def codes(name: str, size: int) -> list[str]:
        return _codes(size, about[name][own[name]], code.filter(pa.array(own[name])))

    of_sets = _with_bad_segments(codes("set", len(of_set)), np.unique(about["set"][inside]))
    sets = document.sets.assign(status=_words(of_set), codes=texts.column(texts.of(of_sets)))
    groups = document.groups.assign(
        accepted=accepted, status=_words(status), codes=texts.column(texts.of(codes("group", len(group))))
    )
    of = own["interchange"]
    notes = _notes(len(interchange), about["interchange"][of], code.filter(pa.array(of)), grave[of])
    interchanges = document.interchanges.assign(code=_words(interchange), note=texts.column(texts.of(notes)))
    return replace(document, interchanges=interchanges, groups=groups, sets=sets)


def gravity(document: Document, strict: bool = False) -> Ints:
    """Of each fault 1 where what was sent is accepted all the same, 2 where not."""
    faults = document.faults
    if strict or not len(faults):
        return np.full(len(faults), _REJECTED, np.int64)
    words = {name: texts.of(faults[name].array).dictionary_encode() for name in ("level", "code", "kind")}
    elements = _is_one(words["level"], ("element",)) & _is_one(words["kind"], ("",)) & _is_one(words["code"], _OF_PLACE)
    node = np.where(elements, at(document.segments["node"].to_numpy(), faults["segment"].to_numpy(), -1), -1)
    names = texts.of(document.sets["map"].array).dictionary_encode()
    of_map = at(names.indices.to_numpy(), faults["set"].to_numpy(), -1)
    columns: list[tuple[Ints, Any]] = [
        *((it.indices.to_numpy(), it.dictionary.to_pylist()) for it in words.values()),
        *(
            pd.factorize(np.where(elements, column, -1))
            for column in (of_map, node, faults["element"], faults["component"])
        ),
    ]
    key = np.zeros(len(faults), np.int64)
    for codes, values in columns:
        key = pd.factorize(key * len(values) + codes)[0]  # stays small
    verdicts = []
    for row in np.unique(key, return_index=True)[1].tolist():
        level, code, kind, name, of_node, element, component = (values[codes[row]] for codes, values in columns)
        if name >= 0 and of_node >= 0:
            kind = _kind_of_element(code, names.dictionary[name].as_py(), of_node, element, component)
        verdicts.append(_REJECTED if _verdict(level, code, kind) == "R" else _NOTED)
    return np.array(verdicts, np.int64)[key]


def _is_one(words: pa.DictionaryArray, wanted: tuple[str, ...]) -> npt.NDArray[np.bool_]:
    return np.array([word in wanted for word in words.dictionary.to_pylist()], bool)[words.indices.to_numpy()]


def reason(level: str, code: str, kind: str) -> str:
    """Why the verdict on such a fault is what it is."""
    row = _verdicts().get((level, code, kind)) or _verdicts().get((level, code, ""))
    return row[1] if row else ""


def _verdict(level: str, code: str, kind: str) -> str:
    row = _verdicts().get((level, code, kind)) or _verdicts().get((level, code, ""))
    return row[0] if row else "R"


@cache
def _verdicts() -> dict[tuple[str, str, str], tuple[str, str]]:
    text = (files("parsers.x12") / "verdicts.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return {(row["level"], row["code"], row["kind"]): (row["verdict"], row["reason"]) for row in rows}


def _kind_of_element(code: str, name: str, node: int, element: int, component: int) -> str:
    """``text`` for a fault of length or character in an element of type AN, ``optional`` for a wrong code in an element
    that need not be sent."""
    set_id, _, release = name.partition(".")
    usage, of_type = _use_and_type(release, set_id, int(node), int(element), int(component))
    if code == "7":
        return "optional" if usage == "S" else ""
    return "text" if of_type == "AN" else ""


def is_text(name: str, node: int, element: int, component: int) -> bool:
    """Whether an element or component is text (type AN): ``name`` of the map, the place of its segment in it."""
    set_id, _, release = name.partition(".")
    return node >= 0 and _use_and_type(release, set_id, node, element, component)[1] == "AN"


@cache
def _use_and_type(release: str, set_id: str, node: int, element: int, component: int) -> tuple[str, str]:
    """Usage and type of an element or component in its place, blank where there is none."""
    transaction = tables.transaction(release, set_id)
    parts: tuple[Element | Composite, ...] = transaction.nodes[node].elements if transaction else ()
    if not 0 < element <= len(parts):
        return "", ""
    part = parts[element - 1]
    if isinstance(part, Element):
        return part.usage, part.type
    if not 0 < component <= len(part.components):
        return part.usage, ""
    inner = part.components[component - 1]
    return "R" if part.usage == inner.usage == "R" else "S", inner.type


def _worst(size: int, rows: Ints, grave: Ints, mask: npt.NDArray[np.bool_]) -> Ints:
    out = np.zeros(size, np.int64)
    np.maximum.at(out, rows[mask], grave[mask])
    return out


def _codes(size: int, rows: Ints, codes: texts.Text) -> list[str]:
    """The codes of each row's own faults, each once, as they were found."""
    out = [""] * size
    first = ~texts.repeated(codes, rows)
    for row, code in zip(rows[first].tolist(), codes.filter(pa.array(first)).to_pylist(), strict=True):
        out[row] = f"{out[row]} {code}".lstrip()
    return out


def _with_bad_segments(codes: list[str], rows: Ints) -> list[str]:
    """Code 5, one or more segments in error, where segments or elements have faults."""
    for row in rows.tolist():
        if "5" not in codes[row].split():
            codes[row] = f"{codes[row]} 5".lstrip()
    return codes


def _notes(size: int, rows: Ints, codes: texts.Text, grave: Ints) -> list[str]:
    """The code of the gravest fault of each interchange, the first of those."""
    notes = [NO_NOTE] * size
    order = np.argsort(-grave, kind="stable")
    which, first = np.unique(rows[order], return_index=True)
    for row, code in zip(which.tolist(), codes.take(pa.array(order[first])).to_pylist(), strict=True):
        notes[row] = code
    return notes


def _words(status: Ints) -> pd.api.extensions.ExtensionArray:
    return texts.column(_STATUS.take(pa.array(status)))
