"""Conditions that answer a statement update or a payment.

Refusals of payment data use the codes of the published dictionary that entry summaries use (197 to 215, 718, B32,
B53). The chapters on SU and RM are not public: of their codes only P01 (not found) and P12 (accepted) are known. Codes
that begin with T are ours and stand in no dictionary; ``origin`` tells which is which.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from transforms.conditions import dictionary


@cache
def table() -> pd.DataFrame:
    """``code severity narrative origin when``."""
    return pd.read_csv(Path(__file__).with_name("conditions.csv"), dtype="str", keep_default_na=False)


@cache
def _known() -> pd.DataFrame:
    """Severity and narrative by code; ours win over codes that mean something else in another message."""
    own, published = table().set_index("code"), dictionary.entry_summary_conditions()
    both = pd.concat([own, published[~published.index.isin(own.index)]])
    return both[["severity", "narrative"]]


def described(codes: np.ndarray) -> pd.DataFrame:
    """``code severity narrative`` of each code, position for position. Raises KeyError for an unknown one."""
    return _known().loc[codes].rename_axis("code").reset_index().astype("str")
