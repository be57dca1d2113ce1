"""Lists that staff rule: kinds, routing, phrases; with what every desk begins with."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision, down_revision = "0006_lists", "0005_calendar"
JSON = sa.JSON().with_variant(JSONB(), "postgresql")

KINDS = (
    ("consultation", "咨询", "Consultation", True),
    ("complaint", "投诉", "Complaint", True),
    ("repair", "报修", "Repair", False),
    ("suggestion", "意见建议", "Opinion or suggestion", False),
    ("dispute", "纠纷与举报", "Dispute or misconduct report", False),
    ("installation", "安装派工", "Installation", False),
    ("order", "订单与充值", "Order or top-up", False),
    ("incident", "系统事件", "IT incident", False),
)
"""The eight kinds that every desk has (TKT-001); the last word: not closed without a record (TKT-004, TKT-026)."""
FORBIDDEN = (
    ("我不知道", "我马上为您核实，并在约定时间内答复您。"),
    ("这事情不归我管", "这件事由负责的同事处理，我来联系，并把结果告诉您。"),
    ("這事情不歸我管", "這件事由負責的同事處理，我來聯絡，並把結果告訴您。"),
    ("这事不归我管", "这件事由负责的同事处理，我来联系，并把结果告诉您。"),
    ("I don't know", "I will find out at once and tell you."),
    ("not my business", "A colleague takes care of this; I will bring it to them and tell you what comes of it."),
)
DISCOURAGED = (
    ("不能", "可以这样办理："),
    ("不会", "我们会……"),
    ("不想", "更合适的做法是……"),
    ("不愿意", "更合适的做法是……"),
    ("无法", "目前可以做到的是……"),
    ("可是", "同时……"),
    ("cannot", "What we can do is …"),
    ("can't", "What we can do is …"),
    ("won't", "We will …"),
    ("do not want to", "It would be better to …"),
    ("unable", "What we can do is …"),
    ("but", "and"),
)
SNIPPETS = (
    ("greeting", "您好，很高兴为您服务，请问有什么可以帮您？"),
    ("greeting", "您好，您的来信我们已经收到。"),
    ("farewell", "感谢您的联系，有需要请随时找我们。再见。"),
    ("apology", "给您添麻烦了，非常对不起，我们马上为您核实。"),
    ("apology", "对不起，让您久等了。"),
    ("thanks", "多谢您的理解与配合。"),
    ("thanks", "多谢您告诉我们，您的意见我们会认真研究。"),
    ("answering", "您反映的情况已经记录，我会一直跟进，并把结果告诉您。"),
    ("answering", "这个问题需要请负责的同事确认，有了准确答复我马上告诉您。"),
    ("explaining", "请允许我向您说明一下原因："),
    ("explaining", "办理时需要您准备以下资料："),
    ("consulting", "为了尽快为您解决，请问您方便提供更多信息吗？"),
    ("consulting", "您看这样处理是否合适？"),
    ("courtesy", "您好"),
    ("courtesy", "请"),
    ("courtesy", "多谢"),
    ("courtesy", "对不起"),
    ("courtesy", "再见"),
)
SINCE = date(2020, 1, 1)


def upgrade() -> None:
    op.create_table(
        "phrase",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("use", sa.String(40), nullable=False),
        sa.Column("category", sa.String(40), nullable=True),
        sa.Column("instead", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(\"use\" = 'snippet') = (category IS NOT NULL)", name=op.f("ck_phrase_category")),
        sa.CheckConstraint("to_on IS NULL OR to_on > from_on", name=op.f("ck_phrase_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phrase")),
    )
    op.create_index("ix_phrase_use_from_on", "phrase", ["use", "from_on"], unique=False)
    op.create_table(
        "ticket_kind",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("texts", JSON, nullable=False),
        sa.Column("needs_record", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_kind")),
        sa.UniqueConstraint("code", name=op.f("uq_ticket_kind_code")),
    )
    op.create_table(
        "routing_type",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("texts", JSON, nullable=False),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_routing_type_department_id_department")
        ),
        sa.ForeignKeyConstraint(["kind"], ["ticket_kind.code"], name=op.f("fk_routing_type_kind_ticket_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_type")),
        sa.UniqueConstraint("code", name=op.f("uq_routing_type_code")),
    )
    op.create_index(op.f("ix_routing_type_department_id"), "routing_type", ["department_id"], unique=False)
    _lay_out()


def _lay_out() -> None:
    """What a desk begins with; staff change it on the page of the lists."""
    kinds = sa.table(
        "ticket_kind", *map(sa.column, ("code", "needs_record", "active", "position", "version")), _texts()
    )
    op.bulk_insert(
        kinds,
        [
            {"code": code, "texts": {"zh-CN": chinese, "en": english}, "needs_record": needs_record, "active": True,
             "position": 10 * place, "version": 1}
            for place, (code, chinese, english, needs_record) in enumerate(KINDS, start=1)
        ],
    )  # fmt: skip
    types = sa.table("routing_type", *map(sa.column, ("code", "kind", "active", "position", "version")), _texts())
    op.bulk_insert(
        types,
        [
            {"code": "real-estate", "texts": {"zh-CN": "房产咨询", "en": "Real estate"}, "kind": "consultation",
             "active": True, "position": 10, "version": 1}
        ],
    )  # fmt: skip
    phrases = sa.table(
        "phrase", *map(sa.column, ("words", "use", "category", "instead", "version")), sa.column("from_on", sa.Date())
    )
    rows = [
        *((words, "forbidden", None, instead) for words, instead in FORBIDDEN),
        *((words, "discouraged", None, instead) for words, instead in DISCOURAGED),
        *((words, "snippet", category, "") for category, words in SNIPPETS),
    ]
    op.bulk_insert(
        phrases,
        [
            {"words": words, "use": use, "category": category, "instead": instead, "version": 1, "from_on": SINCE}
            for words, use, category, instead in rows
        ],
    )


def _texts() -> sa.ColumnClause[object]:
    return sa.column("texts", JSON)


def downgrade() -> None:
    op.drop_index(op.f("ix_routing_type_department_id"), table_name="routing_type")
    op.drop_table("routing_type")
    op.drop_table("ticket_kind")
    op.drop_index("ix_phrase_use_from_on", table_name="phrase")
    op.drop_table("phrase")
