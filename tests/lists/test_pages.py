"""The pages of the lists: everybody on staff reads them, supervisors and heads change them."""

import pytest

from portal.demo.cast import NAMED
from portal.extensions import db
from portal.lists import queries
from portal.lists.models import Phrase
from portal.lists.states import REQUIRED_KINDS, Use
from tests.browser import Browser
from tests.conftest import TODAY

MARKUP = "<img src=x onerror=alert(1)>\"'"
PHRASE = {
    "words": "随便您",
    "use": "forbidden",
    "category": "",
    "instead": "您看怎样更方便？",
    "from_on": "2026-10-01",
    "to_on": "",
}


@pytest.fixture
def supervisor(demo, browser):
    return browser.sign_in("supervisor")


def form_of(browser, url, **typed):
    return {**browser.get(url).form(url), **typed}


@pytest.mark.rule("TKT-001", "TKT-016", "TKT-027")
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_everybody_on_staff_reads_the_lists_in_their_language(demo, browser, language):
    browser.sign_in("finance").language = language
    kinds, routing = browser.get("/lists").main, browser.get("/lists/routing").main
    shown = {
        "zh-CN": ("意见建议", "房产咨询", "物业销售服务部"),
        "en": ("Opinion or suggestion", "Real estate", "Property sales service"),
    }
    assert shown[language][0] in kinds
    assert all(words in routing for words in shown[language][1:])
    assert not browser.get("/lists/phrases").soup.select("main a.main")


@pytest.mark.attack(10)
@pytest.mark.parametrize(
    "name", sorted(set(NAMED) - {"supervisor", "manager", "director", "shopkeeper", "head", "sales-director"})
)
def test_who_does_not_rule_the_lists_gets_no_form_and_no_change(demo, browser, name):
    browser.sign_in(name)
    for url in (
        "/lists/kinds/new",
        "/lists/kinds/repair",
        "/lists/routing/billing",
        "/lists/phrases/new",
        "/lists/phrases/1",
    ):
        browser.get(url, expect=403)
        browser.post(url, {"chinese": "改", "words": "改"}, expect=403)


@pytest.mark.rule("TKT-016")
def test_a_type_gets_another_department_and_its_history_says_who_did_that(supervisor):
    url = "/lists/routing/billing"
    fin = next(o["value"] for o in supervisor.get(url).soup.select("#department option") if o.text == "Finance")
    page = supervisor.follow(supervisor.post(url, form_of(supervisor, url, department=fin)))
    assert "林静" in page.main
    assert queries.routing_type_called("billing").department.code == "FIN"


@pytest.mark.rule("TKT-016")
def test_a_type_without_a_department_is_asked_for_one_at_its_field(supervisor):
    url = "/lists/routing/billing"
    page = supervisor.post(url, form_of(supervisor, url, department="0"), expect=422)
    assert page.soup.select_one("#department-error")
    new = {"chinese": "门禁", "code": "gate", "kind": "repair", "department": "0"}
    assert supervisor.post("/lists/routing/new", new, expect=422).soup.select_one("#department-error")


@pytest.mark.rule("TKT-016")
def test_types_for_which_nobody_answers_stand_above_the_list(demo, supervisor):
    queries.routing_type_called("billing").department.to_on = TODAY
    db.session.commit()
    banner = supervisor.get("/lists/routing").soup.select_one(".banner")
    assert banner is not None
    assert "Bills and tariffs" in banner.text


@pytest.mark.rule("TKT-001")
def test_one_of_the_eight_kinds_cannot_be_switched_off_on_its_page(supervisor):
    for code in ("repair", "consultation"):
        form = form_of(supervisor, f"/lists/kinds/{code}")
        del form["active"]
        assert supervisor.post(f"/lists/kinds/{code}", form, expect=422).soup.select_one("#active-error")
    assert {one.code for one in queries.kinds()} == REQUIRED_KINDS


def test_a_kind_is_added_with_a_name_per_language(supervisor):
    page = supervisor.follow(
        supervisor.post("/lists/kinds/new", {"chinese": "借用", "english": "Loan", "code": "loan"})
    )
    assert "Loan" in page.main
    assert queries.kind_called("loan").texts == {"zh-CN": "借用", "en": "Loan"}
    again = supervisor.post("/lists/kinds/new", {"chinese": "借用", "code": "loan"}, expect=422)
    assert again.soup.select_one("#code-error")


