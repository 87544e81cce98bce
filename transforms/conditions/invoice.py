"""Electronic invoices and their line ranges (AE chapter, July 2026, usage note t, ESF-73 to ESF-77)."""

from __future__ import annotations

from transforms.conditions.columns import filled, has
from transforms.conditions.registry import condition


@condition(
    "446",
    "F",
    on="line",
    at=("40", "line_item_identifier"),
    why="every line of an electronic invoice summary refers to invoice lines",
    mend="add a 42 record to the line",
)
def invoice_missing(es, world):
    return es.of_header("line", "electronic_invoice").eq("Y") & ~has(es, "invoice", by="line")


@condition(
    "447",
    "F",
    on="invoice",
    at=("42", "invoice_number"),
    why="only an electronic invoice summary refers to invoice lines",
    mend="leave the 42 record out, or put Y in column 41 of the 10 record",
)
def invoice_not_announced(es, world):
    return es.of_header("invoice", "electronic_invoice").ne("Y")


@condition(
    "449",
    "F",
    on="invoice",
    at=("42", "invoice_number"),
    why="an invoice number consists of letters, digits and hyphens",
    mend="leave blanks and other signs out",
)
def invoice_number_ineligible(es, world):
    return filled(es.invoice.invoice_number) & ~es.invoice.invoice_number.str.fullmatch(r"[A-Z0-9-]+")


@condition(
    "457",
    "F",
    on="invoice_range",
    at=("42", "invoice_line_range_#_begin"),
    why="invoice lines are counted from 1",
    mend="give the line numbers of the invoice",
)
def range_zero(es, world):
    return es.invoice_range.slot.gt(1) & (es.invoice_range.begin.eq(0) | es.invoice_range.end.eq(0))


@condition(
    "454",
    "F",
    on="invoice_range",
    at=("42", "invoice_line_range_#_begin"),
    why="the first range of invoice lines names lines counted from 1",
    mend="give the line numbers of the invoice",
)
def first_range_zero(es, world):
    return es.invoice_range.slot.eq(1) & (es.invoice_range.begin.eq(0) | es.invoice_range.end.eq(0))


@condition(
    "455",
    "F",
    on="invoice_range",
    at=("42", "invoice_line_range_#_end"),
    why="a range has a first and a last line",
    mend="give both; for one line repeat its number",
)
def range_incomplete(es, world):
    return es.invoice_range.begin.isna() | es.invoice_range.end.isna()


@condition(
    "458",
    "F",
    on="invoice_range",
    at=("42", "invoice_line_range_#_begin"),
    why="a range runs upwards",
    mend="exchange its first and last line",
)
def range_backwards(es, world):
    return es.invoice_range.begin > es.invoice_range.end


@condition(
    "459",
    "F",
    on="invoice_range",
    at=("42", "invoice_line_range_#_begin"),
    why="a line refers to each line of an invoice once",
    mend="make the ranges of one invoice disjoint",
)
def ranges_overlap(es, world):
    ranges = es.invoice_range[["line", "begin", "end"]].assign(
        supplier=es.invoice.supplier_id.array.take(es.invoice_range.invoice),
        number=es.invoice.invoice_number.array.take(es.invoice_range.invoice),
    )
    ordered = ranges.sort_values(["line", "supplier", "number", "begin"])
    before = ordered.groupby(["line", "supplier", "number"]).end.shift()
    return (ordered.begin <= before).sort_index()
