"""The departments that a first installation begins with: two sets to choose from, or none (ORG-007, ORG-008).

They are a beginning and no rule: units are added, changed and closed afterwards like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from portal.kernel.actions import Portal
from portal.organisation import actions
from portal.organisation.models import Basis, Department


@dataclass(frozen=True, slots=True)
class Beginning:
    """A department to begin with, and the duties that its statement begins with."""

    code: str
    chinese: str
    english: str
    basis: Basis
    duties: tuple[str, ...]


_OPERATIONS = Beginning("OPS", "运营部", "Operations", Basis.PROCESS, ("产品的日常运营", "用户支持"))
SETS: dict[str, tuple[Beginning, ...]] = {
    "service": (
        Beginning("CS", "客户服务部", "Customer Service", Basis.PROCESS, ("受理客户的咨询、投诉与建议",)),
        Beginning("RD", "产品研发部", "Product R&D", Basis.PRODUCT, ("产品的研究与开发",)),
        Beginning("TS", "技术支持部", "Technical Support", Basis.PROCESS, ("解决客户遇到的技术问题",)),
        Beginning("MKT", "市场部", "Marketing", Basis.PROCESS, ("如实介绍产品与服务的长处",)),
        Beginning("HR", "人力资源部", "Human Resources", Basis.PROCESS, ("员工的培训与激励",)),
        Beginning("FIN", "财务部", "Finance", Basis.PROCESS, ("为服务与研发提供资金",)),
        Beginning("ADM", "行政部", "Administration", Basis.PROCESS, ("后勤与工作环境",)),
        _OPERATIONS,
    ),
    "network": (
        Beginning("RD", "研发部", "R&D", Basis.PRODUCT, ("产品开发", "技术支持")),
        Beginning("MKT", "市场部", "Marketing", Basis.PROCESS, ("市场调研", "品牌建设", "销售")),
        _OPERATIONS,
        Beginning("FIN", "财务部", "Finance", Basis.PROCESS, ("资金管理", "财务报表")),
        Beginning("HR", "人力资源部", "Human Resources", Basis.PROCESS, ("招聘", "培训", "绩效管理")),
    ),
    "none": (),
}
"""By name: one that puts service first, with operations beside it; one for a network company; the company alone."""
USUAL = "service"


def found(actor: Portal, company: Department, which: str, *, from_on: date, at: datetime) -> None:
    """Put the departments of a set right below the company, each with its statement."""
    for one in SETS[which]:
        unit = actions.add_department(
            actor, one.code, {"zh-CN": one.chinese, "en": one.english}, parent=company, basis=one.basis,
            from_on=from_on, at=at,
        )  # fmt: skip
        for words in one.duties:
            actions.state_duty(actor, unit, words, from_on=from_on, at=at)
