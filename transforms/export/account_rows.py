"""What a filing says, as rows of the account tables, without the database's keys.

Every row has ``shipment`` (a row of :attr:`Exports.shipment`) and ``record``, the ordinal of its segment in the file
(1-based). ``line`` is the number of the commodity line as sent (0: the shipment itself).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from transforms.export import lists
from transforms.export.facts import Exports

#: Columns of a version that a filing says as text, blank where it does not.
SAID = (
    *("mode", "destination", "origin_state", "postal_code", "option", "port_of_export", "port_of_unlading", "carrier"),
    *("conveyance", "transport_reference", "related", "hazardous", "routed", "inbond_code", "entry_number", "zone"),
    *("exporter_id", "exporter_id_qualifier", "exporter_name", "agent_id", "agent_name", "consignee_name"),
    *("consignee_country", "consignee_kind"),
)
#: The tables below a version: table -> its columns beside ``shipment``, ``record`` and ``line``.
CHILDREN: Mapping[str, tuple[str, ...]] = {
    "export_line": (
        *("qualifier", "number", "description", "information_code", "origin", "unit_1", "quantity_1", "unit_2"),
        *("quantity_2", "value_cents", "weight", "weight_unit", "license_code", "license_number", "eccn"),
    ),
    "export_party": (
        *("role", "entity", "name", "qualifier", "identifier", "name_2", "address_1", "address_2", "city", "state"),
        *("postal_code", "country", "kind"),
    ),
    "export_vehicle": ("vin", "product_id", "year", "title_number", "title_state"),
    "export_mark": ("qualifier", "text"),
    "export_equipment": ("kind", "initial", "number", "seal_1", "seal_2"),
    "export_reference": ("qualifier", "number"),
}
_OF = {
    "export_line": "commodity",
    "export_party": "party",
    "export_vehicle": "vehicle",
    "export_mark": "marks",
    "export_equipment": "equipment",
    "export_reference": "reference",
}


def header(x: Exports) -> pd.DataFrame:
    """One row a shipment: what it says of itself, ``export_date``, and its reference and action."""
    said = x.shipment[["shipment", "set", "segment", "reference", "action", "export_date", *SAID]]
    return said.assign(record=said["segment"] + 1).drop(columns="segment")


def children(x: Exports) -> dict[str, pd.DataFrame]:
    """The tables of :data:`CHILDREN`; lines also have ``line_action`` (add, change, delete, blank)."""
    made = {}
    number = x.commodity["line"].fillna(0).astype("int64").to_numpy()
    license_ = x.license.drop_duplicates("commodity").set_index("commodity").reindex(np.arange(len(x.commodity)))
    lines = x.commodity.assign(
        license_code=license_["code"].fillna("").astype("str").to_numpy(),
        license_number=license_["number"].fillna("").astype("str").to_numpy(),
        eccn=license_["eccn"].fillna("").astype("str").to_numpy(),
        origin=license_["origin"].fillna("").astype("str").to_numpy(),
        line_action=x.commodity["action"],
    )
    for name, columns in CHILDREN.items():
        table = lines if name == "export_line" else getattr(x, _OF[name])
        out = table[["shipment", *columns]].copy()
        out["record"] = table["segment"].to_numpy(np.int64) + 1
        if name == "export_line":
            out["line"], out["line_action"] = number, table["line_action"]
        elif "commodity" in table:
            at = table["commodity"].to_numpy(np.int64)
            out["line"] = np.where(at >= 0, np.append(number, 0)[at], 0)
        else:
            out["line"] = np.int64(0)
        made[name] = out.reset_index(drop=True)
    return made


def merged_header(before: pd.DataFrame, sent: pd.DataFrame) -> pd.DataFrame:
    """What a change leaves of a header: what it says, else what stood there. Rows belong together by position."""
    out = sent.reset_index(drop=True).copy()
    before = before.reset_index(drop=True)
    for name in SAID:
        out[name] = out[name].where(out[name] != "", before[name])
    # An option that is not sent is not a change to option 2.
    out["option"] = out["option"].where(sent["option_sent"].to_numpy(), before["option"])
    out["export_date"] = out["export_date"].where(out["export_date"].notna(), before["export_date"])
    return out


def merged_children(
    before: Mapping[str, pd.DataFrame], sent: Mapping[str, pd.DataFrame], key: str
) -> dict[str, pd.DataFrame]:
    """What changes leave of the tables below: a line that is sent stands for the one of its number (deleted: for none),
    with all below it; parties of a role, and references of a qualifier, that are sent stand for those before."""
    said = sent["export_line"][[key, "line"]].drop_duplicates()
    out = {}
    for name, table in before.items():
        new = sent[name]
        if name == "export_line":
            keep = new[new["line_action"] != "delete"]
            gone = said
            by = [key, "line"]
        else:
            keep = new
            own = {"export_party": "role", "export_reference": "qualifier"}.get(name)
            by = [key, "line", own] if own else [key, "line"]
            gone = new[by].drop_duplicates()
        stays = ~_in(table, gone, by)
        if name != "export_line":
            stays &= ~_in(table, said, [key, "line"])
        out[name] = pd.concat([table[stays], keep], ignore_index=True)
    return out


def _in(table: pd.DataFrame, those: pd.DataFrame, by: list[str]) -> np.ndarray:
    if not len(those) or not len(table):
        return np.zeros(len(table), bool)
    return pd.MultiIndex.from_frame(table[by]).isin(pd.MultiIndex.from_frame(those[by]))


def option_sent(x: Exports) -> pd.Series:
    """Whether each shipment says its filing option."""
    return lists.meant(x.shipment["filing_option"], "option") != ""
