"""The demo company's manuals: each file in `manuals/` is a version, told through the verbs that people use.

A file with `after:` is a later version: it holds the clauses that change or are new, the others stay as they were.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from sqlalchemy import select

from portal.demo import known
from portal.demo.quizzes import ASKED
from portal.extensions import db
from portal.kernel.actions import PORTAL
from portal.kernel.clock import office_day, office_zone
from portal.organisation import queries as organisation
from portal.organisation.models import Department, Person, Post
from portal.organisation.staff import Staff
from portal.policies import acknowledgements, actions, drafts, evidence, life, manuscript, places, replays
from portal.policies.models import Manual
from portal.policies.rules import ClauseText, VersionText
from portal.policies.states import Category, Chapter, Check, Evidence, ManualKind, Part, Party, Phase

MANUALS = Path(__file__).parent / "manuals"
DRAFTED = "WD-01"
FINDINGS = {
    "needs": "客服希望时限写到秒，夜班有人补位。",
    "industry": "同行的网店大多在二十秒内应答。",
    "law": "电子商务经营者应当及时答复消费者。",
}
"""What research found out for the version that is being written."""
QUICKER = {
    "tickets.chat_answer_within": "15 seconds",
    "tickets.first_response": "priority=urgent: 10 minutes; otherwise: 30 minutes",
}
"""What the version rules otherwise than the one before; its words say it as well."""
SUMMARY = "聊天应答由二十秒改为十五秒，一般事项的首次回应由四小时改为三十分钟；补充职业道德、合规与附录"
PLACES_OF_CLAUSES: dict[str, tuple[Part, Chapter | None]] = {
    "general": (Part.INTRODUCTION, Chapter.VALUES),
    "serving": (Part.BODY, Chapter.WORK),
}
HEARD = "早会上逐条念了草稿，店里六个人都在。都赞成十五秒；两个人希望夜班有人补位，已经写进草稿。"
"""What staff said of it, kept with the draft."""
ADDED_CLAUSES = (
    ("3", "职业道德", "不夸大商品，不承诺做不到的事，不收客户的礼。", Part.BODY, Chapter.ETHICS),
    ("4", "合规", "客户的姓名、电话和地址只用于办这一件事。", Part.BODY, Chapter.COMPLIANCE),
    ("5", "附录", "相关规定：客户服务手册 KF-01，投诉处理规程 TS-01。", Part.APPENDIX, None),
)
"""Number, heading, words, part and field of what the version adds."""
LOOKED_BACK = 3
"""Months over which its author had it replayed."""
MADE_KNOWN = timedelta(days=14)
"""Versions are published this long before they come into force, so that everybody can read them."""


@dataclass(frozen=True, slots=True)
class Told:
    """A version of the demo as its file tells it; `head` has its own names and those of the version before it."""

    code: str
    head: dict[str, str]
    clauses: tuple[ClauseText, ...]

    def effective_from(self, today: date) -> date:
        """From which day it is in force."""
        return first_of_month(self.head["effective"], today)


def first_of_month(words: str, today: date) -> date:
    """The first day of a month, counted from today's: `6 months ago`, `next month`, `in 3 months`."""
    found = re.fullmatch(r"next month|in (?P<ahead>\d+) months|(?P<ago>\d+) months? ago", words)
    if not found:
        raise ValueError(f"“{words}” is no month")
    months = int(found["ahead"] or 1) if found["ago"] is None else -int(found["ago"])
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    return date(year, month + 1, 1)


def told() -> Iterator[Told]:
    """Every version, each manual's in their order."""
    before: dict[str, Told] = {}
    for path in sorted(MANUALS.glob("*.md")):
        read = manuscript.read(path.read_text(encoding="utf-8"))
        code = path.stem.rpartition("-")[0]
        earlier = before.get(code, Told(code, {}, ()))
        clauses = {one.stable: one for one in (*earlier.clauses, *read.clauses)}
        ordered = sorted(clauses.values(), key=lambda one: [int(part) for part in one.number.split(".")])
        before[code] = Told(code, {**earlier.head, **read.head}, tuple(ordered))
        yield before[code]


def ruled_keys() -> set[str]:
    """The keys on which the demo's manuals rule."""
    return {key for one in told() for clause in one.clauses for key in clause.rulings}


def put_on_shelf(at: datetime) -> None:
    """Publish what was published until `at`, and what is announced for the days after it."""
    executive, today = _staff("executive", at), office_day(at)
    manuals: dict[str, Manual] = {}
    for one in sorted(told(), key=lambda one: one.effective_from(today)):
        from_on = one.effective_from(today)
        published_at = min(datetime.combine(from_on - MADE_KNOWN, time(10), office_zone()).astimezone(UTC), at)
        if one.code not in manuals:
            manuals[one.code] = _added(executive, one, today, published_at)
        major, minor = map(int, one.head["version"].split("."))
        way, questions = ASKED.get(one.code, (None, ()))
        version = VersionText(
            major, minor, from_on, one.clauses, one.head["summary"], places=_posts(one.head), questions=questions
        )  # fmt: skip
        published = actions.publish_version(executive, manuals[one.code], version, at=published_at)
        if way is not None:
            acknowledgements.choose_way(executive, manuals[one.code], way, at=published_at)
        if from_on <= today:
            known.everybody_reads(PORTAL, published, at=min(published_at + known.READ_WITHIN, at))
        else:
            known.some_sign(published, at)


