"""Letters: at once or once a day, in the reader's language, with nothing that the reader may not see."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.extensions import db
from portal.kernel import outbox, smtp
from portal.kernel.outbox import OutboxMail
from portal.notifications import actions, jobs, queries
from portal.notifications.models import Notice
from portal.notifications.states import USUAL, News, Way
from portal.tickets import actions as tickets
from portal.tickets.states import Impact, Urgency
from tests.conftest import NOW
from tests.notifications.conftest import told
from tests.tickets.conftest import again, by_hand, person_of

HOUR = timedelta(hours=1)


@pytest.fixture
def letters(house, app, postbox, monkeypatch):
    """A mail server on loopback, and an address for everybody; `letters(at)` lets what is due leave."""
    monkeypatch.setitem(app.config, "MAIL_URL", postbox.url)
    by_hand("UPDATE person SET mail = lower(name) || '@xinghe.example'")

    def leave(at=NOW):
        postbox.got.clear()
        with smtp.Carrier() as carry:
            outbox.sweep(carry, at)
        return {to[0].partition("@")[0]: message for to, message in postbox.got}

    return leave


def test_what_waits_for_me_comes_by_mail_with_its_number_and_its_link(house, opened, rounds, letters):
    ticket = opened()
    tickets.offer(house.li, ticket, house.tech, person_of(house.zhao), at=NOW)
    rounds()
    mail = letters()["zhao"]
    assert mail["Subject"].startswith(f"{ticket.number}: Offered to Zhao (TECH)")
    text = mail.get_content()
    assert f"/tickets/{ticket.number}" in text
    assert f"{ticket.number} 路由器重启" in text
    assert "/me/notifications" in text
    assert mail.get_content_type() == "text/plain"
    assert mail["Auto-Submitted"] == "auto-generated"
    rounds(NOW + HOUR)
    assert letters(NOW + HOUR) == {}  # once


@pytest.mark.attack(33, 39)
def test_many_pieces_of_news_are_one_letter_in_the_language_of_its_reader(house, opened, rounds, letters):
    by_hand("UPDATE person SET locale = 'zh-CN' WHERE id = :id", id=house.zhao.id)
    for n in range(45):
        tickets.offer(house.li, opened(title=f"第{n}件"), house.tech, person_of(house.zhao), at=NOW)
    rounds(NOW + 8 * HOUR)
    mail = letters(NOW + 8 * HOUR)["zhao"]
    assert mail["Subject"] == "星河网络：45 条新消息"
    text = mail.get_content()
    assert "第39件" in text
    assert "第40件" not in text
    assert "另有 5 条" in text
    assert db.session.scalar(db.select(db.func.count()).select_from(OutboxMail)) == 1


@pytest.mark.attack(1, 9)
def test_what_somebody_typed_adds_no_header_and_is_no_markup_in_a_letter(house, opened, rounds, letters):
    ticket = opened(title="标题\r\nBcc: evil@evil.example")
    tickets.offer(
        house.li, ticket, house.tech, person_of(house.zhao), note="急\r\nBcc: evil@evil.example\r\n\r\n<img src=x>",
        at=NOW,
    )  # fmt: skip
    rounds()
    mail = letters()["zhao"]
    assert mail["Bcc"] is None
    assert mail["To"] == "zhao@xinghe.example"
    assert "\n" not in mail["Subject"]
    assert [part.get_content_type() for part in mail.walk()] == ["text/plain"]


@pytest.mark.attack(16, 17)
def test_a_letter_says_nothing_of_what_its_reader_may_no_longer_see(house, opened, rounds, letters, monkeypatch):
    ticket = opened()
    tickets.offer(house.li, ticket, house.tech, person_of(house.zhao), at=NOW)
    with monkeypatch.context() as dying:
        dying.setattr(jobs, "_write", lambda *_all: 0)  # the worker died between telling and writing
        rounds()
    assert queries.unread(again(house.zhao)) == 1
    tickets.offer(house.lin, ticket, house.desk, at=NOW)
    rounds(NOW + HOUR)
    assert "zhao" not in letters(NOW + HOUR)


def test_whoever_has_left_gets_no_letter(house, opened, rounds, letters, monkeypatch):
    tickets.offer(house.li, opened(), house.tech, person_of(house.zhao), at=NOW)
    with monkeypatch.context() as dying:
        dying.setattr(jobs, "_write", lambda *_all: 0)
        rounds()
    by_hand("UPDATE person SET disabled_at = :at WHERE id = :id", at="2026-10-12 02:00:00+00:00", id=house.zhao.id)
    rounds(NOW + HOUR)
    assert letters(NOW + HOUR) == {}


def test_the_daily_letter_leaves_once_from_its_hour_on_without_what_was_read(house, worked, rounds, letters, app):
    actions.choose(house.wang, {**USUAL, News.PROGRESS: frozenset({Way.BELL, Way.DIGEST})}, at=NOW)
    first, second = worked(title="第一件"), worked(title="第二件")
    for one in (first, second):
        tickets.follow(house.wang, one, at=NOW)
        tickets.note(house.li, one, "备注", at=NOW)
    rounds()
    read = next(one for one in told(house.wang) if one.title == "第一件")
    actions.read(house.wang, read.notice, at=NOW)
    early, due = NOW + 21 * HOUR + HOUR / 2, NOW + 22 * HOUR  # half past seven and eight, the morning after
    assert app.config["DIGEST_HOUR"] == 8
    jobs.write_daily_letters(early)
    assert letters(early) == {}
    jobs.write_daily_letters(due)
    jobs.write_daily_letters(due + HOUR / 6)
    mail = letters(due)["wang"]
    assert mail["Subject"] == "Your day at 星河网络: 1 pieces of news"
    assert "第二件" in mail.get_content()
    assert "第一件" not in mail.get_content()
    tickets.note(house.li, second, "又一条", at=due + HOUR)
    rounds(due + HOUR)
    jobs.write_daily_letters(due + 2 * HOUR)
    assert letters(due + 2 * HOUR) == {}  # tomorrow's


def test_without_a_mail_server_nothing_piles_up(house, opened, rounds):
    by_hand("UPDATE person SET mail = 'a@xinghe.example'")
    tickets.offer(house.li, opened(), house.tech, person_of(house.zhao), at=NOW)
    rounds()
    assert set(db.session.scalars(db.select(Notice.way))) == {Way.BELL}


def test_an_alarm_reaches_the_superior_by_mail_and_a_note_does_not(house, worked, rounds, letters):
    ticket = worked(impact=Impact.MANY, urgency=Urgency.NOW)
    tickets.note(house.li, ticket, "备注", at=NOW)
    rounds()
    mails = letters()
    assert set(mails) == {"luo"}
    assert "emergency" in mails["luo"].get_content()
