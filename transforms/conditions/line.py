"""Line items: identity, countries, article sets, zone status, charges (AE chapter, July 2026, ESF-65 to ESF-72)."""

from __future__ import annotations

import pandas as pd

from transforms.conditions.codes import codes
from transforms.conditions.columns import INFORMAL, filled, has, per_shard, total
from transforms.conditions.registry import condition

UNKNOWN = "**"  # country of origin that is not known
CHARGES_LIMIT_CENTS = 125_000  # usage note v: above this value charges are reported
RETURNED_LIMIT_CENTS = 1_000_000  # ... and above this one for US goods returned


@per_shard
def value(es) -> pd.Series:
    """Value of each line in cents: the sum over its 50 records."""
    return total(es, "tariff", "value_cents", by="line")


@per_shard
def first_hts(es) -> pd.Series:
    """The first HTS number of each line (blank for a line without a 50 record)."""
    firsts = es.tariff.drop_duplicates("line")
    return firsts.set_index("line").hts_number.reindex(range(len(es.line)), fill_value="").reset_index(drop=True)


def cites(es, *prefixes: str) -> pd.Series:
    """Lines with an HTS number that begins with one of ``prefixes``."""
    return has(es, "tariff", es.tariff.hts_number.str.startswith(prefixes), by="line")


def _countries(world) -> set[str]:
    loaded = world.ref["countries"]["iso"] if world.has("countries") else ()
    return {*codes("country"), *loaded} - set(codes("canadian_province"))


@condition(
    "400",
    "F",
    on="header",
    at=("10", "summary_filing_action_request_code"),
    why="an add or replace has at least one line item",
    mend="send the 40 records",
)
def no_lines(es, world):
    return ~has(es, "line")


@condition(
    "431",
    "F",
    on="line",
    at=("40", "line_item_identifier"),
    why="a line classifies its article",
    mend="add a 50 record with HTS number, value and quantity",
)
def no_tariff(es, world):
    return ~has(es, "tariff", by="line")


@condition(
    "518",
    "F",
    on="line",
    at=("40", "line_item_identifier"),
    why="every line of a summary has its own identifier",
    mend="number the lines so that none repeats",
)
def identifier_repeated(es, world):
    return filled(es.line.line_id) & es.line.duplicated(["txn", "line_id"])


@condition(
    "822",
    "F",
    on="line",
    at=("40", "line_item_identifier"),
    why="a line identifier contains no asterisk",
    mend="use letters and digits",
)
def identifier_asterisk(es, world):
    return es.line.line_id.str.contains("*", regex=False)


def _neighbour(es, steps: int) -> pd.Series:
    """Set indicator of the line ``steps`` before (negative: after) in the same summary; blank at the ends."""
    return es.line.set_indicator.groupby(es.line.txn).shift(steps).fillna("")


@condition(
    "404",
    "F",
    on="line",
    at=("40", "article_set_indicator"),
    why="a set component follows its set header or another component",
    mend="put the X line of the set before it",
)
def component_without_header(es, world):
    return es.line.set_indicator.eq("V") & ~_neighbour(es, 1).isin(("X", "V"))


@condition(
    "405",
    "F",
    on="line",
    at=("40", "article_set_indicator"),
    why="a set header is followed by its components",
    mend="add the V lines of the set after it",
)
def header_without_component(es, world):
    return es.line.set_indicator.eq("X") & _neighbour(es, -1).ne("V")


@condition(
    "406",
    "F",
    on="line",
    at=("40", "article_set_indicator"),
    why="the first component of a set repeats the classification of its header",
    mend="make the first V line the part that gives the set its character",
)
def first_component_differs(es, world):
    first = es.line.set_indicator.eq("V") & _neighbour(es, 1).eq("X")
    # Adjustments of chapter 98 and 99 may differ between header and part; the commodity may not.
    article = (
        es.tariff.loc[~es.tariff.hts_number.str.startswith(("98", "99"))]
        .drop_duplicates("line")
        .set_index("line")
        .hts_number
    )
    own = article.reindex(range(len(es.line))).reset_index(drop=True)
    header = own.shift()
    return first & own.notna() & header.notna() & own.ne(header)


@condition(
    "408",
    "F",
    on="line",
    at=("40", "country_of_origin_code"),
    why="the country of origin is an ISO country or a Canadian province (** when it is not known)",
    mend="use the two-letter code of Appendix B",
)
def origin_unknown(es, world):
    known = {*_countries(world), *codes("canadian_province"), UNKNOWN}
    return filled(es.line.origin) & ~es.line.origin.isin(known)


@condition(
    "411",
    "F",
    on="line",
    at=("40", "country_of_export_code"),
    why="the country of export is an ISO country, not a province",
    mend="use the two-letter code of Appendix B",
)
def export_unknown(es, world):
    return filled(es.line.export_country) & ~es.line.export_country.isin(_countries(world))


@condition(
    "413",
    "F",
    on="line",
    at=("40", "country_of_origin_code"),
    why="goods of unknown origin name at least the country they came from",
    mend="give the country of origin, or the country of export",
)
def origin_and_export_unknown(es, world):
    return es.line.origin.eq(UNKNOWN) & ~es.line.export_country.isin(_countries(world))


