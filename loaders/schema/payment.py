"""Payment: accounts that debits draw from, the files that went to the bank, and what lateness made of accounts."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .base import Args, Base, Blank, Id, Int, one_of

ACCOUNT_KINDS = ("checking", "savings")
STANDINGS = ("good", "late", "noticed", "defaulted")


class PayerUnit(Base):
    """A bank account that debits may draw from, under its payer unit number, and the account that owns it, between two
    dates, both inclusive.
    """

    __tablename__ = "payer_unit"
    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    payer_unit: Mapped[str]
    routing_number: Mapped[str]
    account_number: Mapped[str]
    account_kind: Mapped[str]
    payer_name: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    __table_args__: Args = (
        UniqueConstraint("payer_unit", "valid_from"),
        CheckConstraint(one_of("account_kind", *ACCOUNT_KINDS), "account_kind"),
    )


class DebitFile(Base):
    """A file of debits for the bank; its bytes lie in the archive under ``sha256``. ``modifier`` tells the files
    created on one day (New York) apart. ``placed_at`` is when it was put where the bank's program finds it.
    """

    __tablename__ = "debit_file"
    id: Mapped[Id]
    name: Mapped[str] = mapped_column(unique=True)
    created_on: Mapped[date]
    modifier: Mapped[str]
    sha256: Mapped[str]
    debits: Mapped[Int]
    amount_cents: Mapped[int]
    created_at: Mapped[datetime]
    placed_at: Mapped[datetime | None]
    __table_args__: Args = (UniqueConstraint("created_on", "modifier"),)


class AccountStanding(Base):
    """How an account stands with its payments between two dates, both inclusive; ``statement_number`` is the statement
    that says so, the one that is worst off. An account without a row is good.
    """

    __tablename__ = "account_standing"
    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    standing: Mapped[str]
    statement_number: Mapped[Blank]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    recorded_at: Mapped[datetime]
    __table_args__: Args = (
        CheckConstraint(one_of("standing", *STANDINGS), "standing"),
        Index("uq_account_standing", "account_id", "valid_from", unique=True),
    )
