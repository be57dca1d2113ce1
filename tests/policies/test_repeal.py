"""A manual ends on a day: from then on it binds nobody, and what happened before keeps its clauses."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.demo.cast import NAMED
from portal.extensions import db
from portal.kernel import journal
from portal.kernel.actions import PORTAL
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.permissions import Role
from portal.notifications import actions as actions_of_news
from portal.notifications import jobs as news
from portal.notifications.models import NewsChoice, Notice
from portal.notifications.queries import notices
from portal.notifications.states import News, Way
from portal.organisation import queries as people
from portal.policies import acknowledgements, actions, drafts, jobs, oversight, queries, repeals, values
from portal.policies.acknowledgement_states import Known
from portal.policies.models import Manual
from portal.policies.queries import in_force
from portal.policies.rulebook import KEYS
from portal.policies.rules import ClauseText, VersionText
from portal.policies.states import Standing
from portal.tickets.rules import TicketRules
from tests.conftest import NOW, TODAY

ROUNDS = "tickets.satisfaction_rounds"
LAST = TODAY + timedelta(days=10)
"""The first day on which it binds no more."""


@pytest.fixture
def house(department, staff, manual, published):
    company = department("XH")
    centre = department("CS", company)

    class House:
        cs = centre
        shen, fang = staff("Shen", company, Role.EXECUTIVE), staff("Fang", company, Role.EXECUTIVE)
        zheng, li = staff("Zheng", centre, Role.HEAD), staff("Li", centre)
        book = manual("CS-01", centre)

    House.book.owner_id = House.fang.id
    db.session.commit()
    published({ROUNDS: "5"}, from_=TODAY - timedelta(days=30), of=House.book)
    return House


def end(who, house, from_on=LAST, reason="并入新的手册", at=NOW):
    repeals.repeal(who, house.book, from_on, reason, at=at)


def rounds(house, on):
    rule = in_force(TicketRules, on=on, for_=house.cs).satisfaction_rounds
    return rule.value, rule.clause and rule.clause.manual


@pytest.mark.rule("POL-050")
@pytest.mark.attack(43)
@pytest.mark.parametrize(("on", "holds"), [(LAST - timedelta(days=1), (5, "CS-01")), (LAST, (3, None))])
def test_from_its_last_day_on_it_rules_nothing_and_facts_before_keep_its_clause(house, on, holds):
    end(house.shen, house)
    assert rounds(house, on) == holds
    assert LAST in queries.turning_days()
    assert journal.of("manual", house.book.id)[-1].name == "ManualRepealed"
    assert list(queries.versions_with_wrong_hash()) == []


def test_whoever_answers_for_it_does_not_end_it_and_nobody_does_backwards_or_twice(house):
    for who in (house.fang, house.zheng, house.li):
        with pytest.raises(NotAllowed):
            end(who, house)
    for from_on, reason, said in ((TODAY - timedelta(days=1), "…", "backwards"), (LAST, " ", "Say why")):
        with pytest.raises(Refused, match=said):
            end(house.shen, house, from_on, reason)
    end(house.shen, house)
    with pytest.raises(OutOfDate, match="Shen has repealed it"):
        end(house.shen, house)


def test_whoever_has_still_to_acknowledge_it_is_asked_no_more_from_that_day(house):
    version = queries.last_version(house.book)
    end(house.shen, house, TODAY + timedelta(days=1))
    assert jobs.keep_up(NOW) == 0
    assert acknowledgements.mine_of(house.li, version.id).state is Known.OPEN
    assert jobs.keep_up(NOW + timedelta(days=1)) > 0
    db.session.expire_all()
    assert acknowledgements.mine_of(house.li, version.id).state is Known.VOID


def told(who):
    return [one.entry.name for one in notices(who).rows if one.notice.about == "manual"]


@pytest.mark.attack(16)
@pytest.mark.parametrize("from_on", [TODAY, LAST])
def test_everybody_whom_it_bound_hears_of_it_on_the_bell_and_nobody_else(house, staff, from_on):
    stranger = staff("Stranger", people.departments()[house.cs.parent_id])
    end(house.shen, house, from_on)
    news.tell_the_news(NOW)
    for who in (house.zheng, house.li):
        assert told(who) == ["ManualRepealed"]
        assert notices(who).rows[0].href == "/manuals/CS-01"
    assert told(house.shen) == told(house.fang) == told(stranger) == []


def test_as_many_as_it_binds_are_told_in_one_statement(house, staff, statements):
    for count in range(20):
        staff(f"Person{count}", house.cs)
    news.tell_the_news(NOW)
    end(house.shen, house)
    del statements[:]
    assert actions_of_news.tell(PORTAL, at=NOW) == 1
    assert sum(one.startswith("INSERT INTO notice (") for one in statements) == 1
    assert len(statements) < 20
    assert db.session.scalar(db.select(db.func.count(Notice.id)).where(Notice.about == "manual")) == 22


def test_whoever_does_not_want_such_news_hears_nothing(house):
    db.session.add(NewsChoice(person_id=house.li.id, news=News.MYSELF, way=Way.BELL, wanted=False))
    db.session.commit()
    end(house.shen, house)
    news.tell_the_news(NOW)
    assert (told(house.li), told(house.zheng)) == ([], ["ManualRepealed"])


def test_no_version_comes_after_it_and_another_manual_may_rule_from_then_on(house, manual, published):
    end(house.shen, house)
    with pytest.raises(Refused, match="is repealed from"):
        drafts.begin_version(house.zheng, house.book, at=NOW)
    late = VersionText(2, 0, LAST, (ClauseText("a", "1", "总则", "…", {ROUNDS: "4"}),))
    with pytest.raises(Refused, match="no version can come into force"):
        actions.publish_version(PORTAL, house.book, late, at=NOW)
    other = manual("CS-02", house.cs)
    published({ROUNDS: "2"}, from_=LAST, of=other)
    assert (rounds(house, LAST - timedelta(days=1)), rounds(house, LAST)) == ((5, "CS-01"), (2, "CS-02"))


def test_the_page_of_a_key_foresees_it_and_remembers_it(house):
    end(house.shen, house)
    key, chain = KEYS[ROUNDS], queries.chain_of(house.cs)
    line = values.rule_line(key, on=TODAY, chain=chain)
    assert (line.rule.value, line.coming.on, line.coming.rule.value) == (5, LAST, 3)
    for on, standing in ((TODAY, Standing.IN_FORCE), (LAST, Standing.REPEALED)):
        (history,) = values.history(key, on=on, first=[None])
        assert (history.entries[0].standing, history.entries[0].until) == (standing, LAST)


def test_it_counts_neither_as_covered_nor_as_written(demo):
    book = db.session.scalars(db.select(Manual).where(Manual.code == "WL-01")).one()
    who = people.staff(people.person_called("executive"), TODAY)
    if book.owner_id == who.id:
        book.owner_id = None
        db.session.commit()
    repeals.repeal(who, book, TODAY, "不再用", at=NOW)
    shelves = queries.shelves(who)
    assert [one.field.value for one in oversight.coverage(shelves) if not one.covered] == ["network"]


@pytest.mark.attack(10)
@pytest.mark.parametrize("name", NAMED)
def test_only_whoever_may_repeal_it_is_offered_to(demo, browser, name):
    book = db.session.scalars(db.select(Manual).where(Manual.code == "WD-01")).one()
    may = repeals.may_repeal(people.staff(people.person_called(name), TODAY), book)
    reader = browser.sign_in(name)
    assert bool(reader.get("/manuals/WD-01").soup.select("a[href$='/repeal']")) == may
    reader.get("/manuals/WD-01/repeal", expect=200 if may else {403, 404})


def test_its_pages_say_so(demo, browser):
    reader = browser.sign_in("executive")
    page = reader.get("/manuals/TS-01/repeal")
    assert page.soup.select(".losses table a")
    form = {**page.form("/repeal"), "reason": "并入客户服务手册", "accepts": "y"}
    assert reader.post("/manuals/TS-01/repeal", {**form, "reason": ""}, expect=422)
    page = reader.follow(reader.post("/manuals/TS-01/repeal", form))
    assert "并入客户服务手册" in page.main
    assert "repealed" in page.main
    assert "repealed from" in reader.get("/manuals").main
    assert "TS-01" not in reader.get("/manuals/mine").soup.select("table")[0].text
    reader.get("/manuals/TS-01/repeal", expect=404)
