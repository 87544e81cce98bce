"""What an account gets each month, in versions of several files: the importer's monthly filing and the exporter's
activity statement have the same forms and are downloaded alike."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from typing import Any

from fastapi.responses import Response

from loaders.archive import Archive
from portal.pages import download
from portal.viewer import Refused, Viewer

#: How many months a list shows.
MONTHS = 24
FORMS = {"pdf": "PDF, to read and print", "json": "JSON", "csv": "CSV", "parquet": "Parquet"}


def named(it: Mapping[str, Any]) -> str:
    """A version as the log of the portal names it."""
    return f"{it['month']:%Y-%m} version {it['version']}"


def shelf(files: list[dict[str, Any]], holds: Mapping[str, str]) -> dict[str, Any]:
    """What a page needs to list the files of a version: the one to read first, and words for what each ``holds`` (by
    its name before the point) and for its form."""
    return {
        "files": sorted(files, key=lambda file: (_form(file["name"]) != "pdf", file["name"])),
        "form_words": lambda name: FORMS.get(_form(name), _form(name).upper()),
        "table_words": lambda name: holds.get(name.partition(".")[0], name),
    }


def hand_out(
    viewer: Viewer, what: str, it: Mapping[str, Any] | None, files: list[dict[str, Any]], name: str, prefix: str = ""
) -> Response:
    """The file ``name`` of a version (``it``, None: not the viewer's), saved as month, ``prefix``, version and name.

    Raises:
        Refused: 404 without such a version or file, 409 when the archive cannot give it.
    """
    found = next((row for row in files if row["name"] == name), None)
    if it is None or found is None:
        raise Refused(404)
    try:
        body = Archive(viewer.config.settings.archive).get(found["sha256"])
    except (OSError, ValueError):
        raise Refused(409, "The file cannot be read from the archive at the moment; nothing is lost.") from None
    viewer.note(f"{what} downloaded", account_id=it["account_id"], subject=f"{named(it)} {name}")
    saved = f"{it['month']:%Y-%m}-{prefix}v{it['version']}-{name}"
    return download(saved, body, mimetypes.guess_type(name)[0] or "application/octet-stream")


def carries_amounts(viewer: Viewer, what: str) -> None:
    """Hold back what carries amounts.

    Raises:
        Refused: 403 when the viewer may not see money.
    """
    if not viewer.sees_money():
        raise Refused(403, f"{what} carries amounts, and you were not given the right to see them.")


def _form(name: str) -> str:
    return name.rpartition(".")[2].lower()
