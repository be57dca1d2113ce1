"""A complaint that concerns two departments, from the call to the yes, as people do it: in Chromium in Chinese, and in
English without JavaScript; with the promised date kept, and with it missed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from portal.demo.cast import PIN
from portal.extensions import db
from portal.kernel import journal
from portal.organisation import queries as organisation
from portal.tickets import jobs, queries
from portal.tickets.models import Ticket, TicketPart
from portal.tickets.states import BreachKind, PartState, Satisfaction, State
from tests.conftest import NOW, TODAY
from tests.tickets.test_story import Modern, Plain

TITLE = "改约两次都没有人通知"
TOMORROW = TODAY + timedelta(days=1)
CHINESE = {
    "asked": "请技术支持组协办",
    "waits": "轮到 技术支持组",
    "taken": "正在办",
    "done": "已完成",
    "not yet": "还有协办没有完成",
    "again": "还不够：再请赵敏（技术支持组）办，第 2 轮",
    "promised": "已向客户约定",
    "round": "进入第 2 轮",
    "unsigned": "技术支持组还没有签字",
    "signed": "技术支持组 · 赵敏",
    "closed": "已办结",
    "missed": "没有在约定日期前解决",
}
ENGLISH = {
    "asked": "技术支持组 was asked for a part",
    "waits": "技术支持组 is next",
    "taken": "under way",
    "done": "done",
    "not yet": "Not done yet",
    "again": "Not enough: 赵敏 (技术支持组) was asked again, round 2",
    "promised": "Promised to the customer",
    "round": "Reopened, round 2",
    "unsigned": "技术支持组 has not signed",
    "signed": "技术支持组 · 赵敏",
    "closed": "Closed",
    "missed": "not solved by the promised date",
}


def tell(desk: Any, says: dict[str, str], *, kept: bool) -> None:
    """The story. `desk(name)`: somebody at their browser; `says`: what the page says in its language; `kept`: whether
    it is solved by the promised date."""
    agent, engineer = desk("agent"), desk("engineer")
    support = next(one.id for one in organisation.departments().values() if one.code == "RD-SUP")

    # A customer complains on the phone; the agent takes it down and takes it up.
    agent.open("/tickets/new")
    caller = agent.find_caller("刘桂兰")
    agent.send(
        "/tickets/new", who=caller, kind="complaint", routing="late-visit", channel="telephone", title=TITLE,
        body="两次在家等，都没有人来。", cause="改约没有通知客户", wanted="说明原因，当面道歉",
    )  # fmt: skip
    db.session.rollback()
    number = db.session.scalars(select(Ticket.number).where(Ticket.title == TITLE)).one()
    url = f"/tickets/{number}"
    agent.open(url)
    agent.send("/take")

    # It concerns a second department: asked for its part, which somebody there takes and does.
    agent.open(f"{url}?act=part")
    agent.send("/part", to=str(support), wanted="请查派单系统为什么没有发短信。")
    agent.open(url)
    assert says["asked"] in agent.words(".timeline")
    assert says["waits"] in agent.words(".next-step")
    engineer.open("/tickets?view=accept")
    assert TITLE in engineer.words()
    engineer.open(url)
    engineer.send("/part-take")
    engineer.open(url)
    assert says["taken"] in engineer.words(".parts")

    # A date is promised, and the customer told.
    agent.open(f"{url}?act=promise")
    agent.send("/promise", solved_by=TOMORROW.isoformat(), words="这件事要和技术支持一起查，明天之内给您结果。")
    agent.open(url)
    assert says["promised"] in agent.words(".timeline")

    # Nothing is solved before the part is done; what is not enough is asked for again.
    agent.open(f"{url}?act=resolve")
    agent.refused("/resolve", words="道歉并说明原因。")
    assert says["not yet"] in agent.words("body")
    engineer.open(url)
    engineer.send("/part-finish", reply="改约不触发短信。", minutes="40")
    agent.open(f"{url}?act=part-send-back")
    agent.send("/part-send-back", reason="什么时候能修好？")
    agent.open(url)
    assert says["again"] in agent.words(".timeline")
    engineer.open(url)
    engineer.send("/part-take")
    engineer.send("/part-finish", reply="今天晚上上线。", minutes="15")
    agent.open(url)
    assert says["done"] in agent.words(".parts")

    with time_machine.travel(NOW + timedelta(hours=1 if kept else 72), tick=True):
        _settle(desk, says, url, support, kept=kept)

    db.session.rollback()
    ticket = db.session.scalars(select(Ticket).where(Ticket.number == number)).one()
    assert (ticket.state, ticket.accountable_name, ticket.round) == (State.CLOSED, "李娜", 2)
    assert [one.answer for one in queries.rounds(ticket.id)] == [Satisfaction.NOT_SATISFIED, Satisfaction.SATISFIED]
    done = select(TicketPart).where(TicketPart.ticket_id == ticket.id).order_by(TicketPart.id)
    assert [(one.state, one.person_name, one.minutes) for one in db.session.scalars(done)] == [
        (PartState.SENT_BACK, "赵敏", 40), (PartState.DONE, "赵敏", 15),
    ]  # fmt: skip
    broken = [one for one in queries.breaches(ticket.id) if one.kind is BreachKind.PROMISE_BROKEN]
    assert len(broken) == (0 if kept else 1)
    if not kept:
        assert str(broken[0].because) == "KF-01 4.2"
        missed = [one.event() for one in journal.of("ticket", ticket.id) if one.name == "LimitMissed"]
        assert broken[0].moment in [one.moment for one in missed]


def _settle(desk: Any, says: dict[str, str], url: str, support: int, *, kept: bool) -> None:
    jobs.keep_limits(NOW + timedelta(hours=1 if kept else 72))
    agent, engineer, supervisor = desk("agent"), desk("engineer"), desk("supervisor")
    agent.open(f"{url}?act=resolve")
    assert (says["missed"] in agent.words(".timeline")) != kept
    agent.send("/resolve", words="当面道歉，改约一律补发短信。")

    # Told and asked: not satisfied. Again.
    agent.open(f"{url}?act=tell")
    agent.send("/tell", words="原因查清了，向您道歉，请问您满意吗？")
    agent.open(f"{url}?act=customer-answer")
    agent.send("/customer-answer", answer="not satisfied", wishes="还要免一个月月租。")
    agent.open(url)
    assert says["round"] in agent.words(".timeline")
    agent.open(f"{url}?act=resolve")
    agent.send("/resolve", words="免一个月月租，再次致歉。")
    agent.send("/conclude", upheld="yes", evidence="派单系统记录", conclusion="属实：改约没有通知客户。")

    # Signed for each department: by whoever did the part, and by whoever leads the desk.
    agent.open(url)
    assert says["unsigned"] in agent.words(".signing")
    engineer.open(url)
    engineer.send("/sign", department=str(support), secret=PIN)
    engineer.open(url)
    assert says["signed"] in engineer.words(".signing")
    supervisor.open(f"{url}?act=sign")
    supervisor.send("/sign", secret=PIN)

    # Told and asked: satisfied. Closed.
    agent.open(url)
    agent.send("/tell", words="月租已经免了，请问您满意吗？")
    agent.send("/customer-answer", answer="satisfied", opinion="这次说清楚了。")
    agent.send("/close")
    agent.open(url)
    assert says["closed"] in agent.words(".timeline")


KEPT_OR_MISSED = pytest.mark.parametrize("kept", [True, False], ids=["kept", "missed"])


@pytest.mark.browser
@pytest.mark.rule("TKT-007", "TKT-028", "TKT-030", "TKT-040", "TKT-042")
@KEPT_OR_MISSED
def test_a_complaint_of_two_departments_from_the_call_to_the_yes(live, kept):
    tell(lambda name: Modern(live, name), CHINESE, kept=kept)


@pytest.mark.attack(41)
@pytest.mark.rule("TKT-007", "TKT-028", "TKT-030", "TKT-040", "TKT-042")
@KEPT_OR_MISSED
def test_a_complaint_of_two_departments_from_the_call_to_the_yes_without_javascript(demo, kept):
    tell(lambda name: Plain(demo, name), ENGLISH, kept=kept)
