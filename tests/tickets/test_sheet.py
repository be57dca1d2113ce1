"""A ticket on paper: what its reader may see, in words that stay true, with a code that can be looked up."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from portal.extensions import db
from portal.kernel import journal
from portal.organisation import queries as organisation
from portal.tickets import actions
from portal.tickets.models import Ticket
from portal.tickets.states import Channel
from tests.conftest import NOW, TODAY
from tests.tickets.conftest import by_hand
from tests.tickets.test_pages import PAYLOADS, _assert_inert, new_ticket, statements

INSIDE, FOR_CUSTOMERS = "疑似小区汇聚口拥塞，已约运营部一起看。", "师傅更换了入户分光器"


def reader(name: str):
    return organisation.staff(organisation.person_called(name), TODAY)


def number_of(title: str) -> str:
    return db.session.scalars(select(Ticket.number).where(Ticket.title == title)).one()


@pytest.fixture
def slow(demo) -> str:
    """The address of a ticket with three rounds, notes inside and a limit that has passed."""
    return f"/tickets/{number_of('晚上八点以后网速很慢')}"


def code_on(page) -> str:
    return page.soup.select_one(".sheet-code").text


@pytest.mark.rule("TKT-006", "TKT-017")
def test_the_sheet_names_company_number_chain_limits_clauses_and_lines_to_sign_on(slow, browser):
    browser.sign_in("supervisor").language = "zh-CN"
    page = browser.get(f"{slow}/sheet?notes=with")
    assert [one.text for one in page.soup.select(".sheet-head span")][::2] == ["星河网络", slow.rpartition("/")[2]]
    words = page.main
    for sentence in (
        "李娜 · 客服组 · 首问 · 2026-10-01", "陈刚 · 安装维修部 · 已接受", "KF-01 4.1 · 客户服务手册 2.1", "首次答复",
        "解决", "超过解决时限", INSIDE, FOR_CUSTOMERS, "含内部备注，限内部使用", "138 0000 1064", "表单第 2 版",
    ):  # fmt: skip
        assert sentence in words, sentence
    assert [one.text for one in page.soup.select(".signature small span:first-child")] == ["经办人", "核对人"]
    assert page.soup.select_one("svg.qr path")
    assert "打印于 2026-10-12 10:00" in words


def test_no_word_on_paper_depends_on_the_hour(slow, browser):
    for word in ("left", "over", "today", "yesterday", "ago"):
        assert f" {word} " not in browser.sign_in("supervisor").get(f"{slow}/sheet?notes=with").main


def test_without_inside_notes_it_can_be_handed_to_the_customer(slow, browser):
    page = browser.sign_in("supervisor").get(f"{slow}/sheet")
    assert "Without inside notes" in page.main
    assert FOR_CUSTOMERS in page.text
    for hidden in (INSIDE, "138 0000 1064", "陈刚 · 安装维修部 · accepted it"):
        assert hidden not in page.text
    assert page.soup.select_one(".sheet-tools a[href$='?notes=with']")


@pytest.mark.attack(10)
def test_whoever_only_asked_gets_no_sheet_with_inside_notes(demo, browser):
    number = number_of("活动页面预览打不开")
    browser.sign_in("clerk")
    page = browser.get(f"/tickets/{number}/sheet")
    assert not page.soup.select("a[href$='notes=with']")
    browser.get(f"/tickets/{number}/sheet?notes=with", expect=404)
    browser.sign_in("agent2").get(f"/tickets/{number}/sheet", expect=404)


@pytest.mark.attack(10, 16)
def test_the_sheet_for_colleagues_says_about_whom_it_is_and_from_whom_it_is_kept_and_the_customers_does_not(
    demo, browser
):
    browser.sign_in("agent")
    complaint = {"kind": "complaint", "routing": "service-quality", "cause": "语气生硬", "wanted": "道歉"}
    about = organisation.person_called("supervisor").id
    browser.post("/tickets/new", new_ticket(title="主管说话难听", about=str(about), **complaint))
    url = f"/tickets/{number_of('主管说话难听')}"
    paper = browser.get(f"{url}/sheet?notes=with")
    names, values = ([one.text for one in paper.soup.select(f".sheet-facts {tag}")] for tag in ("dt", "dd"))
    facts = dict(zip(names, values, strict=True))
    assert (facts["About a colleague"], facts["Kept from"]) == ("林静", "郑凯, 林静")
    for_customer = browser.get(f"{url}/sheet")
    assert "Kept from" not in for_customer.main
    assert "林静" not in for_customer.main
    assert "Kept from" in browser.get(f"/check/{code_on(paper)}").main
    browser.sign_in("manager").get(f"/check/{code_on(paper)}", expect=404)


@pytest.mark.attack(1, 24)
@pytest.mark.parametrize("payload", [*PAYLOADS, "![x](file:///etc/passwd) ![y](//evil/x.png) <link href=//evil/a.css>"])
def test_a_sheet_fetches_nothing_and_runs_nothing(slow, browser, payload):
    number = slow.rpartition("/")[2]
    ticket = db.session.scalars(select(Ticket).where(Ticket.number == number)).one()
    actions.note(reader("technician"), ticket, payload, at=NOW)
    actions.write_down(reader("agent"), ticket, payload, channel=Channel.MAIL, at=NOW)
    by_hand(
        "UPDATE ticket SET title = :words, caller_name = :words WHERE number = :number", words=payload, number=number
    )
    browser.sign_in("supervisor")
    paper = browser.get(f"{slow}/sheet?notes=with")
    for page in (paper, browser.get(f"/check/{code_on(paper)}")):
        _assert_inert(page.soup, page.url)
        own = [
            one.get("src") or one.get("href") for one in page.soup.select("main [src], main link, main img, main use")
        ]
        assert all(one.startswith("/static/") for one in own), own


# ── The check code ──


def test_the_code_on_the_paper_shows_what_the_paper_should_say(slow, browser):
    browser.sign_in("supervisor")
    paper = browser.get(f"{slow}/sheet?notes=with")
    page = browser.get(f"/check/{code_on(paper)}")
    assert "The paper is right, if it says this" in page.main
    assert "Printed 2026-10-12 10:00; nothing on it has changed since." in page.main
    for part in (".sheet-facts", "table.grid", ".sheet-chain", ".sheet-story"):
        assert page.soup.select_one(part).get_text(" ", strip=True) == paper.soup.select_one(part).get_text(
            " ", strip=True
        )


def test_the_form_leads_there_however_the_code_was_typed(slow, browser):
    browser.sign_in("supervisor")
    code = code_on(browser.get(f"{slow}/sheet"))
    page = browser.follow(browser.get(f"/check?code=+{code.lower().replace('-', '+')}", expect=303))
    assert "The paper is right" in page.main


def test_it_says_so_when_the_ticket_has_moved_on(slow, browser):
    browser.sign_in("supervisor")
    with_notes, without = (code_on(browser.get(f"{slow}/sheet{more}")) for more in ("?notes=with", ""))
    ticket = db.session.scalars(select(Ticket).where(Ticket.number == slow.rpartition("/")[2])).one()
    actions.note(reader("technician"), ticket, "改约周五上门。", at=NOW)
    page = browser.get(f"/check/{with_notes}")
    assert "The ticket has moved on" in page.main
    assert "改约周五上门。" in page.soup.select_one(".banner").text
    page = browser.get(f"/check/{without}")  # a note inside changes nothing on the customer's paper
    assert "The paper is right" in page.main
    assert "改约周五上门。" not in page.text


@pytest.mark.attack(32)
def test_a_paper_stays_right_into_another_year(slow, browser):
    code = code_on(browser.sign_in("supervisor").get(f"{slow}/sheet?notes=with"))
    with time_machine.travel(NOW + timedelta(days=300), tick=True):
        page = browser.sign_in("supervisor").get(f"/check/{code}")
    assert "The paper is right" in page.main


@pytest.mark.attack(42)
def test_a_ticket_changed_behind_the_portals_back_no_longer_fits_its_paper(slow, browser):
    browser.sign_in("supervisor")
    code = code_on(browser.get(f"{slow}/sheet"))
    by_hand("UPDATE ticket SET caller_name = '别人' WHERE number = :number", number=slow.rpartition("/")[2])
    assert "The ticket has moved on" in browser.get(f"/check/{code}").main


@pytest.mark.attack(41)
def test_a_paper_printed_in_chinese_can_be_checked_by_somebody_who_reads_english(slow, browser):
    browser.sign_in("supervisor").language = "zh-CN"
    code = code_on(browser.get(f"{slow}/sheet"))
    browser.language = "en"
    page = browser.get(f"/check/{code}")
    assert "The paper is right" in page.main
    assert "建单（电话）" in page.main


@pytest.mark.attack(10, 16)
@pytest.mark.parametrize(
    ("printed_by", "notes", "asked_by", "found"),
    [
        ("supervisor", "", "agent", True), ("supervisor", "?notes=with", "technician", True),
        ("supervisor", "", "clerk", False), ("supervisor", "?notes=with", "engineer", False),
        ("executive", "", "admin", False), ("executive", "", "auditor", False),
    ],
)  # fmt: skip
def test_a_paper_that_is_not_for_somebody_looks_like_one_that_nobody_printed(
    slow, browser, printed_by, notes, asked_by, found
):
    code = code_on(browser.sign_in(printed_by).get(f"{slow}/sheet{notes}"))
    page = browser.sign_in(asked_by).get(f"/check/{code}", expect=200 if found else 404)
    if not found:
        forged = code[:-1] + ("0" if code[-1] != "0" else "1")
        nowhere = browser.get(f"/check/{forged}", expect=404)
        assert page.soup.main.decode().replace(code, "") == nowhere.soup.main.decode().replace(forged, "")
        assert page.main == nowhere.main


def test_whoever_asked_may_not_check_the_paper_with_inside_notes(demo, browser):
    number = number_of("活动页面预览打不开")
    code = code_on(browser.sign_in("ops1").get(f"/tickets/{number}/sheet?notes=with"))
    browser.sign_in("clerk").get(f"/check/{code}", expect=404)
    assert "The paper is right" in browser.sign_in("ops2").get(f"/check/{code}").main


@pytest.mark.attack(14, 15)
@pytest.mark.parametrize(
    "typed", ["%00", "%20", "T-2026-00017", "x" * 3000, "%25", "'--", "%F0%9F%98%80", "..", "%E5%8D%B0" * 90]
)
def test_a_strange_code_is_a_code_that_nobody_printed(demo, browser, typed):
    browser.sign_in("supervisor").get(f"/check/{typed}", expect={404, 308})


def test_checking_needs_somebody_who_is_signed_in(slow, browser):
    code = code_on(browser.sign_in("supervisor").get(f"{slow}/sheet"))
    browser.client = browser.app.test_client()
    answer = browser.get(f"/check/{code}", expect=303)
    assert "/sign-in" in answer.headers["Location"]


def test_printing_and_checking_change_nothing(slow, browser):
    before = len(journal.names())
    browser.sign_in("supervisor")
    browser.get(f"/check/{code_on(browser.get(f'{slow}/sheet?notes=with'))}")
    assert len(journal.names()) == before


@pytest.mark.parametrize("name", ["supervisor", "executive", "agent"])
def test_sheet_and_check_ask_the_database_ten_times_at_most(slow, browser, name):
    browser.sign_in(name)
    assert statements(browser, f"{slow}/sheet?notes=with") <= 10
    assert statements(browser, f"/check/{code_on(browser.get(f'{slow}/sheet'))}") <= 10
