"""What an entry summary shows. Each function gives reasons (``reasons.COLUMNS``) by the row of ``entry``.

``entry``: ``entry_summary_id account_id filer_code entry_number importer_number port accepted_on`` (a date)
``value_cents duty_cents adcvd_value_cents single_bond_cents`` (Int64; blank: no single transaction bond).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from transforms.risk import reasons, statistics
from transforms.risk.reasons import dollars, per_cent, times
from transforms.risk.settings import Targeting

#: Points: nothing before on file; nothing in the 24, in the 12 months before.
NEVER, LONG, PAUSE = 45, 40, 30
YEAR = np.timedelta64(365, "D")


def tenure(entry: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """How new the importer was at each entry: ``nth`` (which entry it is since the importer began, or began again) and
    ``gap`` (days since the last one before that; NaN: there is none on file). ``new`` where that is over a year, or
    nothing.

    ``before``: by ``importer_number`` of what was accepted before the candidates, ``began`` (first day in the last 12
    months), ``since`` (how many since then) and ``ended`` (last day before the last 12 months), NaT for none.
    """
    known = before.set_index("importer_number").reindex(entry["importer_number"])
    order = entry.sort_values(["accepted_on", "entry_summary_id"], kind="stable")
    rank = (order.groupby("importer_number").cumcount() + 1).reindex(entry.index).to_numpy()
    first = entry.groupby("importer_number")["accepted_on"].transform("min").to_numpy("datetime64[s]")
    began = known["began"].to_numpy("datetime64[s]")
    began = np.where(np.isnat(began), first, began)
    gap = (began - known["ended"].to_numpy("datetime64[s]")) / np.timedelta64(86400, "s")
    new = np.isnan(gap) | (gap > 365)
    return pd.DataFrame({"nth": rank + known["since"].fillna(0).to_numpy("int64"), "gap": gap, "new": new}, entry.index)


def first_time(
    entry: pd.DataFrame, seen: pd.DataFrame, clean: pd.Series, records_from: str, how: Targeting
) -> pd.DataFrame:
    """An importer's first entries, or its first after a year's pause. ``seen``: as :func:`tenure` gives;
    ``clean``: by ``account_id``, looks in a row that found nothing; each takes an equal part of the points away.
    ``records_from``: the day the records begin, in words, where they do not reach back 24 months; else blank."""
    done = entry["account_id"].map(clean).fillna(0).to_numpy("int64")
    left = np.clip(1 - done / how.clean_results, 0, 1)
    base = np.select([np.isnan(seen["gap"]), seen["gap"] > 730], [NEVER, LONG], PAUSE)
    fires = (seen["new"] & (seen["nth"] <= how.first_entries)).to_numpy() & (left > 0)
    at = np.flatnonzero(fires)
    words, change = [], []
    for row, (gap, nth) in zip(at, reasons.rows(seen.iloc[at], "gap", "nth"), strict=True):
        if np.isnan(gap):
            since = f"in the records, which begin {records_from}" if records_from else "in the 24 months before"
            said = f"First-time importer: nothing was filed under its number {since}"
        else:
            said = f"Importer again after {gap / 30.44:.0f} months without an entry summary"
        clean_said = f", {done[row]} of {how.clean_results} clean results so far" if done[row] else ""
        words.append(f"{said}; this is entry {nth} of its first {how.first_entries}{clean_said}.")
        change.append(
            f"A clean result takes {base[row] / how.clean_results:.0f} points away; after {how.clean_results} in a row,"
            f" or {how.first_entries} entries, this ends."
        )
    return reasons.table("first", at, base[at] * left[at], words, change)


def novelty(entry: pd.DataFrame, line: pd.DataFrame, known: pd.DataFrame, seen: pd.DataFrame) -> pd.DataFrame:
    """Goods (six digits of the tariff number) this importer has not filed before, by the share of the entry's value.
    A new importer's goods are all new: that is said once, by :func:`first_time`. ``known``: ``account_id hts6``."""
    hts6 = line["hts_number"].str[:6]
    owner = entry["account_id"].reindex(line["of"]).to_numpy()
    asked = pd.MultiIndex.from_arrays([owner, hts6])
    new = ~asked.isin(pd.MultiIndex.from_frame(known[["account_id", "hts6"]]))
    new &= ~seen["new"].to_numpy()[line["of"].to_numpy()] & ~hts6.str.startswith("99").to_numpy() & (owner >= 0)
    value = line["value_cents"].fillna(0).to_numpy("int64")
    some = pd.DataFrame({"of": line["of"], "hts6": hts6, "value": value})[new]
    by = some.groupby("of").agg(value=("value", "sum"), first=("hts6", "first"), n=("hts6", "nunique"))
    share = by["value"].to_numpy() / np.maximum(entry["value_cents"].to_numpy("int64")[by.index], 1)
    keep = share >= 0.1
    words = [
        f"Goods this importer has not filed before: {_six(first)}{f' and {n - 1} more' if n > 1 else ''},"
        f" {per_cent(part)} of the value."
        for first, n, part in zip(by["first"][keep], by["n"][keep], share[keep], strict=True)
    ]
    points = 4 + 8 * np.minimum(share[keep], 1)
    return reasons.table("novelty", by.index[keep], points, words, "Once filed and accepted, the number is known.")


