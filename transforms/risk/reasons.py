"""A reason: what was seen, how many points it gives, what would change it; in words that an officer can tell a firm."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

#: Code of a reason -> its name.
TITLES = {
    "first": "First-time importer",
    "change": "Large change",
    "novelty": "New goods for this importer",
    "unit_value": "Unusual unit value",
    "filer_refused": "Filer refused often",
    "refused": "Refused often",
    "late": "Late payments",
    "adcvd": "Antidumping or countervailing duty",
    "bond": "Bond smaller than value and duties",
    "discrepancy": "Discrepancies found before",
    "random": "Chosen by chance",
    "member": "Member of the security programme",
}
#: ``of`` is the row of the candidate it speaks of.
COLUMNS = ["of", "code", "points", "words", "change"]


def table(
    code: str, of: Iterable[int], points: Iterable[int], words: Sequence[str], change: Sequence[str] | str = ""
) -> pd.DataFrame:
    """Reasons of one kind; ``change`` one text for all, or one for each."""
    of = np.fromiter(of, "int64")
    return pd.DataFrame(
        {
            "of": of,
            "code": pd.array([code] * len(of), dtype="str"),
            "points": np.fromiter((round(p) for p in points), "int64"),
            "words": pd.array(list(words), dtype="str"),
            "change": pd.array([change] * len(of) if isinstance(change, str) else list(change), dtype="str"),
        }
    )


def together(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """All reasons, those of a candidate by their points, most first."""
    made = [it for it in tables if len(it)]
    if not made:
        return table("first", [], [], [])
    return pd.concat(made, ignore_index=True).sort_values(
        ["of", "points", "code"], ascending=[True, False, True], kind="stable", ignore_index=True
    )


def rows(table: pd.DataFrame, *columns: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a table of what is to be told."""
    return zip(*(table[name].tolist() for name in columns), strict=True)


def dollars(cents: int) -> str:
    """Whole dollars, for words."""
    return f"${(int(cents) + 50) // 100:,}"


def times(ratio: float) -> str:
    """How many times, for words: 3.4 times, 120 times."""
    return f"{ratio:.1f} times" if ratio < 10 else f"{ratio:,.0f} times"


def per_cent(share: float) -> str:
    return f"{100 * share:.0f} %"
