"""The portal on a loopback port, and Chromium in front of it."""

from __future__ import annotations

import shutil
import sys
import threading
from ctypes.util import find_library
from types import TracebackType
from typing import Any

from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page
from werkzeug.serving import make_server

from tests.browser import Browser

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first is the same engine without the windows: the tests in a browser take three quarters of the time."""
EXECUTABLE = next(filter(None, map(shutil.which, NAMES)), None)
CHROMIUM: dict[str, Any] = {
    "executable_path": EXECUTABLE,
    "args": [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--font-render-hinting=none",
    ],
}


def why_no_browser() -> str:
    """What is missing here for a test in a browser; empty where nothing is. `tests/needs.sh` looks for the same."""
    if not EXECUTABLE:
        return "Chromium is not installed"
    if sys.platform == "linux" and not find_library("atomic"):
        return "libatomic, which Playwright's driver needs, is not installed"
    return ""


class Live:
    """`live.page("agent", locale="zh-CN", dark=True, script=False, width=390)` is a page of somebody signed in."""

    def __init__(self, app: Flask, chromium: Chromium) -> None:
        self.app = app
        self.chromium = chromium
        self.contexts: list[BrowserContext] = []

    def __enter__(self) -> Live:
        self.server = make_server("127.0.0.1", 0, self.app, threaded=True)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        for context in self.contexts:
            context.close()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def page(
        self,
        sign_in_name: str | None = None,
        *,
        locale: str = "zh-CN",
        dark: bool = False,
        script: bool = True,
        width: int = 1366,
        height: int = 768,
    ) -> Page:
        """A tab of a browser of its own; what it complains about on its console fails the test that asks `errors`."""
        context = self.chromium.new_context(
            base_url=self.url,
            locale=locale,
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
            viewport={"width": width, "height": height},
            timezone_id="Asia/Shanghai",
        )
        self.contexts.append(context)
        if sign_in_name:
            cookie = Browser(self.app).sign_in(sign_in_name).client.get_cookie("portal")
            assert cookie is not None
            context.add_cookies([{"name": "portal", "value": cookie.value, "url": self.url}])
        page = context.new_page()
        page.set_default_timeout(10_000)
        return page
