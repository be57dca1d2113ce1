"""The bell on every page, the list behind it, and the choice of what one hears of."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.extensions import db
from portal.kernel.actions import PORTAL, action
from portal.notifications import actions, queries
from portal.notifications.models import Notice
from portal.notifications.states import USUAL, News, Way
from portal.organisation import queries as people
from portal.organisation.models import SignInSession
from portal.tickets import actions as tickets
from tests.conftest import NOW, TODAY
from tests.notifications.conftest import names
from tests.tickets.conftest import again, by_hand


def reader(name):
    return people.staff(people.person_called(name), TODAY)


def bell(page) -> str:
    """The number on the bell, as it stands in the top bar."""
    count = page.soup.select_one("#bell .count, #bell-count .count")
    return count.text if count else ""


@action
def ring(_actor, person_id: int, times: int, *, at=NOW):
    """Many notices at once, of a ticket that its reader may see."""
    one = db.session.scalars(db.select(Notice).where(Notice.person_id == person_id, Notice.about == "ticket")).first()
    for entry_id in db.session.scalars(
        db.select(queries.JournalEntry.id)
        .where(queries.JournalEntry.id.not_in(db.select(Notice.entry_id).where(Notice.person_id == person_id)))
        .limit(times)
    ).all():
        db.session.add(
            Notice(
                entry_id=entry_id, person_id=person_id, way=Way.BELL, news=News.PROGRESS, about="ticket",
                subject_id=one.subject_id, inside=False, happened_at=at, told_at=at,
            )
        )  # fmt: skip


def test_the_bell_says_on_every_page_how_much_is_unread_and_reading_lowers_it(demo, browser):
    count = queries.unread(reader("agent"))
    assert 0 < count < 99
    page = browser.sign_in("agent").get("/notifications")
    assert bell(page) == bell(browser.get("/tickets")) == str(count)
    assert len(page.soup.select(".notice-row.is-new")) == count
    first = page.soup.select_one(".notice-row.is-new form[action$='/open']")
    answer = browser.post(first["action"])
    assert answer.headers["Location"] == page.soup.select_one(".notice-row.is-new a.key")["href"]
    assert bell(browser.follow(answer)) == str(count - 1)


def test_one_is_read_and_then_all_that_stood_on_the_page_but_nothing_that_came_since(demo, browser):
    page = browser.sign_in("agent").get("/notifications")
    count = int(bell(page))
    read_one = page.soup.select_one(
        "form[action$='/read'][action*='notifications/']:not([action='/notifications/read'])"
    )
    part = browser.post(read_one["action"], expect=200, part="notice-list")
    assert bell(part) == str(count - 1)  # sent beside the list, into its own place
    fields = page.form("/notifications/read")
    ring(PORTAL, reader("agent").id, 1, at=NOW)
    browser.post("/notifications/read", {"up_to": fields["up_to"]})
    assert bell(browser.get("/notifications")) == "1"


def test_unread_stands_first_and_pages_go_on_where_they_ended(demo, browser):
    me = reader("agent")
    ring(PORTAL, me.id, 120)
    assert queries.unread(me) == queries.MOST_COUNTED
    browser.sign_in("agent")
    seen, url = [], "/notifications"
    while url:
        page = browser.get(url)
        assert bell(page) == "99+"
        seen += [form["action"].split("/")[2] for form in page.soup.select("form[action$='/open']")]
        following = page.soup.select_one("a[rel=next]")
        url = str(following["href"]) if following else None
    total = db.session.scalar(db.select(db.func.count()).where(Notice.person_id == me.id, Notice.way == Way.BELL))
    assert len(seen) == len(set(seen)) == total
    unread = {
        str(one)
        for one in db.session.scalars(db.select(Notice.id).where(Notice.person_id == me.id, Notice.done_at.is_(None)))
    }
    assert set(seen[: len(unread)]) == unread


@pytest.mark.attack(10, 11)
def test_the_notice_of_somebody_else_is_not_there(demo, browser):
    theirs = db.session.scalars(db.select(Notice.id).where(Notice.person_id == reader("engineer").id)).first()
    browser.sign_in("agent").post(f"/notifications/{theirs}/open", expect=404)
    browser.post(f"/notifications/{theirs}/read", expect=404)
    before = queries.unread(reader("engineer"))
    browser.post("/notifications/read", {"up_to": 2**31 - 1})
    assert queries.unread(reader("engineer")) == before


@pytest.mark.attack(16, 18)
def test_what_may_no_longer_be_seen_leaves_list_count_and_fragment_at_once(demo, browser):
    me = reader("agent")
    page = browser.sign_in("agent").get("/notifications")
    number = page.soup.select_one(".notice-row.is-new a.key").text
    ticket = db.session.scalars(db.select(queries.Ticket).where(queries.Ticket.number == number)).one()
    gone = len([one for one in page.soup.select(".notice-row.is-new a.key") if one.text == number])
    before = queries.unread(me)
    notice = page.soup.select_one(".notice-row.is-new form[action$='/open']")["action"]
    tickets.void(reader("supervisor"), ticket, "重复登记", at=NOW)
    assert number not in browser.get("/notifications").main
    assert number not in browser.get("/notifications", part="notice-list").text
    assert queries.unread(me) == before - gone
    assert bell(browser.get("/notifications/bell", part="bell-count")) == str(before - gone)
    browser.post(notice, expect=404)


@pytest.mark.attack(14)
@pytest.mark.parametrize("query", ["after=nonsense", "after=WyJhIl0", "after=WzAsMSwyXQ"])
def test_what_is_no_page_of_the_list_is_answered_400(demo, browser, query):
    browser.sign_in("agent").get(f"/notifications?{query}", expect=400)


@pytest.mark.attack(1)
def test_a_title_with_markup_is_inert_behind_the_bell(house, opened, rounds, browser):
    evil = "<img src=x onerror=alert(1)>\u2028<scr<script>ipt>"
    ticket = opened(title=evil)
    tickets.offer(house.li, ticket, house.tech, note="<svg onload=alert(2)>", at=NOW)
    rounds()
    by_hand("UPDATE person SET must_change_password = false")
    page = browser.sign_in(house.zhao.sign_in_name).get("/notifications")
    assert not page.soup.main.select("img, svg[onload], script")
    assert "<img" not in page.text.split("<main")[1]
    assert "onerror" in page.main


def test_the_bell_of_an_open_page_keeps_no_session_alive(demo, browser):
    browser.sign_in("agent", at=NOW - timedelta(minutes=30))

    def seen_at():
        db.session.expire_all()
        return db.session.scalars(db.select(SignInSession.seen_at).order_by(SignInSession.id.desc()).limit(1)).one()

    before = seen_at()
    browser.get("/notifications/bell", part="bell-count")
    assert seen_at() == before
    browser.get("/notifications")
    assert seen_at() > before


def test_what_somebody_chose_is_kept_and_holds_from_then_on(house, worked, rounds, browser):
    ticket = worked()
    by_hand("UPDATE person SET must_change_password = false")
    browser.sign_in(house.wang.sign_in_name)
    page = browser.get("/me/notifications")
    boxes = page.soup.select("input[type=checkbox]")
    assert len(boxes) == len(News) * len(Way)
    assert {(box["name"], box["value"]) for box in boxes if box.has_attr("checked")} == {
        (news.value.replace(" ", "_"), way.value) for news, ways in USUAL.items() for way in ways
    }
    browser.post("/me/notifications", {"alarm": ["bell"], "for_me": ["bell", "digest"], "progress": ["digest"]})
    assert queries.choices(house.wang.id)[News.FOR_ME] == {Way.BELL, Way.DIGEST}
    assert queries.choices(house.wang.id)[News.REQUESTS] == frozenset()
    case = db.session.merge(ticket)
    tickets.follow(house.wang, case, at=NOW)
    tickets.note(house.li, case, "备注", at=NOW)
    rounds()
    assert names(house.wang) == []


@pytest.mark.attack(13, 14)
def test_a_way_that_does_not_exist_is_refused_and_nothing_is_changed(demo, browser):
    me = reader("agent")
    browser.sign_in("agent").post("/me/notifications", {"alarm": ["pigeon"]}, expect=422)
    assert queries.choices(me.id) == USUAL


@pytest.mark.parametrize("url", ["/notifications", "/me/notifications", "/notifications/bell"])
def test_a_page_asks_the_database_ten_times_at_most(demo, browser, statements, url):
    browser.sign_in("director").get(url)
    statements.clear()
    browser.get(url)
    asked = [one for one in statements if not one.startswith(("PRAGMA", "BEGIN", "SAVEPOINT"))]
    assert 0 < len(asked) <= 10, asked


def test_the_count_walks_the_index_of_the_bell_alone(demo):
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL chooses by the number of rows")
    me = again(reader("agent"))
    waiting = db.select(Notice.id).where(*queries._on_bell(me, read=False)).limit(queries.MOST_COUNTED)
    words = waiting.compile(db.engine, compile_kwargs={"literal_binds": True})
    plan = " ".join(row[3] for row in db.session.execute(db.text(f"EXPLAIN QUERY PLAN {words}")))
    assert "ix_notice_unread" in plan
    assert "SCAN" not in plan.split("ix_notice_unread")[0]


def test_reading_again_keeps_the_first_moment(demo):
    me = reader("agent")
    one = queries.notices(me).rows[0]
    actions.read(me, one.notice, at=NOW)
    actions.read(me, one.notice, at=NOW + timedelta(hours=1))
    db.session.expire_all()
    assert db.session.get_one(Notice, one.notice.id).done_at == NOW


def test_what_is_said_of_a_manual_names_it_by_its_title_as_well(demo, browser):
    rows = browser.sign_in("shopkeeper").get("/notifications").soup.select("main small")
    assert any("WD-01" in one.text and "Online shop service rules" in one.text for one in rows)
