"""The pages of customers and visitors, as people use them."""

import re
from urllib.parse import quote

import pytest

from portal.customers.models import Customer, Visit
from portal.extensions import db
from portal.kernel.security_log import Kind, SecurityEvent
from portal.organisation.queries import person_called
from tests.browser import Browser

RECORD = {"name": "江月", "telephones": "138 0000 7777", "mail": "", "company": "", "note": ""}
MARKUP = "<img src=x onerror=alert(1)><scr<script>ipt>\"'--%"


def form_of(browser: Browser, url: str, action: str = "", **typed: str) -> dict[str, str]:
    """What a browser would send for the form on `url` after somebody typed."""
    return {**browser.get(url).form(action), **typed}


def customer_called(name: str) -> Customer:
    db.session.expire_all()
    return db.session.scalars(db.select(Customer).where(Customer.name == name)).one()


@pytest.fixture
def agent(demo, browser):
    return browser.sign_in("agent")


def test_a_caller_is_written_down_and_found_by_the_last_digits(agent):
    page = agent.follow(agent.post("/customers/new", form_of(agent, "/customers/new", "/new", **RECORD)))
    assert "江月" in page.soup.h1.text
    assert "江月" in agent.get("/customers?words=7777").main
    assert "江月" in agent.get("/customers/find?words=7777", part="callers").text


def test_what_was_looked_for_in_vain_is_typed_already(agent):
    assert agent.get("/customers/new?words=138 0000 4242").form("/new")["telephones"] == "138 0000 4242"
    assert agent.get("/customers/new?words=江月").form("/new")["name"] == "江月"
    assert agent.get("/customers/new?words=j@moon.example").form("/new")["mail"] == "j@moon.example"


def test_a_double_is_shown_with_its_record_and_may_be_passed_over(agent):
    double = form_of(agent, "/customers/new", "/new", **{**RECORD, "telephones": "+86 138 0000 1001"})
    page = agent.post("/customers/new", double, expect=422)
    assert "陈晓东" in page.main
    assert page.soup.select_one("a[href='/customers/C-2026-00001']")
    seen = page.soup.select_one("#although")["value"]
    assert page.form("/new")["name"] == "江月"
    agent.post("/customers/new", {**double, "although": seen})
    assert customer_called("江月").number == "C-2026-00060"


@pytest.mark.attack(29)
def test_a_form_that_is_sent_twice_makes_one_record(agent):
    form = form_of(agent, "/customers/new", "/new", **RECORD)
    assert (
        agent.post("/customers/new", form).headers["Location"] == agent.post("/customers/new", form).headers["Location"]
    )
    assert customer_called("江月")
    visit = form_of(agent, "/visits", "/visits", visitor="江月", purpose="交材料")
    agent.post("/visits", visit)
    agent.post("/visits", visit)
    assert len(db.session.scalars(db.select(Visit).where(Visit.visitor == "江月")).all()) == 1


@pytest.mark.attack(27)
def test_the_second_of_two_edits_sees_what_the_first_changed_and_keeps_what_was_typed(demo, agent):
    other = Browser(demo).sign_in("supervisor")
    url = "/customers/C-2026-00001/edit"
    mine, theirs = form_of(agent, url, "/edit", note="先发短信"), form_of(other, url, "/edit", company="晓东五金")
    other.post(url, theirs)
    page = agent.post(url, mine, expect=409)
    assert "晓东五金" in page.main
    assert "林静" in page.main
    again = page.form("/edit")
    assert again["note"] == "先发短信"
    agent.post(url, {**again, "company": "晓东五金"})
    saved = customer_called("陈晓东")
    assert (saved.company, saved.note) == ("晓东五金", "先发短信")


