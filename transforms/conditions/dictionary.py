"""The published dictionary of conditions: code, narrative (at most 40 characters, as the wire prints it), severity.

``dictionary.csv`` comes from the ACE Error Dictionary (version 51, July 2026), with these deviations, each with its
reason:

* the texts of ``batch`` codes are those of the Batch and Block Control chapter, which answers print;
* A00 carries the text of the entry summary chapter's response note (a), page ESF-207;
* 642 is fatal and means a tariff number that is not on file, as recorded live in 2026 (the dictionary says an
  informational internal failure); its wording is ours, since no recording prints it;
* ``census`` warnings are not in the dictionary: texts from Appendix H and AE Table 11;
* ``final`` dispositions: 995, 996 and 999 are printed in the Batch and Block Control chapter, the texts of 997 and 998
  in the entry summary chapter (pages ESF-210 and 211); their codes follow the pattern of the eBond chapter.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

#: Applications whose conditions an entry summary answer can carry; the same code may mean something else in a query.
ENTRY_SUMMARY = ("AE", "AE quota", "AE licence", "PGA", "census", "batch", "final")
NARRATIVE_WIDTH = 40


@cache
def dictionary() -> pd.DataFrame:
    """All published conditions: ``code narrative severity application record_position``; a retired one has no
    severity."""
    return pd.read_csv(Path(__file__).with_name("dictionary.csv"), dtype="str", keep_default_na=False)


@cache
def entry_summary_conditions() -> pd.DataFrame:
    """The conditions an entry summary answer can carry, indexed by ``code`` (unique)."""
    published = dictionary()
    return published[published["application"].isin(ENTRY_SUMMARY)].set_index("code")


@cache
def texts() -> dict[str, str]:
    """Code -> narrative of every condition an entry summary answer can carry."""
    published = entry_summary_conditions()["narrative"]
    return dict(zip(published.index.astype("str"), published, strict=True))


def narratives(codes: pd.Series) -> pd.Series:
    """The narrative of each code; blank for a code that is not published."""
    return codes.astype("str").map(texts()).fillna("").astype("str")


def narrative_bytes(codes: pd.Series) -> np.ndarray:
    """``(n, 40) uint8``: the narrative of each code as the wire carries it, blank padded."""
    distinct, inverse = np.unique(codes.to_numpy(dtype="U3"), return_inverse=True)
    texts = narratives(pd.Series(distinct, dtype="str"))
    padded = [text.encode("ascii").ljust(NARRATIVE_WIDTH) for text in texts]
    return np.frombuffer(b"".join(padded), np.uint8).reshape(-1, NARRATIVE_WIDTH)[inverse]
