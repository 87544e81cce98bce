"""What can be set of the queue."""

from __future__ import annotations

from dataclasses import dataclass

#: Stored with every making of the queue; a change of what a reason means is a new version.
VERSION = "1"


@dataclass(frozen=True, slots=True)
class Targeting:
    """``first_entries``: so many first entry summaries of a new importer go to a document check, until
    ``clean_results`` looks in a row found nothing. ``random_share``: of entry summaries, chosen by chance.
    ``threshold``: points from which the score chooses. ``change_ratio``, ``change_z``, ``change_months``,
    ``change_cents``: a month is a large change when it is so many times the usual one, so many robust deviations from
    it, with at least so many months before, and of at least this value. ``unit_z``, ``unit_peers``: the same for a
    value per unit, against at least so many other lines. ``prior``: how many imagined filings of the usual rate are
    added to each rejection rate. ``most``: items of a queue, those by chance apart.
    """

    first_entries: int = 10
    clean_results: int = 3
    random_share: float = 0.03
    threshold: int = 30
    change_ratio: float = 2.0
    change_z: float = 3.5
    change_months: int = 4
    change_cents: int = 5_000_000
    unit_z: float = 3.5
    unit_peers: int = 20
    prior: int = 20
    most: int = 400
