"""`tidewaiter partners`: who speaks X12, the last control numbers both ways, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pandas as pd

from loaders import db
from loaders.x12 import controls, partners, seen
from tidewaiter import database
from tidewaiter.settings import Settings
from transforms.calendar import business_date


def show(settings: Settings) -> int:
    """Print a line for each partner and one for each gap; 0, also when there is none."""
    with database.up(settings) as url, closing(db.connect(url, autocommit=True)) as conn:
        profiles = partners.all_(conn, business_date(datetime.now(UTC)))
        lines, gaps, ours = seen.lines(conn), seen.gaps(conn), controls.last(conn)
    for line in _lines(profiles, lines, ours):
        print(line)
    for it in gaps.to_dict("records"):
        first, last = it["after"] + 1, it["before"] - 1
        missing = f"{first} to {last} have" if last > first else f"{first} has"
        print(f"gap: {it['account']} {it['sender_qualifier']}/{it['sender']} to {it['receiver']}: {missing} not come")
    return 0


def _lines(profiles: list[partners.Partner], lines: pd.DataFrame, ours: dict[tuple, int]) -> Iterator[str]:
    """Profiles with what came under their ids, then what came under ids without a profile."""
    known = {(it.account, it.qualifier, it.identifier): it for it in profiles}
    rows = lines.sort_values("number").to_dict("records")
    came = {(it["account"], it["sender_qualifier"], it["sender"]): it for it in rows}
    for key in sorted({*known, *came}):
        profile, last = known.get(key), came.get(key)
        agreed = "no profile"
        if profile:
            agreed = f"{'strict' if profile.strict else 'lenient'}, {profile.acknowledgment}"
        received = f"{last['interchanges']} interchanges, last {last['number']}" if last else "nothing came"
        sent = ", ".join(f"{level} {ours[*key, level]}" for level in controls.LEVELS if (*key, level) in ours)
        pairs = [f"{sent} as {read}" for sent, read in profile.read_as.items()] if profile else []
        read_as = f"; read: {', '.join(pairs)}" if pairs else ""
        yield f"{key[0]:12} {key[1]}/{key[2]:15}  {agreed:16} in: {received}; out: {sent or 'nothing'}{read_as}"
