"""The date of export, the filing option, and whether the filing came in time."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd

from transforms.export import lists
from transforms.export.facts import Exports
from transforms.export.registry import WHOLE, Mask, World, rule

#: Days after export within which a filing under option 4 is in time (15 CFR 30.4(c)).
POSTDEPARTURE_DAYS = 5
#: How far ahead and back a date of export may lie before it is taken for a mistake.
AHEAD, BACK = 120, 5 * 366


@rule(
    "T20",
    on="shipment",
    at="export_date",
    why="a filing says on which day the goods leave",
    mend="give the day in a DTM segment, as CCYYMMDD",
    source="15 CFR 30.6(a)(2)",
    actions=WHOLE,
)
def date_missing(x: Exports, world: World) -> Mask:
    return x.shipment["export_date_text"] == ""


@rule(
    "T21",
    on="shipment",
    at="export_date",
    why="the date of export is a day of the calendar, as CCYYMMDD",
    mend="correct the date",
    source="15 CFR 30.6(a)(2)",
)
def date_unreadable(x: Exports, world: World) -> Mask:
    return (x.shipment["export_date_text"] != "") & x.shipment["export_date"].isna()


@rule(
    "T22",
    on="shipment",
    at="export_date",
    why="goods are told at most 120 days before they leave, and five years after",
    mend="correct the date",
    source="of this system: an older or later date is taken for a mistake",
)
def date_implausible(x: Exports, world: World) -> Mask:
    day = x.shipment["export_date"]
    first, last = (pd.Timestamp(world.today + timedelta(days=n)) for n in (-BACK, AHEAD))
    return (day < first) | (day > last)


@rule(
    "T23",
    on="shipment",
    at="filing_option",
    why="filing option 2 is before, 4 after departure",
    mend="send 2 or 4 in BA109, or leave it blank for 2",
    source="15 CFR 30.6(a)(27)",
)
def option_unknown(x: Exports, world: World) -> Mask:
    return x.shipment["option"] == ""


def days_late(x: Exports, world: World) -> np.ndarray:
    """Days by which each shipment is filed too late (0: in time): before departure, under option 4 within five days of
    it (15 CFR 30.4(b) and (c))."""
    days = (pd.Timestamp(world.today) - x.shipment["export_date"]).dt.days.fillna(0).astype("int64").to_numpy()
    grace = np.where(x.shipment["option"].to_numpy() == "postdeparture", POSTDEPARTURE_DAYS, 0)
    return np.maximum(days - grace, 0)


@rule(
    "700",
    on="shipment",
    at="export_date",
    why="under option 2 a shipment is filed before the goods leave",
    mend="file before departure; what is late is noted",
    source="15 CFR 30.4(b)",
    actions=("add",),
)
def late_predeparture(x: Exports, world: World) -> Mask:
    return (x.shipment["option"] == "predeparture") & (days_late(x, world) > 0)


@rule(
    "T24",
    on="shipment",
    at="export_date",
    why="under option 4 a shipment is filed within five days after the goods left",
    mend="file in time; what is late is noted",
    source="15 CFR 30.4(c)",
    actions=("add",),
)
def late_postdeparture(x: Exports, world: World) -> Mask:
    return (x.shipment["option"] == "postdeparture") & (days_late(x, world) > 0)


@rule(
    "T25",
    on="shipment",
    at="filing_option",
    why="goods under a license, used vehicles and rough diamonds are filed before they leave",
    mend="file under option 2",
    source="15 CFR 30.4(a)",
)
def option_not_allowed(x: Exports, world: World) -> Mask:
    known = lists.licenses()
    licensed = x.any_of("license", x.license["code"].isin(known.index[known["number"] == "Y"]))
    diamonds = x.any_of("commodity", x.commodity["number"].str.slice(0, 6).isin(lists.KIMBERLEY))
    vehicles = x.any_of("vehicle", [True] * len(x.vehicle))
    return (x.shipment["option"] == "postdeparture") & (licensed | diamonds | vehicles)
