"""A customer is found again, never typed twice; who does not need the number sees it masked."""

from datetime import timedelta

import pytest

from portal.customers import actions, queries
from portal.customers.models import Customer
from portal.extensions import db
from portal.kernel import journal
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.permissions import Role
from tests.conftest import NOW


@pytest.fixture
def agent(department, staff):
    return staff("Amal", department("CS"), Role.AGENT)


@pytest.fixture
def zhang(agent):
    return actions.add_customer(
        agent, "张三丰", telephones=["138-1234-2026", "0571-8881 2026"], mail="Sanfeng@Wudang.example",
        company="武当山道具厂", at=NOW,
    )  # fmt: skip


def names(found):
    return [one.name for one in found]


def changed(customer, **parts):
    kept = {part: getattr(customer, part) for part in ("name", "telephones", "mail", "company", "note")}
    return {**kept, **parts}


@pytest.mark.parametrize(
    "words",
    [
        "张三丰", "三丰", "zsf", "ZS", "2026", "1381234", "+86 138 1234 2026", "０５７１-８８８１", "88812026", "道具",
        "武当山",
        "sanfeng@wudang", "wudang.example", "张 2026", "C-2026-00001",
    ],
)  # fmt: skip
def test_a_caller_is_found_by_any_part_that_they_say(agent, zhang, words):
    assert names(queries.find_caller(agent, words)) == ["张三丰"]


@pytest.mark.attack(15)
@pytest.mark.parametrize(
    "words", ["%", "_三丰", "张%", "%%%", "'; --", "张 李", "\x00", "\ud800张", '"', "*", "丰三", "9999", "%2026"]
)
def test_no_sign_widens_what_is_found(agent, zhang, words):
    assert names(queries.find_caller(agent, words)) == (["张三丰"] if words.strip("\ud800") == "张" else [])


def test_at_most_eight_are_offered(agent):
    for nth in range(12):
        actions.add_customer(agent, f"张{'甲乙丙丁戊己庚辛壬癸子丑'[nth]}", at=NOW)
    assert len(queries.find_caller(agent, "张")) == 8


@pytest.mark.rule("ORG-024")
def test_who_reads_but_does_not_write_customers_sees_masked_numbers(department, staff, zhang):
    archivist = staff("Ada", department("ARC"), Role.ARCHIVIST)
    (found,) = queries.find_caller(archivist, "张三丰")
    assert found.telephones == ("138****2026", "0571****2026")
    assert queries.card(zhang, archivist).telephone == "138****2026"
    assert queries.card(zhang, archivist, works_for_them=True).telephone == "138-1234-2026"


@pytest.mark.attack(16)
def test_a_masked_number_cannot_be_asked_out_digit_by_digit(department, staff, zhang):
    archivist = staff("Ada", department("ARC"), Role.ARCHIVIST)
    assert queries.find_caller(archivist, "1381234") == []
    assert queries.find_caller(archivist, "2026") == []
    assert names(queries.find_caller(archivist, "13812342026")) == ["张三丰"]


@pytest.mark.rule("ORG-024")
def test_customers_are_read_and_written_by_role(department, staff, zhang):
    archivist, clerk = staff("Ada", department("ARC"), Role.ARCHIVIST), staff("Ben", department("FIN"))
    with pytest.raises(NotAllowed):
        actions.add_customer(archivist, "李四", at=NOW)
    with pytest.raises(NotAllowed):
        actions.change_customer(archivist, zhang, zhang.version, **changed(zhang, note="x"), at=NOW)
    assert queries.find_caller(clerk, "张三丰") == []
    assert queries.customers(clerk).rows == []
    assert queries.customer_with(clerk, "C-2026-00001") is None


@pytest.mark.parametrize(
    "again",
    [
        {"name": "张先生", "telephones": ["+86 13812342026"]},
        {"name": "张先生", "telephones": ["88812026"]},  # the same line without its area code
        {"name": "张先生", "mail": "SANFENG@wudang.example"},
        {"name": "张三丰", "company": "武当山道具厂"},
    ],
)
def test_a_double_is_offered_before_a_second_record_is_made(agent, zhang, again):
    with pytest.raises(Refused, match="C-2026-00001"):
        actions.add_customer(agent, **again, at=NOW)
    other = actions.add_customer(agent, **again, although=[zhang.number], at=NOW)
    assert other.number == "C-2026-00002"  # the refused one left no gap


def test_the_same_name_alone_is_no_double(agent, zhang):
    assert actions.add_customer(agent, "张三丰", telephones=["139 0000 0001"], at=NOW).number == "C-2026-00002"


@pytest.mark.rule("TKT-006")
def test_anybody_who_hears_first_takes_the_caller_down_and_no_caller_is_typed_twice(department, staff, zhang):
    developer = staff("Ben", department("RD"))
    assert actions.take_down(developer, "张三丰", telephone="013812342026", at=NOW) is zhang
    wife = actions.take_down(developer, "李四娘", telephone="013812342026", at=NOW)
    assert wife is not zhang
    assert actions.take_down(developer, "李四娘", telephone="138 1234 2026", at=NOW) is wife


def test_a_change_is_kept_part_by_part_and_finds_the_record_by_its_new_words(agent, zhang):
    actions.change_customer(agent, zhang, 1, **changed(zhang, telephones=["13912345678"], note="周末不要打"), at=NOW)
    assert journal.names("customer") == ["CustomerAdded", "CustomerChanged", "CustomerChanged"]
    sentence = str(journal.of("customer", zhang.id)[1].sentence())
    assert "138****2026, 0571****2026" in sentence
    assert "139****5678" in sentence
    assert names(queries.find_caller(agent, "13912345678")) == ["张三丰"]
    assert queries.find_caller(agent, "13812342026") == []


def test_nothing_changed_is_no_fact(agent, zhang):
    actions.change_customer(agent, zhang, 1, **changed(zhang), at=NOW)
    assert zhang.version == 1
    assert journal.names("customer") == ["CustomerAdded"]


@pytest.mark.attack(27)
def test_of_two_edits_at_once_the_second_learns_what_the_first_changed(agent, zhang):
    actions.change_customer(agent, zhang, 1, **changed(zhang, note="周末不要打"), at=NOW)
    with pytest.raises(OutOfDate):
        actions.change_customer(agent, zhang, 1, **changed(zhang, note="改天再打"), at=NOW + timedelta(minutes=1))
    (missed,) = queries.changes_since(zhang, 1)
    assert "周末不要打" in missed.sentence()
    assert db.session.get_one(Customer, zhang.id).note == "周末不要打"


def test_customers_are_listed_by_pronunciation_and_page_by_key(agent):
    for name in ("张伟", "李娜", "王芳"):
        actions.add_customer(agent, name, at=NOW)
    first = queries.customers(agent, size=2)
    assert names(first.rows) == ["李娜", "王芳"]
    assert names(queries.customers(agent, first.after, size=2).rows) == ["张伟"]
