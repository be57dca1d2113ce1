"""A manual begins with a text or an outline of ours, and its list asks what such a manual has to say."""

from __future__ import annotations

import re

import pytest

from portal.extensions import db
from portal.kernel.actions import PORTAL
from portal.kernel.permissions import Role
from portal.organisation import accounts
from portal.organisation import actions as organisation
from portal.organisation import queries as people
from portal.policies import drafts, life, rules, starters
from portal.policies.models import ManualDraft
from portal.policies.states import Category, Chapter, Check, ManualKind, Part, Phase, Stage
from tests.conftest import NOW, TODAY
from tests.policies import test_life as story

house = story.house
lead, refused = story.lead, story.refused

ASKED = {
    "team": ("对象与分类", "安全要求", "检查的部门与方式", "责任与处罚"),
    "network": ("接入", "用户", "配置"),
    "process": ("岗位", "职责分工", "执行的约束"),
    "operations": ("对象", "标准", "方法与模式", "工具", "过程", "投产", "日常运行", "下线", "应急"),
}


def begin(house, name, **more):
    text = starters.starter(name)
    how = {
        "kind": text.kind, "category": text.category, "department": house.cs, "supervisor": house.watcher,
        "purpose": text.purpose, "principles": text.principles, "phases": text.phases, "starter": name, "at": NOW,
    } | more  # fmt: skip
    return drafts.begin_manual(house.zheng, "CS-08", dict(text.titles), **how)


@pytest.mark.rule("POL-049", "POL-022", "POL-024", "POL-025")
@pytest.mark.parametrize("name", ASKED)
def test_an_outline_has_the_sections_that_its_rule_names(house, name):
    draft = begin(house, name)
    headings = [one.heading for one in draft.clauses]
    assert [one for one in ASKED[name] if one not in headings] == []
    assert (draft.purpose, draft.principles) != ("", "")


@pytest.mark.parametrize("name", starters.LABELS)
def test_what_it_begins_with_has_its_parts_and_can_be_cited_at_once(house, name):
    draft = begin(house, name)
    text = drafts.text_of_draft(draft)
    rules.refuse_missing_parts(draft.manual.kind, text)
    rules.refuse_faulty_text(rules.VersionText(1, 0, TODAY, text))
    assert draft.state is (Stage.RESEARCH if draft.manual.kind is ManualKind.CONDUCT else Stage.NEEDS)
    assert not any(one.rulings for one in draft.clauses)


@pytest.mark.rule("POL-009", "POL-008")
def test_the_code_of_conduct_says_all_that_its_starter_has_to_say():
    text = starters.starter(starters.CODE_OF_CONDUCT)
    assert {one.chapter for one in text.clauses} >= set(Chapter)
    assert {one.part for one in text.clauses} == set(Part)
    words = "".join(one.text + one.heading for one in text.clauses) + text.principles
    for said in ("创新", "诚信", "卓越", "长远", "诚实", "尊重", "公平竞争", "公司财产", "质量", "工作时间", "协作",
                 "知识产权", "数据保护", "反腐败"):  # fmt: skip
        assert said in words


