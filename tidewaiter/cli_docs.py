"""`docs/cli.md`, generated from the command line itself: ``python -m tidewaiter.cli_docs`` writes it anew."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from tidewaiter import cli

PATH = Path(__file__).parents[1] / "docs" / "cli.md"
INTRODUCTION = """\
# The command line

Generated from `tidewaiter/cli.py` by `python -m tidewaiter.cli_docs`; do not edit. Exit codes: 0 done, 1 done with a
refusal (`check`: something is rejected; `trace`: nothing is known; `demo`: a file was not answered), 2 not done, and
why is on standard error.
"""


def text() -> str:
    """The whole page."""
    return "\n".join([INTRODUCTION, *_sections(cli.parser())])


def _sections(parser: argparse.ArgumentParser) -> Iterator[str]:
    yield f"## {parser.prog}\n\n{parser.description}\n\n```\n{_usage(parser)}\n```\n"
    rows = [row for action in parser._actions for row in _rows(action)]
    if rows:
        yield "\n".join(["| argument | meaning |", "|---|---|", *rows, ""])
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for sub in action.choices.values():
                yield from _sections(sub)


def _usage(parser: argparse.ArgumentParser) -> str:
    """The usage on one line, however wide the terminal is."""
    return " ".join(parser.format_usage().removeprefix("usage: ").split())


def _rows(action: argparse.Action) -> Iterator[str]:
    if isinstance(action, argparse._SubParsersAction):
        for choice in action._choices_actions:
            yield f"| `{choice.dest}` | {choice.help} |"
    elif not isinstance(action, argparse._HelpAction):
        name = ", ".join(action.option_strings) or str(action.metavar or action.dest)
        value = f" {action.metavar}" if action.option_strings and action.metavar else ""
        yield f"| `{name}{value}` | {action.help or ''} |"


if __name__ == "__main__":
    PATH.write_text(text())
