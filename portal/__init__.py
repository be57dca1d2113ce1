"""The portal of a company that lives by written rules. `create_app` puts it together."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import event

from portal import config, extensions, logs
from portal.extensions import db

FEATURES = (
    "organisation",
    "calendar",
    "policies",
    "training",
    "customers",
    "lists",
    "tickets",
    "notifications",
    "audit",
    "today",
    "search",
    "check",
)
"""Feature folders from the lower floors to the higher ones: the only list of them."""
KERNEL_TABLES = (
    "journal",
    "seals",
    "numbers",
    "once",
    "outbox",
    "security_log",
    "jobs",
    "signature",
    "files",
    "search",
    "drafts",
    "presence",
)
"""Kernel modules that own a table."""


def create_app(**settings: Any) -> Flask:
    """The application. `settings` come before the environment: what tests and benchmarks say."""
    app = Flask(
        __name__,
        static_folder=None,  # `web.static` serves them
        template_folder=str(config.ROOT / "templates"),
    )
    app.config.update(config.complete({**config.load(), **settings}))
    app.jinja_env.add_extension("jinja2.ext.do")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    logs.configure(app.config["LOG_LEVEL"])
    _bind_extensions(app)

    from portal.organisation.views import bind_sign_in
    from portal.web import attachments, drafts, errors, filters, health, navigation, routes, security, static

    security.protect(app)
    bind_sign_in(app)
    routes.guard(app)
    errors.answer_errors(app)
    filters.bind_filters(app, navigation.entries)
    static.serve_static(app)
    app.register_blueprint(health.bp)
    app.register_blueprint(attachments.bp)
    app.register_blueprint(drafts.bp)
    if app.config["DEMO"]:
        from portal.demo import cast

        app.jinja_env.globals["demo_cast"] = cast.for_sign_in()
    for table in KERNEL_TABLES:
        import_module(f"portal.kernel.{table}")
    for feature in FEATURES:
        _bind_feature(app, feature)
    _join_floors()
    return app


def _join_floors() -> None:
    """What a floor declares and one above it fills in."""
    from portal.kernel import files
    from portal.lists.queries import kind_names
    from portal.lists.states import RANKS
    from portal.policies import drafts, evidence, importing, oversight, papers, queries
    from portal.policies.acknowledgements import shows_file as shows_scan
    from portal.policies.kinds import WORDS
    from portal.tickets.forms import of
    from portal.tickets.queries import shows_file
    from portal.tickets.states import Impact, Urgency
    from portal.training.queries import manuals_taught

    WORDS["kind"] = kind_names
    RANKS.update(impact=lambda: of(Impact), urgency=lambda: of(Urgency))
    files.OWNERS["ticket"] = shows_file
    files.OWNERS["acknowledgement"] = shows_scan
    files.OWNERS["manual"] = queries.shows_file
    files.OWNERS["manual draft"] = drafts.shows_file
    oversight.TAUGHT[:] = [manuals_taught]
    files.OWNERS[importing.ABOUT] = importing.shows_file
    files.OWNERS["manual paper"] = papers.shows_file
    files.OWNERS[evidence.ABOUT] = evidence.shows_file


def _bind_extensions(app: Flask) -> None:
    from portal.web.filters import choose_locale

    db.init_app(app)
    extensions.csrf.init_app(app)
    extensions.babel.init_app(
        app,
        locale_selector=choose_locale,
        default_timezone=app.config["TIME_ZONE"],
        default_locale="zh_Hans_CN",
    )
    extensions.limiter.init_app(app)
    extensions.compress.init_app(app)
    with app.app_context():
        for engine in db.engines.values():
            if engine.dialect.name == "sqlite":
                extensions.bind_sqlite(engine)
            else:
                event.listen(engine, "connect", _bound_time)


def _bound_time(connection: Any, _record: Any) -> None:
    """PostgreSQL: one hostile search cannot hold a connection for ever, and a lock is waited for, not for long."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET statement_timeout = '{extensions.PATIENCE}'")
        cursor.execute("SET lock_timeout = '10s'")
        cursor.execute("SET TIME ZONE 'UTC'")
    connection.commit()


def _bind_feature(app: Flask, name: str) -> None:
    """A feature is a folder: its views, its facts, what can be found and replayed, what it says of a colleague, its
    places in the navigation, its commands, its periodic work."""
    from portal.web import navigation

    folder = Path(__file__).parent / name
    for file in ("rules", "models", "events", "words", "jobs", "agenda", "held", "profile", "replay"):
        if (folder / f"{file}.py").exists():
            import_module(f"portal.{name}.{file}")
    for by_subject in sorted(folder.glob("*_replay.py")):
        import_module(f"portal.{name}.{by_subject.stem}")
    if (folder / "views.py").exists():
        views = import_module(f"portal.{name}.views")
        others = [import_module(f"portal.{name}.{file.stem}") for file in sorted(folder.glob("*_views.py"))]
        app.register_blueprint(views.bp)
        for module in (views, *others):
            navigation.register(*getattr(module, "PLACES", ()))
    if (folder / "cli.py").exists():
        app.cli.add_command(import_module(f"portal.{name}.cli").group)


__all__ = ["FEATURES", "create_app"]
