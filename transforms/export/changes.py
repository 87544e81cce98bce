"""What a version of an export filing changed, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from transforms.version_changes import Change

#: Columns of a version that a person would want to hear of, in words.
HEADER = {
    "export_date": "date of export",
    "mode": "mode of transport",
    "destination": "country of destination",
    "origin_state": "state of origin",
    "option": "filing option",
    "port_of_export": "port of export",
    "port_of_unlading": "port of unlading",
    "carrier": "carrier",
    "conveyance": "conveyance",
    "transport_reference": "transport reference",
    "related": "related parties",
    "hazardous": "hazardous",
    "routed": "routed export",
    "inbond_code": "in-bond code",
    "entry_number": "import entry number",
    "zone": "foreign trade zone",
    "exporter_name": "exporter",
    "agent_name": "agent",
    "consignee_name": "ultimate consignee",
    "consignee_country": "country of the consignee",
    "consignee_kind": "kind of consignee",
    "value_cents": "value",
    "weight": "weight",
}
LINE = {
    "number": "commodity number",
    "description": "description",
    "origin": "domestic or foreign",
    "quantity_1": "quantity",
    "unit_1": "unit",
    "quantity_2": "second quantity",
    "value_cents": "value",
    "weight": "weight",
    "license_code": "licence code",
    "license_number": "licence number",
    "eccn": "ECCN",
}
_KINDS = {"value_cents": "money", "weight": "thousandths", "quantity_1": "thousandths", "quantity_2": "thousandths"}


def changes(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    old_lines: Sequence[Mapping[str, Any]],
    new_lines: Sequence[Mapping[str, Any]],
) -> list[Change]:
    """From one version to another: headers and lines by column name; ``kind`` is ``money``, ``thousandths`` or
    ``text``."""
    found = _differing("", HEADER, old, new)
    before, after = ({row["line"]: row for row in rows} for rows in (old_lines, new_lines))
    for line in sorted(before.keys() | after.keys()):
        place = f"line {line}"
        if line not in after:
            found.append(Change(place, f"taken out ({before[line]['number']})", None, None, "text"))
        elif line not in before:
            found.append(Change(place, f"added ({after[line]['number']})", None, None, "text"))
        else:
            found += _differing(place, LINE, before[line], after[line])
    return found


def _differing(place: str, fields: Mapping[str, str], old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    return [
        Change(place, words, _shown(old[name]), _shown(new[name]), _KINDS.get(name, "text"))
        for name, words in fields.items()
        if _shown(old[name]) != _shown(new[name])
    ]


def _shown(value: Any) -> Any:
    return None if value == "" else value
