"""Every setting that an operator may turn, declared once: its name, its type, its default and one sentence.

A setting is read from the environment as `PORTAL_<NAME>`. What a manual may decide is no setting: see `policies`.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from limits import parse_many

from portal.kernel.text import CATALOGUES

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing an operator decides. `default` None means: made by the portal itself and kept in the data folder."""

    name: str
    read: Callable[[str], Any]
    default: Any
    sentence: str


def _yes(text: str) -> bool:
    known = {"1": True, "yes": True, "true": True, "on": True, "0": False, "no": False, "false": False, "off": False}
    if text.strip().lower() not in known:
        raise ValueError("say yes or no")
    return known[text.strip().lower()]


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in. `tls`: from the first byte; otherwise STARTTLS where the server offers it."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    tls: bool = False


def mail_server(url: str) -> MailServer:
    """From smtp://[user:password@]host[:port] or smtps://…; signs in the password are %-escaped. Raises ValueError."""
    parts = urlsplit(url.strip())
    tls = parts.scheme == "smtps"
    try:
        port = parts.port or (465 if tls else 587 if parts.username else 25)
    except ValueError:
        port = 0
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or not port or parts.path not in ("", "/"):
        raise ValueError("say smtp://[user:password@]host[:port], or smtps:// for TLS")
    return MailServer(parts.hostname, port, unquote(parts.username or ""), unquote(parts.password or ""), tls)


def _level(text: str) -> str:
    if text.strip().lower() not in ("debug", "info", "warning", "error"):
        raise ValueError("say debug, info, warning or error")
    return text.strip().lower()


def _mail_url(text: str) -> str:
    """The address as it was given, once it is known to name a mail server."""
    if text.strip():
        mail_server(text)
    return text.strip()


def _zone(text: str) -> str:
    try:
        return ZoneInfo(text.strip()).key
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError("say a zone by its name, such as Asia/Shanghai") from error


def _language(text: str) -> str:
    if text.strip() not in CATALOGUES:
        raise ValueError(f"say one of {', '.join(CATALOGUES)}")
    return text.strip()


def _rate(text: str) -> str:
    """So many in a time: a rate that cannot be read would count nothing."""
    parse_many(text)
    return text


def _hour(text: str) -> int:
    """A full hour of the day."""
    if not 0 <= int(text) <= 23:
        raise ValueError("say a full hour from 0 to 23")
    return int(text)


def _networks(text: str) -> str:
    """Addresses and networks, comma between them."""
    for one in text.split(","):
        ip_network(one.strip())
    return text


SETTINGS = (
    Setting("DATA", str, "var", "Folder of the database, the queue, stored files and the keys that the portal makes."),
    Setting("DATABASE_URL", str, "", "SQLAlchemy address of the database; empty means portal.db in the data folder."),
    Setting("SECRET_KEY", str, None, "Signs cookies; made on first start and kept in the data folder."),
    Setting("SEAL_KEY", str, None, "Keys the seals of the journal; keep a copy away from the database."),
    Setting("COMPANY", str, "星河网络", "The company's name in headers, mails and print."),
    Setting("TIME_ZONE", _zone, "Asia/Shanghai", "The one office time zone."),
    Setting("LOCALE", _language, "zh-CN", "Language for somebody who has not chosen one: zh-CN, zh-TW or en."),
    Setting("HOTLINE", str, "400-800-2026", "The published telephone number of the service desk."),
    Setting("MAILBOX", str, "service@xinghe.example", "The published mail address of the service desk."),
    Setting("BASE_URL", str, "http://127.0.0.1:8000", "Address that people open; used in mails and on print."),
    Setting("PLAIN_HTTP", _yes, False, "Allow cookies over plain HTTP; only for one machine or a trial."),
    Setting("PROXIES", int, 0, "How many reverse proxies stand in front whose X-Forwarded headers are believed."),
    Setting(
        "PROXY_ADDRESSES",
        _networks,
        "127.0.0.1,::1",
        "Where those proxies are: the same headers from any other address are taken away.",
    ),
    Setting(
        "MAIL_URL",
        _mail_url,
        "",
        "smtp://[user:password@]host[:port], smtps:// for TLS; empty: links are handed over by hand.",
    ),
    Setting("MAIL_FROM", str, "portal@xinghe.example", "Sender of the portal's mails."),
    Setting("DEMO", _yes, False, "The demo company: its cast may be chosen on the sign-in page. Never with real data."),
    Setting("IDLE_MINUTES", int, 120, "A session ends after so many minutes without a request."),
    Setting("SESSION_HOURS", int, 12, "A session ends after so many hours, whatever happens."),
    Setting("SIGN_IN_TRIES", int, 5, "Wrong passwords for one account before it is locked for a while."),
    Setting("SIGN_IN_LOCK_MINUTES", int, 15, "How long an account stays locked after too many wrong passwords."),
    Setting("ADDRESS_TRIES", _rate, "60/minute", "Sign-in attempts that one network address has."),
    Setting("LINK_HOURS", int, 72, "How long an invitation or reset link is good for."),
    Setting("UPLOAD_MB", int, 25, "Largest file that may be uploaded, in MB."),
    Setting("WAITING_MB", int, 200, "How many MB of one person's files may wait to be sent with their forms."),
    Setting("WAITING_HOURS", int, 24, "How long a file waits for its form before it is forgotten."),
    Setting("DRAFT_DAYS", int, 30, "How long a draft is kept that nobody comes back to."),
    Setting("NOTICE_DAYS", int, 90, "How long notices are kept; the journal keeps what happened."),
    Setting("DIGEST_HOUR", _hour, 8, "From which full hour of the office day on the daily letters leave, 0 to 23."),
    Setting("SECURITY_LOG_DAYS", int, 400, "How long entries of the security log are kept."),
    Setting(
        "LOG_LEVEL", _level, "info", "What the log is to hold: debug, info, warning or error, each with what is graver."
    ),
)


