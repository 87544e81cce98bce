"""The facts of a version: one table per kind of record, columns named as in docs/architecture.md.

Facts carry ``interchange_id`` and ``record`` (the 1-based ordinal in its file), so every row names the place it
came from. They are keyed by version, record and, for fields that repeat inside a record, slot. That key is
declared to SQLAlchemy but not to the database: publishing guards it (one version is written once, in one
transaction), and a B-tree halves the speed of COPY, where the BRIN index on the rising version costs nothing
measurable (docs/decisions/0003-bulk-load.md). For the same reason facts have no foreign keys; the tie-out checks
look for orphans.

``line`` is the 1-based number of the line item in its summary (record 40) and ``tariff`` that of the tariff detail
(record 50) in its line; 0 is none. Quantities are hundredths.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from sqlalchemy import Index, SmallInteger
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from .base import Args, Base, Int

Slot = Annotated[int, mapped_column(SmallInteger)]


class Fact:
    """What every fact row carries: its version, and the file and record it was read from."""

    version_id: Mapped[int]
    interchange_id: Mapped[int]
    record: Mapped[Int]

    @declared_attr.directive
    def __table_args__(cls) -> Args:
        name = f"brin_{cls.__tablename__}"  # type: ignore[attr-defined]
        brin = {"pages_per_range": 16, "autosummarize": "on"}
        return (Index(name, "version_id", postgresql_using="brin", postgresql_with=brin),)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, list[str]]:
        key = ["version_id", "record"]
        return {"primary_key": [*key, "slot"] if hasattr(cls, "slot") else key}


class Slotted(Fact):
    """A field that repeats inside its record; ``slot`` is the repetition, from 1."""

    slot: Mapped[Slot]


class Line(Fact, Base):
    """A line item (records 40 and 41)."""

    __tablename__ = "line"
    line: Mapped[Int]
    line_id: Mapped[str]
    set_indicator: Mapped[str]
    origin: Mapped[str]
    export_country: Mapped[str]
    export_date: Mapped[date | None]
    textile_export_date: Mapped[date | None]
    spi: Mapped[str]
    charges_cents: Mapped[int | None]
    lading_port: Mapped[str]
    gross_weight_kg: Mapped[int | None]
    textile_category: Mapped[str]
    product_claim: Mapped[str]
    related_party: Mapped[str]
    net_cost: Mapped[str]
    fee_exemption: Mapped[str]
    nonreimbursement: Mapped[str]
    ftz_status: Mapped[str]
    ftz_filing_date: Mapped[date | None]
    ftz_quantity: Mapped[int | None]


class Tariff(Fact, Base):
    """A tariff number with its duty, value and quantities (record 50); quantities in hundredths of their unit."""

    __tablename__ = "tariff"
    line: Mapped[Int]
    tariff: Mapped[Int]
    hts_number: Mapped[str]
    duty_cents: Mapped[int | None]
    value_cents: Mapped[int | None]
    quantity_1: Mapped[int | None]
    unit_1: Mapped[str]
    quantity_2: Mapped[int | None]
    unit_2: Mapped[str]
    quantity_3: Mapped[int | None]
    unit_3: Mapped[str]


class Fee(Slotted, Base):
    """An amount under an accounting class; ``kind`` is ``header_fee`` (34), ``tax`` (60), ``other_revenue``
    (61) or ``fee`` (62).
    """

    __tablename__ = "fee"
    kind: Mapped[str]
    line: Mapped[Int]
    class_code: Mapped[str]
    amount_cents: Mapped[int | None]


class FeeTotal(Slotted, Base):
    """The filer's total of an accounting class over the summary (record 89)."""

    __tablename__ = "fee_total"
    class_code: Mapped[str]
    amount_cents: Mapped[int | None]


class Party(Fact, Base):
    """A party to the article (record 47)."""

    __tablename__ = "party"
    line: Mapped[Int]
    party_type: Mapped[str]
    party_id: Mapped[str]


class BillGroup(Fact, Base):
    """A manifested quantity (record 22); ``bill_group`` is its 1-based number in the summary."""

    __tablename__ = "bill_group"
    bill_group: Mapped[Int]
    quantity: Mapped[int | None]
    unit: Mapped[str]


class Bill(Fact, Base):
    """A bill of lading or in-bond number of a group (record 23)."""

    __tablename__ = "bill"
    bill_group: Mapped[Int]
    component: Mapped[str]
    issuer: Mapped[str]
    identifier: Mapped[str]


