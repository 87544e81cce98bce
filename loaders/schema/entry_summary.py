"""Entry summaries: the present state, and every accepted version."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, TextClause, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Args, Base, BlockId, Int, one_of


def _brin(name: str, column: str | TextClause) -> Index:
    return Index(name, column, postgresql_using="brin", postgresql_with={"pages_per_range": 16, "autosummarize": "on"})


class EntrySummary(Base):
    """The present state of an entry summary. ``rejected`` says that customs rejected the present version back
    to the filer.
    """

    __tablename__ = "entry_summary"
    id: Mapped[BlockId]
    filer_code: Mapped[str]
    entry_number: Mapped[str]
    status: Mapped[str]
    control: Mapped[str] = mapped_column(server_default="trade")
    version_id: Mapped[int]
    sequence: Mapped[Int]
    version_number: Mapped[str]
    entry_type: Mapped[str]
    port_of_entry: Mapped[str]
    broker_reference: Mapped[str]
    importer_number: Mapped[str]
    importer_account_id: Mapped[int | None]
    filer_account_id: Mapped[int | None] = mapped_column(index=True)
    accepted_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    changed_by: Mapped[int]  # the transaction
    rejected: Mapped[bool] = mapped_column(server_default=text("false"))
    statement_status: Mapped[str | None]
    statement_number: Mapped[str | None]
    statement_date: Mapped[date | None]
    statement_month: Mapped[str | None]
    paid_at: Mapped[datetime | None]
    __table_args__: Args = (
        UniqueConstraint("filer_code", "entry_number"),
        CheckConstraint(one_of("status", "accepted", "deleted"), "status"),
        CheckConstraint(one_of("control", "trade", "cbp"), "control"),
        Index("ix_entry_summary_importer", "importer_account_id", "id"),
        Index("ix_entry_summary_filed_by", "importer_account_id", "filer_code", "id"),
        Index(  # what an importer's next statements are made of
            "ix_entry_summary_unprinted",
            "importer_account_id",
            "id",
            postgresql_where=text("statement_number IS NULL AND paid_at IS NULL"),
        ),
        _brin("brin_entry_summary_changed", "changed_at"),
    )


class EntrySummaryVersion(Base):
    """One accepted version, with every column of the header as filed (records 10, 11, 20, 21, 30, 88, 90 and
    the block's B).
    """

    __tablename__ = "entry_summary_version"
    id: Mapped[BlockId]
    entry_summary_id: Mapped[int] = mapped_column(ForeignKey("entry_summary.id"))
    interchange_id: Mapped[int]
    record: Mapped[Int]
    transaction_id: Mapped[int]
    sequence: Mapped[Int]
    version_number: Mapped[str]
    severity: Mapped[str]
    code: Mapped[str]
    effect: Mapped[str]
    superseded_by: Mapped[int | None]
    accepted_at: Mapped[datetime]
    reference: Mapped[str]  # hash of the reference snapshot it was checked against
    importer_account_id: Mapped[int | None]
    filer_account_id: Mapped[int | None]

    action: Mapped[str]
    filer_code: Mapped[str]
    entry_number: Mapped[str]
    port_of_entry: Mapped[str]
    broker_reference: Mapped[str]
    entry_type: Mapped[str]
    mode_of_transport: Mapped[str]
    bond_waiver: Mapped[str]
    signature: Mapped[str]
    cargo_release_certification: Mapped[str]
    electronic_invoice: Mapped[str]
    consolidated: Mapped[str]
    shipment_usage: Mapped[str]
    live_entry: Mapped[str]
    deferred_tax: Mapped[str]
    nafta_reconciliation: Mapped[str]
    reconciliation_issue: Mapped[str]
    payment_type: Mapped[str]
    statement_date: Mapped[date | None]
    statement_month: Mapped[str]
    client_branch: Mapped[str]
    bond_waiver_reason: Mapped[str]
    psc: Mapped[str]
    accelerated_liquidation: Mapped[str]
    known_importer: Mapped[str]
    pga_included: Mapped[str]
    tib_declaration: Mapped[str]
    consolidated_express: Mapped[str]
    importer_number: Mapped[str]
    consignee_number: Mapped[str]
    notify_party_number: Mapped[str]
    entry_date: Mapped[date | None]
    import_date: Mapped[date | None]
    destination_state: Mapped[str]
    ftz_id: Mapped[str]
    carrier_code: Mapped[str]
    port_of_unlading: Mapped[str]
    arrival_date: Mapped[date | None]
    location_of_goods: Mapped[str]
    conveyance_name: Mapped[str]
    vessel_code: Mapped[str]
    exam_port: Mapped[str]
    in_transit_date: Mapped[date | None]
    trip_id: Mapped[str]
    withdrawal_filer: Mapped[str]
    withdrawal_entry: Mapped[str]
    withdrawal_port: Mapped[str]
    withdrawal_final: Mapped[str]
    bonded_ad_cents: Mapped[int | None]
    cash_ad_cents: Mapped[int | None]
    bonded_cvd_cents: Mapped[int | None]
    cash_cvd_cents: Mapped[int | None]
    total_duty_cents: Mapped[int | None]
    total_fee_cents: Mapped[int | None]
    total_tax_cents: Mapped[int | None]
    total_ad_cents: Mapped[int | None]
    total_cvd_cents: Mapped[int | None]
    total_other_cents: Mapped[int | None]
    block_port: Mapped[str]
    block_filer: Mapped[str]
    preparer_port: Mapped[str]
    preparer_filer: Mapped[str]
    preparer_office: Mapped[str]
    preparer_indicator: Mapped[str]
    __table_args__: Args = (
        UniqueConstraint("entry_summary_id", "sequence"),
        # versions come in time's order: these cost the load nothing, and find those of a month and of a print date
        _brin("brin_entry_summary_version", "accepted_at"),
        _brin("brin_entry_summary_version_print", "statement_date"),
        Index("ix_entry_summary_version_entered", "importer_account_id", "entry_date"),
        _brin(
            "brin_entry_summary_version_day",
            text("(COALESCE(entry_date, arrival_date, (accepted_at AT TIME ZONE 'America/New_York')::date))"),
        ),
    )
