"""Who came in through the demo company's doors, and who tried to."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.demo.cast import PASSWORD
from portal.kernel import security_log
from portal.kernel.permissions import P
from portal.kernel.security_log import Kind
from portal.organisation import accounts, queries

DESK = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0"
PHONE = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/138.0.0.0 Mobile Safari/537.36 MicroMessenger/8.0.60"


def come_in(at: datetime) -> None:
    """`agent` has signed in at her desk and on her telephone."""
    for browser, address, ago in ((DESK, "10.8.1.23", 70), (PHONE, "10.8.9.112", 25)):
        accounts.sign_in("agent", PASSWORD, address=address, browser=browser, at=at - timedelta(minutes=ago))


def try_doors(at: datetime) -> None:
    """What the security log has kept of the last days: forgotten passwords, a stranger's guesses, a curious clerk."""
    for sign_in_name, kind, address, hours, detail in (
        ("brand", Kind.SIGN_IN_REFUSED, "10.8.3.41", 96.0, {"locked": False}),
        ("brand", Kind.SIGN_IN_REFUSED, "10.8.3.41", 95.98, {"locked": False}),
        ("clerk", Kind.RIGHT_REFUSED, "10.8.3.17", 71.5, {"right": P.JOURNAL_READ.value, "path": "/journal"}),
        ("technician", Kind.SECRET_REFUSED, "10.8.6.8", 49.2, {"locked": False}),
        ("orders", Kind.TOKEN_REFUSED, "10.8.1.31", 26.4, {"route": "/preferences"}),
        ("", Kind.SIGN_IN_REFUSED, "10.8.200.5", 13.31, {"locked": False}),
        ("admin", Kind.SIGN_IN_REFUSED, "10.8.200.5", 13.30, {"locked": False}),
        ("admin", Kind.SIGN_IN_REFUSED, "10.8.200.5", 13.29, {"locked": True}),
        ("clerk", Kind.EXTRA_FIELDS, "10.8.3.17", 3.1, {"fields": ["role"], "route": "/preferences"}),
    ):
        person = queries.person_called(sign_in_name) if sign_in_name else None
        moment = at - timedelta(hours=hours)
        security_log.kept(kind, person_id=person.id if person else None, address=address, at=moment, **detail)
