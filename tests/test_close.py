"""The synthetic month of the benchmark holds together, and a close of it does not depend on how it is cut."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pytest

from bench import close, month_fill
from loaders import accounts, db, filings, server, tie_outs, tie_outs_files
from tidewaiter import database, filing
from tidewaiter import month as statements
from tidewaiter.settings import Settings
from transforms.filing import charges, owned, split, summarise, tables, tie_out, together

SUMMARIES = 400
AT = datetime(2026, 11, 17, 15, tzinfo=UTC)
PRINTED = [date(2026, 10, 7), date(2026, 10, 22)]


@pytest.fixture(scope="module")
def filled() -> Iterator[Settings]:
    """A month of a dozen importers; two of its daily statements are printed, and the monthly ones over them."""
    with tempfile.TemporaryDirectory(prefix="tw-close-", dir="/tmp") as folder:
        settings, _ = month_fill.fill(folder, close.MONTH, SUMMARIES, importers=9, brokers=4)
        try:
            for day in PRINTED:
                statements.print_daily(settings, day, lambda: AT)
            statements.print_monthly(settings, close.AFTER, lambda: AT, whole=True)
            yield settings
        finally:
            server.stop(settings.home)


@pytest.fixture
def conn(filled: Settings) -> Iterator[psycopg.Connection]:
    with closing(db.connect(database.url(filled))) as conn:
        yield conn


def said_alone(facts: summarise.MonthFacts) -> str:
    """The hash of an account's filing, made from its facts alone."""
    made = summarise.activity(facts)
    assert tie_out.tie_out(facts, made).empty
    return tables.digest(made | {"statement": owned.own(made["statement"]), "charge": charges.charges(facts)})


def closed(conn: psycopg.Connection, folder: Path, most: int) -> tuple[dict[int, str], list[filings.Chunk]]:
    """The hash of each account's filing, made in chunks of ``most`` summaries."""
    chunks, said = filings.lay_out(conn, accounts.of_kind(conn, "importer"), close.MONTH, folder, most=most), {}
    for chunk in chunks:
        for it in together.alike(filings.read(conn, chunk, close.MONTH, folder)):
            made, sound = together.made(it)
            assert sound
            words = tables.written_of_each(made, it.owners)
            said |= dict(zip(it.owners, map(tables.hashed, words), strict=True))
            for n, id in enumerate(it.owners):
                assert tables.digest(together.cut(made, it.owners, n)) == said[id]
    return said, chunks


def test_a_month_is_filed_the_same_in_chunks_of_any_size_and_account_by_account(conn, tmp_path):
    read = filings.activity(conn, accounts.of_kind(conn, "importer"), close.MONTH)
    alone = {id: said_alone(facts) for id, facts in split.by_account(read) if len(facts.entry)}
    assert len(alone) > 5
    for most in (1, 90, 10**6):
        folder = tmp_path / str(most)
        folder.mkdir()
        said, chunks = closed(conn, folder, most)
        assert said == alone
        assert sum(chunk.summaries for chunk in chunks) == SUMMARIES
        assert all(chunk.summaries <= most or len(chunk.accounts) == 1 for chunk in chunks)


def test_a_month_closed_twice_files_nothing_new_and_ties_out(filled, conn):
    first = filing.file_month(filled, close.MONTH, lambda: AT, chunk=100)
    assert first.filed > 5 and not first.open
    again = filing.file_month(filled, close.MONTH, lambda: AT, chunk=10**6)
    assert (again.filed, again.unchanged) == (0, first.filed)
    broken = tie_outs.broken(conn)
    assert broken[~broken["check"].isin(tie_outs_files.CHECKS)].empty


def test_what_does_not_tie_out_is_told_of_its_account_and_the_others_are_filed(filled, conn):
    ((account, version),) = conn.execute("""
        SELECT a.number, e.version_id FROM entry_summary e JOIN account a ON a.id = e.importer_account_id
        JOIN fee f ON f.version_id = e.version_id WHERE f.class_code = '501' LIMIT 1""").fetchall()
    wrong = "UPDATE entry_summary_version SET total_duty_cents = total_duty_cents + %s WHERE id = %s"
    conn.execute(wrong, [1, version])
    try:
        done = filing.file_month(filled, close.MONTH, lambda: AT)
    finally:
        conn.execute(wrong, [-1, version])
    assert list(done.open) == [account]
    assert "duty_cents" in set(done.open[account]["what"])
    assert done.filed + done.unchanged > 5
