"""A manual begins with a text or an outline of ours, and its list asks what such a manual has to say."""

from __future__ import annotations

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