class Bond(Fact, Base):
    """A bond (record 31)."""

    __tablename__ = "bond"
    bond_type: Mapped[str]
    designation: Mapped[str]
    continuous_indicator: Mapped[str]
    surety: Mapped[str]
    amount_cents: Mapped[int | None]
    producer_account: Mapped[str]


class Release(Slotted, Base):
    """A release consolidated into the summary (record 32)."""

    __tablename__ = "release"
    filer_code: Mapped[str]
    entry_number: Mapped[str]


class MissingDocument(Slotted, Base):
    """A document the filer still owes (record 33)."""

    __tablename__ = "missing_document"
    document_code: Mapped[str]


class Reason(Slotted, Base):
    """A reason of a post summary correction; ``line`` 0 is the header (record 35), else a line item (record 63)."""

    __tablename__ = "reason"
    line: Mapped[Int]
    reason_code: Mapped[str]


class Remark(Fact, Base):
    """Free text; ``kind`` is ``psc_explanation`` (36) or ``description`` (44)."""

    __tablename__ = "remark"
    kind: Mapped[str]
    line: Mapped[Int]
    text: Mapped[str]


class InvoiceReference(Fact, Base):
    """The invoice a line item was taken from (record 42)."""

    __tablename__ = "invoice_reference"
    line: Mapped[Int]
    supplier_id: Mapped[str]
    invoice_number: Mapped[str]

    @declared_attr.directive
    def __table_args__(cls) -> Args:
        """Few lines name an invoice, and an invoice that comes later looks for them: the one fact with a B-tree."""
        return (*Fact.__dict__["__table_args__"].fget(cls), Index("ix_invoice_reference_number", "invoice_number"))


class InvoiceRange(Slotted, Base):
    """A range of lines of that invoice, up to four in a record 42."""

    __tablename__ = "invoice_range"
    line: Mapped[Int]
    begin: Mapped[int | None]
    end: Mapped[int | None]


class Ruling(Fact, Base):
    """A binding ruling or decision relied on (record 43)."""

    __tablename__ = "ruling"
    line: Mapped[Int]
    ruling_type: Mapped[str]
    ruling_number: Mapped[str]


class License(Fact, Base):
    """A visa (51) or a licence, certificate or permit (52); ``kind`` is ``visa`` or ``license``, a visa's
    type is blank.
    """

    __tablename__ = "license"
    kind: Mapped[str]
    line: Mapped[Int]
    tariff: Mapped[Int]
    license_type: Mapped[str]
    license_number: Mapped[str]


class AdCvd(Fact, Base):
    """An antidumping or countervailing case (record 53); rate in hundredths, quantity in ten-thousandths."""

    __tablename__ = "adcvd"
    line: Mapped[Int]
    tariff: Mapped[Int]
    case_number: Mapped[str]
    claim: Mapped[str]
    rate: Mapped[int | None]
    rate_type: Mapped[str]
    value_cents: Mapped[int | None]
    quantity: Mapped[int | None]
    duty_cents: Mapped[int | None]
    declaration_id: Mapped[str]


class Declaration(Fact, Base):
    """An importer's additional declaration (record 54): its type, and columns 5-80 as sent."""

    __tablename__ = "declaration"
    line: Mapped[Int]
    tariff: Mapped[Int]
    declaration_type: Mapped[str]
    information: Mapped[str]


class CensusOverride(Slotted, Base):
    """An override of a census warning (record CW02)."""

    __tablename__ = "census_override"
    line: Mapped[Int]
    condition_code: Mapped[str]
    override_code: Mapped[str]


class OtherRecord(Fact, Base):
    """A record that is kept but not read yet (SE.., PG.., OI): its id, and its 80 columns."""

    __tablename__ = "other_record"
    line: Mapped[Int]
    record_id: Mapped[str]
    text: Mapped[str]


#: Table name -> class, in the order they are written.
FACTS: dict[str, type[Base]] = {
    model.__tablename__: model
    for model in (
        Line, Tariff, Fee, FeeTotal, Party, BillGroup, Bill, Bond, Release, MissingDocument, Reason, Remark,
        InvoiceReference, InvoiceRange, Ruling, License, AdCvd, Declaration, CensusOverride, OtherRecord,
    )
}  # fmt: skip
