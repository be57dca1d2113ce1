"""The log is for machines: a line of JSON for each thing, Chinese as it is, with the number that the answer carries."""

from __future__ import annotations

import json
from functools import wraps

import pytest
import structlog
from flask import Flask
from sqlalchemy import text

from portal.config import SettingError, load
from portal.extensions import db
from tests.browser import Browser


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_holds_level_time_and_words_as_they_are(the_app: Flask, capsys: pytest.CaptureFixture[str]):
    structlog.get_logger().warning("mail", to="张伟")
    (line,) = lines(capsys)
    assert (line["event"], line["level"], line["to"]) == ("mail", "warning", "张伟")
    assert line["at"].endswith("Z")


def test_below_the_level_nothing_is_written(the_app: Flask, capsys: pytest.CaptureFixture[str]):
    structlog.get_logger().debug("chatter")
    assert lines(capsys) == []


def test_a_fault_is_written_with_its_trace_and_the_number_that_the_person_was_shown(
    app: Flask, browser: Browser, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    @wraps(app.view_functions["organisation.sign_in"])
    def fault() -> None:
        raise RuntimeError("the roof leaks")

    monkeypatch.setitem(app.view_functions, "organisation.sign_in", fault)
    page = browser.get("/sign-in", expect=500)
    (line,) = lines(capsys)
    assert "RuntimeError: the roof leaks" in line["exception"]
    assert line["request_id"] == page.headers["X-Request-Id"]
    assert line["request_id"] in page.text


def test_what_people_typed_is_in_no_message_of_the_database(
    demo: Flask, browser: Browser, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    typed = "correct horse"  # its own line: the log shows the lines that a fault went through

    @wraps(demo.view_functions["organisation.sign_in"])
    def fault() -> None:
        db.session.execute(text("SELECT :secret FROM nowhere"), {"secret": typed})

    monkeypatch.setitem(demo.view_functions, "organisation.sign_in", fault)
    browser.get("/sign-in", expect={500, 503})
    written = capsys.readouterr().err
    assert "nowhere" in written
    assert typed not in written


@pytest.mark.parametrize("level", ["loud", ""])
def test_a_level_that_is_none_stops_the_start_with_a_sentence(level: str):
    with pytest.raises(SettingError, match="PORTAL_LOG_LEVEL"):
        load({"PORTAL_LOG_LEVEL": level})
