"""Another desk's table: what its columns, its words and its days mean. Pure; what staff rule is handed in."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from portal.kernel.text import Said, say
from portal.tickets.states import Channel, Impact, Priority, State, Urgency

LONGEST_TITLE = 200
LONGEST_NUMBER = 80
LONGEST_NAME = 80
MOST_WORDS = 60
"""Different words of one field: more of them are no list, and the column is a wrong one."""


class Field(StrEnum):
    """What a column of another desk's table can hold."""

    NUMBER = "number"
    TITLE = "title"
    TEXT = "text"
    ANSWER = "answer"
    STATE = "state"
    RECEIVED = "received"
    CLOSED = "closed"
    KIND = "kind"
    ROUTING = "routing"
    PRIORITY = "priority"
    CHANNEL = "channel"
    DEPARTMENT = "department"
    CUSTOMER = "customer"
    TELEPHONE = "telephone"
    MAIL = "mail"
    COMPANY = "company"
    RECEIVER = "receiver"
    WORKER = "worker"

    @property
    def label(self) -> Said:
        """As people say it."""
        return _LABELS[self]


F = Field
NEEDED = (F.NUMBER, F.RECEIVED)
LISTED = (F.STATE, F.KIND, F.ROUTING, F.PRIORITY, F.CHANNEL, F.DEPARTMENT)
"""Fields whose words are those of a list: each word of the file is one of ours."""
OPEN, CLOSED, LEAVE_OUT, NOTHING = "open", "closed", "leave out", "nothing"
STATES = {OPEN: say("open"), CLOSED: say("closed"), LEAVE_OUT: say("leave these lines out")}

