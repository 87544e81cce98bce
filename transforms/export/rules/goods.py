"""Commodity lines: number, units, quantities, value, weight, origin, description, vehicles."""

from __future__ import annotations

import numpy as np
import pandas as pd

from transforms.export import lists
from transforms.export.facts import Exports
from transforms.export.registry import Mask, World, rule

#: A commodity of this value or less per number and shipment needs no filing (15 CFR 30.37(a)).
THRESHOLD_CENTS = 250_000


def _kept(x: Exports) -> np.ndarray:
    """Lines that say something: not those that a change deletes."""
    return (x.commodity["action"] != "delete").to_numpy()


def _household(x: Exports) -> pd.Series:
    return x.commodity["information_code"] == lists.HOUSEHOLD


def _hts(x: Exports) -> pd.Series:
    return lists.meant(x.commodity["qualifier"], "commodity") == "hts"


def _tariff(x: Exports, world: World) -> pd.DataFrame:
    """The tariff's row of each line on its date of export, or today where that is blank: ``known`` and its units; blank
    where the number is not of the tariff."""
    if "tariff" not in world.worked:
        world.worked["tariff"] = _looked_up(x, world)
    return world.worked["tariff"]


def _looked_up(x: Exports, world: World) -> pd.DataFrame:
    found = _rows(x, world, world.ref["tariff"].rename(columns={"hts_number": "listed"}))
    units = found[["unit_1", "unit_2"]].fillna("").astype("str").reset_index(drop=True)
    return units.assign(known=found["listed"].notna().to_numpy())


def _in_force(x: Exports, world: World, table: pd.DataFrame, number: str) -> np.ndarray:
    """Whether each line's number is in a dated table on its date of export."""
    return _rows(x, world, table.rename(columns={number: "listed"}))["listed"].notna().to_numpy()


def _rows(x: Exports, world: World, table: pd.DataFrame) -> pd.DataFrame:
    """The row of a dated table (``listed`` is its number) for each line, NA where there is none in force."""
    day = x.shipment["export_date"].fillna(pd.Timestamp(world.today))
    lines = pd.DataFrame(
        {"number": x.commodity["number"], "day": day.to_numpy()[x.commodity["shipment"].to_numpy()]}
    ).reset_index()
    columns = table[["listed", "valid_from", "valid_to", "unit_1", "unit_2"]]
    found = lines.merge(columns, left_on="number", right_on="listed")
    begun = found["valid_from"].isna() | (found["valid_from"] <= found["day"])
    ended = found["valid_to"].notna() & (found["valid_to"] < found["day"])
    found = found[begun & ~ended].drop_duplicates("index", keep="last").set_index("index")
    return found.reindex(lines.index)


@rule(
    "T38",
    on="commodity",
    at="number",
    why="a commodity is known by the ten digits of its Schedule B or HTS number, without points",
    mend="give all ten digits",
    source="15 CFR 30.6(a)(12)",
)
def number_format(x: Exports, world: World) -> Mask:
    return _kept(x) & ~_household(x) & ~x.commodity["number"].str.fullmatch(r"\d{10}")


@rule(
    "623",
    on="commodity",
    at="number",
    why="the number is in force on the day of export: an HTS number as it stands, a Schedule B number as it stands"
    " where that schedule is loaded, else by the six digits that both have in common",
    mend="look the number up, or send EIC HH for household goods",
    source="15 CFR 30.6(a)(12)",
    needs=("tariff",),
)
def number_unknown(x: Exports, world: World) -> Mask:
    number = x.commodity["number"]
    if world.has("schedule_b"):
        schedule_b = _in_force(x, world, world.ref["schedule_b"], "number")
    else:
        schedule_b = number.str.slice(0, 6).isin(set(world.ref["tariff"]["hts_number"].str.slice(0, 6))).to_numpy()
    unknown = np.where(_hts(x), ~_tariff(x, world)["known"], ~schedule_b)
    return _kept(x) & ~_household(x) & number.str.fullmatch(r"\d{10}") & unknown


@rule(
    "T39",
    on="commodity",
    at="number",
    why="chapters 98 and 99 of the HTS are about imports",
    mend="use the number of the goods themselves, or Schedule B",
    source="15 CFR 30.6(a)(12)",
)
def import_number(x: Exports, world: World) -> Mask:
    return _kept(x) & _hts(x) & x.commodity["number"].str.slice(0, 2).isin(["98", "99"])


def _unit(units: pd.Series) -> pd.Series:
    """Units of the wire as the tariff calls them; what it does not know stays as it is."""
    return units.map(lists.units()).fillna(units).astype("str")


