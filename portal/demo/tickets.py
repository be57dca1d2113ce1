"""The demo company's tickets: of every kind, in every state, told through the verbs by those who did it.

Times are relative to the moment of telling; a step comes some minutes after the one before it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from portal.customers.models import Customer
from portal.extensions import db
from portal.kernel import files
from portal.kernel.clock import office_day
from portal.kernel.signature import Confirmation, Method
from portal.organisation.models import Department, Person
from portal.organisation.queries import departments, person_called, staff, staff_with_id
from portal.organisation.staff import Staff
from portal.tickets import actions, complaints, jobs, links, parts, queries
from portal.tickets.models import Ticket, TicketPart
from portal.tickets.states import BreachKind, Channel, Ground, Impact, Satisfaction, Tie, Urgency

C = Channel
ONE, SEVERAL, MANY = Impact
CAN_WAIT, TODAY, AT_ONCE = Urgency
ANSWERED = "您好，您反映的情况已经记录，我会一直跟进，并把结果告诉您。"
LOOKING = "您好，这个问题需要请负责的同事确认，有了准确答复我马上告诉您。"
ASKING = "您好，已经为您处理好了：{}请问您对处理结果满意吗？"


class Teller:
    """One ticket as it happened: each step moves the time on by some minutes, never past the moment of telling."""

    def __init__(self, at: datetime, ago: timedelta) -> None:
        self.now, self.at = at, at - ago
        self.ticket: Ticket
        self.part: TicketPart

    def __call__(self, who: str) -> Staff:
        person = person_called(who)
        assert person is not None
        return staff(person, office_day(self.at))

    def pass_(self, minutes: float) -> datetime:
        """Time goes by."""
        self.at = min(self.at + timedelta(minutes=minutes), self.now)
        return self.at

    def opened(self, by: str, customer: str | None, **facts: Any) -> Teller:
        """Taken down by `by` for the customer of that name, for a colleague (`@name`), or for nobody by name."""
        whom: dict[str, Any] = {"anonymous": customer is None}
        if customer and customer.startswith("@"):
            whom["requester"] = person_called(customer[1:])
        elif customer:
            whom["customer"] = db.session.scalars(select(Customer).where(Customer.name == customer)).one()
        self.ticket = actions.open_ticket(self(by), **whom, **facts, at=self.at)
        return self

    def triaged(self, by: str, minutes: float = 6) -> Teller:
        """Sorted by a receiver, as the words of the ticket say."""
        one = self.ticket
        actions.triage(
            self(by), one, kind=one.kind, routing=one.routing, impact=one.impact, urgency=one.urgency,
            at=self.pass_(minutes),
        )  # fmt: skip
        return self

    def taken(self, by: str, minutes: float = 3) -> Teller:
        """Taken up in one's own department."""
        actions.take(self(by), self.ticket, at=self.pass_(minutes))
        return self

    def offered(self, by: str, unit: str, to: str | None = None, minutes: float = 4, note: str = "") -> Teller:
        """Offered to a department, or to one person there."""
        person = person_called(to) if to else None
        actions.offer(self(by), self.ticket, _unit(unit), person, note=note, at=self.pass_(minutes))
        return self

    def accepted(self, by: str, minutes: float = 9) -> Teller:
        """Accepted."""
        actions.accept(self(by), self.ticket, at=self.pass_(minutes))
        return self

    def refused(self, by: str, reason: str, minutes: float = 15) -> Teller:
        """Not accepted."""
        actions.refuse_offer(self(by), self.ticket, reason, at=self.pass_(minutes))
        return self

    def asked(self, by: str, whom: str, question: str, minutes: float = 5) -> Teller:
        """Asked inside; the customer knows that somebody is finding out."""
        person = person_called(whom)
        assert person is not None
        actions.ask_inside(
            self(by), self.ticket, person, question, told=LOOKING, channel=self.ticket.channel, at=self.pass_(minutes)
        )
        return self

    def answered(self, by: str, answer: str, minutes: float = 35) -> Teller:
        """The colleague who was asked answers."""
        question = queries.question_for(self(by), self.ticket.id)
        assert question is not None
        actions.answer_inside(self(by), self.ticket, question, answer, at=self.pass_(minutes))
        return self

    def replied(self, by: str, words: str = ANSWERED, minutes: float = 8, definite: bool = False) -> Teller:
        """Answered the customer."""
        actions.reply(
            self(by), self.ticket, words, channel=self.ticket.channel, definite=definite, at=self.pass_(minutes)
        )
        return self

    def noted(self, by: str, words: str, minutes: float = 4, file: tuple[str, str] | None = None) -> Teller:
        """A note for colleagues, perhaps with a file: its name and what stands in it."""
        at, kept = self.pass_(minutes), []
        if file:
            name, content = file
            kept = [files.keep(self(by), FileStorage(BytesIO(content.encode()), name), at=at).id]
        actions.note(self(by), self.ticket, words, with_files=kept, at=at)
        return self

    def came_back(self, by: str, words: str, minutes: float = 60) -> Teller:
        """What the customer said since."""
        actions.write_down(self(by), self.ticket, words, channel=self.ticket.channel, at=self.pass_(minutes))
        return self

    def waits(self, by: str, reason: str, minutes: float = 5) -> Teller:
        """Waits for the customer."""
        actions.wait_for_customer(self(by), self.ticket, reason, at=self.pass_(minutes))
        return self

    def solved(self, by: str, words: str, minutes: float = 90) -> Teller:
        """What was done."""
        actions.resolve(self(by), self.ticket, words, at=self.pass_(minutes))
        return self

    def told(self, by: str, words: str, minutes: float = 10) -> Teller:
        """The customer was told and asked."""
        actions.tell_customer(
            self(by), self.ticket, ASKING.format(words), channel=self.ticket.channel, at=self.pass_(minutes)
        )
        return self

    def not_reached(self, by: str, times: int = 1, minutes: float = 200) -> Teller:
        """Tried in vain."""
        for _try in range(times):
            actions.not_reached(self(by), self.ticket, at=self.pass_(minutes))
        return self

    def said(self, by: str, answer: Satisfaction, words: str = "", minutes: float = 30) -> Teller:
        """What the customer answered: wishes where not satisfied, else opinions."""
        dissatisfied = answer is Satisfaction.NOT_SATISFIED
        actions.customer_answer(
            self(by), self.ticket, answer, wishes=words if dissatisfied else "",
            opinion=None if dissatisfied else words, at=self.pass_(minutes),
        )  # fmt: skip
        return self

    def complained(self, by: str, cause: str, wanted: str, *grounds: Ground, units: tuple[str, ...] = (),
                   product: str = "", minutes: float = 3) -> Teller:  # fmt: skip
        """The complaint form, filled in by whoever heard of it."""
        complaints.fill_form(
            self(by), self.ticket, cause=cause, wanted=wanted, grounds=grounds, product=product,
            departments=[_unit(one) for one in units], at=self.pass_(minutes),
        )  # fmt: skip
        return self

    def concluded(self, by: str, conclusion: str, evidence: str, *, upheld: bool = True, minutes: float = 20) -> Teller:
        """Whether it holds, on what evidence."""
        complaints.conclude(
            self(by), self.ticket, upheld=upheld, evidence=evidence, conclusion=conclusion, at=self.pass_(minutes)
        )
        return self

    def signed(self, *heads: tuple[str, str], minutes: float = 15) -> Teller:
        """Signed for each department by (who, department): told as it happened, so nobody's secret is asked again."""
        for who, unit in heads:
            at = self.pass_(minutes)
            proved = Confirmation(self(who).id, Method.PIN, at)
            complaints.sign_part(self(who), self.ticket, _unit(unit), proved, at=at)
        return self

    def asked_part(self, by: str, unit: str, wanted: str, to: str | None = None, minutes: float = 6) -> Teller:
        """Another department was asked for its part."""
        person = person_called(to) if to else None
        self.part = parts.ask(self(by), self.ticket, _unit(unit), wanted, person=person, at=self.pass_(minutes))
        return self

    def took_part(self, by: str, minutes: float = 7) -> Teller:
        """Somebody there took the part that was asked last."""
        parts.take(self(by), self.ticket, self.part, at=self.pass_(minutes))
        return self

    def did_part(self, by: str, reply: str, spent: int, minutes: float = 40) -> Teller:
        """And did it, in so many minutes of work."""
        parts.finish(self(by), self.ticket, self.part, reply, spent, at=self.pass_(minutes))
        return self

    def promised(self, by: str, words: str, in_days: int, minutes: float = 25) -> Teller:
        """A date was promised, and the customer told."""
        at = self.pass_(minutes)
        day = office_day(at) + timedelta(days=in_days)
        actions.reply(self(by), self.ticket, words, channel=self.ticket.channel, solved_by=day, at=at)
        return self

    def linked(self, by: str, title: str, tie: Tie, reason: str, minutes: float = 2) -> Teller:
        """Linked with the ticket of that title."""
        links.link(self(by), self.ticket, _called(title), tie, reason, at=self.pass_(minutes))
        return self

    def merged(self, by: str, title: str, minutes: float = 3) -> Teller:
        """Merged into the ticket of that title."""
        links.merge(self(by), self.ticket, _called(title), at=self.pass_(minutes))
        return self

    def closed(self, by: str, minutes: float = 5) -> Teller:
        """Closed."""
        actions.close(self(by), self.ticket, at=self.pass_(minutes))
        return self

    def settled(self, by: str, solved: str, told: str, opinion: str = "没有别的意见", *, handler: str = "") -> Teller:
        """The happy end in one: solved, told, satisfied, closed."""
        self.solved(handler or by, solved).told(by, told)
        return self.said(by, Satisfaction.SATISFIED, opinion).closed(by)


