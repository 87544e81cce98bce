"""What the pictures of a filing show: value and duty by origin, by tariff number and by week."""

from __future__ import annotations

import pandas as pd

TOP = 10  # bars of a picture, the last one of which may stand for all others
OTHERS = "all others"


def by_origin(line: pd.DataFrame) -> pd.DataFrame:
    """``label value_cents duty_cents`` per country of origin, the largest value first, at most :data:`TOP` rows."""
    return _largest(line, line["origin"].replace("", "not stated"))


def by_number(line: pd.DataFrame) -> pd.DataFrame:
    """The same per tariff number. An extra duty of chapter 99 counts with its own number, where it is claimed."""
    return _largest(line, dotted(line["hts_number"]))


def by_week(entry: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp) -> pd.DataFrame:
    """``label value_cents duty_cents`` for every week of the month (Monday to Sunday, cut at its ends) by estimated
    entry date; days outside the month and entries without a date count on the nearest day and on the last one."""
    day = entry["entry_date"].fillna(last)
    day = day.where(day >= first, first).where(day <= last, last)
    days = pd.Series(pd.date_range(first, last, unit="s"))
    begins = _monday(days)
    sums = entry.groupby(_monday(day))[["value_cents", "duty_cents"]].sum()
    edges = days.groupby(begins).agg(["min", "max"])
    table = sums.reindex(edges.index, fill_value=0).astype("int64").reset_index(drop=True)
    start, end = (edges[name].reset_index(drop=True) for name in ("min", "max"))
    span = start.dt.strftime("%b ") + start.dt.day.astype("str") + "–" + end.dt.day.astype("str")
    table.insert(0, "label", span.astype("str"))
    return table


def dotted(number: pd.Series) -> pd.Series:
    """Tariff numbers as they are printed: ``8712.00.5000``."""
    return number.str.slice(0, 4) + "." + number.str.slice(4, 6) + "." + number.str.slice(6)


def _monday(day: pd.Series) -> pd.Series:
    return (day - pd.to_timedelta(day.dt.day_of_week, unit="D")).dt.normalize()


def _largest(line: pd.DataFrame, label: pd.Series) -> pd.DataFrame:
    sums = line.groupby(label.rename("label"))[["value_cents", "duty_cents"]].sum().reset_index()
    ranked = sums.sort_values(["value_cents", "duty_cents", "label"], ascending=[False, False, True], ignore_index=True)
    if len(ranked) <= TOP:
        return ranked
    rest = ranked.iloc[TOP - 1 :][["value_cents", "duty_cents"]].sum()
    others = pd.DataFrame([{"label": OTHERS} | rest.to_dict()])
    return pd.concat([ranked.iloc[: TOP - 1], others], ignore_index=True)
