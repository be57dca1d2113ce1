"""What colleagues of the demo company think should be otherwise in its manuals: done, accepted, refused, still open."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from portal.extensions import db
from portal.kernel.clock import office_day
from portal.organisation import queries as organisation
from portal.organisation.staff import Staff
from portal.policies import change_requests, queries
from portal.policies.change_request_models import ChangeRequest
from portal.policies.models import Manual


def people_comment(at: datetime) -> None:
    """One of each: the owners have answered all but the youngest two."""
    manager, shopkeeper = _staff("manager", at), _staff("shopkeeper", at)
    done = _said(
        "supervisor", "KF-01", "2.0", "3.2", "转交后等一个小时才有人应，客户早就再打一次了。半小时应当够。",
        at - timedelta(days=70),
    )  # fmt: skip
    later = queries.version_of(done.manual, "2.1")
    change_requests.settle(manager, done, later, "同意，2.1 版改为三十个工作分钟。", at=at - timedelta(days=25))
    accepted = _said("shop2", "WD-01", "1.0", "2.3", "节假日快递停运时，请写明怎么告诉客户。", at - timedelta(days=20))
    change_requests.accept(shopkeeper, accepted, "写进下一版。", at=at - timedelta(days=18))
    refused = _said(
        "agent2", "KF-01", "2.1", "3.3", "小事也要首问责任人回访，能不能改成发短信？", at - timedelta(days=12)
    )
    change_requests.refuse(
        manager,
        refused,
        "客户要的是有人问一声，短信替代不了。确实联系不上的，按 5.1 办理。",
        at=at - timedelta(days=11),
    )
    _said("agent", "KF-01", "2.1", "4.3", "“这不归我管”也请列进忌语，客户最反感这一句。", at - timedelta(days=2))
    _said("shop1", "WD-01", "1.0", "2.1", "大促当天二十秒做不到，请写明大促期间怎么排班。", at - timedelta(days=1))


def _said(name: str, code: str, label: str, number: str, words: str, at: datetime) -> ChangeRequest:
    manual = db.session.scalars(select(Manual).where(Manual.code == code)).one()
    version = queries.version_of(manual, label)
    clause = change_requests.clause_of(version, number) if version else None
    if version is None or clause is None:
        raise LookupError(f"{code} {label} has no clause {number}")
    return change_requests.ask_for_change(_staff(name, at), manual, version, clause, words, at=at)


def _staff(sign_in_name: str, at: datetime) -> Staff:
    person = organisation.person_called(sign_in_name)
    if person is None:
        raise LookupError(f"the demo company has no {sign_in_name}")
    return organisation.staff(person, office_day(at))
