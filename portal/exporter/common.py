"""What the exporter's pages have in common: codes in words, and the names of agents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from loaders.portal.exporter import agents
from transforms.export import lists

EFFECTS = {"added": "filed", "replaced": "replaced", "changed": "changed", "cancelled": "cancelled"}
#: Modes of transport (15 CFR 30.6(a)(6)).
MODES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(lists.VESSEL, "vessel"),
        **dict.fromkeys(lists.RAIL, "rail"),
        **dict.fromkeys(lists.TRUCK, "truck"),
        **dict.fromkeys(lists.AIR, "air"),
    }
)
#: What a party is to a shipment.
ROLES = {
    "exporter": "exporter (USPPI)",
    "agent": "forwarding agent",
    "consignee": "ultimate consignee",
    "intermediate": "intermediate consignee",
}
OPTIONS = {"predeparture": "before departure", "postdeparture": "after departure"}
UNKNOWN = "an agent that is no broker here"


def licenses() -> dict[str, str]:
    """Licence code -> what it is."""
    table = lists.licenses().reset_index()
    return dict(zip(table["code"].astype(str), table["description"].astype(str), strict=True))


def named(conn: Any, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with ``filer_name`` and ``filer`` (public id, blank where the agent is not known) of their agents."""
    rows = list(rows)
    known = agents.names(conn, [row["filer_account_id"] for row in rows]) if rows else {}
    nobody = {"name": UNKNOWN, "public_id": "", "identifier": "", "kind": ""}
    return [
        row | {"filer_name": it["name"], "filer": str(it["public_id"]), "filer_code": it["identifier"]}
        for row in rows
        for it in [known.get(row["filer_account_id"], nobody)]
    ]
