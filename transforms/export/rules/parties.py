"""Exporter (USPPI), agent and consignee: who they are, where they are, who may file for whom."""

from __future__ import annotations

import pandas as pd

from transforms.export import lists
from transforms.export.facts import Exports
from transforms.export.registry import ANY, WHOLE, Mask, World, rule


@rule(
    "T06",
    on="shipment",
    at="exporter_id",
    why="every message names the exporter (the U.S. principal party in interest) by its number",
    mend="send an N1 segment with EX, the name, the qualifier 24 and the EIN",
    source="15 CFR 30.6(a)(1)",
    actions=ANY,
)
def exporter_missing(x: Exports, world: World) -> Mask:
    return x.shipment["exporter_id"] == ""


@rule(
    "T07",
    on="shipment",
    at="exporter_id",
    why="an exporter is known by its EIN (nine digits and two of suffix), or by a DUNS number of 9 or 13 digits",
    mend="correct the number or its qualifier (24 EIN, 1 DUNS)",
    source="15 CFR 30.6(a)(1)(iii)",
    actions=ANY,
)
def exporter_format(x: Exports, world: World) -> Mask:
    number, kind = x.shipment["exporter_account_key"], lists.meant(x.shipment["exporter_id_qualifier"], "identifier")
    good = (kind == "ein") & number.str.fullmatch(r"\d{11}")
    good |= (kind == "duns") & number.str.fullmatch(r"\d{11}|\d{13}|\d{9}")
    good |= (kind == "foreign") & number.str.fullmatch(r"[A-Z0-9]{1,20}")
    return (number != "") & ~good


def _known(x: Exports, world: World) -> pd.DataFrame:
    """The exporter's account of each shipment, as :class:`World` knows it (account_id -1: none)."""
    assert world.exporters is not None
    found = world.exporters.drop_duplicates("key").set_index("key").reindex(x.shipment["exporter_account_key"])
    return pd.DataFrame(
        {
            "account_id": found["account_id"].fillna(-1).astype("int64").to_numpy(),
            "active": (found["status"] == "active").to_numpy(),
            "may_file": found["may_file"].fillna(False).astype(bool).to_numpy(),
        }
    )


@rule(
    "T08",
    on="shipment",
    at="exporter_id",
    why="the exporter has an account here, and it is active",
    mend="let the exporter apply for an account, or correct the number",
    source="of this system: a filing is kept on the exporter's account",
    needs=("accounts",),
    actions=ANY,
)
def exporter_without_account(x: Exports, world: World) -> Mask:
    return (x.shipment["exporter_account_key"] != "").to_numpy() & ~_known(x, world)["active"].to_numpy()


@rule(
    "T05",
    on="shipment",
    at="exporter_id",
    why="an exporter files itself, or lets another file for it: a dated authority between the two accounts",
    mend="let the exporter authorize the account that sends (files_for), from this day or before",
    source="15 CFR 30.3(f), power of attorney or written authorization",
    needs=("accounts",),
    actions=ANY,
)
def not_authorized(x: Exports, world: World) -> Mask:
    known = _known(x, world)
    return known["active"] & ~known["may_file"]


@rule(
    "227",
    on="shipment",
    at="agent_id",
    why="who files for an exporter names itself as forwarding agent",
    mend="send an N1 segment with FW and the agent's name and number",
    source="15 CFR 30.6(b)(1)",
    needs=("accounts",),
    actions=WHOLE,
)
def agent_missing(x: Exports, world: World) -> Mask:
    account = _known(x, world)["account_id"].to_numpy()
    return (account >= 0) & (account != world.sender) & (x.shipment["agent_segment"].to_numpy() < 0)


@rule(
    "T27",
    on="shipment",
    at="consignee_name",
    why="a filing names the ultimate consignee",
    mend="send an N1 segment with CN and the name, N3 and N4 with the address",
    source="15 CFR 30.6(a)(3)",
    actions=WHOLE,
)
def consignee_missing(x: Exports, world: World) -> Mask:
    sold = x.shipment["sold_en_route"] == "Y"
    return (x.shipment["consignee_name"] == "") & ~sold


@rule(
    "T28",
    on="shipment",
    at="consignee_kind",
    why="the ultimate consignee is a direct consumer (D), a government entity (G), a reseller (R) or other (O)",
    mend="give the letter in N406 with qualifier ZZ",
    source="15 CFR 30.6(a)(28)",
)
def consignee_kind(x: Exports, world: World) -> Mask:
    named = x.shipment["consignee_segment"] >= 0
    return named & (lists.meant(x.shipment["consignee_kind"], "consignee") == "")


@rule(
    "T29",
    on="shipment",
    at="consignee_country",
    why="the ultimate consignee is in a country by its ISO code",
    mend="give the country in N404",
    source="15 CFR 30.6(a)(3)",
    needs=("countries",),
)
def consignee_country(x: Exports, world: World) -> Mask:
    country = x.shipment["consignee_country"]
    known = country.isin([*world.ref["countries"]["iso"], *lists.DOMESTIC, *lists.POSSESSIONS])
    return (x.shipment["consignee_segment"] >= 0) & ~known


@rule(
    "T30",
    on="shipment",
    at="consignee_country",
    why="the ultimate consignee is abroad",
    mend="name the party abroad that receives the goods",
    source="15 CFR 30.6(a)(3)",
)
def consignee_at_home(x: Exports, world: World) -> Mask:
    return (x.shipment["consignee_country"] == "US") & (x.shipment["destination"] != "US")


@rule(
    "T31",
    on="shipment",
    at="consignee_country",
    why="the ultimate consignee is usually in the country of ultimate destination",
    mend="nothing, if both are right",
    source="15 CFR 30.6(a)(5)",
)
def consignee_elsewhere(x: Exports, world: World) -> Mask:
    country = x.shipment["consignee_country"]
    return (country != "") & (country != "US") & (country != x.shipment["destination"])


@rule(
    "336",
    on="shipment",
    at="consignee_state",
    why="a state of the ultimate consignee is told in the United States and Mexico only",
    mend="leave N402 blank",
    source="15 CFR 30.6(a)(3); AESTIR Appendix A",
)
def consignee_state(x: Exports, world: World) -> Mask:
    country = x.shipment["consignee_country"]
    domestic = country.isin(["MX", *lists.DOMESTIC, *lists.POSSESSIONS])
    return (x.shipment["consignee_state"] != "") & (country != "") & ~domestic
