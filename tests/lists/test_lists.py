"""Supervisors and heads rule the lists; what the manuals ask for cannot be switched off."""

from datetime import date, timedelta

import pytest

from portal.kernel import journal
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.permissions import Role
from portal.lists import actions, queries
from portal.lists.rules import phrases_in
from portal.lists.states import REQUIRED_KINDS, Category, List, Use
from tests.conftest import NOW, TODAY


@pytest.fixture
def desk(department):
    return department("CS")


@pytest.fixture
def supervisor(desk, staff):
    return staff("Sue", desk, Role.SUPERVISOR)


def of_kind(kind, **parts):
    kept = {part: getattr(kind, part) for part in ("texts", "needs_record", "active", "position")}
    return {**kept, **parts}


def of_type(one, **parts):
    kept = {part: getattr(one, part) for part in ("texts", "kind", "department", "active", "position")}
    return {**kept, **parts}


def of_phrase(one, **parts):
    kept = {part: getattr(one, part) for part in ("words", "use", "category", "instead", "from_on", "to_on")}
    return {**kept, **parts}


@pytest.mark.rule("TKT-001")
def test_a_new_desk_has_the_eight_kinds_in_two_languages(app):
    kinds = queries.kinds()
    assert {one.code for one in kinds} == REQUIRED_KINDS
    assert [one.texts["zh-CN"] for one in kinds][:4] == ["咨询", "投诉", "报修", "意见建议"]
    assert all(one.texts["en"] for one in kinds)


@pytest.mark.rule("TKT-001")
@pytest.mark.parametrize("code", sorted(REQUIRED_KINDS))
def test_none_of_the_eight_is_switched_off(supervisor, code):
    kind = queries.kind_called(code)
    with pytest.raises(Refused) as no:
        actions.change_kind(supervisor, kind, 1, **of_kind(kind, active=False), at=NOW)
    assert no.value.field == "active"


@pytest.mark.rule("TKT-001")
def test_a_further_kind_may_be_added_and_switched_off(supervisor):
    kind = actions.add_kind(supervisor, "loan", {"zh-CN": "借用", "en": "Loan"}, at=NOW)
    assert queries.kinds()[-1] is kind
    actions.change_kind(supervisor, kind, 1, **of_kind(kind, active=False), at=NOW)
    assert kind not in queries.kinds()
    assert kind in queries.kinds(active_only=False)


@pytest.mark.rule("TKT-026", "TKT-004")
def test_consultations_and_complaints_need_a_record_and_consultations_always_do(supervisor):
    assert {one.code for one in queries.kinds() if one.needs_record} == {"consultation", "complaint"}
    consultation = queries.kind_called("consultation")
    with pytest.raises(Refused) as no:
        actions.change_kind(supervisor, consultation, 1, **of_kind(consultation, needs_record=False), at=NOW)
    assert no.value.field == "needs_record"


@pytest.mark.rule("TKT-016")
def test_a_type_has_a_department_and_the_list_names_those_without(supervisor, desk):
    assert [one.code for one in queries.types_without_department()] == ["real-estate"]
    with pytest.raises(Refused) as no:
        actions.add_type(supervisor, "billing", {"zh-CN": "账单"}, department=None, at=NOW)
    assert no.value.field == "department"
    billing = actions.add_type(supervisor, "billing", {"zh-CN": "账单"}, department=desk, at=NOW)
    assert queries.routing_type_called("billing").department is desk
    with pytest.raises(Refused):
        actions.change_type(supervisor, billing, 1, **of_type(billing, department=None), at=NOW)


@pytest.mark.rule("TKT-016")
def test_a_type_whose_department_has_ended_is_one_without(supervisor, desk):
    actions.add_type(supervisor, "billing", {"zh-CN": "账单"}, department=desk, at=NOW)
    desk.to_on = TODAY
    assert "billing" in {one.code for one in queries.types_without_department(TODAY)}
    assert "billing" not in {one.code for one in queries.types_without_department(TODAY - timedelta(days=1))}


@pytest.mark.rule("TKT-027")
def test_consultations_may_be_about_real_estate_and_stay_so(supervisor, desk):
    assert "real-estate" in {one.code for one in queries.routing_types("consultation")}
    assert "real-estate" not in {one.code for one in queries.routing_types("repair")}
    estate = queries.routing_type_called("real-estate")
    for parts in ({"active": False}, {"kind": "repair"}):
        with pytest.raises(Refused):
            actions.change_type(supervisor, estate, 1, **of_type(estate, department=desk, **parts), at=NOW)
    actions.change_type(supervisor, estate, 1, **of_type(estate, department=desk), at=NOW)
    assert queries.types_without_department() == []


@pytest.mark.rule("TKT-023")
def test_the_two_forbidden_phrases_are_known_from_the_first_day(app):
    forbidden = queries.phrases(Use.FORBIDDEN, on=TODAY)
    assert [one.phrase.words for one in phrases_in("我不知道，这事情不归我管。", forbidden)] == [
        "我不知道",
        "这事情不归我管",
    ]
    assert all(one.instead for one in forbidden)


@pytest.mark.rule("TKT-024")
@pytest.mark.parametrize("word", ["不能", "不会", "不想", "无法", "可是"])
def test_negative_words_are_discouraged_from_the_first_day(app, word):
    (found,) = phrases_in(f"这个{word}办。", queries.phrases(Use.DISCOURAGED, Use.FORBIDDEN, on=TODAY))
    assert found.phrase.use is Use.DISCOURAGED


