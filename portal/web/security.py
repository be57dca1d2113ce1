"""Headers on every answer, the request's id, and how an attempt is kept."""

from __future__ import annotations

import re
import secrets
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from portal.kernel import actions, security_log
from portal.kernel.clock import now
from portal.web.signed_in import me, signed_in

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def protect(app: Flask) -> None:
    """Bind the headers; believe X-Forwarded headers only from as many proxies as the setting names (attack 20)."""
    if count := app.config["PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]

    @app.before_request
    def number_the_request() -> None:
        given = request.headers.get("X-Request-Id", "") if app.config["PROXIES"] else ""
        g.request_id = given if re.fullmatch(r"[\w-]{8,64}", given) else secrets.token_hex(8)
        actions.request_id.set(g.request_id)

    @app.after_request
    def put_headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers["X-Request-Id"] = g.get("request_id", "")
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        if not app.config["PLAIN_HTTP"]:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        return response


def keep_attempt(kind: str, **detail: Any) -> None:
    """Keep an attempt without the right, in a transaction of its own."""
    person_id = me().id if signed_in() else None
    security_log.kept(kind, person_id=person_id, address=request.remote_addr or "", at=now(), **detail)
