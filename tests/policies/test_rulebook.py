"""What code may ask the manuals: declarations, the values that a manual can say, and what is refused."""

from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from enum import IntEnum, StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.deadlines import Allowance
from portal.kernel.errors import Clause, Refused
from portal.kernel.text import Said, say
from portal.policies import kinds, rulebook
from portal.policies.kinds import kind_of
from portal.policies.rulebook import Fen, Rule, Shares, Table, keys, rule, ruleset, supposing, told


class Priority(StrEnum):
    URGENT = "urgent"
    ORDINARY = "ordinary"


class Channel(StrEnum):
    CHAT = "chat"
    TELEPHONE = "telephone"


class Rank(IntEnum):
    """A list whose entries are numbers to the code and words to people."""

    URGENT = 1
    NORMAL = 2

    @property
    def code(self):
        return self.name.lower()

    @property
    def label(self):
        return {1: say("at once"), 2: say("in turn")}[self]


class Tone(StrEnum):
    WARN = "warn"
    REFUSE = "refuse"


BY = {"priority": Priority, "channel": Channel, "kind": str}


@pytest.fixture(autouse=True)
def own_registry(monkeypatch):
    """What a test declares is known to that test alone."""
    monkeypatch.setattr(rulebook, "KEYS", dict(rulebook.KEYS))
    monkeypatch.setattr(rulebook, "RULESETS", list(rulebook.RULESETS))


@pytest.fixture
def lateness():
    @ruleset(say("Lateness"))
    class LatenessRules:
        """What a staff manual decides about coming late."""

        grace: Rule[int] = rule("example.grace", say("Grace"), unit="minutes", default=0, at_least=0, at_most=60)
        tiers: Rule[Shares] = rule(
            "example.tiers", say("Rates"), unit="share of base pay", default=(), at_most=Decimal("0.2")
        )
        answer: Rule[Allowance | None] = rule("example.answer", say("Answer"), default=None)
        response: Rule[Table[Allowance]] = rule("example.response", say("Response"), default=Table(tuple(BY)), by=BY)

    return LatenessRules


def named(ruleset_class):
    return {key.name: key for key in keys(ruleset_class)}


def refusal(read, text):
    with pytest.raises(Refused) as no:
        read(text)
    return no.value.sentence


# --- declaring ---


def test_a_key_that_no_manual_rules_on_has_its_declared_default_and_no_clause(lateness):
    rules = told(lateness, {})
    assert (rules.grace.value, rules.tiers.value, rules.answer.value) == (0, (), None)
    assert rules.grace.clause is None
    assert rules.response.at(priority="urgent", channel="chat", kind="repair").value is None


def test_a_value_carries_its_clause_and_since_when_it_holds(lateness):
    clause, since = Clause("KQ-01", "2.0", "3.1"), date(2026, 7, 1)
    key = named(lateness)["example.grace"]
    rules = told(lateness, {key.name: Rule(key, 10, clause, since)})
    assert (rules.grace.value, rules.grace.clause, rules.grace.since) == (10, clause, since)
    assert rules.tiers.clause is None


def test_a_rule_can_be_tried_as_if_a_clause_said_it(lateness):
    rules = supposing(lateness, grace=5, tiers=(Decimal("0.01"),))
    assert (rules.grace.value, rules.tiers.value, rules.answer.value) == (5, (Decimal("0.01"),), None)
    with pytest.raises(TypeError, match="no rule greice"):
        supposing(lateness, greice=5)


def test_two_rules_never_share_a_key(lateness):
    with pytest.raises(ValueError, match=r"two rules are called example\.grace"):

        @ruleset(say("Again"))
        class Again:
            grace: Rule[int] = rule("example.grace", say("Grace"), unit="minutes", default=0)


def test_a_name_that_no_code_asks_for_is_refused_with_its_sentence(lateness):
    assert refusal(rulebook.key_called, "example.greice").template.startswith("No rule is called")
    assert rulebook.key_called("example.grace").unit == "minutes"


@pytest.mark.parametrize(
    ("hint", "values"),
    [
        ("Rule[Fen]", {"default": Fen(3000)}),
        ("Rule[Decimal]", {"default": Decimal("0.01")}),
        ("Rule[Shares]", {"default": (Decimal(0), Decimal("0.05"))}),
        ("Rule[Fen | None]", {"default": Fen(1)}),
        ("Rule[Table[Fen]]", {"default": Table(("kind",), ((("repair",), Fen(1)),)), "by": {"kind": str}}),
    ],
)
def test_a_default_never_costs_anyone_money(hint, values):
    def declare(**more):
        cls = type("Costly", (), {"__annotations__": {"it": hint}, "it": rule("x.it", say("It"), **values, **more)})
        cls.__module__ = __name__
        return ruleset(say("Costly"))(cls)

    with pytest.raises(ValueError, match="never costs anyone money"):
        declare()
    assert declare(protects=True)