@pytest.mark.rule("TKT-023", "TKT-024", "TKT-025")
def test_a_phrase_is_added_shown_ended_and_still_there(supervisor):
    page = supervisor.follow(supervisor.post("/lists/phrases/new", PHRASE))
    assert "随便您" in page.main
    phrase = db.session.scalars(db.select(Phrase).where(Phrase.words == "随便您")).one()
    supervisor.post(f"/lists/phrases/{phrase.id}", {**PHRASE, "to_on": "2026-10-12", "version": "1"})
    ended = supervisor.get("/lists/phrases").soup.select_one("#phrase-list details")
    assert ended is not None
    assert "随便您" in ended.text
    assert phrase not in queries.phrases(Use.FORBIDDEN, on=TODAY)


@pytest.mark.rule("TKT-025")
def test_the_shelves_stand_in_their_order_and_can_be_shown_alone(supervisor):
    page = supervisor.get("/lists/phrases?use=snippet")
    assert [one.text for one in page.soup.select("#phrase-list h3")][:3] == ["Greeting", "Farewell", "Apology"]
    assert "我不知道" not in page.soup.select_one("#phrase-list").text


@pytest.mark.attack(27)
def test_of_two_edits_at_once_the_second_sees_the_first_and_may_then_save(demo, supervisor):
    other = Browser(demo).sign_in("director")
    url = "/lists/kinds/repair"
    mine, theirs = form_of(supervisor, url, english="Repairs"), form_of(other, url, position="5")
    other.post(url, theirs)
    page = supervisor.post(url, mine, expect=409)
    assert "罗慧" in page.main
    again = page.form(url)
    assert again["english"] == "Repairs"
    supervisor.post(url, {**again, "position": "5"})
    assert (queries.kind_called("repair").texts["en"], queries.kind_called("repair").position) == ("Repairs", 5)


@pytest.mark.attack(27)
def test_an_old_token_does_not_hide_that_somebody_was_faster_either(demo, supervisor):
    other = Browser(demo).sign_in("director")
    url = "/lists/kinds/repair"
    mine = form_of(supervisor, url, english="Repairs")
    other.post(url, form_of(other, url, position="5"))
    again = supervisor.post(url, {**mine, "csrf_token": "stale"}, expect=422).form(url)
    supervisor.post(url, again, expect=409)


@pytest.mark.attack(27)
def test_a_mistake_in_the_form_does_not_hide_that_somebody_was_faster(demo, supervisor):
    other = Browser(demo).sign_in("director")
    url = "/lists/kinds/repair"
    mine = form_of(supervisor, url, chinese="")
    other.post(url, form_of(other, url, position="5"))
    again = supervisor.post(url, mine, expect=422).form(url)
    supervisor.post(url, {**again, "chinese": "报修"}, expect=409)


@pytest.mark.attack(1)
def test_markup_in_a_list_is_shown_as_it_was_typed(supervisor):
    supervisor.post("/lists/kinds/new", {"chinese": MARKUP, "english": MARKUP, "code": "odd"})
    supervisor.post("/lists/phrases/new", {**PHRASE, "words": MARKUP})
    for url in ("/lists", "/lists/phrases", "/lists/kinds/odd", "/lists/routing/new"):
        page = supervisor.get(url)
        assert not page.soup.select("main img"), url
    assert MARKUP in supervisor.get("/lists/phrases").main


@pytest.mark.attack(13)
@pytest.mark.parametrize("extra", [{"id": "1"}, {"code": "mine"}])
def test_a_code_stays_what_it_is(supervisor, extra):
    url = "/lists/kinds/repair"
    supervisor.post(url, {**form_of(supervisor, url), **extra})
    assert queries.kind_called("mine") is None


@pytest.mark.attack(14)
@pytest.mark.parametrize("use", ["nonsense", "1;--", "%00"])
def test_a_filter_that_is_none_is_refused(supervisor, use):
    supervisor.get(f"/lists/phrases?use={use}", expect=400)


def test_a_page_asks_the_database_little(supervisor, statements):
    for url in ("/lists", "/lists/routing", "/lists/phrases", "/lists/routing/billing"):
        del statements[:]
        supervisor.get(url)
        assert len(statements) <= 10, url
