"""The steps of :mod:`tests.system.month_machine`: which there are, how often each is taken, what is chosen in it."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from tests.system import summaries

MONTHS = (date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1))
#: What a step cannot do without.
NEEDS = dict.fromkeys(("replace", "replace_badly", "delete", "correct", "move"), "entry")
NEEDS |= dict.fromkeys(("authorise", "settle"), "statement")
#: How often each step is taken, one among the others.
OFTEN = {
    "file": 4,
    "replace": 2,
    "replace_badly": 1,
    "delete": 1,
    "correct": 3,
    "move": 4,
    "authorise": 5,
    "again": 1,
    "answers": 1,
    "later": 5,
    "print_daily": 5,
    "print_monthly": 2,
    "finalise": 2,
    "settle": 5,
    "debits": 2,
    "late": 1,
    "file_month": 2,
}
STEP = st.fixed_dictionaries(
    {
        "name": st.sampled_from([name for name, times in OFTEN.items() for _ in range(times)]),
        "n": st.integers(0, 11),
        "count": st.integers(1, 3),
        "kind": st.sampled_from("1235678"),
        "ahead": st.integers(0, 3),
        "more": st.sampled_from([0, 1, 99, summaries.MARGIN]),
        "action": st.sampled_from("AR"),
        "wait": st.sampled_from([False, False, True]),
        "debit": st.booleans(),
        "negation": st.sampled_from(["", "", "Y"]),
        "to": st.sampled_from(["day", "day", "day", "print", "print", "print", "print", "preliminary", "due", "after"]),
        "how": st.sampled_from(["full", "full", "short", "half", "over"]),
        "first": st.sampled_from(MONTHS),
    }
)
