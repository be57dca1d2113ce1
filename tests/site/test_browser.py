"""The browser of the tests is as forgetful between requests as a server must be."""

from __future__ import annotations

from flask import Flask

from tests.browser import Browser


def test_two_people_who_take_turns_are_each_answered_as_themselves(demo: Flask):
    agent, head = Browser(demo).sign_in("agent"), Browser(demo).sign_in("hr")
    names = [one.get("/").soup.select_one(".me-name").text for one in (agent, head, agent)]
    assert names[0] == names[2] != names[1]


def test_each_request_is_answered_in_the_language_it_asks_for(app: Flask, browser: Browser):
    for language in ("en", "zh-TW", "zh-CN"):
        browser.language = language
        assert browser.get("/sign-in").soup.html["lang"] == language
