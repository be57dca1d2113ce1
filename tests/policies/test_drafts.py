"""A version while it is written: who sees it, what its form takes, and that nobody writes over another."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text

from portal.demo.cast import NAMED
from portal.extensions import db
from portal.kernel import journal
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.permissions import Role
from portal.organisation.models import Person
from portal.policies import drafts, queries, rules
from portal.policies.models import ManualDraft
from portal.policies.states import LIFE, PATH, Category, Chapter, ManualKind, Part, Stage
from tests.conftest import NOW, TODAY

ANSWER, ROUNDS = "tickets.complaint_answer", "tickets.satisfaction_rounds"


@pytest.fixture
def house(department, staff, person):
    """A company with customer service, whose head writes and whose colleague watches."""
    company = department("XH")
    centre = department("CS", company)

    class House:
        top, cs, shop = company, centre, department("SHOP", company)
        zheng = staff("Zheng", centre, Role.HEAD)
        zhou = staff("Zhou", shop, Role.HEAD)
        li = person("Li", centre)
        shen = staff("Shen", company, Role.EXECUTIVE)

    return House


@pytest.fixture
def begun(house):
    """`begun()`: the draft of a new manual of customer service, written by its head."""

    def make(actor=None, code="KF-02", **more):
        how = {
            "kind": ManualKind.CONDUCT, "category": Category.CUSTOMERS, "department": house.cs, "supervisor": house.li,
            "purpose": "说明为什么", "principles": "诚实", "at": NOW,
        } | more  # fmt: skip
        return drafts.begin_manual(actor or house.zheng, code, {"zh-CN": "补充规定"}, **how)

    return make


def clause(draft, actor, number="1", heading="总则", of=None, **more):
    how = {"text": "…", "part": Part.BODY, "chapter": None, "seen": draft.version, "at": NOW} | more
    return drafts.write_clause(actor, draft, of, number=number, heading=heading, **how)


@pytest.mark.rule("POL-001", "POL-011", "POL-050")
@pytest.mark.parametrize("kind", ManualKind)
def test_every_stage_is_reached_from_the_one_before_and_from_no_other(kind):
    forward = {
        (before, step.after)
        for step in LIFE[kind].steps.values()
        for before in step.before
        if {step.after, before} <= set(PATH[kind]) and PATH[kind].index(step.after) > PATH[kind].index(before)
    }
    path = PATH[kind]
    assert forward == {(path[at], path[at + 1]) for at in range(len(path) - 1)}
    back = {
        path.index(before) - path.index(step.after)
        for verb, step in LIFE[kind].steps.items()
        for before in step.before
        if verb.startswith("back to")
    }
    assert back == {1}


@pytest.mark.rule("POL-020")
@pytest.mark.rule("POL-028")
def test_a_new_manual_begins_as_a_draft_with_purpose_principles_and_a_supervisor(begun, house):
    draft = begun()
    assert (draft.state, draft.label, draft.manual.department_id) == (Stage.RESEARCH, "1.0", house.cs.id)
    assert (draft.purpose, draft.principles, draft.supervisor_id) == ("说明为什么", "诚实", house.li.id)
    assert journal.names("manual draft") == ["DraftBegun"]


def test_a_technical_standard_begins_with_its_needs(begun):
    assert begun(kind=ManualKind.STANDARD).state is Stage.NEEDS


@pytest.mark.rule("POL-019")
def test_customer_service_is_asked_by_itself(begun, house, person):
    director = person("Luo", house.cs, Role.DIRECTOR)
    assert [one.person_id for one in begun().reviewers] == [director.id]


@pytest.mark.attack(10)
def test_only_whoever_writes_manuals_there_begins_one(begun, house):
    with pytest.raises(NotAllowed):
        begun(house.zhou)
    with pytest.raises(NotAllowed):
        begun(department=house.top)
    assert begun(house.shen, department=house.top).manual.department_id is None


def test_there_is_one_draft_of_a_manual_at_a_time(house, manual, published):
    of = manual("KF-01", house.cs)
    published({ROUNDS: "5"}, from_=date(2026, 1, 1), of=of)
    drafts.begin_version(house.zheng, of, at=NOW)
    with pytest.raises(OutOfDate, match="already"):
        drafts.begin_version(house.shen, of, at=NOW)


def test_the_next_version_is_copied_and_its_clauses_keep_their_ids(house, manual, published):
    of = manual("KF-01", house.cs)
    before = published({ROUNDS: "5", ANSWER: "3 days"}, from_=date(2026, 1, 1), of=of)
    draft = drafts.begin_version(house.zheng, of, at=NOW)
    assert draft.label == "2.0"
    assert [one.stable for one in draft.clauses] == [one.stable for one in before.clauses]
    assert drafts.text_of_draft(draft)[1].rulings == {ANSWER: "3 days"}


def test_clauses_are_moved_and_counted_anew_and_keep_their_ids(begun, house):
    draft = begun()
    for number in ("1", "2", "2.1", "3"):
        clause(draft, house.zheng, number, f"条 {number}")
    ids = {one.heading: one.stable for one in draft.clauses}
    drafts.move_clause(house.zheng, draft, draft.clauses[3], up=True, seen=draft.version, at=NOW)
    drafts.move_clause(house.zheng, draft, draft.clauses[2], up=True, seen=draft.version, at=NOW)
    drafts.renumber(house.zheng, draft, seen=draft.version, at=NOW)
    assert [(one.number, one.heading) for one in draft.clauses] == [
        ("1", "条 1"), ("2", "条 3"), ("3", "条 2"), ("3.1", "条 2.1"),
    ]  # fmt: skip
    assert {one.heading: one.stable for one in draft.clauses} == ids


@pytest.mark.parametrize(
    ("numbers", "counted"),
    [
        (["1", "1.1", "3", "3.5"], ["1", "1.1", "2", "2.1"]),
        (["2.1", "2.2"], ["1", "1.1"]),
        (["1", "1.1.1"], ["1", "1.1"]),
        (["1", "1.1", "1.2", "2", "2.1"], ["1", "1.1", "1.2", "2", "2.1"]),
    ],
)
def test_numbers_are_counted_by_place_and_depth(numbers, counted):
    assert rules.renumbered(numbers) == counted


@pytest.mark.parametrize(("last", "following"), [([], "1"), (["1"], "2"), (["1", "1.9"], "1.10")])
def test_a_further_clause_gets_the_next_number(last, following):
    assert rules.next_number(last) == following


@pytest.mark.attack(1)
def test_a_clause_is_made_harmless_when_it_is_written(begun, house):
    draft = begun()
    made = clause(draft, house.zheng, text="<script>alert(1)</script> **wichtig**")
    assert "<script" not in made.html
    assert "<strong>" in made.html


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"number": "1"}, "number"), ({"number": "x"}, "number"), ({"number": "2", "heading": " "}, "heading"),
     ({"number": "2", "text": "字" * (drafts.LONGEST + 1)}, "text")],
)  # fmt: skip
def test_a_clause_that_cannot_be_cited_is_refused_beside_its_field(begun, house, fields, field):
    draft = begun()
    clause(draft, house.zheng)
    with pytest.raises(Refused) as no:
        clause(draft, house.zheng, **fields)
    assert no.value.field == field


@pytest.mark.parametrize(("value", "fits"), [("0", False), ("1", True), ("9", True), ("10", False), ("drei", False)])
def test_a_value_out_of_bounds_is_refused_while_it_is_written(begun, house, value, fits):
    draft = begun()
    first = clause(draft, house.zheng)
    if fits:
        drafts.rule_on(house.zheng, draft, first, ROUNDS, value, seen=draft.version, at=NOW)
        assert first.rulings[0].value == value
        return
    with pytest.raises(Refused) as no:
        drafts.rule_on(house.zheng, draft, first, ROUNDS, value, seen=draft.version, at=NOW)
    assert no.value.field == "value"


def test_a_key_is_ruled_on_by_one_clause_and_may_be_left_open_again(house, manual, published):
    of = manual("KF-01", house.cs)
    published({ROUNDS: "5"}, from_=date(2026, 1, 1), of=of)
    draft = drafts.begin_version(house.zheng, of, at=NOW)
    second = clause(draft, house.zheng, "9")
    with pytest.raises(Refused, match="already"):
        drafts.rule_on(house.zheng, draft, second, ROUNDS, "2", seen=draft.version, at=NOW)
    drafts.leave_open(house.zheng, draft, draft.clauses[0], ROUNDS, seen=draft.version, at=NOW)
    assert draft.drops == [ROUNDS]
    drafts.rule_on(house.zheng, draft, second, ROUNDS, "2", seen=draft.version, at=NOW)
    assert drafts.text_of_draft(draft)[-1].rulings == {ROUNDS: "2"}


def test_whoever_saves_second_is_told_who_was_faster_and_with_what(begun, house):
    draft = begun()
    seen = draft.version
    clause(draft, house.zheng, "1", "总则")
    with pytest.raises(OutOfDate, match="Zheng was faster: Clause 1 “总则” written"):
        clause(draft, house.zheng, "2", "附则", seen=seen)
    assert [one.number for one in draft.clauses] == ["1"]


@pytest.mark.rule("POL-007")
@pytest.mark.rule("POL-008")
@pytest.mark.parametrize(
    ("kind", "parts", "chapters", "lacks"),
    [
        (ManualKind.STANDARD, (Part.INTRODUCTION, Part.BODY, Part.APPENDIX), (), None),
        (ManualKind.STANDARD, (Part.INTRODUCTION, Part.BODY), (), "appendix"),
        (ManualKind.STANDARD, (Part.BODY, Part.APPENDIX), (), "introduction"),
        (ManualKind.CONDUCT, tuple(Part), tuple(Chapter), None),
        (ManualKind.CONDUCT, tuple(Part), tuple(Chapter)[:3], "compliance"),
    ],
)
def test_what_is_missing_in_a_text_is_named(kind, parts, chapters, lacks):
    text = [rules.ClauseText("a", "1", "a", "", part=one) for one in parts]
    text += [rules.ClauseText("b", "2", "b", "", chapter=one) for one in chapters]
    if lacks is None:
        rules.refuse_missing_parts(kind, text)
    else:
        with pytest.raises(Refused, match=lacks):
            rules.refuse_missing_parts(kind, text)


@pytest.mark.rule("POL-018")
@pytest.mark.parametrize(("days", "fits"), [(-1, False), (0, True), (30, True)])
def test_a_draft_never_plans_to_bind_backwards(begun, house, days, fits):
    draft = begun()
    how = {"major": 1, "minor": 0, "summary": "", "drops": [], "seen": draft.version, "at": NOW}
    if fits:
        drafts.plan(house.zheng, draft, effective_from=TODAY + timedelta(days=days), **how)
    else:
        with pytest.raises(Refused, match="backwards"):
            drafts.plan(house.zheng, draft, effective_from=TODAY + timedelta(days=days), **how)


# ── On the pages ──


def form_of(browser, url, **typed):
    page = browser.get(url)
    return {**page.form(url.partition("?")[0]), **typed}


@pytest.fixture
def writing(demo, browser):
    """The manager, who has begun a manual of the complaint group."""
    browser.sign_in("manager")
    url = browser.get("/manuals/new", expect={200, 303}).headers.get("Location", "/manuals/new")
    watcher = db.session.scalar(select(Person.id).where(Person.sign_in_name == "supervisor"))
    group = db.session.scalar(select(queries.Department.id).where(queries.Department.code == "CS-CMP"))
    filled = form_of(
        browser, url, code="ts-02", chinese="投诉组补充规定", kind="conduct", category="customers", purpose="更快答复",
        principles="说到做到", supervisor=str(watcher), department=str(group),
    )  # fmt: skip
    assert browser.post("/manuals/new", filled).headers["Location"] == "/manuals/TS-02/draft"
    return browser


def written(browser, url, **typed):
    return browser.post(url, form_of(browser, url, **typed))


def test_a_draft_is_written_on_plain_pages(writing):
    written(writing, "/manuals/TS-02/draft/clauses/new", heading="答复", text="两日内答复。")
    page = writing.get("/manuals/TS-02/draft")
    assert page.soup.select_one(".clause > p").text == "两日内答复。"
    ruling = page.soup.select_one(".clause-acts a[href$=ruling]")["href"]
    choose = writing.get(ruling)
    assert "Definite answer to a complaint" in choose.main or ANSWER in choose.main
    there = f"{ruling}/{ANSWER}"
    no = writing.post(there, form_of(writing, there, value="bald"), expect=422)
    assert no.soup.select_one("#value")["value"] == "bald"
    assert no.soup.select_one("#value-error")
    assert len(writing.get(there).soup.select(".amount [name=value]")) == 2, "a number and its unit"
    written(writing, there, value=["2", "days"])
    assert "2" in writing.get("/manuals/TS-02/draft").soup.select_one(".ruled dd").text


@pytest.mark.rule("POL-011")
def test_a_technical_standard_is_written_on_plain_pages_too(demo, browser):
    head = browser.sign_in("head")
    url = head.get("/manuals/new", expect={200, 303}).headers.get("Location", "/manuals/new")
    watcher = db.session.scalar(select(Person.id).where(Person.sign_in_name == "clerk"))
    unit = db.session.scalar(select(queries.Department.id).where(queries.Department.code == "MKT"))
    filled = form_of(
        head, url, code="SC-02", chinese="展会标准", kind="standard", category="documents", purpose="统一",
        principles="简单", supervisor=str(watcher), department=str(unit),
    )  # fmt: skip
    head.post("/manuals/new", filled)
    here = "/manuals/SC-02/draft"
    written(head, f"{here}/clauses/new", heading="布展", text="提前两小时到场。")
    there = head.get(here).soup.select_one(".clause-acts a")["href"]
    written(head, there, text="提前三小时到场。")
    assert "提前三小时到场。" in head.get(here).main


def test_two_at_the_same_clause_lose_nothing(writing):
    written(writing, "/manuals/TS-02/draft/clauses/new", heading="答复")
    there = writing.get("/manuals/TS-02/draft").soup.select_one(".clause-acts a")["href"]
    old = form_of(writing, there, text="我的话")
    written(writing, there, text="先写的话")
    page = writing.post(there, old, expect=409)
    assert "先写的话" in page.soup.select_one(".behind").text
    assert page.soup.select_one("#text").text.strip() == "我的话"
    writing.post(there, {**page.form(there)})
    assert "我的话" in writing.get("/manuals/TS-02/draft").main


def test_a_number_typed_in_full_width_is_the_same_number(begun, house):
    draft = begun()
    assert clause(draft, house.zheng, "４．２").number == "4.2"
    with pytest.raises(Refused, match="same number"):
        clause(draft, house.zheng, "4.2")


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-02-31", "明天"])
def test_a_day_that_is_a_slip_of_the_fingers_comes_back_at_its_field(writing, day):
    for page, field in (("version", "effective_from"), ("about", "review_on")):
        there = f"/manuals/TS-02/draft/{page}"
        again = writing.post(there, form_of(writing, there, **{field: day}), expect=422)
        assert again.soup.select_one(f"#{field}-error")
    there = "/manuals/TS-02/draft/evidence"
    again = writing.post(there, form_of(writing, there, kind="meeting", words="…", on=day), expect=422)
    assert again.soup.select_one("#on-error")


@pytest.mark.attack(13)
@pytest.mark.parametrize("nothing", ["", " ", "none of them"])
def test_an_empty_word_is_no_phase_of_a_system(writing, nothing):
    there = "/manuals/TS-02/draft/about"
    writing.post(there, form_of(writing, there, phases=nothing), expect=422)


@pytest.mark.attack(29)
def test_a_double_click_asks_somebody_from_outside_once(writing):
    there = "/manuals/TS-02/draft/opinions"
    asked = form_of(writing, there, name="方师傅", party="user")
    for _twice in range(2):
        writing.post(there, asked)
    assert writing.get(there).main.count("方师傅") == 1


PAGES = (
    "",
    "/about",
    "/version",
    "/findings",
    "/clauses/new",
    "/clauses/1",
    "/clauses/1/ruling",
    f"/clauses/1/ruling/{ROUNDS}",
)


@pytest.mark.attack(11)
def test_nobody_else_learns_that_there_is_a_draft(writing):
    written(writing, "/manuals/TS-02/draft/clauses/new", heading="答复")
    clause_id = writing.get("/manuals/TS-02/draft").soup.select_one(".clause-acts a")["href"].rpartition("/")[2]
    for name in set(NAMED) - {"manager", "director"}:
        writing.sign_in(name)
        for path in PAGES:
            writing.get(f"/manuals/TS-02/draft{path.replace('/1', f'/{clause_id}')}", expect=404)
        assert "TS-02" not in writing.get("/manuals").main
        writing.get("/manuals/TS-02", expect=404)
        assert "/manuals/TS-02" not in writing.get("/search?q=投诉组补充规定").text
        for path in ("about", f"clauses/{clause_id}", f"clauses/{clause_id}/remove", "renumber"):
            writing.post(f"/manuals/TS-02/draft/{path}", {"version": "2"}, expect=404)
    newest = select(ManualDraft.version).order_by(ManualDraft.id.desc()).limit(1)
    assert db.session.scalar(newest) == 2


@pytest.mark.attack(11)
def test_a_reviewer_reads_and_does_not_write(writing):
    written(writing, "/manuals/TS-02/draft/clauses/new", heading="答复")
    writing.sign_in("director")
    page = writing.get("/manuals/TS-02/draft")
    assert not page.soup.select(".clause-acts")
    for path in ("/about", "/version", "/findings", "/clauses/new"):
        writing.get(f"/manuals/TS-02/draft{path}", expect=404)


def test_the_draft_asks_the_database_little_however_long_it_is(writing, statements):
    for number in range(1, 4):
        written(writing, "/manuals/TS-02/draft/clauses/new", heading=f"条 {number}")
    for url in ("/manuals", "/manuals/TS-02/draft", "/manuals/TS-02/draft/about"):
        statements.clear()
        writing.get(url)
        asked = [one for one in statements if one.startswith("SELECT")]
        assert len(asked) <= 10, "\n\n".join(asked)


@pytest.mark.rule("POL-004")
def test_a_comment_without_an_answer_waits_for_the_authors_while_others_still_read(demo, browser):
    assert "Answer the comments" in browser.sign_in("shopkeeper").get("/").main
    assert "Answer the comments" not in browser.sign_in("shop1").get("/").main


def test_a_draft_says_with_which_words_it_was_sent_back(demo, browser):
    author, here = browser.sign_in("shopkeeper"), "/manuals/WD-01/draft"
    assert author.get(here).soup.select_one(".came-with .as-typed").text == "请看聊天时限和新加的三条。"
    browser.sign_in("director").post(f"{here}/step/back-to-drafting", {"words": "夜班一条再想想"})
    assert "夜班一条再想想" in browser.sign_in("shopkeeper").get(here).soup.select_one(".came-with").text
    author.post(f"{here}/step/review", {})
    assert not author.get(here).soup.select_one(".came-with")


def test_a_step_that_would_be_refused_says_what_lacks_and_leads_there(demo, browser):
    author, here = browser.sign_in("shopkeeper"), "/manuals/WD-01/draft"
    author.post(f"{here}/step/back-to-drafting", {"words": "题目"})
    db.session.execute(text("UPDATE manual_draft SET summary = ''"))
    db.session.commit()
    assert author.get(f"{here}/step/review").soup.select_one(f".banner a[href='{here}/version']")
    assert author.post(f"{here}/step/review", {}, expect=422).soup.select_one(f".banner a[href='{here}/version']")