@condition(
    "412",
    "F",
    on="line",
    at=("40", "country_of_export_code"),
    why="goods are not imported from the United States (warehouse types excepted)",
    mend="give the foreign country they were shipped from",
)
def exported_from_us(es, world):
    return es.line.export_country.eq("US") & ~es.of_header("line", "entry_type").isin(
        ("21", "22", "31", "32", "34", "38")
    )


@condition(
    "414",
    "F",
    on="line",
    at=("40", "country_of_origin_code"),
    why="Canadian goods exported from Canada name their province of origin (types 06, 11, 31, 32 and 34 excepted)",
    mend="use the province code of AE Table 5, such as XO for Ontario",
)
def province_required(es, world):
    exempt = es.of_header("line", "entry_type").isin(("06", "11", "31", "32", "34"))
    return es.line.origin.eq("CA") & es.line.export_country.eq("CA") & ~exempt


@condition(
    "671",
    "F",
    on="line",
    at=("41", "ftz_merchandise_status_code"),
    why="zone goods are privileged foreign (P), non-privileged foreign (N) or domestic (D)",
    mend="put P, N or D in column 3",
)
def zone_status_unknown(es, world):
    zone = es.of_header("line", "entry_type").eq("06")
    return zone & filled(es.line.ftz_status) & ~es.line.ftz_status.isin(("P", "N", "D"))


@condition(
    "673",
    "F",
    on="line",
    at=("41", "privileged_ftz_merchandise_filing_date"),
    why="only privileged foreign goods have a filing date",
    mend="leave columns 4 to 9 blank, or use status P",
)
def zone_date_for_other_status(es, world):
    zone = es.of_header("line", "entry_type").eq("06")
    return zone & es.line.ftz_status.isin(("N", "D")) & es.line.ftz_filing_date.notna()


@condition(
    "674",
    "F",
    on="line",
    at=("41", "privileged_ftz_merchandise_filing_date"),
    why="privileged foreign goods keep the duty rate of the day they were filed for",
    mend="give that date as MMDDYY in columns 4 to 9",
)
def zone_date_missing(es, world):
    zone = es.of_header("line", "entry_type").eq("06")
    return zone & es.line.ftz_status.eq("P") & es.line.ftz_filing_date.isna()


@condition(
    "683",
    "F",
    on="line",
    at=("41", "ftz_line_item_quantity"),
    why="something left the zone",
    mend="give the number of units, greater than zero",
)
def zone_quantity_zero(es, world):
    return es.of_header("line", "entry_type").eq("06") & es.line.ftz_quantity.eq(0)


@condition(
    "664",
    "F",
    on="line",
    at=("40", "charges_amount"),
    why="a line worth more than 1,250 dollars reports freight, insurance and other charges (usage note v)",
    mend="give the charges in whole dollars in columns 27 to 36",
)
def charges_missing(es, world):
    line = es.line
    # Recorded live: a set header (X) of 5,000 dollars was accepted without charges; all lines of a set are exempt.
    exempt = (
        es.of_header("line", "entry_type").isin(INFORMAL)
        | es.of_header("line", "mode_of_transport").eq("60")
        | es.of_header("line", "consolidated").eq("Y")
        | line.origin.isin(codes("insular_possession"))
        | line.set_indicator.isin(("X", "V"))
        | cites(es, "9802", "9813")  # the value of a repair, or of goods under bond, is not told apart in the message
    )
    limit = pd.Series(CHARGES_LIMIT_CENTS, index=line.index).mask(cites(es, "98010010"), RETURNED_LIMIT_CENTS)
    return line.charges_cents.fillna(0).eq(0) & ~exempt & (value(es) > limit)


@condition(
    "452",
    "F",
    on="line",
    at=("40", "ad_case_nonreimbursement_statement"),
    why="a non-reimbursement statement speaks of a case on its line",
    mend="add the 53 record, or leave column 60 blank",
)
def statement_without_case(es, world):
    carries = es.of_header("line", "entry_type").isin(("03", "07", "34", "38", "06", "21", "22", "23"))
    return carries & es.line.nonreimbursement.eq("Y") & ~has(es, "adcvd", by="line")


@condition(
    "702",
    "F",
    on="header",
    at=("10", "consolidated_summary_indicator"),
    why="the releases of a consolidated summary come from one country of export",
    mend="split the summary by country of export",
)
def several_countries_of_export(es, world):
    kinds = es.line[filled(es.line.export_country)].groupby("txn").export_country.nunique()
    return es.header.consolidated.eq("Y") & (kinds.reindex(range(len(es.header)), fill_value=0) > 1)


@condition(
    "703",
    "F",
    on="header",
    at=("10", "consolidated_summary_indicator"),
    why="the releases of a consolidated summary have one country of origin (US goods may be among them)",
    mend="split the summary by country of origin",
)
def several_countries_of_origin(es, world):
    kinds = es.line[~es.line.origin.isin(("", "US"))].groupby("txn").origin.nunique()
    return es.header.consolidated.eq("Y") & (kinds.reindex(range(len(es.header)), fill_value=0) > 1)
