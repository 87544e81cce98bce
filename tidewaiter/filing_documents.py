"""What is kept and what is sent of a filing: its tables as files, what changed since the version before, the PDF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import psycopg

from loaders import accounts, filings, statement_shares
from loaders.archive import Archive
from transforms.filing import changes, document, printed, tables
from transforms.filing.summarise import MonthFacts

CHANGES = "changes.csv"
PDF = "filing.pdf"
#: Forms that go to the account beside the PDF; all of them stay in the archive.
DELIVERED = ("filing.json", "goods.csv", "line.csv", "charge.csv", CHANGES)

Tables = dict[str, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Before:
    """The version that is replaced: its number and its tables, as they were filed."""

    version: int
    tables: Tables


def before(conn: psycopg.Connection, archive: Archive, filing: pd.Series) -> Before:
    """A filing (a row of :func:`loaders.filings.filings`) read back from the archive.

    Raises
        FileNotFoundError: the archive has lost one of its files.
        ValueError: a file is no longer what was put there.
    """
    kept = filings.files(conn, int(filing["filing_id"]))
    kept = kept[kept["name"].str.endswith(tables.PARQUET)]
    found = {name: archive.get(sha256) for name, sha256 in zip(kept["name"], kept["sha256"], strict=True)}
    return Before(int(filing["version"]), tables.read(found))


def reports(conn: psycopg.Connection, account_id: int, facts: MonthFacts) -> list[printed.Printed]:
    """The account's statements as they are printed; of filers' statements only what is the account's."""
    table = facts.statement
    if not len(table):
        return []
    share = statement_shares.share(conn, account_id, table["statement_number"])
    known = accounts.named(conn, [*table["filer_code"].unique(), *table["importer_number"].unique()])
    names = dict(zip(known["identifier"], known["name"], strict=True))
    made = printed.reports(table, share.entry, share.payable, share.fee, names=names, account=facts.account["name"])
    return list(made)


def bodies(
    made: Tables,
    version: int,
    earlier: Before | None = None,
    statements: Sequence[printed.Printed] = (),
    written: Mapping[str, bytes] | None = None,
) -> dict[str, bytes]:
    """Every file of a filing by name. One that replaces another has :data:`CHANGES`, which is empty but for its heading
    where no line differs; one with ``statements`` has them as text (:data:`transforms.filing.document.REPORTS`)."""
    out, changed = tables.files(made, version=version, written=written), None
    if earlier is not None:
        lines = changes.between(earlier.tables, made)
        changed = document.Changed(earlier.version, lines, changes.differing(earlier.tables, made))
        out[CHANGES] = tables.csv(lines)
    if statements:
        out[document.REPORTS] = printed.text(statements)
    out[PDF] = document.pdf(made, version=version, changes=changed, reports=statements)
    return out


def deliveries(name: str, files: dict[str, bytes]) -> pd.DataFrame:
    """What goes to the account, as ``<name>.<form>``."""
    sent = [("filing", f"{name}.{form}", files[form]) for form in DELIVERED if form in files]
    sent.append(("filing", f"{name}.pdf", files[PDF]))
    return pd.DataFrame(sent, columns=["kind", "file_name", "body"])
