"""Reference tables. Their columns are data (``loaders/reference_tables.csv``); each becomes a table ``ref_<name>``
with what is current.

History lies in the immutable snapshots: a :class:`ReferenceSnapshot` row for each table ever loaded, a
:class:`ReferenceManifest` row for each set of tables that was current together.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Date, Index, Table, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..reference_columns import ReferenceColumn, definitions
from .base import Base


class ReferenceSnapshot(Base):
    """One load of one reference table; ``hash`` names the Arrow file."""

    __tablename__ = "reference_snapshot"
    hash: Mapped[str] = mapped_column(primary_key=True)
    table_name: Mapped[str] = mapped_column(primary_key=True)
    rows: Mapped[int]
    source: Mapped[str]
    loaded_at: Mapped[datetime]


class ReferenceManifest(Base):
    """A set of tables that was current together: ``tables`` is the manifest's text, ``hash`` its sha256;
    versions name it.
    """

    __tablename__ = "reference_manifest"
    hash: Mapped[str] = mapped_column(primary_key=True)
    tables: Mapped[str]
    created_at: Mapped[datetime]


_TYPES = {"text": Text, "int": BigInteger, "date": Date}


def _table(name: str, columns: tuple[ReferenceColumn, ...]) -> Table:
    made: list[Column[Any]] = [Column(c.name, _TYPES[c.type], nullable=c.type != "text" and not c.key) for c in columns]
    keys = [c.name for c in columns if c.key]
    return Table(f"ref_{name}", Base.metadata, *made, Index(f"uq_ref_{name}", *keys, unique=True))


#: Reference table name -> its database table.
REFERENCE: dict[str, Table] = {name: _table(name, columns) for name, columns in definitions().items()}
