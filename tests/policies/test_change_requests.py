"""Whoever reads a manual in force may say what should be otherwise; whoever answers for it answers every one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.demo.cast import NAMED
from portal.extensions import db
from portal.kernel import journal
from portal.kernel.actions import PORTAL
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.permissions import Role
from portal.kernel.tables import read_table
from portal.organisation import queries as people
from portal.organisation import waiting as waiting_list
from portal.policies import actions, change_requests
from portal.policies.change_request_models import ChangeRequest
from portal.policies.change_request_states import CHANGE_REQUEST, Asked
from portal.policies.rules import ClauseText, VersionText
from tests.conftest import NOW, TODAY

C = ChangeRequest


@pytest.fixture
def house(department, staff):
    class House:
        top = department("XH")
        desk = department("CS", top)
        li = staff("Li", desk)
        han = staff("Han", desk, Role.HEAD)
        su = staff("Su", desk)
        mo = staff("Mo", department("SHOP", top), Role.HEAD)
        boss = staff("Boss", top, Role.EXECUTIVE)

    return House


@pytest.fixture
def shelf(manual, house):
    """`shelf("1.0", day)`: the next version of a manual that Han owns and Su watches over."""
    made = []

    def publish(label, from_on=TODAY, at=NOW):
        if not made:
            made.append(manual("KF-01"))
            made[0].owner_id, made[0].supervisor_id = house.han.id, house.su.id
            db.session.commit()
        major, minor = map(int, label.split("."))
        clauses = (ClauseText("answer", "1", "答复", "三日内答复。"), ClauseText("tone", "2", "用语", "和气。"))
        return actions.publish_version(PORTAL, made[0], VersionText(major, minor, from_on, clauses), at=at)

    return publish


def comment(who, version, number="1", words="三日太久。", at=NOW):
    clause = change_requests.clause_of(version, number)
    return change_requests.ask_for_change(who, version.manual, version, clause, words, at=at)


def waiting(who):
    return [(one.number, str(one.verb)) for one in waiting_list.waits_for(who, NOW) if "/comments/" in one.href]


@pytest.mark.rule("POL-015")
def test_a_comment_is_bound_to_the_clause_and_the_version_and_reaches_whoever_answers(shelf, house):
    version = shelf("1.0")
    one = comment(house.li, version)
    assert (one.stable, one.number, one.version_id, one.state) == ("answer", "1", version.id, Asked.OPEN)
    assert waiting(house.han) == waiting(house.su) == [("KF-01", "Answer it")]
    for who in (house.li, house.mo, house.boss):
        assert waiting(who) == []
    (fact,) = journal.of("change request", one.id)
    assert set(fact.facts["told"]) == {house.han.id, house.su.id}


@pytest.mark.rule("POL-015")
def test_every_comment_is_answered_accepted_refused_with_a_reason_or_done_in_a_version(shelf, house):
    version = shelf("1.0")
    first, second, third = (comment(house.li, version) for _ in range(3))
    change_requests.accept(house.han, first, "写进下一版", at=NOW)
    with pytest.raises(Refused, match="few words"):
        change_requests.refuse(house.su, second, "  ", at=NOW)
    change_requests.refuse(house.su, second, "法律规定如此", at=NOW)
    later = shelf("1.1", TODAY + timedelta(days=1))
    change_requests.settle(house.han, third, later, at=NOW)
    assert [one.state for one in (first, second, third)] == [Asked.ACCEPTED, Asked.REFUSED, Asked.DONE]
    assert (third.done_in_id, second.answer, first.answered_by_name) == (later.id, "法律规定如此", "Han")
    assert journal.names("change request")[3:] == ["ChangeAccepted", "ChangeRefused", "ChangeSettled"]


def test_what_was_accepted_waits_again_once_a_version_came_that_may_have_it(shelf, house):
    one = comment(house.li, shelf("1.0"))
    change_requests.accept(house.han, one, at=NOW)
    assert waiting(house.han) == []
    assert change_requests.accepted_for(one.manual_id) == [one]
    later = shelf("2.0", TODAY + timedelta(days=1), at=NOW + timedelta(minutes=1))
    assert waiting(house.han) == [("KF-01", "Say in which version")]
    change_requests.settle(house.han, one, later, at=NOW + timedelta(minutes=2))
    assert waiting(house.han) == []


def test_done_is_done_only_in_a_version_that_came_after_the_one_that_was_read(shelf, house, manual):
    first = shelf("1.0")
    one = comment(house.li, first)
    other = actions.publish_version(
        PORTAL, manual("WD-01"), VersionText(9, 0, TODAY, (ClauseText("a", "1", "甲", "乙"),)), at=NOW
    )
    for version in (None, first, other):
        with pytest.raises(Refused, match=r"one that came after 1\.0"):
            change_requests.settle(house.han, one, version, at=NOW)
    assert one.state is Asked.OPEN


def test_nobody_answers_their_own_nor_anybody_whose_manual_it_is_not(shelf, house):
    version = shelf("1.0")
    own, other = comment(house.han, version), comment(house.li, version)
    for who, one in ((house.han, own), (house.li, other), (house.mo, other)):
        with pytest.raises(NotAllowed):
            change_requests.accept(who, one, at=NOW)
    assert waiting(house.han) == [("KF-01", "Answer it")]
    assert len(waiting(house.su)) == 2


def test_where_nobody_else_is_left_to_answer_it_falls_to_whoever_publishes(shelf, house):
    version = shelf("1.0")
    version.manual.supervisor_id = None
    db.session.commit()
    one = comment(house.han, version)
    assert waiting(house.boss) == [("KF-01", "Answer it")]
    change_requests.refuse(house.boss, one, "先试半年", at=NOW)
    version.manual.owner_id = None
    db.session.commit()
    comment(house.li, version)
    assert len(waiting(house.boss)) == 1


@pytest.mark.attack(27)
def test_the_second_answer_is_told_that_it_was_answered(shelf, house):
    one = comment(house.li, shelf("1.0"))
    change_requests.refuse(house.su, one, "不改", at=NOW)
    with pytest.raises(OutOfDate):
        change_requests.accept(house.han, one, at=NOW)


@pytest.mark.parametrize(("days", "taken"), [(0, True), (1, False)])
def test_a_clause_is_commented_on_until_the_day_on_which_another_version_binds(shelf, house, days, taken):
    version = shelf("1.0")
    shelf("2.0", TODAY + timedelta(days=1))
    at = NOW + timedelta(days=days)
    if taken:
        assert comment(house.li, version, at=at).state is Asked.OPEN
    else:
        with pytest.raises(OutOfDate, match="Another version"):
            comment(house.li, version, at=at)


def test_every_state_is_reached_and_what_was_refused_or_done_stays_so():
    assert {Asked.OPEN} | {step.after for step in CHANGE_REQUEST.steps.values()} == set(Asked)
    assert {state for state in Asked if not CHANGE_REQUEST.steps_from(state)} == {Asked.DONE, Asked.REFUSED}


# ── Who sees it ──


@pytest.mark.attack(10, 16)
def test_listed_is_openable_is_exported(shelf, house):
    version = shelf("1.0")
    for who in (house.li, house.han, house.mo):
        comment(who, version)
    ids = db.session.scalars(db.select(C.id)).all()
    for who in (house.li, house.han, house.su, house.mo, house.boss):
        listed = {row.id for row in change_requests.requests_to(who, "open").rows}
        assert listed == {row.id for row in change_requests.every_request_to(who, "open")}
        own = {row.id for row in change_requests.requests_of(who).rows}
        assert listed | own == {one for one in ids if change_requests.request_seen(who, one)}
        assert {row.code for row in change_requests.manuals_answered_for(who)} == ({"KF-01"} if listed else set())
    assert {row.id for row in change_requests.requests_to(house.li, "open").rows} == set()
    assert len(change_requests.requests_to(house.boss, "open").rows) == 3


def test_the_list_goes_on_page_by_page_and_repeats_nothing(shelf, house):
    version = shelf("1.0")
    made = [comment(house.li, version).id for _ in range(5)]
    first = change_requests.requests_to(house.han, "open", size=3)
    second = change_requests.requests_to(house.han, "open", after=first.after, size=3)
    assert [row.id for row in (*first.rows, *second.rows)] == made[::-1]
    assert second.after is None


# ── The demo company ──


def reader(name):
    return people.staff(people.person_called(name), TODAY)


def one_of(state, code="KF-01"):
    return db.session.scalars(
        db.select(C.id).join(C.manual).where(C.state == state, C.manual.property.mapper.class_.code == code)
    ).first()


@pytest.mark.rule("POL-015")
def test_the_agent_comments_where_the_clause_is_read_and_hears_the_answer(demo, browser):
    agent = browser.sign_in("agent")
    link = agent.get("/manuals/KF-01").soup.select_one("[id='c-4.1'] .comment-on")["href"]
    form = agent.get(link).form("/comment/4.1")
    empty = agent.post(link, {**form, "words": " "}, expect=422)
    assert "Write down what should be otherwise." in empty.main
    sent = agent.post(link, {**form, "words": "夜里没人值守时怎么算？"})
    page = agent.follow(sent)
    assert "waits for an answer" in page.soup.select_one(".state").text
    here = page.url
    again = agent.follow(agent.post(link, {**form, "words": "夜里没人值守时怎么算？"}))
    assert db.session.scalar(db.select(db.func.count(C.id)).where(C.words == "夜里没人值守时怎么算？")) == 1
    assert "was kept already" in again.soup.text

    manager = browser.sign_in("manager")
    assert manager.get("/").soup.select_one(f"a[href='{here}']")
    answer = manager.get(here).form(here)
    lacks = manager.post(here, {**answer, "verdict": "refuse"}, expect=422)
    assert "few words" in lacks.main
    manager.follow(manager.post(here, {**answer, "verdict": "accept", "answer": "写进下一版"}))
    seen = browser.sign_in("agent").get(here)
    assert "goes into the next version" in seen.soup.select_one(".state").text
    assert "写进下一版" in seen.main
    assert not seen.soup.select("form textarea")


def test_the_page_offers_done_only_where_a_version_came_after(demo, browser):
    shopkeeper = browser.sign_in("shopkeeper")
    here = f"/manuals/comments/{one_of(Asked.OPEN, 'WD-01')}"
    assert [one["value"] for one in shopkeeper.get(here).soup.select("input[name=verdict]")] == ["accept", "refuse"]
    manager = browser.sign_in("manager")
    here = f"/manuals/comments/{one_of(Asked.OPEN)}"
    form = manager.get(here).form(here)
    assert "one that came after" in manager.post(here, {**form, "verdict": "settle"}, expect=422).main
    done = manager.follow(manager.post(here, {**form, "verdict": "settle", "done_in": "3.0"}))
    assert "3.0" in done.soup.select_one(".side").text


@pytest.mark.attack(10, 11, 16)
@pytest.mark.parametrize("name", NAMED)
def test_only_who_wrote_it_and_who_answers_for_the_manual_open_it(demo, browser, name):
    here = f"/manuals/comments/{one_of(Asked.OPEN)}"
    answers = name in ("manager", "supervisor", "executive")  # its owner, whoever watches over it, whoever publishes
    sees = answers or name == "agent"
    browser.sign_in(name).get(here, expect=200 if sees else 404)
    listed = browser.get("/manuals/comments?list=open").soup.select(f"a[href='{here}']")
    assert bool(listed) == answers
    assert (here in browser.get("/manuals/comments").soup.select_one("main").decode()) == (name == "agent")
    browser.post(here, {"verdict": "refuse", "answer": "不改"}, expect={404} if not sees else {303, 403, 422})
    state = db.session.scalar(db.select(C.state).where(C.id == int(here.rpartition("/")[2])))
    assert state is (Asked.REFUSED if answers else Asked.OPEN)


@pytest.mark.attack(25)
def test_the_export_holds_what_the_list_shows_and_executes_nothing(demo, browser):
    version = db.session.get(C, one_of(Asked.OPEN)).edition
    comment(reader("agent2"), version, "4.1", "=1+1")
    manager = browser.sign_in("manager")
    text = manager.get("/manuals/comments.csv?list=open").response.data.decode("utf-8-sig")
    assert "'=1+1" in text
    assert text.count("KF-01") == 2
    manager.get("/manuals/comments.csv", expect=404)
    assert "KF-01" not in browser.sign_in("clerk").get("/manuals/comments.csv?list=open").response.data.decode()


@pytest.mark.attack(35)
@pytest.mark.parametrize("more", [499, 1_200])
def test_the_export_is_whole_however_many_slices_its_rows_are_read_in(demo, browser, more):
    like = dict(db.session.execute(db.select(C.__table__).where(C.id == one_of(Asked.OPEN))).mappings().one())
    words = {f"第{nth}条意见" for nth in range(more)} | {like["words"]}
    db.session.rollback()
    db.session.connection(execution_options={"write": True})
    del like["id"]
    db.session.execute(db.insert(C.__table__), [{**like, "words": one} for one in words - {like["words"]}])
    db.session.commit()
    table = read_table(browser.sign_in("manager").get("/manuals/comments.csv?list=open").response.data)
    assert sorted(row.cells[table.head.index("Comment")] for row in table.rows) == sorted(words)


@pytest.mark.attack(14)
@pytest.mark.parametrize("query", ["list=all", "after=x", "list=open&manual=XX-01", "manual=%00"])
def test_a_filter_that_is_none_is_refused(demo, browser, query):
    browser.sign_in("manager").get(f"/manuals/comments?{query}", expect={400, 404})


@pytest.mark.attack(16)
def test_a_manual_of_whose_comments_one_sees_none_is_no_filter(demo, browser):
    browser.sign_in("manager").get("/manuals/comments?list=open&manual=WD-01", expect=404)


@pytest.mark.parametrize("path", ["KF-01/2.1/comment/99", "KF-01/9.9/comment/1", "KF-99/1.0/comment/1",
                                  "KF-01/2.1/comment/%00"])  # fmt: skip
def test_a_clause_that_is_not_there_takes_no_comment(demo, browser, path):
    browser.sign_in("agent").get(f"/manuals/{path}", expect=404)


def test_a_superseded_version_leads_to_the_one_that_binds_and_loses_nothing_typed(demo, browser):
    agent = browser.sign_in("agent")
    url = "/manuals/KF-01/2.0/comment/4.1"
    assert not agent.get("/manuals/KF-01/2.0").soup.select(".comment-on")
    assert not agent.get(url).soup.select("textarea")
    answer = agent.post(url, {"words": "写好的话"}, expect=409)
    assert answer.soup.select_one("textarea").text.strip() == "写好的话"


@pytest.mark.attack(1)
def test_hostile_words_are_inert(demo, browser):
    version = db.session.get(C, one_of(Asked.OPEN)).edition
    one_id = comment(reader("agent2"), version, "4.1", "<img src=x onerror=alert(1)><script>x</script>").id
    manager = browser.sign_in("manager")
    for url in ("/", "/manuals/comments?list=open", f"/manuals/comments/{one_id}"):
        assert not manager.get(url).soup.select("main img[src=x], main script")


def test_the_writer_of_the_next_version_finds_what_was_accepted(demo, browser):
    page = browser.sign_in("shopkeeper").get("/manuals/WD-01/draft")
    assert "节假日快递停运时" in page.soup.select_one("#asked-for-head").parent.text
    assert not browser.sign_in("director").get("/manuals/WD-01/draft").soup.select("#asked-for-head")


def test_the_pages_ask_the_database_seldom(demo, browser, statements):
    version = db.session.get(C, one_of(Asked.OPEN)).edition
    for number in ("4.1", "4.2", "5.1", "5.2") * 5:
        comment(reader("agent2"), version, number)
    browser.sign_in("manager")
    for url in ("/", "/manuals/comments?list=open&manual=KF-01", f"/manuals/comments/{one_of(Asked.OPEN)}",
                "/manuals/KF-01", "/manuals/KF-01/2.1/comment/4.1"):  # fmt: skip
        statements.clear()
        browser.get(url)
        asked = [one for one in statements if one.startswith("SELECT")]
        assert len(asked) <= 10, (url, "\n".join(asked))
    browser.sign_in("shopkeeper")
    statements.clear()
    browser.get("/manuals/WD-01/draft")
    assert len([one for one in statements if one.startswith("SELECT")]) <= 12