@pytest.mark.rule("TKT-025", "TKT-019")
def test_the_library_has_every_shelf_and_the_ten_characters(app):
    shelves = queries.snippets(TODAY)
    assert list(shelves) == [one for one in Category if one is not Category.OTHER]
    courtesy = [one.words for one in shelves[Category.COURTESY]]
    assert courtesy == ["您好", "请", "多谢", "对不起", "再见"]
    assert len("".join(courtesy)) == 10


@pytest.mark.rule("TKT-025", "TKT-019")
def test_no_snippet_of_the_library_says_what_is_forbidden_or_discouraged(app):
    bad = queries.phrases(Use.FORBIDDEN, Use.DISCOURAGED, on=TODAY)
    assert [one.words for one in queries.phrases(Use.SNIPPET) if phrases_in(one.words, bad)] == []


@pytest.mark.rule("TKT-025")
def test_a_snippet_needs_a_shelf_and_says_nothing_forbidden(supervisor):
    with pytest.raises(Refused) as no:
        actions.add_phrase(supervisor, "请稍等。", Use.SNIPPET, from_on=TODAY, at=NOW)
    assert no.value.field == "category"
    with pytest.raises(Refused, match="我不知道"):
        actions.add_phrase(supervisor, "这个我不知道。", Use.SNIPPET, category=Category.OTHER, from_on=TODAY, at=NOW)
    actions.add_phrase(supervisor, "请稍等。", Use.SNIPPET, category=Category.OTHER, from_on=TODAY, at=NOW)


@pytest.mark.rule("TKT-023")
def test_a_phrase_counts_from_its_first_day_until_its_last(supervisor):
    phrase = actions.add_phrase(
        supervisor, "随便", Use.FORBIDDEN, from_on=TODAY, to_on=TODAY + timedelta(days=2), at=NOW
    )
    counts = [phrase in queries.phrases(Use.FORBIDDEN, on=TODAY + timedelta(days=shift)) for shift in (-1, 0, 1, 2)]
    assert counts == [False, True, True, False]


def test_the_same_words_do_not_stand_twice_on_one_day(supervisor):
    with pytest.raises(Refused) as no:
        actions.add_phrase(supervisor, " 我 不知道 ", Use.FORBIDDEN, from_on=TODAY, at=NOW)
    assert no.value.field == "words"
    old = next(one for one in queries.phrases(Use.FORBIDDEN) if one.words == "我不知道")
    actions.change_phrase(supervisor, old, 1, **of_phrase(old, to_on=TODAY), at=NOW)
    actions.add_phrase(supervisor, "我不知道", Use.FORBIDDEN, from_on=TODAY, at=NOW)


def test_a_phrase_ends_after_it_began(supervisor):
    with pytest.raises(Refused):
        actions.add_phrase(supervisor, "随便", Use.FORBIDDEN, from_on=TODAY, to_on=TODAY, at=NOW)


@pytest.mark.parametrize("code", ["", "A", "a", "1a", "a b", "a_b", "a" * 40, "consultation"])
def test_a_code_is_short_plain_and_free(supervisor, code):
    with pytest.raises(Refused) as no:
        actions.add_kind(supervisor, code, {"zh-CN": "甲"}, at=NOW)
    assert no.value.field == "code"


def test_every_value_has_a_chinese_name(supervisor):
    with pytest.raises(Refused) as no:
        actions.add_kind(supervisor, "loan", {"zh-CN": " ", "en": "Loan"}, at=NOW)
    assert no.value.field == "chinese"


@pytest.mark.attack(10)
def test_agents_read_the_lists_and_do_not_rule_them(desk, staff):
    agent = staff("Amal", desk, Role.AGENT)
    kind = queries.kind_called("repair")
    with pytest.raises(NotAllowed):
        actions.change_kind(agent, kind, 1, **of_kind(kind, position=1), at=NOW)
    with pytest.raises(NotAllowed):
        actions.add_type(agent, "billing", {"zh-CN": "账单"}, department=desk, at=NOW)
    with pytest.raises(NotAllowed):
        actions.add_phrase(agent, "随便", Use.FORBIDDEN, from_on=date(2026, 1, 1), at=NOW)
    assert journal.names("list") == []


@pytest.mark.attack(27)
def test_of_two_edits_at_once_the_second_is_out_of_date(supervisor):
    kind = queries.kind_called("repair")
    actions.change_kind(supervisor, kind, 1, **of_kind(kind, texts={"zh-CN": "报修与维修"}), at=NOW)
    with pytest.raises(OutOfDate):
        actions.change_kind(supervisor, kind, 1, **of_kind(kind, position=5), at=NOW)
    assert kind.position == 30


def test_the_history_of_a_list_names_every_change(supervisor, desk):
    estate = queries.routing_type_called("real-estate")
    actions.change_type(supervisor, estate, 1, **of_type(estate, department=desk), at=NOW)
    (line,) = queries.history(List.ROUTING)
    assert line.actor_name == "Sue"
    assert "房产咨询" in line.sentence()
    assert "CS" in line.sentence()
    assert queries.history(List.KINDS) == []