def _called(title: str) -> Ticket:
    return db.session.scalars(select(Ticket).where(Ticket.title == title)).one()


def _unit(code: str) -> Department:
    return next(one for one in departments().values() if one.code == code)


@dataclass(frozen=True, slots=True)
class Matter:
    """How a ticket begins: who took it down for whom, and what it is."""

    by: str
    customer: str | None
    kind: str
    routing: str
    channel: Channel
    title: str
    body: str
    ago: timedelta
    impact: Impact = ONE
    urgency: Urgency = TODAY

    def begin(self, at: datetime, **more: Any) -> Teller:
        """Taken down and, where the receiver works on tickets, sorted."""
        return Teller(at, self.ago).opened(
            self.by, self.customer, kind=self.kind, routing=self.routing, channel=self.channel, title=self.title,
            body=self.body, impact=self.impact, urgency=self.urgency, **more,
        )  # fmt: skip


def days(n: float) -> timedelta:
    """So many days ago."""
    return timedelta(days=n)


def minutes(n: float) -> timedelta:
    """So many minutes ago."""
    return timedelta(minutes=n)


def tell(at: datetime) -> None:
    """About forty tickets of the last three weeks; what time has brought since is kept at the end."""
    for story in (*_SETTLED, *_UNDER_WAY):
        story(at)
    jobs.keep_limits(at)


