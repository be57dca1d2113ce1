"""How values are said to people: days, moments, spans of time, money; bound to every template."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from flask import Flask, current_app, g, request, session, url_for
from flask_babel import format_date, format_datetime, format_time, get_locale, gettext, ngettext
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from wtforms import SelectMultipleField

from portal.kernel import text
from portal.kernel.clock import day_ending_at, now, office_day, office_zone
from portal.kernel.money import yuan
from portal.kernel.text import CATALOGUES, language, listed, on_page, text_of
from portal.web import static
from portal.web.signed_in import me, signed_in

LOCALES = {"zh-CN": "简体中文", "zh-TW": "繁體中文", "en": "English"}
THEMES = ("auto", "light", "dark")
DENSITIES = ("calm", "dense")


def choose_locale() -> str:
    """What the person chose, then what this browser's visitor chose, then the setting. Werkzeug's best_match fails
    for zh-Hans and zh-Hant, so the browser's wishes are read by hand."""
    try:
        chosen = (getattr(g, "_login_user", None) and signed_in() and me().locale) or session.get("locale")
    except RuntimeError:  # outside a request: a command or a job
        return CATALOGUES[current_app.config["LOCALE"]]
    if chosen in CATALOGUES:
        return CATALOGUES[chosen]
    for tag, _quality in request.accept_languages if request else ():
        low = tag.lower()
        if low in ("zh-tw", "zh-hk", "zh-mo") or low.startswith("zh-hant"):
            return CATALOGUES["zh-TW"]
        if low.startswith("zh"):
            return CATALOGUES["zh-CN"]
        if low.startswith("en"):
            return CATALOGUES["en"]
    return CATALOGUES[current_app.config["LOCALE"]]


def day(value: date | None) -> str:
    """The day as every sentence says it; nothing where there is none."""
    return text.day(value) if value else ""


def long_day(value: date) -> str:
    """10 月 12 日 星期一: the day as a page's head says it."""
    return format_date(value, "M月d日 EEEE" if str(get_locale()).startswith("zh") else "EEEE, d MMMM")


def words_for(at: datetime) -> str:
    """昨天 16:20: the day as people say it, and the time."""
    return f"{_near(office_day(at))} {format_time(at, 'HH:mm')}"


def _near(on: date) -> str:
    today = office_day(now())
    near = {
        today: gettext("today"),
        today - timedelta(days=1): gettext("yesterday"),
        today + timedelta(days=1): gettext("tomorrow"),
    }.get(on)
    return near or day(on)


def moment(at: datetime | None) -> Markup:
    """A moment in words, with the exact one on hover and for machines."""
    return _time(at, words_for(at)) if at else Markup("")


def limit(at: datetime | None) -> Markup:
    """A limit in words: one at the end of a day is 今天 24:00, not 明天 00:00."""
    ended = day_ending_at(at) if at else None
    return _time(at, f"{_near(ended)} 24:00") if at and ended else moment(at)


def _time(at: datetime, words: str) -> Markup:
    exact = format_datetime(at, "yyyy-MM-dd HH:mm:ss")
    iso = at.astimezone(office_zone()).isoformat(timespec="seconds")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(iso, exact, words)


def duration(span: timedelta | None) -> str:
    """3 小时 20 分: two units at most, never zero of the larger one."""
    if span is None:
        return ""
    minutes = int(abs(span).total_seconds() // 60)
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts = []
    if days:
        parts.append(ngettext("%(num)d day", "%(num)d days", days))
    if hours:
        parts.append(ngettext("%(num)d hour", "%(num)d hours", hours))
    if minutes and not days:
        parts.append(ngettext("%(num)d minute", "%(num)d minutes", minutes))
    return " ".join(parts) or gettext("less than a minute")


def capped(count: int) -> str:
    """Counts beside a name stop at 99+: nobody reads further, and counting costs."""
    return "99+" if count > 99 else str(count)


def size(count: int) -> str:
    """3.2 MB: how much a file holds."""
    if count < 1000:
        return f"{count} B"
    unit, value = ("KB", count / 1000) if count < 1_000_000 else ("MB", count / 1_000_000)
    return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"


@cache
def asset(path: str) -> str:
    """The address of a static file with its hash, so that it may be kept for a year; made once, as the file is read."""
    found = static.read(path)
    return url_for("static", filename=path, v=found.hash if found else None)


def bind_filters(app: Flask, navigation: Callable[[], list[Any]]) -> None:
    """Bind filters and the names that every template knows."""
    app.add_template_filter(day)
    app.add_template_filter(long_day)
    app.add_template_filter(moment)
    app.add_template_filter(limit)
    app.add_template_filter(duration)
    app.add_template_filter(yuan)
    app.add_template_filter(capped)
    app.add_template_filter(size)
    app.add_template_filter(text_of)
    app.add_template_filter(listed)
    app.add_template_global(asset)
    app.add_template_test(lambda field: isinstance(field, SelectMultipleField), "many_choices")
    app.jinja_env.globals.update(company=app.config["COMPANY"], config=app.config, _=on_page)

    @app.context_processor
    def names() -> dict[str, Any]:
        here = me() if getattr(g, "_login_user", None) and signed_in() else None
        return {
            "me": here,
            "navigation": navigation() if here else [],
            "unread": g.get("bell", 0),
            "locale": language(),
            "locales": list(LOCALES.items()),
            "theme": (here.theme if here else session.get("theme")) or "auto",
            "density": (here.density if here else "") or "calm",
            "request_id": g.get("request_id", ""),
            "csrf_token": cache(generate_csrf),
            "now": now(),
            "today": office_day(now()),
        }
