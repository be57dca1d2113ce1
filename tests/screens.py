"""`make screens`: a picture of every page of the demo company in docs/screens/, Chinese, as the one who uses it."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

import time_machine
from flask import Flask
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from portal import create_app, schema
from portal.demo import story
from portal.extensions import db
from portal.kernel.permissions import Open
from tests.conftest import NOW
from tests.live import CHROMIUM, Live
from tests.walk import addresses

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "screens"
READERS = ("agent", "supervisor", "hr", "admin", "auditor", "director", "executive", "shopkeeper")
BOTH_WAYS = {"today.first_page", "tickets.queue", "tickets.ticket_page", "tickets.new_ticket", "organisation.sign_in"}
"""Pages that are shown in the dark and on a phone as well."""
NOT_PAGES = {"static", "health.healthz", "health.readyz", "health.metrics"}


def told(folder: str) -> Flask:
    """The portal with the demo company as it stands at NOW."""
    app = create_app(DATA=folder, PLAIN_HTTP=True, DEMO=True, ADDRESS_TRIES="10000/minute", LOCALE="zh-CN")
    with app.app_context():
        schema.upgrade()
        story.tell(NOW)
        db.session.remove()
    return app


def pages(app: Flask) -> dict[str, list[str]]:
    """endpoint → its addresses: of the first that the reader may open a picture is taken."""
    found: dict[str, list[str]] = {}
    with app.app_context():
        for url in addresses(app):
            endpoint, _values = app.url_map.bind("localhost").match(url.split("?")[0])
            if endpoint not in NOT_PAGES:
                found.setdefault(endpoint, []).append(url)
        db.session.remove()
    return found


def picture(page: Page, url: str, file: Path) -> bool:
    """Take it, unless the address is not a page for this reader."""
    answer = page.request.get(url, max_redirects=0)
    if answer.status != 200 or "text/html" not in answer.headers.get("content-type", ""):
        return False
    page.goto(url)
    page.screenshot(path=file, full_page=True, animations="disabled")
    with Image.open(file) as whole:  # 256 colours say as much of a calm page, in a third of the bytes
        few = whole.convert("RGB").quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(file, optimize=True)
    return True


def main() -> None:
    """Take every picture anew; says which pages nobody could open."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder, time_machine.travel(NOW, tick=True), sync_playwright() as playwright:
        app = told(folder)
        chromium = playwright.chromium.launch(**CHROMIUM)
        missing = pages(app)
        with Live(app, chromium) as live:
            for endpoint in [one for one in missing if app.view_functions[one].needs is Open.ANYONE]:  # type: ignore[attr-defined]
                if picture(live.page(), missing[endpoint][0], FOLDER / f"{endpoint}.png"):
                    del missing[endpoint]
            for reader in READERS:
                page, dark, phone = (
                    live.page(reader),
                    live.page(reader, dark=True),
                    live.page(reader, width=390, height=844),
                )
                for endpoint, urls in list(missing.items()):
                    url = next((one for one in urls if picture(page, one, FOLDER / f"{endpoint}.png")), None)
                    if url is None:
                        continue
                    del missing[endpoint]
                    if endpoint in BOTH_WAYS:
                        picture(dark, url, FOLDER / f"{endpoint}-dark.png")
                        picture(phone, url, FOLDER / f"{endpoint}-phone.png")
        chromium.close()
    taken = len(list(FOLDER.glob("*.png")))
    sys.stdout.write(f"{taken} pictures in {re.sub(r'.*/docs', 'docs', str(FOLDER))}. Not taken: {sorted(missing)}\n")


main()
