"""A session in a manual that asks something shows what came of the quiz, and nobody types it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.extensions import db
from portal.kernel.actions import PORTAL
from portal.policies import acknowledgements, actions, quiz
from portal.policies.acknowledgement_states import Way
from portal.policies.quiz_rules import Choice, Question
from portal.policies.rules import ClauseText, VersionText
from portal.training import queries, quizzes
from portal.training.models import TrainingSession
from tests.conftest import NOW, TODAY
from tests.training.conftest import HOUR

ASKED = (
    Question("How soon is a customer answered?", (Choice("three days", True), Choice("ten days", False)), "answer"),
    Question("By whom?", (Choice("whoever heard first", True), Choice("nobody", False)), "answer"),
)


@pytest.fixture
def book(house, manual):
    """KF-01 of the desk, in force from today on; `book("1.1", tomorrow)` is its next version."""
    found = manual("KF-01", house.desk)

    def make(label="1.0", from_on=TODAY, questions=ASKED):
        major, minor = map(int, label.split("."))
        text = (ClauseText("answer", "1", "Answer", "Within three days.", {}),)
        actions.publish_version(PORTAL, found, VersionText(major, minor, from_on, text, questions=questions), at=NOW)
        if questions:
            acknowledgements.choose_way(PORTAL, found, Way.QUIZ, at=NOW)
        return found

    return make


def take(who, manual, right: int, *, at=NOW) -> None:
    """Tick so many right ones in the quiz about the newest version."""
    one = acknowledgements.mine_about(who, manual.id)[0]
    answers = {
        each.id: {0 if place < right else 1} for place, each in enumerate(quiz.questions_of(one.version_id))
    }  # fmt: skip
    quiz.take(who, one, answers, digest=one.digest, at=at)


def shown(session: TrainingSession, reader) -> dict[str, list[str]]:
    people = queries.participants(reader, session)
    found = quizzes.of_session(session, people)
    return {one.name: [str(each.sentence) for each in found.get(one.person_id, ())] for one in people}


@pytest.mark.rule("POL-031")
def test_the_best_try_and_how_many_there_were_stand_beside_the_result(house, book, course, session):
    of = book()
    one = session(course(manuals=[of]), begins=NOW + HOUR)
    nothing = "quiz KF-01: not taken yet"
    assert shown(one, house.hr)["Li"] == [nothing]
    take(house.li, of, 1)
    assert shown(one, house.hr)["Li"] == ["quiz KF-01: 1 of 2 right, tries: 1"]
    take(house.li, of, 2)
    assert shown(one, house.hr)["Li"] == ["quiz KF-01: 2 of 2 right, tries: 2"]
    assert shown(one, house.hr)["Yu"] == [nothing]


def test_a_minor_version_keeps_what_was_passed_and_a_major_one_asks_anew(house, book, course, session):
    of = book()
    take(house.li, of, 2)
    taught = course(manuals=[of])
    book("1.1", TODAY + timedelta(days=1))
    minor = session(taught, begins=NOW + 26 * HOUR)
    assert minor.texts == ["KF-01 1.1"]
    assert shown(minor, house.hr)["Li"] == ["quiz KF-01: 2 of 2 right, tries: 1"]
    book("2.0", TODAY + timedelta(days=2))
    major = session(taught, begins=NOW + 50 * HOUR)
    assert shown(major, house.hr)["Li"] == ["quiz KF-01: not taken yet"]


def test_of_a_manual_that_asks_nothing_and_of_a_course_without_one_nothing_is_said(house, book, course, session):
    of = book(questions=())
    for one in (session(course(manuals=[of])), session(course("KF-03"))):
        assert shown(one, house.hr)["Li"] == []


@pytest.mark.attack(10, 16)
def test_whoever_does_not_see_a_result_sees_no_try_either(house, book, course, session):
    of = book()
    take(house.li, of, 1)
    one = session(course(manuals=[of]), begins=NOW + HOUR)
    assert set(shown(one, house.yu)) == {"Yu"}
    assert "Li" in shown(one, house.han)


def test_the_page_its_table_and_the_results_say_it(demo, browser):
    hr = browser.sign_in("hr")
    number = db.session.scalar(db.select(TrainingSession.number).where(TrainingSession.title == "入职培训（秋季）"))
    for address in (f"/training/sessions/{number}", f"/training/sessions/{number}/results"):
        assert "quiz XW-01" in hr.get(address).main, address
    assert "quiz XW-01" in hr.get(f"/training/sessions/{number}/sheet.csv").text