Story = Callable[[datetime], object]


def _settled(matter: Matter, handler: str, solved: str, told: str, opinion: str = "没有别的意见") -> Story:
    """Somebody of the receiver's own desk dealt with it, or the receiver did, and the customer was satisfied."""

    def story(at: datetime) -> None:
        one = matter.begin(at)
        if matter.by == handler:
            one.taken(handler)
        else:
            one.offered(matter.by, _HOME[handler], handler).accepted(handler)
        one.replied(handler).settled(matter.by, solved, told, opinion, handler=handler)

    return story


_HOME = {
    "engineer": "RD-SUP", "engineer2": "RD-SUP", "technician": "REP", "technician2": "REP", "east1": "EAST",
    "orders": "CS-ORD", "orders2": "CS-ORD", "complaints": "CS-CMP", "complaints2": "CS-CMP", "agent": "CS-GEN",
    "agent2": "CS-GEN", "shop1": "SHOP", "shop2": "SHOP", "sales1": "SALES", "sales2": "SALES", "ops1": "OPS",
    "ops2": "OPS", "finance-head": "FIN", "rd-head": "RD",
}  # fmt: skip


def _complaint_of_two_departments(at: datetime) -> None:
    one = Matter(
        "complaints", "黄丽华", "complaint", "late-visit", C.TELEPHONE, "约好上午上门，下午三点才到",
        "请了半天假在家等，师傅没有提前打电话，要求说明原因并道歉。", days(13),
    ).begin(at)  # fmt: skip
    one.taken("complaints").complained(
        "complaints", "改约以后派单系统没有给客户发短信", "说明原因，当面道歉", units=("REP",)
    )  # fmt: skip
    one.promised("complaints", "您好，情况已经登记，要和安装维修部一起核实，明天之内给您结果。", 1)
    one.solved("complaints", "核对派单记录，确属派单漏发短信；当面道歉，免当月月租，派单流程加一道短信确认。")
    one.concluded("complaints", "投诉属实：改约没有通知客户。", "派单系统记录、通话录音两段")
    one.signed(("manager", "CS-CMP"), ("repair-head", "REP"))
    one.told("complaints", "情况已经查明，是我们漏发了改约短信，再次向您道歉，当月月租已免。")
    one.said("complaints", Satisfaction.SATISFIED, "道歉诚恳，可以接受").closed("complaints")
    complaints.learn(
        one("complaints"), one.ticket, cause="改约只改了派单时间，没有触发短信。",
        lesson="改约必须重新确认短信已发；已请研发部在派单系统加提示。", at=one.pass_(200),
    )  # fmt: skip


