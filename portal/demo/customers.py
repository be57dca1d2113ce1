"""The demo company's customers and visitors. Their telephone numbers are nobody's: 138 0000, 139 0000, 0571-8800."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from portal.customers import actions
from portal.customers.models import Customer
from portal.extensions import db
from portal.kernel.clock import office_day
from portal.organisation.models import Person
from portal.organisation.queries import person_called, staff
from portal.organisation.staff import Staff

HOMES = (
    "陈晓东", "刘桂兰", "黄丽华", "吴建军", "徐文静", "孙浩然", "马秀英", "朱志强", "胡雪梅", "郭子豪", "林淑芬",
    "何家宁", "高玉珍", "罗振宇", "梁小燕", "宋国栋", "唐雨桐", "许文博", "韩秋月", "冯思远", "邓美玲", "曹俊杰",
    "彭桂香", "曾凡星", "肖云鹏", "田春华", "董亚楠", "袁立新", "潘晓彤", "欧阳静", "于海燕", "蒋大勇", "蔡依然",
    "余光明", "杜若飞", "叶知秋", "程小米", "苏文轩", "魏青山", "司马睿",
)  # fmt: skip
"""Customers at home."""
FIRMS = (
    ("湖畔酒店", "hupan", (("范丽娜", "前厅经理"), ("石磊", "工程部"))),
    ("青禾农业合作社", "qinghe", (("金满仓", "社长"),)),
    ("启明小学", "qiming", (("钟老师", "总务处"), ("汪校长", ""))),
    ("江南织造厂", "jiangnan", (("陆织云", "办公室"), ("任重", "设备科"))),
    ("望江楼餐饮", "wangjiang", (("谭味鲜", "店长"),)),
    ("百草堂药房", "baicao", (("方回春", "店长"), ("尹当归", "收银"))),
    ("云栖书局", "yunqi", (("姚墨香", ""),)),
    ("东篱花木", "dongli", (("陶菊", "老板"),)),
    ("长风物流", "changfeng", (("雷千里", "调度"), ("贺一鸣", "财务"))),
    ("半山民宿", "banshan", (("顾云帆", "民宿主人"),)),
    ("晨光幼儿园", "chenguang", (("孟小雨", "园长"),)),
    ("Blue Bay Trading", "bluebay", (("Amal Haddad", "Office"), ("Ben Carter", "Purchasing"))),
    ("海蓝海产", "hailan", (("侯鱼跃", "经理"),)),
)
"""Companies with those who ring for them and what they are there."""
TAKERS = ("agent", "agent2", "orders", "shop1", "sales1", "complaints", "technician")
NOTES = {
    0: "耳朵不太好，说话请慢一些、大声一些。",
    3: "上夜班，下午三点以后再打。",
    7: "习惯先看短信，打电话前请先发一条。",
    12: "由儿子陈先生代为联系。",
}


def write_down(at: datetime) -> None:
    """About sixty customers, written down by those who took their calls, over the last seven months."""
    takers = [_colleague(name, at) for name in TAKERS]
    for nth, name in enumerate(HOMES):
        telephones = [f"138 0000 {1001 + nth * 7:04d}"]
        if nth % 5 == 0:
            telephones.append(f"0571-8800 {2001 + nth:04d}")
        actions.add_customer(
            takers[nth % len(takers)], name, telephones=telephones, note=NOTES.get(nth, ""),
            mail=f"customer{nth + 1}@home.example" if nth % 3 == 0 else "",
            at=at - timedelta(days=210 - 5 * nth, minutes=17 * nth),
        )  # fmt: skip
    count = 0
    for company, domain, people in FIRMS:
        for name, post in people:
            actions.add_customer(
                takers[count % len(takers)], name, telephones=[f"139 0000 {3001 + count * 11:04d}"], company=company,
                mail=f"{'office' if count % 2 else 'service'}{count}@{domain}.example", note=post,
                at=at - timedelta(days=200 - 9 * count, minutes=23 * count),
            )  # fmt: skip
            count += 1
    moved = db.session.scalars(select(Customer).where(Customer.name == "吴建军")).one()
    supervisor = _colleague("supervisor", at)
    kept = {"name": moved.name, "mail": moved.mail, "note": moved.note}
    actions.change_customer(
        supervisor, moved, moved.version, **kept, telephones=["139 0000 9009", *moved.telephones], company="建军五金",
        at=at - timedelta(days=3),
    )  # fmt: skip


def receive(at: datetime) -> None:
    """Visitors of yesterday and of this morning; one is still here."""
    lines = (
        ("agent", "马秀英", "", "来问宽带续费的优惠", timedelta(days=1, hours=2), timedelta(minutes=20)),
        ("complaints", "蒋大勇", "", "反映上门维修迟到，要求说明", timedelta(days=1, minutes=40), timedelta(hours=1)),
        ("sales1", "", "半山民宿", "看二期商铺的合同样本", timedelta(hours=1, minutes=10), timedelta(minutes=45)),
        (
            "agent2",
            "一位不愿留名的老先生",
            "",
            "账单看不懂，想请人讲一讲",
            timedelta(minutes=55),
            timedelta(minutes=15),
        ),
        ("agent", "林淑芬", "", "更换户主，带了身份证和房产证", timedelta(minutes=25), None),
    )
    for name, visitor, company, purpose, ago, stayed in lines:
        receiver = _colleague(name, at)
        query = select(Customer).where(Customer.company == company if company else Customer.name == visitor)
        visit = actions.register_visit(
            receiver, visitor, company=company, customer=db.session.scalars(query.limit(1)).first(), purpose=purpose,
            receiver=db.session.get_one(Person, receiver.id), came_at=at - ago, at=at - ago,
        )  # fmt: skip
        if stayed:
            actions.note_leaving(receiver, visit, at=at - ago + stayed)


def _colleague(name: str, at: datetime) -> Staff:
    person = person_called(name)
    assert person is not None
    return staff(person, office_day(at))
