"""What a version of an entry summary changed, in words: for a person who asks why an amount is another one now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

#: Columns of the header that a person would want to hear of, in words. The totals come last.
HEADER = {
    "importer_number": "importer of record",
    "consignee_number": "consignee",
    "port_of_entry": "port of entry",
    "entry_type": "entry type",
    "entry_date": "date of entry",
    "import_date": "date of import",
    "arrival_date": "date of arrival",
    "mode_of_transport": "mode of transport",
    "carrier_code": "carrier",
    "conveyance_name": "conveyance",
    "payment_type": "payment type",
    "statement_date": "statement print date",
    "statement_month": "statement month",
    "client_branch": "branch",
    "broker_reference": "broker's reference",
    "reconciliation_issue": "reconciliation",
    "total_duty_cents": "duty",
    "total_fee_cents": "fees",
    "total_tax_cents": "tax",
    "total_ad_cents": "antidumping deposit",
    "total_cvd_cents": "countervailing deposit",
    "total_other_cents": "other revenue",
}
TARIFF = {"hts_number": "tariff number", "value_cents": "value", "duty_cents": "duty", "quantity_1": "quantity"}
LINE = {"origin": "origin", "spi": "programme claimed"}


class Change(NamedTuple):
    """``place`` is blank for the header; ``before`` and ``after`` are as stored, None for nothing. ``kind`` is
    ``money``, ``quantity`` (hundredths) or ``text``."""

    place: str
    what: str
    before: Any
    after: Any
    kind: str


def changes(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    old_facts: Mapping[str, Sequence[Mapping[str, Any]]],
    new_facts: Mapping[str, Sequence[Mapping[str, Any]]],
) -> list[Change]:
    """From one version to another: headers by column name, facts by table (``line``, ``tariff``)."""
    found = _differing("", HEADER, old, new)
    kept = {row["line"] for row in old_facts["line"]} & {row["line"] for row in new_facts["line"]}
    for table, fields, key in (("line", LINE, ("line",)), ("tariff", TARIFF, ("line", "tariff"))):
        before, after = ({tuple(row[k] for k in key): row for row in facts[table]} for facts in (old_facts, new_facts))
        for at in sorted(before.keys() | after.keys()):
            place = f"line {at[0]}" + (f", tariff number {at[1]}" if len(at) > 1 and at[1] > 1 else "")
            if at in before and at in after:
                found += _differing(place, fields, before[at], after[at])
            elif table == "line":
                found.append(Change(place, "line taken out" if at in before else "line added", None, None, "text"))
            elif at[0] in kept:
                found.append(Change(place, "tariff number", _number(before.get(at)), _number(after.get(at)), "text"))
    return found


def _number(row: Mapping[str, Any] | None) -> str | None:
    return row["hts_number"] if row else None


def _differing(place: str, fields: Mapping[str, str], old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    made = []
    for name, what in fields.items():
        before, after = (None if it[name] in ("", None) else it[name] for it in (old, new))
        if before != after:
            kind = "money" if name.endswith("_cents") else "quantity" if name == "quantity_1" else "text"
            made.append(Change(place, what, before, after, kind))
    return made
