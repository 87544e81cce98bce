"""What became of entry summaries, for partners who read X12 instead of AX: a 355 (customs acceptance/rejection) with
every condition, a 350 (customs status information) with the state of each.

Both are carriers' sets, answered to manifests; what they say of an entry is placed where they have room for a
reference: P4 the port and the day, LX each filing, N9 6B its entry number (element 128: USCS entry number), K1 code and
words. M10 of the 355 has to name a conveyance, which a file of many entry summaries has not: it is that of the first
one that has one, else ``UNKN``. K3 sums up. Sources: X12 350 and 355 in 004010 and 004050; CBP's guides to them, as
noted in docs/invoices.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import pandas as pd

ACCEPTANCE, STATUS = "355", "350"
GROUPS = {ACCEPTANCE: "AZ", STATUS: "AU"}
#: In 005010 the 350 has N9 only under X4, which has to name a bill of lading and its carrier: it is written in the
#: release before.
RELEASES: Mapping[str, tuple[str, ...]] = {ACCEPTANCE: ("004010", "004050", "005010"), STATUS: ("004010", "004050")}
#: CATAIR modes of transport -> element 91: ocean, rail, motor (common carrier), air.
MODES = {**dict.fromkeys(("10", "11", "12"), "S"), **dict.fromkeys(("20", "21"), "R"),
         **dict.fromkeys(("30", "31", "32", "33", "34"), "M"), **dict.fromkeys(("40", "41"), "A")}  # fmt: skip
ENTRY, SEQUENCE = "6B", "55"
#: How often segments may stand there.
PORTS, FILINGS, REFERENCES, K1_355, K1_350 = 20, 9_999, 999, 10, 4
_HALF = 30

Segments = list[list[str]]


class File(NamedTuple):
    """What became of one file. ``transaction``: a row a filing, in order: ``port filer_code entry_number occurrence
    final code severity narrative`` (of its disposition) ``carrier mode conveyance trip``. ``condition``: ``at`` (row of
    ``transaction``) ``code severity narrative``. ``fault``: ``port code narrative`` of batches rejected as a whole."""

    transaction: pd.DataFrame
    condition: pd.DataFrame
    fault: pd.DataFrame


def release(set_id: str, agreed: str) -> str:
    """The release a set is written in: the agreed one where it has room for what is said, else the latest before;
    the first of ours where there is neither."""
    known = RELEASES[set_id]
    return max((release for release in known if release <= agreed), default=known[0])


def acceptance(file: File, day: date) -> list[Segments]:
    """The 355s of a file (one, or more when it names more than twenty ports), without ST and SE."""
    return [_355(file, part, day) for part in _parts(file, FILINGS)]


def status(file: File, day: date) -> list[Segments]:
    """The 350s of a file."""
    return [_350(file, part, day) for part in _parts(file, REFERENCES)]


class Loop(NamedTuple):
    """A P4 loop: a port, rows of ``transaction``, and what is said of the port itself."""

    port: str
    rows: list[int]
    faults: list[str]


def _parts(file: File, most: int) -> list[list[Loop]]:
    """Ports in the order in which they come, each with its filings, ``most`` in a loop, as many loops as one set
    holds."""
    of: dict[str, list[int]] = {}
    faults: dict[str, list[str]] = {}
    for port, code, words in file.fault[["port", "code", "narrative"]].itertuples(index=False, name=None):
        of.setdefault(port, [])
        faults.setdefault(port, []).append(f"{code} {words}")
    for at, port in enumerate(file.transaction["port"].tolist()):
        of.setdefault(port, []).append(at)
    loops = [
        Loop(port, rows[n : n + most], faults.get(port, []) if n == 0 else [])
        for port, rows in of.items()
        for n in range(0, len(rows) or 1, most)
    ]
    loops = loops or [Loop("", [], [])]
    return [loops[n : n + PORTS] for n in range(0, len(loops), PORTS)]


def _355(file: File, part: list[Loop], day: date) -> Segments:
    t, told = file.transaction, _told(file)
    out = [_m10(t)]
    for loop in part:
        out += [_p4(loop.port, day), *_k1s(loop.faults, K1_355)]
        for number, at in enumerate(loop.rows, 1):
            out.append(["LX", str(number)])
            lines = [_final(t, at), *told.get(at, [])]
            for n in range(0, min(len(lines), K1_355 * REFERENCES), K1_355):
                out += [_n9(t, at), *_k1s(lines[n : n + K1_355], K1_355)]
    of = [at for loop in part for at in loop.rows]
    accepted = int(t["final"].iloc[of].eq("A").sum())
    conditions = sum(len(told.get(at, [])) for at in of)
    said = f"ACCEPTED {accepted} REJECTED {len(of) - accepted} CONDITIONS {conditions}"
    return [*out, ["K3", f"{said} FAULTS {sum(len(loop.faults) for loop in part)}"]]


def _350(file: File, part: list[Loop], day: date) -> Segments:
    t, told = file.transaction, _told(file)
    out: Segments = []
    for loop in part:
        out += [_p4(loop.port, day), *_k1s(loop.faults, K1_350)]
        for at in loop.rows:
            out += [_n9(t, at), *_k1s([_final(t, at), *told.get(at, [])], K1_350)]
    return out


def _k1s(lines: list[str], most: int) -> Segments:
    """Lines as K1 segments; the last of ``most`` says how many there are besides."""
    if len(lines) > most:
        lines = [*lines[: most - 1], f"AND {len(lines) - most + 1} MORE"]
    return [_k1(line) for line in lines]


def _told(file: File) -> dict[int, list[str]]:
    """The conditions of each filing in words."""
    c = file.condition
    told: dict[int, list[str]] = {}
    for at, *words in c[["at", "code", "severity", "narrative"]].itertuples(index=False, name=None):
        told.setdefault(int(at), []).append(" ".join(words))
    return told


def _final(t: pd.DataFrame, at: int) -> str:
    word = "ACCEPTED" if t["final"].iat[at] == "A" else "REJECTED"
    return f"{t['code'].iat[at]} {word} {t['narrative'].iat[at]}".strip()


def _m10(t: pd.DataFrame) -> list[str]:
    carried = t[t["carrier"].str.fullmatch(r"[A-Z0-9]{2,4}")]
    if not len(carried):
        return ["M10", "UNKN", "ZZ", "US", "", "NONE", "NONE", "", "", "Z"]
    first = carried.iloc[0]
    name, trip = _clean(first["conveyance"])[:28], _clean(first["trip"])[:10]
    mode = MODES.get(first["mode"], "ZZ")
    return ["M10", first["carrier"], mode, "US", "", name if len(name) > 1 else "NONE",
            trip if len(trip) > 1 else "NONE", "", "", "Z"]  # fmt: skip


def _p4(port: str, day: date) -> list[str]:
    return ["P4", port or "UNKNOWN", f"{day:%Y%m%d}"]


def _n9(t: pd.DataFrame, at: int) -> list[str]:
    filer, number = (_clean(str(t[name].iat[at])).replace(" ", "") for name in ("filer_code", "entry_number"))
    return ["N9", ENTRY, (filer + number)[:_HALF]] if number else ["N9", SEQUENCE, str(t["occurrence"].iat[at])]


def _k1(text: str) -> list[str]:
    """Up to sixty characters, cut between words where that leaves room."""
    words = _clean(text)
    cut = _HALF if len(words) <= _HALF or words[_HALF] == " " else max(words.rfind(" ", 0, _HALF), 0) or _HALF
    first, rest = words[:cut].strip(), words[cut:].strip()[:_HALF].strip()
    return ["K1", first or "-", rest] if rest else ["K1", first or "-"]


def _clean(text: str) -> str:
    """Printable, without blanks at the ends or two in a row."""
    return " ".join("".join(it if " " <= it <= "~" else " " for it in str(text)).upper().split())
