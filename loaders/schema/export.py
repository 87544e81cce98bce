"""Export filings: the present state, every accepted version, what each says, and the monthly statements of them.

Quantities and weights are thousandths of their unit; values are cents, exactly as they came.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .base import Args, Base, Blank, BlockId, Id, Int, one_of

STATES = ("filed", "cancelled")


class ExportFiling(Base):
    """The present state of an export filing, known by its exporter and its shipment reference number.
    ``filer_account_id`` is the account that sent the present version, ``itn`` the internal transaction number it got
    when it was added and keeps. ``days_late``: days by which it was added too late (0: in time).
    """

    __tablename__ = "export_filing"
    id: Mapped[BlockId]
    exporter_account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    filer_account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    reference: Mapped[str]
    itn: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str]
    version_id: Mapped[int]
    sequence: Mapped[Int]
    export_date: Mapped[date | None]
    destination: Mapped[str]
    lines: Mapped[Int]
    value_cents: Mapped[int]
    severity: Mapped[str]
    days_late: Mapped[Int]
    accepted_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    __table_args__: Args = (
        UniqueConstraint("exporter_account_id", "reference"),
        CheckConstraint(one_of("status", *STATES), "status"),
        Index("ix_export_filing_exporter", "exporter_account_id", "id"),
        Index("ix_export_filing_filer", "filer_account_id", "id"),
        Index("ix_export_filing_day", "exporter_account_id", "export_date"),
    )


class ExportFilingVersion(Base):
    """One accepted action on a filing, with what it then says (a change: laid over what it said before). A cancellation
    says what it was sent with. ``record`` is its BA1 in the file.
    """

    __tablename__ = "export_filing_version"
    id: Mapped[BlockId]
    export_filing_id: Mapped[int] = mapped_column(ForeignKey("export_filing.id"))
    exporter_account_id: Mapped[int]
    filer_account_id: Mapped[int]
    interchange_id: Mapped[int]
    transaction_id: Mapped[int]
    record: Mapped[Int]
    sequence: Mapped[Int]
    effect: Mapped[str]
    severity: Mapped[str]
    code: Mapped[str]
    accepted_at: Mapped[datetime]
    export_date: Mapped[date | None]
    mode: Mapped[str]
    destination: Mapped[str]
    origin_state: Mapped[str]
    postal_code: Mapped[str]
    option: Mapped[str]
    port_of_export: Mapped[str]
    port_of_unlading: Mapped[str]
    carrier: Mapped[str]
    conveyance: Mapped[str]
    transport_reference: Mapped[str]
    related: Mapped[str]
    hazardous: Mapped[str]
    routed: Mapped[str]
    inbond_code: Mapped[str]
    entry_number: Mapped[str]
    zone: Mapped[str]
    exporter_id: Mapped[str]
    exporter_id_qualifier: Mapped[str]
    exporter_name: Mapped[str]
    agent_id: Mapped[str]
    agent_name: Mapped[str]
    consignee_name: Mapped[str]
    consignee_country: Mapped[str]
    consignee_kind: Mapped[str]
    lines: Mapped[Int]
    value_cents: Mapped[int]
    weight: Mapped[int]
    __table_args__: Args = (
        UniqueConstraint("export_filing_id", "sequence"),
        Index("ix_export_filing_version_sent", "interchange_id"),
    )


class ExportLine(Base):
    """A commodity line of a version, from segment ``record`` of ``interchange_id`` (a changed filing keeps lines of
    files before)."""

    __tablename__ = "export_line"
    version_id: Mapped[int] = mapped_column(ForeignKey("export_filing_version.id"), primary_key=True)
    line: Mapped[Int] = mapped_column(primary_key=True)
    interchange_id: Mapped[int]
    record: Mapped[Int]
    qualifier: Mapped[str]
    number: Mapped[str]
    description: Mapped[str]
    information_code: Mapped[str]
    origin: Mapped[str]
    unit_1: Mapped[str]
    quantity_1: Mapped[int | None]
    unit_2: Mapped[str]
    quantity_2: Mapped[int | None]
    value_cents: Mapped[int]
    weight: Mapped[int | None]
    weight_unit: Mapped[str]
    license_code: Mapped[str]
    license_number: Mapped[str]
    eccn: Mapped[str]


class _Below:
    """What other rows below a version have: where they stand, and the line they belong to (0: the shipment)."""

    version_id: Mapped[int] = mapped_column(ForeignKey("export_filing_version.id"), primary_key=True)
    interchange_id: Mapped[int] = mapped_column(primary_key=True)
    record: Mapped[Int] = mapped_column(primary_key=True)
    line: Mapped[Int]


class ExportParty(_Below, Base):
    """A party: ``role`` exporter, agent, consignee, intermediate, blank; ``entity`` as sent; ``kind`` of consignee."""

    __tablename__ = "export_party"
    role: Mapped[str]
    entity: Mapped[str]
    name: Mapped[str]
    qualifier: Mapped[str]
    identifier: Mapped[str]
    name_2: Mapped[str]
    address_1: Mapped[str]
    address_2: Mapped[str]
    city: Mapped[str]
    state: Mapped[str]
    postal_code: Mapped[str]
    country: Mapped[str]
    kind: Mapped[str]


class ExportVehicle(_Below, Base):
    """A used vehicle of a line."""

    __tablename__ = "export_vehicle"
    vin: Mapped[str]
    product_id: Mapped[str]
    year: Mapped[int | None]
    title_number: Mapped[str]
    title_state: Mapped[str]


class ExportMark(_Below, Base):
    """Marks and numbers of a line's containers and packages."""

    __tablename__ = "export_mark"
    qualifier: Mapped[str]
    text: Mapped[str]


