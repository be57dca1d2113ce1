"""What the units of the demo company are there for, who leads besides, and what heads say about their people."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from portal.kernel.actions import Portal
from portal.kernel.clock import office_day
from portal.organisation import actions, queries, rules
from portal.organisation.models import Department, Line, Person, Post, ProposalKind, Rank
from portal.organisation.staff import Staff

DUTIES: dict[str, tuple[str, ...]] = {
    "CS": (
        "在线上和热线上解答客户的问题，做好售前咨询与售后支持",
        "部门内实行目标管理，并按目标考核",
        "在岗辅导和培训本部门员工",
        "参与公司制度的起草，就公司的总体方向提出意见",
        "把客户的情况和意见转给市场部与研发部",
        "保护客户的个人信息",
        "保守公司的商业秘密",
        "完成公司交办的其他工作",
    ),
    "CS-ORD": ("受理充值与订单，当日处理完毕",),
    "CS-CMP": ("受理投诉与违规举报，调解纠纷",),
    "CS-GEN": ("接听热线，受理咨询与建议",),
    "SHOP": ("经营网店，在聊天中接待客户", "联系供货方，跟进发货与退换"),
    "SALES": ("带看、签约与交房服务", "保管客户档案，办理借阅"),
    "REP": ("安装与上门维修", "保管维修工具与备件"),
    "EAST": ("就近受理华东客户的安装与维修",),
    "RD": ("产品的设计与开发", "收到客户意见后评估并改进产品"),
    "RD-SUP": ("解答客服转来的技术难题",),
    "OPS": ("产品的日常运营与巡检", "系统与网络故障的处置", "收集用户反馈，按月汇总"),
    "MKT": ("市场调研、品牌与推广", "收集用户反馈，按月汇总"),
    "FIN": ("资金的收付与管理", "编制财务报表"),
    "HR": ("招聘、培训与绩效考核", "员工的激励与关怀"),
    "ADM": ("后勤与办公环境",),
    "QM": ("抽查各部门的服务质量，按季考核客户服务中心",),
    "PROD": ("核对服务承诺与生产安排，按季考核客户服务中心",),
}
POWERS: dict[str, tuple[str, ...]] = {
    "COMM": ("确定满意度的目标和方向", "统筹各部门的资源", "裁决重大的满意度问题"),
    "CS": ("为本部门员工提出培训、调薪、晋升、奖惩与辞退的建议",),
    "QM": ("调阅任何部门的服务记录",),
}
UNOWNED = ("保管公司印章，登记每次用印",)
"""A duty that no department has taken yet: the report names it."""

POSTS: dict[str, tuple[int | None, str]] = {
    "客户服务中心主任": (1, "值班、咨询、投诉与回访中遇到的难题都到此为止；不配合的部门由主任报主管经理。"),
    "客服经理": (
        1, "规划并建设部门与团队；日常管理与监督；维护客户关系；建立有奖有罚的考核办法；合理安排岗位。",
    ),
    "客服主管": (
        1,
        "制订年度工作计划，分解到季度或月；制订员工培训计划；抓服务礼仪；检查服务流程的执行；排定班表；"
        "协助培训与考核；上传下达，联络其他部门；照顾员工的日常工作与食宿。",
    ),
    "客服专员": (
        4, "及时解决客户的问题；受理咨询、建议与投诉，分类后转给该办的人；把情况写清楚；每天收集并汇总当日的问题。",
    ),
    "投诉处理专员": (
        2, "受理投诉，调解纠纷，查办违规举报；公正，凭证据，有记录；从投诉里找出建议与隐情；分析原因，让投诉逐月减少。",
    ),
    "订单专员": (
        2,
        "熟悉每一条供货渠道；充值问题随问随答；发现渠道异常即上报并调整；协助下单；对客户保守供货方的资料；"
        "定期报告渠道情况。",
    ),
    "店长": (1, "网店员工的直接上级；批假、批换班、批离岗。"),
    "网店客服": (3, "在聊天里了解需要、安排服务、跟进发货与售后，并做好客户档案。"),
    "销售总监": (1, "批准档案借阅，听取进度汇报，与客服同担差错之责。"),
    "置业顾问": (2, ""),
    "维修技师": (1, "有故障即到场；安装、保养与售后；带回客户与行业的消息；保管资料与工具。"),
    "运维工程师": (2, ""),
    "会计": (1, ""),
    "品牌专员": (1, ""),
}  # fmt: skip
"""Title → how many there should be, and what the post is there for; nothing is said about the others."""

COMMITTEE = ("executive", "director", "shopkeeper", "sales-director", "repair-head", "rd-head", "ops-head", "head")
"""Its chair first: senior leaders and the heads of the main departments."""


def write(actor: Portal, units: dict[str, Department], people: dict[str, Person], since: date, *, at: datetime) -> None:
    """Statements, the committee, assessments from outside, and the second lines of R&D as far as anybody said."""
    for code, several in DUTIES.items():
        for words in several:
            actions.state_duty(actor, units[code], words, from_on=since, at=at)
    for code, several in POWERS.items():
        for words in several:
            actions.state_duty(actor, units[code], words, is_power=True, from_on=since, at=at)
    for words in UNOWNED:
        actions.name_duty(actor, words, from_on=since, at=at)
    for code in ("QM", "PROD"):
        actions.arrange_assessment(actor, units["CS"], units[code], from_on=since, at=at)
    _seat_committee(actor, units["COMM"], people, since, at)
    head, developer = people["rd-head"], people["developer"]
    for name in ("engineer", "engineer2", "developer"):
        actions.record_superior(actor, people[name], head, Line.FUNCTIONAL, from_on=since, at=at)
    actions.record_superior(actor, people["engineer"], developer, Line.PROJECT, project="极光", from_on=since, at=at)
    actions.record_superior(actor, developer, head, Line.PROJECT, project="极光", from_on=since, at=at)
    actions.name_deputy(
        actor, people["director"], people["manager"], reason="外出时", from_on=since + timedelta(days=30), to_on=None,
        at=at,
    )  # fmt: skip


def speak_of_people(at: datetime) -> None:
    """What heads proposed for their people and agreed with them, and how far that has come."""
    manager, marketing, officer = (_acting(name, at) for name in ("manager", "head", "hr"))
    agent, handler, clerk = (_called(name) for name in ("agent", "complaints", "clerk"))
    training = actions.propose(
        manager,
        handler,
        ProposalKind.TRAINING,
        "参加投诉调解的两天培训，回来后带组内同事。",
        at=at - timedelta(days=12),
    )
    actions.decide_proposal(
        officer, training, accept=True, words="名额已留，培训费由人力资源部承担。", at=at - timedelta(days=9)
    )
    actions.propose(
        manager,
        agent,
        ProposalKind.REWARD,
        "连续三个月首次联系即解决的比例最高，建议发季度奖励。",
        at=at - timedelta(days=2),
    )
    last = actions.agree_objectives(
        manager,
        agent,
        rules.quarter_of(office_day(at - timedelta(days=100))),
        "电话三声内接起；首问的工单件件有回音。",
        at=at - timedelta(days=100),
    )
    actions.appraise(
        manager, last, result="接起率 97%，首问工单全部办结。", attendance="全勤，迟到一次。", at=at - timedelta(days=8)
    )
    actions.agree_objectives(
        marketing,
        clerk,
        rules.quarter_of(office_day(at)),
        "每月一份用户反馈汇总，当月转给研发部。",
        at=at - timedelta(days=6),
    )


def _called(name: str) -> Person:
    person = queries.person_called(name)
    assert person is not None
    return person


def _acting(name: str, at: datetime) -> Staff:
    return queries.staff(_called(name), office_day(at))


def _seat_committee(
    actor: Portal, committee: Department, people: dict[str, Person], since: date, at: datetime
) -> None:  # fmt: skip
    titles = {"zh-CN": "主任委员", "en": "Chair"}
    chair: Post = actions.add_post(
        actor, committee, titles, rank=Rank.SENIOR, leads=True, headcount=1, description="召集会议，宣布决定。", at=at
    )
    member = actions.add_post(
        actor, committee, {"zh-CN": "委员", "en": "Member"}, rank=Rank.MIDDLE, headcount=len(COMMITTEE) - 1, at=at
    )
    for name in COMMITTEE:
        post = chair if name == COMMITTEE[0] else member
        actions.place(actor, people[name], post, main=False, from_on=since, at=at)