def _other_unit(x: Exports, world: World, n: int) -> Mask:
    """Lines whose n-th unit is another than the tariff's, where the wire has a code for the tariff's."""
    tariff, sent = _tariff(x, world), x.commodity[f"unit_{n}"]
    wanted = tariff[f"unit_{n}"]
    sayable = wanted.isin(lists.units().values())
    return _kept(x) & _hts(x) & tariff["known"] & sayable & (sent != "") & (_unit(sent) != wanted) & (sent != wanted)


@rule(
    "628",
    on="commodity",
    at="unit_1",
    why="the first quantity is told in the tariff's first unit",
    mend="convert the quantity, or correct the unit",
    source="15 CFR 30.6(a)(14)",
    needs=("tariff",),
)
def other_first_unit(x: Exports, world: World) -> Mask:
    return _other_unit(x, world, 1)


@rule(
    "T40",
    on="commodity",
    at="unit_2",
    why="the second quantity is told in the tariff's second unit",
    mend="convert the quantity, or correct the unit",
    source="15 CFR 30.6(b)(7)",
    needs=("tariff",),
)
def other_second_unit(x: Exports, world: World) -> Mask:
    return _other_unit(x, world, 2)


@rule(
    "626",
    on="commodity",
    at="unit_1",
    why="the tariff asks for a quantity of this number, in its unit",
    mend="give the unit in L1303",
    source="15 CFR 30.6(a)(14)",
    needs=("tariff",),
)
def first_unit_missing(x: Exports, world: World) -> Mask:
    wanted = _tariff(x, world)["unit_1"]
    return _kept(x) & _hts(x) & ~wanted.isin(["", "X"]) & (x.commodity["unit_1"] == "")


@rule(
    "641",
    on="commodity",
    at="quantity_1",
    why="the tariff asks for a quantity of this number",
    mend="give the quantity in L1304",
    source="15 CFR 30.6(a)(15)",
    needs=("tariff",),
)
def first_quantity(x: Exports, world: World) -> Mask:
    wanted = _tariff(x, world)["unit_1"]
    return _kept(x) & _hts(x) & ~wanted.isin(["", "X"]) & (x.commodity["quantity_1"].fillna(1) <= 0)


@rule(
    "643",
    on="commodity",
    at="quantity_2",
    why="the tariff asks for a second quantity of this number",
    mend="give unit and quantity in L1308 and L1309",
    source="15 CFR 30.6(b)(8)",
    needs=("tariff",),
)
def second_quantity(x: Exports, world: World) -> Mask:
    wanted = _tariff(x, world)["unit_2"]
    missing = (x.commodity["quantity_2_text"] == "") | (x.commodity["quantity_2"].fillna(1) <= 0)
    return _kept(x) & _hts(x) & ~wanted.isin(["", "X"]) & missing


@rule(
    "T53",
    on="commodity",
    at="quantity_1",
    why="a quantity is a number of at most ten digits and three decimals",
    mend="correct the quantity",
    source="15 CFR 30.6(a)(15)",
)
def first_quantity_unreadable(x: Exports, world: World) -> Mask:
    return x.commodity["quantity_1"].isna() & (x.commodity["quantity_1_text"] != "")


@rule(
    "T53",
    on="commodity",
    at="quantity_2",
    why="a quantity is a number of at most ten digits and three decimals",
    mend="correct the quantity",
    source="15 CFR 30.6(b)(8)",
)
def second_quantity_unreadable(x: Exports, world: World) -> Mask:
    return x.commodity["quantity_2"].isna() & (x.commodity["quantity_2_text"] != "")


@rule(
    "T53",
    on="commodity",
    at="weight",
    why="a weight is a number of at most ten digits and three decimals",
    mend="correct the weight",
    source="15 CFR 30.6(a)(16)",
)
def weight_unreadable(x: Exports, world: World) -> Mask:
    return x.commodity["weight"].isna() & (x.commodity["weight_text"] != "")


@rule(
    "505",
    on="commodity",
    at="value_cents",
    why="the value is a number of dollars, of at most ten digits and two decimals",
    mend="correct the value",
    source="15 CFR 30.6(a)(17)",
)
def value_unreadable(x: Exports, world: World) -> Mask:
    return x.commodity["value_cents"].isna() & (x.commodity["value_cents_text"] != "")