@pytest.mark.rule("ORG-024")
def test_who_does_not_ring_customers_sees_masked_numbers_and_no_form(demo, browser):
    browser.sign_in("archivist")
    for url in (
        "/customers",
        "/customers/C-2026-00001",
        "/customers?words=13800001001",
        "/customers/find?words=陈晓东",
    ):
        page = browser.get(url)
        assert "138****1001" in page.main, url
        assert not re.search(
            r"138 ?0000 ?1001",
            page.soup.main.decode().replace("words=13800001001", "").replace('value="13800001001"', ""),
        ), url
    assert not browser.get("/customers/C-2026-00001").soup.select("main a[href^='tel:'], main a[href$='/edit']")
    browser.get("/customers/new", expect=403)
    browser.get("/customers/C-2026-00001/edit", expect=403)
    browser.post("/customers/new", RECORD, expect=403)
    browser.post("/visits", {}, expect=403)
    assert not browser.get("/visits").soup.select(
        "form[method=post]:not([action='/preferences'], [action='/sign-out'])"
    )


@pytest.mark.attack(10)
@pytest.mark.parametrize("name", ["hr", "finance", "auditor", "admin"])
def test_who_has_nothing_to_do_with_customers_sees_none(demo, browser, name):
    browser.sign_in(name)
    for url in ("/customers", "/customers/C-2026-00001", "/customers/find?words=陈", "/visits"):
        browser.get(url, expect=403)
        browser.get(url, expect=403, part="callers")


@pytest.mark.attack(1)
def test_markup_in_a_record_is_shown_as_it_was_typed(agent):
    record = {**RECORD, "name": MARKUP, "company": MARKUP, "note": MARKUP, "mail": "a@b.example"}
    page = agent.follow(agent.post("/customers/new", form_of(agent, "/customers/new", "/new", **record)))
    visit = form_of(agent, "/visits", "/visits", visitor=MARKUP, company=MARKUP, purpose=MARKUP)
    agent.post("/visits", visit)
    for shown in (
        page,
        agent.get("/visits"),
        agent.get("/customers?words=7777"),
        agent.get("/customers/find?words=7777"),
    ):
        assert not shown.soup.select("main img, main script"), shown.url
        assert MARKUP in shown.main, shown.url


@pytest.mark.attack(13)
def test_fields_that_the_form_does_not_have_are_ignored_and_kept(agent):
    form = form_of(agent, "/customers/new", "/new", **RECORD)
    agent.post("/customers/new", {**form, "number": "C-1", "sort_key": "00", "id": "7"})
    assert customer_called("江月").number == "C-2026-00060"
    kept = db.session.scalars(db.select(SecurityEvent).where(SecurityEvent.kind == Kind.EXTRA_FIELDS)).all()
    assert kept[-1].detail["fields"] == ["id", "number", "sort_key"]


@pytest.mark.attack(14)
@pytest.mark.parametrize(
    "url",
    ["/customers?after=1", "/customers?after=WyJ4Il0", "/visits?day=1;--", "/visits?day=2026-13-01",
            "/visits?day=0001-01-01", "/visits?day=9999-12-31"],
)  # fmt: skip
def test_an_address_that_is_no_page_of_the_list_is_refused(agent, url):
    agent.get(url, expect=400)


@pytest.mark.attack(14)
def test_a_moment_that_no_clock_shows_is_a_mistake_in_the_form(agent):
    form = form_of(agent, "/visits", "/visits", visitor="陈女士", purpose="看合同", came_at="0001-01-01T00:00")
    assert "陈女士" in agent.post("/visits", form, expect=422).text


@pytest.mark.attack(14)
def test_what_the_list_does_not_know_changes_nothing(agent):
    plain = agent.get("/customers").main
    many = "&".join(f"filter{nth}=1" for nth in range(300))
    assert agent.get(f"/customers?sort=password_hash&customer__note=x&{many}").main == plain


@pytest.mark.attack(15)
@pytest.mark.parametrize("words", ["%", "_", "\\", "'", '"', "*", "NEAR(", "AND OR", "%00", "%ED%A0%80", "x" * 10_000])
def test_no_search_is_too_odd(agent, words):
    asked = words if words.startswith(("%0", "%E")) else quote(words)
    page = agent.get(f"/customers?words={asked}")
    assert page.soup.select("table.list") == [] or words in ("%00",)
    agent.get(f"/customers/find?words={asked}", part="callers")


