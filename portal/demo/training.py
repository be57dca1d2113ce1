"""Training in the demo company: courses, sessions of the last weeks with what came of them, and what is planned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from portal.extensions import db
from portal.kernel.actions import PORTAL
from portal.kernel.clock import office_day, office_zone
from portal.organisation import queries as organisation
from portal.organisation.models import Department, Person
from portal.organisation.staff import Staff
from portal.policies import teams
from portal.policies.models import Manual
from portal.policies.team_states import TeamKind
from portal.policies.teams import TeamText
from portal.training import actions, goals, knowledge, launches, onboarding, queries
from portal.training.actions import CourseText, SessionText
from portal.training.knowledge import CheckText
from portal.training.launches import LaunchText
from portal.training.models import TrainingSession
from portal.training.onboarding_models import Onboarding
from portal.training.states import AT_ENTRY, BEFORE_PROPERTY, OF_A_WEEK, QUALITIES, CourseKind, Part, Presence, Result

K = CourseKind
COURSES = (
    ("RZ-01", "入职培训", K.ENTRY, "XH", "", AT_ENTRY, ("XW-01",), "hr-head",
     "两到三天走完全部软件流程，懂得怎样待人，知道公司卖什么。"),
    ("TD-01", "职业素养与服务态度", K.ATTITUDE, "XH", "", QUALITIES, ("XW-01",), "hr-head",
     "每年一次，把准则里的话变成每天的做法。"),
    ("KF-02", "重点案例与情绪调适", K.CASES, "CS", "agent", OF_A_WEEK, ("TS-01",), "manager",
     "每周一到两次，讲近期重点案例，也讲怎样放下一天的情绪。"),
    ("CP-01", "产品与服务知识", K.PRODUCT, "CS", "agent", (), ("KF-01",), "manager",
     "客户问到的产品和服务，答得上、答得准。"),
    ("WX-02", "安装维修服务标准", K.STANDARD, "REP", "technician", (), ("WX-01",), "repair-head",
     "到场、回话、收尾，三件事都按标准来。"),
    ("YW-02", "运维制度与应急演练", K.STANDARD, "OPS", "", (),
     ("AQ-01", "DA-01", "JF-01", "WL-01", "ZC-01", "ZJ-01"), "ops-head",
     "出了事先报告谁、先保什么，不用翻书。"),
    ("WY-02", "物业客服岗前五项", K.QUALIFICATION, "SALES", "", BEFORE_PROPERTY, (), "sales-director",
     "上岗之前懂法律、懂建筑、懂小区、会打交道、会听人。"),
    ("DG-01", "大客户电工培训", K.CUSTOMERS, "REP", "", (), (), "repair-head",
     "让大客户的电工会看表、会断电、会报修。"),
)  # fmt: skip
"""Code, title, kind, department, role, topics, manuals, who set it up, goal."""


def hold(at: datetime) -> None:
    """Set up the courses; hold what is over and plan what comes."""
    units = {one.code: one for one in organisation.departments().values()}
    began = at - timedelta(days=90)
    manuals = {one.code: one.id for one in db.session.execute(select(Manual.id, Manual.code))}
    for code, title, kind, unit, role, topics, texts, author, goal in COURSES:
        text = CourseText(title, kind, units[unit], role, topics, goal, tuple(manuals[one] for one in texts))
        actions.add_course(_staff(author, at), code, text, at=began)
    _repair(units, at)
    _service(units, at)
    _company(units, at)
    _newcomers(units, at)
    _new_products(units, at)
    _operations(units, at)
    _teams(units, at, manuals)
    _knowledge(at)
    _goals(units, at)


LIST = (
    (Part.SERVICE, "读完自己部门的服务规范，由主管问十个问题"),
    (Part.BUSINESS, "独立走一遍下单、退款和报修"),
    (Part.APPRAISAL, "知道每月考评看哪几项、怎样申诉"),
    (Part.ATTENDANCE, "会打卡、会请假，知道迟到怎样算"),
)
FOR_THE_SHOP = (Part.SERVICE, "旁听十场客户聊天，再在师父旁边接三场")


def _newcomers(units: dict[str, Department], at: datetime) -> None:
    """Everybody who is new gets a checklist; whoever came last week has done half of it, with a mentor beside her."""
    hr, shopkeeper, began = _staff("hr", at), _staff("shopkeeper", at), at - timedelta(days=80)
    for part, words in LIST:
        onboarding.add_item(hr, units["XH"], part, words, at=began)
    onboarding.add_item(shopkeeper, units["SHOP"], *FOR_THE_SHOP, at=began)
    newest, joined = _person("tongxin"), at - timedelta(days=6)
    for one in onboarding.newcomers_without(office_day(at)):
        onboarding.welcome(PORTAL, one, at=joined if one.person_id == newest.id else at)
    course = queries.course_coded("RZ-01")
    begins = datetime.combine(office_day(at) - timedelta(days=5), time(9), office_zone())
    text = SessionText(
        "入职培训（秋季）", begins, begins + timedelta(days=1, hours=8), "三楼多功能厅",
        "能自己走完软件流程，知道找谁问什么。", trainer=_person("hr"), days=2,
    )  # fmt: skip
    if course is None:
        raise LookupError("the demo company has no entry training")
    session = actions.plan_session(hr, course, units["SHOP"], text, at=joined)
    actions.invite(hr, session, [newest.id], at=joined)
    _enter(hr, session, {})
    checklist = db.session.scalars(select(Onboarding).where(Onboarding.person_id == newest.id)).one()
    onboarding.name_mentor(shopkeeper, checklist, _person("shop1"), checklist.from_on, at=joined)
    for line in checklist.lines:
        if line.part in (Part.ATTENDANCE, Part.APPRAISAL):
            onboarding.tick(_staff("shop1", at), checklist, line, at=at - timedelta(days=2))


PRODUCTS = (
    ("冬季套餐 A", "每月 59 元，含 30 GB；老客户换套餐不收手续费。"),
    ("冬季套餐 B", "每月 99 元，含 100 GB 和一张副卡；副卡要本人到场开通。"),
    ("家庭路由器二代", "支持两千兆，保修两年；旧机可折价 80 元。"),
)


def _new_products(units: dict[str, Department], at: datetime) -> None:
    """What the shop sells this winter was explained yesterday: one of its people knows it, the other has still to."""
    shopkeeper, day = _staff("shopkeeper", at), office_day(at) - timedelta(days=1)
    explained = datetime.combine(day, time(15), office_zone())
    text = LaunchText("冬季新品", units["SHOP"], PRODUCTS, explained, "线上会议 8821-3390")
    launch = launches.announce(shopkeeper, text, at=at - timedelta(days=4))
    launches.confirm(_staff("shop1", at), launch, at=explained + timedelta(hours=1))


GOAL = "每个客服都能独立处理一次退款投诉，不用转交。"


def _goals(units: dict[str, Department], at: datetime) -> None:
    """What the service centre means to learn this year, to be reached in ten days."""
    set_at = at - timedelta(days=30)
    day = min(office_day(at) + timedelta(days=10), date(office_day(set_at).year, 12, 31))
    if office_day(set_at).year == office_day(at).year:
        goals.set_goal(_staff("manager", at), units["CS"], GOAL, day, at=set_at)


CHECKS = (
    ("agent", 190, "话费充值、秋季套餐、家庭路由器", Result.PASSED, "套餐规则答得又快又准。"),
    ("agent2", 410, "话费充值、宽带提速", Result.PASSED, ""),
    ("complaints", 120, "退款规则、赔付标准", Result.PASSED, "能说出每一条依据。"),
    ("complaints2", 118, "退款规则、赔付标准", Result.PASSED, ""),
    ("orders", 95, "充值渠道与到账时限", Result.PASSED, ""),
    ("orders2", 24, "充值渠道与到账时限", Result.FAILED, "充值规则答错两题，国庆后再考。"),
)
"""Whose product knowledge was checked so many days ago, what was asked, what came of it."""


def _knowledge(at: datetime) -> None:
    """Most know what they sell; the check of one is a year old, and one has to be asked again."""
    manager = _staff("manager", at)
    for who, days, products, result, words in CHECKS:
        then = at - timedelta(days=days)
        knowledge.check(manager, _person(who), CheckText(office_day(then), products, result, words), at=then)


TEAMS = (
    ("大客户用电服务专家队", TeamKind.EXPERT, "REP", "repair-head", "technician", ("technician2", "engineer"),
     ("WX-01", "XW-01"), "每季到大客户现场巡检一次，教他们的电工看表、断电、报修。"),
    ("社区宽带义务咨询队", TeamKind.VOLUNTEER, "MKT", "head", "brand", ("clerk",), ("XW-01",),
     "每月第二个周六在社区摆台，回答邻居的问题，不推销。"),
)  # fmt: skip
"""Name, kind, department, who founded it, who leads it, who else acts for it, manuals, what it does."""


def _teams(units: dict[str, Department], at: datetime, manuals: dict[str, int]) -> None:
    """One of the experts belongs to another department: the standard of the repairs binds her, too."""
    began = at - timedelta(days=20)
    for name, kind, unit, founder, leader, people, codes, purpose in TEAMS:
        text = TeamText(name, kind, units[unit], _person(leader), purpose, tuple(manuals[one] for one in codes))
        team = teams.found_team(_staff(founder, at), text, at=began)
        for one in people:
            teams.add_member(_staff(founder, at), team, _person(one), office_day(began), at=began)


def _repair(units: dict[str, Department], at: datetime) -> None:
    head, monday = _staff("repair-head", at), _monday(at)
    over = _plan(head, "WX-02", units["REP"], monday - timedelta(days=19), 9, "安装维修服务标准 1.1", "维修部会议室",
                 "一小时内给报修客户回话。", "repair-head", invites=True)  # fmt: skip
    _enter(head, over, {"technician2": (Presence.CAME, Result.FAILED, "收尾拍照漏了一步，补训后再考。")})
    guests = _plan(head, "DG-01", units["REP"], monday + timedelta(days=9), 14, "大客户电工：看表与断电",
                   "滨江园区配电室", "会看表，会安全断电，会报修。", "technician")  # fmt: skip
    for name, company in (("方国平", "滨江园区物业"), ("严师傅", "钱塘冷链仓库")):
        actions.invite_guest(head, guests, name, company, at=at)


def _operations(units: dict[str, Department], at: datetime) -> None:
    """Trained in all that rules them but backups: its line stands on the head's Today."""
    head = _staff("ops-head", at)
    over = _plan(head, "YW-02", units["OPS"], _monday(at) - timedelta(days=41), 14, "机房、网络与安全：一次断电演练",
                 "主机房", "十分钟内报告，半小时内切到备用线路。", "ops-head", invites=True)  # fmt: skip
    _enter(head, over, {})


