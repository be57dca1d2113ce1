"""A published version is taken back before its day: it never binds anybody, and the one before it goes on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from portal.extensions import db
from portal.kernel import journal
from portal.kernel.actions import PORTAL
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.journal import JournalEntry
from portal.kernel.permissions import Role
from portal.kernel.search import SearchText
from portal.kernel.signature import Confirmation, Method
from portal.notifications import jobs as news
from portal.notifications.models import Notice
from portal.notifications.queries import notices
from portal.organisation import accounts
from portal.organisation import actions as organisation
from portal.organisation import queries as people
from portal.policies import (
    acknowledgements,
    actions,
    drafts,
    jobs,
    life,
    oversight,
    queries,
    repeals,
    values,
    withdrawals,
)
from portal.policies import words as search_words
from portal.policies.acknowledgement_states import Known
from portal.policies.models import Manual, ManualVersion
from portal.policies.queries import in_force
from portal.policies.rulebook import KEYS
from portal.policies.rules import ClauseText, VersionText
from portal.policies.states import LIFE, Category, Check, ManualKind, Stage, Standing, State
from portal.tickets.rules import TicketRules
from tests.conftest import NOW, TODAY
from tests.policies.test_life import NEXT_MONTH, begin, lead, write

ROUNDS = "tickets.satisfaction_rounds"
COMES = TODAY + timedelta(days=10)
LONG_AGO = NOW - timedelta(days=60)


@pytest.fixture
def house(department, staff, manual, published):
    company = department("XH")
    centre = department("CS", company)

    class House:
        top, cs = company, centre
        shen, fang = staff("Shen", company, Role.EXECUTIVE), staff("Fang", company, Role.EXECUTIVE)
        zheng, li, mo = staff("Zheng", centre, Role.HEAD), staff("Li", centre), staff("Mo", centre)
        book = manual("CS-01", centre)

    House.book.owner_id = House.zheng.id
    db.session.commit()
    House.first = published({ROUNDS: "5"}, from_=LONG_AGO.date(), of=House.book)
    return House


def publish(house, label="2.0", from_on=COMES, value="2", of=None, at=NOW):
    major, minor = map(int, label.split("."))
    clauses = (ClauseText("rounds", "1", "回访", "问两次。", {ROUNDS: value} if value else {}),)
    drops = frozenset() if value else frozenset({ROUNDS})
    return actions.publish_version(
        PORTAL, of or house.book, VersionText(major, minor, from_on, clauses, drops=drops), at=at
    )


@pytest.fixture
def coming(house):
    return publish(house)


def take_back(who, version, reason="写错了一个数", at=NOW):
    withdrawals.take_back(who, version.manual, version, reason, at=at)


def rounds(house, on):
    rule = in_force(TicketRules, on=on, for_=house.cs).satisfaction_rounds
    return rule.value, rule.clause and rule.clause.version


def sign(who, version, at=NOW):
    one = acknowledgements.mine_of(who, version.id)
    acknowledgements.acknowledge(who, one, Confirmation(who.id, Method.PASSWORD, at), digest=version.digest, at=at)


def state_of(who, version):
    db.session.expire_all()
    return acknowledgements.mine_of(who, version.id).state


# ── What holds ──


@pytest.mark.rule("POL-050")
@pytest.mark.attack(43)
def test_what_it_would_have_ended_goes_on_with_its_values(house, coming):
    assert rounds(house, COMES) == (2, "2.0")
    take_back(house.shen, coming)
    assert rounds(house, COMES - timedelta(days=1)) == rounds(house, COMES) == (5, "1.0")
    line = values.rule_line(KEYS[ROUNDS], on=TODAY, chain=queries.chain_of(house.cs))
    (history,) = values.history(KEYS[ROUNDS], on=TODAY, first=[None])
    assert (line.coming, [one.label for one in history.entries]) == (None, ["1.0"])
    assert COMES not in queries.turning_days()
    assert COMES not in queries.days_of_change()
    (shelf,) = queries.shelves(house.li)
    assert (shelf.now.label, shelf.coming, shelf.now.until) == ("1.0", None, None)
    assert queries.last_version(house.book).label == "1.0"


def test_the_search_finds_its_clauses_no_more(house, coming):
    seen = db.select(SearchText.thing_id).where(SearchText.kind == "clause", search_words.clauses_seen_by(house.li))
    ids = {one.id for one in coming.clauses}
    assert ids <= set(db.session.scalars(seen))
    take_back(house.shen, coming)
    assert not ids & set(db.session.scalars(seen))


@pytest.mark.parametrize(("days", "goes"), [(-1, True), (0, False), (3, False)])
def test_from_its_day_on_there_is_nothing_to_take_back_and_repeal_is_the_way(house, coming, days, goes):
    at = NOW + (COMES - TODAY) + timedelta(days=days)
    if goes:
        take_back(house.shen, coming, at=at)
    else:
        with pytest.raises(Refused, match="Repeal the manual"):
            take_back(house.shen, coming, at=at)
    assert coming.state is (State.WITHDRAWN if goes else State.PUBLISHED)


def test_who_may_approve_takes_it_back_with_a_reason_and_nobody_twice(house, coming):
    for who in (house.zheng, house.li):
        with pytest.raises(NotAllowed):
            take_back(who, coming)
    with pytest.raises(Refused, match="Say why"):
        take_back(house.shen, coming, "  ")
    take_back(house.shen, coming)
    with pytest.raises(OutOfDate, match="Shen has taken it back"):
        take_back(house.fang, coming)
    assert journal.names("manual").count("VersionTakenBack") == 1


@pytest.mark.rule("POL-050")
@pytest.mark.parametrize("kind", ManualKind)
def test_it_is_a_row_of_the_table_of_each_kind(kind):
    step = LIFE[kind].steps["take back"]
    assert (step.before, step.after, step.own) == ({Stage.PUBLISHED}, Stage.WITHDRAWN, ())


# ── One that came of a draft ──


@pytest.fixture
def desk(department, staff, person):
    """Zheng may approve as well, and writes."""
    company = department("HQ")

    class Desk:
        top = group = company
        zheng, shen, fang = (staff(name, company, Role.EXECUTIVE) for name in ("Zheng", "Shen", "Fang"))
        law, watcher = person("Su", company), person("Lin", company)
        luo = staff("Luo", company, Role.DIRECTOR)

    return Desk


def through(desk, draft):
    """From research to publication."""
    lead(desk.zheng, draft, "draft", "review")
    life.finish(desk.luo, draft, Check.of(ManualKind.CONDUCT), at=NOW)
    lead(desk.zheng, draft, "submit", approvers=[people.person_with_id(desk.shen.id)])
    lead(desk.shen, draft, "approve", "publish")
    return db.session.get_one(ManualVersion, draft.version_id)


@pytest.fixture
def written(desk):
    """A first version and a second one with another title and purpose, both still to come."""
    first = begin(desk)
    write(desk, first)
    through(desk, first)
    draft = drafts.begin_version(desk.zheng, first.manual, at=NOW)
    drafts.describe(
        desk.zheng, draft, titles={"zh-CN": "新的名字"}, category=Category.CUSTOMERS, supervisor=desk.watcher,
        legal=desk.law, purpose="另一个目的", principles="说到做到", review_on=COMES, seen=draft.version, at=NOW,
    )  # fmt: skip
    drafts.plan(desk.zheng, draft, major=2, minor=0, effective_from=NEXT_MONTH + timedelta(days=9), summary="改名",
                drops=[], seen=draft.version, at=NOW)  # fmt: skip
    drafts.note(desk.zheng, draft, dict.fromkeys(("needs", "industry", "law"), "…"), seen=draft.version, at=NOW)
    return draft, through(desk, draft)


def test_whoever_wrote_it_does_not_take_it_back_alone(desk, written):
    draft, version = written
    assert not withdrawals.may_take_back(desk.zheng, version)
    with pytest.raises(NotAllowed, match="did not write it"):
        take_back(desk.zheng, version)
    take_back(desk.fang, version)
    assert draft.state is Stage.WITHDRAWN
    moved = journal.of("manual draft", draft.id)[-1].event()
    assert (moved.verb, moved.words, desk.zheng.id in moved.told) == ("take back", "写错了一个数", True)


def test_what_it_said_of_its_manual_holds_no_more_either(desk, written):
    _draft, version = written
    book = version.manual
    assert (book.titles, book.purpose, book.review_on) == ({"zh-CN": "新的名字"}, "另一个目的", COMES)
    take_back(desk.fang, version)
    assert (book.titles, book.purpose, book.review_on) == ({"zh-CN": "投诉组补充规定"}, "更快答复", None)


def test_what_somebody_changed_in_its_manual_since_stays(desk, written):
    _draft, version = written
    book = version.manual
    book.review_on = COMES + timedelta(days=30)
    db.session.commit()
    take_back(desk.fang, version)
    assert (book.titles, book.review_on) == ({"zh-CN": "投诉组补充规定"}, COMES + timedelta(days=30))


def test_a_new_draft_is_begun_from_what_holds_with_a_number_of_its_own_and_may_have_its_day(house, coming):
    take_back(house.shen, coming)
    draft = drafts.begin_version(house.zheng, house.book, at=NOW)
    assert (draft.label, draft.base_id, draft.clauses[0].rulings[0].value) == ("3.0", house.first.id, "5")
    with pytest.raises(Refused, match="higher number"):
        publish(house, "2.0")
    assert publish(house, "3.0").seq == 3
    assert rounds(house, COMES) == (2, "3.0")


# ── Who was asked ──


@pytest.mark.rule("POL-026")
def test_open_questions_are_void_what_was_signed_stays_and_those_of_the_version_before_go_on(house):
    sign(house.li, house.first)
    one = acknowledgements.mine_of(house.mo, house.first.id)
    acknowledgements.decline(house.mo, one, "做不到", digest=house.first.digest, at=NOW)
    coming = publish(house)
    sign(house.li, coming)
    assert [state_of(who, house.first) for who in (house.li, house.mo, house.zheng)] == [
        Known.SIGNED, Known.SUPERSEDED, Known.SUPERSEDED,
    ]  # fmt: skip
    take_back(house.shen, coming, at=NOW + timedelta(hours=1))
    assert [state_of(who, coming) for who in (house.li, house.mo, house.zheng)] == [
        Known.SIGNED, Known.VOID, Known.VOID,
    ]  # fmt: skip
    assert [state_of(who, house.first) for who in (house.li, house.mo, house.zheng)] == [
        Known.SIGNED, Known.DECLINED, Known.OPEN,
    ]  # fmt: skip
    assert jobs.keep_up(NOW + timedelta(hours=1)) == 0
    assert list(acknowledgements.wrong_ones()) == []
    sign(house.zheng, house.first)


@pytest.mark.rule("POL-026")
def test_what_had_given_way_to_an_earlier_version_is_not_asked_again(house):
    """Two versions one after the other: taking the last one back opens what it ended, and nothing older."""
    second = publish(house, "2.0", TODAY, at=NOW)
    third = publish(house, "3.0", COMES, value="3", at=NOW + timedelta(hours=1))
    take_back(house.shen, third, at=NOW + timedelta(hours=2))
    assert [state_of(house.mo, one) for one in (house.first, second, third)] == [
        Known.SUPERSEDED, Known.OPEN, Known.VOID,
    ]  # fmt: skip


def test_whoever_came_since_is_asked_about_the_version_before(house, coming, staff):
    late = staff("Late", house.cs)
    jobs.keep_up(NOW)
    take_back(house.shen, coming)
    assert state_of(late, house.first) is Known.OPEN


def test_whoever_reads_it_still_hears_that_it_need_not_be_acknowledged(house, coming):
    one = acknowledgements.mine_of(house.li, coming.id)
    take_back(house.shen, coming)
    with pytest.raises(OutOfDate, match="was taken back"):
        acknowledgements.decline(house.li, one, "…", digest=coming.digest, at=NOW)
    assert [(one.code, one.major) for one in acknowledgements.open_of(house.li)] == [("CS-01", 1)]


def test_what_was_said_to_a_version_that_was_taken_back_counts_for_no_other_one(house):
    sign(house.li, house.first)
    coming = publish(house)
    sign(house.mo, coming)
    take_back(house.shen, coming)
    minor = publish(house, "2.1")
    assert acknowledgements.counting_for(minor) == [minor.id]
    assert {state_of(who, minor) for who in (house.li, house.mo)} == {Known.OPEN}


def told(who):
    return notices(who).rows


@pytest.mark.attack(16)
def test_the_people_who_were_asked_hear_of_it_on_the_bell_and_nobody_else(house, coming, staff):
    stranger = staff("Stranger", house.top)
    news.tell_the_news(NOW)
    take_back(house.shen, coming)
    news.tell_the_news(NOW)
    for who in (house.li, house.mo, house.zheng):
        assert (told(who)[0].entry.name, told(who)[0].href) == ("VersionTakenBack", "/manuals/CS-01/2.0")
    for who in (house.shen, house.fang, stranger):
        assert "VersionTakenBack" not in {one.entry.name for one in told(who)}


@pytest.mark.attack(44)
def test_of_a_crowd_whoever_left_or_signs_in_no_more_is_not_told(house, coming):
    """Both were asked while they were here."""
    gone, closed = (people.person_with_id(one.id) for one in (house.li, house.mo))
    organisation.leave(PORTAL, gone, left_on=TODAY + timedelta(days=1), reason="…", at=NOW)
    accounts.disable(PORTAL, closed, reason="…", at=NOW)
    take_back(house.shen, coming, at=NOW + timedelta(days=1))
    news.tell_the_news(NOW + timedelta(days=1))
    entries = db.select(JournalEntry.id).where(JournalEntry.name == "VersionTakenBack")
    heard = set(db.session.scalars(db.select(Notice.person_id).where(Notice.entry_id.in_(entries))))
    assert (house.zheng.id in heard, gone.id in heard, closed.id in heard) == (True, False, False)


# ── Two at once, and what stands in its way ──


def test_what_another_version_stands_on_is_not_taken_back_before_that(house, coming):
    later = publish(house, "3.0", COMES + timedelta(days=5))
    with pytest.raises(OutOfDate, match=r"Version 3\.0 was published on top of it"):
        take_back(house.shen, coming)
    take_back(house.shen, later)
    take_back(house.shen, coming)
    assert rounds(house, COMES + timedelta(days=9)) == (5, "1.0")


def test_where_the_manual_ends_before_its_day_there_is_nothing_to_take_back(house, coming):
    repeals.repeal(house.shen, house.book, COMES, "并入别的手册", at=NOW)
    with pytest.raises(OutOfDate, match="Shen has repealed the manual from"):
        take_back(house.fang, coming)


def test_where_the_manual_ends_later_it_can_be_taken_back(house, coming):
    repeals.repeal(house.shen, house.book, COMES + timedelta(days=1), "并入别的手册", at=NOW)
    take_back(house.fang, coming)
    assert (rounds(house, COMES), rounds(house, COMES + timedelta(days=1))) == ((5, "1.0"), (3, None))


def test_what_another_manual_rules_on_by_then_stands_in_its_way(house, manual):
    dropped = publish(house, value=None)
    publish(house, "1.0", COMES, "4", of=manual("CS-02", house.cs))
    with pytest.raises(Refused, match="Two manuals must not"):
        take_back(house.shen, dropped)
    assert rounds(house, COMES) == (4, "1.0")


def at_once(app, acts):
    """What became of each act, pressed by a person of its own at the same moment."""
    db.session.remove()
    barrier = Barrier(len(acts))

    def press(act):
        with app.app_context():
            barrier.wait(60)
            try:
                act()
                return "done"
            except Refused as no:
                return str(no)
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(press, acts))


def by(person_id, act):
    """The act of somebody, in a session of its own."""

    def press():
        who = people.staff_with_id(person_id, NOW)
        db.session.remove()
        act(who)

    return press


@pytest.mark.attack(27)
def test_of_eight_who_take_it_back_at_once_one_does(app, house, coming):
    version_id = coming.id
    found = at_once(
        app,
        [by(who, lambda who: take_back(who, db.session.get_one(ManualVersion, version_id)))
         for who in [house.shen.id, house.fang.id] * 4],
    )  # fmt: skip
    assert found.count("done") == 1
    assert all("taken it back already" in one or "Somebody else" in one for one in found if one != "done")
    assert journal.names("manual").count("VersionTakenBack") == 1


@pytest.mark.attack(27)
def test_of_taking_it_back_and_ending_the_manual_before_its_day_one_comes_first(app, house, coming):
    version_id, book_id = coming.id, house.book.id
    back, ended = at_once(app, [
        by(house.shen.id, lambda who: take_back(who, db.session.get_one(ManualVersion, version_id))),
        by(house.fang.id, lambda who: repeals.repeal(who, db.session.get_one(Manual, book_id), COMES, "并入", at=NOW)),
    ])  # fmt: skip
    assert ended == "done" or "Somebody else" in ended
    assert back == "done" or "never comes into force" in back or "Somebody else" in back


@pytest.mark.attack(27)
def test_of_taking_it_back_and_publishing_on_top_of_it_one_wins(app, house, coming):
    version_id, book_id, later = coming.id, house.book.id, COMES + timedelta(days=1)
    house.book = None
    back, more = at_once(app, [
        by(house.shen.id, lambda who: take_back(who, db.session.get_one(ManualVersion, version_id))),
        by(house.fang.id, lambda _who: publish(house, "3.0", later, of=db.session.get_one(Manual, book_id))),
    ])  # fmt: skip
    assert more == "done" or "Somebody else" in more
    assert back == "done" or "on top of it" in back or "Somebody else" in back


# ── Without anything before it ──


def test_a_manual_of_which_everything_was_taken_back_offers_no_more_than_its_text(house, manual, browser):
    only = publish(house, "1.0", COMES, None, of=manual("CS-03", house.cs))
    take_back(house.shen, only)
    db.session.execute(db.text("UPDATE person SET must_change_password = :no"), {"no": False})
    db.session.commit()
    reader = browser.sign_in(people.person_with_id(house.fang.id).sign_in_name)
    for where in ("/manuals/CS-03", "/manuals/CS-03/1.0"):
        page = reader.get(where)
        assert "Taken back before its day" in page.main
        assert not page.soup.select("a[href$='/repeal'], a[href$='/take-back'], a[href$='/acknowledgements']")
    assert "version 1.0 taken back" in reader.get("/manuals").main
    reader.get("/manuals/CS-03/1.0/changes")


def test_a_first_version_that_is_taken_back_leaves_an_empty_manual_with_its_address(house, manual):
    book = manual("CS-03", house.cs)
    only = publish(house, "1.0", COMES, None, of=book)
    take_back(house.shen, only)
    shelf = next(one for one in queries.shelves(house.li) if one.manual.code == "CS-03")
    assert (shelf.now, shelf.coming, shelf.taken_back.label) == (None, None, "1.0")
    assert jobs.keep_up(NOW) == 0
    with pytest.raises(OutOfDate, match="nothing to repeal"):
        repeals.repeal(house.shen, book, TODAY, "…", at=NOW)
    assert [one.field for one in oversight.coverage([shelf]) if one.covered] == []
    assert drafts.begin_version(house.zheng, book, at=NOW).label == "2.0"


def test_a_draft_of_which_every_version_before_was_taken_back_is_marked_up_against_the_last(house, manual, browser):
    book = manual("CS-03", house.cs)
    only = publish(house, "1.0", COMES, None, of=book)
    drafts.begin_version(house.zheng, book, at=NOW)
    take_back(house.shen, only)
    author = people.person_with_id(house.zheng.id)
    author.must_change_password = False
    db.session.commit()
    reader = browser.sign_in(author.sign_in_name)
    assert reader.get("/manuals/CS-03/draft").soup.select_one("a[href='/manuals/CS-03/draft/changes']")
    assert "From version 1.0 to the draft of version 2.0" in reader.get("/manuals/CS-03/draft/changes").main


# ── Proving ──


@pytest.mark.attack(42)
def test_its_text_is_proved_as_before_and_a_state_that_nobody_made_is_found(house, coming):
    take_back(house.shen, coming)
    assert list(queries.versions_with_wrong_hash()) == list(withdrawals.wrong_ones()) == []
    for state, said in (("published", "stands there as published"), ("withdrawn", "never taken back")):
        which = coming.id if state == "published" else house.first.id
        db.session.execute(db.text(f"UPDATE manual_version SET state = '{state}' WHERE id = {which}"))
        (found,) = withdrawals.wrong_ones()
        assert said in str(found.sentence)
        db.session.rollback()
    db.session.execute(db.text("UPDATE clause SET heading = 'x' WHERE version_id = :id"), {"id": coming.id})
    assert "was changed after" in str(next(queries.versions_with_wrong_hash()).sentence)


# ── On the pages ──


def pressed(browser, there, expect=303, **typed):
    return browser.post(there, {**browser.get(there).form(there), **typed}, expect=expect)


@pytest.mark.attack(10, 11)
def test_its_pages_say_so_and_nothing_shows_it_as_coming(demo, browser):
    there = "/manuals/KF-01/3.0"
    reader = browser.sign_in("clerk")
    assert "comes into force" in reader.get(there).main
    for name in ("clerk", "manager", "admin"):
        assert not browser.sign_in(name).get(there).soup.select("a[href$='/take-back']")
        browser.get(f"{there}/take-back", expect=403)
    reader = browser.sign_in("executive")
    assert reader.get(there).soup.select("a[href$='/take-back']")
    reader.get("/manuals/KF-01/2.1/take-back", expect=404)
    pressed(reader, f"{there}/take-back", expect=422, reason="")
    page = reader.follow(pressed(reader, f"{there}/take-back", reason="第四条的天数写错了"))
    reader.get(f"{there}/take-back", expect=404)
    assert "第四条的天数写错了" in page.main
    digest = db.session.scalars(db.select(ManualVersion.digest).where(ManualVersion.state == State.WITHDRAWN)).one()

    reader = browser.sign_in("clerk")
    page = reader.get(there)
    assert "Taken back before its day" in page.main
    assert digest in page.main
    assert not page.soup.select("a[href*='/acknowledge'], a[href*='/comment/']")
    assert "3.0" not in reader.get("/manuals").soup.select_one("table").text
    assert "3.0" not in reader.get("/manuals/mine").soup.select("table")[0].text
    assert "3.0" not in reader.get("/manuals/KF-01").soup.select_one(".next-step").text
    assert not reader.get("/manuals/KF-01/2.1/changes").soup.select("option[value='3.0']")
    assert "taken back" in reader.get(f"{there}/acknowledge").main.lower()
    assert "handed out no more" in reader.get(f"{there}/paper").main
    reader.get(f"{there}/paper.pdf", expect=404)
    assert "Taken back before its day" in reader.get(f"{there}/sheet").main
    version = db.session.scalars(db.select(ManualVersion).where(ManualVersion.digest == digest)).one()
    assert queries.head_of(version.manual, version)["taken-back"].startswith("2026-10-12")
    standing = next(one for one in queries.editions(version.manual) if one.id == version.id).standing
    assert standing is Standing.WITHDRAWN


def test_what_was_signed_shows_that_the_version_was_taken_back(demo, browser):
    who = people.staff(people.person_called("executive"), TODAY)
    version = db.session.scalars(
        db.select(ManualVersion).join(Manual).where(Manual.code == "KF-01", ManualVersion.major == 3)
    ).one()
    withdrawals.take_back(who, version.manual, version, "写错了", at=NOW)
    signed = db.session.execute(
        db.select(acknowledgements.A.id, acknowledgements.A.person_id).where(
            acknowledgements.A.version_id == version.id, acknowledgements.A.state == Known.SIGNED
        )
    ).first()
    name = people.person_with_id(signed.person_id).sign_in_name
    reader = browser.sign_in(name)
    assert "Taken back before its day" in reader.get(f"/manuals/acknowledgements/{signed.id}").main
    assert "version taken back" in reader.get("/manuals/mine").main
