"""License codes and what belongs to them: numbers, control classification numbers, modes; and the origin of goods."""

from __future__ import annotations

import numpy as np
import pandas as pd

from transforms.export import lists
from transforms.export.facts import Exports
from transforms.export.registry import Mask, World, rule


def _column(x: Exports, name: str) -> pd.Series:
    """A column of the table of licenses for each X1; blank where the code is not in it."""
    return x.license["code"].map(lists.licenses()[name]).fillna("").astype("str")


@rule(
    "T41",
    on="commodity",
    at="number",
    why="each line has a license code or says by a code that none is required (C33)",
    mend="send an X1 segment with the code in X107",
    source="15 CFR 30.6(a)(23)",
)
def code_missing(x: Exports, world: World) -> Mask:
    told = x.of_line("license", x.license["code"] != "")
    return (x.commodity["action"] != "delete") & ~told


@rule(
    "T42",
    on="license",
    at="code",
    why="the license code is one of the published ones that we know",
    mend="look the code up; a code that is newer than our list is accepted",
    source="15 CFR 30.6(a)(23); AESTIR Appendix F",
)
def code_unknown(x: Exports, world: World) -> Mask:
    return (x.license["code"] != "") & ~x.license["code"].isin(lists.licenses().index)


@rule(
    "T43",
    on="license",
    at="number",
    why="a license that was issued has a number",
    mend="give it in X102",
    source="15 CFR 30.6(b)(5); AESTIR Appendix F",
)
def number_missing(x: Exports, world: World) -> Mask:
    return (_column(x, "number") == "Y") & x.license["number"].isin(["", "NLR"])


@rule(
    "T45",
    on="license",
    at="eccn",
    why="goods under this code are told with their export control classification number, or EAR99",
    mend="give it in X116",
    source="15 CFR 30.6(b)(6); AESTIR Appendix F",
)
def eccn_missing(x: Exports, world: World) -> Mask:
    return (_column(x, "eccn") == "Y") & (x.license["eccn"] == "")


@rule(
    "515",
    on="license",
    at="eccn",
    why="an export control classification number is a digit, a letter and three digits, or EAR99",
    mend="correct it",
    source="15 CFR 30.6(b)(6)",
)
def eccn_format(x: Exports, world: World) -> Mask:
    eccn = x.license["eccn"]
    return x.license["code"].str.startswith("C") & (eccn != "") & ~eccn.str.fullmatch(r"\d[A-Z]\d{3}|EAR99")


@rule(
    "511",
    on="license",
    at="code",
    why="this license code is not for this mode of transport",
    mend="correct the mode or the code",
    source="AESTIR Appendix F, allowed modes",
)
def mode_not_allowed(x: Exports, world: World) -> Mask:
    mode = x.of_shipment("license", "mode").astype(str)
    forbidden = (" " + _column(x, "not_modes") + " ").to_numpy(dtype=str)
    return np.char.find(forbidden, np.char.add(np.char.add(" ", mode), " ")) >= 0


@rule(
    "T47",
    on="license",
    at="origin",
    why="goods are of domestic (D) or of foreign (F) origin",
    mend="send D or F in X109",
    source="15 CFR 30.6(a)(11)",
)
def origin(x: Exports, world: World) -> Mask:
    return lists.meant(x.license["origin"], "origin") == ""
