"""What comes in by the wrong door is refused, says so, and loses nothing that was typed."""

from __future__ import annotations

import re
import socket
import threading
from typing import Any

import pytest
from bs4 import BeautifulSoup
from werkzeug.serving import make_server
from werkzeug.wsgi import LimitedStream

from portal import create_app
from portal.extensions import db
from portal.kernel.security_log import Kind, SecurityEvent
from portal.organisation import queries
from portal.organisation.models import SignInSession
from portal.web import static
from portal.web.forms import is_secret
from portal.web.security import Proxies
from tests.browser import Browser
from tests.conftest import NOW
from tests.databases import SERVER

TICKET = {"summary": "打印机卡纸", "notes": "三楼，从早上开始"}


def attempts() -> list[str]:
    """What was kept since the demo company's own story ended."""
    return [row.kind for row in kept()]


def kept() -> list[SecurityEvent]:
    query = db.select(SecurityEvent).where(SecurityEvent.at >= NOW)
    return list(db.session.scalars(query.order_by(SecurityEvent.id)))


def acts(app) -> list[str]:
    return sorted(
        {
            rule.rule.replace("<int:", "<").replace("<path:", "<")
            for rule in app.url_map.iter_rules()
            if "POST" in (rule.methods or ()) and rule.endpoint != "static"
        }
    )


@pytest.mark.attack(19)
def test_no_act_answers_a_form_without_a_token(demo, browser):
    browser.sign_in("admin")
    before = [row.id for row in db.session.scalars(db.select(SignInSession))]
    for rule in acts(demo):
        url = re.sub(r"<[^>]+>", "1", rule)
        page = browser.send(url, {}, expect={303, 400, 403, 404, 405, 422})
        if page.status == 303:
            assert page.headers["Location"].startswith(("/sign-in", "/me/password")), f"{url} was done without a token"
    assert [row.id for row in db.session.scalars(db.select(SignInSession))] == before
    browser.get("/me")  # nobody was signed out on the way


@pytest.mark.attack(19)
def test_no_act_is_reached_by_get_put_patch_or_delete(demo, browser):
    browser.sign_in("agent")
    for method in ("put", "patch", "delete"):
        answer = browser._asked(getattr(browser.client, method), "/sign-out", headers={"Accept-Language": "en"})
        assert answer.status_code == 405
        assert BeautifulSoup(answer.text, "html.parser").select_one("#refusal")
    browser.get("/me/sessions/end", expect=405)
    browser.get("/me")


@pytest.mark.attack(19)
def test_another_sessions_token_is_refused_and_the_text_comes_back_with_a_good_one(demo, browser):
    stranger = Browser(demo).sign_in("clerk")
    theirs = stranger.token()
    browser.sign_in("agent")
    page = browser.send("/me/password", {"csrf_token": theirs, "secret": "a", "password": "b"}, expect=422)
    assert "press the button again" in page.main
    assert Kind.TOKEN_REFUSED in attempts()
    assert page.form("/me/password")["csrf_token"] != theirs


@pytest.mark.attack(19)
def test_a_signed_out_post_answers_401_with_all_that_was_typed_and_a_way_to_send_it_again(demo, browser):
    page = browser.send("/me/sessions/end?x=1", {**TICKET, "password": "secret words", "once": "k"}, expect=401)
    for text in TICKET.values():
        assert text in page.main
    assert "secret words" not in page.text
    assert page.soup.select_one("a[href='/sign-in'][target=_blank]")

    page = browser.send("/me/sessions/end?x=1", {**TICKET, "once": "k"}, expect=401)
    again = page.form("/me/sessions/end")
    assert {**TICKET, "once": "k"}.items() <= again.items()
    browser.sign_in("agent")  # in another tab: the token on the page is another session's by now
    page = browser.send("/me/sessions/end", again, expect=422)
    assert TICKET["notes"] in page.main
    assert "press the button again" in page.main
    browser.send("/me/sessions/end", page.form("/me/sessions/end"), expect=303)


@pytest.mark.attack(19)
def test_htmx_is_told_in_the_pages_own_place_and_gets_a_token_that_is_good(demo, browser):
    browser.sign_in("agent")
    form = {"csrf_token": "stale"}
    part = browser.send("/me/sessions/end", form, expect=422, part="my-sessions")
    assert part.headers["HX-Retarget"] == "#refusal"
    token = part.soup.select_one("#refusal")["data-token"]
    browser.send("/me/sessions/end", {"csrf_token": token}, expect=303)
    part = browser.send("/me/sessions/end", form, expect=401, part="my-sessions")
    assert "signed out" in part.main


