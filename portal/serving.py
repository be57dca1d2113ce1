"""Processes: the web server with the periodic work in one command, the work alone, and what `portal check` looks at."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from flask import Flask, current_app
from gunicorn.app.base import BaseApplication
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import text
from sqlalchemy.orm import configure_mappers

from portal import schema
from portal.config import ROOT
from portal.extensions import Base, db
from portal.kernel import jobs, outbox, search
from portal.kernel.clock import now, office_zone

log = structlog.get_logger()
THREADS = 4  # more threads in a process gave nothing but a worse tail
WAKE_SECONDS = 5
M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # of mallopt(3)


class Server(BaseApplication):
    """gunicorn with our settings; each process also wakes the periodic work."""

    def __init__(self, app: Flask, host: str, port: int, workers: int) -> None:
        self.app = app
        self.wanted = {
            "bind": f"{host}:{port}",
            "workers": workers,
            "threads": THREADS,
            "worker_class": "gthread",
            "preload_app": True,  # what was loaded before the fork is shared memory
            "graceful_timeout": 30,
            "keepalive": 75,  # a browser that comes back within a minute finds its connection open
            "control_socket_disable": True,
            "forwarded_allow_ips": "",  # whom to believe about the connection before it is `web.security`'s to say
            "secure_scheme_headers": {},
            "accesslog": None,
            "errorlog": "-",
            "loglevel": "warning",
            "worker_tmp_dir": "/dev/shm" if os.path.isdir("/dev/shm") else None,  # noqa: S108
            "post_fork": self._forked,
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.wanted.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self.app

    def _forked(self, _server: Any, _worker: Any) -> None:
        with self.app.app_context():
            db.engine.dispose(close=False)
        threading.Thread(target=work, args=(self.app,), daemon=True, name="periodic work").start()


def serve(host: str, port: int, workers: int = 0) -> None:
    """Serve until told to stop. Objects made at start are never collected: the tail of the answers stays short."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    _warm_up(app)
    db.engine.dispose()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    sys.argv = sys.argv[:1]
    Server(app, host, port, workers or os.cpu_count() or 1).run()


def _warm_up(app: Flask) -> None:
    """Load before the fork what every process needs, so that they share it, and give big blocks back when they are
    free: without that each password check leaves its 19 MiB behind in the process, and each thread a heap of its own.
    """
    with contextlib.suppress(OSError, AttributeError):  # only the GNU library has this
        tune = ctypes.CDLL(None).mallopt
        tune(M_MMAP_THRESHOLD, 1 << 20)
        tune(M_ARENA_MAX, 1)  # one thread works at a time anyway
    compiled = Path(app.config["DATA"]) / "templates"
    compiled.mkdir(exist_ok=True)
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(compiled))
    for name in app.jinja_env.list_templates(["html"]):
        app.jinja_env.get_template(name)
    configure_mappers()
    for mapper in Base.registry.mappers:
        for column in mapper.column_attrs:
            _ = column.class_attribute.__clause_element__().comparator  # made when first asked for, and kept
    for language in ("zh-CN", "en"):
        app.test_client().get("/sign-in", base_url="https://localhost", headers={"Accept-Language": language})


def work(app: Flask) -> None:
    """Run what is due, for ever: each sweep's slot is run by one process, whichever comes first."""
    while True:
        with app.app_context():
            try:
                jobs.run_due(now(), failed=lambda one, error: log.error("job", job=one.name, exc_info=error))
            except Exception as error:  # the database restarts: the next round tries again
                log.error("jobs", exc_info=error)
            finally:
                db.session.remove()
        time.sleep(WAKE_SECONDS)


@dataclass(frozen=True, slots=True)
class Found:
    """One line of `portal check`."""

    subject: str
    good: bool
    sentence: str


def findings() -> Iterator[Found]:
    """What an operator wants to know before people sign in."""
    app = current_app.config
    yield Found(
        "data folder",
        os.access(app["DATA"], os.W_OK),
        f"{app['DATA']} {'can' if os.access(app['DATA'], os.W_OK) else 'cannot'} be written",
    )
    for key in ("secret-key", "seal-key"):
        path = Path(app["DATA"]) / key
        if path.exists():
            open_to_others = path.stat().st_mode & 0o077
            yield Found(
                key,
                not open_to_others,
                f"{path} is {'readable by others: chmod 600 it' if open_to_others else 'kept by its owner alone'}",
            )
    try:
        db.session.execute(text("SELECT 1"))
        have, head = schema.here(), schema.newest()
        yield Found(
            "database",
            have == head,
            f"{db.engine.dialect.name}, at {have or 'nothing'}"
            + ("" if have == head else f"; run `portal db upgrade` to reach {head}"),
        )
        if db.engine.dialect.name == "postgresql":
            encoding = db.session.scalar(text("SHOW server_encoding"))
            yield Found("encoding", encoding == "UTF8", f"the database keeps text as {encoding}")
            theirs = db.session.scalar(text("SELECT extract(epoch FROM clock_timestamp())"))
            drift = abs(float(theirs or 0) - time.time())
            yield Found("clock", drift < 5, f"{drift:.1f} s from the database's clock")
        if have == head:
            missing = {one.name: count for one in search.kinds() if (count := search.behind(one))}
            words = ", ".join(f"{count} of {name}" for name, count in missing.items())
            yield Found(
                "search",
                not missing,
                f"cannot find {words} yet: run `portal reindex`" if missing else "knows everything",
            )
    except Exception as error:
        yield Found("database", False, f"cannot be reached: {error}")
    encoding = sys.getfilesystemencoding()
    yield Found("locale", encoding.lower() == "utf-8", f"file names are {encoding}")
    catalogues = [
        ROOT / "portal" / "translations" / name / "LC_MESSAGES" / "messages.mo" for name in ("zh_Hans_CN", "zh_Hant_TW")
    ]
    compiled = all(path.exists() for path in catalogues)
    yield Found("translations", compiled, "compiled" if compiled else "not compiled: run `make install`")
    yield Found("time zone", True, f"{office_zone().key}, it is {now().astimezone(office_zone()):%Y-%m-%d %H:%M} there")
    https = app["BASE_URL"].startswith("https://")
    if app["PLAIN_HTTP"]:
        yield Found(
            "TLS", app["DEMO"] or not https, "PORTAL_PLAIN_HTTP is on: passwords and cookies travel in the clear"
        )
    else:
        yield Found(
            "TLS",
            https,
            "cookies go over HTTPS alone"
            if https
            else "PORTAL_BASE_URL is not https, so nobody can sign in: put TLS in front, or set PORTAL_PLAIN_HTTP=yes",
        )
    way = "leaves through PORTAL_MAIL_URL" if app["MAIL_URL"] else "no PORTAL_MAIL_URL: links are handed over by hand"
    try:
        waiting = len(outbox.stuck())
    except Exception:  # named above already
        waiting = 0
    yield Found("mail", not waiting, f"{way}; {waiting} could not leave: see `portal mail`" if waiting else way)