_SETTLED: tuple[Story, ...] = (
    _settled(
        Matter("agent", "陈晓东", "consultation", "how-to", C.TELEPHONE, "路由器怎样改无线密码",
               "家里来了客人，想把无线网络的密码改成好记的，找不到设置页面。", days(19)),
        "engineer", "电话里一步一步带客户改好密码，并确认两部手机都连上。", "密码已经改好，设备都连上了。",
        "希望说明书上画个图",
    ),
    _settled(
        Matter("agent2", "刘桂兰", "order", "top-up", C.TELEPHONE, "充值一百元没有到账",
               "昨天晚上在超市充了一百元，今天余额还是老样子，小票还在。", days(18)),
        "orders", "查到代理点批次延迟，补记入账一百元。", "一百元已经入账。",
    ),
    _settled(
        Matter("technician", "石磊", "repair", "broadband", C.ON_SITE, "三楼客房网络时断时续",
               "上门换设备时前台反映三楼六间客房晚上经常断网。", days(17), SEVERAL),
        "technician", "三楼配线间接头氧化，重做水晶头并换交换机一台。", "三楼线路已经修好，测试两小时没有掉线。",
        "师傅很仔细",
    ),
    _settled(
        Matter("shop1", "徐文静", "order", "returns", C.CHAT, "收到的网线颜色发错了",
               "下单的是白色十米网线，收到的是灰色。", days(16)),
        "shop1", "补发白色网线，灰色的到付退回。", "白色网线今天已经发出，灰色的由快递上门取走。",
    ),
    _settled(
        Matter("agent", "范丽娜", "suggestion", "service-idea", C.MAIL, "建议热线增加晚间时段",
               "酒店晚上七点到十点最忙，这段时间有问题只能等到第二天。", days(15), SEVERAL, CAN_WAIT),
        "agent", "转达主管会商，自下月起热线延长到二十二点。", "您的建议已经采纳，下月起热线延长到晚上十点。", "办得快",
    ),
    _settled(
        Matter("agent2", "孙浩然", "installation", "new-line", C.TELEPHONE, "新房预约宽带安装",
               "翠苑二区新房交付，想在周末装两百兆宽带。", days(14), urgency=CAN_WAIT),
        "technician2", "周六上午上门安装，测速达标，教会客户使用应用。", "宽带已经装好，测速达标。",
        "师傅把线走得很整齐",
    ),
    _complaint_of_two_departments,
    _settled(
        Matter("sales1", "蔡依然", "consultation", "real-estate", C.VISIT, "二手房过户后怎样更换户主",
               "刚买的二手房，想知道宽带和物业户主要带哪些资料去改。", days(12)),
        "sales1", "列出资料清单并陪同到窗口办理，当场办完。", "户主已经更换好。", "一次办完，很方便",
    ),
    _settled(
        Matter("agent", "@clerk", "incident", "outage", C.WEB, "市场部共享盘打不开",
               "早上起共享盘提示没有权限，下午要交方案。", days(11), SEVERAL, AT_ONCE),
        "ops1", "权限组同步失败，重跑同步后恢复。", "共享盘已经恢复，麻烦再试一次。", "恢复得及时",
    ),
    _settled(
        Matter("agent2", "马秀英", "consultation", "billing", C.TELEPHONE, "账单里的来电显示费是什么",
               "这个月账单多了六元来电显示费，以前没有。", days(10)),
        "agent2", "套餐到期转为单项收费；与客户商定换成含来电显示的套餐，本月六元退回。",
        "六元已经退回，套餐下月生效。",
    ),
    _settled(
        Matter("east1", "雷千里", "repair", "device", C.ON_SITE, "调度室电话没有铃声",
               "调度室三部话机都收不到铃声，怕漏接司机电话。", days(9), SEVERAL, AT_ONCE),
        "east1", "语音网关重启并升级固件，三部话机测试正常。", "三部话机都恢复铃声。", "半小时就到了",
    ),
    _settled(
        Matter("agent", "钟老师", "dispute", "misconduct", C.LETTER, "有人冒充公司人员上门收费",
               "来信反映有人自称公司人员，在校门口向家长收“网络维护费”。", days(8), MANY, TODAY),
        "complaints2", "核实为冒充，已协助学校报警，并在官网发布提醒。", "已经核实是冒充，报了警并发布提醒。",
        "感谢重视",
    ),
    _settled(
        Matter("orders2", "贺一鸣", "order", "invoice", C.MAIL, "九月发票抬头少了两个字",
               "抬头应为“长风物流有限公司”，开成了“长风物流”。", days(7)),
        "finance-head", "红冲重开，电子发票已发邮箱。", "新发票已经发到您邮箱。",
    ),
    _settled(
        Matter("agent2", "Amal Haddad", "consultation", "how-to", C.MAIL, "How to forward office calls on Fridays",
               "Our office closes at noon on Fridays. How can calls go to Ben’s mobile phone then?", days(6)),
        "engineer2", "Set up a weekly forwarding rule and tested it with the customer.",
        "周五中午起来电已转接到 Ben 的手机。", "Very clear, thank you",
    ),
)  # fmt: skip


def _dissatisfied_three_times(at: datetime) -> None:
    one = Matter(
        "agent", "郭子豪", "repair", "broadband", C.TELEPHONE, "晚上八点以后网速很慢",
        "每天晚上八点到十一点看视频一直转圈，白天正常，已经一个多星期。", days(11), ONE, TODAY,
    ).begin(at)  # fmt: skip
    one.offered("agent", "REP", "technician").accepted("technician", 22).replied("technician")
    one.solved("technician", "更换入户分光器。", 300).told("agent", "师傅更换了入户分光器。")
    one.said("agent", Satisfaction.NOT_SATISFIED, "晚上还是慢，要求看测速记录。", 1500)
    one.solved("technician", "调整端口带宽，附三晚测速记录。", 900).told(
        "agent", "端口带宽已经调整，测速记录发您短信。"
    )
    one.said("agent", Satisfaction.NOT_SATISFIED, "看视频好了，打游戏延迟仍然高。", 1400)
    one.solved("technician", "单元交换机换到备用链路。", 700).told("agent", "线路已经换到备用链路。")
    one.said("agent", Satisfaction.NOT_SATISFIED, "周末晚上又慢，要求彻底解决。", 2900)
    one.noted("technician", "疑似小区汇聚口拥塞，已约运营部一起看。", 40)
    one.asked("technician", "ops1", "翠苑二区汇聚口晚高峰利用率多少？有没有扩容计划？", 20)


def _serious(at: datetime) -> None:
    one = Matter(
        "agent2", "胡雪梅", "repair", "broadband", C.TELEPHONE, "楼道光交箱有焦味",
        "四单元二楼的箱子发热，有焦味，邻居都闻到了。", minutes(21), MANY, AT_ONCE,
    ).begin(at)  # fmt: skip
    one.replied("agent2", "您好，请先离开箱子，师傅马上出发，已经请物业断开楼道电源。", 2)
    actions.send_somebody(one("agent2"), one.ticket, at=one.pass_(1))
    one.offered("agent2", "REP", "technician2", 1, "有焦味，请带万用表").accepted("technician2", 2)
    actions.flag_serious(one("agent2"), one.ticket, "楼道有起火危险", at=one.pass_(4))


