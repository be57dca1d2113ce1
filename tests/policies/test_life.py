"""The life of a draft: no stage is skipped, nobody approves their own, and what was approved is what is published."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.kernel import journal
from portal.kernel.actions import PORTAL
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.permissions import Role
from portal.kernel.text import say
from portal.organisation import actions as organisation
from portal.organisation import queries as people
from portal.policies import acknowledgements, approvals, draft_turns, drafts, life, vetoes
from portal.policies.acknowledgement_models import Acknowledgement
from portal.policies.models import DraftApproval, ManualDraft
from portal.policies.queries import in_force
from portal.policies.rulebook import KEYS
from portal.policies.states import Category, Chapter, Check, ManualKind, Part, Party, Stage
from portal.tickets.rules import TicketRules
from tests.conftest import NOW, TODAY

ANSWER = "tickets.complaint_answer"
NEXT_MONTH = date(2026, 11, 1)


@pytest.fixture
def house(department, staff, person):
    company = department("XH")
    centre = department("CS", company)

    class House:
        top, cs, group, shop = company, centre, department("CS-CMP", centre), department("SHOP", company)
        zheng = staff("Zheng", centre, Role.HEAD)
        law = person("Su", company)
        watcher = person("Lin", centre)
        luo = staff("Luo", centre, Role.DIRECTOR)
        shen = staff("Shen", company, Role.EXECUTIVE)
        shen_as_person = None

    House.shen_as_person = people.person_with_id(House.shen.id)
    return House


def begin(house, kind=ManualKind.CONDUCT, actor=None):
    return drafts.begin_manual(
        actor or house.zheng, "TS-02", {"zh-CN": "投诉组补充规定"}, kind=kind, category=Category.CUSTOMERS,
        department=house.group, supervisor=house.watcher, purpose="更快答复", principles="说到做到", at=NOW,
    )  # fmt: skip


def write(house, draft):
    """Everything that a text needs: three parts, four chapters, a value, the day, the law side."""
    actor = house.zheng
    parts = [(Part.INTRODUCTION, None), *((Part.BODY, one) for one in Chapter), (Part.APPENDIX, None)]
    for number, (part, chapter) in enumerate(parts, start=1):
        drafts.write_clause(
            actor, draft, None, number=str(number), heading=f"条 {number}", text="…", part=part, chapter=chapter,
            seen=draft.version, at=NOW,
        )  # fmt: skip
    drafts.rule_on(actor, draft, draft.clauses[1], ANSWER, "2 days", seen=draft.version, at=NOW)
    drafts.plan(
        actor, draft, major=1, minor=0, effective_from=NEXT_MONTH, summary="两日内答复", drops=[],
        seen=draft.version, at=NOW,
    )  # fmt: skip
    notes = dict.fromkeys(("needs", "industry", "law", "goal", "scope", "parameters", "indicators"), "…")
    drafts.note(actor, draft, notes, seen=draft.version, at=NOW)
    drafts.describe(
        actor, draft, titles=draft.titles, category=Category.CUSTOMERS, supervisor=house.watcher, legal=house.law,
        purpose="更快答复", principles="说到做到", review_on=None, seen=draft.version, at=NOW,
    )  # fmt: skip


def lead(actor, draft, *verbs, **more):
    for verb in verbs:
        life.lead_on(actor, draft, verb, at=NOW, **more)


@pytest.fixture
def in_review(house):
    draft = begin(house)
    write(house, draft)
    lead(house.zheng, draft, "draft", "review")
    return draft


@pytest.fixture
def approved(house, in_review):
    life.finish(house.luo, in_review, Check.of(ManualKind.CONDUCT), at=NOW)
    lead(house.zheng, in_review, "submit", approvers=[house.shen_as_person])
    lead(house.shen, in_review, "approve")
    return in_review


def refused(actor, draft, verb, **more):
    with pytest.raises(Refused) as no:
        lead(actor, draft, verb, **more)
    return str(no.value)


@pytest.mark.rule("POL-001")
@pytest.mark.rule("POL-005")
@pytest.mark.rule("TKT-044")
def test_a_change_for_one_department_decides_there_from_its_day_and_nowhere_else(house, approved):
    lead(house.shen, approved, "publish")
    assert approved.state is Stage.PUBLISHED
    for unit, on, days in (
        (house.group, NEXT_MONTH, "2 days"), (house.group, NEXT_MONTH - timedelta(days=1), None),
        (house.cs, NEXT_MONTH, None), (house.shop, NEXT_MONTH, None),
    ):  # fmt: skip
        rule = in_force(TicketRules, on=on, for_=unit).complaint_answer
        assert (rule.clause.manual if rule.clause else None, str(rule.value)) == (
            ("TS-02", days) if days else (None, str(rule.key.default))
        )
    stages = [one.event().stage for one in journal.of("manual draft", approved.id) if "stage" in one.facts]
    assert stages == ["research", "drafting", "in review", "awaiting approval", "approved", "published"]
    assert approved.manual.supervisor_id == house.watcher.id


@pytest.fixture
def next_version(house, approved):
    """The next version of a manual that is on the shelf, in review; `without`: the clause that rules is taken out."""

    def make(*, without=False, drops=()):
        lead(house.shen, approved, "publish")
        draft, actor = drafts.begin_version(house.zheng, approved.manual, at=NOW), house.zheng
        if without:
            ruling = next(one for one in draft.clauses if one.rulings)
            drafts.write_clause(
                actor, draft, None, number="9", heading="使命", text="…", part=ruling.part, chapter=ruling.chapter,
                seen=draft.version, at=NOW,
            )  # fmt: skip
            drafts.remove_clause(actor, draft, ruling, seen=draft.version, at=NOW)
        drafts.note(actor, draft, dict.fromkeys(("needs", "industry", "law"), "…"), seen=draft.version, at=NOW)
        drafts.describe(
            actor, draft, titles=draft.titles, category=Category.CUSTOMERS, supervisor=house.watcher, legal=house.law,
            purpose="更快答复", principles="说到做到", review_on=None, seen=draft.version, at=NOW,
        )  # fmt: skip
        drafts.plan(
            actor, draft, major=2, minor=0, effective_from=NEXT_MONTH + timedelta(days=30), summary="改了",
            drops=[*drops], seen=draft.version, at=NOW,
        )  # fmt: skip
        lead(actor, draft, "draft", "review")
        life.finish(house.luo, draft, Check.of(ManualKind.CONDUCT), at=NOW)
        return draft

    return make


def test_a_clause_whose_ruling_is_live_is_not_lost_by_taking_it_out(house, next_version):
    draft = next_version(without=True)
    said = refused(house.zheng, draft, "submit", approvers=[house.shen_as_person])
    assert said == (
        f"Clause 2 of version 1.0 rules on “{KEYS[ANSWER].label}”; this version says nothing about it. "
        "Let a clause rule on it, or name it among what is left open."
    )
    assert str(life.what_is_missing(draft, "submit", TODAY)) == said
    assert draft.state is Stage.REVIEW


def test_what_is_named_as_left_open_may_be_taken_out(house, next_version):
    draft = next_version(without=True, drops=[ANSWER])
    lead(house.zheng, draft, "submit", approvers=[house.shen_as_person])
    lead(house.shen, draft, "approve", "publish")
    after = NEXT_MONTH + timedelta(days=30)
    held = [
        in_force(TicketRules, on=on, for_=house.group).complaint_answer for on in (after - timedelta(days=1), after)
    ]
    assert [str(one.value) for one in held] == ["2 days", "None"]
    assert held[1].clause is None


def test_what_another_manual_rules_on_meanwhile_is_said_before_anybody_approves_it(house, in_review, manual, published):
    life.finish(house.luo, in_review, Check.of(ManualKind.CONDUCT), at=NOW)
    published({ANSWER: "5 days"}, from_=TODAY, of=manual("TS-09", house.group))
    said = refused(house.zheng, in_review, "submit", approvers=[house.shen_as_person])
    assert "TS-09" in said
    assert "Two manuals must not." in said


def test_what_another_feature_has_against_it_is_said_before_it_is_approved_and_heard_when_it_is_published(
    house, in_review, monkeypatch
):
    monkeypatch.setattr(vetoes, "_vetoes", [])
    life.finish(house.luo, in_review, Check.of(ManualKind.CONDUCT), at=NOW)
    lead(house.zheng, in_review, "submit", approvers=[house.shen_as_person])
    lead(house.shen, in_review, "approve")

    @vetoes.register
    def closed(manual, version):
        if version.effective_from == NEXT_MONTH:
            return say("{month} is closed: let {manual} bind later.", month="2026-11", manual=manual.code)
        return None

    said = "2026-11 is closed: let TS-02 bind later."
    assert refused(house.shen, in_review, "publish") == said
    assert (in_review.state, in_review.version_id) == (Stage.APPROVED, None)
    lead(house.shen, in_review, "back to approval", "back to review", words="改期")
    assert str(life.what_is_missing(in_review, "submit", TODAY)) == said
    vetoes._vetoes.clear()
    assert life.what_is_missing(in_review, "submit", TODAY) is None


def test_no_author_counts_as_a_reviewer(house, in_review):
    lead(house.zheng, in_review, "back to drafting", words="再想想")
    for author in (house.zheng, house.law):
        person = people.person_with_id(author.id)
        with pytest.raises(Refused, match="writes it: ask somebody else"):
            life.ask_opinion(house.zheng, in_review, person, "", Party.STAFF, at=NOW)
    drafts.describe(
        house.zheng, in_review, titles=in_review.titles, category=Category.CUSTOMERS, supervisor=house.watcher,
        legal=people.person_with_id(house.luo.id), purpose="更快答复", principles="说到做到", review_on=None,
        seen=in_review.version, at=NOW,
    )  # fmt: skip
    assert "Nobody is asked for an opinion yet" in refused(house.zheng, in_review, "review")


@pytest.mark.rule("POL-002")
@pytest.mark.parametrize("lacking", ["needs", "industry", "law"])
def test_research_ends_with_its_three_notes(house, lacking):
    draft = begin(house)
    notes = {one: "…" for one in ("needs", "industry", "law") if one != lacking}
    drafts.note(house.zheng, draft, notes, seen=draft.version, at=NOW)
    assert "findings" in refused(house.zheng, draft, "draft")
    drafts.note(house.zheng, draft, {lacking: "…"}, seen=draft.version, at=NOW)
    lead(house.zheng, draft, "draft")


@pytest.mark.rule("POL-001", "POL-050")
@pytest.mark.parametrize("verb", ["submit", "approve", "publish"])
def test_no_stage_is_skipped(house, verb):
    draft = begin(house)
    with pytest.raises(Refused):
        lead(house.shen if verb != "submit" else house.zheng, draft, verb)
    assert draft.state is Stage.RESEARCH


@pytest.mark.rule("POL-003")
@pytest.mark.rule("POL-007")
@pytest.mark.rule("POL-008")
def test_review_begins_when_the_text_is_whole_and_written_by_two(house):
    draft = begin(house)
    write(house, draft)
    lead(house.zheng, draft, "draft")
    last = draft.clauses[-1]
    drafts.remove_clause(house.zheng, draft, last, seen=draft.version, at=NOW)
    assert "appendix" in refused(house.zheng, draft, "review")
    draft.legal_id = None
    db.session.commit()
    assert "law side" in refused(house.zheng, draft, "review")


@pytest.mark.rule("POL-004")
@pytest.mark.rule("POL-017")
def test_every_comment_is_answered_and_every_reviewer_heard_before_it_goes_on(house, in_review):
    said = life.comment(house.luo, in_review, "两日太紧。", stable=in_review.clauses[1].stable, at=NOW)
    ask = {"approvers": [house.shen_as_person]}
    assert "Luo has not had their say" in refused(house.zheng, in_review, "submit", **ask)
    life.finish(house.luo, in_review, [Check.CLEAR], at=NOW)
    assert "without an answer: 1" in refused(house.zheng, in_review, "submit", **ask)
    life.answer(house.zheng, in_review, said, "有值班的人。", at=NOW)
    with pytest.raises(OutOfDate):
        life.answer(house.zheng, in_review, said, "再说一次。", at=NOW)
    assert "checklist" in refused(house.zheng, in_review, "submit", **ask)
    life.finish(house.luo, in_review, Check.of(ManualKind.CONDUCT), at=NOW)
    lead(house.zheng, in_review, "submit", **ask)


@pytest.mark.attack(29)
def test_a_comment_that_is_sent_twice_is_said_once(demo, browser):
    """`shop1` was asked about the next rules of the shop and has not finished."""
    url = "/manuals/WD-01/draft/step/comment"
    form = {**browser.sign_in("shop1").get(url).form("/step/comment"), "words": "节假日谁来回复？"}
    answers = [browser.post(url, form).headers["Location"] for _time in range(2)]
    assert answers == ["/manuals/WD-01/draft"] * 2
    page = browser.get("/manuals/WD-01/draft")
    assert page.main.count("节假日谁来回复？") == 1
    assert "was not made a second time" in page.main


def test_a_line_that_is_not_in_order_needs_a_comment(house, in_review):
    with pytest.raises(Refused, match="comment"):
        life.finish(house.luo, in_review, [Check.CLEAR], at=NOW)


def test_it_is_sent_back_one_stage_with_a_reason(house, in_review):
    assert "why" in refused(house.luo, in_review, "back to drafting")
    life.lead_on(house.luo, in_review, "back to drafting", "第二条写不清楚。", at=NOW)
    assert in_review.state is Stage.DRAFTING
    assert "第二条写不清楚。" in str(journal.of("manual draft", in_review.id)[-1].event().sentence())
    lead(house.zheng, in_review, "review")
    assert (in_review.round, in_review.reviewers[0].finished_at) == (2, None)


def test_the_text_stands_still_while_others_read_it(house, in_review):
    with pytest.raises(OutOfDate):
        drafts.renumber(house.zheng, in_review, seen=in_review.version, at=NOW)


@pytest.mark.attack(10)
def test_nobody_approves_what_they_wrote(house):
    draft = begin(house, actor=house.shen)
    draft.state = Stage.AWAITING
    draft.approvals = [DraftApproval(person_id=house.shen.id, name="Shen")]
    db.session.commit()
    with pytest.raises(NotAllowed, match="themselves"):
        lead(house.shen, draft, "approve")
    draft.author_id = house.zheng.id
    db.session.commit()
    lead(house.shen, draft, "back to review", words="…")
    with pytest.raises(Refused, match="may not approve"):
        approvals.ask(draft, [people.person_with_id(house.luo.id)], NOW)


@pytest.mark.rule("POL-005")
def test_an_approval_falls_when_the_text_changes_afterwards(house, approved):
    first = approved.clauses[0]
    drafts.write_clause(
        house.zheng, approved, first, number="1", heading="别的", text="别的", part=first.part, chapter=None,
        seen=approved.version, at=NOW,
    )  # fmt: skip
    assert (approved.state, approved.approvals) == (Stage.DRAFTING, [])
    with pytest.raises(OutOfDate):
        lead(house.shen, approved, "publish")


def test_a_text_that_changed_behind_the_table_is_not_published(house, approved):
    approved.clauses[0].text = "偷偷改过"
    db.session.commit()
    assert "not the one that was approved" in refused(house.shen, approved, "publish")


@pytest.mark.attack(27)
def test_of_two_who_publish_one_wins(house, approved):
    lead(house.shen, approved, "publish")
    with pytest.raises(OutOfDate):
        lead(house.shen, approved, "publish")
    assert journal.names("manual") == ["VersionPublished"]


@pytest.mark.attack(27)
def test_of_twelve_who_publish_at_one_moment_one_wins(app, house, staff, person, approved):
    bound = [person(name, house.group).id for name in ("Gao", "Pan")]
    draft_id = approved.id
    ids = [house.shen.id, *(staff(f"Shen{n}", house.top, Role.EXECUTIVE).id for n in range(11))]
    db.session.remove()
    barrier = Barrier(len(ids))

    def press(person_id):
        with app.app_context():
            who = people.staff_with_id(person_id, NOW)
            db.session.remove()
            barrier.wait(60)
            try:
                lead(who, db.session.get_one(ManualDraft, draft_id), "publish")
            except OutOfDate:
                return "too late"
            finally:
                db.session.remove()
            return "won"

    with ThreadPoolExecutor(len(ids)) as pool:
        assert sorted(pool.map(press, ids)) == ["too late"] * 11 + ["won"]
    assert journal.names("manual") == ["VersionPublished", "AcknowledgementsAsked"]
    asked = db.session.scalars(select(Acknowledgement.person_id)).all()
    assert sorted(asked) == bound


def test_a_day_that_has_passed_meanwhile_is_refused(house, approved):
    with pytest.raises(Refused, match="backwards"):
        life.lead_on(house.shen, approved, "publish", at=NOW + timedelta(days=60))
    assert approved.state is Stage.APPROVED


def test_a_deputy_approves_while_the_approver_is_away_and_the_record_says_so(house, in_review, person):
    life.finish(house.luo, in_review, Check.of(ManualKind.CONDUCT), at=NOW)
    lead(house.zheng, in_review, "submit", approvers=[house.shen_as_person])
    other = person("Qin", house.top)
    qin = people.staff(other, TODAY)
    organisation.name_deputy(PORTAL, house.shen_as_person, other, reason="出差", from_on=TODAY, to_on=None, at=NOW)
    assert not drafts.open_to(qin, in_review, TODAY)
    assert drafts.draft_seen_by(qin, "TS-02", TODAY) is None
    organisation.note_absence(
        PORTAL, house.shen_as_person, reason="出差", from_on=TODAY, to_on=TODAY + timedelta(days=3), at=NOW
    )
    assert drafts.draft_seen_by(qin, "TS-02", TODAY) is in_review
    lead(qin, in_review, "approve")
    assert [one.given_by_id for one in in_review.approvals] == [qin.id]
    assert "in the place of Shen" in str(journal.of("manual draft", in_review.id)[-1].event().sentence())


@pytest.mark.rule("POL-005")
@pytest.mark.attack(27, 29)
def test_whoever_decides_means_the_words_that_stood_before_them(house, in_review):
    life.finish(house.luo, in_review, Check.of(ManualKind.CONDUCT), at=NOW)
    lead(house.zheng, in_review, "submit", approvers=[house.shen_as_person])
    seen = life.shown(in_review)
    life.lead_on(house.shen, in_review, "back to review", "两天做不到。", at=NOW)
    life.lead_on(house.zheng, in_review, "back to drafting", "再写。", at=NOW)
    clause = in_review.clauses[1]
    drafts.rule_on(house.zheng, in_review, clause, ANSWER, "300 days", seen=in_review.version, at=NOW)
    lead(house.zheng, in_review, "review")
    life.finish(house.luo, in_review, Check.of(ManualKind.CONDUCT), at=NOW)
    lead(house.zheng, in_review, "submit", approvers=[house.shen_as_person])
    with pytest.raises(OutOfDate) as no:
        lead(house.shen, in_review, "approve", seen=seen)
    assert "has changed" in str(no.value)
    assert in_review.state is Stage.AWAITING
    lead(house.shen, in_review, "approve", seen=life.shown(in_review))
    assert in_review.state is Stage.APPROVED


@pytest.mark.rule("POL-011")
@pytest.mark.rule("POL-012")
@pytest.mark.rule("POL-013")
def test_a_technical_standard_asks_several_parties_and_passes_its_four_tests(house):
    draft = begin(house, ManualKind.STANDARD)
    write(house, draft)
    lead(house.zheng, draft, "scheme", "draft")
    assert "more than one kind" in refused(house.zheng, draft, "ask opinions")
    maker = life.ask_opinion(house.zheng, draft, None, "华东设备厂", Party.SUPPLIER, at=NOW)
    lead(house.zheng, draft, "ask opinions")
    life.finish(house.luo, draft, Check.of(ManualKind.STANDARD), at=NOW)
    assert "华东设备厂" in refused(house.zheng, draft, "revise")
    life.note_opinion(house.zheng, draft, maker, "接口要写明。", at=NOW)
    lead(house.zheng, draft, "revise")
    assert "without an answer" in refused(house.zheng, draft, "submit", approvers=[house.shen_as_person])
    life.answer(house.zheng, draft, draft.comments[0], "已写明。", at=NOW)
    lead(house.zheng, draft, "submit", approvers=[house.shen_as_person])
    lead(house.shen, draft, "approve", "publish")
    assert draft.state is Stage.PUBLISHED


def test_a_withdrawn_draft_says_why_and_makes_room_for_another(house, in_review):
    assert "why" in refused(house.zheng, in_review, "withdraw")
    life.lead_on(house.zheng, in_review, "withdraw", "合并到 TS-01。", at=NOW)
    assert in_review.ended_at == NOW
    assert drafts.open_draft_of(in_review.manual) is None


@pytest.mark.attack(16)
def test_whoever_is_next_hears_of_it_and_nobody_else(house, in_review):
    (moved,) = [one for one in journal.of("manual draft", in_review.id) if one.facts.get("stage") == "in review"]
    assert moved.event().told == (house.luo.id,)


# ── On the pages ──


def act(browser, step, **typed):
    there = f"/manuals/WD-01/draft/step/{step}"
    return browser.post(there, {**browser.get(there).form(there), **typed})


@pytest.mark.rule("POL-004")
def test_the_demo_has_a_draft_in_review_that_ends_on_the_shelf(demo, browser):
    browser.sign_in("shopkeeper")
    page = browser.get("/manuals/WD-01/draft")
    assert page.soup.select_one(".state").text.strip() == "in review"
    assert len(page.soup.select(".comment")) == 2
    open_one = page.soup.select_one(".comment.is-open a.button")["href"]
    browser.post(open_one, {**browser.get(open_one).form(open_one), "words": "已经改了。"})
    browser.sign_in("shop1")
    assert "WD-01" in browser.get("/").main
    four = [one.value for one in Check.of(ManualKind.CONDUCT)]
    assert act(browser, "finish", checks=four).status == 303
    browser.sign_in("shopkeeper")
    act(browser, "submit")
    browser.get("/manuals/WD-01/draft/step/approve", expect=404)
    browser.sign_in("executive")
    assert "Decide" in browser.get("/").main
    browser.get("/manuals/WD-01/draft/step/publish", expect=404)  # absent until it is approved
    act(browser, "approve")
    act(browser, "publish")
    browser.sign_in("clerk")
    assert "version 2.0 from 1 Nov" in browser.get("/manuals").main
    draft = db.session.scalar(select(ManualDraft))
    assert draft.state is Stage.PUBLISHED
    browser.get("/manuals/WD-01/draft", expect=404)


@pytest.mark.rule("POL-004")
@pytest.mark.attack(27)
def test_a_page_of_an_older_text_does_not_say_that_the_newer_is_in_order(demo, browser):
    step, clauses = "/manuals/WD-01/draft/step", "/manuals/WD-01/draft/clauses"
    browser.sign_in("shop1")
    old = browser.get(f"{step}/finish").form(f"{step}/finish")["seen"]
    browser.sign_in("shopkeeper")
    act(browser, "back-to-drafting", words="再改一处。")
    clause = next(
        one["href"] for one in browser.get("/manuals/WD-01/draft").soup.select(".clause-acts a")
        if one["href"].startswith(clauses) and one["href"].rsplit("/", 1)[1].isdigit()
    )  # fmt: skip
    browser.post(clause, {**browser.get(clause).form(clause), "text": "改过的一句。"}, expect=303)
    act(browser, "review")
    browser.sign_in("shop1")
    fresh = browser.get(f"{step}/finish").form(f"{step}/finish")
    every = [one.value for one in Check.of(ManualKind.CONDUCT)]
    answer = browser.post(f"{step}/finish", {**fresh, "seen": old, "checks": every}, expect=409)
    assert "has changed since you opened this page" in answer.main
    assert len(answer.soup.select("[name=checks][checked]")) == len(every), "nothing that was ticked is lost"
    browser.post(f"{step}/finish", {**answer.form(f"{step}/finish"), "checks": every}, expect=303)


@pytest.mark.rule("POL-018")
@pytest.mark.parametrize(("lacks", "said"), [("summary", "what this version changes"), ("effective_from", "which day")])
def test_what_it_changes_and_from_when_is_said_before_others_read_it(house, lacks, said):
    draft = begin(house)
    write(house, draft)
    lead(house.zheng, draft, "draft")
    setattr(draft, lacks, None if lacks == "effective_from" else "")
    db.session.commit()
    no = life.what_is_missing(draft, "review", TODAY)
    assert said in str(no)
    assert draft_turns.turn(house.zheng, draft, TODAY)["mend"] == "version"
    assert said in refused(house.zheng, draft, "review")


@pytest.mark.rule("POL-002")
def test_the_page_leads_to_what_the_next_step_lacks(demo, browser):
    browser.sign_in("manager")
    begun = browser.get("/manuals/KP-01").form("/manuals/KP-01/draft/begin")
    browser.post("/manuals/KP-01/draft/begin", begun)
    step = browser.get("/manuals/KP-01/draft").soup.select_one(".next-step")
    assert "findings" in step.text
    browser.get(step.select_one("p a")["href"], expect=200)


@pytest.mark.rule("POL-014")
def test_the_owner_begins_the_next_version_of_a_manual_that_binds_more_than_their_own_people(demo, browser):
    browser.sign_in("manager")
    begun = browser.get("/manuals/KF-01").form("/manuals/KF-01/draft/begin")
    browser.post("/manuals/KF-01/draft/begin", begun, expect=303)
    assert browser.get("/manuals/KF-01/draft").soup.select(".clause-acts")
    browser.post("/manuals/WX-01/draft/begin", begun, expect=403)
    browser.sign_in("head").get("/manuals/KF-01/draft", expect=404)


@pytest.mark.rule("POL-014")
@pytest.mark.parametrize(("days", "waits"), [(0, False), (1, True)])
def test_a_manual_is_its_owners_work_again_when_its_day_of_review_has_come(house, approved, days, waits):
    approved.review_on = NEXT_MONTH
    approved.approved_digest = life.digest(approved)
    db.session.commit()
    lead(house.shen, approved, "publish")
    day = NEXT_MONTH - timedelta(days=1) + timedelta(days=days)
    rows = drafts.work_of(house.zheng, day, acknowledgements.waiting_for(house.zheng, 10))
    found = [row.Manual.code for row in rows if row.review_due and row.ManualDraft is None]
    assert found == (["TS-02"] if waits else [])


@pytest.mark.attack(16)
def test_the_bell_tells_of_a_draft_only_those_who_take_part(demo, browser):
    browser.sign_in("shop1")
    assert "WD-01" in browser.get("/notifications").main
    for name in ("agent", "executive", "auditor"):
        browser.sign_in(name)
        assert "WD-01" not in browser.get("/notifications").main


@pytest.mark.attack(29)
def test_whoever_says_twice_that_they_have_read_it_is_heard_once(house, in_review):
    for _twice in range(2):
        life.finish(house.luo, in_review, Check.of(ManualKind.CONDUCT), at=NOW)
    assert [one.name for one in journal.of("manual draft", in_review.id)].count("DraftReviewed") == 1