@pytest.mark.rule("POL-009")
def test_a_first_installation_begins_with_the_code_of_conduct_and_nothing_binds_before_it_went_its_way(app, browser):
    accounts.first_administrator(PORTAL, "Root", "root", staff_number="1", at=NOW)
    company = people.top_department()
    hr = organisation.add_person(PORTAL, "S2", "hr1", "Wen", joined_on=TODAY, at=NOW)
    post = organisation.add_post(PORTAL, company, {"zh-CN": "人事经理"}, at=NOW)
    organisation.place(PORTAL, hr, post, from_on=TODAY, at=NOW)
    organisation.give_role(PORTAL, hr, Role.HR, company, from_on=TODAY, at=NOW)
    db.session.execute(db.text("UPDATE person SET must_change_password = :no"), {"no": False})
    db.session.commit()
    supervisor, unit = str(hr.id), str(company.id)
    writer = browser.sign_in("hr1")
    shelf = writer.get("/manuals")
    assert shelf.soup.select_one("a[href='/manuals/new?from=conduct']")
    form = writer.get("/manuals/new?from=conduct").form("/manuals/new")
    assert (form["chinese"], form["starter"], form["kind"]) == ("员工行为准则", "conduct", "conduct")
    sent = {**form, "code": "XW-01", "supervisor": supervisor, "department": unit}
    page = writer.follow(writer.post("/manuals/new", sent))
    assert "反腐败" in page.main
    draft = db.session.scalars(db.select(ManualDraft)).one()
    assert (draft.state, draft.version_id) == (Stage.RESEARCH, None)
    assert "XW-01" not in browser.sign_in("root").get("/manuals").main


@pytest.mark.attack(14)
def test_a_text_that_is_none_is_not_found(demo, browser):
    browser.sign_in("hr").get("/manuals/new?from=../conduct", expect=404)


@pytest.mark.rule("POL-022", "POL-013", "POL-017")
@pytest.mark.parametrize(("category", "wants"), [(Category.NETWORK, 11), (Category.STORAGE, 8)])
def test_the_list_of_a_regulation_of_the_network_asks_for_access_users_and_configuration(house, category, wants):
    draft = begin(house, "network", category=category)
    listed = Check.of(draft.manual.kind, draft.category)
    assert len(listed) == wants
    assert ({Check.ACCESS, Check.USERS, Check.CONFIGURATION} <= set(listed)) == (wants == 11)


@pytest.mark.rule("POL-022")
def test_approval_of_a_regulation_of_the_network_waits_until_a_reviewer_found_all_three(house):
    draft = begin(house, "network")
    notes = dict.fromkeys(("goal", "scope", "parameters", "indicators"), "…")
    drafts.note(house.zheng, draft, notes, seen=draft.version, at=NOW)
    life.ask_opinion(house.zheng, draft, None, "宽带公司", story.Party.SUPPLIER, at=NOW)
    lead(house.zheng, draft, "scheme", "draft", "ask opinions")
    outside = next(one for one in draft.reviewers if one.person_id is None)
    life.note_opinion(house.zheng, draft, outside, "可以", at=NOW)
    said = life.comment(house.luo, draft, "没有写配置怎样退回", at=NOW)
    short = [one for one in Check.of(draft.manual.kind, draft.category) if one is not Check.CONFIGURATION]
    life.finish(house.luo, draft, short, at=NOW)
    lead(house.zheng, draft, "revise")
    drafts.plan(house.zheng, draft, major=1, minor=0, effective_from=TODAY, summary="…", drops=[], seen=draft.version,
                at=NOW)  # fmt: skip
    for one in draft.comments:
        if one.answered_at is None:
            life.answer(house.zheng, draft, one, "补上了", at=NOW)
    assert said.answered_at
    assert "checklist" in refused(house.zheng, draft, "submit", approvers=[house.shen_as_person])


@pytest.mark.rule("POL-025", "POL-023")
def test_the_operations_manual_covers_the_whole_life_of_a_system_and_is_looked_at_again_within_a_year(demo, browser):
    form = browser.sign_in("hr").get("/manuals/new?from=operations")
    boxes = form.soup.select("input[name=phases][checked]")
    assert [one["value"] for one in boxes] == [one.value for one in Phase]
    assert form.soup.select_one("input[name=review_on]")["value"] == "2027-10-12"


def sent(browser, url, **typed):
    """The form at an address, filled in and sent as its page offers it."""
    return browser.post(url, {**browser.get(url).form(url), **typed})


def invited(app, browser, link, name):
    """Whoever got this link chooses a password and signs in with it."""
    browser.client = app.test_client()
    password = "four plain words together"
    browser.post(link, {"password": password, "repeated": password})
    browser.post("/sign-in", {"name": name, "password": password})
    return browser


