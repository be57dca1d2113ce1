"""A standard that two have to approve: one was away and their deputy approved it, the other has still to."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from portal.demo.shelf import first_of_month
from portal.extensions import db
from portal.kernel.actions import PORTAL
from portal.kernel.clock import office_day
from portal.organisation import actions as organisation
from portal.organisation import queries
from portal.organisation.models import Person
from portal.organisation.staff import Staff
from portal.policies import drafts, life
from portal.policies.models import Manual, ManualDraft
from portal.policies.states import Check, ManualKind, Party

REVISED = "JF-01"
FINDINGS = {
    "goal": "外来施工不再靠熟人带进机房，出了事说得清是谁、做了什么。",
    "scope": "运营部管理的机房和弱电间，含外来人员。",
    "parameters": "名单核对的周期，陪同的人数，施工前多久提交方案。",
    "indicators": "每季名单与门禁记录对得上；没有无人陪同的外来操作。",
}
RULES = {
    "admission": "名单由机房负责人维护，每月核对一次，与门禁记录逐条对上；名单以外的人，须事先说明事由并获得同意。",
    "works": "施工前两个工作日提交方案和回退办法，施工时有两人在场，完工后一起清点现场。",
}
"""Clause → what it says from this version on."""
SUMMARY = "名单由每季改为每月核对；施工提前两个工作日提交方案，两人在场"
SUPPLIER = "机房空调的维保单位"


def revise(at: datetime) -> None:
    """The next version of the machine room standard, from its needs to the second approval that it waits for."""
    author = _staff("ops-head", at)
    began, asked, submitted, given = (at - timedelta(days=days) for days in (20, 15, 9, 7))
    draft = _written(author, began, at)
    outside = life.ask_opinion(author, draft, None, SUPPLIER, Party.SUPPLIER, at=began)
    life.ask_opinion(author, draft, _person("ops1"), "", Party.STAFF, at=began)
    for verb in ("scheme", "draft", "ask opinions"):
        life.lead_on(author, draft, verb, at=began)
    life.note_opinion(author, draft, outside, "提前两个工作日，抢修怎么办？", at=asked)
    life.answer(author, draft, draft.comments[-1], "抢修按第五条应急处置，事后补方案。", at=asked + timedelta(hours=3))
    for reader in ("ops1", "director"):
        life.finish(_staff(reader, at), draft, Check.of(ManualKind.STANDARD), at=asked + timedelta(hours=5))
    life.lead_on(author, draft, "revise", at=submitted)
    _stand_in(at)
    both = [_person("quality-head"), _person("executive")]
    life.lead_on(author, draft, "submit", "请两位批准。", approvers=both, at=submitted)
    life.lead_on(_staff("production-head", given), draft, "approve", at=given)


def _written(author: Staff, began: datetime, at: datetime) -> ManualDraft:
    manual = db.session.scalars(select(Manual).where(Manual.code == REVISED)).one()
    draft = drafts.begin_version(author, manual, at=began)
    drafts.note(author, draft, FINDINGS, seen=draft.version, at=began)
    for clause in [one for one in draft.clauses if one.stable in RULES]:
        drafts.write_clause(
            author, draft, clause, number=clause.number, heading=clause.heading, text=RULES[clause.stable],
            part=clause.part, chapter=clause.chapter, seen=draft.version, at=began,
        )  # fmt: skip
    drafts.plan(
        author, draft, major=2, minor=0, effective_from=first_of_month("next month", office_day(at)),
        summary=SUMMARY, drops=[], seen=draft.version, at=began,
    )  # fmt: skip
    return draft


def _stand_in(at: datetime) -> None:
    """Whoever was asked first was away for some days, and the deputy that they had named approved it."""
    away, deputy = _person("quality-head"), _person("production-head")
    days = {"from_on": office_day(at) - timedelta(days=10), "to_on": office_day(at) - timedelta(days=4)}
    left = at - timedelta(days=11)
    organisation.note_absence(PORTAL, away, reason="外出审核", **days, at=left)
    organisation.name_deputy(PORTAL, away, deputy, reason="外出审核", **days, at=left)


def _person(sign_in_name: str) -> Person:
    found = queries.person_called(sign_in_name)
    if found is None:
        raise LookupError(f"the demo company has no {sign_in_name}")
    return found


def _staff(sign_in_name: str, at: datetime) -> Staff:
    return queries.staff(_person(sign_in_name), office_day(at))
