"""One tie-out as Great Expectations sees it: a query that finds nothing, described in words.

Importing this module imports Great Expectations (seconds, and 150 MB): do it inside a function, after its logger has
been told to be quiet (:mod:`tidewaiter.checkpoint`).
"""

from __future__ import annotations

from typing import Any, ClassVar

from great_expectations.expectations.core.unexpected_rows_expectation import UnexpectedRowsExpectation
from great_expectations.render import LegacyDiagnosticRendererType
from great_expectations.render.renderer.renderer import renderer


class TieOut(UnexpectedRowsExpectation):
    """The query gives the first places that break it (``at``), each with the number of all (``broken``).

    The parent runs a query twice, for its rows and for their number; over millions of rows once is enough.
    """

    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.table",)

    def _validate(
        self, metrics: dict, runtime_configuration: dict | None = None, execution_engine: Any = None
    ) -> dict[str, Any]:
        rows = metrics["unexpected_rows_query.table"]
        count, places = (rows[0]["broken"] if rows else 0), [row["at"] for row in rows]
        told = {"observed_value": count, "unexpected_count": count, "partial_unexpected_list": places}
        return {"success": not count, "result": told}

    @classmethod
    @renderer(renderer_type=LegacyDiagnosticRendererType.UNEXPECTED_STATEMENT)
    def _diagnostic_unexpected_statement_renderer(
        cls, configuration: Any = None, result: Any = None, runtime_configuration: Any = None
    ) -> list:
        """Nothing but what was raised: there is no whole that the broken ones would be a share of."""
        if result.result.get("unexpected_count"):
            return []
        return super()._diagnostic_unexpected_statement_renderer(configuration, result, runtime_configuration)