def _refused_then_found(at: datetime) -> None:
    one = Matter(
        "agent2", "陆织云", "incident", "outage", C.TELEPHONE, "厂区监控画面每小时黑屏一次",
        "织造车间十六路监控，整点黑屏约十秒，保安部要求今天查清。", minutes(190), SEVERAL, TODAY,
    ).begin(at)  # fmt: skip
    one.replied("agent2", minutes=2)
    one.offered("agent2", "RD-SUP", "engineer2", 3, "客户说整点发生，很有规律")
    one.refused("engineer2", "日志显示是机房侧定时任务，应由运营部处理。", 24)
    one.offered("agent2", "OPS", "ops2", 6, "技术支持看过，说是机房侧定时任务").accepted("ops2", 11)
    one.noted("ops2", "整点备份任务占满上行，准备改到凌晨。", 18)


def _unanswered(at: datetime) -> None:
    Matter(
        "agent", "谭味鲜", "incident", "outage", C.TELEPHONE, "收银机连不上网，中午要排队了",
        "望江楼两台收银机从九点半起连不上，午市十一点开始，请尽快。", minutes(52), SEVERAL, TODAY,
    ).begin(at).replied("agent", minutes=2).offered("agent", "OPS", None, 3, "十一点午市，请尽快看")  # fmt: skip


def _breached(at: datetime) -> None:
    Matter(
        "complaints2", "田春华", "complaint", "service-quality", C.MAIL, "客服挂断我的电话",
        "上周四打热线，说到一半被挂断，再打没有人接，要求给个说法。", days(4),
    ).begin(at).taken("complaints2", 30).complained(
        "complaints2", "通话中线路转接失败，客户以为被挂断", "道歉并说明原因", minutes=4
    )  # fmt: skip


def _urgent_now(at: datetime) -> None:
    one = Matter(
        "agent", "金满仓", "incident", "outage", C.TELEPHONE, "冷库温控断线，库里有八吨水果",
        "合作社冷库远程温控九点四十断线，温度正在回升，人在外地看不到数据。", minutes(14), MANY, AT_ONCE,
    ).begin(at)  # fmt: skip
    one.replied("agent", "您好，已经启动应急流程，运维同事正在处理，请先请现场的人看一下机械温度计。", 2)
    actions.flag_serious(one("agent"), one.ticket, "八吨水果可能变质，损失较大", at=one.pass_(1))
    actions.report_serious(one("agent"), one.ticket, at=one.pass_(3))
    one.offered("agent", "OPS", "ops1", 1, "冷库，等不起").accepted("ops1", 2)
    log = "时间,探头,温度\n09:38,东库,1.8\n09:40,东库,无读数\n09:40,西库,无读数\n09:47,西库,无读数\n"
    one.noted("ops1", "两个探头同一分钟断开，像是采集器掉电，记录附后。", 1, ("冷库温度记录.csv", log))


def _with_deputy(at: datetime) -> None:
    one = Matter(
        "agent2", "高玉珍", "installation", "new-line", C.VISIT, "老房加装光纤，需要物业同意",
        "住在一楼，想从二楼弱电井拉光纤，物业要书面说明。", days(3), urgency=CAN_WAIT,
    ).begin(at)  # fmt: skip
    one.offered("agent2", "REP", "technician2").accepted("technician2", 40).replied("technician2")
    one.waits("technician2", "等客户拿物业盖章的同意书")
    actions.name_deputy(
        one("director"), one.ticket, _person("agent"), "王芳本周参加培训", from_on=office_day(one.at),
        at=one.pass_(60),
    )  # fmt: skip


def _complained_inside(at: datetime) -> None:
    one = Matter(
        "orders", "方回春", "order", "order-change", C.TELEPHONE, "连锁店批量改套餐，拖了三天",
        "百草堂五家店要统一改成商务套餐，合同已签，系统里一直没有生效。", days(3), SEVERAL,
    ).begin(at)  # fmt: skip
    one.replied("orders").offered("orders", "OPS").accepted("ops2", 200)
    one.noted("orders", "今天催了两次，对方说在排队。", 1500)
    actions.complain_inside(
        one("orders"), one.ticket, _unit("OPS"), _person("ops2"), "批量改套餐三天没有进展，两次催办没有给出时间。",
        at=one.pass_(30),
    )  # fmt: skip


def _conduct(at: datetime) -> None:
    one = Matter(
        "shop2", "余光明", "complaint", "service-quality", C.CHAT, "聊天客服让我自己看说明书",
        "问面板怎么接，客服只回了一句“看说明书”，态度冷淡。", days(2),
    ).begin(at)  # fmt: skip
    one.taken("shop2", 20).replied("shop2", "您好，给您添麻烦了，对不起，我们马上为您核实。", 12)
    actions.note_conduct(
        one("shopkeeper"), one.ticket, BreachKind.PASSED_THE_BUCK, "聊天记录显示四分钟内只回一句，没有解答。",
        at=one.pass_(60),
    )  # fmt: skip


