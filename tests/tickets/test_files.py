"""Whoever may read a letter may open what came with it, and nobody else."""

from __future__ import annotations

import io
from datetime import date

import pytest
from flask import current_app

from portal.extensions import db
from portal.kernel.actions import PORTAL
from portal.kernel.files import Attachment
from portal.kernel.permissions import Role
from portal.kernel.security_log import Kind, SecurityEvent
from portal.organisation import accounts
from portal.organisation import actions as organisation
from portal.organisation.models import Grant
from portal.organisation.staff import Staff
from portal.tickets.models import Ticket
from tests.browser import Browser
from tests.conftest import NOW
from tests.tickets.conftest import by_hand, later, person_of

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


def as_(who: Staff) -> Browser:
    """A browser of somebody in the house."""
    by_hand("UPDATE person SET must_change_password = false")
    return Browser(current_app._get_current_object()).sign_in(person_of(who).sign_in_name)


def keep(browser: Browser, name: str, content: bytes = PNG) -> str:
    """Choose a file as the script does; its id."""
    answer = browser.post("/files", {"files": (io.BytesIO(content), name)}, expect=200, part="attached")
    return answer.soup.select_one("input[name=files]")["value"]


def write(browser: Browser, number: str, what: str, files: object, expect: int = 303):
    words = {"what": what, "words": "见附件。", "channel": "telephone", "files": files}
    return browser.post(f"/tickets/{number}/write", words, expect=expect)


def newest() -> int:
    return db.session.scalars(db.select(Attachment.id).order_by(Attachment.id.desc())).first() or 0


def test_a_file_goes_along_with_a_reply_and_stands_in_its_letter(house, worked):
    number, li = worked().number, as_(house.li)
    write(li, number, "reply", keep(li, "现场照片.png"))
    link = li.get(f"/tickets/{number}").soup.select_one(".letter.out .files a")
    assert link.text == "现场照片.png"
    answer = li.get(link["href"])
    assert answer.response.data == PNG
    assert answer.response.mimetype == "image/png"


def test_without_script_the_file_comes_with_the_form_itself(house, worked):
    number, li = worked().number, as_(house.li)
    write(li, number, "note", (io.BytesIO(b"%PDF-1.7"), "合同.pdf"))
    assert li.get(f"/tickets/{number}").soup.select_one(".letter.inside .files a").text == "合同.pdf"


def test_a_form_that_comes_back_still_has_its_files(house, worked):
    number, li = worked().number, as_(house.li)
    words = {"what": "reply", "words": "", "channel": "telephone", "files": (io.BytesIO(PNG), "照片.png")}
    answer = li.post(f"/tickets/{number}/write", words, expect=422)
    box = answer.soup.select_one("input[type=checkbox][name=files]")
    assert box.has_attr("checked")
    write(li, number, "reply", box["value"])
    assert li.get(f"/tickets/{number}").soup.select_one(".letter.out .files a").text == "照片.png"


def test_a_new_ticket_keeps_what_the_customer_sent(house, customer):
    caller, li = customer.number, as_(house.li)
    page = li.get(f"/tickets/new?customer={caller}")
    form = page.form("/tickets/new") | {
        "kind": "consultation", "title": "来信", "body": "见附件", "files": keep(li, "来信.png"),
    }  # fmt: skip
    li.follow(li.post("/tickets/new", form))
    number = db.session.scalars(db.select(Ticket.number).order_by(Ticket.id.desc())).first()
    assert li.get(f"/tickets/{number}").soup.select_one(".letter.in .files a").text == "来信.png"


@pytest.mark.attack(5, 10, 16)
def test_who_may_not_read_the_letter_gets_the_same_answer_as_for_no_file_at_all(house, worked):
    number, li = worked().number, as_(house.li)
    write(li, number, "note", keep(li, "内部.png"))
    inside = newest()
    write(li, number, "reply", keep(li, "外部.png"))
    outside = newest()
    for stranger in (house.yu, house.mo):
        answers = [as_(stranger).get(f"/files/{one}", expect=404) for one in (inside, outside, 999_999)]
        assert len({one.main for one in answers}) == 1
    assert (
        Browser(current_app._get_current_object())
        .get(f"/files/{outside}", expect=303)
        .headers["Location"]
        .startswith("/sign-in")
    )
    assert as_(house.lin).get(f"/files/{inside}").status == 200


