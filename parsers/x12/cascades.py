"""One mistake, one fault: what follows from another fault of the same thing is left out, and what is none.

Validators tell everything that is broken, one rule at a time. A sender mends mistakes: a date with a digit too many
need not be called no day as well, and a segment that was found in the wrong place is not missing in the right one. In
an interchange whose elements are separated by a letter that is the mistake.
Of these no verdict depends on what is left out: what is told instead is at least as grave.

The extended character set of X12 (X12.6) has letters of other languages; pyx12, whose checks the validators share,
knows those of English alone. A name is not at fault for its accents.
"""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.compute as pc

from parsers.x12 import judge, texts
from parsers.x12.document import Document
from parsers.x12.maps import tables

#: Levels of faults inside sets.
_INSIDE = {"segment", "element"}
#: AK304 (X12 element 720): mandatory segment missing; not in its proper sequence.
_MISSING, _MISPLACED = "3", "7"
#: AK403 (X12 element 723): too short or too long; no day, no time; a character that it must not hold.
_LENGTH, _NO_MOMENT = ("4", "5"), ("8", "9")
_CHARACTER = "6"
#: Printable ASCII and the letters of Latin-1, not ending in a blank.
_GOOD_TEXT = re.compile("[ -~\xc0-\xd6\xd8-\xf6\xf8-\xff]*[!-~\xc0-\xd6\xd8-\xf6\xf8-\xff]")


def without(faults: pd.DataFrame, document: Document) -> pd.DataFrame:
    """The faults (columns of :data:`parsers.x12.document.FAULTS`) of a document without those that follow from
    others."""
    if not len(faults):
        return faults
    gone = _unreadable(faults, document)
    if _INSIDE & set(pc.unique(texts.of(faults["level"].array)).to_pylist()):
        gone |= _moments(faults) | _found_elsewhere(faults, document) | _letters(faults, document)
    return faults[~gone].reset_index(drop=True) if gone.any() else faults


def _unreadable(faults: pd.DataFrame, document: Document) -> npt.NDArray[np.bool_]:
    """Of interchanges whose element separator is a letter or digit all that is said of what stands behind the ISA:
    where elements end there nobody knows."""
    lettered = np.array([cut.lettered for cut in document.split.delimiters], bool)
    if not lettered.any():
        return np.zeros(len(faults), bool)
    of = faults["interchange"].to_numpy()
    header = np.append(document.split.segment_first, -1)[of] == faults["segment"].to_numpy()
    return np.append(lettered, False)[of] & ~header & (faults["kind"] != "outside").to_numpy(bool)


def _moments(faults: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Of dates and times of a wrong length, that they are none."""
    of_elements = faults["level"] == "element"
    moments = (of_elements & faults["code"].isin(_NO_MOMENT)).to_numpy(bool)
    if not moments.any():
        return moments
    place = faults.groupby(["segment", "element", "component"], sort=False).ngroup().to_numpy()
    too = np.unique(place[(of_elements & faults["code"].isin(_LENGTH)).to_numpy(bool)])
    return moments & np.isin(place, too)


def _found_elsewhere(faults: pd.DataFrame, document: Document) -> npt.NDArray[np.bool_]:
    """Of segments that have one place in their set, that they are missing there: as often as they stand elsewhere."""
    of_segments = (faults["level"] == "segment").to_numpy(bool)
    missing = of_segments & (faults["code"] == _MISSING).to_numpy(bool)
    misplaced = of_segments & (faults["code"] == _MISPLACED).to_numpy(bool)
    if not missing.any() or not misplaced.any():
        return np.zeros(len(faults), bool)
    pair = faults.groupby(["set", "segment_id"], sort=False).ngroup()
    elsewhere = np.bincount(pair[misplaced], minlength=int(pair.max()) + 1)
    rows = np.flatnonzero(missing & (elsewhere[pair] > 0))
    maps = document.sets["map"].to_numpy(dtype=object)[faults["set"].to_numpy()[rows]]
    names = faults["segment_id"].to_numpy(dtype=object)[rows]
    rows = rows[[_has_one_place(name, segment) for name, segment in zip(maps, names, strict=True)]]
    nth = pair.iloc[rows].groupby(pair.iloc[rows]).cumcount().to_numpy()
    gone = np.zeros(len(faults), bool)
    gone[rows[nth < elsewhere[pair.to_numpy()[rows]]]] = True
    return gone


def _letters(faults: pd.DataFrame, document: Document) -> npt.NDArray[np.bool_]:
    """Of texts that hold no character but letters of Latin-1 beside what they may, that they do."""
    gone = ((faults["level"] == "element") & (faults["code"] == _CHARACTER)).to_numpy(bool)
    if not gone.any():
        return gone
    gone = gone & faults["value"].str.contains("[\xc0-\xff]").to_numpy(bool)
    rows = np.flatnonzero(gone)
    place = faults.iloc[rows][["segment", "set", "element", "component", "start", "end"]]
    nodes, maps = document.segments["node"].to_numpy(), document.sets["map"].to_numpy(dtype=object)
    gone[rows] = [
        _GOOD_TEXT.fullmatch(document.data[start:end].decode("latin-1")) is not None
        and judge.is_text(str(maps[of_set]), int(nodes[segment]), element, component)
        for segment, of_set, element, component, start, end in place.itertuples(index=False, name=None)
    ]
    return gone


@cache
def _has_one_place(name: str, segment_id: str) -> bool:
    set_id, _, release = name.partition(".")
    transaction = tables.transaction(release, set_id)
    return transaction is not None and sum(node.segment == segment_id for node in transaction.nodes) == 1
