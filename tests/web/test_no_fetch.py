"""The portal calls nobody: it fetches no address that somebody typed, and none of its own.

What would fetch (webhooks, pictures from elsewhere, imports by address) does not exist; mail leaves through one module,
to the one server that the operator named. Whoever adds such a thing meets this test first.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any

import pytest

from tests.site.test_architecture import ROOT, sources
from tests.tickets.test_pages import new_ticket
from tests.tickets.test_story import ENGLISH, Plain, tell
from tests.walk import READERS, addresses

CALLS_OUT = {
    "smtplib",
    "urllib.request",
    "http.client",
    "ftplib",
    "requests",
    "httpx",
    "aiohttp",
    "urllib3",
    "websockets",
}
ELSEWHERE = (
    "http://127.0.0.1:9/", "http://10.0.0.1/hook", "http://[::ffff:10.0.0.1]/x.png", "http://169.254.169.254/latest",
    "file:///etc/passwd", "https://intranet.example/avatar.png", "//evil.example/redirect",
)  # fmt: skip

_heard: list[str] | None = None


def _listen(event: str, values: tuple[Any, ...]) -> None:
    """Every socket of this process tells here before it connects; one to another machine is refused and kept."""
    if _heard is None:
        return
    if event == "socket.getaddrinfo":
        host = str(values[0])
    elif event in ("socket.connect", "socket.sendto") and isinstance(values[1], tuple):
        host = str(values[1][0])
    elif event in ("subprocess.Popen", "os.system"):
        host = f"a program: {values[0]}"
    else:
        return
    if host not in ("localhost", "None") and not _is_here(host):
        _heard.append(host)
        raise ConnectionRefusedError(f"the portal tried to reach {host}")


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


sys.addaudithook(_listen)


@contextmanager
def alone() -> Iterator[list[str]]:
    """No other machine is there; whom the portal tried to reach."""
    global _heard
    _heard = []
    try:
        yield _heard
    finally:
        _heard = None


@pytest.mark.attack(23)
def test_the_listener_hears_whoever_calls_out():
    import socket

    with alone() as heard:
        for host in ("10.0.0.1", "::ffff:10.0.0.1", "portal.example"):
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((host, 80), timeout=1)
        assert heard == ["10.0.0.1", "::ffff:10.0.0.1", "portal.example"]


@pytest.mark.attack(23, 41)
@pytest.mark.timeout(600)
def test_no_page_calls_out(demo, browser):
    """Nor does any fall in English."""
    left, browser.language = set(addresses(demo)), "en"
    with alone() as heard:
        for name in READERS:
            browser.sign_in(name)
            for url in sorted(left):
                if browser.get(url, expect={200, 303, 403, 404}).status == 200:
                    left.discard(url)
    assert heard == []


@pytest.mark.attack(23)
def test_no_act_of_a_tickets_story_calls_out(demo):
    with alone() as heard:
        tell(lambda name: Plain(demo, name), ENGLISH)
    assert heard == []


@pytest.mark.attack(23, 24)
@pytest.mark.parametrize("address", ELSEWHERE)
def test_an_address_that_somebody_typed_is_a_word(demo, browser, address):
    """In every field of a ticket, in its story, in a customer's record, on its sheet and in its file."""
    words = f"![见图]({address}) [点这里]({address}) <img src={address}> {address}"
    with alone() as heard:
        browser.sign_in("supervisor")
        sent = new_ticket(title=address, body=words, name=address[:60], company=address[:60], search=address)
        ticket = browser.follow(browser.post("/tickets/new", sent))
        number = ticket.url.rpartition("/")[2]
        for what in ("reply", "note"):
            browser.post(f"/tickets/{number}/write", {"what": what, "words": words, "channel": "mail", "although": "x"})
        for url in (f"/tickets/{number}", f"/tickets/{number}/sheet?notes=with", "/tickets/table.xlsx", "/tickets"):
            page = browser.get(url)
            assert not page.soup.select("main img:not([src^='/static/']), iframe, object, embed, main link")
        browser.get(f"/search?q={address}")
        browser.get(f"/sign-out?next={address}", expect={200, 303, 404, 405})
    assert heard == []


@pytest.mark.attack(23)
def test_only_mail_has_a_way_out():
    importing = {
        str(path.relative_to(ROOT))
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names])
        if name in CALLS_OUT or name.partition(".")[0] in CALLS_OUT
    }
    assert importing == {"portal/kernel/smtp.py"}
