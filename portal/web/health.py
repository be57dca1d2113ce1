"""Whether the portal lives, and whether it can work: for the operator's probes."""

from __future__ import annotations

from flask import Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text

from portal.extensions import db
from portal.kernel.permissions import Open
from portal.web.routes import Feature

bp = Feature("health", __name__)


@bp.page("/healthz", needs=Open.ANYONE)
def healthz() -> Response:
    return Response("ok\n", mimetype="text/plain")


@bp.page("/readyz", needs=Open.ANYONE)
def readyz() -> Response:
    db.session.execute(text("SELECT 1"))
    return Response("ready\n", mimetype="text/plain")


@bp.page("/metrics", needs=Open.ANYONE)
def metrics() -> Response:
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)
