"""How much of what is wrong is told: enough to mend by, and no more, so that no answer grows beyond what it answers.

A file of twenty megabytes can hold a fault in every other byte. Verdicts count all of them; what is listed one by one,
in acknowledgments and in words, is bounded here, as much for each set, group and interchange as for any other.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from parsers.x12.document import Document

#: So many faults of one kind are listed of one set, of one group and of one interchange themselves,
MOST_OF_ONE = 1_000
#: and so many of a file.
MOST_IN_ALL = 20_000
#: What faults belong to, and what makes them of one kind.
_OWNER = ["interchange", "group", "set"]
_KIND = ["level", "code", "kind", "element"]


def shortened(document: Document, of_one: int = MOST_OF_ONE, in_all: int = MOST_IN_ALL) -> Document:
    """A judged document with no more faults than can be listed, the first ones of each; ``untold`` counts the others.

    Verdicts stay as they are: do not judge it again.
    """
    faults = document.faults
    if len(faults) <= min(of_one, in_all):
        return document
    rank = faults.groupby([*_OWNER, *_KIND], sort=False).cumcount().to_numpy()
    order = np.argsort(rank, kind="stable")[:in_all]
    kept = np.zeros(len(faults), bool)
    kept[order] = rank[order] < of_one
    if kept.all():
        return document
    untold = faults[~kept].groupby(_OWNER, sort=False).size().rename("count").reset_index()
    return replace(document, faults=faults[kept].reset_index(drop=True), untold=untold)
