"""What was saved is found in that moment, by whoever may see it; the index mends itself and knows when it is behind."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

import pytest
from click.testing import CliRunner
from flask.cli import ScriptInfo
from markupsafe import Markup
from sqlalchemy import select, text

from portal.cli import main
from portal.customers import actions as customers
from portal.extensions import db
from portal.kernel import search
from portal.kernel.actions import PORTAL, action, begin_writing
from portal.kernel.errors import OutOfDate
from portal.kernel.permissions import Role
from portal.kernel.search import SearchText
from portal.kernel.tokens import asked
from portal.organisation import actions as organisation
from portal.organisation import queries as people
from portal.search.jobs import write_what_is_missing
from portal.tickets import actions as tickets
from portal.tickets.models import Ticket
from tests.conftest import NOW, TODAY


def kind(name: str) -> search.Kind:
    return next(one for one in search.kinds() if one.name == name)


def found(reader, words: str, *only: str) -> list[str]:
    return [str(one.title.striptags()) for one in hits(reader, words, *only)]


def hits(reader, words: str, *only: str) -> list[search.Hit]:
    return search.read(search.find(reader, asked(words), only=only), asked(words))


@pytest.fixture
def reader(department, staff):
    return staff("Amal", department("CS"), Role.AGENT)


def customer(note: str, name: str = "刘桂兰"):
    return customers.add_customer(PORTAL, name, note=note, at=NOW)


@pytest.mark.attack(37)
@pytest.mark.parametrize(
    ("note", "question"),
    [
        ("借用會議室Ａ三天", "会议室A"), ("檔案借閱", "档案"), ("电话１２３４５", "12345"), ("姓𠮷野的客户", "𠮷野"),
        ("价格再加", "加"), ("打印机卡纸", "印"), ("打印机卡纸", "打印机 卡纸"), ("VPN账号", "ＶＰＮ"),
        ("it's O'Neill \\ 100%", "o neill"),
    ],
)  # fmt: skip
def test_what_was_typed_is_found_unchanged_in_the_moment_it_is_saved(reader, note, question):
    customer(note)
    (hit,) = hits(reader, question, "customer")
    assert hit.title == "刘桂兰"
    assert hit.words.replace("<mark>", "").replace("</mark>", "") == str(Markup.escape(note))


def test_what_changes_is_found_by_its_new_words_alone(reader):
    made = customer("喜欢上午")
    fields = {"name": "刘桂兰", "telephones": [], "mail": "", "company": ""}
    customers.change_customer(PORTAL, made, made.version, note="喜欢下午", at=NOW, **fields)
    assert found(reader, "下午") == ["刘桂兰"]
    assert found(reader, "上午") == []
    assert found(reader, "喜欢") == ["刘桂兰"]


def test_what_is_rolled_back_is_not_found(reader):
    with pytest.raises(ZeroDivisionError):
        _add_and_break(PORTAL, at=NOW)
    assert found(reader, "白费") == []
    customer("后来的")
    assert found(reader, "后来") == ["刘桂兰"]


@action
def _add_and_break(_actor, *, at):
    customer("白费力气")
    db.session.flush()
    raise ZeroDivisionError


def test_every_word_must_occur_and_a_title_comes_first(reader):
    customer("打印机坏了", name="甲")
    customer("打印机好了，打印机，打印机", name="乙")
    customer("网络坏了", name="打印店")
    assert found(reader, "打印") == ["打印店", "乙", "甲"]
    assert found(reader, "打印 坏了") == ["打印店", "甲"]
    assert found(reader, "打印机 坏了") == ["甲"]
    assert found(reader, "打印机 网络") == []


@pytest.mark.attack(15)
@pytest.mark.parametrize(
    "words", ["%", "_", "\\", "'", '"', "NEAR(", "*", "AND OR NOT", "\0", "\ud800", "§customer", "a:*", "x" * 10_000,
              "“”", "会*", "' <-> '", "!!", "(((", "col:umn", "-打", "^打"]
)  # fmt: skip
def test_hostile_words_break_nothing_and_widen_nothing(reader, words):
    customer("平常的话")
    assert found(reader, words) == []


@pytest.mark.attack(15)
def test_operators_in_a_question_are_words(reader):
    customer("打印和网络")
    customer("rock AND roll OR jazz", name="乐")
    assert found(reader, "打印 OR 不存在") == []
    assert found(reader, "and") == ["乐"]
    assert found(reader, '"打印" * 网络') == ["刘桂兰"]


def test_a_long_text_is_found_to_its_end_and_across_its_cuts(reader):
    letters = "".join(chr(0x4E00 + n % 5_000) for n in range(14_000))
    customer(letters)
    for place in (0, search.PIECE - 3, search.PIECE - search.OVERLAP, 13_990):
        assert found(reader, letters[place : place + 8]) == ["刘桂兰"]
    assert db.session.scalars(select(SearchText.piece).where(SearchText.kind == "customer")).all() == [0, 1, 2]


def test_more_than_a_few_hits_of_others_do_not_hide_ones_own(demo, monkeypatch):
    """The newest hits may all be somebody else's: then one's own few are looked for."""
    every = set(db.session.scalars(select(SearchText.title).where(SearchText.kind == "ticket")))
    for name in ("clerk", "agent", "hr", "director"):
        who = people.staff(people.person_called(name), TODAY)
        seen = [one for one in every if one in found(who, one, "ticket")]
        for first, few in ((1, 500), (1, 0)):
            monkeypatch.setattr(search, "FIRST", first)
            monkeypatch.setattr(search, "FEW", few)
            assert [one for one in every if one in found(who, one, "ticket")] == seen
            assert len(found(who, "的", "ticket")) == len(set(found(who, "的", "ticket")))
        monkeypatch.undo()


@pytest.mark.attack(15, 35)
def test_a_question_that_takes_too_long_is_given_up_and_the_next_one_is_answered(demo, monkeypatch):
    monkeypatch.setattr(search, "SECONDS", 0.05)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    with pytest.raises(search.TooSlow), search._in_time():
        db.session.execute(text(endless))
    monkeypatch.undo()
    assert search.find(people.staff(people.person_called("supervisor"), TODAY), asked("宽带"))


@pytest.mark.attack(35)
def test_what_a_page_asks_after_a_search_has_its_own_time(demo, monkeypatch):
    monkeypatch.setattr(search, "SECONDS", 0.5)
    assert search.find(people.staff(people.person_called("supervisor"), TODAY), asked("宽带"))
    began, steps = time.monotonic(), 100_000
    while time.monotonic() - began < 1:  # one statement that takes longer than a search may
        began, steps = time.monotonic(), steps * 4
        counted = db.session.scalar(
            text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :steps)"
                 " SELECT count(*) FROM n"), {"steps": steps},
        )  # fmt: skip
        assert counted == steps


# ── Writing anew ──


def forget(name: str) -> None:
    db.session.rollback()
    begin_writing()
    gone = db.session.execute(select(SearchText.__table__).where(SearchText.kind == name)).mappings().all()
    search._remove(gone)
    db.session.commit()


def test_check_and_reindex_know_what_is_missing_and_write_it(demo, monkeypatch):
    reader = people.staff(people.person_called("supervisor"), TODAY)
    before = found(reader, "宽带")
    forget("ticket")
    assert found(reader, "宽带", "ticket") == []
    assert search.behind(kind("ticket")) > 20
    assert search.behind(kind("clause")) == 0
    monkeypatch.setattr(search, "SLICE", 7)
    changed, after = 0, 0
    while after is not None:
        one = search.write_anew(PORTAL, kind("ticket"), after, at=NOW)
        changed, after = changed + one.changed, one.upto
    assert changed > 20
    assert found(reader, "宽带") == before
    assert search.behind(kind("ticket")) == 0
    assert search.write_anew(PORTAL, kind("ticket"), 0, at=NOW).changed == 0


def test_what_came_past_the_session_is_found_after_the_next_sweep(demo, monkeypatch):
    reader = people.staff(people.person_called("supervisor"), TODAY)
    before = found(reader, "宽带")
    forget("ticket")
    forget("person")
    monkeypatch.setattr(search, "SLICE", 7)
    assert write_what_is_missing(NOW) > 50
    assert found(reader, "宽带") == before
    assert write_what_is_missing(NOW) == 0


def test_reindex_takes_away_what_is_no_longer_there_and_puts_right_what_differs(reader):
    made = customer("喜欢上午")
    db.session.execute(text("UPDATE customer SET note = '喜欢夜里'"))
    db.session.commit()
    assert found(reader, "上午") == ["刘桂兰"]
    search.write_anew(PORTAL, kind("customer"), 0, at=NOW)
    assert (found(reader, "上午"), found(reader, "夜里")) == ([], ["刘桂兰"])
    db.session.execute(text("DELETE FROM customer_word"))
    db.session.execute(text("DELETE FROM customer WHERE id = :id"), {"id": made.id})
    db.session.commit()
    search.write_anew(PORTAL, kind("customer"), 0, at=NOW)
    assert found(reader, "夜里") == []


def portal(app, *words: str):
    return CliRunner().invoke(main, words, obj=ScriptInfo(create_app=lambda: app))


def test_the_commands_say_what_is_behind_and_what_was_written(demo):
    forget("clause")
    db.session.remove()
    assert "BAD  search: cannot find " in (said := portal(demo, "check").output)
    assert " of clause yet: run `portal reindex`" in said
    assert "clause: " in (said := portal(demo, "reindex", "clause").output)
    assert " 0 rows written" not in said
    assert "ok   search: knows everything" in portal(demo, "check").output
    assert ", 0 rows written" in portal(demo, "reindex", "clause").output
    assert "nothing is known of dragons" in portal(demo, "reindex", "dragons").output


@pytest.mark.attack(27)
def test_two_who_write_about_one_thing_at_once_are_both_found(demo):
    ticket_id = db.session.scalars(
        select(Ticket.id).where(Ticket.ended_at.is_(None), Ticket.assignee_id.is_not(None))
    ).first()
    worker = people.staff_with_id(db.session.get_one(Ticket, ticket_id).assignee_id, NOW)
    db.session.rollback()
    words = [f"同时写下的第{sign}条" for sign in "甲乙丙丁戊己庚辛"]
    failed = []

    def write(one: str) -> None:
        with demo.app_context():
            try:
                _until_it_counts(worker, ticket_id, one)
            except Exception as error:
                failed.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=write, args=(one,)) for one in words]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert failed == []
    assert all(found(worker, one, "ticket") for one in words)


def _until_it_counts(worker, ticket_id: int, words: str) -> None:
    """A note, pressed again as long as somebody was faster: it touches the ticket's clocks as well."""
    for _try in range(50):
        with suppress(OutOfDate):
            tickets.note(worker, db.session.get_one(Ticket, ticket_id), words, at=NOW)
            return
    raise AssertionError("always somebody was faster")


def test_a_colleague_is_found_by_a_new_name(department, person, staff):
    home = department("CS")
    made, reader = person("韩梅", home), staff("Ben", home)
    assert found(reader, "韩梅", "person") == ["韩梅"]
    organisation.rename(PORTAL, made, "韩梅梅", from_on=TODAY, at=NOW)
    assert found(reader, "梅梅", "person") == ["韩梅梅"]