def _severe(at: datetime) -> None:
    one = Matter(
        "complaints", "程小米", "complaint", "service-quality", C.VISIT, "插座面板冒火花，孩子受了惊",
        "上周换的面板一插就冒火花，家里有小孩，已经打了市长热线。", minutes(300), ONE, AT_ONCE,
    ).begin(at)  # fmt: skip
    one.taken("complaints").replied("complaints", "您好，请先断开这一路电闸，我们马上派人过去，今天之内给您结果。", 3)
    one.complained(
        "complaints", "面板接线端子松动", "换新面板，检查全屋插座，书面说明", Ground.DANGER, Ground.AUTHORITY,
        units=("REP",), product="墙壁面板",
    )  # fmt: skip
    actions.escalate(one("complaints"), one.ticket, "牵涉市长热线，答复口径要由上级定。", at=one.pass_(10))
    above = queries.escalations(one.ticket.id)[-1]
    actions.decide_above(
        _staff(above.to_id, one.at), one.ticket, "先换面板并全屋检查，答复稿由我过目。", at=one.pass_(15)
    )
    actions.escalate(one("complaints"), one.ticket, "客户要求赔偿惊吓，手册没有规定。", at=one.pass_(60))


def _of_many_hands(at: datetime) -> None:
    one = Matter(
        "agent", "肖云鹏", "complaint", "late-visit", C.TELEPHONE, "来了两次都没修好，晚上照样断线",
        "家里每晚八点以后断线，师傅来过两次，走了又断，要求彻底解决。", minutes(160),
    ).begin(at)  # fmt: skip
    one.taken("agent").replied("agent", "您好，两次没有修好很抱歉，我请安装维修部和技术支持一起查，今天给您回话。", 4)
    one.complained("agent", "只换了接头，没有查夜间干扰", "查清原因，一次修好")
    one.asked_part("agent", "REP", "请说明前两次上门换了什么、测了什么，今晚能否再去一次。", "technician")
    one.took_part("technician").did_part(
        "technician", "两次都只换了水晶头，没有在晚高峰复测。今晚七点半我带测试仪再去，已与客户约好。", 25, 30
    )
    one.asked_part("agent", "RD-SUP", "请看这条线路最近三天晚上八点以后的掉线日志，是不是邻频干扰。")
    one.took_part("engineer", 12)


def _staff(person_id: int | None, at: datetime) -> Staff:
    found = staff_with_id(person_id or 0, at)
    assert found is not None
    return found


def _person(name: str) -> Person:
    found = person_called(name)
    assert found is not None
    return found


def _unreachable(at: datetime) -> None:
    one = Matter(
        "agent", "袁立新", "consultation", "billing", C.TELEPHONE, "副卡怎样停用",
        "母亲的副卡丢了，想先停用。", days(5),
    ).begin(at)  # fmt: skip
    one.taken("agent").solved("agent", "副卡已停用，主卡资费不变。", 15).told("agent", "副卡已经停用。")
    one.not_reached("agent", 3).said("agent", Satisfaction.UNREACHABLE).closed("agent")


def _given_up(at: datetime) -> None:
    one = Matter(
        "complaints", "蒋大勇", "complaint", "late-visit", C.VISIT, "要求赔偿误工费一万元",
        "师傅迟到两个小时，客户要求按一天误工赔偿一万元。", days(16),
    ).begin(at)  # fmt: skip
    one.taken("complaints").replied("complaints", "您好，情况已经记录，三日内给您明确答复。")
    one.complained("complaints", "师傅前一单超时，没有改约", "赔偿一天误工费一万元")
    for offer, answer in (
        ("按规定免除两个月月租。", "两个月太少，要一万元。"),
        ("免除六个月月租并当面道歉。", "只要一万元现金。"),
        ("免除一年月租，主任当面道歉。", "少一分都不接受。"),
    ):
        one.solved("complaints", offer, 700).told("complaints", offer)
        one.said("complaints", Satisfaction.NOT_SATISFIED, answer, 600)
    actions.close_as_not_satisfiable(
        one("director"), one.ticket, "三轮方案均高于规定标准，客户坚持一万元现金，已书面答复并告知申诉途径。",
        at=one.pass_(900),
    )  # fmt: skip


def _reopened(at: datetime) -> None:
    one = Matter(
        "agent2", "姚墨香", "repair", "device", C.TELEPHONE, "书局收款码牌不播报",
        "顾客付款后没有语音播报，店里忙起来容易漏单。", days(6),
    ).begin(at)  # fmt: skip
    one.offered("agent2", "REP", "technician").accepted("technician").replied("technician")
    one.settled("agent2", "更换播报器。", "播报器已经换新。", handler="technician")
    actions.reopen(one("agent2"), one.ticket, "客户来电：周末又不播报了。", at=one.pass_(3000))


def _called_twice(at: datetime) -> None:
    first, other = "收银机连不上网，中午要排队了", "厂区监控画面每小时黑屏一次"
    one = Matter(
        "agent2", "谭味鲜", "incident", "outage", C.TELEPHONE, "望江楼又来电：收银机什么时候能好",
        "同一位客户第二次来电，催上一张工单，说经理很着急。", minutes(12), SEVERAL, TODAY,
    ).begin(at)  # fmt: skip
    one.noted("agent2", "和上一张是同一件事，并到那边。@李娜 请一起回复经理。", 1).merged("agent2", first, 2)
    one.ticket = _called(first)
    one.linked("agent", other, Tie.SAME, "都像是机房侧整点任务占满上行", 3)


def _voided(at: datetime) -> None:
    one = Matter(
        "agent", "邓美玲", "order", "top-up", C.WEB, "测试单，请忽略", "培训时误提交。", days(2),
    ).begin(at)  # fmt: skip
    actions.void(one("supervisor"), one.ticket, "培训练习，不是真实来电", at=one.pass_(50))


