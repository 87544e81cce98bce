"""Tariff numbers: on file, in force, in their units, in their order (AE chapter, July 2026, ESF-89; usage note j).

The date that chooses the tariff's state is the duty rate date of usage note j (``EntrySummaries.line_rate_date``).
A number that the loaded tariff does not know is reported by 642 and judged no further.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from transforms.conditions.columns import Same, count, filled, has, per_shard, spread
from transforms.conditions.line import first_hts
from transforms.conditions.registry import condition

#: What the reference tariff says of a number (its table's column names).
REFERENCE = (
    *("unit_1", "unit_2", "unit_3", "general_kind", "ad_valorem", "specific_rate", "specific_unit"),
    *("spi", "fee_classes", "ad_flag", "cvd_flag"),
)
NO_UNIT = "X"  # the unit of a number for which nothing is counted


@per_shard
def commodity(es) -> pd.Series:
    """50 records of chapters 1 to 97: the article itself, not a provision or an adjustment on top of it."""
    return filled(es.tariff.hts_number) & ~es.tariff.hts_number.str.startswith(("98", "99"))


@per_shard
def rate_dates(es, today) -> pd.Series:
    """The duty rate date of each 50 record."""
    return spread(es, "tariff", es.line_rate_date(today), "line")


def reference(es, world) -> pd.DataFrame:
    """Beside each 50 record: ``on_file`` (at any date), ``in_force`` and :data:`REFERENCE` (NA when not on file)."""
    return _reference(es, Same(world.ref["tariff"]), world.today)


@per_shard
def _reference(es, table: Same, today) -> pd.DataFrame:
    tariff = table.of
    # A day cites few numbers on few dates: each pair is looked up once.
    number, numbers = pd.factorize(es.tariff.hts_number)
    day, days = pd.factorize(rate_dates(es, today), use_na_sentinel=False)
    cited, of_row = np.unique(number * max(1, len(days)) + day, return_inverse=True)
    asked = pd.DataFrame(
        {
            "hts_number": numbers.take(cited // max(1, len(days))),
            "on_date": days.take(cited % max(1, len(days))),
            "place": np.arange(len(cited)),
        }
    )
    pairs = asked.merge(tariff, on="hts_number")
    current = (pairs.valid_from <= pairs.on_date) & (pairs.valid_to.isna() | (pairs.on_date <= pairs.valid_to))
    # A number that is not in force (434) is judged further by what was last said of it.
    best = pairs.assign(current=current).sort_values(["place", "current", "valid_from"], kind="stable")
    found = best.drop_duplicates("place", keep="last").set_index("place").reindex(asked.place)
    out = found[[c for c in REFERENCE if c in found]].reset_index(drop=True)
    out["in_force"] = asked.place.isin(pairs.place[current])
    out["on_file"] = asked.place.isin(pairs.place)
    return out.take(of_row).reset_index(drop=True)


@condition(
    "642",
    "F",
    on="tariff",
    at=("50", "hts_number"),
    why="a tariff number of the line is not on file (every number of such a line is refused)",
    mend="use a number of the tariff schedule of that date; the one not on file is the one to replace",
    needs=("tariff",),
)
def not_on_file(es, world):
    unknown = filled(es.tariff.hts_number) & ~reference(es, world).on_file
    return spread(es, "tariff", has(es, "tariff", unknown, by="line"), "line")


@condition(
    "434",
    "F",
    on="tariff",
    at=("50", "hts_number"),
    why="the tariff number is on file but not in force on the duty rate date (usage note j)",
    mend="use the number that is in force on that date",
    needs=("tariff",),
)
def not_in_force(es, world):
    ref = reference(es, world)
    return ref.on_file & ~ref.in_force


@condition(
    "436",
    "F",
    on="tariff",
    at=("50", "hts_number"),
    why="a line cites each tariff number once (chapter 98 may return for watches and clocks, but not at once)",
    mend="add values and quantities up in one 50 record",
)
def number_repeated(es, world):
    t = es.tariff
    before = t.hts_number.groupby(t.line).shift()
    provision = t.hts_number.str.startswith("98")
    return filled(t.hts_number) & np.where(provision, t.hts_number.eq(before), t.duplicated(["line", "hts_number"]))


@condition(
    "439",
    "F",
    on="tariff",
    at=("50", "quantity_1"),
    why="an article of chapters 1 to 97 is counted in some unit",
    mend="give the quantity and unit that the tariff schedule asks for",
)
def quantities_missing(es, world):
    t = es.tariff
    nothing = np.logical_and.reduce([~filled(t[f"unit_{n}"]) & ~t[f"quantity_{n}"].fillna(0).gt(0) for n in (1, 2, 3)])
    if world.has("tariff"):
        ref = reference(es, world)
        # Recorded live: a number without a reporting unit carries neither unit nor quantity, whatever its chapter.
        return nothing & np.where(ref.on_file, ref.unit_1.fillna("").ne("") & ref.unit_1.ne(NO_UNIT), False)
    return nothing & commodity(es)


def _pair(es, n: int) -> tuple[pd.Series, pd.Series]:
    return es.tariff[f"quantity_{n}"].fillna(0), es.tariff[f"unit_{n}"]


def _units_of_pair(n: int) -> None:
    unit_at = ("50", f"unit_of_measure_code_{n}")

    @condition(
        "441",
        "F",
        on="tariff",
        at=unit_at,
        why="a quantity has its unit",
        mend="give the unit that the tariff schedule asks for, or leave the quantity out",
    )
    def quantity_without_unit(es, world):
        quantity, unit = _pair(es, n)
        return quantity.gt(0) & ~filled(unit)

    @condition(
        "441",
        "F",
        on="tariff",
        at=unit_at,
        why="without a quantity only the prescribed unit (or X, where a unit is prescribed) may stand",
        mend="give the quantity; for a number without a reporting unit leave unit and quantity blank",
        needs=("tariff",),
    )
    def unit_without_quantity(es, world):
        quantity, unit = _pair(es, n)
        ref = reference(es, world)
        prescribed = ref[f"unit_{n}"].fillna("")
        allowed = unit.eq(prescribed) | (unit.eq(NO_UNIT) & filled(prescribed))
        # Recorded live: on a number without a reporting unit X is a mismatch (441), a real unit is wrong (442).
        return ref.on_file & quantity.eq(0) & filled(unit) & ~allowed & ~(prescribed.eq("") & unit.ne(NO_UNIT))

    @condition(
        "442",
        "F",
        on="tariff",
        at=unit_at,
        why="a quantity is counted in the unit of the tariff schedule; a number without a reporting unit has none",
        mend="convert the quantity to the prescribed unit, or leave unit and quantity blank where none is prescribed",
        needs=("tariff",),
    )
    def other_unit(es, world):
        quantity, unit = _pair(es, n)
        ref = reference(es, world)
        prescribed = ref[f"unit_{n}"].fillna("")
        counted = quantity.gt(0) & unit.ne(prescribed)
        uncountable = prescribed.eq("") & unit.ne(NO_UNIT)
        return ref.on_file & filled(unit) & (counted | uncountable) & ~(prescribed.eq(NO_UNIT) & unit.eq(NO_UNIT))

    if n == 1:
        return

    @condition(
        "443" if n == 2 else "444",
        "F",
        on="tariff",
        at=("50", f"quantity_{n}"),
        why=f"the tariff schedule asks for a {'second' if n == 2 else 'third'} quantity (a zero is reported too)",
        mend="give quantity and unit in the next columns of the 50 record",
        needs=("tariff",),
    )
    def pair_missing(es, world):
        quantity, unit = _pair(es, n)
        ref = reference(es, world)
        prescribed = ref[f"unit_{n}"].fillna("")
        return ref.on_file & ~prescribed.isin(("", NO_UNIT)) & quantity.eq(0) & ~filled(unit)


for _n in (1, 2, 3):
    _units_of_pair(_n)


@condition(
    "852",
    "F",
    on="tariff",
    at=("50", "hts_number"),
    why="the numbers of a line stand in the order: chapter 98, chapter 99, the commodity",
    mend="sort the 50 records of the line",
)
def out_of_sequence(es, world):
    t = es.tariff
    rank = pd.Series(np.select([t.hts_number.str.startswith("98"), t.hts_number.str.startswith("99")], [0, 1], 2))
    several_provisions = count(es, "tariff", rank.eq(0), by="line") > 1  # watches and clocks: order is not judged then
    before = rank.groupby(t.line).cummax().groupby(t.line).shift()
    return filled(t.hts_number) & (rank < before) & ~spread(es, "tariff", several_provisions, "line")


@condition(
    "676",
    "F",
    on="line",
    at=("40", "line_item_identifier"),
    why="goods imported temporarily under bond are classified under heading 9813 first",
    mend="begin the line with its 9813.00 number",
)
def not_temporary(es, world):
    return (
        es.of_header("line", "entry_type").eq("23")
        & has(es, "tariff", by="line")
        & ~first_hts(es).str.startswith("9813")
    )


@condition(
    "677",
    "F",
    on="line",
    at=("40", "line_item_identifier"),
    why="a military entry (type 51) is classified as emergency war material first",
    mend="begin the line with 9808.00.30.00",
)
def not_war_material(es, world):
    return (
        es.of_header("line", "entry_type").eq("51")
        & has(es, "tariff", by="line")
        & ~first_hts(es).str.startswith("98080030")
    )


@condition(
    "604",
    "F",
    on="tariff",
    at=("50", "hts_number"),
    why="heading 9813 is for temporary importations (type 23), 9818 for vessel repairs, which are not filed here",
    mend="file the goods under the type their provision belongs to",
)
def provision_of_other_type(es, world):
    number = es.tariff.hts_number
    return number.str.startswith("9818") | (
        number.str.startswith("9813") & es.of_header("tariff", "entry_type").ne("23")
    )
