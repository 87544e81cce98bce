"""What `tidewaiter check` found in a file, of whatever format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

ACCEPTED, REJECTED, NOT_EDI = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Checked:
    """``code`` is the exit code; ``answers`` are those of the file by what follows its name, the reasons in words among
    them; ``rows`` are the faults (columns of the reasons), ``said`` is what became of the file in one line, ``lacking``
    names reference tables that some rules want; ``told`` is everything as plain data."""

    code: int
    answers: Mapping[str, bytes]
    rows: Sequence[Mapping[str, str]]
    said: str
    told: Mapping[str, Any]
    lacking: Sequence[str] = field(default_factory=list)

    @property
    def messages(self) -> list[bytes]:
        """What is EDI of the answers."""
        return [body for suffix, body in self.answers.items() if not suffix.endswith(".csv")]
