"""The month in the form that ABI knows: consolidated entry summaries of a filer's releases (AE chapter, usage note z).

A consolidated summary (record 10, column 42) stands for at least two releases of one filer, importer, port, mode and
type (01, 06, 11), from one country of export and of one origin (conditions 229, 232, 236, 702, 703). Which entries may
stand together is decided here; :mod:`transforms.filing.consolidated` writes them.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

TYPES = ("01", "06", "11")
#: What the entries of one summary have in common: all that stands once in it.
ALIKE = (
    *("port_of_entry", "entry_type", "mode_of_transport", "importer_number", "consignee_number", "destination_state"),
    *("ftz_id", "payment_type", "client_branch", "carrier_code", "port_of_unlading", "location_of_goods"),
    *("conveyance_name", "vessel_code", "trip_id", "surety", "origin", "export_country"),
)
#: Tables whose facts speak of one release alone; an entry that has any of them is filed for itself.
SINGULAR = {
    "adcvd": "an antidumping or countervailing case",
    "license": "a licence or visa",
    "ruling": "a ruling",
    "declaration": "a declaration",
    "invoice_reference": "an electronic invoice",
    "missing_document": "a missing document",
    "census_override": "a census override",
    "other_record": "agency data",
    "reason": "a correction",
}
SINGULAR_CLASSES = ("016", "017", "018", "022", "672", "496", "500")  # taxes, other revenue, mail fee, surcharge
HALF = 499  # half the lines a summary may have: so many are gathered, and one more entry still fits


def together(tables: Mapping[str, pd.DataFrame], filer_code: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Which entries stand in which summary, and which do not: ``version_id summary`` and ``version_id reason``.

    ``tables`` are the account tables of the entries by name, keyed by ``version_id`` (``entry_summary_version`` and the
    facts tables of docs/architecture.md). Summaries are numbered from 0 by port; the order of entries is by number.
    """
    entry = _described(tables)
    reason = np.full(len(entry), "", dtype=object)

    def leave(which: pd.Series, why: str) -> None:
        reason[which.to_numpy(dtype=bool) & (reason == "")] = why

    leave(entry["filer_code"] != filer_code, "filed by another filer")
    leave(~entry["entry_type"].isin(TYPES), "its type is not consolidated")
    leave(entry["consolidated"] == "Y", "a consolidated summary already")
    leave(entry["in_transit_date"].notna(), "moved in bond")
    leave((entry["surety"] == "") & (entry["entry_type"] != "11") | entry["single_bond"], "no continuous bond alone")
    for name, what in SINGULAR.items():
        if name in tables:
            leave(entry["version_id"].isin(tables[name]["version_id"]), f"has {what}")
    taxed = tables["fee"]["class_code"].isin(SINGULAR_CLASSES)
    leave(entry["version_id"].isin(tables["fee"].loc[taxed, "version_id"]), "has a tax or another charge of its own")
    leave(entry["sets"], "has article sets")
    leave((entry["origins"] != 1) | (entry["exports"] > 1), "has goods of several countries")
    leave(entry["size"] > HALF, f"has more than {HALF} lines or bills")

    fit = entry[reason == ""].sort_values([*ALIKE, "entry_number"], kind="stable")
    group = fit.groupby(list(ALIKE), sort=True).ngroup()
    part = fit.groupby(group)["size"].cumsum() // HALF
    number = fit.groupby([group, part]).ngroup()
    alone = number.groupby(number).transform("size") < 2
    reason[fit.index[alone]] = "no other release like it in the month"
    fit = fit.assign(summary=number)[~alone]
    fit["summary"] = fit.groupby("summary").ngroup()
    left = entry.assign(reason=pd.array(reason, dtype="str"))
    left = left.loc[left["reason"] != "", ["version_id", "filer_code", "entry_number", "reason"]]
    columns = ["summary", "version_id", "filer_code", "entry_number"]
    return fit[columns].reset_index(drop=True), left.reset_index(drop=True)


def _described(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Every entry with its bond, its countries and its size."""
    entry = tables["entry_summary_version"].reset_index(drop=True)
    line, bond = tables["line"], tables.get("bond", _NO_BONDS)
    ids = entry["version_id"]
    continuous = bond[bond["bond_type"] == "8"].drop_duplicates("version_id").set_index("version_id")["surety"]
    foreign = line[~line["origin"].isin(("", "US"))].groupby("version_id")["origin"]
    export = line[line["export_country"] != ""].groupby("version_id")["export_country"]
    bills = tables["bill_group"].groupby("version_id").size() if "bill_group" in tables else pd.Series(dtype="int64")
    size = ids.map(line.groupby("version_id").size()).fillna(0)
    return entry.assign(
        surety=ids.map(continuous).fillna("").astype("str"),
        single_bond=ids.isin(bond.loc[bond["bond_type"] != "8", "version_id"]),
        sets=ids.isin(line.loc[line["set_indicator"] != "", "version_id"]),
        origin=ids.map(foreign.first()).fillna("").astype("str"),
        origins=ids.map(foreign.nunique()).fillna(0),
        export_country=ids.map(export.first()).fillna("").astype("str"),
        exports=ids.map(export.nunique()).fillna(0),
        size=np.maximum(size, ids.map(bills).fillna(0)).astype("int64"),
    )


_NO_BONDS = pd.DataFrame({"version_id": [], "bond_type": [], "surety": []}).astype(
    {"version_id": "int64", "bond_type": "str", "surety": "str"}
)
