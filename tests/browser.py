"""One browser for all page tests: each page it fetches is checked as a page, whatever the test is about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from contextvars import Context
from datetime import UTC, datetime
from typing import Any

from bs4 import BeautifulSoup
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.extensions import db
from portal.organisation import secrets
from portal.organisation.models import Person, SignInSession

ERROR = ("Error:", "错误：", "錯誤：")


class Page:
    """An answer, parsed."""

    def __init__(self, response: TestResponse, url: str) -> None:
        self.response = response
        self.status = response.status_code
        self.url = url
        self.headers = response.headers
        self.text = response.get_data(as_text=True) if response.mimetype.startswith("text/") else ""
        self.soup = BeautifulSoup(self.text, "html.parser")

    @property
    def main(self) -> str:
        """The words of the page's own part, in one line."""
        part = self.soup.main or self.soup
        return " ".join(part.get_text(" ").split())

    def form(self, action: str = "") -> dict[str, str]:
        """The fields of the form that posts to `action` (or of the first one) as a browser would send them."""
        forms = [
            one
            for one in self.soup.select("form[method=post]")
            if not action or one["action"].split("?")[0].endswith(action)
        ]
        assert forms, f"{self.url}: no form posts to {action!r}"
        return fields_of(forms[0])


class Browser:
    """A person's browser without JavaScript: keeps cookies, follows nothing by itself, checks each page."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client: FlaskClient = app.test_client()
        self.language = "en"

    def sign_in(self, sign_in_name: str, at: datetime | None = None) -> Browser:
        """Signed in without the slow hash: the session's row is made directly."""
        self.client = self.app.test_client()
        token, at = secrets.token(), at or datetime.now(UTC)
        with self.app.app_context():
            person = db.session.scalars(db.select(Person).where(Person.sign_in_name == sign_in_name)).one()
            db.session.rollback()
            db.session.connection(execution_options={"write": True})
            db.session.add(
                SignInSession(
                    token_hash=secrets.digest(token),
                    person_id=person.id,
                    started_at=at,
                    seen_at=at,
                    address="127.0.0.1",
                    browser="",
                )
            )
            db.session.commit()
            db.session.remove()
        with self.client.session_transaction() as session:
            session["_user_id"] = token
            session["_fresh"] = True
        return self

    def get(self, url: str, expect: int | Collection[int] = 200, *, part: str = "", **headers: str) -> Page:
        """Fetch `url`; `part`: the id of the element that htmx would fill."""
        response = self._asked(self.client.get, url, headers=self._headers(part, headers))
        return self._checked(response, url, expect, part)

    def post(
        self, url: str, data: dict[str, Any] | None = None, expect: int | Collection[int] = 303, *, part: str = ""
    ) -> Page:
        """Send a form with a good token."""
        return self.send(url, {"csrf_token": self.token(), **(data or {})}, expect, part=part)

    def send(
        self, url: str, data: dict[str, Any], expect: int | Collection[int], *, part: str = "", **headers: str
    ) -> Page:
        """Send a form as it stands: from an old page, with somebody else's token or none."""
        response = self._asked(self.client.post, url, data=data, headers=self._headers(part, headers))
        return self._checked(response, url, expect, part)

    def follow(self, page: Page) -> Page:
        """Go where a redirect points."""
        return self.get(page.headers["Location"])

    def token(self) -> str:
        """This session's token, as it stands on its pages."""
        response = self._asked(self.client.get, "/sign-in" if "_user_id" not in self._session() else "/nothing-is-here")
        field = BeautifulSoup(response.get_data(as_text=True), "html.parser").select_one("input[name=csrf_token]")
        assert field is not None, "no page of this session carries a token"
        return str(field["value"])

    def _asked(self, ask: Callable[..., TestResponse], url: str, **more: Any) -> TestResponse:
        """An answer, made in a context of its own as a server would.

        Inside the test's own application context Flask would keep `g` from one request to the next: the second
        person would be answered as the first. The test's session looks at the database afresh afterwards. A file that
        is sent while it is made is read to its end there too.
        """
        response = Context().run(ask, url, buffered=True, **more)
        if has_app_context():
            db.session.rollback()
        return response

    def _session(self) -> dict[str, Any]:
        with self.client.session_transaction() as session:
            return dict(session)

    def _headers(self, part: str, more: dict[str, str]) -> dict[str, str]:
        ask = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": f"div#{part}"} if part else {}
        return {
            "Accept-Language": self.language,
            **ask,
            **{key.replace("_", "-"): value for key, value in more.items()},
        }

    def _checked(self, response: TestResponse, url: str, expect: int | Collection[int], part: str) -> Page:
        page = Page(response, url)
        wanted = {expect} if isinstance(expect, int) else set(expect)
        assert page.status in wanted, f"{url}: {page.status} instead of {wanted}: {page.main[:400]}"
        if response.mimetype == "text/html" and page.status not in (301, 302, 303, 204) and not part:
            assert_sound(page.soup, url)
        return page


def fields_of(form: Any) -> dict[str, str]:
    """What a browser would send for this form as it stands."""
    found = {}
    for field in form.select("input[name], textarea[name], select[name]"):
        if field.name == "select":
            chosen = field.select_one("option[selected]") or field.select_one("option")
            if chosen is not None:
                found[field["name"]] = chosen.get("value", chosen.text)
        elif field.get("type") in ("checkbox", "radio"):
            if field.has_attr("checked"):
                found[field["name"]] = field.get("value", "on")
        elif field.get("type") not in ("submit", "file"):
            found[field["name"]] = _text_of(field) if field.name == "textarea" else field.get("value", "")
    return found


def _text_of(area: Any) -> str:
    """What stands in a text area: a line end right after its tag does not belong to it."""
    return str(area.text).removeprefix("\r\n").removeprefix("\n")


def assert_sound(page: BeautifulSoup, url: str) -> None:
    """What is true of every page we send. Each tag is looked at once: thousands of pages come by here."""
    tags = page.find_all(True)
    headings = [tag for tag in tags if tag.name == "h1"]
    assert len(headings) == 1, f"{url}: one h1, not {len(headings)}"
    assert page.select_one("html[lang]"), f"{url}: the language is named"
    title, words = page.title.text.strip(), " ".join(headings[0].get_text(" ").split())
    for prefix in ERROR:
        title = title.removeprefix(prefix).strip()
    assert title.startswith(words), f"{url}: the title “{title}” begins with the h1 “{words}”"
    ids = Counter(tag["id"] for tag in tags if tag.has_attr("id"))
    doubled = [one for one, times in ids.items() if times > 1]
    assert not doubled, f"{url}: ids used twice: {doubled}"
    labelled = {tag["for"] for tag in tags if tag.name == "label" and tag.has_attr("for")}
    for tag in tags:
        if tag.name in ("select", "textarea") or (tag.name == "input" and tag.get("type") != "hidden"):
            named = tag.get("aria-label") or tag.get("id") in labelled
            assert named, f"{url}: {tag.get('name')} has no label"
        target = str(tag.get("hx-target", ""))
        assert not target.startswith("#") or target[1:] in ids, f"{url}: {target} is not on the page"
        if tag.name == "form" and tag.get("method") == "post":
            token = tag.find("input", attrs={"name": "csrf_token"})
            assert token is not None, f"{url}: the form to {tag.get('action')} has no token"
        inline = {"style", "onclick", "onload"} & tag.attrs.keys() or (tag.name == "script" and not tag.has_attr("src"))
        assert not inline, f"{url}: inline style or script"
