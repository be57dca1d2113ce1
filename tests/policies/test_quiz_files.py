"""The questions of a quiz leave with their manual, come in again, differ between versions, and stand on paper; what is
right is told to whoever writes or answers for the manual, on every way."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.extensions import db
from portal.organisation import queries as people
from portal.policies import drafts, handbook, importing, manuscript, papers, queries, quiz, quiz_changes
from portal.policies import paper as papers_of
from portal.policies.difference import What, side
from portal.policies.handbook import File
from portal.policies.models import ManualImport
from portal.policies.quiz_rules import LONGEST, MOST_CHOICES, MOST_QUESTIONS, Choice, Question, digest
from portal.policies.rules import ClauseText
from tests.conftest import NOW, TODAY
from tests.policies import test_quiz as story

ONE, TWO = story.ONE, story.TWO
house, publish = story.house, story.publish
CLAUSES = (ClauseText("answer", "1", "答复", "三日内答复。"), ClauseText("other", "2", "其他", "略"))
REWORDED = Question("多久要答复客户？", (Choice("三日", False), Choice("两日", True)), "answer")
THREE = Question("谁来登记？", (Choice("接电话的人", True), Choice("没有人", False)))


def read(text):
    return handbook.read([File("a.md", text)])


def said(found):
    return [(one.line, str(one.sentence)) for one in found.remarks]


# ── As text ──

words_of = st.text(st.sampled_from("问 答\"'[]x{#}\n题-"), min_size=1, max_size=12).map(str.strip).filter(bool)


def asked(words, right, wrong, stable):
    return Question(words, (Choice(f"{right}对", True), Choice(wrong, False)), stable)


@given(
    st.lists(st.builds(asked, words_of, words_of, words_of, st.sampled_from(["answer", "other", ""])), max_size=4)
)  # fmt: skip
def test_questions_come_back_word_for_word_and_in_their_order(questions):
    found = read("".join(manuscript.write({"hash": "0"}, CLAUSES, questions)))
    assert (found.questions, found.clauses, found.remarks) == (tuple(questions), CLAUSES, ())
    assert digest(found.questions) == digest(questions)


@pytest.mark.parametrize(
    "lines",
    [
        "quiz: 几日内答复？\n  [ ] 一日\n  [x] 三日",
        "quiz: 几日内答复？\n\n- [ ] 一日\n- [X] 三日",
        "quiz: 几日内答复？ {#answer}\n    * [] 一日\n    * [√] 三日",
    ],
)
def test_a_person_writes_a_question_below_its_clause(lines):
    found = read(f"# 1 答复 {{#answer}}\n\n三日内。\n\n{lines}\n\n办完为止。\n")
    assert found.questions == (Question("几日内答复？", (Choice("一日", False), Choice("三日", True)), "answer"),)
    assert "quiz" not in found.clauses[0].text
    assert found.clauses[0].text.endswith("办完为止。")
    assert found.remarks == ()


def test_the_title_and_the_beginning_of_a_file_ask_without_a_clause():
    question = "quiz: 问？\n[x] 是\n[ ] 否\n"
    for text in (f"{question}\n# 1 答复\n\n三日", f"# 册\n{question}\n## 答复\n\n三日\n## 乙\n\n字"):
        assert [one.stable for one in read(text).questions] == [""], text


def test_pages_of_a_folder_ask_about_their_own_clauses():
    files = {"a.md": "# 甲\n\n字\n\nquiz: 问？\n[x] 是\n[ ] 否", "b/index.md": "# 乙\n\nquiz: 问乙？\n[x] 是\n[ ] 否"}
    found = handbook.read([File(path, text) for path, text in files.items()])
    at = {one.stable: one.heading for one in found.clauses}
    assert [(one.words, at[one.stable]) for one in found.questions] == [("问？", "甲"), ("问乙？", "乙")]


TICKED = "[x] 是\n[ ] 否"


@pytest.mark.attack(1, 7)
@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ("quiz: 问？\n[ ] 是\n[ ] 否", "Tick which of the answers are right."),
        ("quiz: 问？\n[x] 是\n[x] 否", "At least one of the answers has to be wrong."),
        ("quiz: 问？\n[x] 是", "Give at least two answers to choose from."),
        ("quiz: 问？", "Give at least two answers to choose from."),
        (f"quiz:\n{TICKED}", "Write the question."),
        ("quiz: 问？\n[x] 是\n[ ] 是", "Two of the answers are the same."),
        ("quiz: 问？\n[x] 是\n" + "\n".join(f"[ ] {n}" for n in range(MOST_CHOICES)), "Give at most 6 answers"),
        (f"quiz: {'问' * (LONGEST + 1)}\n{TICKED}", "At most 500 characters."),
        (f"quiz: 问？\n{TICKED}{'否' * (LONGEST + 1)}", "At most 500 characters."),
    ],
)
def test_a_question_that_is_none_is_left_out_and_said_with_its_line(lines, why):
    found = read(f"# 1 答复\n\n{lines}\n")
    assert found.questions == ()
    ((line, sentence),) = said(found)
    assert line == 3
    assert "is left out: " + why in sentence


@pytest.mark.parametrize(("many", "left_out"), [(MOST_QUESTIONS, 0), (MOST_QUESTIONS + 1, 1)])
def test_a_quiz_has_only_so_many_questions(many, left_out):
    found = read("# 1 答复\n\n" + "\n".join(f"quiz: 问 {at}？\n{TICKED}\n" for at in range(many)))
    assert len(found.questions) == MOST_QUESTIONS
    assert len(found.remarks) == left_out


def test_a_clause_that_is_not_there_is_said_and_html_is_only_words():
    found = read(f"# 1 答复 {{#answer}}\n\nquiz: <b>问</b>？ {{#gone}}\n{TICKED}")
    assert found.questions[0] == Question("<b>问</b>？", (Choice("是", True), Choice("否", False)))
    assert [line for line, _sentence in said(found)] == [3, 3]


# ── Out and in ──


def sign_in(browser, who):
    db.session.execute(db.text("UPDATE person SET must_change_password = :no"), {"no": False})
    db.session.commit()
    return browser.sign_in(people.person_with_id(who.id).sign_in_name)


def markdown(browser, label):
    return browser.client.get(f"/manuals/KF-01/{label}/markdown", base_url="https://localhost").text


def test_the_quiz_leaves_and_comes_in_again_with_the_draft(publish, house, browser):
    asked = publish().quiz_digest
    text = markdown(sign_in(browser, house.han), "1.0")
    kept = importing.keep([("a.md", io.BytesIO(text.encode()))])
    work = importing.begin(house.han, kept, at=NOW)
    importing.go_on(work.id)
    work = db.session.get_one(ManualImport, work.id, populate_existing=True)
    assert "2 questions" in browser.get(f"/manuals/import/{work.id}").main
    draft = importing.take_over(house.han, work, at=NOW)
    assert tuple(one.text() for one in draft.questions) == (ONE, TWO)
    assert digest(drafts.version_text(_planned(house, draft)).questions) == asked
    assert work.questions == []


def _planned(house, draft):
    drafts.plan(
        house.han, draft, major=2, minor=0, effective_from=TODAY + timedelta(days=1), summary="…", drops=[],
        seen=draft.version, at=NOW,
    )  # fmt: skip
    return draft


def test_files_that_ask_nothing_leave_the_questions_of_the_draft_alone(publish, house):
    publish()
    work = importing.begin(
        house.han, importing.keep([("a.md", io.BytesIO("# 1 答复\n\n两日".encode()))]), "KF-01", at=NOW
    )
    importing.go_on(work.id)
    draft = importing.take_over(house.han, db.session.get_one(ManualImport, work.id, populate_existing=True), at=NOW)
    assert tuple(one.text() for one in draft.questions) == (ONE, TWO)


# ── Who sees what is right ──


@pytest.fixture
def three(publish, house):
    """Two versions with other questions: one reworded with another right answer, one gone, one new."""
    first = publish()
    first.manual.supervisor_id = house.yu.id
    db.session.commit()
    return publish("1.1", TODAY + timedelta(days=1), (REWORDED, THREE))


@pytest.mark.attack(5, 10, 11)
@pytest.mark.parametrize(
    ("who", "sees"), [("han", True), ("yu", True), ("shen", True), ("li", False), ("mo", False), ("hr", True)]
)  # fmt: skip
def test_what_is_right_is_for_whoever_writes_publishes_or_answers_for_it(three, house, browser, who, sees):
    reader = getattr(house, who)
    assert quiz.shows_answers(reader, three.manual) == sees
    sign_in(browser, reader)
    for label in ("1.0", "1.1"):
        text = markdown(browser, label)
        assert ("quiz:" in text, "[x]" in text) == (sees, sees)
    page = browser.get("/manuals/KF-01/1.1/changes")
    assert "谁来登记？" in page.main
    assert bool(page.soup.select(".answers .fine")) == sees
    sheet = browser.get("/manuals/KF-01/1.1/sheet")
    assert "谁来登记？" in sheet.main
    assert "[x]" not in str(sheet.soup)
    assert "is-right" not in str(sheet.soup)


def test_another_right_answer_alone_is_a_change_only_for_whoever_may_see_it(publish, house, browser):
    publish()
    other = Question(ONE.words, tuple(Choice(one.words, not one.right) for one in ONE.choices), ONE.stable)
    publish("1.1", TODAY + timedelta(days=1), (other, TWO))
    for who, sees in ((house.han, True), (house.li, False)):
        page = sign_in(browser, who).get("/manuals/KF-01/1.1/changes")
        assert bool(page.soup.select(".answers")) == sees
        assert "word for word" in page.main


@pytest.mark.attack(10)
def test_the_right_answer_stands_on_no_paper(three):
    page = papers.document(papers_of.whole(three.id), NOW).page
    assert "多久要答复客户？" in page
    assert page.index("Appendix: the quiz") < page.index("谁来登记？")
    right, wrong = ("<li>□ 两日</li>", "<li>□ 三日</li>")
    assert right in page
    assert wrong in page
    assert three.quiz_digest in page


def test_the_difference_asks_the_database_seldom(three, house, browser, statements):
    sign_in(browser, house.han)
    statements.clear()
    browser.get("/manuals/KF-01/1.1/changes")
    assert sum(one.startswith("SELECT") for one in statements) <= 10, statements


# ── What is different ──


def test_a_question_is_known_by_its_words_or_by_words_much_like_them():
    found = quiz_changes.changes((ONE, TWO), (THREE, REWORDED))
    assert [(one.what, side(one.words, "new") or side(one.words, "old")) for one in found] == [
        (What.ADDED, THREE.words), (What.CHANGED, REWORDED.words), (What.REMOVED, TWO.words),
    ]  # fmt: skip
    changed = found[1]
    assert [(one.old and one.old.words, one.new and one.new.words, one.right) for one in changed.choices] == [
        ("三日", "三日", (True, False)), ("十日", "两日", (False, True)),
    ]  # fmt: skip


def test_the_same_questions_in_another_order_are_no_difference():
    assert quiz_changes.changes((ONE, TWO), (TWO, ONE)) == []


def test_without_answers_nothing_tells_which_is_right():
    assert not [one for each in quiz_changes.without_answers((ONE, TWO)) for one in each.choices if one.right]


def test_an_export_without_the_right_has_the_same_head(three, house, browser):
    kept = queries.head_of(three.manual, three)["hash"]
    texts = [markdown(sign_in(browser, who), "1.1") for who in (house.han, house.li)]
    assert texts[0].startswith(texts[1].rstrip())
    assert kept in texts[1]