@pytest.mark.parametrize(
    ("hint", "values", "why"),
    [
        ("int", {"default": 1}, "annotated"),
        ("Rule[float]", {"default": 1.0}, "no manual can say"),
        ("Rule[Table[int]]", {"default": Table(())}, "columns"),
        ("Rule[int]", {"default": 1, "unit": "furlongs"}, "unknown unit"),
        ("Rule[int]", {"default": 61, "at_most": 60}, "out of its own bounds"),
        ("Rule[bool]", {"default": True, "at_most": True}, "no bounds"),
        ("Rule[Decimal]", {"default": Decimal("0.000000001"), "protects": True}, "bounds|written"),
    ],
)
def test_a_declaration_that_makes_no_sense_is_an_error_at_start(hint, values, why):
    cls = type("Odd", (), {"__annotations__": {"it": hint}, "it": rule("x.it", say("It"), **values)})
    cls.__module__ = __name__
    with pytest.raises(ValueError, match=why):
        ruleset(say("Odd"))(cls)


# --- bounds, on both sides ---


@pytest.mark.parametrize(("text", "fits"), [("0", True), ("60", True), ("61", False), ("-1", False)])
def test_a_number_keeps_to_its_bounds(lateness, text, fits):
    key = named(lateness)["example.grace"]
    if fits:
        assert key.parse(text) == int(text)
    else:
        assert refusal(key.parse, text).template in ("{rule}: at least {limit}.", "{rule}: at most {limit}.")


@pytest.mark.parametrize(("text", "fits"), [("1%, 1%, 20%", True), ("1%, 20.01%, 5%", False)])
def test_every_step_of_a_rate_keeps_to_the_bounds(lateness, text, fits):
    key = named(lateness)["example.tiers"]
    if fits:
        assert key.parse(text)[-1] == Decimal("0.2")
    else:
        assert refusal(key.parse, text).template == "{rule}: at most {limit}."


def test_what_was_published_stays_readable_when_bounds_are_drawn_closer(lateness):
    assert named(lateness)["example.grace"].read("90") == 90


# --- every kind: what is written can be read again ---

amounts = st.integers(0, 10**9).map(Fen)
shares = st.integers(0, 10**6).map(lambda millionths: Decimal(millionths) / 10**6)
allowances = st.one_of(
    st.integers(1, 500_000).map(lambda n: Allowance.clock(timedelta(minutes=n))),
    st.integers(1, 500_000).map(lambda n: Allowance.working(timedelta(minutes=n))),
    st.just(Allowance.same_day()),
    st.integers(1, 366).map(Allowance.calendar_days),
    st.integers(1, 366).map(Allowance.working_days),
)
codes = st.from_regex(r"[a-z一-龥][\w-]{0,20}", fullmatch=True)


@st.composite
def tables(draw):
    row = st.tuples(
        st.none() | st.sampled_from(["urgent", "ordinary"]),
        st.none() | st.sampled_from(["chat", "telephone"]),
        st.none() | codes,
    )
    rows = []
    for entries in draw(st.lists(row, max_size=5)):
        if not any(all(a in (None, b) for a, b in zip(one, entries, strict=True)) for one, _ in rows):
            rows.append((entries, draw(allowances)))
    return Table(tuple(BY), tuple(rows))


@pytest.mark.parametrize(
    ("hint", "values"),
    [
        (int, st.integers(-(10**9) + 1, 10**9 - 1)),
        (Decimal, shares),
        (Shares, st.lists(shares, max_size=6).map(tuple)),
        (Fen, amounts),
        (bool, st.booleans()),
        (Tone, st.sampled_from(Tone)),
        (Allowance, allowances),
        (Allowance | None, st.none() | allowances),
        (Table[Allowance], tables()),
        (Table[Allowance] | None, st.none() | tables().filter(lambda table: table.rows)),
    ],
    ids=str,
)
def test_what_is_written_can_be_read_again(hint, values):
    kind = kind_of(hint, BY)

    @given(values)
    def both_ways(value):
        written = kind.write(value)
        assert kind.parse(written) == value
        assert kind.write(kind.parse(written)) == written

    both_ways()


@given(text=st.text(max_size=60), hint=st.sampled_from([int, Decimal, Shares, Fen, bool, Tone, Allowance, Table[int]]))
def test_whatever_somebody_types_is_read_or_refused(text, hint):
    kind = kind_of(hint, BY)
    with suppress(Refused):
        value = kind.parse(text)
        assert kind.parse(kind.write(value)) == value


@pytest.mark.parametrize(
    ("hint", "text", "value"),
    [
        (Fen, "30", 3000),
        (Fen, "30.5", 3050),
        (Fen, "30.00 元", 3000),
        (Decimal, "0.5 %", Decimal("0.005")),
        (Shares, "1%、1%、5%", (Decimal("0.01"), Decimal("0.01"), Decimal("0.05"))),
        (bool, "是", True),
        (Allowance, "1 day", Allowance.calendar_days(1)),
    ],
)
def test_people_may_write_a_value_in_more_ways_than_one(hint, text, value):
    assert kind_of(hint).parse(text) == value