_LABELS = {
    F.NUMBER: say("Number there"),
    F.TITLE: say("What it is about, in one line"),
    F.TEXT: say("What they need and what the problem is"),
    F.ANSWER: say("What was done"),
    F.STATE: say("State"),
    F.RECEIVED: say("Day of receipt"),
    F.CLOSED: say("Day of closing"),
    F.KIND: say("Kind"),
    F.ROUTING: say("About"),
    F.PRIORITY: say("Priority"),
    F.CHANNEL: say("Reached us by"),
    F.DEPARTMENT: say("Department"),
    F.CUSTOMER: say("Customer’s name"),
    F.TELEPHONE: say("Customer’s telephone"),
    F.MAIL: say("Customer’s mail"),
    F.COMPANY: say("Customer’s company"),
    F.RECEIVER: say("Heard of it first"),
    F.WORKER: say("Works on it"),
}
_HEADS: dict[Field, str] = {
    F.NUMBER: (
        "工单号 工单编号 单号 编号 流水号 票号 受理编号 受理单号 服务单号 案例编号 number ticket|number ticket|no "
        "ticket|id ticket|# case|number case|id request|id id no key issue|key"
    ),
    F.TITLE: "标题 主题 工单标题 摘要 问题标题 概要 名称 title subject summary headline",
    F.TEXT: (
        "内容 描述 问题描述 详细描述 工单内容 工单描述 正文 详情 诉求 诉求内容 问题内容 反映内容 body description "
        "text content details message"
    ),
    F.ANSWER: (
        "处理结果 处理意见 解决方案 处理内容 处理情况 答复内容 回复内容 办理结果 resolution solution answer "
        "outcome resolution|notes"
    ),
    F.STATE: "状态 工单状态 处理状态 当前状态 state status ticket|status",
    F.RECEIVED: (
        "受理时间 创建时间 提交时间 接收时间 来电时间 建单时间 登记时间 发生时间 受理日期 创建日期 日期 received "
        "received|at created created|at created|on created|time creation|date opened opened|at date|received "
        "date|created"
    ),
    F.CLOSED: (
        "关闭时间 完成时间 结束时间 办结时间 结案时间 解决时间 完结时间 关闭日期 完成日期 closed closed|at "
        "closed|on close|time close|date solved|at resolved|at completed|at resolved finished"
    ),
    F.KIND: "类型 工单类型 种类 业务类型 诉求类型 服务类型 kind type ticket|type case|type",
    F.ROUTING: "分类 问题分类 问题类型 类别 工单分类 业务分类 问题类别 category topic about queue",
    F.PRIORITY: "优先级 紧急程度 重要程度 级别 优先 priority urgency severity",
    F.CHANNEL: "渠道 来源 受理渠道 来源渠道 受理方式 接入渠道 channel source origin via",
    F.DEPARTMENT: "部门 处理部门 受理部门 承办部门 责任部门 所属部门 组 受理组 处理组 group team department",
    F.CUSTOMER: (
        "客户 客户名称 客户姓名 姓名 联系人 来电人 用户姓名 用户 申请人 请求者 customer customer|name requester "
        "requester|name contact contact|name name client caller"
    ),
    F.TELEPHONE: (
        "电话 联系电话 手机 手机号 手机号码 来电号码 客户电话 联系方式 telephone phone phone|number mobile "
        "requester|phone customer|phone tel"
    ),
    F.MAIL: "邮箱 电子邮箱 邮件 客户邮箱 电子邮件 mail e-mail email email|address requester|email customer|email",
    F.COMPANY: "公司 单位 客户公司 公司名称 单位名称 company organisation organization account customer|company",
    F.RECEIVER: (
        "首问人 首问责任人 受理人 受理人员 接单人 登记人 坐席 接线员 创建人 责任人 accountable owner received|by "
        "created|by agent opened|by first|receiver"
    ),
    F.WORKER: (
        "处理人 处理人员 经办人 当前处理人 负责人 办理人 跟进人 assignee assigned|to handled|by handler worker "
        "technician"
    ),
}
_OPEN_WORDS = (
    "new open opened active pending in|progress processing assigned on|hold hold waiting reopened unresolved todo "
    "work|in|progress pending|close pending|reminder 新 新建 待处理 待受理 未处理 已受理 受理中 处理中 进行中 "
    "已分配 已分派 已派单 待派单 派单中 挂起 已挂起 等待 等待客户 待回复 待确认 待回访 待审核 已回复 重新打开 "
    "重开 未完成 未关闭 未解决 打开 开启 未结 待办 在办 跟进中"
)
_CLOSED_WORDS = (
    "closed done complete completed resolved solved finished cancelled canceled archived merged closed|successful "
    "closed|unsuccessful 已关闭 关闭 已完成 完成 已解决 解决 已处理 处理完成 办结 已办结 结案 已结案 已结束 结束 "
    "已归档 归档 已取消 取消 已撤销 完结 已完结 已回访"
)
_LEFT_OUT_WORDS = "void voided deleted spam trash rejected 作废 已作废 已删除 删除 垃圾 垃圾工单 无效 无效工单 重复"
_PRIORITIES = {
    Priority.URGENT: (
        "urgent critical emergency highest immediate blocker p1 1 1-critical 紧急 特急 非常紧急 最高 加急 重大 严重"
    ),
    Priority.HIGH: "high important major p2 2 2-high 高 较高 重要 优先 急 较急",
    Priority.NORMAL: "normal medium standard moderate default p3 3 3-moderate 中 普通 一般 正常 中等 标准",
    Priority.LOW: "low minor lowest trivial p4 4 4-low 低 较低 不急 最低 次要",
}
_CHANNELS = {
    Channel.TELEPHONE: "telephone phone call hotline voice tel 电话 来电 热线 呼入 电话呼入 语音 400电话 客服热线",
    Channel.MAIL: "mail email e-mail 邮件 电子邮件 邮箱",
    Channel.CHAT: (
        "chat im wechat weixin live|chat messaging qq 在线 在线客服 在线聊天 微信 公众号 企业微信 聊天 旺旺 钉钉 小程序"
    ),
    Channel.LETTER: "letter post fax 信件 来信 信函 传真",
    Channel.VISIT: "visit walk-in counter in|person 来访 上门来访 柜台 营业厅 到访 前台",
    Channel.ON_SITE: "on-site onsite field 现场 上门 外勤",
    Channel.WEB: "web portal form self-service selfservice website api app 网页 网站 官网 自助 门户 表单 系统 工单系统",
}
RANKS = {
    Priority.URGENT: (Impact.SEVERAL, Urgency.NOW),
    Priority.HIGH: (Impact.ONE, Urgency.NOW),
    Priority.NORMAL: (Impact.ONE, Urgency.TODAY),
    Priority.LOW: (Impact.ONE, Urgency.CAN_WAIT),
}
"""A rank as another desk gives it, said in our two words: how many are hit, how soon it hurts (TKT-020)."""


def folded(word: str) -> str:
    """A word as it is compared: half width, one case, without spaces and what stands in brackets."""
    half = unicodedata.normalize("NFKC", word).casefold()
    return re.sub(r"\(.*?\)|\[.*?\]|[\s_*:|]+", "", half)


