"""Static files: compressed once per process, kept for a year by browsers that ask with the file's hash."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import brotli
from flask import Flask, Response, abort, request
from werkzeug.security import safe_join

from portal.config import ROOT
from portal.kernel.permissions import Open

YEAR = 31_536_000
WORTH_COMPRESSING = 800


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file as it is sent: bytes by content coding, its type and its hash."""

    codings: dict[str, bytes]
    type: str
    hash: str


def read(path: str) -> StaticFile | None:
    """The file below static/, or None; what is small or compressed already is kept as it is."""
    full = safe_join(str(ROOT / "static"), path)
    return _kept(full) if full and os.path.isfile(full) else None


@cache
def _kept(full: str) -> StaticFile:
    content = Path(full).read_bytes()
    kind = mimetypes.guess_type(full)[0] or "application/octet-stream"
    codings = {"": content}
    if len(content) >= WORTH_COMPRESSING and (kind.startswith("text/") or kind.endswith(("javascript", "xml", "json"))):
        codings["gzip"] = gzip.compress(content, 9, mtime=0)
        codings["br"] = brotli.compress(content, quality=11)
    return StaticFile(codings, kind, hashlib.sha256(content).hexdigest()[:12])


def serve_static(app: Flask) -> None:
    """Bind the route `static`."""

    def static(filename: str) -> Response:
        found = read(filename) or abort(404)
        accepted = request.accept_encodings
        coding = next((one for one in ("br", "gzip") if one in found.codings and accepted[one] > 0), "")
        response = Response(found.codings[coding], mimetype=found.type)
        if coding:
            response.headers["Content-Encoding"] = coding
        response.vary.add("Accept-Encoding")
        response.set_etag(f"{found.hash}{coding}")
        response.headers["Cache-Control"] = (
            f"public, max-age={YEAR}, immutable" if request.args.get("v") else "no-cache"
        )
        response.make_conditional(request)
        return response

    static.needs = Open.ANYONE  # type: ignore[attr-defined]
    static.writes = False  # type: ignore[attr-defined]
    app.add_url_rule("/static/<path:filename>", "static", static)