def _service(units: dict[str, Department], at: datetime) -> None:
    manager, monday = _staff("manager", at), _monday(at)
    titles = ("连环退款的一通电话", "骂完之后的十分钟", "催修三次的客户")
    for weeks, title in enumerate(titles):
        day = monday - timedelta(days=7 * (len(titles) - weeks)) + timedelta(days=2)
        over = _plan(manager, "KF-02", units["CS"], day, 17, title, "客服中心培训室",
                     "遇到同样的事，知道第一句说什么。", "manager", invites=True)  # fmt: skip
        _enter(manager, over, {"complaints2": (Presence.EXCUSED, Result.NONE, "当班")} if weeks else {})
    _plan(manager, "KF-02", units["CS"], monday + timedelta(days=3), 17, "把“不行”说成“可以这样”", "客服中心培训室",
          "拒绝的话说得客户听得进去。", "supervisor", invites=True)  # fmt: skip
    products = _plan(manager, "CP-01", units["CS"], monday - timedelta(days=26), 14, "秋季套餐与充值规则", "线上会议",
                     "不翻资料答出十个常问的问题。", "supervisor", invites=True)  # fmt: skip
    _enter(_staff("supervisor", at), products, {"orders2": (Presence.CAME, Result.FAILED, "充值规则答错两题。")})