class ExportEquipment(_Below, Base):
    """A container, trailer or other equipment that carries the shipment, with its seals (VID): ``kind`` as sent, number
    as ``initial`` and ``number``."""

    __tablename__ = "export_equipment"
    kind: Mapped[str]
    initial: Mapped[str]
    number: Mapped[str]
    seal_1: Mapped[str]
    seal_2: Mapped[str]


class ExportReference(_Below, Base):
    """A reference number of the shipment: booking, bill of lading, air waybill."""

    __tablename__ = "export_reference"
    qualifier: Mapped[str]
    number: Mapped[str]


class ExportRefusal(Base):
    """An action on a filing that was rejected and changed nothing, on the account of the exporter it names, whoever
    sent it. ``record`` is its BA1 in the file. ``mended_at``: when an action on the same shipment was accepted after
    it, whoever sent that; not noted where who was refused held no authority (T05), unless by its own."""

    __tablename__ = "export_refusal"
    id: Mapped[BlockId]
    exporter_account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    filer_account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    interchange_id: Mapped[int]
    transaction_id: Mapped[int] = mapped_column(unique=True)
    record: Mapped[Int]
    reference: Mapped[str]
    action: Mapped[str]
    code: Mapped[str]
    export_date: Mapped[date | None]
    destination: Mapped[str]
    lines: Mapped[Int]
    value_cents: Mapped[int]
    refused_at: Mapped[datetime]
    mended_at: Mapped[datetime | None]
    __table_args__: Args = (
        Index("ix_export_refusal_exporter", "exporter_account_id", "id"),
        Index("ix_export_refusal_reference", "exporter_account_id", "reference", "id"),
        Index("ix_export_refusal_filer", "filer_account_id", "id"),
    )


class ExportCondition(Base):
    """What was said of an action on a filing, accepted or rejected: the code, segment ``record`` of the file and the
    element in it (``BA108``; the segment alone where none is meant), why, and how to mend it."""

    __tablename__ = "export_condition"
    transaction_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ordinal: Mapped[Int] = mapped_column(primary_key=True, autoincrement=False)
    exporter_account_id: Mapped[int]
    filer_account_id: Mapped[int]
    record: Mapped[Int]
    element: Mapped[str]
    code: Mapped[str]
    severity: Mapped[str]
    narrative: Mapped[str]
    why: Mapped[str]
    mend: Mapped[str]
    found: Mapped[str]


class ExportSequence(Base):
    """The last internal transaction number given on a day. A row and no database sequence: a transaction that fails
    gives its numbers back."""

    __tablename__ = "export_sequence"
    day: Mapped[date] = mapped_column(primary_key=True)
    last: Mapped[Int]
    __table_args__: Args = (CheckConstraint("last BETWEEN 1 AND 999999", "last"),)


class ExportStatement(Base):
    """The export activity statement of an exporter account and month, by date of export: versions that are never
    overwritten. ``hash`` is over its content."""

    __tablename__ = "export_statement"
    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    month: Mapped[date]
    version: Mapped[Int]
    state: Mapped[str] = mapped_column(server_default="issued")
    hash: Mapped[str]
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("export_statement.id"))
    filings: Mapped[Int]
    lines: Mapped[Int]
    value_cents: Mapped[int]
    late: Mapped[Int]
    reference: Mapped[Blank]
    issued_at: Mapped[datetime]
    __table_args__: Args = (
        UniqueConstraint("account_id", "month", "version"),
        CheckConstraint(one_of("state", "issued", "replaced"), "state"),
    )


class ExportStatementFiling(Base):
    """A version of a filing that a statement is made of."""

    __tablename__ = "export_statement_filing"
    statement_id: Mapped[int] = mapped_column(ForeignKey("export_statement.id"), primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("export_filing_version.id"), primary_key=True, index=True)


class ExportStatementFile(Base):
    """A form of a statement; its bytes lie in the archive under ``sha256``."""

    __tablename__ = "export_statement_file"
    statement_id: Mapped[int] = mapped_column(ForeignKey("export_statement.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str]
    bytes: Mapped[int]
