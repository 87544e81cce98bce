"""Commodity lines as several rules look at them: which say something, and what the tariff says of their numbers.

Whole columns: one value for each row of the table ``commodity``.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from transforms.export import lists
from transforms.export.facts import Exports
from transforms.export.registry import World


def kept(x: Exports) -> np.ndarray:
    """Lines that say something: not those that a change deletes."""
    return (x.commodity["action"] != "delete").to_numpy()


def hts(x: Exports) -> pd.Series:
    """Lines whose number is said to be of the HTS; the others are of Schedule B."""
    return lists.meant(x.commodity["qualifier"], "commodity") == "hts"


def tariff(x: Exports, world: World) -> pd.DataFrame:
    """The tariff's row of each line on its date of export, or today where that is blank: ``known`` and its units; blank
    where the number is not of the tariff."""
    if "tariff" not in world.worked:
        world.worked["tariff"] = _looked_up(x, world)
    return world.worked["tariff"]


def _looked_up(x: Exports, world: World) -> pd.DataFrame:
    found = _rows(x, world, world.ref["tariff"].rename(columns={"hts_number": "listed"}))
    units = found[["unit_1", "unit_2"]].fillna("").astype("str").reset_index(drop=True)
    return units.assign(known=found["listed"].notna().to_numpy())


def in_force(x: Exports, world: World, table: pd.DataFrame, number: str) -> np.ndarray:
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