@pytest.mark.attack(5, 11)
def test_the_requester_opens_what_was_replied_and_not_what_is_inside(house, opened):
    number = opened(customer=None, requester=person_of(house.mo)).number
    li, mo = as_(house.li), as_(house.mo)
    write(li, number, "note", keep(li, "内部.png"))
    inside = newest()
    write(li, number, "reply", keep(li, "外部.png"))
    assert mo.get(f"/files/{newest()}").status == 200
    mo.get(f"/files/{inside}", expect=404)
    assert "内部.png" not in mo.get(f"/tickets/{number}").text


@pytest.mark.attack(5, 17)
def test_a_right_that_is_taken_takes_the_files_along(house, worked):
    number, lin = worked().number, as_(house.lin)
    li = as_(house.li)
    write(li, number, "reply", keep(li, "外部.png"))
    assert lin.get(f"/files/{newest()}").status == 200
    grant = db.session.scalars(db.select(Grant).where(Grant.person_id == house.lin.id)).one()
    assert grant.role == Role.SUPERVISOR
    organisation.take_role(PORTAL, grant, to_on=date(2026, 10, 12), at=NOW)
    lin.get(f"/files/{newest()}", expect=404)


@pytest.mark.attack(5)
def test_a_closed_account_opens_nothing(house, worked):
    number, li = worked().number, as_(house.li)
    write(li, number, "reply", keep(li, "外部.png"))
    lin = as_(house.lin)
    accounts.disable(PORTAL, person_of(house.lin), reason="left", at=later(1))
    lin.get(f"/files/{newest()}", expect=303)


@pytest.mark.attack(6)
def test_somebody_elses_upload_is_refused_and_kept_in_the_security_log(house, worked):
    number, li, lin = worked().number, as_(house.li), as_(house.lin)
    theirs = keep(lin, "秘密.png")
    write(li, number, "note", theirs, expect=403)
    assert "秘密.png" not in li.get(f"/tickets/{number}").text
    kinds = db.session.scalars(db.select(SecurityEvent.kind)).all()
    assert Kind.VERB_REFUSED in kinds


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("a.html", b"<script>alert(1)</script>"),
        ("a.xhtml", b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><script/></html>"),
        ("a.pht", b"<?php echo 1;"),
        ("a.pdf", b"%PDF-1.4\n<script>alert(1)</script>"),
        ("a.png.html", b"<b>"),
        ("picture.png", b"<script>alert(1)</script>"),
    ],
)
@pytest.mark.attack(3)
def test_what_could_run_is_handed_out_to_be_saved_and_sealed_off(house, worked, name, content):
    number, li = worked().number, as_(house.li)
    write(li, number, "reply", keep(li, name, content))
    headers = li.get(f"/files/{newest()}").headers
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"].startswith("attachment")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.attack(4, 39)
def test_the_language_of_the_page_changes_neither_type_nor_name(house, worked):
    number, li = worked().number, as_(house.li)
    li.language = "zh-CN"
    write(li, number, "reply", keep(li, "会议室A 报修单.png"))
    seen = set()
    for language in ("zh-CN", "zh-TW", "en"):
        li.language = language
        headers = li.get(f"/files/{newest()}").headers
        seen.add((headers["Content-Type"], headers["Content-Disposition"]))
    assert len(seen) == 1
    assert "UTF-8''%E4%BC%9A" in seen.pop()[1]


@pytest.mark.attack(7)
def test_a_file_that_is_too_large_is_said_at_its_field_and_the_words_stay(house, worked, app, monkeypatch):
    number, li = worked().number, as_(house.li)
    monkeypatch.setitem(app.config, "UPLOAD_MB", 0)
    answer = write(li, number, "reply", (io.BytesIO(b"x"), "大.bin"), expect=422)
    assert "larger than 0 MB" in answer.soup.select_one(".attach .error").text
    assert answer.soup.select_one("textarea").text.strip() == "见附件。"
