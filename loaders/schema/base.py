"""What all tables share: column types, naming of constraints, and how facts are keyed.

Keys are BIGINT. Text is never NULL: blank is ``''``. A number that may be blank is NULL when blank. Money is
BIGINT cents. Instants are timestamptz in UTC, business dates are dates in New York.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from sqlalchemy import BigInteger, Boolean, Date, DateTime, Identity, Integer, LargeBinary, MetaData, Sequence, Text
from sqlalchemy.orm import DeclarativeBase, mapped_column

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy's own form)
        int: BigInteger,
        str: Text,
        bool: Boolean,
        date: Date,
        datetime: DateTime(timezone=True),
        bytes: LargeBinary,
    }


#: Keys of what the path of a file writes are given out in blocks of this many: one round trip numbers a whole
#: publication.
ID_BLOCK = 1000
ROW_ID = Sequence("row_id", increment=ID_BLOCK, metadata=Base.metadata)

Id = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]  # numbered by the table, row by row
BlockId = Annotated[int, mapped_column(BigInteger, primary_key=True, autoincrement=False)]  # numbered from ROW_ID
Int = Annotated[int, mapped_column(Integer)]
Blank = Annotated[str, mapped_column(Text, server_default="")]


def one_of(column: str, *values: str) -> str:
    """The text of a CHECK constraint: ``column`` holds one of ``values``."""
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


Args = tuple[Any, ...]
