"""Months of an account for pages that show them: written straight, two years of an even trade with one odd month."""

from __future__ import annotations

from datetime import date, timedelta

from loaders.portal import rollup
from tests.portal.conftest import Portal


def fill(portal: Portal, account: int, value: int, last: int | None = None, months: int = 24) -> None:
    """``months`` of ``value`` cents each up to September 2026; the last one ``last``. They count as made tomorrow, so
    the rollup leaves them as they are; :func:`restore` puts back what was filed."""
    filer = portal.house.one("SELECT filer_code FROM entry_summary WHERE importer_account_id = %s LIMIT 1", account)
    for ago in range(months):
        at = 2026 * 12 + 8 - ago
        cents = last if last is not None and ago == 0 else value + 1_000_00 * (at % 7)
        for origin, port, share in (("CN", "2704", 3), ("VN", "2709", 1)):
            portal.conn.execute(
                """INSERT INTO account_month (account_id, month, filer_code, port, origin, chapter, entries, lines,
                    value_cents, duty_cents, fee_cents, made_at)
                VALUES (%s, %s, %s, %s, %s, '87', %s, %s, %s, %s, 0, %s) ON CONFLICT DO NOTHING""",
                [account, date(at // 12, at % 12 + 1, 1), filer, port, origin, 4 * share, 9 * share,
                 cents * share // 4, cents * share // 80, portal.house.now + timedelta(days=1)],
            )  # fmt: skip


def restore(portal: Portal, account: int) -> None:
    """The account's months as they were filed."""
    portal.conn.execute("DELETE FROM account_month WHERE account_id = %s", [account])
    rollup.refresh(portal.conn, portal.house.now, [account])
