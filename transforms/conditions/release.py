"""Consolidated releases and missing documents (AE chapter, July 2026, usage note z, ESF-51 to ESF-52 and ESF-176)."""

from __future__ import annotations

from transforms.conditions.columns import count, filled, has, repeated
from transforms.conditions.registry import condition


@condition(
    "232",
    "F",
    on="header",
    at=("10", "consolidated_summary_indicator"),
    why="a consolidated summary stands for at least two releases",
    mend="list the entry numbers on 32 records",
)
def releases_missing(es, world):
    return es.header.consolidated.eq("Y") & count(es, "release").lt(2)


@condition(
    "233",
    "F",
    on="release",
    at=("32", "release_entry_number_#"),
    why="only a consolidated summary lists releases",
    mend="put Y in column 42 of the 10 record, or leave the 32 records out",
)
def release_not_consolidated(es, world):
    return es.of_header("release", "consolidated").eq("")


@condition(
    "234",
    "F",
    on="release",
    at=("32", "release_entry_filer_code_#"),
    why="a release is known by filer code and entry number",
    mend="give the filer code before the entry number",
)
def release_filer_missing(es, world):
    return es.release.filer_code.eq("")


@condition(
    "235",
    "F",
    on="release",
    at=("32", "release_entry_number_#"),
    why="a release is known by filer code and entry number",
    mend="give the entry number after the filer code",
)
def release_number_missing(es, world):
    return es.release.entry_number.eq("")


@condition(
    "236",
    "F",
    on="release",
    at=("32", "release_entry_filer_code_#"),
    why="a filer consolidates its own releases",
    mend="leave releases of other filers out",
)
def release_of_other_filer(es, world):
    return filled(es.release.filer_code) & es.release.filer_code.ne(es.of_header("release", "filer_code"))


@condition(
    "239",
    "F",
    on="release",
    at=("32", "release_entry_number_#"),
    why="a consolidated summary has a number of its own",
    mend="file it under another entry number",
)
def release_is_the_summary(es, world):
    own = es.release.filer_code.eq(es.of_header("release", "filer_code"))
    return filled(es.release.entry_number) & own & es.release.entry_number.eq(es.of_header("release", "entry_number"))


@condition(
    "147",
    "F",
    on="header",
    at=("10", "cargo_release_certification_request_indicator"),
    why="the goods of a consolidated summary were released already",
    mend="leave column 40 blank",
)
def consolidated_certified(es, world):
    return es.header.cargo_release_certification.eq("A") & (es.header.consolidated.eq("Y") | has(es, "release"))


@condition(
    "644",
    "F",
    on="header",
    at=("10", "shipment_usage_type_code"),
    why="a consolidated summary is neither personal nor a commercial sample",
    mend="leave column 43 blank",
)
def consolidated_usage(es, world):
    return es.header.consolidated.eq("Y") & es.header.shipment_usage.isin(("P", "X"))


@condition(
    "152",
    "F",
    on="missing_document",
    at=("33", "missing_document_code_#"),
    why="each missing document is named once",
    mend="leave the repetition out",
)
def document_repeated(es, world):
    return repeated(es, "missing_document", "txn", "document_code")


@condition(
    "153",
    "F",
    on="missing_document",
    at=("33", "missing_document_code_#"),
    why="99 (more than two) stands second, after a document that is named",
    mend="name the first document in columns 3 to 4",
)
def more_than_two_first(es, world):
    return es.missing_document.slot.eq(1) & es.missing_document.document_code.eq("99")