def _spread(table: Mapping[str, str]) -> dict[str, str]:
    return {folded(word): value for value, words in table.items() for word in words.split()}


_HEAD_OF = _spread({one.value: words for one, words in _HEADS.items()})
_WORDS = {
    F.STATE: _spread({OPEN: _OPEN_WORDS, CLOSED: _CLOSED_WORDS, LEAVE_OUT: _LEFT_OUT_WORDS}),
    F.PRIORITY: _spread({one.code: words for one, words in _PRIORITIES.items()}),
    F.CHANNEL: _spread({one.value: words for one, words in _CHANNELS.items()}),
}


def guess(head: Sequence[str]) -> list[str]:
    """The field that each column most likely holds, "" where nothing is likely. Each field is given once.

    What is called exactly so comes first; then the column whose name contains a known one, the longest first.
    """
    names = [folded(cell) for cell in head]
    found = [""] * len(names)
    for place, name in enumerate(names):
        one = _HEAD_OF.get(name, "")
        if one and one not in found:
            found[place] = one
    for place, name in enumerate(names):
        if found[place]:
            continue
        inside = [known for known in _HEAD_OF if len(known) > (3 if known.isascii() else 1) and known in name]
        for known in sorted(inside, key=len, reverse=True):
            if _HEAD_OF[known] not in found:
                found[place] = _HEAD_OF[known]
                break
    return found


def chosen(columns: Sequence[str]) -> dict[Field, int]:
    """Field → column. Raises ValueError for a field that stands twice."""
    found: dict[Field, int] = {}
    for place, name in enumerate(columns):
        if name:
            if Field(name) in found:
                raise ValueError(name)
            found[Field(name)] = place
    return found


class Read(NamedTuple):
    """A moment as it was written; without a time it is the beginning of that day."""

    at: datetime
    timed: bool


