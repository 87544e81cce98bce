"""What the importer's pages find things by. All of it is derived, and made by the database or by ``portal.rollup``."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Args, Base, Int, one_of


class StatementShare(Base):
    """An importer account's own part of a daily statement: its entry summaries that are still on it, and what they add
    to it. Kept by triggers on ``statement_entry`` (migration 0012), so it is right in every transaction.
    """

    __tablename__ = "statement_share"
    account_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    statement_id: Mapped[int] = mapped_column(
        ForeignKey("statement.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    entries: Mapped[Int]
    due_cents: Mapped[int]


class EntryKey(Base):
    """A bill of lading or tariff number of an entry summary's present version, to find it by. Facts have no index by
    value (it would halve the speed of loading them), so these are copied here after the answer is out.
    """

    __tablename__ = "entry_key"
    importer_account_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    entry_summary_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    __table_args__: Args = (
        CheckConstraint(one_of("kind", "bill", "hts"), "kind"),
        Index("ix_entry_key_entry_summary", "entry_summary_id"),
    )