def test_full_width_marks_of_a_chinese_keyboard_are_understood(lateness):
    key = named(lateness)["example.response"]
    typed = "priority＝urgent，channel＝chat：10 minutes；otherwise：24 hours"
    assert key.write(key.parse(typed)) == "priority=urgent, channel=chat: 10 minutes; otherwise: 24 hours"


# --- tables ---


@pytest.mark.parametrize(
    ("priority", "channel", "hours"),
    [("urgent", "chat", 1), ("urgent", "telephone", 2), ("ordinary", "chat", 3), ("ordinary", "telephone", None)],
)
def test_the_first_line_that_fits_counts(priority, channel, hours):
    table = kind_of(Table[int], BY).parse("priority=urgent, channel=chat: 1; priority=urgent: 2; channel=chat: 3")
    assert table.at(priority=priority, channel=channel, kind="repair") == hours


def test_a_closed_list_may_name_its_entries_by_code():
    table = kind_of(Table[int], {"rank": Rank}).parse("rank=urgent: 1; otherwise: 2")
    assert [table.at(rank=rank) for rank in Rank] == [1, 2]
    assert [words(line.when) for line in kind_of(Table[int], {"rank": Rank}).lines(table, "")] == [
        "at once",
        "otherwise",
    ]
    with pytest.raises(Refused):
        kind_of(Table[int], {"rank": Rank}).parse("rank=1: 1")


def test_codes_of_a_list_that_staff_keep_are_called_as_that_list_calls_them(monkeypatch):
    monkeypatch.setitem(kinds.WORDS, "kind", lambda: {"repair": "报修"})
    kind = kind_of(Table[int], {"kind": str})
    lines = kind.lines(kind.parse("kind=repair: 1; kind=order: 2"), "")
    assert [words(line.when) for line in lines] == ["报修", "order"]


def test_a_line_is_looked_up_by_every_column():
    with pytest.raises(TypeError, match="looked up by kind"):
        Table(("kind",)).at(priority="urgent")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("otherwise: 1; priority=urgent: 2", "never reached"),
        ("priority=urgent: 1; priority=urgent, channel=chat: 2", "never reached"),
        ("priority=grave: 1", "not among these"),
        ("colour=red: 1", "no condition"),
        ("priority=urgent, priority=ordinary: 1", "no condition"),
        ("priority=urgent", "no value"),
        ("kind=a b: 1", "no code"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(text, why):
    assert why in refusal(kind_of(Table[int], BY).parse, text).template


def test_a_line_of_a_table_still_carries_the_clause(lateness):
    clause = Clause("KF-01", "3.0", "4.1")
    key = named(lateness)["example.response"]
    rules = supposing(lateness, clause=clause, response=key.parse("priority=urgent: 10 minutes"))
    found = rules.response.at(priority="urgent", channel="chat", kind="repair")
    assert (found.value, found.clause) == (Allowance.clock(timedelta(minutes=10)), clause)


# --- telling people ---


def words(said):
    """The sentence as it stands in the source, with its values: tests without a language."""
    return said.template.format(**{name: words(v) if isinstance(v, Said) else v for name, v in said.values})


@pytest.mark.parametrize(
    ("key", "value", "lines"),
    [
        ("example.grace", 1, [(None, "1 minute")]),
        ("example.grace", 5, [(None, "5 minutes")]),
        ("example.tiers", (Decimal("0.01"), Decimal("0.005")), [(None, "1% · 0.5% of base pay")]),
        ("example.tiers", (), [(None, "none")]),
        ("example.answer", None, [(None, "not set")]),
    ],
)
def test_a_value_is_told_with_its_unit(lateness, key, value, lines):
    told_lines = named(lateness)[key].lines(value)
    assert [(line.when and words(line.when), words(line.value)) for line in told_lines] == lines


def test_a_table_is_told_line_by_line(lateness):
    key = named(lateness)["example.response"]
    lines = key.lines(key.parse("priority=urgent, channel=chat: 10 minutes; otherwise: 3 days"))
    assert [words(line.when) for line in lines] == ["urgent · chat", "otherwise"]
    assert [line.value for line in lines] == [
        Allowance.clock(timedelta(minutes=10)).said(),
        Allowance.calendar_days(3).said(),
    ]


def test_a_value_explains_itself_by_label_lines_and_clause(lateness):
    clause = Clause("KQ-01", "2.0", "3.1")
    told_why = supposing(lateness, clause=clause, grace=5).grace.explain()
    assert (words(told_why.label), words(told_why.lines[0].value), told_why.clause) == ("Grace", "5 minutes", clause)


def test_bounds_are_told_in_the_unit_of_the_value(lateness):
    assert words(named(lateness)["example.grace"].bounds()) == "0 minutes to 60 minutes"
    assert words(named(lateness)["example.tiers"].bounds()) == "at most 20% of base pay"
    assert named(lateness)["example.answer"].bounds() is None