class SettingError(Exception):
    """A setting that cannot be read; the sentence says which and what to do."""


def load(environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Flask's configuration from `PORTAL_…` variables.

    Raises SettingError, naming the variable, for a value that cannot be read.
    """
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        text = environ.get(f"PORTAL_{setting.name}")
        try:
            values[setting.name] = setting.default if text is None else setting.read(text)
        except ValueError as error:
            given = "" if "@" in str(text) else f"={text!r}"  # a password may stand in it
            raise SettingError(f"PORTAL_{setting.name}{given} cannot be read ({error}). {setting.sentence}") from error
    return values


def complete(values: dict[str, Any]) -> dict[str, Any]:
    """`values` with paths made absolute, kept keys read or made, and the names that Flask's extensions expect."""
    data = Path(values["DATA"])
    data = data if data.is_absolute() else ROOT / data
    data.mkdir(parents=True, exist_ok=True)
    values["DATA"] = str(data)
    for name in ("SECRET_KEY", "SEAL_KEY"):
        values[name] = values[name] or _kept_key(data / name.lower().replace("_", "-"))
    values["SQLALCHEMY_DATABASE_URI"] = values["DATABASE_URL"] or f"sqlite:///{data / 'portal.db'}"
    values.update(
        # with this prefix a browser takes the cookie from this host over HTTPS alone, whatever a neighbour sets
        SESSION_COOKIE_NAME="portal" if values["PLAIN_HTTP"] else "__Host-portal",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=not values["PLAIN_HTTP"],
        MAX_CONTENT_LENGTH=(values["UPLOAD_MB"] + 1) * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        SQLALCHEMY_ENGINE_OPTIONS={
            "hide_parameters": True
        },  # a statement that fails is logged, never what people typed
        WTF_CSRF_SSL_STRICT=False,  # `security.from_elsewhere` asks the browser, whatever name a proxy gives the host
        WTF_CSRF_CHECK_DEFAULT=False,  # `act` checks it itself, so that a page comes back as it was typed
        WTF_CSRF_TIME_LIMIT=None,  # a token lives as long as its session
        BABEL_TRANSLATION_DIRECTORIES=str(ROOT / "portal" / "translations"),
        COMPRESS_ALGORITHM=["zstd", "br", "gzip"],
        COMPRESS_MIN_SIZE=800,
        RATELIMIT_STORAGE_URI="memory://",
        RATELIMIT_HEADERS_ENABLED=False,
    )
    return values


def _kept_key(path: Path) -> str:
    """The key in `path`, made once; readable by its owner alone. Raises SettingError for an empty one.

    It appears under its name only when it is written: processes that start at once, and one that dies, agree on it.
    """
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    if not (key := path.read_text().strip()):
        raise SettingError(f"{path} is empty. Put the key back from its copy, or remove the file to have a new one.")
    return key
