"""What a continuous bond of an importer must cover."""

from __future__ import annotations

#: 19 CFR 113.13 and Customs Directive 3510-004: a tenth of the duties, taxes and fees of the last twelve months, not
#: less than $50,000; up to $100,000 in steps of $10,000, above in steps of $100,000, always rounded up.
LEAST, TURN = 50_000_00, 100_000_00
STEP, STEP_ABOVE = 10_000_00, 100_000_00


def required(charged_cents: int) -> int:
    """The least amount in cents for duties, taxes and fees of ``charged_cents`` in twelve months."""
    tenth = -(-charged_cents // 10)
    step = STEP if tenth <= TURN else STEP_ABOVE
    return max(LEAST, -(-tenth // step) * step)
