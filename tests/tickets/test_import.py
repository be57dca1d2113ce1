"""Another desk's tickets come in: checked first, then all of them in one act or none, and never twice."""

from __future__ import annotations

import csv
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import date, datetime, timedelta
from io import BytesIO, StringIO
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import func, select

from portal.audit.jobs import seal_journal
from portal.config import ROOT
from portal.customers import actions as customers
from portal.customers.models import Customer
from portal.customers.queries import find_caller
from portal.extensions import db
from portal.kernel import journal, seals, search
from portal.kernel.actions import PORTAL
from portal.kernel.clock import office_zone
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.tokens import asked
from portal.organisation import actions as organisation
from portal.organisation.models import Rank
from portal.tickets import actions, importing, jobs, other_desk, queries
from portal.tickets.models import ImportRow, Ticket, TicketBreach, TicketClock, TicketEntry, TicketImport
from portal.tickets.states import Channel, ClockKind, Impact, ImportState, State, Urgency
from tests.browser import Browser
from tests.conftest import NOW
from tests.databases import SERVER
from tests.tickets.conftest import later, person_of

ROW = {
    "工单号": "A-1",
    "标题": "宽带时断时续",
    "内容": "每晚七点以后断网",
    "状态": "已关闭",
    "创建时间": "2025-03-04 09:05",
    "关闭时间": "2025-03-05 10:00",
    "客户姓名": "高女士",
    "电话": "13812342026",
    "邮箱": "",
    "公司": "",
    "首问人": "",
    "处理人": "",
    "渠道": "电话",
    "类型": "repair",
    "优先级": "高",
    "处理结果": "已更换光猫",
}
HEAD = tuple(ROW)


