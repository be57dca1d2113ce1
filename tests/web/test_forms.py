"""A form that was not taken comes back as it was typed, with the reason on top."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.browser import Browser


@pytest.mark.attack(19)
def test_a_form_with_a_token_of_another_session_comes_back_as_it_was_typed(app: Flask, browser: Browser):
    page = browser.post("/sign-in", {"csrf_token": "stale", "name": "agent", "password": "secret"}, expect=422)
    assert "Nothing is lost" in page.soup.select_one(".error-summary").text
    assert page.form("/sign-in")["name"] == "agent"


def test_a_refusal_that_is_about_no_field_stands_above_the_form(app: Flask, browser: Browser):
    page = browser.post("/sign-in", {"name": "nobody", "password": "secret"}, expect=422)
    assert page.soup.select_one(".error-summary li").text.strip()
