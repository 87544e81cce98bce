"""Segments and elements of X12 in words, as their maps name them."""

from __future__ import annotations

from functools import lru_cache

from parsers.x12.maps import tables


@lru_cache(maxsize=2048)
def element(place: str, release: str = "") -> str:
    """What ``BA104`` (or a segment, ``BA1``) is called in the release asked for, or the first that has it; blank: no
    map names it."""
    releases = [release] if release in tables.releases() else [*tables.releases()]
    for segment, position in _read(place):
        for one in releases:
            try:
                known = tables.segment(one, segment)
            except KeyError:  # a sender's file may hold any segment
                continue
            if not position:
                return known.name.lower()
            found = next((it for it in known.elements if it.position == position), None)
            if found is not None:
                return found.name.lower()
    return ""


def _read(place: str) -> list[tuple[str, int]]:
    """The ways to read a place: ``N104`` is element 4 of N1, ``BA108`` element 8 of BA1."""
    whole = place.partition("-")[0]
    found = [(whole[:-2], int(whole[-2:]))] if len(whole) > 3 and whole[-2:].isdigit() else []
    return [*found, (whole, 0)]
