"""The account tables, as SQLAlchemy 2 declarative models. ``Base.metadata`` is what the migrations must lead to."""

from .account import Account, FilerAuthority, Relationship, SftpIdentity, Transmitter
from .base import ID_BLOCK, ROW_ID, Base
from .entry_summary import EntrySummary, EntrySummaryVersion
from .facts import FACTS
from .interchange import (
    Acknowledgment,
    Arrival,
    Batch,
    Block,
    Condition,
    Delivery,
    Event,
    Interchange,
    Shard,
    Transaction,
)
from .payment import AccountStanding, DebitFile, PayerUnit
from .reference import REFERENCE, ReferenceManifest, ReferenceSnapshot
from .statement import (
    Filing,
    FilingEntry,
    FilingFile,
    FilingLine,
    Payment,
    Settlement,
    Statement,
    StatementEntry,
    StatementEvent,
    StatementFee,
    StatementMove,
    StatementSequence,
    StatementSetting,
)

__all__ = [
    "FACTS",
    "ID_BLOCK",
    "REFERENCE",
    "ROW_ID",
    "Account",
    "AccountStanding",
    "Acknowledgment",
    "Arrival",
    "Base",
    "Batch",
    "Block",
    "Condition",
    "DebitFile",
    "Delivery",
    "EntrySummary",
    "EntrySummaryVersion",
    "Event",
    "FilerAuthority",
    "Filing",
    "FilingEntry",
    "FilingFile",
    "FilingLine",
    "Interchange",
    "PayerUnit",
    "Payment",
    "ReferenceManifest",
    "ReferenceSnapshot",
    "Relationship",
    "Settlement",
    "SftpIdentity",
    "Shard",
    "Statement",
    "StatementEntry",
    "StatementEvent",
    "StatementFee",
    "StatementMove",
    "StatementSequence",
    "StatementSetting",
    "Transaction",
    "Transmitter",
]
