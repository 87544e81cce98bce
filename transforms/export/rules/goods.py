"""Commodity lines: number, value, weight, description, what kind of export they are."""

from __future__ import annotations

import numpy as np
import pandas as pd

from transforms.export import commodity, lists
from transforms.export.facts import Exports
from transforms.export.registry import Mask, World, rule

#: A commodity of this value or less per number and shipment needs no filing (15 CFR 30.37(a)).
THRESHOLD_CENTS = 250_000


def _household(x: Exports) -> pd.Series:
    return x.commodity["information_code"] == lists.HOUSEHOLD


@rule(
    "T38",
    on="commodity",
    at="number",
    why="a commodity is known by the ten digits of its Schedule B or HTS number, without points",
    mend="give all ten digits",
    source="15 CFR 30.6(a)(12)",
)
def number_format(x: Exports, world: World) -> Mask:
    return commodity.kept(x) & ~_household(x) & ~x.commodity["number"].str.fullmatch(r"\d{10}")


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
        schedule_b = commodity.in_force(x, world, world.ref["schedule_b"], "number")
    else:
        schedule_b = number.str.slice(0, 6).isin(set(world.ref["tariff"]["hts_number"].str.slice(0, 6))).to_numpy()
    unknown = np.where(commodity.hts(x), ~commodity.tariff(x, world)["known"], ~schedule_b)
    return commodity.kept(x) & ~_household(x) & number.str.fullmatch(r"\d{10}") & unknown


@rule(
    "T39",
    on="commodity",
    at="number",
    why="chapters 98 and 99 of the HTS are about imports",
    mend="use the number of the goods themselves, or Schedule B",
    source="15 CFR 30.6(a)(12)",
)
def import_number(x: Exports, world: World) -> Mask:
    return commodity.kept(x) & commodity.hts(x) & x.commodity["number"].str.slice(0, 2).isin(["98", "99"])


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
    return commodity.kept(x) & none


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
    return commodity.kept(x) & carried & none


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
    return commodity.kept(x) & (x.commodity["description"] == "")


@rule(
    "T46",
    on="commodity",
    at="information_code",
    why="an export information code says what kind of export a line is (OS: all others, OI: investment ...)",
    mend="give the two letters in L1313",
    source="15 CFR 30.6(a)(18)",
)
def information_code(x: Exports, world: World) -> Mask:
    return commodity.kept(x) & ~x.commodity["information_code"].isin(lists.INFORMATION)


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
