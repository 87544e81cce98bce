"""The way of a file: what arrived, how it was grouped, what was found, what was answered, what was delivered."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Args, Base, Blank, BlockId, Id, Int, one_of

#: ``statement`` is ours: what we send an account unasked, delivered through the same outbox.
MODES = ("file", "check", "statement")


class Shard(Base):
    """Interchanges computed together: all that was claimed of each of its senders (see :class:`Lane`)."""

    __tablename__ = "shard"
    id: Mapped[Id]
    mode: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="claimed")
    files: Mapped[Int]
    bytes: Mapped[int]
    claimed_at: Mapped[datetime]
    taken_at: Mapped[datetime | None]
    tries: Mapped[Int] = mapped_column(server_default=text("0"))  # times taken without an end of any kind
    finished_at: Mapped[datetime | None]
    __table_args__: Args = (
        CheckConstraint(one_of("state", "claimed", "answered", "quarantined", "abandoned"), "state"),
    )


class Lane(Base):
    """A sender in work, and the shard that has it: one at a time, so that its files are computed in arrival order."""

    __tablename__ = "lane"
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    shard_id: Mapped[int] = mapped_column(ForeignKey("shard.id"), index=True)


class Interchange(Base):
    """The bytes of one file from one sender. Filed once however often they arrive; a dry run is a new
    interchange each time.
    """

    __tablename__ = "interchange"
    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    mode: Mapped[str]
    sha256: Mapped[str] = mapped_column(index=True)
    bytes: Mapped[int]
    format: Mapped[Blank]
    state: Mapped[str] = mapped_column(server_default="received")
    reason: Mapped[Blank]
    received_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    shard_id: Mapped[int | None] = mapped_column(ForeignKey("shard.id"), index=True)
    alone: Mapped[bool] = mapped_column(server_default=text("false"))  # shares a shard with no other file
    tries: Mapped[Int] = mapped_column(server_default=text("0"))  # workers that died of its shards
    __table_args__: Args = (
        CheckConstraint(one_of("mode", *MODES), "mode"),
        CheckConstraint(one_of("state", "received", "claimed", "answered", "quarantined"), "state"),
        Index("uq_interchange_filed", "account_id", "sha256", unique=True, postgresql_where=text("mode = 'file'")),
        Index("ix_interchange_sender", "account_id", "id"),
        Index("ix_interchange_received_at", "received_at"),
        Index("ix_interchange_waiting", "account_id", "id", postgresql_where=text("state = 'received'")),
    )


class Arrival(Base):
    """One appearance of an interchange under one name. ``received_at`` is when the file was complete, so a
    second look finds it again.
    """

    __tablename__ = "arrival"
    id: Mapped[Id]
    interchange_id: Mapped[int] = mapped_column(ForeignKey("interchange.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    name: Mapped[str] = mapped_column(index=True)
    received_at: Mapped[datetime]
    __table_args__: Args = (UniqueConstraint("interchange_id", "name", "received_at"),)


class Batch(Base):
    """An A..Z grouping; ``record`` and ``last_record`` are 1-based and inclusive in their file. The password
    is not kept.
    """

    __tablename__ = "batch"
    id: Mapped[BlockId]
    interchange_id: Mapped[int] = mapped_column(ForeignKey("interchange.id"), index=True)
    occurrence: Mapped[Int]
    record: Mapped[Int]
    last_record: Mapped[Int]
    site: Mapped[str]
    sender: Mapped[str]
    office: Mapped[str]
    transmitted: Mapped[date | None]
    application: Mapped[str]
    user_text: Mapped[str]
    rejected: Mapped[bool]


class Block(Base):
    """A B..Y grouping."""

    __tablename__ = "block"
    id: Mapped[BlockId]
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    interchange_id: Mapped[int]
    occurrence: Mapped[Int]
    record: Mapped[Int]
    last_record: Mapped[Int]
    port: Mapped[str]
    filer: Mapped[str]
    application: Mapped[str]
    office: Mapped[str]
    preparer_port: Mapped[str]
    preparer_filer: Mapped[str]
    preparer_office: Mapped[str]
    preparer_indicator: Mapped[str]
    user_text: Mapped[str]


class Transaction(Base):
    """One filing action and what became of it, accepted or not. ``amount_cents`` is the grand total as
    transmitted (record 90).
    """

    __tablename__ = "transaction"
    id: Mapped[BlockId]
    interchange_id: Mapped[int]
    batch_id: Mapped[int]
    block_id: Mapped[int]
    occurrence: Mapped[Int]
    record: Mapped[Int]
    last_record: Mapped[Int]
    action: Mapped[str]
    filer_code: Mapped[str]
    entry_number: Mapped[str]
    amount_cents: Mapped[int | None]
    final: Mapped[str]
    severity: Mapped[str]
    code: Mapped[str]
    effect: Mapped[str]
    sequence: Mapped[Int]
    version_number: Mapped[str]
    version_id: Mapped[int | None]
    __table_args__: Args = (
        Index("ix_transaction_entry", "filer_code", "entry_number"),
        Index("brin_transaction", "interchange_id", postgresql_using="brin"),
    )


class Condition(Base):
    """A published code at a place; ``record`` 0 means no record of its own, ``start_column`` 0 the whole record."""

    __tablename__ = "condition"
    id: Mapped[BlockId]
    interchange_id: Mapped[int] = mapped_column(index=True)
    batch_id: Mapped[int | None]
    transaction_id: Mapped[int | None] = mapped_column(index=True)
    level: Mapped[str]
    record: Mapped[Int]
    line_no: Mapped[Int]
    record_id: Mapped[str]
    field: Mapped[str]
    start_column: Mapped[Int]
    end_column: Mapped[Int]
    code: Mapped[str]
    severity: Mapped[str]
    narrative: Mapped[str]


class Acknowledgment(Base):
    """One answer: a body for one interchange, one recipient and one kind. It never changes."""

    __tablename__ = "acknowledgment"
    id: Mapped[BlockId]
    interchange_id: Mapped[int] = mapped_column(ForeignKey("interchange.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[str]
    suffix: Mapped[str]
    body: Mapped[bytes]
    sha256: Mapped[str]
    reference: Mapped[str]
    created_at: Mapped[datetime]
    __table_args__: Args = (UniqueConstraint("interchange_id", "account_id", "kind"),)


class Delivery(Base):
    """The outbox: an acknowledgment to be written under a name into an account's outbox, once for each arrival."""

    __tablename__ = "delivery"
    id: Mapped[Id]
    arrival_id: Mapped[int] = mapped_column(ForeignKey("arrival.id"))
    acknowledgment_id: Mapped[int] = mapped_column(ForeignKey("acknowledgment.id"))
    account_id: Mapped[int]
    file_name: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="pending")
    attempts: Mapped[Int] = mapped_column(server_default="0")
    last_error: Mapped[Blank]
    delivered_at: Mapped[datetime | None]
    __table_args__: Args = (
        UniqueConstraint("arrival_id", "acknowledgment_id"),
        CheckConstraint(one_of("state", "pending", "delivered"), "state"),
        Index("ix_delivery_pending", "id", postgresql_where=text("state = 'pending'")),
        Index("ix_delivery_name", "account_id", "file_name"),
    )


class Event(Base):
    """One step of the way of an interchange: received, claimed, taken, answered, quarantined, returned, delivered."""

    __tablename__ = "event"
    id: Mapped[Id]
    at: Mapped[datetime]
    step: Mapped[str]
    interchange_id: Mapped[int] = mapped_column(index=True)
    detail: Mapped[Blank]