@pytest.mark.attack(19)
@pytest.mark.parametrize(
    ("headers", "expect"),
    [
        ({"Sec_Fetch_Site": "cross-site"}, 400),
        ({"Sec_Fetch_Site": "same-site"}, 400),
        ({"Sec_Fetch_Site": "same-origin", "Origin": "http://rewritten.example"}, 303),
        ({"Sec_Fetch_Site": "none"}, 303),
        ({"Origin": "https://evil.example"}, 400),
        ({"Origin": "null"}, 400),
        ({"Origin": "http://localhost"}, 303),
        ({}, 303),
    ],
)
def test_a_form_from_another_site_is_refused_even_with_a_good_token(demo, browser, headers, expect):
    browser.sign_in("agent")
    sent = {"csrf_token": browser.token(), "note": "planted words"}
    page = browser.send("/me/sessions/end", sent, expect, **headers)
    if expect == 400:
        assert "Another site sent this" in page.main
        assert "planted words" not in page.text  # nobody is led to send it on
        assert attempts() == [Kind.FOREIGN_FORM]
        browser.get("/me")


@pytest.mark.attack(13)
def test_fields_that_no_form_has_are_ignored_and_kept(demo, browser):
    browser.sign_in("agent")
    browser.post("/preferences", {"theme": "dark", "role": "admin", "disabled_at": "", "person_id": "1"})
    (row,) = kept()
    assert (row.kind, row.detail["fields"]) == (Kind.EXTRA_FIELDS, ["disabled_at", "person_id", "role"])
    agent = queries.person_called("agent")
    assert (agent.theme, agent.disabled_at) == ("dark", None)


@pytest.mark.attack(13)
def test_a_field_with_an_odd_name_costs_neither_the_act_nor_the_disk(demo, browser):
    browser.sign_in("agent")
    browser.post("/preferences", {"theme": "dark", "a\0b": "1", "n" * 100_000: "1"})
    (row,) = kept()
    assert row.detail["fields"] == ["ab", "n" * 80]
    assert queries.person_called("agent").theme == "dark"


@pytest.mark.skipif(bool(SERVER), reason="faults of a file are SQLite's own")
@pytest.mark.attack(31)
def test_where_no_attempt_can_be_kept_the_answer_is_still_the_refusal(demo, browser):
    browser.sign_in("agent")
    db.session.remove()
    full = "CREATE TRIGGER full BEFORE INSERT ON security_event BEGIN SELECT RAISE(ABORT, 'full'); END"
    with db.engine.begin() as connection:
        connection.exec_driver_sql(full)
    browser.get("/journal", expect=403)
    browser.send("/me/sessions/end", {}, 400, Sec_Fetch_Site="cross-site")
    browser.post("/preferences", {"theme": "dark", "role": "admin"})
    assert attempts() == []


def test_one_address_does_not_fill_the_security_log(demo, browser):
    for _ in range(130):
        browser.send("/me/sessions/end", {}, expect=400, Sec_Fetch_Site="cross-site")
    assert len(attempts()) == 120


@pytest.mark.parametrize(
    ("name", "secret"),
    [("password", True), ("new_password", True), ("pin", True), ("secret", True), ("repeated", True),
     ("opinion", False), ("shipping", False), ("spinner-0", False), ("note", False)],
)  # fmt: skip
def test_a_secret_is_never_shown_again_and_an_opinion_is_no_pin(name, secret):
    assert is_secret(name) is secret


# Addresses


@pytest.mark.attack(14)
@pytest.mark.parametrize("odd", ["9" * 30, "2147483648", "%00"])
def test_no_part_of_an_address_breaks_a_page(demo, browser, odd):
    for name in ("director", "hr", "admin"):
        browser.sign_in(name)
        token = browser.token()
        for rule in demo.url_map.iter_rules():
            if not rule.arguments:
                continue
            url = re.sub(r"<[^>]+>", odd, rule.rule)
            if "GET" in (rule.methods or ()):
                browser.get(url, expect={200, 303, 400, 403, 404, 405})
            elif "<int:" in rule.rule:
                browser.send(url, {"csrf_token": token}, expect={303, 400, 403, 404, 405, 422})


