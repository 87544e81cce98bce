"""Post summary corrections: what they may not carry and must explain (AE chapter, July 2026, usage note gg)."""

from __future__ import annotations

from transforms.conditions.columns import filled, has, repeated
from transforms.conditions.registry import condition

_ON_CORRECTION = (  # code, header column, record, field, what
    ("270", "consolidated", "10", "consolidated_summary_indicator", "a consolidation claim"),
    (
        "271",
        "cargo_release_certification",
        "10",
        "cargo_release_certification_request_indicator",
        "a request for release",
    ),
    ("272", "live_entry", "10", "live_entry_indicator", "a live entry indicator"),
    (
        "273",
        "nafta_reconciliation",
        "10",
        "trade_agreement_reconciliation_indicator",
        "a trade agreement reconciliation",
    ),
    ("274", "reconciliation_issue", "10", "reconciliation_issue_code", "a reconciliation issue"),
    ("280", "location_of_goods", "20", "location_of_goods_code", "a location of the goods"),
    ("217", "payment_type", "10", "payment_type_code", "payment intent"),
    ("217", "statement_date", "10", "preliminary_statement_print_date", "payment intent"),
    ("217", "statement_month", "10", "periodic_statement_month", "payment intent"),
    ("217", "client_branch", "10", "statement_client_branch_identifier", "payment intent"),
)


def _not_on_correction(code: str, column: str, record: str, name: str, what: str) -> None:
    @condition(
        code,
        "F",
        on="header",
        at=(record, name),
        why=f"a post summary correction carries no {what.split(' ', 1)[-1] if what.startswith('a ') else what}",
        mend="leave the field blank on a correction",
    )
    def carried(es, world):
        return es.header.psc.eq("Y") & filled(es.header[column])


for _rule in _ON_CORRECTION:
    _not_on_correction(*_rule)


@condition(
    "276",
    "F",
    on="header",
    at=("10", "accelerated_liquidation_request_indicator"),
    why="only a post summary correction can ask for accelerated liquidation",
    mend="leave column 66 blank",
)
def accelerated_without_correction(es, world):
    return filled(es.header.accelerated_liquidation) & es.header.psc.ne("Y")


def _only_on_correction(code: str, on: str, record: str, name: str, what: str) -> None:
    @condition(
        code,
        "F",
        on=on,
        at=(record, name),
        why=f"{what} belong to a post summary correction",
        mend=f"leave the {record} record out, or put Y in column 65 of the 10 record",
    )
    def conventional(es, world):
        return es.of_header(on, "psc").ne("Y")


_only_on_correction("277", "psc_explanation", "36", "psc_filing_explanation_text", "explanations")
_only_on_correction("284", "psc_header_reason", "35", "post_summary_correction_header_reason_code_#", "header reasons")
_only_on_correction("580", "psc_line_reason", "63", "post_summary_correction_line_reason_code_#", "line reasons")


@condition(
    "287",
    "F",
    on="header",
    at=("10", "post_summary_correction_indicator"),
    why="a correction explains itself in words",
    mend="add a 36 record with the business reason",
)
def unexplained(es, world):
    return es.header.psc.eq("Y") & ~has(es, "psc_explanation")


@condition(
    "748",
    "F",
    on="header",
    at=("10", "post_summary_correction_indicator"),
    why="a correction names at least one reason from AE Table 14 or 15",
    mend="add a 35 record, or a 63 record on the line that changed",
)
def without_reason(es, world):
    return es.header.psc.eq("Y") & ~has(es, "psc_header_reason") & ~has(es, "psc_line_reason")


@condition(
    "279",
    "F",
    on="psc_header_reason",
    at=("35", "post_summary_correction_header_reason_code_#"),
    why="each header reason is given once",
    mend="leave the repetition out",
)
def header_reason_repeated(es, world):
    return repeated(es, "psc_header_reason", "txn", "reason_code")


@condition(
    "583",
    "F",
    on="psc_line_reason",
    at=("63", "post_summary_correction_line_reason_code_#"),
    why="each reason is given once on a line",
    mend="leave the repetition out",
)
def line_reason_repeated(es, world):
    return repeated(es, "psc_line_reason", "line", "reason_code")