def _new(matter: Matter) -> Story:
    return lambda at: matter.begin(at)


_UNDER_WAY: tuple[Story, ...] = (
    _given_up, _reopened, _dissatisfied_three_times, _unreachable, _breached, _with_deputy, _complained_inside,
    _conduct, _voided, _severe,
    # waits for the customer
    lambda at: Matter(
        "agent", "顾云帆", "repair", "broadband", C.CHAT, "民宿露台信号弱", "露台坐着的客人连不上无线。", days(2),
    ).begin(at).offered("agent", "REP", "technician").accepted("technician").replied("technician").waits(
        "technician", "等客户发来露台和路由器位置的照片"),
    # came back after waiting
    lambda at: Matter(
        "shop1", "许文博", "order", "returns", C.CHAT, "路由器想换成支持 Wi-Fi 7 的型号",
        "上周买的型号想补差价换新款。", days(2),
    ).begin(at).taken("shop1").replied("shop1").waits("shop1", "等客户确认补差价").came_back(
        "shop1", "同意补差价二百元，麻烦今天发货。", 1200),
    # solved, to be told
    lambda at: Matter(
        "agent", "欧阳静", "consultation", "how-to", C.TELEPHONE, "老人机怎样设置一键呼叫",
        "给父亲买的手机，想长按“2”就能打给我。", minutes(260),
    ).begin(at).offered("agent", "RD-SUP", "engineer").accepted("engineer").replied("engineer").solved(
        "engineer", "整理了三步图文说明，附在短信里。", 45),
    # told, waits for the yes
    lambda at: Matter(
        "agent", "任重", "installation", "new-line", C.MAIL, "新厂房增加二十个网络点位",
        "设备科新厂房需要二十个点位，附图纸。", days(5), SEVERAL, CAN_WAIT,
    ).begin(at).offered("agent", "REP", "technician2").accepted("technician2").replied("technician2").solved(
        "technician2", "二十个点位完成布线并打标签，测试报告已交设备科。", 3600).told("agent", "二十个点位已经完成。"),
    # satisfied, to be closed
    lambda at: Matter(
        "agent", "朱志强", "consultation", "billing", C.TELEPHONE, "合约期还有多久",
        "想知道现在的套餐什么时候到期。", minutes(150),
    ).begin(at).taken("agent").solved("agent", "查询合约：明年三月到期，已短信告知。", 12).told(
        "agent", "合约到明年三月。").said("agent", Satisfaction.SATISFIED, "希望到期前提醒", 8),
    # called back by somebody else: the accountable person still has to
    lambda at: Matter(
        "agent2", "林淑芬", "consultation", "real-estate", C.VISIT, "更换户主需要哪些证件",
        "带了身份证和房产证，想确认还缺什么。", minutes(230),
    ).begin(at).offered("agent2", "SALES", "sales1").accepted("sales1").replied("sales1").solved(
        "sales1", "核对证件齐全，当场受理。", 25).told("sales1", "资料齐全，已经受理。").said(
        "sales1", Satisfaction.SATISFIED, "", 10),
    _refused_then_found, _unanswered, _urgent_now, _serious,
    # in progress at several desks
    lambda at: Matter(
        "orders2", "胡雪梅", "order", "top-up", C.TELEPHONE, "重复充值两次各五十元",
        "手机卡顿，点了两次充值，扣了两笔。", minutes(130),
    ).begin(at).taken("orders2").replied("orders2").noted("orders2", "已向支付渠道提交退款，等回执。"),
    lambda at: Matter(
        "east1", "侯鱼跃", "repair", "device", C.ON_SITE, "海产市场摊位打印机不出单",
        "三个摊位的小票打印机联网后不出单。", minutes(175), SEVERAL,
    ).begin(at).taken("east1").replied("east1"),
    lambda at: Matter(
        "complaints", "汪校长", "complaint", "service-quality", C.LETTER, "机房改造后投影无法播放教学平台",
        "来信说改造之后四间教室受影响，希望周三公开课之前解决。", days(1), SEVERAL,
    ).begin(at).offered("complaints", "RD-SUP", "engineer").accepted("engineer", 30).replied(
        "engineer", "您好，来信收到，今天下午到校检查，周三之前一定解决。", 20),
    lambda at: Matter(
        "agent2", "Ben Carter", "order", "invoice", C.MAIL, "Invoice in English needed",
        "Our head office asks for an English copy of the September invoice.", minutes(300),
    ).begin(at).offered("agent2", "FIN"),
    lambda at: Matter(
        "agent", "尹当归", "order", "top-up", C.TELEPHONE, "门店对公充值开通", "想用公户给五部手机统一充值。",
        minutes(95), SEVERAL, CAN_WAIT,
    ).begin(at).offered("agent", "CS-ORD", "orders"),
    # sorted, nobody's yet
    _new(Matter("agent", "潘晓彤", "suggestion", "product-idea", C.WEB, "希望应用能看每天的流量",
                "现在只能看整月，想看每天和每个孩子的。", minutes(400), urgency=CAN_WAIT)),
    _new(Matter("agent2", "孟小雨", "repair", "device", C.TELEPHONE, "幼儿园门口对讲机有杂音",
                "家长接孩子时听不清，早晚各一次高峰。", minutes(70), SEVERAL)),
    _new(Matter("shop2", "唐雨桐", "order", "returns", C.CHAT, "少发一个网线钳", "套装里少了钳子，照片已发。",
                minutes(33))),
    # passed on by colleagues who do not work on tickets: not sorted yet
    _new(Matter("developer", "冯思远", "consultation", "billing", C.TELEPHONE, "朋友问企业套餐怎么算",
                "朋友公司二十人，想了解企业套餐，我记下电话转给客服。", minutes(120), urgency=CAN_WAIT)),
    _new(Matter("brand", None, "dispute", "misconduct", C.MAIL, "有人在网上卖我们的内部报价",
                "匿名来信附了截图，称有人转卖内部报价单。", minutes(45))),
    # one's own requests
    _new(Matter("hr", "@hr", "incident", "outage", C.WEB, "考勤导出表格乱码", "导出的表格用表格软件打开全是问号。",
                minutes(80))),
    lambda at: Matter(
        "clerk", "@clerk", "incident", "outage", C.WEB, "活动页面预览打不开", "预览地址一直转圈，下午两点要上线。",
        minutes(100), ONE, AT_ONCE,
    ).begin(at),
    # what makes a full day for the agent, the engineer and the supervisor
    lambda at: Matter(
        "complaints", "吴建军", "complaint", "service-quality", C.TELEPHONE, "说好回电，三天没有人打来",
        "周五来电，接线的同事答应当天回电，一直没有。", minutes(110),
    ).begin(at).taken("complaints").asked("complaints", "agent", "上周五是您接的电话吗？当时答应了什么？", 15),
    lambda at: Matter(
        "agent2", "梁小燕", "consultation", "billing", C.TELEPHONE, "老年套餐降档，只信李娜",
        "上次是李娜帮忙办的，这次还想请她看看怎样降一档。", minutes(38), urgency=CAN_WAIT,
    ).begin(at).offered("agent2", "CS-GEN", "agent", 3, "客户点名请您"),
    lambda at: Matter(
        "agent", "苏文轩", "consultation", "how-to", C.CHAT, "会议室投屏总是断",
        "下午三点有客户来，投屏五分钟断一次。", minutes(64), SEVERAL,
    ).begin(at).taken("agent").replied("agent").noted("agent", "让客户先换五吉赫频段，等他试完回话。"),
    lambda at: Matter(
        "agent", "贺一鸣", "order", "order-change", C.MAIL, "公司搬迁，两条专线改地址",
        "十一月搬到滨江，专线希望不断线割接。", minutes(240), SEVERAL, CAN_WAIT,
    ).begin(at).taken("agent").replied("agent"),
    lambda at: Matter(
        "agent", "叶知秋", "incident", "outage", C.TELEPHONE, "视频会议客户端升级后闪退",
        "六台电脑昨晚自动升级，打开就退。", minutes(58), SEVERAL,
    ).begin(at).replied("agent", minutes=3).offered("agent", "RD-SUP", "engineer", 4, "都是同一版本"),
    lambda at: Matter(
        "agent2", "杜若飞", "consultation", "how-to", C.TELEPHONE, "云盘同步把旧文件又传了回来",
        "删掉的合同第二天又出现，怕发错版本。", minutes(185), SEVERAL,
    ).begin(at).offered("agent2", "RD-SUP", "engineer").accepted("engineer", 12).replied("engineer"),
    lambda at: Matter(
        "ops1", "@ops1", "consultation", "how-to", C.WEB, "巡检脚本读不到新交换机",
        "新到的两台型号不在列表里，巡检报空。", minutes(170), urgency=CAN_WAIT,
    ).begin(at),
    lambda at: Matter(
        "technician", "魏青山", "repair", "device", C.ON_SITE, "门禁读卡慢，早高峰排队",
        "写字楼大堂四台门禁，读一张卡要三秒。", minutes(200), SEVERAL,
    ).begin(at).taken("technician").replied("technician").asked(
        "technician", "engineer", "这个固件有没有已知的读卡延迟？日志已传共享盘。", 20),
    lambda at: Matter(
        "agent2", "宋国栋", "complaint", "service-quality", C.TELEPHONE, "要求主管回电",
        "对上次的答复不认可，要求主管当天回电。", minutes(85),
    ).begin(at).replied("agent2", "您好，已经转给主管，今天之内给您回电。", 4).offered(
        "agent2", "CS", "supervisor", 3, "客户要求主管今天回电"),
    lambda at: Matter(
        "agent", "司马睿", "suggestion", "service-idea", C.TELEPHONE, "建议短信里写清师傅的到达时段",
        "只写“今日上门”，在家等了一整天。", minutes(150), urgency=CAN_WAIT,
    ).begin(at).taken("agent").asked("agent", "supervisor", "派单短信的模板可以加时段吗？想先问您的意见。", 12),
    _of_many_hands,
    lambda at: Matter(
        "agent2", "曾凡星", "order", "order-change", C.TELEPHONE, "停机保号之后云盘也打不开了",
        "出差半年办了停机保号，云盘里的资料还要用。", minutes(75),
    ).begin(at).taken("agent2").replied("agent2").asked_part(
        "agent2", "RD-SUP", "停机保号的客户云盘只读能不能单独开？怎么操作？"),
    _called_twice,
)  # fmt: skip
