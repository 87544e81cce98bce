"""Transaction sets as such: each holds one shipment (CBP TS601), no more and no less."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from transforms.export import lifecycle, registry
from transforms.export.facts import Exports
from transforms.x12 import outcome

WHY, MEND = "a transaction set holds one shipment, from one BA1 segment", "send a set for each shipment"


def faults(document: Any, x: Exports) -> pd.DataFrame:
    """Conditions of sets with more than one BA1, at each further one, and of sets without, at their ST."""
    first = document.sets["first"].to_numpy()[x.empty].astype(np.int64) if len(x.empty) else np.empty(0, np.int64)
    return registry.ordered(
        [
            registry.conditions("T04", x.again["set"].to_numpy(), x.again["segment"].to_numpy(), 0, WHY, MEND),
            registry.conditions("T04", x.empty, first, 0, WHY, MEND),
        ]
    )


def without_shipment(x: Exports) -> pd.DataFrame:
    """The dispositions of sets without a shipment: rejected."""
    rows = [(int(it), "R", "F", lifecycle.REJECTED, "rejected", "export", "", "", 0) for it in x.empty]
    return outcome.dispositions(rows)
