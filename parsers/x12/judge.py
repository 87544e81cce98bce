"""From faults to verdicts: which sets, groups and interchanges are accepted, and with what.

``verdicts.csv`` says of each code (and, where a code stands for several things, of each kind) whether what was sent can
be understood all the same (E: accepted, errors noted) or not (R), and why. A strict partner's are all R.

* A set (AK501) is R or E by the gravest of its own faults and those of its segments and elements; A without any.
* A group (AK901) is R by a fault of its own or when all its sets are; P when some are; E when errors were noted in it.
* An interchange (TA104) is R or E by its own faults alone. What is inside a rejected group or interchange is rejected.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from parsers.x12.document import Document
from parsers.x12.maps import tables
from parsers.x12.maps.tables import Composite, Element

Ints = npt.NDArray[np.int64]
_WORDS = np.array(["A", "E", "R"], object)
_OF_SET = ("set", "segment", "element")
#: Codes of AK403 that are as grave as their element is: by its type, or whether it need be sent.
_OF_PLACE = ("4", "5", "6", "7")
NO_NOTE = "000"


def judge(document: Document, strict: bool = False) -> Document:
    """The same with ``code`` and ``note`` of interchanges, ``status codes accepted`` of groups and ``status codes`` of
    sets filled from the faults."""
    faults = document.faults
    grave = gravity(document, strict)
    level = faults["level"]
    own = {name: (level == name).to_numpy() for name in ("interchange", "group")}
    in_set = level.isin(_OF_SET).to_numpy() & (faults["set"] >= 0).to_numpy()

    interchange = _worst(len(document.interchanges), faults["interchange"], grave, own["interchange"])
    group = _worst(len(document.groups), faults["group"], grave, own["group"])
    of_set = _worst(len(document.sets), faults["set"], grave, in_set)

    set_group = document.sets["group"].to_numpy()
    group_interchange = document.groups["interchange"].to_numpy()
    group = np.where(interchange[group_interchange] == 2, 2, group)
    of_set = np.where(group[set_group] == 2, 2, of_set)
    received = np.bincount(set_group, minlength=len(group))
    accepted = np.bincount(set_group, of_set < 2, len(group)).astype(np.int64)
    noted = np.bincount(set_group, of_set == 1, len(group)) > 0
    status = np.where(noted & (group == 0), 1, group)
    words = _WORDS[np.where((accepted == 0) & (received > 0), 2, status)]
    words = np.where((accepted > 0) & (accepted < received) & (group < 2), "P", words)

    sets = document.sets.assign(
        status=_text(_WORDS[of_set]), codes=_codes(document.sets, faults, "set", level == "set")
    )
    bad = np.unique(faults["set"].to_numpy()[in_set & (level != "set").to_numpy()])
    sets["codes"] = _with_bad_segments(sets["codes"], bad)
    groups = document.groups.assign(
        accepted=accepted, status=_text(words), codes=_codes(document.groups, faults, "group", level == "group")
    )
    interchanges = document.interchanges.assign(
        code=_text(_WORDS[interchange]), note=_notes(len(interchange), faults, grave, own["interchange"])
    )
    return replace(document, interchanges=interchanges, groups=groups, sets=sets)


def gravity(document: Document, strict: bool = False) -> Ints:
    """Of each fault 1 where what was sent is accepted all the same, 2 where not."""
    faults = document.faults
    if strict:
        return np.full(len(faults), 2, np.int64)
    elements = (faults["level"] == "element").to_numpy() & (faults["kind"] == "").to_numpy()
    elements &= faults["code"].isin(_OF_PLACE).to_numpy()
    segment, of_set = faults["segment"].to_numpy(), faults["set"].to_numpy()
    node = np.where(elements, np.append(document.segments["node"].to_numpy(), -1)[segment], -1)
    maps, names = pd.factorize(document.sets["map"])
    columns: list[tuple[Ints, Any]] = [
        *(pd.factorize(faults[name]) for name in ("level", "code", "kind")),
        pd.factorize(np.where(elements, np.append(maps, -1)[of_set], -1)),
        *(pd.factorize(np.where(elements, column, -1)) for column in (node, faults["element"], faults["component"])),
    ]
    key = np.zeros(len(faults), np.int64)
    for codes, values in columns:
        key = pd.factorize(key * max(len(values), 1) + codes)[0]  # stays small
    first = np.unique(key, return_index=True)[1]
    verdicts = []
    for at in first.tolist():
        level, code, kind, of_map, of_node, element, component = (values[codes[at]] for codes, values in columns)
        if of_map >= 0 and of_node >= 0:
            kind = _kind_of_element(code, str(names[of_map]), of_node, element, component)
        verdicts.append(2 if _verdict(level, code, kind) == "R" else 1)
    return np.array(verdicts, np.int64)[key]


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


def _worst(size: int, rows: pd.Series, grave: Ints, mask: npt.NDArray[np.bool_]) -> Ints:
    out = np.zeros(size, np.int64)
    mask = mask & (rows >= 0).to_numpy()
    np.maximum.at(out, rows.to_numpy()[mask], grave[mask])
    return out


def _codes(table: pd.DataFrame, faults: pd.DataFrame, column: str, mask: pd.Series) -> pd.Series:
    """The codes of each row's own faults, each once, as they were found."""
    own = faults[mask][[column, "code"]].drop_duplicates()
    joined = own.groupby(column)["code"].agg(" ".join)
    return joined.reindex(table.index).fillna("").astype("str")


def _with_bad_segments(codes: pd.Series, rows: Iterable[int]) -> pd.Series:
    """Code 5, one or more segments in error, where segments or elements have faults."""
    out = codes.to_numpy(dtype=object).copy()
    for row in rows:
        if "5" not in out[row].split():
            out[row] = f"{out[row]} 5".strip()
    return pd.Series(out, dtype="str")


def _notes(size: int, faults: pd.DataFrame, grave: Ints, mask: npt.NDArray[np.bool_]) -> pd.Series:
    """The code of the gravest fault of each interchange, the first of those."""
    notes = np.full(size, NO_NOTE, object)
    own = pd.DataFrame({"row": faults["interchange"], "code": faults["code"], "grave": grave})[mask]
    own = own[own["row"] >= 0].sort_values("grave", ascending=False, kind="stable").drop_duplicates("row")
    notes[own["row"].to_numpy()] = own["code"].to_numpy(dtype=object)
    return _text(notes)


def _text(values: npt.NDArray[np.object_]) -> pd.Series:
    return pd.Series(values, dtype="str")
