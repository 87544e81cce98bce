"""Who imports, receives, makes, buys and exports (AE chapter, July 2026, usage note f, ESF-136 to ESF-139)."""

from __future__ import annotations

import pandas as pd

from transforms.conditions.codes import codes
from transforms.conditions.columns import INFORMAL, filled, has, repeated
from transforms.conditions.registry import condition

#: IRS number with or without suffix, social security number, number assigned by CBP.
PARTY = r"\d{2}-\d{7}([A-Z0-9]{2})?|\d{3}-\d{2}-\d{4}|\d{6}-\d{5}"
OLD_PARTY = r"\d{4}-\d{5}"  # assigned by CBP before 1992
ZEROS = r"0{2}-0{7}(00)?|000-00-0000|000000-00000"


def _malformed(number: pd.Series) -> pd.Series:
    return filled(number) & ~number.str.fullmatch(PARTY)


def _format_rule(code: str, column: str, name: str, who: str) -> None:
    @condition(
        code,
        "F",
        on="header",
        at=("11", name),
        why=f"the {who} is known by an IRS number, a social security number or a number CBP assigned",
        mend="write it as NN-NNNNNNN, NN-NNNNNNNss, NNN-NN-NNNN or YYDDPP-NNNNN",
    )
    def malformed(es, world):
        return _malformed(es.header[column])


_format_rule("102", "importer_number", "importer_of_record_number", "importer of record")
_format_rule("105", "consignee_number", "consignee_number", "consignee")
_format_rule("590", "notify_party_number", "designated_notify_party_4811_number", "party to notify")


@condition(
    "100",
    "F",
    on="header",
    at=("10", "entry_number"),
    why="every add or replace names its importer of record",
    mend="send an 11 record with the importer's number",
)
def no_importer(es, world):
    return es.header.row_11 < 0


@condition(
    "103",
    "F",
    on="header",
    at=("11", "importer_of_record_number"),
    why="someone is liable for the duties: the importer's number is not all zeros",
    mend="give the importer's own number",
)
def importer_zeros(es, world):
    return es.header.importer_number.str.fullmatch(ZEROS)


@condition(
    "107",
    "F",
    on="header",
    at=("11", "consignee_number"),
    why="a consignee of zeros is allowed on informal and consolidated summaries only",
    mend="give the consignee's own number",
)
def consignee_zeros(es, world):
    h = es.header
    return h.consignee_number.str.fullmatch(ZEROS) & ~h.entry_type.isin(INFORMAL) & h.consolidated.ne("Y")


@condition(
    "520",
    "F",
    on="party",
    at=("47", "article_party_type_code"),
    why="each kind of party is named once on a line",
    mend="leave the repetition out",
)
def party_repeated(es, world):
    return repeated(es, "party", "line", "party_type")


@condition(
    "522",
    "F",
    on="party",
    at=("47", "article_party_type_code"),
    why="a delivered-to party on a line presupposes a consignee on the 11 record",
    mend="give the consignee in columns 15 to 26 of the 11 record",
)
def delivered_to_without_consignee(es, world):
    return es.party.party_type.eq("C") & es.of_header("party", "consignee_number").eq("")


def _party_format(code: str, old: str, kind: str, who: str) -> None:
    @condition(
        code,
        "F",
        on="party",
        at=("47", "article_party_identifier"),
        why=f"the {who} is known by an IRS number, a social security number or a number CBP assigned",
        mend="write it as NN-NNNNNNN, NN-NNNNNNNss, NNN-NN-NNNN or YYDDPP-NNNNN",
    )
    def malformed(es, world):
        party = es.party
        return party.party_type.eq(kind) & _malformed(party.party_id) & ~party.party_id.str.fullmatch(OLD_PARTY)

    @condition(
        old,
        "F",
        on="party",
        at=("47", "article_party_identifier"),
        why="numbers of the form NNNN-NNNNN were retired in 1992",
        mend="give the party's present number",
    )
    def outdated(es, world):
        return es.party.party_type.eq(kind) & es.party.party_id.str.fullmatch(OLD_PARTY)


_party_format("594", "593", "C", "delivered-to party")
_party_format("596", "595", "S", "sold-to party")


def _line_lacks(es, kind: str) -> pd.Series:
    return ~has(es, "party", es.party.party_type.eq(kind), by="line")


@condition(
    "483",
    "F",
    on="line",
    at=("40", "line_item_identifier"),
    why="a line of a formal entry names its manufacturer (types 22 and 23 excepted)",
    mend="add a 47 record of type M with the manufacturer's MID",
)
def manufacturer_missing(es, world):
    return ~es.of_header("line", "entry_type").isin((*INFORMAL, "22", "23", "")) & _line_lacks(es, "M")


@condition(
    "534",
    "F",
    on="line",
    at=("40", "line_item_identifier"),
    why="a re-warehouse or temporary entry names the manufacturer of Canadian goods",
    mend="add a 47 record of type M with the manufacturer's MID",
)
def canadian_manufacturer_missing(es, world):
    canadian = es.line.origin.isin(("CA", *codes("canadian_province"))) | es.line.export_country.eq("CA")
    return es.of_header("line", "entry_type").isin(("22", "23")) & canadian & _line_lacks(es, "M")


@condition(
    "577",
    "F",
    on="line",
    at=("40", "line_item_identifier"),
    why="a line of a formal entry names the party the goods were sold to",
    mend="add a 47 record of type S",
)
def sold_to_missing(es, world):
    return ~es.of_header("line", "entry_type").isin((*INFORMAL, "")) & _line_lacks(es, "S")


@condition(
    "499",
    "F",
    on="line",
    at=("40", "line_item_identifier"),
    why="goods under an AD/CVD case name their foreign exporter",
    mend="add a 47 record of type E with the exporter's identifier",
)
def exporter_missing(es, world):
    return has(es, "adcvd", by="line") & _line_lacks(es, "E")


@condition(
    "535",
    "F",
    on="party",
    at=("47", "article_party_identifier"),
    why="the MID of goods exported from Canada on a formal entry begins with the province",
    mend="begin the MID with the province code, such as XO for Ontario",
)
def not_a_province(es, world):
    formal = ~es.of_header("party", "entry_type").isin(INFORMAL)
    exported = es.of_line("party", "export_country").eq("CA")
    province = es.party.party_id.str.slice(0, 2).isin(codes("canadian_province"))
    return es.party.party_type.eq("M") & formal & exported & filled(es.party.party_id) & ~province
