"""The month: statements and what happened to them, their payment, and the consolidated filing.

Amounts of a statement are those of its preliminary print and never change; what is due on it now, and what was paid,
is the sum of ``due_cents`` over the entries still on it.
The two tables with a row for every entry (``statement_entry``, ``filing_entry``) are loaded by COPY and have no foreign
keys to versions, like facts; the tie-outs look for orphans.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Args, Base, Blank, BlockId, Id, Int, one_of

KINDS = ("daily", "monthly")
EVENTS = ("print", "finalise", "remove", "authorise", "withdraw", "send", "return", "pay", "late", "notice")
PAYMENT_STATES = ("queued", "sent", "settled", "returned", "withdrawn")


class StatementSetting(Base):
    """What an account chose for its month, between two dates, both inclusive.

    ``scope``: one monthly statement for the nation, prepared by ``port``, or one for each port;
    ``preliminary_day``: the working day on which it is printed, the eleventh if not given (later is not allowed).
    """

    __tablename__ = "statement_setting"
    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    scope: Mapped[str] = mapped_column(server_default="port")
    port: Mapped[Blank]
    preliminary_day: Mapped[Int | None]
    payer_unit: Mapped[Blank]
    method: Mapped[str] = mapped_column(server_default="debit")
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    __table_args__: Args = (
        UniqueConstraint("account_id", "valid_from"),
        CheckConstraint(one_of("scope", "national", "port") + " AND (scope = 'port' OR port <> '')", "scope"),
        CheckConstraint(one_of("method", "debit", "credit"), "method"),
        CheckConstraint("preliminary_day BETWEEN 1 AND 11", "preliminary_day"),
    )


class StatementSequence(Base):
    """The last sequence used of a statement number's first seven characters (district, and day or month). A row of a
    table and no database sequence: a transaction that fails gives its numbers back.
    """

    __tablename__ = "statement_sequence"
    prefix: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    period: Mapped[date]
    last: Mapped[Int]
    __table_args__: Args = (Index("ix_statement_sequence_period", "kind", "period"),)


class Statement(Base):
    """A daily or monthly statement; ``status`` is P (preliminary) or F (final). ``parent_id`` is the monthly
    statement of a daily one.
    """

    __tablename__ = "statement"
    id: Mapped[BlockId]
    statement_number: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    status: Mapped[str]
    filer_code: Mapped[str]
    filer_account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    importer_number: Mapped[str]
    importer_account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    port: Mapped[str]
    branch: Mapped[str]
    payment_type: Mapped[str]
    print_date: Mapped[date]
    month: Mapped[date | None]
    due_date: Mapped[date | None] = mapped_column(index=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("statement.id"), index=True)
    sequence: Mapped[Int]
    duty_cents: Mapped[int]
    tax_cents: Mapped[int]
    deferred_tax_cents: Mapped[int]
    ad_cents: Mapped[int]
    cvd_cents: Mapped[int]
    interest_cents: Mapped[int]
    fee_cents: Mapped[int]
    total_cents: Mapped[int]
    entries: Mapped[Int]
    revenue_entries: Mapped[Int]
    printed_at: Mapped[datetime]
    final_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    late_at: Mapped[datetime | None]
    noticed_at: Mapped[datetime | None]
    __table_args__: Args = (
        CheckConstraint(one_of("kind", *KINDS), "kind"),
        CheckConstraint(one_of("status", "P", "F"), "status"),
        Index("ix_statement_print_date", "print_date", "kind"),
        Index("ix_statement_month", "month", "kind"),
        Index("ix_statement_unpaid", "id", postgresql_where=text("paid_at IS NULL")),
    )


class StatementEntry(Base):
    """An entry summary version on a daily statement; ``due_cents`` is what it adds to the total. An entry summary
    is on one statement at a time.
    """

    __tablename__ = "statement_entry"
    statement_id: Mapped[int] = mapped_column(ForeignKey("statement.id"), primary_key=True)
    version_id: Mapped[int] = mapped_column(primary_key=True)
    entry_summary_id: Mapped[int]
    due_cents: Mapped[int]
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[Blank]
    __table_args__: Args = (
        CheckConstraint("(removed_at IS NULL) = (removed_by = '')", "removed"),
        CheckConstraint(one_of("removed_by", "", "A", "C"), "removed_by"),
        Index("ix_statement_entry_removed", "entry_summary_id", postgresql_where=text("removed_at IS NOT NULL")),
        Index("uq_statement_entry_open", "entry_summary_id", unique=True, postgresql_where=text("removed_at IS NULL")),
    )


class StatementFee(Base):
    """The total of an accounting class on a statement, as printed on the preliminary."""

    __tablename__ = "statement_fee"
    statement_id: Mapped[int] = mapped_column(ForeignKey("statement.id"), primary_key=True)
    class_code: Mapped[str] = mapped_column(primary_key=True)
    amount_cents: Mapped[int]


class StatementEvent(Base):
    """What happened to a statement, when, and why; ``interchange_id`` and ``record`` name the message that asked."""

    __tablename__ = "statement_event"
    id: Mapped[Id]
    statement_id: Mapped[int] = mapped_column(ForeignKey("statement.id"), index=True)
    at: Mapped[datetime]
    step: Mapped[str]
    entry_summary_id: Mapped[int | None]
    interchange_id: Mapped[int | None] = mapped_column(ForeignKey("interchange.id"))
    record: Mapped[Int | None]
    detail: Mapped[Blank]
    __table_args__: Args = (CheckConstraint(one_of("step", *EVENTS), "step"),)


class StatementMove(Base):
    """Statement data given to an entry summary version after it was filed (SU), or taken from it by a removal. The
    latest of a version counts; a version that replaces it brings its own.
    """

    __tablename__ = "statement_move"
    id: Mapped[Id]
    version_id: Mapped[int] = mapped_column(ForeignKey("entry_summary_version.id"), index=True)
    entry_summary_id: Mapped[int] = mapped_column(ForeignKey("entry_summary.id"))
    statement_id: Mapped[int | None] = mapped_column(ForeignKey("statement.id"))
    payment_type: Mapped[str]
    print_date: Mapped[date | None] = mapped_column(index=True)
    month: Mapped[date | None]
    branch: Mapped[str]
    moved_by: Mapped[str]
    at: Mapped[datetime]
    interchange_id: Mapped[int | None] = mapped_column(ForeignKey("interchange.id"))
    record: Mapped[Int | None]
    __table_args__: Args = (
        CheckConstraint(one_of("moved_by", "A", "C"), "moved_by"),
        Index("uq_statement_move_request", "interchange_id", "record", unique=True),
    )


class Settlement(Base):
    """Money that came in, as an operator's file tells it; ``reference`` is the bank's and counts once."""

    __tablename__ = "settlement"
    id: Mapped[Id]
    reference: Mapped[str] = mapped_column(unique=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey("statement.id"), index=True)
    amount_cents: Mapped[int]
    settled_on: Mapped[date]
    payer_unit: Mapped[Blank]
    source: Mapped[str]
    sha256: Mapped[str]
    line_no: Mapped[Int]
    recorded_at: Mapped[datetime]
    __table_args__: Args = (CheckConstraint("amount_cents >= 0", "amount"),)


class Payment(Base):
    """A payment a filer authorised (RM). A debit waits for ``settle_on``, is sent to the bank in a file, and settled or
    returned. A statement has one that lives. Where nothing is due the method is ``none``: it presents the statement.
    ``return_reference`` is the bank's, ``return_sha256`` the operator's file that told of the return.
    """

    __tablename__ = "payment"
    id: Mapped[Id]
    statement_id: Mapped[int] = mapped_column(ForeignKey("statement.id"))
    payer_unit: Mapped[Blank]
    method: Mapped[str]
    amount_cents: Mapped[int]
    settle_on: Mapped[date]
    state: Mapped[str] = mapped_column(server_default="queued")
    reason: Mapped[Blank]
    authorised_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    settlement_id: Mapped[int | None] = mapped_column(ForeignKey("settlement.id"))
    debit_file_id: Mapped[int | None] = mapped_column(ForeignKey("debit_file.id"), index=True)
    return_reference: Mapped[Blank]
    return_sha256: Mapped[Blank]
    interchange_id: Mapped[int | None] = mapped_column(ForeignKey("interchange.id"))
    record: Mapped[Int | None]
    __table_args__: Args = (
        CheckConstraint(one_of("method", "debit", "credit", "none"), "method"),
        CheckConstraint(one_of("state", *PAYMENT_STATES), "state"),
        Index("ix_payment_settle_on", "settle_on", "state"),
        Index(
            "uq_payment_live",
            "statement_id",
            unique=True,
            postgresql_where=text("state = ANY (ARRAY['queued'::text, 'sent'::text, 'settled'::text])"),
        ),
    )


class Filing(Base):
    """A version of the consolidated filing of an importer account and month. The last one counts; it replaces the
    one before, which stays. ``hash`` is over what it says, so the same content is never a second version.
    """

    __tablename__ = "filing"
    id: Mapped[BlockId]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    month: Mapped[date]
    version: Mapped[Int]
    state: Mapped[str] = mapped_column(server_default="filed")
    hash: Mapped[str]
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("filing.id"))
    filed_at: Mapped[datetime]
    reference: Mapped[Blank]
    entries: Mapped[Int]
    lines: Mapped[int]
    value_cents: Mapped[int]
    duty_cents: Mapped[int]
    tax_cents: Mapped[int]
    fee_cents: Mapped[int]
    ad_cents: Mapped[int]
    cvd_cents: Mapped[int]
    other_cents: Mapped[int]
    total_cents: Mapped[int]
    __table_args__: Args = (
        UniqueConstraint("account_id", "month", "version"),
        CheckConstraint(one_of("state", "filed", "replaced"), "state"),
    )


class FilingFile(Base):
    """A form of a filing (CSV, JSON, Parquet, PDF); its bytes lie in the archive under ``sha256``."""

    __tablename__ = "filing_file"
    filing_id: Mapped[int] = mapped_column(ForeignKey("filing.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str]
    bytes: Mapped[int]


class FilingEntry(Base):
    """The entry summary versions a filing was made of: its totals can be opened whatever is filed later."""

    __tablename__ = "filing_entry"
    filing_id: Mapped[int] = mapped_column(ForeignKey("filing.id"), primary_key=True)
    version_id: Mapped[int] = mapped_column(primary_key=True)


class FilingLine(Base):
    """An aggregate of a filing. ``section`` says which table of the filing it stands in; the keys that this table
    does not break down by are blank, and are what :func:`loaders.filings.drill` opens it by.
    """

    __tablename__ = "filing_line"
    filing_id: Mapped[int] = mapped_column(ForeignKey("filing.id"), primary_key=True)
    section: Mapped[str] = mapped_column(primary_key=True)
    ordinal: Mapped[Int] = mapped_column(primary_key=True)
    hts_number: Mapped[Blank]
    origin: Mapped[Blank]
    spi: Mapped[Blank]
    port: Mapped[Blank]
    filer_code: Mapped[Blank]
    class_code: Mapped[Blank]
    case_number: Mapped[Blank]
    rate: Mapped[Blank]
    unit: Mapped[Blank]
    entries: Mapped[Int | None]
    lines: Mapped[int | None]
    quantity: Mapped[int | None]
    value_cents: Mapped[int | None]
    duty_cents: Mapped[int | None]
    amount_cents: Mapped[int | None]
