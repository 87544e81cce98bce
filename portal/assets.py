"""What pages load: our own style and script, and the few files of USWDS and htmx that we use, out of their packages.

Each address carries a version, so it may be cached for ever.
"""

from __future__ import annotations

import hashlib
import json
import mimetypes
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

HERE = Path(__file__).parent
PACKAGES = HERE / "assets" / "node_modules"
OWN = HERE / "static"
#: Name in our addresses -> package, and the folders or files of it that are served.
SERVED = {
    "uswds": ("@uswds/uswds", ("dist/css/uswds.min.css", "dist/js/", "dist/fonts/", "dist/img/")),
    "htmx": ("htmx.org", ("dist/htmx.min.js",)),
}
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}


class NotInstalled(RuntimeError):
    """The npm packages of ``portal/assets`` are not there; set-up installs them."""


@cache
def versions() -> dict[str, str]:
    """Name in our addresses -> version.

    Raises
        NotInstalled: see there.
    """
    found = {}
    for name, (package, _) in SERVED.items():
        about = PACKAGES / package / "package.json"
        if not about.is_file():
            raise NotInstalled(f"{package} is not installed: run deploy/setup.sh (or `npm ci` in portal/assets)")
        found[name] = json.loads(about.read_text())["version"]
    return found


def address(path: str) -> str:
    """The address of a file: ``uswds/dist/css/uswds.min.css``, ``htmx/dist/htmx.min.js``, or one of ours."""
    name, _, rest = path.partition("/")
    if name in SERVED:
        return f"/static/{name}-{versions()[name]}/{rest}"
    return f"/static/own-{_fingerprint(path)}/{path}"


@cache
def _fingerprint(path: str) -> str:
    return hashlib.sha256((OWN / path).read_bytes()).hexdigest()[:12]


def serve(request: Request) -> Response:
    """A file of ours or of a package, if it is one that we serve."""
    place, _, path = request.path_params["path"].partition("/")
    name = place.partition("-")[0]
    file = _file(name, path)
    if file is None:
        return PlainTextResponse("There is no such file.", 404)
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return FileResponse(file, media_type=kind, headers=_FOR_EVER)


def _file(name: str, path: str) -> Path | None:
    if ".." in path or path.startswith("/") or "\\" in path:
        return None
    if name == "own":
        file, root = OWN / path, OWN
    elif name in SERVED:
        package, folders = SERVED[name]
        if not any(path == it or (it.endswith("/") and path.startswith(it)) for it in folders):
            return None
        root = PACKAGES / package
        file = root / path
    else:
        return None
    return file if file.is_file() and file.resolve().is_relative_to(root.resolve()) else None