_MOMENT = re.compile(
    r"(?P<year>\d{4})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?"
    r"(?:[T\s]*(?P<half>上午|下午|中午|am|pm)?\s*(?P<hour>\d{1,2})[:时点](?P<minute>\d{1,2})?分?"
    r"(?::?(?P<second>\d{1,2})秒?(?:[.,]\d+)?)?\s*(?P<after>am|pm)?)?\s*(?P<zone>z|utc|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)


def moment(text: str, zone: ZoneInfo) -> Read | None:
    """A day or moment with the year in front; None for anything else, such as 03/04/2025, which has two readings.

    >>> moment("2025年3月4日 下午3:05", ZoneInfo("Asia/Shanghai")).at.isoformat()
    '2025-03-04T15:05:00+08:00'
    """
    match = _MOMENT.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if match is None:
        return None
    hour = int(match["hour"] or 0)
    half = (match["half"] or match["after"] or "").casefold()
    if half in ("下午", "pm") and hour < 12:
        hour += 12
    elif half in ("上午", "am") and hour == 12:
        hour = 0
    try:
        at = datetime(
            int(match["year"]), int(match["month"]), int(match["day"]), hour, int(match["minute"] or 0),
            int(match["second"] or 0), tzinfo=zone,
        )  # fmt: skip
        if match["zone"]:
            at = datetime.fromisoformat(f"{at:%Y-%m-%dT%H:%M:%S}{_offset(match['zone'])}")
    except ValueError:
        return None
    return Read(at, match["hour"] is not None) if 1970 < at.year < 9999 else None


def _offset(zone: str) -> str:
    return "+00:00" if zone.casefold() in ("z", "utc") else zone if ":" in zone else f"{zone[:3]}:{zone[3:]}"


@dataclass(slots=True)
class Used:
    """A word of a listed field as the file uses it; `value` is ours, or None: nobody knows what it means."""

    word: str
    times: int
    line: int
    value: str | None


@dataclass(slots=True)
class Terms:
    """How lines are to be read. `choices`: field → our values by folded word; `otherwise`: where a cell is empty.

    `meanings`: field → the file's word, folded → our value, as somebody said; it comes before every guess. What is met
    on the way is counted in `used`, and in `remarks` what the reader should know although it is no mistake.
    """

    columns: Mapping[Field, int]
    otherwise: Mapping[str, str]
    meanings: Mapping[str, Mapping[str, str]]
    choices: Mapping[Field, Mapping[str, str]]
    zone: ZoneInfo
    at: datetime
    used: dict[Field, dict[str, Used]] = field(default_factory=dict)
    remarks: dict[str, int] = field(default_factory=dict)

    def remark(self, words: str) -> None:
        """Count one more line of which this is true."""
        self.remarks[words] = self.remarks.get(words, 0) + 1


@dataclass(frozen=True, slots=True)
class Line:
    """What a line says. `state` is None where the line is to be left out."""

    number: str
    title: str
    text: str
    answer: str
    state: State | None
    kind: str
    routing: str
    priority: Priority
    channel: Channel
    department: str
    received_at: datetime
    closed_at: datetime | None
    customer: str
    telephones: tuple[str, ...]
    mail: str
    company: str
    contact: str
    receiver: str
    worker: str

    @property
    def mark(self) -> str:
        """The same for the same words: shows whether somebody changed it at the other desk."""
        closed = self.closed_at.timestamp() if self.closed_at else None
        told = [
            self.title, self.text, self.answer, self.state, self.kind, self.routing, self.priority, self.channel,
            self.received_at.timestamp(), closed, self.customer, self.telephones, self.mail, self.company,
            self.receiver, self.worker,
        ]  # fmt: skip
        return hashlib.blake2b(json.dumps(told, ensure_ascii=False).encode(), digest_size=8).hexdigest()


class Unclear(Exception):
    """A line that cannot become a ticket as it stands; the sentence says what to do."""

    def __init__(self, sentence: Said) -> None:
        super().__init__(sentence)
        self.sentence = sentence


CLOSED_WITHOUT_DAY = "closed without a day"
NO_TELEPHONE = "no telephone number"
NO_MAIL = "no mail address"
REMARKS = {
    CLOSED_WITHOUT_DAY: say("{n} closed lines do not say since when: the day of receipt counts."),
    NO_TELEPHONE: say("{n} cells for a telephone hold no number."),
    NO_MAIL: say("{n} cells for a mail address hold none."),
}


def remark(words: str, count: int) -> Said:
    """What the reader should know although it is no mistake."""
    return say(REMARKS[words].template, n=count)


def read_line(line: int, cells: Sequence[str], terms: Terms) -> Line:
    """What a line says. Raises Unclear, with what to do, where it cannot become a ticket."""

    def cell(one: Field) -> str:
        place = terms.columns.get(one)
        return cells[place] if place is not None else ""

    number = cell(F.NUMBER)
    if not number:
        raise Unclear(say("It has no number at the other desk, so it could not be found again."))
    if len(number) > LONGEST_NUMBER:
        raise Unclear(say("Its number has more than {most} characters: is it the right column?", most=LONGEST_NUMBER))
    words = _words_in(line, cell, terms)
    title, text = " ".join(cell(F.TITLE).split()), cell(F.TEXT)
    if not title and not text:
        raise Unclear(say("It says neither what it is about nor what they need."))
    title, text = _in_one_line(title, text)
    received = _moment_of(cell(F.RECEIVED), F.RECEIVED, terms)
    if received is None:
        raise Unclear(say("It does not say when it was received."))
    state, closed_at = _state(words[F.STATE], cell(F.CLOSED), received, bool(words[F.ROUTING]), terms)
    telephones, contact = _telephones(cell(F.TELEPHONE), terms)
    mail = cell(F.MAIL)
    if mail and not re.fullmatch(r"[^@\s<>\"]+@[^@\s<>\"]+", mail):
        terms.remark(NO_MAIL)
        mail = ""
    return Line(
        number=number, title=title, text=text, answer=cell(F.ANSWER), state=state, kind=words[F.KIND],
        routing=words[F.ROUTING], priority=next(one for one in Priority if one.code == words[F.PRIORITY]),
        channel=Channel(words[F.CHANNEL]), department=words[F.DEPARTMENT], received_at=received.at, closed_at=closed_at,
        customer=_name(cell(F.CUSTOMER)), telephones=telephones, mail=mail, company=_name(cell(F.COMPANY)),
        contact=contact, receiver=_name(cell(F.RECEIVER)), worker=_name(cell(F.WORKER)),
    )  # fmt: skip


def _words_in(line: int, cell: Callable[[Field], str], terms: Terms) -> dict[Field, str]:
    """Our values for the words of a line. All of them are counted before the first that is unknown is told of."""
    words, unclear = {}, None
    for one in LISTED:
        try:
            words[one] = _meant(one, cell(one), line, terms)
        except Unclear as no:
            unclear = unclear or no
    if unclear is not None:
        raise unclear
    return words


def _name(text: str) -> str:
    return " ".join(text.split())[:LONGEST_NAME]


def _in_one_line(title: str, text: str) -> tuple[str, str]:
    """A title that fits in a list, and a text: each stands in for the other; nothing of either is lost."""
    if not title:
        title = " ".join(text.split("\n", 1)[0].split())
        return (title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1]}…"), text
    if len(title) > LONGEST_TITLE:
        return f"{title[: LONGEST_TITLE - 1]}…", f"{title}\n\n{text}".strip()
    return title, text or title


