"""What the JSON API says, as its OpenAPI document describes it. Amounts are integer cents; instants are UTC."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Money = Literal["shown", "not shown"]
Cents = int | None


class Told(BaseModel):
    """A row of the database keeps only what is named here."""

    model_config = ConfigDict(extra="ignore")


class Problem(Told):
    """RFC 9457."""

    type: str
    status: int
    title: str
    detail: str


class Me(Told):
    name: str
    email: str
    account: str | None = Field(description="public id of the account this reads for")
    account_name: str | None
    role: str | None
    sees_money: bool


class Account(Told):
    id: int = Field(description="to go on from")
    account: str = Field(description="public id", validation_alias="public_id")
    kind: str
    name: str
    status: str
    identifier: str | None = Field(description="importer number or filer code; of one's own accounts, and for officers")
    parent: str | None
    standing: str | None = Field(description="good, late, noticed, defaulted; of one's own accounts, and for officers")


class Amounts(Told):
    """``money``: whether this person may see amounts; where not, each is null."""

    money: Money


class Statement(Amounts):
    id: int
    statement_number: str
    kind: str
    status: str = Field(description="P preliminary, F final")
    filer_code: str
    importer: str | None = Field(description="public id")
    port: str
    print_date: date
    month: date | None
    due_date: date | None
    entries: int
    paid_at: datetime | None
    duty_cents: Cents
    tax_cents: Cents
    ad_cents: Cents
    cvd_cents: Cents
    interest_cents: Cents
    fee_cents: Cents
    total_cents: Cents


class Summary(Told):
    entry: int
    filer_code: str
    entry_number: str
    due_cents: Cents
    removed_at: datetime | None


class StatementWhole(Statement):
    summaries: list[Summary]


class Share(Amounts):
    id: int = Field(description="of the statement; to go on from")
    statement_number: str
    monthly_number: str | None
    filer_code: str
    account: str = Field(description="public id")
    port: str
    status: str
    print_date: date
    due_date: date | None
    paid_at: datetime | None
    entries: int
    due_cents: Cents


class Entry(Amounts):
    id: int
    filer_code: str
    entry_number: str
    status: str
    control: str
    sequence: int
    entry_type: str
    port_of_entry: str
    broker_reference: str
    importer: str | None = Field(description="public id")
    accepted_at: datetime
    entry_date: date | None
    import_date: date | None
    statement_number: str | None
    statement_date: date | None
    paid_at: datetime | None
    total_duty_cents: Cents
    total_fee_cents: Cents
    total_tax_cents: Cents
    total_ad_cents: Cents
    total_cvd_cents: Cents


class Goods(Told):
    line: str
    origin: str
    hts_number: str
    value_cents: Cents
    duty_cents: Cents
    record: int = Field(description="position of the record in the file it came in, from 1")


class EntryWhole(Entry):
    goods: list[Goods]


class Filing(Amounts):
    id: int
    account: str = Field(description="public id")
    month: date
    version: int
    state: str
    filed_at: datetime
    entries: int
    lines: int
    value_cents: Cents
    duty_cents: Cents
    tax_cents: Cents
    fee_cents: Cents
    ad_cents: Cents
    cvd_cents: Cents
    other_cents: Cents
    total_cents: Cents


class Document(Told):
    name: str
    sha256: str
    bytes: int


class FilingWhole(Filing):
    files: list[Document]


class File(Told):
    id: int
    name: str
    mode: str
    sha256: str
    bytes: int
    format: str
    state: str
    reason: str
    received_at: datetime
    answered_at: datetime | None


class ExportFiling(Amounts):
    id: int
    reference: str = Field(description="shipment reference number")
    itn: str = Field(description="internal transaction number")
    status: str
    sequence: int = Field(description="how many versions were accepted")
    exporter: str | None = Field(description="public id")
    export_date: date | None
    destination: str
    mode: str
    port_of_export: str
    carrier: str
    consignee_name: str
    code: str = Field(description="disposition of the present version")
    severity: str
    days_late: int
    lines: int
    accepted_at: datetime
    changed_at: datetime
    value_cents: Cents


class Commodity(Told):
    """Quantities and weight are thousandths of their unit."""

    line: int
    number: str = Field(description="Schedule B or HTS number")
    description: str
    origin: str = Field(description="D domestic, F foreign")
    quantity_1: int | None
    unit_1: str
    quantity_2: int | None
    unit_2: str
    weight: int | None
    weight_unit: str
    license_code: str
    license_number: str
    eccn: str
    record: int = Field(description="position of the segment in the file it came in, from 1")
    value_cents: Cents


class ExportCondition(Told):
    record: int
    element: str = Field(description="as BA104; the segment alone where no element is meant")
    code: str
    severity: str
    narrative: str
    why: str
    mend: str
    found: str


class ExportFilingWhole(ExportFiling):
    commodities: list[Commodity]
    conditions: list[ExportCondition]


class Invoice(Amounts):
    """Totals are in the currency of the invoice, the difference in US dollars."""

    id: int
    invoice_number: str
    seller_name: str
    importer: str | None = Field(description="public id")
    status: str
    sequence: int
    invoice_date: date | None
    currency: str
    lines: int
    match_state: str = Field(description="waiting, matched, different; blank where it is cancelled")
    matched_lines: int
    different_lines: int
    missing_lines: int = Field(description="invoiced and not declared")
    uninvoiced_lines: int = Field(description="declared without an invoice")
    accepted_at: datetime
    changed_at: datetime
    total_cents: Cents
    difference_cents: Cents = Field(description="invoiced less declared, of the lines that were compared")
    values_said: str = Field(description="blank; not compared: no rate, where the currency is not US dollars")


class Invoiced(Told):
    """A line; ``quantity`` has ``quantity_scale`` decimals. What was declared is null where nothing was compared, or
    the entry summary is not to be seen."""

    line: int
    hts_number: str
    origin: str
    description: str
    quantity: int | None
    quantity_scale: int
    unit: str
    amount_cents: Cents
    charges_cents: Cents
    state: str | None = Field(description="matched, different, missing")
    differences: str | None = Field(description="fields that differ: value quantity hts origin")
    entry: int | None
    declared_line: int | None
    invoiced_cents: Cents = Field(description="what all invoice lines in the declared line add up to")
    declared_cents: Cents
    difference_cents: Cents


class InvoiceWhole(Invoice):
    goods: list[Invoiced]


class Filed(Told):
    record: int
    action: str
    filer_code: str
    entry_number: str
    final: str
    code: str
    severity: str
    effect: str


class FileWhole(File):
    filings: list[Filed]


class Hour(Told):
    """``missing``: received and neither answered, set aside nor in flight; zero where everything is accounted for."""

    at: datetime
    received: int
    answered: int
    aside: int
    in_flight: int
    filings: int
    accepted: int
    rejected: int
    cents: int
    missing: int
    missing_filings: int
    missing_cents: int
    holds: bool


class Reason(Told):
    code: str
    words: str


class Queued(Told):
    id: int
    ordinal: int = Field(description="to go on from")
    lane: str
    account: str = Field(description="public id", validation_alias="public_id")
    name: str
    entry_summary_id: int | None
    filer_code: str | None
    entry_number: str | None
    port: str
    reasons: list[Reason]


def hide(row: dict[str, Any], shown: bool) -> dict[str, Any]:
    """A row with its ``money`` said; not shown, every amount in it and in what it holds is null."""
    if not shown:
        row = {
            name: [hide(it, False) for it in value]
            if isinstance(value, list)
            else (None if name.endswith("_cents") else value)
            for name, value in row.items()
        }
    return row | {"money": "shown" if shown else "not shown"}