def unit_value(entry: pd.DataFrame, line: pd.DataFrame, peer: pd.DataFrame, how: Targeting) -> pd.DataFrame:
    """A value per unit far from what others file for the same ten digits, origin and unit: the line of each entry that
    lies farthest. ``peer``: lines of other entries, ``hts_number origin unit_1 value_cents quantity_1`` (hundredths).
    """
    keys = ["hts_number", "origin", "unit_1"]
    mine, others = _priced(line), _priced(peer)
    if mine.empty or others.empty:
        return reasons.table("unit_value", [], [], [])
    usual = statistics.spread(others["log"], [others[key].to_numpy(object) for key in keys])
    usual.index.names = keys
    found = mine.join(usual, on=keys, how="inner")
    found = found[found["n"] >= how.unit_peers]
    z = statistics.robust_z(found["log"].to_numpy(), found["median"].to_numpy(), found["mad"].to_numpy(), 0.1)
    found = found.assign(z=z, far=np.abs(z))
    found = found[found["far"] >= how.unit_z].sort_values(["of", "far"], ascending=[True, False], kind="stable")
    found = found.drop_duplicates("of")
    words = [
        f"Line {line_}: ${np.exp(log):,.2f} for each {unit} of {_ten(number)} from {origin}, where the middle of {n}"
        f" other lines is ${np.exp(median):,.2f} ({'above' if z > 0 else 'below'} it by {abs(z):.1f} deviations)."
        for line_, log, unit, number, origin, n, median, z in reasons.rows(
            found, "line", "log", "unit_1", "hts_number", "origin", "n", "median", "z"
        )
    ]
    points = np.minimum(10 + 2 * (found["far"].to_numpy() - how.unit_z), 25)
    change = "A quantity or value that was mistyped: a corrected version is compared anew."
    return reasons.table("unit_value", found["of"], points, words, change)


def _priced(line: pd.DataFrame) -> pd.DataFrame:
    good = (line["value_cents"].fillna(0) > 0) & (line["quantity_1"].fillna(0) > 0) & line["unit_1"].ne("")
    out = line[good]
    ratio = out["value_cents"].to_numpy("float64") / out["quantity_1"].to_numpy("float64")
    return out.assign(log=np.log(ratio))  # cents by hundredths: dollars by unit


def refused_filer(entry: pd.DataFrame, filer: pd.DataFrame, how: Targeting) -> pd.DataFrame:
    """A filer whose filings are refused more often than others'. ``filer``: ``filer_code actions refused``."""
    rate = filer["refused"].sum() / max(filer["actions"].sum(), 1)
    likely = statistics.smoothed(filer["refused"].to_numpy(), filer["actions"].to_numpy(), how.prior, rate)
    worse = pd.Series(np.where(likely > 2 * max(rate, 0.01), likely, np.nan), filer["filer_code"])
    mine = entry["filer_code"].map(worse).to_numpy("float64")
    at = np.flatnonzero(~np.isnan(mine))
    words = [
        f"Of what filer {code} filed in 12 months about {per_cent(part)} was refused; the usual is {per_cent(rate)}."
        for code, part in zip(entry["filer_code"].iloc[at], mine[at], strict=True)
    ]
    points = np.minimum(4 + 20 * mine[at], 10)
    return reasons.table("filer_refused", at, points, words, "Fewer refused filings; the rate looks back 12 months.")


def adcvd(entry: pd.DataFrame) -> pd.DataFrame:
    """Goods under an antidumping or countervailing case, by their share of the value."""
    value = np.maximum(entry["value_cents"].to_numpy("int64"), 1)
    share = np.minimum(entry["adcvd_value_cents"].to_numpy("int64") / value, 1)
    at = np.flatnonzero(share > 0.05)
    words = [f"{per_cent(share[row])} of the value stands under antidumping or countervailing cases." for row in at]
    return reasons.table("adcvd", at, 4 + 8 * share[at], words)


def bond(entry: pd.DataFrame) -> pd.DataFrame:
    """A single transaction bond smaller than value and duties (19 CFR 113.13). A continuous bond's amount is not in
    what is filed, and is not judged."""
    needed = entry["value_cents"].to_numpy("int64") + entry["duty_cents"].to_numpy("int64")
    given = entry["single_bond_cents"]
    short = (given.notna() & (given < pd.Series(needed, entry.index))).to_numpy(bool)
    at = np.flatnonzero(short)
    words = [
        f"The single transaction bond covers {dollars(covers)}; value and duties are {dollars(need)},"
        f" {times(need / max(covers, 1))} that."
        for covers, need in zip(given.iloc[at].tolist(), needed[at].tolist(), strict=True)
    ]
    return reasons.table("bond", at, [10] * len(at), words, "A larger bond, in a corrected version.")


def _six(hts6: str) -> str:
    return f"{hts6[:4]}.{hts6[4:]}"


def _ten(number: str) -> str:
    return ".".join(filter(None, (number[:4], number[4:6], number[6:])))