def _company(units: dict[str, Department], at: datetime) -> None:
    hr, monday = _staff("hr-head", at), _monday(at)
    _plan(hr, "TD-01", units["MKT"], monday + timedelta(days=8), 10, "职业素养与服务态度（市场部）", "三楼多功能厅",
          "听完能说出自己要改的一件事。", "", invites=True)  # fmt: skip


def _plan(
    who: Staff, code: str, unit: Department, day: date, hour: int, title: str, place: str, target: str, trainer: str, *,
    invites: bool = False,
) -> TrainingSession:  # fmt: skip
    begins = datetime.combine(day, time(hour), office_zone())
    course = queries.course_coded(code)
    if course is None:
        raise LookupError(f"the demo company has no course {code}")
    text = SessionText(
        title, begins, begins + timedelta(hours=2), place, target,
        trainer=_person(trainer) if trainer else None, trainer_name="" if trainer else "江老师",
        body="" if trainer else "钱江职业培训学校",
    )  # fmt: skip
    return actions.plan_session(who, course, unit, text, invites=invites, at=begins - timedelta(days=12))


def _enter(
    who: Staff, session: TrainingSession, otherwise: dict[str, tuple[Presence, Result, str]]
) -> None:  # fmt: skip
    """Everybody was there and passed, but for those of whom something else is said."""
    people: Sequence[str] = list(otherwise)
    others = {_person(name).id: otherwise[name] for name in people}
    usual = (Presence.CAME, Result.PASSED, "")
    results = {one.id: others.get(one.person_id or 0, usual) for one in queries.invited_to(session)}
    actions.enter_results(
        who, session, results, "讲得清楚，下次多留时间提问。", seen=session.version, at=session.ends_at
    )


def _monday(at: datetime) -> date:
    day = office_day(at)
    return day - timedelta(days=day.weekday())


def _person(sign_in_name: str) -> Person:
    found = organisation.person_called(sign_in_name)
    if found is None:
        raise LookupError(f"the demo company has no {sign_in_name}")
    return found


def _staff(sign_in_name: str, at: datetime) -> Staff:
    return organisation.staff(_person(sign_in_name), office_day(at))
