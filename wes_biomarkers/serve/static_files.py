"""The built page: only the files that are there when the server starts have an address."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI
from starlette.responses import Response

_FOLDER = Path(str(files("wes_biomarkers.serve") / "static"))
_KINDS = {".js": "text/javascript", ".woff2": "font/woff2", ".svg": "image/svg+xml", ".html": "text/html"}


def static_files() -> dict[str, Path]:
    """Address below / -> file."""
    return {
        path.relative_to(_FOLDER).as_posix(): path for path in sorted(_FOLDER.rglob("*")) if path.is_file()
    }


def add_page(app: FastAPI) -> None:
    """The page at / and its files beside it; any other address is unknown."""
    known = static_files()

    def send(name: str) -> Response:
        """A file of the page."""
        path = known[name]
        kind = _KINDS.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        hashed = name.startswith("assets/")
        kept = "private, max-age=31536000, immutable" if hashed else "no-cache"
        return Response(path.read_bytes(), media_type=kind, headers={"Cache-Control": kept})

    if "index.html" in known:
        app.add_api_route("/", lambda: send("index.html"), include_in_schema=False)
    for name in known:
        app.add_api_route(f"/{name}", _sender(send, name), include_in_schema=False)


def _sender(send: Callable[[str], Response], name: str) -> Callable[[], Response]:
    return lambda: send(name)
