"""What partners say of what we sent: TA1 segments, 997, 999 and 824 sets of a document, as statements to be matched.

An 824 names what it speaks of by group and set number (OTI08 to OTI10), and not by the functional identifier. What it
says stands above what was acknowledged: syntax may be well where the business is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from transforms.x12 import placed

SETS = ("997", "999")
ADVICE = "824"
#: What the last letter of TA104, AK901, AK501 or OTI01 says (data elements I17, 715, 717 and 110; M, W and X: rejected
#: for what is wrong with its security).
_DOES = {"A": "accepts", "E": "accepts with errors", "P": "accepts in part", **dict.fromkeys("RMWX", "rejects")}
_CODES = {"AK5": range(2, 7), "IK5": range(2, 7), "AK9": range(5, 10)}
#: AK1 opens; AK2 to AK5 or IK5 speak of one set; AK9 of the group.
_SPOKEN = ("AK1", "AK2", "AK5", "IK5", "AK9")


@dataclass(frozen=True, slots=True)
class Statement:
    """``level`` says of what: ``interchange`` (TA1), ``group`` (AK9, OTI of G.) or ``set`` (AK5, IK5, OTI of T.).
    ``segment`` and ``set`` are rows of the document, ``own`` and ``partner`` qualifier and id of the two. Numbers are
    -1 where they are none. In an 824 ``code`` has two letters (element 110) and ``functional_id`` is blank."""

    level: str
    set: int
    segment: int
    own: tuple[str, str]
    partner: tuple[str, str]
    code: str
    codes: str = ""
    interchange_number: int = -1
    functional_id: str = ""
    group_number: int = -1
    set_id: str = ""
    set_number: int = -1

    @property
    def of(self) -> str:
        """What it speaks of, in words."""
        group = f"group {self.group_number}"
        whole = {"interchange": f"interchange {self.interchange_number}", "group": group}
        return whole.get(self.level) or f"{self.set_id} {self.set_number} in {group}"


def statements(document: Any) -> list[Statement]:
    """In file order; of interchanges and sets that are not rejected."""
    found = [*_of_interchanges(document), *_of_sets(document), *_of_advices(document)]
    return sorted(found, key=lambda it: it.segment)


def told(found: Sequence[Statement], sent: Callable[[Statement], Sequence[str]]) -> pd.DataFrame:
    """A note to each statement: as what or in answer to what we sent it (``sent`` says so), and what it says."""
    return placed.notes(_told(it, sent(it)) for it in found)


def _told(it: Statement, sent: Sequence[str]) -> tuple:
    what, verdict = it.of, " ".join(filter(None, (it.code, it.codes)))
    does = _DOES.get(it.code[-1:], "acknowledges")
    if sent:
        why = f"{does} our {what} ({verdict}), sent {' and '.join(sent)}"
    else:
        why = f"{does} {what} ({verdict}), which we did not send to {it.partner[1]}"
    return placed.note(it.set, it.segment, 1, why, "", verdict)


def _parties(document: Any, interchange: int) -> tuple[tuple[str, str], tuple[str, str]]:
    of = document.interchanges.iloc[interchange]
    return (of["receiver_qualifier"], of["receiver"]), (of["sender_qualifier"], of["sender"])


def _texts(document: Any, rows: np.ndarray, element: int) -> list[str]:
    return [text.strip() for text in document.element(rows, element)]


def _of_interchanges(document: Any) -> Iterator[Statement]:
    rows = document.rows("TA1")
    rows = rows[document.segments["set"].to_numpy()[rows] < 0]
    columns = [_texts(document, rows, element) for element in (1, 4, 5)]
    for row, number, code, note in zip(rows.tolist(), *columns, strict=True):
        interchange = int(document.segments["interchange"].iat[row])
        if document.interchanges["code"].iat[interchange] != "R":
            own, partner = _parties(document, interchange)
            yield Statement("interchange", -1, row, own, partner, code, note, interchange_number=_number(number))


def _of_sets(document: Any) -> Iterator[Statement]:
    sets, segments = document.sets, document.segments
    if not sets["set_id"].isin(SETS).any():
        return
    good = sets["set_id"].isin(SETS) & (sets["status"] != "R")
    good &= document.interchanges["code"].to_numpy()[sets["interchange"].to_numpy()] != "R"
    rows = np.sort(np.concatenate([document.rows(name) for name in _SPOKEN]))
    of = segments["set"].to_numpy()[rows]
    rows = rows[(of >= 0) & np.append(good.to_numpy(), False)[of]]
    ids = segments["id"].to_numpy(dtype=object)[rows]
    elements = {n: _texts(document, rows, n) for n in range(1, 10)}
    group, member = ("", -1), ("", -1)
    for at, (row, name) in enumerate(zip(rows.tolist(), ids, strict=True)):
        said = {n: elements[n][at] for n in elements}
        if name == "AK1":
            group, member = (said[1], _number(said[2])), ("", -1)
        elif name == "AK2":
            member = (said[1], _number(said[2]))
        else:
            set_ = int(segments["set"].iat[row])
            own, partner = _parties(document, int(sets["interchange"].iat[set_]))
            codes = " ".join(filter(None, (said[n] for n in _CODES[name])))
            level, what = ("group", ("", -1)) if name == "AK9" else ("set", member)
            yield Statement(level, set_, row, own, partner, said[1], codes, -1, *group, *what)


def _of_advices(document: Any) -> Iterator[Statement]:
    """OTI of sets and groups (element 110: T., G.), each with the codes of the TED behind it."""
    sets = document.sets
    good = sets["set_id"].eq(ADVICE) & (sets["status"] != "R")
    good &= document.interchanges["code"].to_numpy()[sets["interchange"].to_numpy()] != "R"
    if not good.any():
        return
    in_set = document.segments["set"].to_numpy()
    wanted = np.append(good.to_numpy(), False)
    rows, errors = (found[wanted[in_set[found]]] for found in (document.rows("OTI"), document.rows("TED")))
    code = _texts(document, errors, 1)
    codes: dict[int, list[str]] = {}
    for at, error in zip((np.searchsorted(rows, errors) - 1).tolist(), code, strict=True):
        codes.setdefault(at, []).append(error)
    columns = [_texts(document, rows, element) for element in (1, 8, 9, 10)]
    for at, (row, said, group, number, set_id) in enumerate(zip(rows.tolist(), *columns, strict=True)):
        set_ = int(in_set[row])
        own, partner = _parties(document, int(sets["interchange"].iat[set_]))
        errors_said = " ".join(dict.fromkeys(codes.get(at, ())))
        if said[:1] == "T":
            what = (set_id, _number(number))
            yield Statement("set", set_, row, own, partner, said, errors_said, -1, "", _number(group), *what)
        elif said[:1] == "G":
            yield Statement("group", set_, row, own, partner, said, errors_said, -1, "", _number(group))


def _number(text: str) -> int:
    """A control number as a number, -1 if it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else -1
