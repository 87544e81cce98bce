"""Units and quantities of commodity lines, beside those of the tariff."""

from __future__ import annotations

import pandas as pd

from transforms.export import commodity, lists
from transforms.export.facts import Exports
from transforms.export.registry import Mask, World, rule


def _unit(units: pd.Series) -> pd.Series:
    """Units of the wire as the tariff calls them; what it does not know stays as it is."""
    return units.map(lists.units()).fillna(units).astype("str")


def _other_unit(x: Exports, world: World, n: int) -> Mask:
    """Lines whose n-th unit is another than the tariff's, where the wire has a code for the tariff's."""
    tariff, sent = commodity.tariff(x, world), x.commodity[f"unit_{n}"]
    wanted = tariff[f"unit_{n}"]
    sayable = wanted.isin(lists.units().values())
    return (
        commodity.kept(x)
        & commodity.hts(x)
        & tariff["known"]
        & sayable
        & (sent != "")
        & (_unit(sent) != wanted)
        & (sent != wanted)
    )


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
    wanted = commodity.tariff(x, world)["unit_1"]
    return commodity.kept(x) & commodity.hts(x) & ~wanted.isin(["", "X"]) & (x.commodity["unit_1"] == "")


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
    wanted = commodity.tariff(x, world)["unit_1"]
    return commodity.kept(x) & commodity.hts(x) & ~wanted.isin(["", "X"]) & (x.commodity["quantity_1"].fillna(1) <= 0)


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
    wanted = commodity.tariff(x, world)["unit_2"]
    missing = (x.commodity["quantity_2_text"] == "") | (x.commodity["quantity_2"].fillna(1) <= 0)
    return commodity.kept(x) & commodity.hts(x) & ~wanted.isin(["", "X"]) & missing


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
