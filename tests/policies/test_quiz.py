"""A quiz about a version: written with its draft, published with it, and passed before an acknowledgement counts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.demo.cast import PASSWORD
from portal.extensions import db
from portal.kernel import journal
from portal.kernel.actions import PORTAL
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.permissions import Role
from portal.kernel.signature import Confirmation, Method
from portal.policies import acknowledgements, actions, drafts, life, queries, quiz
from portal.policies.acknowledgement_models import Acknowledgement
from portal.policies.acknowledgement_rules import KnownRules
from portal.policies.acknowledgement_states import Known, Way
from portal.policies.models import Manual
from portal.policies.quiz_models import QuizAttempt
from portal.policies.quiz_rules import Choice, Question, digest, is_right, refuse_faulty, wanted_of
from portal.policies.rulebook import supposing
from portal.policies.rules import ClauseText, VersionText
from tests.conftest import NOW, TODAY

ONE = Question("多久答复客户？", (Choice("三日", True), Choice("十日", False)), "answer")
TWO = Question("答复要写什么？", (Choice("结果", True), Choice("期限", True), Choice("抱怨", False)), "answer")


@pytest.fixture
def house(department, staff):
    class House:
        top = department("XH")
        desk = department("CS", top)
        shop = department("SHOP", top)
        li = staff("Li", desk)
        yu = staff("Yu", desk)
        han = staff("Han", desk, Role.HEAD)
        mo = staff("Mo", shop, Role.HEAD)
        hr = staff("Wen", top, Role.HR)
        shen = staff("Shen", top, Role.EXECUTIVE)

    return House


@pytest.fixture
def publish(manual, house):
    """`publish("1.0", TODAY, (ONE, TWO))`: the next version of KF-01 with its quiz, owned by Han."""
    made = []

    def make(label="1.0", from_on=TODAY, questions=(ONE, TWO), *, way=None, rulings=()):
        if not made:
            made.append(manual("KF-01", house.desk))
            made[0].owner_id = house.han.id
            db.session.commit()
        major, minor = map(int, label.split("."))
        text = (ClauseText("answer", "1", "答复", "三日内答复。", dict(rulings)),)
        version = actions.publish_version(
            PORTAL, made[0], VersionText(major, minor, from_on, text, questions=questions), at=NOW
        )
        if way is not None:
            acknowledgements.choose_way(PORTAL, made[0], way, at=NOW)
        return version

    return make


def mine(who, version):
    one = acknowledgements.mine_of(who, version.id)
    assert one is not None
    db.session.refresh(one)
    return one


def answer(who, version, *marks, at=NOW, digest=None):
    """Tick, question by question, these places."""
    questions = quiz.questions_of(version.id)
    ticked = {one.id: places for one, places in zip(questions, marks, strict=True)}
    return quiz.take(who, mine(who, version), ticked, digest=digest or version.digest, at=at)


RIGHT = ([0], [0, 1])
WRONG = ([1], [0, 1])


def proved(who, at=NOW):
    return Confirmation(who.id, Method.PASSWORD, at)


# ── Rules ──


@pytest.mark.parametrize(("ticked", "right"), [([0, 1], True), ([0], False), ([0, 1, 2], False), ([], False)])
def test_a_question_is_answered_by_exactly_the_right_answers(ticked, right):
    assert is_right(TWO.choices, ticked) is right


@pytest.mark.parametrize(("asked", "share", "wanted"), [(5, 80, 4), (3, 80, 3), (10, 75, 8), (1, 1, 1), (4, 100, 4)])
def test_the_share_that_the_manual_names_is_rounded_up_to_whole_questions(asked, share, wanted):
    assert wanted_of(asked, supposing(KnownRules, quiz_pass=share)) == wanted


@pytest.mark.parametrize(
    ("question", "field"),
    [
        (Question("", ONE.choices), "words"),
        (Question("多久？", ONE.choices[:1]), "choice_1"),
        (Question("多久？", (Choice("三日", False), Choice("十日", False))), "choice_1"),
        (Question("多久？", (Choice("三日", True), Choice("十日", True))), "choice_1"),
        (Question("多久？", (Choice("三日", True), Choice("三日", False))), "choice_1"),
    ],
)
def test_a_question_that_nobody_or_everybody_could_answer_is_refused(question, field):
    with pytest.raises(Refused) as no:
        refuse_faulty(question)
    assert no.value.field == field


# ── An acknowledgement with a quiz ──


@pytest.mark.rule("POL-026", "POL-031")
def test_passing_the_quiz_acknowledges_and_failing_does_not(publish, house):
    version = publish(way=Way.QUIZ)
    with pytest.raises(Refused, match="quiz"):
        acknowledgements.acknowledge(house.li, mine(house.li, version), None, digest=version.digest, at=NOW)
    assert answer(house.li, version, *WRONG).passed is False
    assert mine(house.li, version).state is Known.OPEN
    assert answer(house.li, version, *RIGHT).passed is True
    assert mine(house.li, version).state is Known.PASSED
    assert journal.names("acknowledgement") == ["QuizTaken", "QuizTaken", "Acknowledged"]


def test_where_it_is_signed_too_passing_alone_does_not_count(publish, house):
    version = publish(way=Way.QUIZ_SIGN)
    one = mine(house.li, version)
    with pytest.raises(Refused, match="quiz"):
        acknowledgements.acknowledge(house.li, one, proved(house.li), digest=version.digest, at=NOW)
    answer(house.li, version, *RIGHT)
    assert mine(house.li, version).state is Known.OPEN
    acknowledgements.acknowledge(house.li, one, proved(house.li), digest=version.digest, at=NOW)
    assert one.state is Known.SIGNED
    assert version.quiz_digest in acknowledgements.signature_of(one).content
    assert [*acknowledgements.wrong_ones(), *quiz.wrong_ones()] == []


@pytest.mark.parametrize(("share", "passed"), [("50", True), ("51", False)])
def test_half_of_the_answers_pass_on_one_side_of_the_ruled_share(publish, house, share, passed):
    version = publish(way=Way.QUIZ, rulings={"manuals.quiz_pass": share}.items())
    made = answer(house.li, version, *WRONG)
    assert (made.right, made.passed, made.because) == (1, passed, "KF-01 1.0 1")


@pytest.mark.parametrize(("tries", "again"), [("2", True), ("1", False)])
def test_after_the_tries_of_a_day_one_reads_again_until_the_next(publish, house, tries, again):
    version = publish(way=Way.QUIZ, rulings={"manuals.quiz_tries": tries}.items())
    answer(house.li, version, *WRONG)
    if again:
        answer(house.li, version, *WRONG)
    with pytest.raises(Refused, match="tomorrow"):
        answer(house.li, version, *RIGHT)
    assert answer(house.li, version, *RIGHT, at=NOW + timedelta(days=1)).passed


def test_nobody_takes_it_for_another_or_twice(publish, house):
    version = publish(way=Way.QUIZ)
    with pytest.raises(NotAllowed):
        quiz.take(house.yu, mine(house.li, version), {}, digest=version.digest, at=NOW)
    answer(house.li, version, *RIGHT)
    with pytest.raises(OutOfDate):
        answer(house.li, version, *RIGHT)


def test_a_superseded_version_is_not_answered_any_more(publish, house):
    first = publish(way=Way.QUIZ)
    publish("1.1", TODAY + timedelta(days=1))
    with pytest.raises(OutOfDate, match=r"1\.1 was published since"):
        answer(house.li, first, *RIGHT)


def test_a_minor_version_keeps_who_passed_and_a_major_one_asks_anew(publish, house):
    answer(house.li, publish(way=Way.QUIZ), *RIGHT)
    assert acknowledgements.mine_of(house.li, publish("1.1", TODAY + timedelta(days=1)).id) is None
    major = publish("2.0", TODAY + timedelta(days=2))
    assert (mine(house.li, major).state, mine(house.li, major).way) == (Known.OPEN, Way.QUIZ)


def test_questions_are_asked_from_the_first_version_on_where_nobody_chose_otherwise(publish, house):
    assert mine(house.li, publish()).way is Way.QUIZ_SIGN
    publish("2.0", TODAY + timedelta(days=1), way=Way.SIGN)
    assert mine(house.li, publish("3.0", TODAY + timedelta(days=2))).way is Way.SIGN


def test_a_version_about_which_nothing_is_asked_is_read_or_signed(publish, house):
    first = publish(questions=())
    with pytest.raises(Refused, match="Nothing is asked"):
        acknowledgements.choose_way(PORTAL, first.manual, Way.QUIZ_SIGN, at=NOW)
    publish("2.0", TODAY + timedelta(days=1), way=Way.QUIZ_SIGN)
    assert mine(house.li, publish("3.0", TODAY + timedelta(days=2), ())).way is Way.SIGN


# ── Frozen, and kept ──


@pytest.mark.attack(42)
@pytest.mark.parametrize("statement", ["UPDATE quiz_question SET words = 'x'", "DELETE FROM quiz_attempt"])
def test_what_was_published_and_answered_can_neither_be_changed_nor_removed(publish, house, statement):
    answer(house.li, publish(way=Way.QUIZ), *WRONG)
    with pytest.raises(Exception, match="append-only"):
        db.session.execute(db.text(statement))


@pytest.mark.attack(42)
def test_another_quiz_than_the_published_one_is_found_out(publish):
    version = publish()
    assert version.quiz_digest == digest((ONE, TWO))
    assert list(queries.versions_with_wrong_hash()) == []
    db.session.execute(db.text("UPDATE manual_version SET quiz_digest = 'x'"))
    db.session.expire_all()
    assert ["quiz" in str(one.sentence) for one in queries.versions_with_wrong_hash()] == [True]


@pytest.mark.attack(42)
def test_an_acknowledgement_by_a_quiz_that_nobody_passed_is_found_out(publish, house):
    version = publish(way=Way.QUIZ)
    answer(house.li, version, *RIGHT)
    assert list(quiz.wrong_ones()) == []
    db.session.execute(db.text("UPDATE acknowledgement SET state = 'passed'"))
    assert {str(one.sentence).split(" about")[0] for one in quiz.wrong_ones()} >= {"The quiz of Yu"}


def test_the_hash_of_the_text_is_the_same_whether_it_is_asked_about_or_not(publish):
    version = publish()
    text = VersionText(1, 0, TODAY, (ClauseText("answer", "1", "答复", "三日内答复。"),))
    from portal.policies import rules

    assert version.digest == rules.digest("KF-01", "CS", text)


# ── Who sees what of it ──


@pytest.mark.attack(10)
def test_what_was_ticked_is_seen_by_whoever_answered_and_by_nobody_else(publish, house):
    version = publish(way=Way.QUIZ)
    answer(house.li, version, *WRONG)
    one = mine(house.li, version)
    own = quiz.tries_at(house.li, one)
    assert [(question.words, ticked, right) for question, ticked, right in own[0].answers] == [
        (ONE.words, ["十日"], False), (TWO.words, ["结果", "期限"], True),
    ]  # fmt: skip
    for who in (house.han, house.hr):
        assert [(each.attempt.passed, each.answers) for each in quiz.tries_at(who, one)] == [(False, ())]
    for who in (house.yu, house.mo):
        assert quiz.tries_at(who, one) == []
    assert all("十日" not in str(entry.facts) for entry in journal.of("acknowledgement", one.id))


def test_heads_see_who_of_their_people_has_not_passed(publish, house):
    version = publish(way=Way.QUIZ)
    answer(house.li, version, *RIGHT)
    assert {row.person_name for row in acknowledgements.who(house.han, version, "open").rows} == {"Han", "Yu"}
    assert {row.person_name for row in acknowledgements.who(house.han, version, "done").rows} == {"Li"}


# ── Written with the draft ──


@pytest.fixture
def draft(publish, house):
    return drafts.begin_version(house.han, publish().manual, at=NOW)


def test_the_next_version_begins_with_the_questions_of_the_one_before(draft):
    assert [one.text() for one in draft.questions] == [ONE, TWO]


def test_whoever_was_faster_with_a_question_is_named(draft, house):
    seen = draft.version
    quiz.write_question(house.han, draft, None, ONE, seen=seen, at=NOW)
    with pytest.raises(OutOfDate, match="Han was faster"):
        quiz.write_question(house.han, draft, draft.questions[0], TWO, seen=seen, at=NOW)


def test_only_whoever_writes_the_draft_writes_its_questions(draft, house):
    for who in (house.li, house.mo, house.shen):
        with pytest.raises(NotAllowed):
            quiz.write_question(who, draft, None, ONE, seen=draft.version, at=NOW)


def test_another_question_is_another_draft_than_the_one_that_was_approved(draft, house):
    drafts.plan(
        house.han, draft, major=2, minor=0, effective_from=TODAY + timedelta(days=9), summary="…", drops=[],
        seen=draft.version, at=NOW,
    )  # fmt: skip
    before = life.digest(draft)
    quiz.remove_question(house.han, draft, draft.questions[1], seen=draft.version, at=NOW)
    assert life.digest(draft) != before
    assert [one.position for one in draft.questions] == [1]


# ── Pages ──


@pytest.fixture
def newcomer(demo, browser):
    """Whoever came last week is asked to pass the quiz about the code of conduct, and to sign it."""
    from portal.policies import jobs

    jobs.keep_up(NOW)
    return browser.sign_in("tongxin")


QUIZ = "/manuals/XW-01/1.0/quiz"


def fill(page, right):
    """The fields of the quiz, answered rightly or not."""
    found = {one["name"]: one["value"] for one in page.soup.select(f"form[action='{QUIZ}'] input[type=hidden]")}
    version = db.session.scalar(
        db.select(Acknowledgement.version_id).join(Acknowledgement.manual).where(db.text("manual.code = 'XW-01'"))
    )
    for one in quiz.questions_of(version):
        places = [str(place) for place, choice in enumerate(one.choices) if choice.right is right]
        several = sum(choice.right for choice in one.choices) > 1
        found[f"q_{one.id}"] = places if several else places[0]
    return found


@pytest.mark.rule("POL-006", "POL-026")
def test_a_newcomer_reads_answers_and_signs_the_code_of_conduct(newcomer):
    asked = newcomer.get("/manuals/XW-01/1.0/acknowledge")
    assert "Take the quiz" in asked.main
    assert not asked.soup.select("input[name=secret]")
    page = newcomer.get(QUIZ)
    assert "Question 1 has no answer yet." in newcomer.post(QUIZ, {"digest": "x"}, expect=422).main
    failed = newcomer.follow(newcomer.post(QUIZ, fill(page, right=False), expect=303))
    assert "Not passed yet: 0 right of 3" in failed.main
    assert "5.2" in failed.main  # where the answer stands
    newcomer.post(QUIZ, fill(newcomer.get(QUIZ), right=True), expect=303)
    page = newcomer.get("/manuals/XW-01/1.0/acknowledge")
    assert "quiz passed" in page.main
    digest_ = page.soup.select_one("input[name=digest]")["value"]
    newcomer.post("/manuals/XW-01/1.0/acknowledge", {"digest": digest_, "secret": PASSWORD})
    assert db.session.scalars(db.select(QuizAttempt.passed).order_by(QuizAttempt.id)).all() == [False, True]


@pytest.mark.attack(29)
def test_after_the_last_try_the_page_says_so_and_leads_to_what_was_not_right(newcomer):
    for _try in range(3):
        newcomer.post(QUIZ, fill(newcomer.get(QUIZ), right=False))
    page = newcomer.get("/manuals/XW-01/1.0/acknowledge")
    assert "That was the last try for today" in page.main
    assert "Take the quiz" not in page.main
    assert page.soup.select_one(f"#acknowledge a[href='{QUIZ}']")


def test_a_double_click_is_one_try(newcomer):
    sent = fill(newcomer.get(QUIZ), right=False)
    newcomer.post(QUIZ, sent)
    newcomer.post(QUIZ, sent)
    assert db.session.scalar(db.select(db.func.count()).select_from(QuizAttempt)) == 1


def test_whoever_is_asked_nothing_finds_no_quiz(demo, browser):
    clerk = browser.sign_in("clerk")
    clerk.get("/manuals/KF-01/3.0/quiz", expect=404)
    clerk.get("/manuals/WD-01/draft/quiz", expect=404)


def test_the_author_writes_questions_in_plain_forms(demo, browser):
    author, here = browser.sign_in("shopkeeper"), "/manuals/WD-01/draft"
    draft = db.session.scalar(db.text("SELECT id FROM manual_draft"))
    assert draft
    assert "Nothing is asked" in author.get(here).main
    assert "Nothing is asked" in author.get(f"{here}/quiz").main


def test_whoever_writes_questions_is_told_where_nobody_would_be_asked_them(demo, browser):
    author, here = browser.sign_in("shopkeeper"), "/manuals/WD-01/draft/quiz"
    author.post("/manuals/WD-01/draft/step/back-to-drafting", {"words": "还有题目要加"})
    form = author.get(f"{here}/new").form("/quiz/new")
    author.post(f"{here}/new", form | {"words": "几秒应答？", "choice_1": "十五", "choice_2": "六十", "right_1": "y"})
    assert "nobody is asked these questions" not in author.get(here).main
    manual = db.session.scalars(db.select(Manual).where(Manual.code == "WD-01")).one()
    acknowledgements.choose_way(PORTAL, manual, Way.SIGN, at=NOW)
    assert "nobody is asked these questions" in author.get(here).main


def test_the_pages_ask_the_database_seldom(newcomer, statements):
    newcomer.post(QUIZ, fill(newcomer.get(QUIZ), right=False))
    for url in (QUIZ, "/manuals/XW-01/1.0/acknowledge", "/manuals/mine", "/"):
        statements.clear()
        newcomer.get(url)
        asked = [one for one in statements if one.startswith("SELECT")]
        assert len(asked) <= 10, (url, len(asked), "\n".join(asked))