def table(*rows: dict[str, Any], encoding: str = "utf-8-sig", head: tuple[str, ...] = HEAD) -> bytes:
    """An export with these rows, each ROW but for what is said of it."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    for place, row in enumerate(rows, start=1):
        whole = {**ROW, "工单号": f"A-{place}", **row}
        writer.writerow([whole.get(name, "") for name in head])
    return out.getvalue().encode(encoding)


def brought(data: bytes, actor: Any = PORTAL, source: str = "旧系统") -> TicketImport:
    return importing.begin(actor, importing.keep(BytesIO(data), "old.csv"), source, at=NOW)


def checked(data: bytes, actor: Any = PORTAL, *, meanings: Any = None, **more: Any) -> TicketImport:
    """The export after its check, with the guessed columns."""
    work = brought(data, actor, **more)
    importing.choose(
        actor, work, work.columns, department="DESK", kind="consultation", channel="web", meanings=meanings, at=NOW
    )
    importing.go_on(work.id)
    return db.session.get_one(TicketImport, work.id)


def imported(data: bytes, actor: Any = PORTAL, **more: Any) -> TicketImport:
    work = checked(data, actor, **more)
    importing.start(actor, work, at=NOW)
    importing.go_on(work.id)
    return db.session.get_one(TicketImport, work.id)


def tickets() -> list[Ticket]:
    return list(db.session.scalars(select(Ticket).where(Ticket.origin != "").order_by(Ticket.id)))


def sentences(work: TicketImport) -> list[tuple[int, str]]:
    return [(one.line, str(one.sentence)) for one in importing.problems(work)]


# ── What a line becomes ──


def test_what_was_closed_there_is_history_with_its_days(house):
    work = imported(table({"首问人": "Li", "处理人": "Zhao"}))
    assert (work.state, work.added, work.customers) == (ImportState.IMPORTED, 1, 1)
    (one,) = tickets()
    zone = office_zone()
    assert one.number == "T-2025-00001"
    assert (one.state, one.kind, one.channel, one.rank.code) == (State.CLOSED, "repair", Channel.TELEPHONE, "high")
    assert one.received_at == datetime(2025, 3, 4, 9, 5, tzinfo=zone)
    assert one.ended_at == one.resolved_at == datetime(2025, 3, 5, 10, tzinfo=zone)
    assert (one.accountable_name, one.accountable_department, one.assignee_name) == ("Li", "DESK", "Zhao")
    assert (one.caller_name, one.customer.telephones) == ("高女士", ["13812342026"])
    assert one.opened_by_id is None
    letter = db.session.scalars(select(TicketEntry)).one()
    assert (letter.kind, letter.author_name, letter.body, letter.at) == ("record", "Zhao", "已更换光猫", one.ended_at)
    (fact,) = journal.of("ticket", one.id)
    assert fact.sentence() == "Imported from 旧系统, where it was A-1"
    assert journal.names("ticket import") == ["TicketsImported"]


def test_an_imported_ticket_and_whoever_asked_are_found_by_their_words_once_it_is_done(house):
    imported(table({}, {"客户姓名": "江月", "电话": "13900002026", "公司": "港湾酒店"}))
    for words, kind, often in (("七点以后断网", "ticket", 2), ("光猫", "ticket", 2), ("港湾酒店", "customer", 1)):
        met = search.find(house.lin, asked(words))
        assert [one.kind for one in met] == [kind] * often, words
    assert search.write_missing(NOW) == 0


def test_what_is_open_there_is_new_here_and_nothing_of_the_past_is_missed(house, published):
    published({"tickets.first_response": "otherwise: 20 minutes"}, from_=date(2020, 1, 1))
    imported(
        table(
            {"状态": "处理中", "关闭时间": "", "处理人": "Zhao"}, {"状态": "new", "关闭时间": "", "类型": "complaint"}
        )
    )
    first, second = tickets()
    assert {first.state, second.state} == {State.NEW}
    assert (first.assignee_id, first.accountable_id) == (None, None)
    shown = {row.number for row in queries.queue(house.li, queries.Wanted()).rows}
    assert shown == {first.number, second.number}
    actions.triage(
        house.li, second, kind="complaint", routing="software", impact=Impact.MANY, urgency=Urgency.NOW, at=NOW
    )
    jobs.keep_limits(later(10_000))
    assert db.session.scalar(select(func.count()).select_from(TicketBreach)) == 0
    assert second.accountable_name == "Li"  # whoever deals with it first hears of it first
    (fact,) = (one for one in journal.of("ticket", first.id) if one.name == "TicketImported")
    assert "Zhao worked on it there" in fact.sentence()


def test_a_closed_one_can_be_reopened_and_has_no_limit_of_the_past(house):
    imported(table({}))
    (one,) = tickets()
    actions.reopen(house.lin, one, "又断网了", at=later(5))
    assert (one.state, one.round) == (State.REOPENED, 2)
    kinds = set(db.session.scalars(select(TicketClock.kind).where(TicketClock.ticket_id == one.id)))
    assert kinds <= {ClockKind.SOLUTION}


def test_a_known_type_of_matter_is_sorted_already(house):
    head = (*HEAD, "分类")
    work = imported(
        table({"状态": "处理中", "关闭时间": "", "类型": "consultation", "分类": "软件"}, head=head), source="有分类"
    )
    assert work.added == 1
    (one,) = tickets()
    assert (one.state, one.routing) == (State.TRIAGED, "software")


def test_who_heard_of_it_and_is_unknown_here_stays_in_the_story(house):
    imported(table({"首问人": "老赵", "处理人": "老钱"}))
    (one,) = tickets()
    assert (one.accountable_id, one.accountable_name, one.assignee_name) == (None, "", "")
    (fact,) = journal.of("ticket", one.id)
    assert "老赵 heard of it first there; 老钱 worked on it there" in fact.sentence()


@pytest.mark.attack(44)
def test_the_first_receiver_has_the_department_of_that_day(house, department):
    post = organisation.add_post(PORTAL, house.tech, {"zh-CN": "工程师"}, rank=Rank.STAFF, at=NOW)
    organisation.place(PORTAL, person_of(house.li), post, main=True, from_on=date(2026, 1, 1), at=NOW)
    imported(table({"首问人": "Li"}, {"首问人": "Li", "创建时间": "2026-02-03 9:00", "关闭时间": "2026-02-03 10:00"}))
    assert [one.accountable_department for one in tickets()] == ["DESK", "TECH"]


def test_numbers_follow_the_year_of_receipt_in_the_order_of_receipt(house, opened):
    opened()
    rows = [
        {"创建时间": f"{year}-0{month}-01 9:00", "关闭时间": ""} for year, month in ((2026, 2), (2024, 5), (2026, 1))
    ]
    imported(table(*rows))
    assert [(one.number, one.origin_number) for one in tickets()] == [
        ("T-2024-00001", "A-2"), ("T-2026-00002", "A-3"), ("T-2026-00003", "A-1"),
    ]  # fmt: skip
    assert opened().number == "T-2026-00004"


# ── Customers ──


def test_customers_are_found_again_and_never_doubled(house):
    known = customers.add_customer(PORTAL, "高女士", telephones=["+86 138 1234 2026"], at=NOW)
    work = imported(
        table(
            {},
            {"客户姓名": "王先生", "电话": "0571-88812026"},
            {"客户姓名": "王先生", "电话": "8881 2026"},
            {"客户姓名": "李工", "电话": "", "邮箱": "li@example.cn"},
            {"客户姓名": "李工", "电话": "13900000000", "邮箱": "LI@example.cn"},
            {"客户姓名": "孙经理", "电话": "", "公司": "天成"},
            {"客户姓名": "孙经理", "电话": "", "公司": "天成"},
            {"客户姓名": "", "电话": "13812342026"},
            {"客户姓名": "某人", "电话": ""},
        )
    )
    assert work.customers == 3
    found = tickets()
    assert [one.customer.name if one.customer else None for one in found] == [
        "高女士", "王先生", "王先生", "李工", "李工", "孙经理", "孙经理", "高女士", None,
    ]  # fmt: skip
    assert len({one.customer_id for one in found}) == 5
    assert found[0].customer_id == known.id
    assert (found[8].caller_name, found[8].anonymous) == ("某人", False)
    assert find_caller(house.li, "88812")[0].name == "王先生"
    assert find_caller(house.li, "天成")[0].name == "孙经理"
    assert [one.number for one in db.session.scalars(select(Customer).order_by(Customer.id))] == [
        f"C-2026-0000{place}" for place in (1, 2, 3, 4)
    ]


def test_a_caller_written_down_after_the_check_is_found_again(house):
    work = checked(table({}))
    theirs = customers.take_down(house.li, "高女士", telephone="138 1234 2026", at=NOW)
    importing.start(PORTAL, work, at=NOW)
    importing.go_on(work.id)
    (one,) = tickets()
    assert one.customer_id == theirs.id
    assert db.session.scalar(select(func.count()).select_from(Customer)) == 1


# ── Bad input ──


@pytest.mark.attack(26)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
def test_whatever_the_encoding_the_words_are_the_same(house, encoding):
    imported(table({"内容": "㐂字头的公司来电"}, encoding=encoding))
    assert [one.body for one in tickets()] == ["㐂字头的公司来电"]


@pytest.mark.attack(26)
def test_a_workbook_is_read_as_well(house):
    book, out = Workbook(), BytesIO()
    sheet = book.worksheets[0]
    sheet.append(["Ticket ID", "Subject", "Created at", "Status"])
    sheet.append([4711, "No network", datetime(2025, 3, 4, 9, 5), "closed"])  # noqa: DTZ001 - a workbook has no zones
    book.save(out)
    work = imported(out.getvalue())
    assert [(one.origin_number, one.title) for one in tickets()] == [("4711", "No network")]
    assert [count for _words, count in work.remarks] == [1]  # closed without a day


BAD = [
    ({"工单号": ""}, "no number"),
    ({"标题": "", "内容": ""}, "neither what it is about"),
    ({"创建时间": ""}, "does not say when"),
    ({"创建时间": "03/04/2025"}, "“03/04/2025” is no day"),
    ({"创建时间": "2027-01-01"}, "still to come"),
    ({"关闭时间": "2025-03-03"}, "before it was received"),
    ({"状态": "飞走了"}, "nobody here knows “飞走了”"),
    ({"类型": "魔法"}, "nobody here knows “魔法”"),
    ({"渠道": "飞鸽"}, "nobody here knows “飞鸽”"),
    ({"优先级": "随缘"}, "nobody here knows “随缘”"),
]


@pytest.mark.attack(26)
@pytest.mark.parametrize(("row", "words"), BAD)
def test_a_line_that_cannot_become_a_ticket_is_named_and_nothing_is_imported(house, row, words):
    work = checked(table({}, row, {}))
    ((line, sentence),) = sentences(work)
    assert line == 3
    assert words in sentence
    assert (work.added, work.problems) == (2, 1)
    with pytest.raises(Refused, match="Lines with a problem: 1"):
        importing.start(PORTAL, work, at=NOW)
    assert tickets() == []
    assert journal.names("ticket") == []


@pytest.mark.attack(26)
def test_a_number_that_stands_twice_is_named_with_both_lines(house):
    assert sentences(checked(table({}, {}, {"工单号": "A-1"}))) == [(4, "Line 2 has the same number, A-1.")]


@pytest.mark.attack(26)
def test_a_row_whose_cells_have_slipped_is_named(house):
    data = table({}, encoding="utf-8") + b"A-9" + b",x" * 20 + b"\r\n"
    ((line, sentence),) = sentences(checked(data))
    assert (line, sentence) == (3, "There are more cells than the head has columns.")


def test_a_word_that_nobody_knew_is_given_a_meaning(house):
    work = checked(table({"状态": "挂着"}, {"状态": "作废"}))
    assert [(field, word, value) for field, word, _times, _line, value in work.words if field == "state"] == [
        ("state", "挂着", ""), ("state", "作废", "leave out"),
    ]  # fmt: skip
    importing.mean(PORTAL, work, {"state": {"挂着": "open"}}, at=NOW)
    importing.go_on(work.id)
    work = db.session.get_one(TicketImport, work.id)
    assert (work.state, work.added, work.left_out, work.problems) == (ImportState.CHECKED, 1, 1, 0)


def test_columns_are_guessed_from_chinese_and_english_heads():
    head = [
        "Ticket ID",
        "Subject",
        "Status",
        "Created at",
        "Closed at",
        "Requester",
        "Requester email",
        "Group",
        "Tags",
    ]
    assert other_desk.guess(head) == [
        "number", "title", "state", "received", "closed", "customer", "mail", "department", "",
    ]  # fmt: skip
    assert other_desk.guess(["客户手机号码", "受理单号（必填）", "备注"]) == ["telephone", "number", ""]


def test_the_columns_that_are_needed_are_asked_for(house):
    work = brought(table({}))
    without = ["" if one == "number" else one for one in work.columns]
    for columns, words in ((without, "Number there: no column"), (["number", "number"], "two columns hold it")):
        with pytest.raises(Refused, match=words):
            importing.choose(PORTAL, work, columns, department="DESK", kind="repair", channel="web", at=NOW)


@pytest.mark.attack(25)
def test_a_formula_is_text_here_and_an_apostrophe_before_it_goes(house):
    imported(table({"标题": "'=1+1", "内容": "=cmd|'/c calc'!A0"}))
    (one,) = tickets()
    assert (one.title, one.body) == ("=1+1", "=cmd|'/c calc'!A0")


# ── Again, and at once ──


def test_importing_again_adds_nothing_and_says_what_has_changed_there(house):
    imported(table({}, {}))
    work = checked(table({}, {"标题": "又改了"}, {}))
    assert (work.added, work.known, work.changed) == (1, 1, 1)
    assert [(one.line, one.origin_number, one.ours) for one in importing.changed(work)] == [(3, "A-2", "T-2025-00002")]
    importing.start(PORTAL, work, at=NOW)
    importing.go_on(work.id)
    assert [one.title for one in tickets()] == ["宽带时断时续"] * 3
    again = checked(table({}, {}, {}))
    with pytest.raises(Refused, match="in the portal already"):
        importing.start(PORTAL, again, at=NOW)
    assert checked(table({}), source="另一个系统").added == 1  # another desk's A-1 is another ticket


@pytest.mark.attack(27)
def test_two_tables_with_the_same_numbers_make_each_ticket_once(house):
    one, other = checked(table({}, {})), checked(table({}, {}))
    for work in (one, other):
        importing.start(PORTAL, work, at=NOW)
    for work in (one, other):
        importing.go_on(work.id)
    assert len(tickets()) == 2
    last = db.session.get_one(TicketImport, other.id)
    assert (last.state, last.added, last.known) == (ImportState.IMPORTED, 0, 2)


@pytest.mark.attack(29)
def test_pressed_twice_it_starts_once(house):
    work = checked(table({}))
    importing.start(PORTAL, work, at=NOW)
    with pytest.raises(OutOfDate):
        importing.start(PORTAL, work, at=NOW)


def test_a_worker_that_died_is_followed_by_one_who_goes_on(house, monkeypatch):
    monkeypatch.setattr(importing, "SLICE", 2)
    work = brought(table(*[{} for _row in range(5)]))
    importing.choose(PORTAL, work, work.columns, department="DESK", kind="repair", channel="web", at=NOW)

    class Died(Exception):
        pass

    def die(_work: TicketImport) -> None:
        raise Died

    with pytest.raises(Died):
        importing.go_on(work.id, die)
    db.session.rollback()
    assert importing.waiting(NOW + timedelta(seconds=5)) == []  # it is still in that worker's hands
    work = db.session.get_one(TicketImport, work.id)
    assert (work.lines_read, work.added) == (3, 2)
    db.session.rollback()
    importing.claim(PORTAL, work.id, at=NOW + timedelta(hours=1))
    importing._check(work.id, lambda _work: None)
    work = db.session.get_one(TicketImport, work.id)
    assert (work.state, work.added, work.customers, work.problems) == (ImportState.CHECKED, 5, 1, 0)
    importing.start(PORTAL, work, at=NOW)
    importing.go_on(work.id)
    assert len(tickets()) == 5


# ── Whose it is ──


@pytest.mark.attack(12)
def test_nobody_brings_tickets_where_they_have_not_the_right(house):
    with pytest.raises(NotAllowed):
        brought(table({}), house.lin)
    work = brought(table({}), house.luo)
    with pytest.raises(Refused, match="choose one from the list"):
        importing.choose(house.luo, work, work.columns, department="TECH", kind="repair", channel="web", at=NOW)
    head = (*HEAD, "部门")
    ((_line, sentence),) = sentences(checked(table({"部门": "TECH"}, head=head), house.luo))
    assert "nobody here knows “TECH”" in sentence
    assert importing.import_seen_by(house.lin, work.id) is None
    assert importing.import_seen_by(house.luo, work.id) is not None


def test_it_happens_in_the_name_of_whoever_brought_it(house):
    imported(table({}), house.luo)
    assert {one.actor_name for one in journal.of("ticket", tickets()[0].id)} == {"Luo"}


# ── Seals, and what is left behind ──


def test_the_journal_is_whole_after_more_facts_than_a_seal_looks_back(house, monkeypatch):
    monkeypatch.setattr(seals, "LATE", 5)
    monkeypatch.setattr(seals, "BATCH", 5)
    imported(table(*[{"电话": f"1380000{place:04d}"} for place in range(20)]))
    seal_journal(later(1))
    assert seals.unsealed() == 0
    assert list(seals.verify()) == []


def test_rows_and_files_go_when_nobody_needs_them(house):
    work = imported(table({}))
    dropped = checked(table({}, {}))
    kept = importing.folder() / dropped.file
    importing.drop(PORTAL, dropped, at=NOW)
    os.utime(kept, (0, 0))
    jobs.forget_imports(later(1))
    rows = select(func.count()).select_from(ImportRow)
    assert db.session.scalar(rows.where(ImportRow.import_id == work.id)) == 0
    jobs.forget_imports(later(60 * 24 * 8))
    assert db.session.scalar(rows) == 0
    assert not kept.exists()
    waits = checked(table({}))
    jobs.forget_imports(waits.touched_at + importing.KEPT_FOR + timedelta(days=30))
    assert db.session.get_one(TicketImport, waits.id).state is ImportState.DROPPED


def test_a_few_thousand_rows_are_few_statements_and_stay_one_act(house, statements):
    rows = [
        {"工单号": f"B-{place}", "电话": f"139{place % 700:08d}", "客户姓名": f"客{place % 700}"}
        for place in range(5000)
    ]
    work = checked(table(*rows))
    assert (work.added, work.customers) == (5000, 700)
    importing.start(PORTAL, work, at=NOW)
    del statements[:]
    importing.take_in(PORTAL, work.id, at=NOW)
    assert len(statements) < 40
    assert db.session.scalar(select(func.count()).select_from(Ticket)) == 5000
    assert len(set(db.session.scalars(select(Ticket.number)))) == 5000


# ── The page and the command ──


@pytest.mark.attack(13)
def test_the_page_from_the_file_to_the_tickets(demo, browser: Browser):
    browser.sign_in("director")
    data = table({"状态": "挂着", "类型": "报修类"}, {"状态": "处理中", "关闭时间": "", "类型": ""})
    sent = {"file": (BytesIO(data), "旧系统.csv"), "source": "旧系统"}
    page = browser.follow(browser.post("/tickets/import", sent))
    assert "高女士" in page.main
    here = page.url
    columns = {f"columns-{place}": field for place, field in enumerate(other_desk.guess(HEAD))}
    chosen = {**columns, "department": "CS-GEN", "kind": "consultation", "channel": "telephone"}
    again = browser.post(f"{here}/columns", {**chosen, "columns-0": ""}, 422)
    assert "Number there" in again.main or "工单" in again.main
    browser.post(f"{here}/columns", chosen)
    assert browser.get(here).soup.select_one("#import-panel[hx-get]")
    assert browser.get(here, part="import-panel").soup.select_one("progress")
    jobs.go_on_with_imports(NOW)
    page = browser.get(here)
    assert "挂着" in page.main
    assert "报修类" in page.main
    asked = db.session.scalars(select(TicketImport)).one().words
    words = {f"words-{place}": value or {"挂着": "closed", "报修类": "repair"}[word]
             for place, (_field, word, _times, _line, value) in enumerate(asked)}  # fmt: skip
    browser.post(f"{here}/words", words)
    jobs.go_on_with_imports(NOW)
    before = db.session.scalar(select(func.count()).select_from(Ticket))
    browser.post(f"{here}/start")
    browser.post(f"{here}/start", expect=409)
    jobs.go_on_with_imports(NOW)
    page = browser.get(here)
    assert page.soup.select_one("a[href='/tickets?view=all']")
    assert db.session.scalar(select(func.count()).select_from(Ticket)) == before + 2
    number = tickets()[0].number
    assert "旧系统" in browser.get(f"/tickets/{number}").main
    browser.sign_in("supervisor")
    browser.get(here, 403)


def test_a_file_that_is_no_table_comes_back_with_the_form(demo, browser: Browser):
    browser.sign_in("director")
    page = browser.post("/tickets/import", {"file": (BytesIO(b"PK\x03\x04 no"), "x.xlsx"), "source": "旧系统"}, 422)
    assert page.soup.select_one("#source")["value"] == "旧系统"
    assert page.soup.select_one("#file-error")


def test_a_table_may_be_larger_than_other_files(demo, browser: Browser, monkeypatch):
    monkeypatch.setitem(demo.config, "MAX_CONTENT_LENGTH", 10_000)
    content, large = table({}, {}), BytesIO(table({}, {}) + b"\n" * 20_000)
    browser.sign_in("director")
    browser.post("/tickets/import", {"file": (large, "a.csv"), "source": "旧系统"})
    browser.post("/files", {"files": (BytesIO(content + b"x" * 20_000), "a.csv")}, expect=413)


def test_pages_of_imports_ask_little_whatever_the_data(demo, browser: Browser, statements):
    browser.sign_in("director")
    browser.post("/tickets/import", {"file": (BytesIO(table({}, {})), "a.csv"), "source": "旧系统"})
    work = db.session.scalars(select(TicketImport)).one()
    for url in ("/tickets/import", f"/tickets/import/{work.id}", f"/tickets/import/{work.id}/columns"):
        del statements[:]
        browser.get(url)
        assert len([one for one in statements if one.startswith(("SELECT", "WITH"))]) <= 10, url


def test_the_command_tries_first_and_then_imports(demo, tmp_path):
    file = tmp_path / "old.csv"
    file.write_bytes(table({"类型": "报修类"}, {}))
    run = demo.test_cli_runner()
    with_all = ["tickets", "import", str(file), "--source", "旧系统", "--department", "CS-GEN"]
    said = run.invoke(args=with_all)
    assert said.exit_code == 1, said.output
    assert "--mean 'kind:报修类=" in said.output
    with_all += ["--mean", "kind:报修类=repair"]
    said = run.invoke(args=[*with_all, "--dry-run"])
    assert (said.exit_code, tickets()) == (0, []), said.output
    assert "2 to be added" in said.output
    said = run.invoke(args=with_all)
    assert (said.exit_code, len(tickets())) == (0, 2), said.output
    said = run.invoke(args=with_all)
    assert said.exit_code == 0
    assert "0 to be added, 2 are here already" in said.output


@pytest.mark.attack(30)
@pytest.mark.skipif(bool(SERVER), reason="the process that is killed has a file of its own")
def test_killed_in_the_middle_nothing_is_half(tmp_path, databases, demo_files):
    file, data = tmp_path / "old.csv", tmp_path / "data"
    file.write_bytes(table(*[{"工单号": f"K-{place}", "电话": f"137{place:08d}"} for place in range(1000)]))
    data.mkdir()
    shutil.copyfile(databases.folder / "demo.db", data / "portal.db")
    env = {**os.environ, "PORTAL_DATA": str(data), "PORTAL_PLAIN_HTTP": "yes", "PORTAL_SEAL_KEY": "a seal for tests"}
    command = [sys.executable, "-m", "portal", "tickets", "import", str(file), "--source", "旧系统"]
    with subprocess.Popen([*command, "--department", "CS-GEN"], cwd=ROOT, env=env, stdout=subprocess.DEVNULL) as child:
        while child.poll() is None and _state(data / "portal.db") != "being imported":
            time.sleep(0.01)
        child.send_signal(signal.SIGKILL)
    assert _count(data / "portal.db") in (0, 1000)
    subprocess.run([sys.executable, "-c", _GO_ON], cwd=ROOT, env=env, check=True)
    assert _count(data / "portal.db") == 1000


_GO_ON = """
from datetime import timedelta
from portal import create_app
from portal.extensions import db
from portal.kernel import seals
from portal.kernel.actions import PORTAL
from portal.kernel.clock import now
from portal.tickets import importing

with create_app().app_context():
    later = now() + timedelta(hours=1)
    for one in importing.waiting(later):
        db.session.rollback()
        importing.claim(PORTAL, one, at=later)
        importing.take_in(PORTAL, one, at=now())
    while seals.seal(PORTAL, at=now()):
        pass
    assert list(seals.verify()) == []
"""
"""What another worker does when the first one has died."""


def _asked(path: Any, question: str) -> Any:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return connection.execute(question).fetchone()
    finally:
        connection.close()


def _state(path: Any) -> str:
    found = _asked(path, "SELECT state FROM ticket_import")
    return str(found[0]) if found else ""


def _count(path: Any) -> int:
    return int(_asked(path, "SELECT count(*) FROM ticket WHERE origin <> ''")[0])
