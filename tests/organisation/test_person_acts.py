"""What is done to the record of a colleague on its quiet pages: who may, from which day, and what a refusal keeps."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.demo.cast import COLLEAGUES, NAMED
from portal.extensions import db
from portal.kernel import journal
from portal.kernel.permissions import Role
from portal.kernel.security_log import SecurityEvent
from portal.organisation import queries, record
from portal.organisation.models import Absence, Deputy, Grant, PayBase, Person, Placement, Superior
from tests.conftest import NOW, TODAY

NUMBERS = {one.sign_in_name: f"XH{number:03d}" for number, one in enumerate(COLLEAGUES, start=1)}
TOMORROW = TODAY + timedelta(days=1)
ACTS = ("rename", "details", "place", "role", "superior", "deputy", "absence", "city", "pay", "leave")


def called(name: str) -> Person:
    db.session.expire_all()
    person = queries.person_called(name)
    assert person is not None
    return person


def entries(name: str, kind: str) -> list[record.Entry]:
    """The rows of one kind about somebody, as HR sees them."""
    reader = queries.staff(called("hr-head"), TODAY)
    found = record.numbered(called(name).staff_number)
    assert found is not None
    return record.record_of(reader, *found, NOW).of(kind)


def filled(browser, url: str, **typed: str) -> dict[str, str]:
    return {**browser.get(url).form(url.partition("?")[0]), **typed}


def do(browser, who: str, act: str, expect: int = 303, **typed: str):
    url = f"/people/{NUMBERS[who]}/{act}"
    return browser.post(url, filled(browser, url, **typed), expect=expect)


# Who may


@pytest.mark.attack(10)
@pytest.mark.parametrize("name", NAMED)
def test_each_act_is_offered_to_those_who_may_and_to_nobody_else(demo, browser, name):
    """HR keeps records, heads give posts to their own people, admin gives roles, whoever decides notes absences."""
    browser.sign_in(name)
    page = browser.get("/people/XH005")
    shown = {act for act in ACTS if page.soup.select_one(f"a[href='/people/XH005/{act}']")}
    keeps = {"rename", "details", "place", "superior", "deputy", "absence", "city", "pay", "leave"}
    expected = {
        "hr": keeps, "admin": {"role"}, "agent": {"deputy", "absence"}, "supervisor": {"absence"},
        "manager": {"place"}, "director": {"place"}, "executive": {"place"},
    }.get(name, set())  # fmt: skip
    assert shown == expected
    for act in ACTS:
        browser.get(f"/people/XH005/{act}", expect=200 if act in expected else 403)
        if act not in expected:
            form = {
                "from_on": "2026-10-12", "to_on": "2026-10-12", "name": "x", "city": "x", "amount": "1",
                "deputy": "XH001", "superior": "XH001", "line": "direct", "reason": "x", "left_on": "2026-10-12",
                "post": "1", "main": "main", "role": "agent", "department": "1",
            }  # fmt: skip
            browser.post(f"/people/XH005/{act}", form, expect={403, 422})
    names = set(journal.names("person"))
    db.session.rollback()
    assert called("agent").name == "李娜"
    assert "PersonLeft" not in {one.name for one in journal.of("person", called("agent").id)}, names


@pytest.mark.parametrize("act", ["rename", "pay", "leave", "superior", "city", "place"])
def test_nobody_keeps_their_own_record(demo, browser, act):
    browser.sign_in("hr").get(f"/people/{NUMBERS['hr']}/{act}", expect=403)


@pytest.mark.rule("ORG-002")
def test_a_project_lead_records_and_ends_the_own_line_and_no_other(demo, browser):
    browser.sign_in("developer")
    do(browser, "engineer2", "superior", superior="developer", line="project", project="极光")
    (line,) = [one for one in entries("engineer2", "superior") if one.word == "project"]
    assert line.name == "曾毅"
    browser.post(f"/people/{NUMBERS['engineer2']}/superiors/{line.id}/end", {"to_on": "2026-10-31"})
    assert str(next(one.to_on for one in entries("engineer2", "superior") if one.id == line.id)) == "2026-11-01"
    functional = next(one for one in entries("engineer2", "superior") if one.word == "functional")
    browser.get(f"/people/{NUMBERS['engineer2']}/superiors/{functional.id}/end", expect=403)
    browser.post(f"/people/{NUMBERS['engineer2']}/superiors/{functional.id}/end", {"to_on": "2026-10-31"}, expect=403)


@pytest.mark.attack(11)
@pytest.mark.parametrize("kept", ["posts", "roles", "superiors", "deputies", "absences"])
def test_a_row_of_somebody_else_is_not_there(demo, browser, kept):
    browser.sign_in("hr")
    table = {"posts": Placement, "roles": Grant, "superiors": Superior, "deputies": Deputy, "absences": Absence}[kept]
    row = db.session.scalars(db.select(table).where(table.person_id != called("agent").id).limit(1)).one()
    for entry_id in (row.id, 999_999):
        browser.get(f"/people/XH005/{kept}/{entry_id}/end", expect=404)
        browser.post(f"/people/XH005/{kept}/{entry_id}/end", {"to_on": "2026-10-12"}, expect=404)


# Each act


def test_a_colleague_is_written_down_with_post_and_city_in_one_go(demo, browser):
    browser.sign_in("hr")
    page = browser.get("/people/new")
    post = next(one["value"] for one in page.soup.select("#post option") if one.text == "Agent")
    form = {
        **page.form("/people/new"), "name": "江月", "staff_number": "XH200", "sign_in_name": "JiangYue",
        "joined_on": "2026-11-01", "post": post, "city": "宁波", "mail": "j@xinghe.example", "telephone": "8200",
    }  # fmt: skip
    answer = browser.post("/people/new", form)
    assert answer.headers["Location"] == "/people/XH200"
    page = browser.follow(answer)
    assert "joins on 1 Nov" in page.main
    assert called("jiangyue").initials == "jy"
    assert [one.word for one in entries_of("XH200", "city")] == ["宁波"]
    browser.post("/people/new", form)  # the button was pressed twice (attack 29)
    assert browser.get("/people?who=joining&words=jy").text.count('class="open"') == 1


@pytest.mark.attack(3)
def test_a_name_shows_what_it_is_and_one_that_shows_nothing_is_none(demo, browser):
    browser.sign_in("hr")
    page = do(browser, "agent", "rename", expect=422, name="\u200b\u2060\ufeff")
    assert "Write down the name" in page.main
    do(browser, "agent", "rename", name="\u202e娜\u202c李")
    assert called("agent").name == "娜李"


def test_a_name_and_a_city_that_will_hold_are_seen_before_their_day(demo, browser):
    browser.sign_in("hr")
    do(browser, "agent", "city", city="宁波", from_on=str(TOMORROW))
    do(browser, "agent", "rename", name="李娜娜", from_on=str(TOMORROW))
    facts = " ".join(browser.get("/people/XH005").soup.select_one("dl.facts").get_text(" ").split())
    assert f"Next city of work 宁波 from {TOMORROW.day}" in facts
    assert f"Next name 李娜娜 from {TOMORROW.day}" in facts


def test_nobody_stands_in_twice_on_one_day(demo, browser):
    browser.sign_in("hr")
    days = {"from_on": str(TOMORROW), "to_on": str(TOMORROW + timedelta(days=2))}
    after = str(TOMORROW + timedelta(days=3))
    do(browser, "orders", "deputy", deputy="agent2", **days)
    assert "stands in on one of these days" in do(browser, "orders", "deputy", expect=422, deputy="agent2", **days).main
    do(browser, "orders", "deputy", deputy="agent2", from_on=after, to_on=after)
    do(browser, "orders", "deputy", deputy="orders2", **days)


def entries_of(number: str, kind: str) -> list[record.Entry]:
    reader = queries.staff(called("hr-head"), TODAY)
    found = record.numbered(number)
    assert found is not None
    return record.record_of(reader, *found, NOW).of(kind)


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("staff_number", "xh005", "taken"), ("staff_number", "import", "letters, digits"),
        ("sign_in_name", "AGENT", "taken"), ("sign_in_name", "a b", "no spaces"), ("name", "", "Write down the name"),
        ("joined_on", "0026-01-01", "1950"), ("mail", "nobody", "name@company.example"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_at_its_field_and_nothing_typed_is_lost(demo, browser, field, typed, words):
    browser.sign_in("hr")
    form = {
        **browser.get("/people/new").form("/people/new"), "name": "江月", "staff_number": "XH200",
        "sign_in_name": "jiangyue", "joined_on": "2026-11-01", field: typed,
    }  # fmt: skip
    page = browser.post("/people/new", form, expect=422)
    assert words in page.soup.select_one(f"#{field}-error").text
    again = page.form("/people/new")
    assert {again[name] for name in ("staff_number", "sign_in_name")} >= {
        form["staff_number"],
        form["sign_in_name"],
    } - {""}


@pytest.mark.attack(44)
def test_a_name_changes_from_a_day_on(demo, browser):
    do(browser.sign_in("hr"), "agent", "rename", name="李 娜娜", from_on=TOMORROW.isoformat())
    assert called("agent").name == "李娜"
    page = browser.get("/people/XH005")
    assert page.soup.h1.text == "李娜"
    page = do(browser, "agent", "rename", expect=422, name="李娜娜", from_on="2026-10-12")
    assert "something else is entered already" in page.soup.select_one("#from_on-error").text


def test_a_post_is_given_and_ended_with_its_last_day(demo, browser):
    browser.sign_in("hr")
    page = browser.get("/people/XH005/place")
    chief = next(one["value"] for one in page.soup.select("#post option") if one.text == "Complaint handler")
    do(browser, "agent", "place", post=chief, from_on="2026-11-01", to_on="2026-11-30")
    new = next(one for one in entries("agent", "post") if str(one.from_on) == "2026-11-01")
    assert str(new.to_on) == "2026-12-01"  # the last day belongs to it
    page = do(browser, "agent", "place", expect=422, post=chief, from_on="2019-01-01")
    assert "not with us on that day" in page.soup.select_one("#from_on-error").text
    browser.post(f"/people/XH005/posts/{new.id}/end", {"to_on": "2026-11-15"})
    assert str(next(one for one in entries("agent", "post") if one.id == new.id).to_on) == "2026-11-16"
    page = browser.post(f"/people/XH005/posts/{new.id}/end", {"to_on": "2027-01-01"}, expect=422)
    assert "not one of its days" in page.soup.select_one("#to_on-error").text


@pytest.mark.rule("ORG-013")
def test_a_manager_is_offered_the_posts_of_the_own_department_alone(demo, browser):
    page = browser.sign_in("manager").get("/people/XH005/place")
    groups = {one["label"] for one in page.soup.select("#post optgroup[label]") if one["label"]}
    assert groups == {"Customer Service Centre", "Orders", "Complaints", "General service"}
    elsewhere = db.session.scalars(
        db.select(queries.Post.id).join(queries.Department).where(queries.Department.code == "FIN")
    ).first()
    page = browser.post(
        "/people/XH005/place", {"post": str(elsewhere), "main": "main", "from_on": "2026-10-12"}, expect=422
    )
    assert page.soup.select_one("#post-error")


@pytest.mark.attack(17)
def test_a_role_is_given_and_taken_and_the_next_page_knows(demo, browser):
    browser.sign_in("admin")
    department = str(queries.unit_coded("MKT").id)
    do(browser, "brand", "role", role="supervisor", department=department, from_on="2026-10-12")
    (held,) = entries("brand", "role")
    assert held.role is Role.SUPERVISOR
    browser.sign_in("brand").get("/lists/kinds/new")
    browser.sign_in("admin").post(f"/people/{NUMBERS['brand']}/roles/{held.id}/end", {"to_on": "2026-10-11"})
    browser.sign_in("brand").get("/lists/kinds/new", expect=403)
    browser.sign_in("admin").get(f"/people/{NUMBERS['admin']}/role", expect=403)


@pytest.mark.attack(13)
def test_fields_that_a_form_does_not_have_are_ignored_and_kept(demo, browser):
    browser.sign_in("hr")
    typed = filled(browser, "/people/XH005/city", city="宁波")
    browser.post("/people/XH005/city", {**typed, "role": "admin", "fen": "9900000", "left_on": "2026-10-12"})
    assert [one.role for one in entries("agent", "role")] == [Role.AGENT]
    assert called("agent").left_on is None
    kept = db.session.scalars(db.select(SecurityEvent).order_by(SecurityEvent.id.desc())).first()
    assert kept.detail["fields"] == ["fen", "left_on", "role"]


@pytest.mark.rule("ORG-002")
def test_lines_that_cannot_be_are_refused_at_their_field(demo, browser):
    browser.sign_in("hr")
    page = do(browser, "agent", "superior", expect=422, superior="彭博", line="project", project="极光")
    assert "does not belong to a matrix unit" in page.soup.select_one("#line-error").text
    page = do(browser, "supervisor", "superior", expect=422, superior="李娜", line="direct")
    assert "answers to" in page.soup.select_one("#superior-error").text
    page = do(browser, "engineer", "superior", expect=422, superior="Nobody Such", line="functional")
    assert "Nobody with us is called" in page.soup.select_one("#superior-error").text
    assert page.form("/superior")["superior"] == "Nobody Such"


def test_of_several_with_one_name_the_staff_number_says_who(demo, browser):
    browser.sign_in("hr")
    for number in ("XH301", "XH302"):
        form = browser.get("/people/new").form("/people/new")
        browser.post("/people/new", {
            **form, "name": "王伟", "staff_number": number, "sign_in_name": number, "joined_on": "2026-10-01",
        })  # fmt: skip
    page = do(browser, "agent", "deputy", expect=422, deputy="王伟")
    assert "王伟 XH301, 王伟 XH302" in page.soup.select_one("#deputy-error").text
    do(browser, "agent", "deputy", deputy="xh302")
    assert [one.staff_number for one in entries("agent", "deputy")] == ["XH302"]


def test_one_says_oneself_who_stands_in_and_when_one_is_away(demo, browser):
    browser.sign_in("agent")
    answer = do(browser, "agent", "deputy", deputy="agent2", reason="年休假", from_on="2026-10-20", to_on="2026-10-24")
    assert answer.headers["Location"] == "/me"
    do(browser, "agent", "absence", reason="年休假", from_on="2026-10-20", to_on="2026-10-24")
    page = browser.get("/me")
    assert "王芳 年休假 20 Oct – 24 Oct" in page.main
    (deputy,), (away,) = entries("agent", "deputy"), entries("agent", "absence")
    assert str(away.to_on) == "2026-10-25"
    page = do(browser, "agent", "absence", expect=422, reason="x", from_on="2026-10-24", to_on="2026-10-26")
    assert "already" in page.soup.select_one("#from_on-error").text
    browser.post(f"/people/XH005/absences/{away.id}/end", {"to_on": "2026-10-22"})
    assert str(entries("agent", "absence")[0].to_on) == "2026-10-22"
    browser.sign_in("agent2").post(f"/people/XH005/deputies/{deputy.id}/end", {"to_on": "2026-10-21"})
    assert str(entries("agent", "deputy")[0].to_on) == "2026-10-22"
    browser.sign_in("clerk").post(f"/people/XH005/deputies/{deputy.id}/end", {"to_on": "2026-10-21"}, expect=403)


@pytest.mark.parametrize(
    ("typed", "fen"),
    [("4200", 420_000), ("4,200.50", 420_050), ("0", 0), ("10000000", 10**9), ("4200.505", None), ("-1", None),
     ("10000000.01", None), ("NaN", None), ("一千", None), ("1e3", 100_000)],
)  # fmt: skip
def test_base_pay_is_typed_as_people_write_it(demo, browser, typed, fen):
    browser.sign_in("hr")
    page = do(browser, "agent", "pay", expect=422 if fen is None else 303, amount=typed)
    if fen is None:
        assert "Enter an amount in yuan" in page.soup.select_one("#amount-error").text
        assert page.form("/pay")["amount"] == typed
    else:
        assert queries.base_pay_of(called("agent").id, TODAY) == fen
        assert str(fen) not in str([one.facts for one in journal.of("person", called("agent").id)]) or fen == 0


def test_who_leaves_hands_on_first_or_somebody_says_why_not(demo, browser):
    browser.sign_in("hr")
    page = browser.get("/people/XH005/leave")
    assert "Hand these on first" in page.main
    page = do(browser, "agent", "leave", expect=422, left_on="2026-10-31")
    assert "Hand them on, or say why not." in page.soup.select_one("#reason-error").text
    do(browser, "agent", "leave", left_on="2026-10-31", reason="nobody to take them yet")
    assert str(called("agent").left_on) == "2026-11-01"
    assert "Leaves on 1 Nov." in browser.get("/people/XH005").main


def test_my_page_shows_my_record_with_my_pay(demo, browser):
    page = browser.sign_in("agent2").get("/me")
    assert "5,200.00 yuan a month since 1 Jul" in page.main
    assert "4,800.00 yuan a month" in " ".join(page.soup.select_one("details.list-history").get_text(" ").split())
    assert "林静 direct superior" in page.main
    assert page.soup.select_one("a[href='/me/password']")
    assert page.soup.select_one("a[href='/me/pin']")


# Speed


@pytest.mark.parametrize("name", ["hr", "agent"])
def test_the_quiet_pages_ask_the_database_little(demo, browser, statements, name):
    browser.sign_in(name)
    away = db.session.scalars(db.select(Absence.id)).first()
    for url in ("/me", "/people/new", *(f"/people/XH005/{act}" for act in ACTS),
                f"/people/{NUMBERS['admin-head']}/absences/{away}/end"):  # fmt: skip
        if browser.get(url, expect={200, 403}).status == 403:
            continue
        with statements() as asked:
            browser.get(url)
        assert len(asked) <= 10, url + "\n\n".join(asked)


def test_pay_that_was_put_right_on_the_same_day_is_kept_and_not_shown(demo, browser):
    browser.sign_in("hr")
    do(browser, "agent", "pay", amount="4100", from_on="2026-10-12")
    do(browser, "agent", "pay", amount="4200", from_on="2026-10-12")
    page = browser.get("/people/XH005")
    assert "4,200.00" in page.main
    assert "4,100.00" not in page.main
    assert db.session.scalar(db.select(PayBase.id).where(PayBase.fen == 410_000))