@rule(
    "T35",
    on="commodity",
    at="value_cents",
    why="goods have a value: the selling price, or the cost, at the port of export",
    mend="give the value in L1306",
    source="15 CFR 30.6(a)(17)",
)
def value_missing(x: Exports, world: World) -> Mask:
    none = (x.commodity["value_cents_text"] == "") | (x.commodity["value_cents"].fillna(1) <= 0)
    return _kept(x) & none


@rule(
    "T36",
    on="commodity",
    at="value_cents",
    why="a value is told in whole dollars",
    mend="round to the dollar; the value is kept as it was sent",
    source="15 CFR 30.6(a)(17)",
)
def value_with_cents(x: Exports, world: World) -> Mask:
    return x.commodity["value_cents"].fillna(0) % 100 != 0


@rule(
    "T37",
    on="commodity",
    at="value_cents",
    why="goods of one number of $2,500 or less in a shipment need no filing, unless they need a license, are vehicles"
    " or go where none is exempt",
    mend="nothing; they may be filed all the same",
    source="15 CFR 30.37(a), 30.16, 758.1(b)",
)
def low_value(x: Exports, world: World) -> Mask:
    known = lists.licenses()
    free = x.license["code"].isin(known.index[known["number"] == "N"]) & (x.license["code"] == "C33")
    unlicensed = x.of_line("license", free) & ~x.of_line("license", ~free)
    vehicle = x.of_line("vehicle", np.ones(len(x.vehicle), bool))
    exempt = ~np.isin(x.of_shipment("commodity", "destination").astype(str), lists.NO_LOW_VALUE)
    value = x.commodity["value_cents"].fillna(0)
    together = value.groupby([x.commodity["shipment"], x.commodity["number"]]).transform("sum")
    whole = np.isin(x.of_shipment("commodity", "action").astype(str), ["add", "replace"])
    return whole & unlicensed & ~vehicle & exempt & (together > 0) & (together <= THRESHOLD_CENTS)


@rule(
    "538",
    on="commodity",
    at="weight",
    why="goods by vessel, rail, truck or air are told with their gross shipping weight",
    mend="give kilograms in L1311, K in L1310",
    source="15 CFR 30.6(a)(16)",
)
def weight_missing(x: Exports, world: World) -> Mask:
    carried = np.isin(x.of_shipment("commodity", "mode").astype(str), lists.CARRIED)
    none = (x.commodity["weight_text"] == "") | (x.commodity["weight"].fillna(1) <= 0)
    return _kept(x) & carried & none


@rule(
    "T49",
    on="commodity",
    at="weight_unit",
    why="the shipping weight is told in kilograms",
    mend="convert it and send K in L1310",
    source="15 CFR 30.6(a)(16)",
)
def weight_unit(x: Exports, world: World) -> Mask:
    unit = x.commodity["weight_unit"]
    return (unit != "") & (lists.meant(unit, "weight") == "")


@rule(
    "T54",
    on="commodity",
    at="line",
    why="each line has a number, from 1",
    mend="number the lines in L1307",
    source="AESTIR II-1(a), line number",
)
def line_number(x: Exports, world: World) -> Mask:
    return x.commodity["line"].fillna(0) < 1


@rule(
    "T50",
    on="commodity",
    at="line",
    why="no two lines of a shipment have the same number",
    mend="number the lines in L1307",
    source="AESTIR II-1(a), line number",
)
def line_again(x: Exports, world: World) -> Mask:
    return x.commodity["line"].notna() & x.commodity.duplicated(["shipment", "line"])


@rule(
    "T51",
    on="commodity",
    at="description",
    why="goods are described so that they can be told from others",
    mend="describe them in L1312",
    source="15 CFR 30.6(a)(13)",
)
def description_missing(x: Exports, world: World) -> Mask:
    return _kept(x) & (x.commodity["description"] == "")


@rule(
    "T46",
    on="commodity",
    at="information_code",
    why="an export information code says what kind of export a line is (OS: all others, OI: investment ...)",
    mend="give the two letters in L1313",
    source="15 CFR 30.6(a)(18)",
)
def information_code(x: Exports, world: World) -> Mask:
    return _kept(x) & ~x.commodity["information_code"].isin(lists.INFORMATION)


@rule(
    "T57",
    on="commodity",
    at="line_action_code",
    why="in a change each line says what is to be done: 1 adds, 2 changes, 3 deletes it",
    mend="send one of these codes in L1314",
    source="AESTIR II-1(a), line item filing action request indicator",
    actions=("change",),
)
def line_action(x: Exports, world: World) -> Mask:
    return x.commodity["action"] == ""


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
    return _kept(x) & (x.commodity["information_code"] == lists.USED_VEHICLE) & ~told


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
