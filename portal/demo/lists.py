"""The demo company's lists: which department answers for what, and a few phrases of its own."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.kernel.clock import office_day
from portal.lists import actions, queries
from portal.lists.states import REAL_ESTATE, Category, Use
from portal.organisation.models import Department
from portal.organisation.staff import Staff

TYPES = (
    ("top-up", "充值未到账", "Top-up missing", "order", "CS-ORD"),
    ("order-change", "订单变更与取消", "Order changed or cancelled", "order", "CS-ORD"),
    ("returns", "退换货", "Returns and exchanges", "order", "SHOP"),
    ("billing", "账单与资费", "Bills and tariffs", None, "CS-GEN"),
    ("invoice", "发票", "Invoices", None, "FIN"),
    ("service-quality", "服务态度与质量", "Conduct and quality of service", "complaint", "CS-CMP"),
    ("late-visit", "上门迟到或失约", "Late or missed visit", "complaint", "CS-CMP"),
    ("misconduct", "违规举报", "Misconduct report", "dispute", "CS-CMP"),
    ("how-to", "产品使用", "How to use a product", "consultation", "RD-SUP"),
    ("broadband", "宽带故障", "Broadband fault", "repair", "REP"),
    ("device", "设备维修", "Device repair", "repair", "REP"),
    ("new-line", "新装与移机", "New line or move", "installation", "REP"),
    ("outage", "系统与网络中断", "System or network outage", "incident", "OPS"),
    ("product-idea", "产品建议", "Idea for a product", "suggestion", "RD"),
    ("service-idea", "服务建议", "Idea for the service", "suggestion", "CS"),
)
"""Code, Chinese, English, kind (None: any), department."""
SNIPPETS = (
    (Category.ANSWERING, "维修师傅会在约定时间内上门，出发前会先给您打电话。"),
    (Category.EXPLAINING, "充值一般在十分钟内到账，银行清算时段可能稍慢一些。"),
    (Category.APOLOGY, "师傅没有按时到，耽误您的时间了，对不起，我们马上重新安排。"),
)

TEMPLATES = (
    actions.Procedure(
        "宽带断网", kind="repair", routing="broadband", title="宽带断网", impact="one", urgency="today",
        body="什么时候开始断的：\n光猫指示灯：\n是否重启过：\n方便上门的时间：",
        reply="您好，已为您登记断网报修。我们先远程检测线路，需要上门时，师傅出发前会给您打电话。",
        steps=(
            ("核对地址与账号状态", False), ("远程检测线路", True), ("确认光猫指示灯", False),
            ("约定上门时间并告诉客户", True), ("修好后测速并请客户确认", True),
        ),
    ),
    actions.Procedure(
        "充值未到账", kind="order", routing="top-up", title="充值未到账",
        body="充值时间：\n金额：\n付款方式：\n订单号：",
        reply="您好，充值一般十分钟内到账。我们正在核对支付记录，今天之内给您结果。",
        steps=(("核对支付渠道记录", True), ("核对账户流水", True), ("补记或退款，并告诉客户", True)),
    ),
)  # fmt: skip


def rule(director: Staff, units: dict[str, Department], at: datetime) -> None:
    """What the director of the service centre settled when the desk opened, and one phrase that has ended since."""
    opened = at - timedelta(days=220)
    estate = queries.routing_type_called(REAL_ESTATE)
    assert estate is not None
    actions.change_type(
        director, estate, estate.version, texts=estate.texts, kind=estate.kind, department=units["SALES"], active=True,
        position=estate.position, at=opened,
    )  # fmt: skip
    for code, chinese, english, kind, department in TYPES:
        actions.add_type(
            director, code, {"zh-CN": chinese, "en": english}, kind=kind, department=units[department], at=opened
        )
    since = office_day(opened)
    for category, words in SNIPPETS:
        actions.add_phrase(director, words, Use.SNIPPET, category=category, from_on=since, at=opened)
    actions.add_phrase(
        director, "没办法", Use.FORBIDDEN, instead="我来想办法：", from_on=since, at=opened + timedelta(days=9)
    )
    actions.add_phrase(
        director, "新春快乐，给您拜年了。", Use.SNIPPET, category=Category.GREETING, from_on=since,
        to_on=since + timedelta(days=30), at=opened,
    )  # fmt: skip
    for procedure in TEMPLATES:
        actions.add_template(director, procedure, at=opened)