def link_in(text):
    return re.search(r"http://[^\s\"<]+?(/invitation/[^\s\"<]+)", text)[1]


@pytest.mark.rule("POL-009", "POL-001")
def test_a_new_installation_comes_to_a_code_of_conduct_in_force_by_two_commands_and_plain_pages(app, browser):
    runner = app.test_cli_runner()
    begun = runner.invoke(args=["people", "first-admin", "--name", "张伟", "--sign-in-name", "zhangwei"])
    assert "first-hr" in begun.output
    hr = runner.invoke(args=["people", "first-hr", "--name", "李敏", "--sign-in-name", "limin"])

    # Somebody of HR writes down who leads the company and who knows the law
    invited(app, browser, link_in(hr.output), "limin")
    links = {}
    for number, (name, title, key) in enumerate((("王总", "总经理", "wang"), ("陈律", "法务", "chen")), start=3):
        sent(browser, "/departments/1/posts/new", chinese=title, rank="senior")
        post = next(
            one["value"] for one in browser.get("/people/new").soup.select("select[name=post] option")
            if one.text == title
        )  # fmt: skip
        sent(browser, "/people/new", name=name, staff_number=str(number), sign_in_name=key, post=post)
        links[key] = link_in(browser.post(f"/people/{number}/account/link", expect=200).text)

    # The administrator says who decides
    invited(app, browser, link_in(begun.output), "zhangwei")
    assert "the management publishes" in browser.get("/manuals").main
    unit = str(people.top_department().id)
    sent(browser, "/people/3/role", role="executive", department=unit)

    # HR begins with the text that is there, and asks the one whom it concerns
    browser.sign_in("limin")
    begin = browser.get("/manuals").soup.select_one("a[href='/manuals/new?from=conduct']")["href"]
    ids = {key: str(people.person_called(key).id) for key in ("wang", "chen")}
    browser.post("/manuals/new", {**browser.get(begin).form("/manuals/new"), "code": "XW-01",
                                  "supervisor": ids["chen"], "department": unit})  # fmt: skip
    draft = "/manuals/XW-01/draft"
    sent(browser, f"{draft}/findings", needs="说得清规矩。", industry="同行都有。", law="劳动合同法。")
    sent(browser, f"{draft}/about", legal=ids["chen"])
    sent(browser, f"{draft}/version", major="1", minor="0", effective_from=TODAY.isoformat(), summary="首次发布")
    sent(browser, f"{draft}/opinions", person=ids["wang"], party="staff")
    sent(browser, f"{draft}/step/draft")
    sent(browser, f"{draft}/step/review")
    invited(app, browser, links["wang"], "wang")
    sent(browser, f"{draft}/step/finish", checks=[one.value for one in Check.of(ManualKind.CONDUCT)])
    browser.sign_in("limin")
    sent(browser, f"{draft}/step/submit", approvers=["3"])
    browser.sign_in("wang")
    sent(browser, f"{draft}/step/approve")
    sent(browser, f"{draft}/step/publish")

    # It binds everybody, the administrator as well
    browser.sign_in("zhangwei")
    assert "反腐败" in browser.get("/manuals/XW-01").main
    assert "XW-01" in browser.get("/manuals/mine").main


def test_there_is_one_first_of_hr_and_only_in_a_company(app):
    runner = app.test_cli_runner()
    hr = ["people", "first-hr", "--name", "李敏", "--sign-in-name", "limin"]
    assert "portal people first-admin" in runner.invoke(args=hr).output
    runner.invoke(args=["people", "first-admin", "--name", "张伟", "--sign-in-name", "zhangwei"])
    assert runner.invoke(args=hr).exit_code == 0
    again = runner.invoke(args=[*hr[:-1], "other", "--staff-number", "9"])
    assert (again.exit_code, "李敏 is of HR already" in again.output) == (1, True)
