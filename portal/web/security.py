"""Headers on every answer, the request's id, and how an attempt is kept."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, current_app, g, request
from limits import parse
from sqlalchemy.exc import DBAPIError
from werkzeug.middleware.proxy_fix import ProxyFix

from portal.extensions import db, limiter
from portal.kernel import actions, security_log
from portal.kernel.clock import now
from portal.kernel.errors import Refused
from portal.kernel.security_log import Kind
from portal.kernel.text import say
from portal.web.signed_in import me, signed_in

log = structlog.get_logger()
MOST_KEPT = parse("120/minute")
"""Attempts of one address that are kept: whoever sends thousands does not fill the disk with them."""

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

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


class Proxies:
    """Believes X-Forwarded headers and a request's number from as many proxies as the setting names, at the addresses
    that it names; from anybody else they are taken away before anyone reads them (attack 20)."""

    HEADERS = ("FOR", "PROTO", "HOST", "PORT", "PREFIX", "SERVER", "SSL", "PROTOCOL", "USER")

    def __init__(self, app: WSGIApplication, count: int, addresses: str) -> None:
        self.open = app
        self.behind = ProxyFix(app, x_for=count, x_proto=count, x_host=count) if count else app
        self.networks = [ip_network(one.strip()) for one in addresses.split(",")] if count else []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self._is_proxy(environ.get("REMOTE_ADDR", "")):
            return self.behind(environ, start_response)
        for name in (*(f"HTTP_X_FORWARDED_{one}" for one in self.HEADERS), "HTTP_FORWARDED", "HTTP_X_REQUEST_ID"):
            environ.pop(name, None)
        return self.open(environ, start_response)

    def _is_proxy(self, peer: str) -> bool:
        if not peer:  # a socket in the file system: whoever may write to it is configured
            return bool(self.networks)
        return any(ip_address(peer) in one for one in self.networks)


class Unencrypted(Refused):
    """Somebody came over plain HTTP, where a cookie or a password can be read on the way."""

    status = 400

    def __init__(self) -> None:
        base = current_app.config["BASE_URL"]
        super().__init__(
            say(
                "This connection is not encrypted, so nobody can sign in here. Open {address}. If that leads here "
                "again, the operator has to name the proxy: PORTAL_PROXIES.",
                address=base,
            )
            if base.startswith("https:")
            else say(
                "This connection is not encrypted, so nobody can sign in here. The operator puts TLS in front of the "
                "portal, or sets PORTAL_PLAIN_HTTP for a trial on one machine."
            )
        )


def protect(app: Flask) -> None:
    """Bind the headers, keep to HTTPS, and listen to no proxy but the configured ones."""
    app.wsgi_app = Proxies(app.wsgi_app, app.config["PROXIES"], app.config["PROXY_ADDRESSES"])  # type: ignore[method-assign]

    @app.before_request
    def number_the_request() -> None:
        given = request.headers.get("X-Request-Id", "")
        g.request_id = given if re.fullmatch(r"[\w-]{8,64}", given) else secrets.token_hex(8)
        actions.request_id.set(g.request_id)

    @app.before_request
    def keep_to_https() -> None:
        harmless = request.blueprint == "health" or request.endpoint == "static"
        if not (app.config["PLAIN_HTTP"] or request.is_secure or harmless):
            raise Unencrypted

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


def from_elsewhere() -> bool:
    """Whether a page of another site sent this request: the browser says so, and no page can make it say otherwise."""
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        return site not in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc != request.host


def spoken_path() -> str:
    """The path for a log: without the secret of a one-time link."""
    return str(request.url_rule) if "secret" in (request.view_args or {}) else request.path


def keep_attempt(kind: Kind, **detail: Any) -> None:
    """Keep an attempt without the right, in a transaction of its own.

    Where the database takes nothing the operator's log has it: the answer stays the refusal, or what was done.
    """
    address = request.remote_addr or ""
    if not limiter.limiter.hit(MOST_KEPT, "security log", address):
        return
    try:
        person_id = me().id if signed_in() else None
        security_log.kept(kind, person_id=person_id, address=address, at=now(), **detail)
    except (DBAPIError, TimeoutError) as error:
        db.session.rollback()
        log.warning("attempt not kept", kind=kind.value, address=address, error=str(error), **detail)
