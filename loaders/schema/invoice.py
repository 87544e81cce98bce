"""Commercial invoices (810): the present state, every accepted version with its lines, and how they compare to what was
declared. Quantities and prices are integers and the number of their decimals, exact as sent; cents are hundredths of
the currency of the invoice.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Args, Base, Blank, BlockId, Int, one_of

NONE = text("0")


class Invoice(Base):
    """The present state of an invoice: an invoice number of a seller, on the account of an importer.

    ``seller`` is the seller's identification (qualifier and number), else its name; ``reference_number`` the invoice
    number as record 42 of an entry summary can hold it. ``filer_account_id`` is the broker that sent the present
    version. ``match_state`` sums up ``invoice_match``: ``waiting`` (no entry summary is known for it), ``matched``,
    ``different`` (something differs, is missing, or was declared without invoice), or blank (cancelled);
    ``difference_cents`` is invoiced less declared over the lines that were compared, in US dollars; ``matched_at`` is
    since when this says what it says.
    """

    __tablename__ = "invoice"
    id: Mapped[BlockId]
    importer_account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    filer_account_id: Mapped[int | None]
    sender_account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    seller: Mapped[str]
    seller_name: Mapped[str]
    invoice_number: Mapped[str]
    reference_number: Mapped[str]
    status: Mapped[str]
    version_id: Mapped[int]
    sequence: Mapped[Int]
    invoice_date: Mapped[date | None]
    currency: Mapped[str]
    total_cents: Mapped[int | None]
    lines: Mapped[Int]
    accepted_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    match_state: Mapped[Blank]
    matched_lines: Mapped[Int] = mapped_column(server_default=NONE)
    different_lines: Mapped[Int] = mapped_column(server_default=NONE)
    missing_lines: Mapped[Int] = mapped_column(server_default=NONE)
    uninvoiced_lines: Mapped[Int] = mapped_column(server_default=NONE)
    difference_cents: Mapped[int | None]
    matched_at: Mapped[datetime | None]
    __table_args__: Args = (
        UniqueConstraint("importer_account_id", "seller", "invoice_number"),
        CheckConstraint(one_of("status", "accepted", "cancelled"), "status"),
        CheckConstraint(one_of("match_state", "", "waiting", "matched", "different"), "match_state"),
        Index("ix_invoice_importer", "importer_account_id", "id"),
        Index("ix_invoice_state", "importer_account_id", "match_state", "id"),
        Index("ix_invoice_filer", "filer_account_id", "id"),
        Index("ix_invoice_reference", "reference_number"),
        Index("ix_invoice_version", "version_id"),
    )


class InvoiceVersion(Base):
    """One accepted version, with what stands above and below its lines. ``record`` is the segment's ordinal in its
    file."""

    __tablename__ = "invoice_version"
    id: Mapped[BlockId]
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"))
    interchange_id: Mapped[int]
    record: Mapped[Int]
    transaction_id: Mapped[int]
    sequence: Mapped[Int]
    severity: Mapped[str]
    code: Mapped[str]
    effect: Mapped[str]
    superseded_by: Mapped[int | None]
    accepted_at: Mapped[datetime]
    importer_account_id: Mapped[int]
    filer_account_id: Mapped[int | None]
    invoice_number: Mapped[str]
    invoice_date: Mapped[date | None]
    purchase_order: Mapped[str]
    purchase_order_date: Mapped[date | None]
    transaction_type: Mapped[str]
    purpose: Mapped[str]
    currency: Mapped[str]
    currency_stated: Mapped[bool]
    exchange_rate: Mapped[str]
    seller_name: Mapped[str]
    importer_name: Mapped[str]
    importer_identifier: Mapped[str]
    lines: Mapped[Int]
    lines_cents: Mapped[int | None]
    charges_cents: Mapped[int]
    allowances_cents: Mapped[int]
    tax_cents: Mapped[int]
    total_cents: Mapped[int | None]
    __table_args__: Args = (UniqueConstraint("invoice_id", "sequence"),)


class InvoiceLine(Base):
    """A line (IT1); ``line`` counts from 1. ``amount_cents`` is quantity times price, half up; ``charges_cents`` what
    SAC adds to it; ``products`` are all product numbers as sent."""

    __tablename__ = "invoice_line"
    version_id: Mapped[int] = mapped_column(ForeignKey("invoice_version.id"), primary_key=True, autoincrement=False)
    line: Mapped[Int] = mapped_column(primary_key=True, autoincrement=False)
    record: Mapped[Int]
    line_id: Mapped[str]
    quantity: Mapped[int | None]
    quantity_scale: Mapped[int] = mapped_column(SmallInteger)
    unit: Mapped[str]
    price: Mapped[int | None]
    price_scale: Mapped[int] = mapped_column(SmallInteger)
    price_basis: Mapped[str]
    amount_cents: Mapped[int | None]
    charges_cents: Mapped[int]
    vendor_part: Mapped[str]
    buyer_part: Mapped[str]
    upc: Mapped[str]
    hts_number: Mapped[str]
    origin: Mapped[str]
    order_number: Mapped[str]
    order_line: Mapped[str]
    description: Mapped[str]
    products: Mapped[str]


class InvoiceParty(Base):
    """A party (N1 loop) of the invoice, or of a line (``line`` above 0)."""

    __tablename__ = "invoice_party"
    version_id: Mapped[int] = mapped_column(ForeignKey("invoice_version.id"), primary_key=True, autoincrement=False)
    record: Mapped[Int] = mapped_column(primary_key=True, autoincrement=False)
    line: Mapped[Int]
    role: Mapped[str]
    name: Mapped[str]
    qualifier: Mapped[str]
    identifier: Mapped[str]
    street: Mapped[str]
    city: Mapped[str]
    state: Mapped[str]
    postal_code: Mapped[str]
    country: Mapped[str]


class InvoiceIdentifier(Base):
    """A reference (REF) of the invoice, or of a line; an entry number (6B) stands without signs between."""

    __tablename__ = "invoice_identifier"
    version_id: Mapped[int] = mapped_column(ForeignKey("invoice_version.id"), primary_key=True, autoincrement=False)
    record: Mapped[Int] = mapped_column(primary_key=True, autoincrement=False)
    line: Mapped[Int]
    qualifier: Mapped[str]
    value: Mapped[str]
    description: Mapped[str]
    __table_args__: Args = (
        Index(
            "ix_invoice_identifier_links",
            "value",
            "qualifier",
            postgresql_where=text("qualifier IN ('6B', '3Z')"),
        ),
    )


class InvoiceCharge(Base):
    """An allowance (below zero), a charge, or a tax (indicator ``T``) of the invoice, or of a line."""

    __tablename__ = "invoice_charge"
    version_id: Mapped[int] = mapped_column(ForeignKey("invoice_version.id"), primary_key=True, autoincrement=False)
    record: Mapped[Int] = mapped_column(primary_key=True, autoincrement=False)
    line: Mapped[Int]
    indicator: Mapped[str]
    code: Mapped[str]
    amount_cents: Mapped[int]
    description: Mapped[str]


class InvoiceMatch(Base):
    """What became of an invoice line, or of a declared line that no invoice line fell to (``invoice_id`` NULL), as
    ``transforms.invoice.match`` says; made anew whenever an invoice or an entry summary of it changes.

    ``invoiced_cents`` is what the ``invoiced_lines`` in the declared line add up to. Whoever does not see the entry
    summary does not see the row.
    """

    __tablename__ = "invoice_match"
    id: Mapped[BlockId]
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey("invoice.id"), index=True)
    line: Mapped[Int]
    entry_summary_id: Mapped[int | None] = mapped_column(ForeignKey("entry_summary.id"), index=True)
    entry_version_id: Mapped[int | None]
    declared_line: Mapped[Int]
    state: Mapped[str]
    step: Mapped[int] = mapped_column(SmallInteger)
    score: Mapped[Int]
    differences: Mapped[str]
    invoiced_lines: Mapped[Int]
    invoiced_cents: Mapped[int | None]
    declared_cents: Mapped[int | None]
    difference_cents: Mapped[int | None]
    __table_args__: Args = (CheckConstraint(one_of("state", "matched", "different", "missing", "uninvoiced"), "state"),)


class InvoiceEntry(Base):
    """An invoice and an entry summary that belong together, in the version it was compared with, and how that is
    known: ``entry`` (the invoice names the
    entry), ``invoice`` (record 42 names the invoice), ``broker`` (both name the broker's reference)."""

    __tablename__ = "invoice_entry"
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"), primary_key=True, autoincrement=False)
    entry_summary_id: Mapped[int] = mapped_column(
        ForeignKey("entry_summary.id"), primary_key=True, autoincrement=False, index=True
    )
    entry_version_id: Mapped[int]
    by: Mapped[str]
    __table_args__: Args = (CheckConstraint(one_of("by", "entry", "invoice", "broker"), "by"),)


#: What hangs on a version, in the order in which it is written.
PARTS: dict[str, type[Base]] = {
    model.__tablename__: model for model in (InvoiceLine, InvoiceParty, InvoiceIdentifier, InvoiceCharge)
}
