"""How the demo company makes its manuals known, and what audits of the past found."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy import select

from portal.extensions import db
from portal.kernel.clock import office_day, office_zone
from portal.organisation import queries as organisation
from portal.organisation.models import Person
from portal.organisation.staff import Staff
from portal.policies import watch
from portal.policies.models import Manual
from portal.policies.watch_models import ManualAudit
from portal.policies.watch_states import Found, Means

PLAN = (
    (Means.MEETING, "月度例会上讲 3.0 版改了什么", -3, "manager", "到会三十六人，问得最多的是一小时怎么算。"),
    (Means.COURSE, "在线课程：高优先级的一小时", 4, "supervisor", ""),
    (Means.WORKSHOP, "分组演练：十分钟和一小时", 11, "supervisor", ""),
    (Means.REMINDER, "内刊与邮件提醒：3.0 版即将施行", 16, "brand", ""),
)
"""How the coming version of KF-01 is made known: way, what, in how many days, by whom, what came of it."""
FOUND = {
    "XW-01": (Found.DEVIATIONS, "抽查二十人：四人说不出不认可制度时该找谁。请人力资源部在入职培训里加讲。"),
}
USUAL = (Found.IN_ORDER, "抽查了台账和在岗人员，条款都照做，没有发现偏差。")


def watch_over(at: datetime) -> None:
    """A plan with one of its four actions done; audits that were due are held."""
    manual = db.session.scalars(select(Manual).where(Manual.code == "KF-01")).one()
    manager, today = _staff("manager", at), office_day(at)
    for means, words, days, who, outcome in PLAN:
        step = watch.plan_step(
            manager, manual, means, words, today + timedelta(days=days), _person(who), at=at - timedelta(days=10)
        )
        if outcome:
            watch.do_step(_staff(who, at), step, outcome, at=at - timedelta(days=1))
    due = select(ManualAudit).where(ManualAudit.due_on <= today).order_by(ManualAudit.due_on, ManualAudit.id)
    for audit in db.session.scalars(due).all():
        supervisor = audit.manual.supervisor
        if supervisor is not None:
            held = datetime.combine(audit.due_on - timedelta(days=2), time(15), office_zone())
            reader = organisation.staff(supervisor, office_day(at))
            watch.enter_audit(reader, audit, *FOUND.get(audit.manual.code, USUAL), at=held)


def _person(sign_in_name: str) -> Person:
    found = organisation.person_called(sign_in_name)
    if found is None:
        raise LookupError(f"the demo company has no {sign_in_name}")
    return found


def _staff(sign_in_name: str, at: datetime) -> Staff:
    return organisation.staff(_person(sign_in_name), office_day(at))
