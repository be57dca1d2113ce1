"""What stands at the foot of every sheet: its check code, where that can be looked up, and when it was printed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import segno
from flask import current_app
from markupsafe import Markup

from portal.kernel.clock import exact


def foot(code: str, at: datetime) -> dict[str, Any]:
    """For the context of `layout/sheet.html`. The QR code opens the page that says what the paper should say."""
    address = f"{current_app.config['BASE_URL'].rstrip('/')}/check/{code}"
    drawn = segno.make(address, error="m", micro=False).svg_inline(
        border=0, omitsize=True, svgclass="qr", lineclass=None, dark="#000"
    )
    return {
        "check_code": code,
        "check_href": address,
        "qr": Markup(drawn),  # noqa: S704 - lines drawn by the library from an address of ours
        "printed_at": exact(at),
    }