def write_on(at: datetime) -> None:
    """The next version of the shop's rules is being written: it is in review, with one comment answered and one not."""
    author, reader = _staff("shopkeeper", at), _staff("director", at)
    began, asked, said = at - timedelta(days=6), at - timedelta(days=4), at - timedelta(days=1)
    manual = db.session.scalars(select(Manual).where(Manual.code == DRAFTED)).one()
    draft = drafts.begin_version(author, manual, at=began)
    drafts.note(author, draft, FINDINGS, seen=draft.version, at=began)
    drafts.describe(
        author, draft, titles=draft.titles, category=Category.CUSTOMERS, supervisor=_person("director"),
        legal=_person("hr-head"), purpose="让网店的每位客户当场得到回应。", principles="快而不乱，有据可查，说到做到。",
        review_on=office_day(at) + timedelta(days=365), seen=draft.version, at=began,
    )  # fmt: skip
    for clause in draft.clauses:
        part, chapter = PLACES_OF_CLAUSES.get(clause.stable, (Part.BODY, None))
        drafts.write_clause(
            author, draft, clause, number=clause.number, heading=clause.heading,
            text=_quicker(clause.text), part=part, chapter=chapter, seen=draft.version, at=began,
        )  # fmt: skip
    for number, heading, words, in_part, about in ADDED_CLAUSES:
        drafts.write_clause(
            author, draft, None, number=number, heading=heading, text=words, part=in_part, chapter=about,
            seen=draft.version, at=began,
        )  # fmt: skip
    first = next(one for one in draft.clauses if one.rulings)
    for key, value in QUICKER.items():
        drafts.rule_on(author, draft, first, key, value, seen=draft.version, at=began)
    drafts.plan(
        author, draft, major=2, minor=0, effective_from=first_of_month("next month", office_day(at)),
        summary=SUMMARY, drops=[], seen=draft.version, at=began,
    )  # fmt: skip
    evidence.keep(author, draft, Evidence.STAFF, office_day(began), HEARD, (), at=began)
    life.ask_opinion(author, draft, _person("shop1"), "", Party.STAFF, at=began)
    life.lead_on(author, draft, "draft", at=began)
    life.lead_on(author, draft, "review", "请看聊天时限和新加的三条。", at=asked)
    doubt = life.comment(reader, draft, "十五秒靠什么保证？夜里只有一个人值班。", stable=first.stable, at=said)
    life.answer(author, draft, doubt, "夜里由值班主管补位，排班里已经写明。", at=said + timedelta(hours=2))
    life.finish(reader, draft, Check.of(ManualKind.CONDUCT), at=said + timedelta(hours=3))
    life.comment(
        _staff("shop1", at), draft, "发货跟踪也请写上节假日怎么办。", stable="shipping", at=said + timedelta(hours=4)
    )
    replays.go_on(replays.ask(author, draft, LOOKED_BACK, at=at).id, lambda: at)


def _posts(head: dict[str, str]) -> frozenset[str]:
    """The posts that a version binds, `department/post` one after the other; none for everybody."""
    wanted = [one.strip().partition("/") for one in head.get("posts", "").split(",") if one]
    if not wanted:
        return frozenset()
    rows = db.session.execute(select(Post.id, Post.titles, Department.code).join(Post.department))
    by_name = {(row.code, row.titles["zh-CN"]): row.id for row in rows}
    return frozenset(places.post_scope(by_name[code, title]) for code, _slash, title in wanted)


def _quicker(words: str) -> str:
    return words.replace("二十秒", "十五秒").replace("其余四小时", "其余三十分钟")


def _added(executive: Staff, one: Told, today: date, at: datetime) -> Manual:
    locales = {"title": "zh-CN", "title-zh-TW": "zh-TW", "title-en": "en"}
    return actions.add_manual(
        executive,
        one.code,
        {locale: one.head[name] for name, locale in locales.items() if name in one.head},
        kind=ManualKind(one.head["kind"]),
        category=one.head.get("category", ""),
        owner=organisation.person_called(one.head["owner"]),
        department=db.session.scalar(select(Department).where(Department.code == one.head.get("department", ""))),
        supervisor=_person(one.head["supervisor"]),
        purpose=one.head["purpose"],
        principles=one.head["principles"],
        review_on=first_of_month(one.head["review"], today),
        phases=[Phase(phase) for phase in one.head.get("phases", "").split()],
        at=at,
    )


def _person(sign_in_name: str) -> Person:
    found = organisation.person_called(sign_in_name)
    if found is None:
        raise LookupError(f"the demo company has no {sign_in_name}")
    return found


def _staff(sign_in_name: str, at: datetime) -> Staff:
    return organisation.staff(_person(sign_in_name), office_day(at))
