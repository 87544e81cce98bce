"""What the pictures of a filing show: value and duty by origin, by tariff chapter and by day."""

from __future__ import annotations

import pandas as pd

TOP = 9  # bars of a picture, the last one of which may stand for all others
OTHERS = "others"
CHAPTER = 2  # digits of a tariff number that name its chapter


def by_origin(line: pd.DataFrame) -> pd.DataFrame:
    """``label value_cents duty_cents`` per country of origin, the largest value first, at most :data:`TOP` rows."""
    return _largest(line, line["origin"].replace("", "not stated"))


def by_chapter(line: pd.DataFrame) -> pd.DataFrame:
    """The same per tariff chapter. An extra duty of chapter 99 counts with its own chapter, where it is claimed."""
    return _largest(line, line["hts_number"].str.slice(0, CHAPTER))


def by_day(entry: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp) -> pd.DataFrame:
    """``label value_cents duty_cents`` for every day of the month by estimated entry date; days outside it and entries
    without a date count on the nearest day and on the last one."""
    day = entry["entry_date"].fillna(last)
    day = day.where(day >= first, first).where(day <= last, last)
    sums = entry.groupby(day)[["value_cents", "duty_cents"]].sum()
    days = pd.date_range(first, last, unit="s")
    table = sums.reindex(days, fill_value=0).astype("int64").reset_index(drop=True)
    table.insert(0, "label", pd.Series(days).dt.day.astype("str"))
    return table


def _largest(line: pd.DataFrame, label: pd.Series) -> pd.DataFrame:
    sums = line.groupby(label.rename("label"))[["value_cents", "duty_cents"]].sum().reset_index()
    ranked = sums.sort_values(["value_cents", "duty_cents", "label"], ascending=[False, False, True], ignore_index=True)
    if len(ranked) <= TOP:
        return ranked
    rest = ranked.iloc[TOP - 1 :][["value_cents", "duty_cents"]].sum()
    others = pd.DataFrame([{"label": OTHERS} | rest.to_dict()])
    return pd.concat([ranked.iloc[: TOP - 1], others], ignore_index=True)
