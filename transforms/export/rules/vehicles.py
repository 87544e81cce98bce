"""Used vehicles: told one by one, with identification and title."""

from __future__ import annotations

import numpy as np

from transforms.export import commodity, lists
from transforms.export.facts import Exports
from transforms.export.registry import Mask, World, rule


@rule(
    "651",
    on="commodity",
    at="information_code",
    why="vehicles under EIC HV are told one by one",
    mend="send a VEH segment for each, with its VIN",
    source="15 CFR 30.6(b)(9)",
)
def vehicle_missing(x: Exports, world: World) -> Mask:
    told = x.of_line("vehicle", np.ones(len(x.vehicle), bool))
    return commodity.kept(x) & (x.commodity["information_code"] == lists.USED_VEHICLE) & ~told


@rule(
    "T48",
    on="vehicle",
    at="vin",
    why="a used vehicle is known by its VIN, or by a product number where it has none",
    mend="give the VIN in VEH02",
    source="15 CFR 30.6(b)(9)(i)",
)
def vin_missing(x: Exports, world: World) -> Mask:
    return (x.vehicle["vin"] == "") & (x.vehicle["product_id"] == "")


@rule(
    "T52",
    on="vehicle",
    at="title_number",
    why="a used vehicle with a VIN is told with its title and the state of it",
    mend="give them in VEH09 and VEH10",
    source="15 CFR 30.6(b)(9)(iii)",
)
def title_missing(x: Exports, world: World) -> Mask:
    return (x.vehicle["vin"] != "") & ((x.vehicle["title_number"] == "") | (x.vehicle["title_state"] == ""))