@pytest.mark.parametrize(("name", "expect"), [("", 401), ("agent", 413)])
def test_what_is_too_large_is_said_so_and_is_no_fault(demo, browser, name, expect):
    if name:
        browser.sign_in(name)
    for size in (demo.config["MAX_FORM_MEMORY_SIZE"] + 1, demo.config["MAX_CONTENT_LENGTH"] + 1):
        head = b'--x\r\nContent-Disposition: form-data; name="note"\r\n\r\n'
        answer = browser._asked(
            browser.client.post, "/me/password", data=head + b"n" * size + b"\r\n--x--\r\n",
            content_type="multipart/form-data; boundary=x",
        )  # fmt: skip
        assert answer.status_code == expect
        refusal = BeautifulSoup(answer.text, "html.parser").select_one("#refusal")
        assert expect == 401 or f"A file may have {demo.config['UPLOAD_MB']} MB" in refusal.text


def with_a_file(browser: Browser, url: str, size: int, **words: str) -> BeautifulSoup:
    """The answer to a form with a file of so many bytes, which comes last."""
    fields = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in words.items()
    )
    head = f'{fields}--x\r\nContent-Disposition: form-data; name="files"; filename="film.mp4"\r\n\r\n'
    answer = browser._asked(
        browser.client.post, url, data=head.encode() + b"n" * size + b"\r\n--x--\r\n",
        content_type="multipart/form-data; boundary=x",
    )  # fmt: skip
    assert answer.status_code == 413
    return BeautifulSoup(answer.text, "html.parser")


@pytest.mark.attack(7)
def test_the_words_beside_a_file_that_is_too_large_are_not_lost(demo, browser, monkeypatch):
    browser.sign_in("agent")
    words = {"csrf_token": browser.token(), "title": "太大的附件", "body": "见附件。", "password": "not shown"}
    page = with_a_file(browser, "/tickets/new", demo.config["MAX_CONTENT_LENGTH"] + 1, **words)
    assert "25 MB" in page.select_one("#refusal").text
    assert [one.text for one in page.select(".as-typed")] == ["太大的附件", "见附件。"]
    monkeypatch.setattr(demo.view_functions["tickets.bring_table"], "largest", 3 << 20)
    page = with_a_file(browser.sign_in("director"), "/tickets/import", 4 << 20)
    assert "3 MB" in page.select_one("#refusal").text, "what may be sent to this page"


class Ends:
    """Hands the body over as gunicorn does: it ends where it ends."""

    def __init__(self, app: Any) -> None:
        self.app = app

    def __call__(self, environ: Any, start: Any) -> Any:
        body = LimitedStream(environ["wsgi.input"], int(environ.get("CONTENT_LENGTH") or 0))
        return self.app({**environ, "wsgi.input": body, "wsgi.input_terminated": True}, start)


@pytest.mark.attack(7)
@pytest.mark.parametrize(("path", "cookie", "expect"), [("/tickets/new", True, 413), ("/me/password", False, 401),
                                                       ("/nowhere", True, 404)])  # fmt: skip
