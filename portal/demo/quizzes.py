"""What the demo company's manuals ask whoever acknowledges them: by manual, and from which version on."""

from __future__ import annotations

from portal.policies.acknowledgement_states import Way
from portal.policies.quiz_rules import Choice, Question

ASKED: dict[str, tuple[Way, tuple[Question, ...]]] = {
    "XW-01": (
        Way.QUIZ_SIGN,
        (
            Question(
                "新的制度发布之后，您要在几日之内确认？",
                (Choice("七日", False), Choice("十五日", True), Choice("三十日", False), Choice("不必确认", False)),
                "being-known",
            ),
            Question(
                "离职以后，客户资料可以告诉别人吗？",
                (Choice("可以，已经不是员工了", False), Choice("不可以，离职后也不外传", True),
                 Choice("客户没有要求保密的可以", False)),
                "secrecy",
            ),
            Question(
                "不认可一项制度，您该怎么做？",
                (Choice("写明理由，交给制度的负责人", True), Choice("等负责人答复，其间照旧遵守", True),
                 Choice("先不执行，看别人怎么做", False)),
                "being-known",
            ),
        ),
    ),
}  # fmt: skip
"""How each manual is acknowledged, and its questions."""
