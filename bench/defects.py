"""Known faults, injected one at a time. ``defects.csv`` says what each does and which condition must answer it.

A ``transaction`` fault rejects one summary (final 998), a ``batch`` fault its whole batch (999); a ``file`` variant is
legal and changes nothing in the answer. ``record``, ``start``, ``end`` name what is spoilt. ``when`` says which records
are eligible: ``7-10`` (something stands there), ``48-50!`` (nothing does), ``3-5=499|501`` (one of these), ``3-5~499``
(something else), joined by ``&``; ``except`` which entry types are not (C: consolidated).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from functools import cache

import numpy as np

from bench.records import Matrix, Text
from bench.tables import BadRequest, Integers, fee, read

BLANK, ZERO = ord(" "), ord("0")


@dataclass
class Pages:
    """Records of whole files with their envelopes. ``filing`` is -1 on envelope records; rows leave by ``keep``."""

    text: Matrix
    filing: Integers
    batch: Integers
    keep: np.ndarray


@dataclass(frozen=True)
class Defect:
    """One row of ``defects.csv``."""

    kind: str
    level: str
    code: str
    record: str
    op: str
    start: str
    end: str
    text: str
    when: str
    spares: frozenset[str]
    description: str

    def rows(self, pages: Pages, day: date) -> Integers:
        """All records this fault may spoil."""
        mask = pages.keep.copy()
        for column, letter in enumerate(self.record):
            mask &= pages.text[:, column] == ord(letter)
        mask &= (pages.filing < 0) == (len(self.record) == 1)
        for condition in filter(None, _words(self.when, day).split("&")):
            match = re.fullmatch(r"(\d+)-(\d+)([=~!]?)(.*)", condition)
            assert match, f"{self.kind}: {condition}"
            start, end, sign, wanted = match.groups()
            there = pages.text[:, int(start) - 1 : int(end)]
            blank = (there == BLANK).all(axis=1)
            mask &= blank if sign == "!" else ~blank
            if wanted:
                ways = [np.frombuffer(w.encode(), np.uint8) for w in wanted.split("|")]
                same = np.logical_or.reduce([(there == w).all(axis=1) for w in ways])
                mask &= same if sign == "=" else ~same
        return np.flatnonzero(mask)

    def spoil(self, pages: Pages, rows: Integers, day: date) -> None:
        """Apply the fault to ``rows`` in place."""
        where = slice(int(self.start or 1) - 1, int(self.end or 80))
        if self.op == "bump":
            pages.text[rows, where] = (pages.text[rows, where] - ZERO + 1) % 10 + ZERO
        elif self.op == "blank":
            pages.text[rows, where] = BLANK
        elif self.op == "put":
            width = int(self.end) - int(self.start) + 1
            pages.text[rows, where] = np.frombuffer(_words(self.text, day).ljust(width).encode(), np.uint8)
        elif self.op == "swap":
            pages.text[rows], pages.text[rows + 1] = pages.text[rows + 1], pages.text[rows].copy()
        elif self.op in ("drop", "drop_all"):
            pages.keep[rows] = False
        else:
            raise ValueError(f"{self.kind}: no operation {self.op}")


def _words(text: str, day: date) -> str:
    """``text`` with its {names} filled in for ``day``; the fee's limits are those of every date near it."""
    if "{" not in text:
        return text
    saturday = day + timedelta(days=(5 - day.weekday()) % 7 or 7)
    yesterday = day - timedelta(days={0: 3, 6: 2}.get(day.weekday(), 1))
    near = fee("499", np.array([day - timedelta(days=10), day + timedelta(days=10)], "datetime64[D]"))
    least, most = ("|".join(f"{cents:011}" for cents in near[c].unique()) for c in ("min_cents", "max_cents"))
    names = {"saturday": f"{saturday:%m%d%y}", "yesterday": f"{yesterday:%m%d%y}", "bell": "\a"}
    return text.format(**names, least=least, most=most, limits=f"{least}|{most}")


@cache
def catalogue() -> dict[str, Defect]:
    """Every kind of fault by name."""
    table = read("defects").rename(columns={"except": "spares"})
    table["spares"] = table["spares"].map(lambda words: frozenset(words.split())).astype(object)
    return {str(row.kind): Defect(*row) for row in table[[f.name for f in fields(Defect)]].itertuples(index=False)}


def chosen(defects: Mapping[str, float], level: str) -> list[tuple[Defect, float]]:
    """The wanted faults of one level with their shares. Raises BadRequest for an unknown kind or a bad share."""
    known = catalogue()
    for kind, share in defects.items():
        if kind not in known:
            raise BadRequest(f"no defect {kind!r}; there are {', '.join(known)}")
        if not 0 <= share <= 1:
            raise BadRequest(f"defect {kind}: a share between 0 and 1, not {share}")
    return [(known[k], share) for k, share in defects.items() if known[k].level == level]


def inject(
    pages: Pages,
    level: str,
    kinds: Text,
    free: np.ndarray,
    defects: Mapping[str, float],
    day: date,
    rng: np.random.Generator,
) -> Text:
    """Spoil a share of the ``free`` transactions (or batches) by each wanted fault, at most one each.

    ``kinds`` says of each what a fault may spare: its entry type, or C when it is consolidated. Returns the fault of
    each, or "".
    """
    done = np.full(len(free), "", "U24")
    unit = pages.filing if level == "transaction" else pages.batch
    for defect, share in chosen(defects, level):
        rows = defect.rows(pages, day)
        first, at = np.unique(unit[rows], return_index=True)
        able = free[first] & (done[first] == "") & ~np.isin(kinds[first], list(defect.spares))
        # of those that can carry the fault, so many that its share of all is met where possible
        hit = able & (rng.random(len(first)) < share * len(free) / max(1, able.sum()))
        done[first[hit]] = defect.kind
        hits = rows[at[hit]] if defect.op != "drop_all" else rows[np.isin(unit[rows], first[hit])]
        defect.spoil(pages, hits, day)
    return done