@pytest.mark.rule("TKT-021")
def test_a_visitor_is_registered_received_and_leaves(agent):
    page = agent.get("/visits?words=0000 1071")
    chosen = page.soup.select_one("input[name=customer][checked]")["value"]
    form = {**page.form("/visits"), "customer": chosen, "purpose": "换户主"}
    page = agent.follow(agent.post("/visits", form))
    visit = db.session.scalars(db.select(Visit).order_by(Visit.id.desc())).first()
    assert (visit.visitor, visit.purpose, visit.receiver.name) == ("林淑芬", "换户主", "李娜")
    assert page.soup.select_one(f"a[href='/tickets/new?visit={visit.id}']")
    assert "李娜" in page.main
    part = agent.post(f"/visits/{visit.id}/left", expect=200, part="visit-list")
    assert f"/visits/{visit.id}/left" not in part.text
    agent.post(f"/visits/{visit.id}/left", expect=409)


@pytest.mark.rule("TKT-021")
def test_a_visitor_without_a_name_or_a_purpose_is_asked_for_both(agent):
    page = agent.post("/visits", form_of(agent, "/visits", "/visits", company="湖畔酒店"), expect=422)
    assert "what they came for" in page.main
    page = agent.post("/visits", form_of(agent, "/visits", "/visits", purpose="交材料"), expect=422)
    assert page.soup.select_one("#visitor-error")


@pytest.mark.attack(10)
def test_a_receiver_from_elsewhere_is_no_choice(agent):
    form = form_of(agent, "/visits", "/visits", visitor="江月", purpose="x", receiver=str(person_called("hr").id))
    agent.post("/visits", form, expect=422)


def test_a_search_that_narrows_the_list_says_what_it_does_when_nothing_is_met(agent):
    page = agent.get("/customers?words=查无此人")
    assert page.soup.select_one("a[href^='/customers/new?words=']")


@pytest.mark.parametrize(("typed", "problem"), [("nobody", "mail"), ("a b@c", "mail"), ("<a@b>", "mail")])
def test_a_mail_address_looks_like_one(agent, typed, problem):
    page = agent.post(
        "/customers/new", form_of(agent, "/customers/new", "/new", **{**RECORD, "mail": typed}), expect=422
    )
    assert page.soup.select_one(f"#{problem}-error")


def test_a_telephone_without_digits_is_refused_at_its_field(agent):
    typed = {**RECORD, "telephones": "没有"}
    page = agent.post("/customers/new", form_of(agent, "/customers/new", "/new", **typed), expect=422)
    assert page.soup.select_one("#telephones-error")


def test_a_page_of_the_list_asks_the_database_little(agent, statements):
    for url in ("/customers", "/customers?words=0000", "/customers/C-2026-00011", "/visits"):
        del statements[:]
        agent.get(url)
        assert len(statements) <= 10, url


@pytest.mark.rule("TKT-021")
def test_the_register_of_a_day_is_printed_with_lines_to_sign_on(agent):
    page = agent.get("/visits/sheet")
    assert "林淑芬" in page.main
    assert len(page.soup.select(".signature-line")) == 2
    assert "09:35" in page.main


@pytest.mark.attack(25)
def test_the_register_of_a_day_opens_in_a_spreadsheet_and_runs_nothing(agent):
    for text in ("=1+1", "+49 30 1", "@SUM(A1)", "-2"):
        agent.post("/visits", form_of(agent, "/visits", "/visits", visitor=text, purpose="两行\n文字"))
    raw = agent.get("/visits/table.csv").response.get_data()
    assert raw.startswith(b"\xef\xbb\xbf")
    lines = raw.decode("utf-8-sig")
    assert all(f"'{text}" in lines for text in ("=1+1", "+49 30 1", "@SUM(A1)", "-2"))
    assert "林淑芬" in lines
