"""pyx12 by itself, as it would be used without us: the yardsticks of :mod:`bench.x12` for small files.

:func:`faults` is its reader, its walk over the maps and its tests of segments, with maps that are loaded once: what a
program that calls pyx12's parts pays. :func:`is_valid` is its own ``x12n_document``, which finds and loads the map for
every file and gathers errors for an answer."""

from __future__ import annotations

import io
from functools import cache
from typing import Any

import pyx12.map_if
import pyx12.map_index
import pyx12.map_walker
import pyx12.params
import pyx12.x12file
import pyx12.x12n_document

from parsers.x12.maps import tables

_GROUP = "/ISA_LOOP/GS_LOOP"


def faults(data: bytes) -> int:
    """How many errors pyx12 finds in the segments of a sound interchange's sets, and its reader in the counts and
    numbers of the envelopes."""
    reader = pyx12.x12file.X12Reader(io.StringIO(data.decode("latin-1")))
    found, node, walker = 0, None, pyx12.map_walker.walk_tree()
    for segment in reader:
        name = segment.get_seg_id()
        if name == "GS":
            loaded = _map(reader.icvn, segment.get_value("GS08"), segment.get_value("GS01"))
            node = loaded.getnodebypath(f"{_GROUP}/GS")
            walker.forceWalkCounterToLoopStart(_GROUP, f"{_GROUP}/GS")
        elif node is not None and name not in ("GE", "IEA"):
            at, _, _, errors = walker.walk_errors(
                node, segment, reader.get_seg_count(), reader.get_cur_line(), reader.get_ls_id()
            )
            found += len(errors)
            if at is not None:
                node = at
                found += len(at.is_valid_errors(segment)[1])
    return found + len(reader.pop_errors())


def is_valid(data: bytes, release: str) -> bool:
    """What pyx12 makes of an interchange whose group is of a release that we have maps of."""
    document = pyx12.x12n_document.x12n_document
    text, folder = io.StringIO(data.decode("latin-1")), str(tables.map_directory(release))
    return document(_settings(), text, None, None, map_path=folder)


def _settings() -> Any:
    settings = pyx12.params.params()
    settings.set("charset", "E")
    return settings


@cache
def _map(version: str, gs08: str, functional_id: str) -> Any:
    folder = str(tables.map_directory(tables.normal_release(gs08) or ""))
    name = pyx12.map_index.map_index(folder).get_filename(version, gs08, functional_id)
    return pyx12.map_if.load_map_file(name, _settings(), folder)
