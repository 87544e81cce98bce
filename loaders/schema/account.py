"""Accounts, who acts for whom, and who may send what."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Args, Base, Blank, Id, Int, one_of

KINDS = ("importer", "exporter", "broker", "office")
STATUSES = ("applied", "qualified", "active", "suspended")


class Account(Base):
    """An account; ``identifier`` is the importer of record number, or the filer code of a broker, or the port
    of an office; ``public_id`` says nothing of the firm and stands for it in URLs.
    """

    __tablename__ = "account"
    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(unique=True, server_default=text("(gen_random_uuid())::text"))
    number: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    name: Mapped[str]
    identifier: Mapped[Blank]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    status: Mapped[str] = mapped_column(server_default="applied")
    owner: Mapped[Blank]
    check_digit_offset: Mapped[Int] = mapped_column(server_default="0")  # agreed with a filer out of numbers, 0 to 9
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    __table_args__: Args = (
        CheckConstraint(one_of("kind", *KINDS), "kind"),
        CheckConstraint(one_of("status", *STATUSES), "status"),
        Index(
            "uq_account_kind_identifier", "kind", "identifier", unique=True, postgresql_where=text("identifier <> ''")
        ),
    )


class Relationship(Base):
    """``from`` (an agent, say a broker) files for ``to`` (a principal, say an importer) between two dates,
    both inclusive.
    """

    __tablename__ = "relationship"
    id: Mapped[Id]
    from_account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    to_account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    kind: Mapped[str] = mapped_column(server_default="files_for")
    sees_money: Mapped[bool] = mapped_column(server_default=text("false"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    __table_args__: Args = (UniqueConstraint("from_account_id", "to_account_id", "kind", "valid_from"),)


class SftpIdentity(Base):
    """A public key that opens the drop of an account. One user name may hold several keys while they are exchanged."""

    __tablename__ = "sftp_identity"
    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    username: Mapped[str]
    public_key: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    __table_args__: Args = (UniqueConstraint("username", "public_key"),)


class Transmitter(Base):
    """What an account writes into columns 2-14 and 38-39 of its A record: site, sender, password (kept
    salted, by scrypt), office.
    """

    __tablename__ = "transmitter"
    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    site: Mapped[str]
    sender: Mapped[str]
    office: Mapped[Blank]
    password_hash: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    __table_args__: Args = (UniqueConstraint("site", "sender", "office", "valid_from"),)


class FilerAuthority(Base):
    """A filer code an account may transmit for; blank port or application means any. A service bureau has several."""

    __tablename__ = "filer_authority"
    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    filer_code: Mapped[str]
    port: Mapped[Blank]
    application: Mapped[Blank]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    __table_args__: Args = (UniqueConstraint("account_id", "filer_code", "port", "application", "valid_from"),)
