"""Fields that take a code from a list: one row of ``allowed.csv`` each (list or values, published code, why, mend).

The lists are those of the AE chapter's tables and record notes (July 2026). A blank is not judged here: whether a
field may be blank is said by the layout, the requirement matrices or a rule of its own.
"""

from __future__ import annotations

from transforms.conditions.codes import codes, table
from transforms.conditions.columns import filled
from transforms.conditions.registry import condition


def _values(allowed: str) -> tuple[str, ...]:
    return tuple(v for word in allowed.split() for v in (codes(word[1:]) if word.startswith("@") else (word,)))


def _register(row: dict[str, str]) -> None:
    allowed = _values(row["allowed"])

    @condition(
        row["code"],
        "F",
        on=row["on"],
        at=(row["record"], row["field"]),
        why=row["why"],
        mend=row["mend"],
        scope="any" if row["code"] in ("B02", "B18") else "filing",
    )
    def unknown(es, world):
        column = getattr(es, row["on"])[row["column"]]
        return filled(column) & ~column.isin(allowed)


for _row in table("allowed.csv"):
    _register(_row)