def _meant(one: Field, word: str, line: int, terms: Terms) -> str:
    """Our value for a word of a list; "" is nothing (the state follows from the days, or no routing type)."""
    if not word:
        return terms.otherwise.get(one, "")
    used, key = terms.used.setdefault(one, {}), folded(word)
    met = used.get(key)
    if met is None:
        if len(used) >= MOST_WORDS:
            raise Unclear(
                say("{field}: more than {most} different words are no list. Is it the right column?",
                    field=one.label, most=MOST_WORDS)
            )  # fmt: skip
        value = terms.meanings.get(one, {}).get(key) or terms.choices[one].get(key) or _WORDS.get(one, {}).get(key)
        met = used[key] = Used(word, 0, line, value)
    met.times += 1
    if met.value is None:
        raise Unclear(
            say("{field}: nobody here knows “{word}”. Say what it means, and check again.", field=one.label, word=word)
        )
    return "" if met.value == NOTHING else met.value


def _moment_of(text: str, one: Field, terms: Terms) -> Read | None:
    if not text:
        return None
    found = moment(text, terms.zone)
    if found is None:
        raise Unclear(
            say("{field}: “{text}” is no day that can be read. Write it like 2026-10-12 09:30.",
                field=one.label, text=text[:40])
        )  # fmt: skip
    if found.at > terms.at:
        raise Unclear(say("{field}: {day} is still to come.", field=one.label, day=found.at.date()))
    return found


def _state(
    word: str, closed: str, received: Read, sorted_already: bool, terms: Terms
) -> tuple[State | None, datetime | None]:
    """What is open begins anew here; what is closed keeps its day. Without a word the day of closing tells."""
    if word == LEAVE_OUT:
        return None, None
    at = _moment_of(closed, F.CLOSED, terms)
    if (word or (CLOSED if at else OPEN)) != CLOSED:
        return (State.TRIAGED if sorted_already else State.NEW), None
    if at is None:
        terms.remark(CLOSED_WITHOUT_DAY)
        return State.CLOSED, received.at
    if at.at >= received.at:
        return State.CLOSED, at.at
    same_day = at.at.date() == received.at.astimezone(at.at.tzinfo).date()
    if not at.timed and same_day:
        return State.CLOSED, received.at
    raise Unclear(
        say("It was closed ({closed}) before it was received ({received}).", closed=at.at, received=received.at)
    )


_APART = re.compile(r"[,;，；、/|\n]+")


def _telephones(text: str, terms: Terms) -> tuple[tuple[str, ...], str]:
    """The numbers in a cell, and what stands there that is none."""
    parts = [one.strip() for one in _APART.split(text) if one.strip()]
    numbers = tuple(one for one in parts if sum(sign.isdigit() for sign in one) >= 3 and len(one) <= 40)
    if parts and not numbers:
        terms.remark(NO_TELEPHONE)
    return numbers[:5], "" if numbers else text[:LONGEST_NAME]


def told_words(used: Mapping[Field, Mapping[str, Used]]) -> list[list[object]]:
    """The words of a file as they are kept: field, word, how often, first line, our value or ""."""
    return [
        [one.value, met.word, met.times, met.line, met.value or ""]
        for one in LISTED
        for met in sorted(used.get(one, {}).values(), key=lambda met: (met.value is not None, met.line))
    ]


def words_of(kept: Iterable[Sequence[object]]) -> dict[Field, dict[str, Used]]:
    """Kept words as `Terms` count them on."""
    found: dict[Field, dict[str, Used]] = {}
    for one, word, times, line, value in kept:
        met = Used(str(word), int(str(times)), int(str(line)), str(value) or None)
        found.setdefault(Field(str(one)), {})[folded(met.word)] = met
    return found
