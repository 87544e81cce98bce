"""Partners who speak ANSI X12: who they are, what they sent and under which numbers, what we sent them.

A functional group is a ``batch`` with one ``block``, a transaction set a ``transaction``: pages, tie-outs and traces
find them there. What only X12 knows of them stands here under the same keys.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Args, Base, Blank, BlockId, Id, Int, one_of

ACKNOWLEDGMENTS = ("auto", "997", "999")
STRICTNESS = ("lenient", "strict")
STATUS_MESSAGES = ("ax", "350", "355", "both")
LEVELS = ("interchange", "group", "set")
SENT_STATES = ("sent", "acknowledged", "rejected")


class X12Partner(Base):
    """What is agreed with an account about X12 between two dates, both inclusive.

    ``qualifier`` and ``identifier`` are its ISA05/06 as sender (ISA07/08 of what we send), ``group_id`` its GS02
    (blank: any; we address it by its identifier then). ``releases`` names the release of a set it may use
    (``810=004010 601=004050``; blank: any that is known), ``read_as`` by the maps of which release one without maps is
    read (``004020=004010``; blank: groups in such a release are refused). ``separators`` are the element, component and
    repetition separator and the terminator of what we send (blank: those of the file that is answered).
    """

    __tablename__ = "x12_partner"
    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    qualifier: Mapped[str]
    identifier: Mapped[str]
    group_id: Mapped[Blank]
    releases: Mapped[Blank]
    acknowledgment: Mapped[str] = mapped_column(server_default="auto")
    separators: Mapped[Blank]
    strictness: Mapped[str] = mapped_column(server_default="lenient")
    status_messages: Mapped[str] = mapped_column(server_default="ax")
    payment_advice: Mapped[bool] = mapped_column(server_default=text("false"))
    read_as: Mapped[Blank]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    __table_args__: Args = (
        UniqueConstraint("account_id", "qualifier", "identifier", "valid_from"),
        CheckConstraint(one_of("acknowledgment", *ACKNOWLEDGMENTS), "acknowledgment"),
        CheckConstraint(one_of("strictness", *STRICTNESS), "strictness"),
        CheckConstraint(one_of("status_messages", *STATUS_MESSAGES), "status_messages"),
    )


class X12Control(Base):
    """The last control number that we gave out to a partner at a level, from 1 to 999999999; what dry runs are given
    (``trial``) is counted apart. Raised in the transaction that commits what carries it, and never lowered."""

    __tablename__ = "x12_control"
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    own_qualifier: Mapped[str] = mapped_column(primary_key=True)
    own_id: Mapped[str] = mapped_column(primary_key=True)
    qualifier: Mapped[str] = mapped_column(primary_key=True)
    identifier: Mapped[str] = mapped_column(primary_key=True)
    level: Mapped[str] = mapped_column(primary_key=True)
    trial: Mapped[bool] = mapped_column(primary_key=True)
    last: Mapped[int]
    __table_args__: Args = (
        CheckConstraint(one_of("level", *LEVELS), "level"),
        CheckConstraint("last BETWEEN 0 AND 999999999", "last"),
    )


class X12Interchange(Base):
    """An ISA..IEA that came, the ``occurrence``-th of its file. ``code`` and ``note`` are TA104 and TA105 of the answer
    to it. ``number`` is ISA13 as a number; ``counted``: it holds this number for its sender, so that another
    interchange of the same number is a duplicate (one that was rejected as a whole holds none and may be mended and
    sent again under its number)."""

    __tablename__ = "x12_interchange"
    id: Mapped[BlockId]
    interchange_id: Mapped[int] = mapped_column(index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    occurrence: Mapped[Int]
    record: Mapped[Int]
    last_record: Mapped[Int]
    sender_qualifier: Mapped[str]
    sender: Mapped[str]
    receiver_qualifier: Mapped[str]
    receiver: Mapped[str]
    sent: Mapped[str]  # ISA09 and ISA10 as they stand there
    version: Mapped[str]
    usage: Mapped[str]
    control_number: Mapped[str]
    number: Mapped[int | None]
    counted: Mapped[bool]
    code: Mapped[str]
    note: Mapped[str]
    __table_args__: Args = (
        Index(
            "uq_x12_interchange_counted",
            *("account_id", "sender_qualifier", "sender", "receiver_qualifier", "receiver", "number"),
            unique=True,
            postgresql_where=text("counted"),
        ),
        Index("ix_x12_interchange_control", "control_number"),
    )


class X12Group(Base):
    """A GS..GE that came, under the key of its batch. ``status`` and ``codes`` are AK901 and AK905 to AK909 of the
    answer; ``declared``, ``received`` and ``accepted`` count its sets. ``counted`` as of :class:`X12Interchange`."""

    __tablename__ = "x12_group"
    batch_id: Mapped[BlockId]
    x12_interchange_id: Mapped[int]
    interchange_id: Mapped[int] = mapped_column(index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    functional_id: Mapped[str]
    sender: Mapped[str]
    receiver: Mapped[str]
    sent: Mapped[str]
    control_number: Mapped[str]
    number: Mapped[int | None]
    counted: Mapped[bool]
    agency: Mapped[str]
    release: Mapped[str]
    declared: Mapped[Int]
    received: Mapped[Int]
    accepted: Mapped[Int]
    status: Mapped[str]
    codes: Mapped[str]
    __table_args__: Args = (
        Index("ix_x12_group_control", "control_number"),
        Index("ix_x12_group_number", "account_id", "number"),
    )


class X12Set(Base):
    """An ST..SE that came, under the key of its transaction. ``status`` and ``codes`` are AK501 and AK502 to AK506;
    ``kind``, ``reference`` and ``number`` what the desk made of it (``transforms.x12.outcome``)."""

    __tablename__ = "x12_set"
    transaction_id: Mapped[BlockId]
    batch_id: Mapped[int]
    interchange_id: Mapped[int] = mapped_column(index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    set_id: Mapped[str]
    control_number: Mapped[str]
    convention: Mapped[str]
    counted: Mapped[bool]
    status: Mapped[str]
    codes: Mapped[str]
    kind: Mapped[Blank]
    reference: Mapped[Blank]
    number: Mapped[Blank]
    __table_args__: Args = (
        Index("ix_x12_set_control", "account_id", "control_number"),
        Index("ix_x12_set_reference", "reference", postgresql_where=text("reference <> ''")),
        Index("ix_x12_set_number", "number", postgresql_where=text("number <> ''")),
        Index("ix_x12_set_batch", "batch_id"),
    )


class X12Sent(Base):
    """A transaction set that we sent, or an interchange of a TA1 alone (``set_id`` TA1, no group): which numbers it
    bears, and what its partner acknowledged. ``interchange_id`` is the file it answers (of our own making where it
    answers none), ``code`` and ``codes`` what came back (AK5, AK9 or TA1), ``answered_by`` the file it came in."""

    __tablename__ = "x12_sent"
    id: Mapped[BlockId]
    interchange_id: Mapped[int] = mapped_column(index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    own_qualifier: Mapped[str]
    own_id: Mapped[str]
    qualifier: Mapped[str]
    identifier: Mapped[str]
    interchange_number: Mapped[int]
    functional_id: Mapped[str]
    group_number: Mapped[int | None]
    set_id: Mapped[str]
    set_number: Mapped[int | None]
    sent_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(server_default="sent")
    code: Mapped[Blank]
    codes: Mapped[Blank]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[int | None]
    __table_args__: Args = (
        CheckConstraint(one_of("state", *SENT_STATES), "state"),
        Index("ix_x12_sent_interchange", "account_id", "qualifier", "identifier", "interchange_number"),
        Index("ix_x12_sent_group", "account_id", "qualifier", "identifier", "group_number"),
        Index("ix_x12_sent_control", "interchange_number"),
        Index("ix_x12_sent_rejected", "answered_at", postgresql_where=text("state = 'rejected'")),
    )
