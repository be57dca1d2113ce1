"""Who is who in the demo company. Sign-in names say the role; one password for all, shown in demo mode only."""

from __future__ import annotations

from dataclasses import dataclass

from portal.kernel.permissions import Role
from portal.organisation.models import Basis, Rank, Reporting, Structure, UnitKind

PASSWORD = "xinghe-demo-2026"  # noqa: S105 (the demo's own, shown on its sign-in page)
PIN = "280619"


@dataclass(frozen=True, slots=True)
class Unit:
    """A department: code, names in Chinese and English, where it hangs, how it is built."""

    code: str
    name: str
    english: str
    parent: str | None
    basis: Basis
    goal: str
    kind: UnitKind = UnitKind.DEPARTMENT
    structure: Structure = Structure.LINE
    reporting: Reporting = Reporting.BY_RANK


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of the demo company: `roles` are (role, department code)."""

    sign_in_name: str
    name: str
    department: str
    post: str
    post_english: str
    roles: tuple[tuple[Role, str], ...] = ()
    rank: Rank = Rank.STAFF
    leads: bool = False


UNITS = (
    Unit(
        "XH",
        "星河网络",
        "Xinghe Networks",
        None,
        Basis.PRODUCT,
        "让每一位客户都愿意再来",
        UnitKind.COMPANY,
        Structure.FUNCTIONAL,
    ),
    Unit(
        "COMM",
        "客户满意度管理委员会",
        "Customer Satisfaction Committee",
        "XH",
        Basis.PROCESS,
        "定满意度目标，断重大问题",
        UnitKind.COMMITTEE,
    ),
    Unit("CS", "客户服务中心", "Customer Service Centre", "XH", Basis.PROCESS, "首问负责，件件有回音"),
    Unit("CS-ORD", "订单组", "Orders", "CS", Basis.PROCESS, "充值与订单当日清", UnitKind.GROUP),
    Unit("CS-CMP", "投诉组", "Complaints", "CS", Basis.PROCESS, "凭证据办事，投诉逐月下降", UnitKind.GROUP),
    Unit("CS-GEN", "客服组", "General service", "CS", Basis.PROCESS, "电话三声内接起", UnitKind.GROUP),
    Unit("SHOP", "网店", "Online shop", "XH", Basis.PRODUCT, "聊天二十秒内有回应", reporting=Reporting.TO_HEAD),
    Unit(
        "SALES",
        "物业销售服务部",
        "Property sales service",
        "XH",
        Basis.PRODUCT,
        "客户档案不漏一页",
        reporting=Reporting.TO_HEAD,
    ),
    Unit("REP", "安装维修部", "Installation and repair", "XH", Basis.REGION, "当日到场，一次修好"),
    Unit(
        "EAST",
        "华东服务中心",
        "East China service centre",
        "REP",
        Basis.REGION,
        "华东客户就近服务",
        UnitKind.REGIONAL_CENTRE,
    ),
    Unit(
        "RD",
        "研发部",
        "Research and development",
        "XH",
        Basis.PRODUCT,
        "产品稳定，问题有解",
        structure=Structure.MATRIX,
    ),
    Unit("RD-SUP", "技术支持组", "Technical support", "RD", Basis.PROCESS, "客服的难题两小时内有答复", UnitKind.GROUP),
    Unit("OPS", "运营部", "Operations", "XH", Basis.PROCESS, "全年可用率达标"),
    Unit("MKT", "市场部", "Marketing", "XH", Basis.PROCESS, "说得清优势，不夸大"),
    Unit("FIN", "财务部", "Finance", "XH", Basis.PROCESS, "账实相符"),
    Unit("HR", "人力资源部", "Human resources", "XH", Basis.PROCESS, "人岗相宜"),
    Unit("ADM", "行政部", "Administration", "XH", Basis.PROCESS, "后勤不让前线等"),
    Unit("QM", "品质管理部", "Quality management", "XH", Basis.PROCESS, "每季查一遍，问题不过夜"),
    Unit("PROD", "生产运行部", "Production operations", "XH", Basis.PROCESS, "承诺与生产对得上"),
)

R = Role
COLLEAGUES = (
    Colleague(
        "executive", "沈明远", "XH", "总经理", "General manager", ((R.EXECUTIVE, "XH"),), Rank.SENIOR, leads=True
    ),
    Colleague(
        "director",
        "罗慧",
        "CS",
        "客户服务中心主任",
        "Service centre director",
        ((R.DIRECTOR, "CS"),),
        Rank.SENIOR,
        leads=True,
    ),
    Colleague("manager", "郑凯", "CS", "客服经理", "Customer service manager", ((R.HEAD, "CS"),), Rank.MIDDLE),
    Colleague(
        "supervisor", "林静", "CS", "客服主管", "Customer service supervisor", ((R.SUPERVISOR, "CS"),), Rank.SUPERVISOR
    ),
    Colleague("agent", "李娜", "CS-GEN", "客服专员", "Agent", ((R.AGENT, "CS-GEN"),)),
    Colleague("agent2", "王芳", "CS-GEN", "客服专员", "Agent", ((R.AGENT, "CS-GEN"),)),
    Colleague("complaints", "何俊", "CS-CMP", "投诉处理专员", "Complaint handler", ((R.AGENT, "CS-CMP"),)),
    Colleague("orders", "马超群", "CS-ORD", "订单专员", "Order handler", ((R.AGENT, "CS-ORD"),)),
    Colleague("orders2", "田甜", "CS-ORD", "订单专员", "Order handler", ((R.AGENT, "CS-ORD"),)),
    Colleague("complaints2", "孔令仪", "CS-CMP", "投诉处理专员", "Complaint handler", ((R.AGENT, "CS-CMP"),)),
    Colleague("shopkeeper", "周洁", "SHOP", "店长", "Shop manager", ((R.HEAD, "SHOP"),), Rank.MIDDLE, leads=True),
    Colleague("shop1", "吴昊", "SHOP", "网店客服", "Shop agent", ((R.AGENT, "SHOP"),)),
    Colleague("shop2", "徐婷", "SHOP", "网店客服", "Shop agent", ((R.AGENT, "SHOP"),)),
    Colleague(
        "sales-director",
        "孙立",
        "SALES",
        "销售总监",
        "Sales director",
        ((R.SALES_DIRECTOR, "SALES"), (R.HEAD, "SALES")),
        Rank.SENIOR,
        leads=True,
    ),
    Colleague("sales-assistant", "蒋雯", "SALES", "总监助理", "Assistant to the director", (), Rank.MIDDLE),
    Colleague("archivist", "朱敏", "SALES", "档案管理员", "Archivist", ((R.ARCHIVIST, "SALES"),)),
    Colleague("sales1", "胡杰", "SALES", "置业顾问", "Property consultant", ((R.AGENT, "SALES"),)),
    Colleague("sales2", "冯岚", "SALES", "置业顾问", "Property consultant", ((R.AGENT, "SALES"),)),
    Colleague(
        "repair-head",
        "高原",
        "REP",
        "安装维修部经理",
        "Head of installation and repair",
        ((R.HEAD, "REP"),),
        Rank.MIDDLE,
        leads=True,
    ),
    Colleague("technician", "陈刚", "REP", "维修技师", "Technician", ((R.TECHNICIAN, "REP"),)),
    Colleague("technician2", "邓涛", "REP", "安装技师", "Technician", ((R.TECHNICIAN, "REP"),)),
    Colleague(
        "east-head",
        "曹颖",
        "EAST",
        "华东中心主任",
        "Head of the East China centre",
        ((R.HEAD, "EAST"),),
        Rank.MIDDLE,
        leads=True,
    ),
    Colleague("east1", "许诺", "EAST", "驻点技师", "Resident technician", ((R.TECHNICIAN, "EAST"),)),
    Colleague("rd-head", "韩冬", "RD", "研发总监", "Head of R&D", ((R.HEAD, "RD"),), Rank.SENIOR, leads=True),
    Colleague("engineer", "赵敏", "RD-SUP", "技术支持工程师", "Support engineer", ((R.AGENT, "RD-SUP"),)),
    Colleague("engineer2", "彭博", "RD-SUP", "技术支持工程师", "Support engineer", ((R.AGENT, "RD-SUP"),)),
    Colleague("developer", "曾毅", "RD", "开发工程师", "Developer"),
    Colleague("ops-head", "萧然", "OPS", "运营经理", "Head of operations", ((R.HEAD, "OPS"),), Rank.MIDDLE, leads=True),
    Colleague("ops1", "潘越", "OPS", "运维工程师", "Operations engineer", ((R.AGENT, "OPS"),)),
    Colleague("ops2", "袁野", "OPS", "运维工程师", "Operations engineer", ((R.AGENT, "OPS"),)),
    Colleague("head", "董倩", "MKT", "市场部经理", "Head of marketing", ((R.HEAD, "MKT"),), Rank.MIDDLE, leads=True),
    Colleague("clerk", "于洋", "MKT", "市场专员", "Marketing clerk", ((R.AGENT, "MKT"),)),
    Colleague("brand", "余欢", "MKT", "品牌专员", "Brand clerk"),
    Colleague(
        "finance-head",
        "杜衡",
        "FIN",
        "财务经理",
        "Head of finance",
        ((R.HEAD, "FIN"), (R.FINANCE, "XH")),
        Rank.MIDDLE,
        leads=True,
    ),
    Colleague("finance", "叶青", "FIN", "会计", "Accountant", ((R.FINANCE, "XH"),)),
    Colleague(
        "hr-head", "程诺", "HR", "人力资源经理", "Head of HR", ((R.HR, "XH"), (R.HEAD, "HR")), Rank.MIDDLE, leads=True
    ),
    Colleague("hr", "苏晴", "HR", "人事专员", "HR officer", ((R.HR, "XH"),)),
    Colleague(
        "admin-head", "魏来", "ADM", "行政经理", "Head of administration", ((R.HEAD, "ADM"),), Rank.MIDDLE, leads=True
    ),
    Colleague("admin", "唐宁", "ADM", "系统管理员", "Administrator of the portal", ((R.ADMIN, "XH"),)),
    Colleague("auditor", "任平", "XH", "内审员", "Internal auditor", ((R.AUDITOR, "XH"),)),
    Colleague(
        "quality-head",
        "秦岚",
        "QM",
        "品质管理部经理",
        "Head of quality management",
        ((R.HEAD, "QM"), (R.EXECUTIVE, "OPS")),
        Rank.MIDDLE,
        leads=True,
    ),
    Colleague(
        "production-head",
        "石磊",
        "PROD",
        "生产运行部经理",
        "Head of production operations",
        ((R.HEAD, "PROD"),),
        Rank.MIDDLE,
        leads=True,
    ),
)
NAMED = (
    "agent", "agent2", "supervisor", "manager", "director", "shopkeeper", "shop1", "shop2", "archivist",
    "sales-director", "technician", "engineer", "head", "clerk", "hr", "finance", "executive", "auditor", "admin",
)  # fmt: skip
"""The part of the cast that tests, screenshots and the sign-in page of the demo speak of."""


def sign_in_names() -> tuple[str, ...]:
    """The names that `portal run` prints and the demo's sign-in page offers."""
    return NAMED


def colleague(sign_in_name: str) -> Colleague:
    """The member of the cast with that name."""
    return next(one for one in COLLEAGUES if one.sign_in_name == sign_in_name)


def for_sign_in() -> dict[str, object]:
    """What the demo's sign-in page offers: the password for all and whom one may become."""
    return {"password": PASSWORD, "colleagues": [colleague(name) for name in sign_in_names()]}