def test_whoever_sends_much_more_than_may_be_sent_reads_the_answer_when_they_have_sent_it(
    demo, browser, path, cookie, expect
):
    """Most browsers look for the answer only then; until it comes, the connection has to stand."""
    token = browser.sign_in("agent").client.get_cookie("portal").value if cookie else ""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: portal={token}\r\nContent-Length: {32 << 20}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nConnection: close\r\n\r\n"
    )
    server = make_server("127.0.0.1", 0, Ends(demo), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        with socket.create_connection(("127.0.0.1", server.server_port)) as line:
            line.sendall(head.encode() + b"--x\r\n")
            for _piece in range(32):
                line.sendall(b"n" * (1 << 20 if _piece else (1 << 20) - 5))
            answer = line.makefile("rb").readline()
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert answer.split()[1] == str(expect).encode()


@pytest.mark.attack(31)
def test_no_file_is_looked_for_under_a_name_that_cannot_be_one_and_none_is_kept_in_mind(demo, browser):
    before = static._kept.cache_info().currsize
    for name in ("a" * 300, "%00", "..", "css/../../wsgi.py", "nothing.css"):
        browser.get(f"/static/{name}", expect=404)
    assert static._kept.cache_info().currsize == before


# Proxies and plain HTTP


def seen_by(count: int, peer: str, **headers: str) -> dict[str, str]:
    """What the application behind `count` proxies at 10.0.0.5 sees of a request that `peer` sends."""
    seen: dict[str, str] = {}
    environ = {"REMOTE_ADDR": peer, "wsgi.url_scheme": "http", "HTTP_HOST": "portal.example"}
    environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    Proxies(lambda inside, _start: seen.update(inside) or [], count, "10.0.0.5, fd00::/8")(environ, lambda *_: None)
    return seen


FORGED = {
    "x_forwarded_for": "1.2.3.4",
    "x_forwarded_proto": "https",
    "x_forwarded_host": "evil.example",
    "x_request_id": "forged-number",
}


@pytest.mark.attack(20)
@pytest.mark.parametrize(
    ("count", "peer"), [(0, "127.0.0.1"), (0, "10.0.0.5"), (1, "10.0.0.6"), (1, "fe80::1"), (0, "")]
)
def test_forwarded_headers_are_taken_away_unless_the_configured_proxy_sent_them(count, peer):
    seen = seen_by(count, peer, **FORGED, forwarded="for=1.2.3.4", x_forwarded_prefix="/x", x_forwarded_user="admin")
    assert (seen["REMOTE_ADDR"], seen["wsgi.url_scheme"], seen["HTTP_HOST"]) == (peer, "http", "portal.example")
    assert not [name for name in seen if "FORWARDED" in name or "REQUEST_ID" in name]


@pytest.mark.attack(20)
@pytest.mark.parametrize("peer", ["10.0.0.5", "fd00::7", ""])
def test_the_configured_proxy_is_believed_about_its_own_hop_alone(peer):
    seen = seen_by(1, peer, **{**FORGED, "x_forwarded_for": "6.6.6.6, 1.2.3.4"})
    assert (seen["REMOTE_ADDR"], seen["wsgi.url_scheme"], seen["HTTP_HOST"]) == ("1.2.3.4", "https", "evil.example")
    assert seen["HTTP_X_REQUEST_ID"] == "forged-number"


@pytest.mark.attack(20)
def test_a_single_sign_on_header_sent_to_the_port_signs_nobody_in(demo, browser):
    forged = {
        "Remote_User": "admin",
        "X_Forwarded_User": "admin",
        "X_Remote_User": "admin",
        "Authorization": "Basic YQ==",
    }
    browser.get("/me", expect=303, **forged)
    browser.send(
        "/sign-in", {"csrf_token": browser.token(), "name": "admin", "password": "x"}, 422, X_Forwarded_For="1.2.3.4"
    )
    (row,) = kept()
    assert row.address == "127.0.0.1"


@pytest.fixture
def strict(tmp_path):
    """A portal as it is by default: HTTPS alone."""
    return lambda **more: create_app(
        DATA=str(tmp_path),
        DATABASE_URL=f"sqlite:///{tmp_path}/none.db",
        SECRET_KEY="k",
        SEAL_KEY="s",
        TESTING=True,
        **more,
    ).test_client()


def test_plain_http_is_refused_unless_the_setting_allows_it(strict):
    client = strict(BASE_URL="https://portal.example")
    answer = client.get("/sign-in", headers={"Accept-Language": "en"})
    assert answer.status_code == 400
    assert "https://portal.example" in answer.text
    assert client.post("/sign-in", data={"name": "a", "password": "b"}).status_code == 400
    assert client.get("/healthz").status_code == 200
    assert client.get("/static/portal.css").status_code == 200
    assert "PORTAL_PLAIN_HTTP" in strict().get("/sign-in", headers={"Accept-Language": "en"}).text
    assert strict(PLAIN_HTTP=True).get("/sign-in").status_code == 200


@pytest.mark.attack(20)
def test_a_forged_scheme_does_not_make_a_connection_encrypted(strict):
    headers = {"X-Forwarded-Proto": "https"}
    assert strict().get("/sign-in", headers=headers).status_code == 400
    assert strict(PROXIES=1).get("/sign-in", headers=headers).status_code == 200
    assert strict(PROXIES=1, PROXY_ADDRESSES="10.0.0.5").get("/sign-in", headers=headers).status_code == 400


@pytest.mark.attack(19)
def test_over_https_a_form_needs_no_referrer_which_many_browsers_do_not_send(demo, browser):
    browser.sign_in("agent")
    sent = {"csrf_token": browser.token(), "theme": "dark"}
    answer = browser._asked(browser.client.post, "/preferences", data=sent, base_url="https://localhost")
    assert answer.status_code == 303


def test_cookies_are_for_https_and_this_host_alone_and_out_of_reach_of_scripts(strict):
    cookie = strict(PROXIES=1).get("/sign-in", headers={"X-Forwarded-Proto": "https"}).headers["Set-Cookie"]
    assert cookie.startswith("__Host-portal=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
