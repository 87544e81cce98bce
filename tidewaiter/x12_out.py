"""Interchanges that we send a partner by ourselves: as its profile says, under new control numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pandas as pd
import psycopg

from loaders import ids
from loaders.x12 import controls, partners, sent
from parsers.x12 import write
from tidewaiter.settings import Settings
from transforms.calendar import NEW_YORK

#: Release (GS08) -> ISA12.
VERSIONS = {"004010": "00401", "004050": "00405", "005010": "00501"}


def interchange(
    settings: Settings,
    partner: partners.Partner,
    release: str,
    group: str,
    sets: Sequence[tuple[str, Sequence[write.Segment]]],
    given: controls.Controls,
    at: datetime,
) -> tuple[bytes, pd.DataFrame]:
    """One interchange with one group of ``sets`` (set id, segments between ST and SE) to a partner, and the numbers it
    bears (``loaders.x12.sent.SENT``). ``given`` numbers it; ``at`` is an instant in UTC."""
    line = controls.Line(settings.x12_qualifier, settings.x12_id, partner.qualifier, partner.identifier)
    own, its = given.next(line, "interchange"), given.next(line, "group")
    numbered = [write.Set(set_id, given.next(line, "set"), segments) for set_id, segments in sets]
    header = write.Header(
        settings.x12_qualifier,
        settings.x12_id,
        partner.qualifier,
        partner.identifier,
        at.astimezone(NEW_YORK),
        own,
        version=VERSIONS.get(release[:6], "00401"),
    )
    sender = settings.x12_group_id or settings.x12_id
    body = write.interchange(
        header,
        [write.Group(group, sender, partner.own_group_id, its, release, numbered)],
        write.Separators(*partner.separators) if partner.separators else write.Separators(),
    )
    who = (line.own_qualifier, line.own_id, line.qualifier, line.identifier)
    return body, sent.table([(*who, own, group, its, it.set_id, it.control_number) for it in numbered])


def note(conn: psycopg.Connection, numbers: pd.DataFrame, file: int, account_id: int, at: datetime) -> None:
    """Keep the numbers of what goes out (:func:`interchange`), so that its acknowledgment finds it. ``file`` is the
    interchange that it answers, or is."""
    (id,) = ids.take(conn, [len(numbers)])
    sent.store(conn, numbers, id, file, account_id, at)
