"""Known and acknowledged: whom a version binds is asked, says so with a signature, and is asked anew by a major one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from portal.demo.cast import PASSWORD
from portal.extensions import db
from portal.kernel import journal
from portal.kernel.actions import PORTAL
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.permissions import Role
from portal.kernel.signature import Confirmation, Method
from portal.kernel.tables import read_table
from portal.organisation import actions as organisation
from portal.organisation import queries as people
from portal.organisation.models import Person, Post
from portal.policies import acknowledgements, actions, jobs
from portal.policies import queries as policies
from portal.policies.acknowledgement_models import Acknowledgement
from portal.policies.acknowledgement_states import ACKNOWLEDGEMENT, Known, Way
from portal.policies.models import Manual
from portal.policies.rules import ClauseText, VersionText
from tests.conftest import NOW, TODAY

A = Acknowledgement


def everybody(version=None):
    """Name → state."""
    query = db.select(A.person_name, A.state).order_by(A.id)
    return dict(db.session.execute(query.where(A.version_id == version.id) if version else query).all())


@pytest.fixture
def house(department, staff):
    class House:
        top = department("XH")
        desk = department("CS", top)
        shop = department("SHOP", top)
        li = staff("Li", desk)
        han = staff("Han", desk, Role.HEAD)
        mo = staff("Mo", shop)
        hr = staff("Wen", top, Role.HR)

    return House


@pytest.fixture
def publish(manual, house):
    """`publish("1.0", TODAY)`: the next version of the customer service manual, owned by Han."""
    made = []

    def make(label, from_on=TODAY, *, scope=None, at=NOW, text="三日内答复。"):
        if not made:
            made.append(manual("KF-01", scope))
            made[0].owner_id = house.han.id
            db.session.commit()
        major, minor = map(int, label.split("."))
        version = VersionText(major, minor, from_on, (ClauseText("answer", "1", "答复", text),))
        return actions.publish_version(PORTAL, made[0], version, at=at)

    return make


def asked_of(who, version):
    one = acknowledgements.mine_of(who, version.id)
    assert one is not None
    return one


def sign(who, version, *, digest=None, at=NOW):
    proved = Confirmation(who.id, Method.PASSWORD, at)
    acknowledgements.acknowledge(who, asked_of(who, version), proved, digest=digest or version.digest, at=at)


def person_of(who):
    return db.session.get_one(Person, who.id)


# ── Whom a version asks ──


@pytest.mark.rule("POL-006", "ORG-039")
def test_publication_asks_everybody_whom_the_manual_binds_in_the_same_transaction(publish):
    version = publish("1.0")
    assert everybody(version) == dict.fromkeys(["Li", "Han", "Mo", "Wen"], Known.OPEN)
    assert journal.names("manual") == ["VersionPublished", "AcknowledgementsAsked"]


@pytest.mark.rule("POL-046")
def test_a_departments_manual_asks_its_people_and_those_below(publish, house, department, staff):
    group = department("CS-GEN", house.desk)
    staff("Zhao", group)
    assert set(everybody(publish("1.0", scope=house.desk))) == {"Li", "Han", "Zhao"}


def test_until_when_follows_the_manual_that_rules_on_it_and_otherwise_the_default(publish, published, house):
    version = publish("1.0")
    assert asked_of(house.li, version).due_on == TODAY + timedelta(days=14)
    published({"manuals.acknowledge_within": "7"}, from_=TODAY, of=actions.add_manual(
        PORTAL, "XW-01", {"zh-CN": "准则"}, kind=version.manual.kind, at=NOW))  # fmt: skip
    assert asked_of(house.li, publish("2.0", TODAY + timedelta(days=1))).due_on == TODAY + timedelta(days=7)


def test_a_refused_publication_asks_nobody(publish):
    publish("1.0")
    before = everybody()
    with pytest.raises(Refused):
        publish("1.0", TODAY + timedelta(days=1))
    assert everybody() == before


@pytest.mark.rule("POL-026")
def test_a_minor_version_keeps_what_was_said_and_asks_only_whoever_has_not(publish, house):
    first = publish("1.0")
    sign(house.li, first)
    second = publish("1.1", TODAY + timedelta(days=1))
    assert set(everybody(second)) == {"Han", "Mo", "Wen"}
    assert everybody(first) == {"Li": Known.SIGNED, **dict.fromkeys(["Han", "Mo", "Wen"], Known.SUPERSEDED)}


@pytest.mark.rule("POL-026")
def test_a_major_version_asks_anew_and_voids_nothing_signed(publish, house):
    first = publish("1.0")
    sign(house.li, first)
    second = publish("2.0", TODAY + timedelta(days=1))
    assert everybody(second) == dict.fromkeys(["Li", "Han", "Mo", "Wen"], Known.OPEN)
    assert everybody(first)["Li"] is Known.SIGNED


def test_who_declined_the_version_before_is_kept_by_a_minor_one_and_asked_anew_by_a_major_one(publish, house):
    first = publish("1.0")
    acknowledgements.decline(house.li, asked_of(house.li, first), "做不到", digest=first.digest, at=NOW)
    minor = publish("1.1", TODAY + timedelta(days=1))
    assert ("Li" in everybody(minor), everybody(first)["Li"]) == (False, Known.DECLINED)
    assert everybody(publish("2.0", TODAY + timedelta(days=2)))["Li"] is Known.OPEN
    assert everybody(first)["Li"] is Known.SUPERSEDED


# ── Joiners, movers, leavers ──


def test_a_newcomer_is_asked_once_and_the_sweep_is_safe_twice(publish, house, staff):
    version = publish("1.0")
    staff("Newcomer", house.desk)
    assert jobs.keep_up(NOW) == 1
    assert jobs.keep_up(NOW) == 0
    assert everybody(version)["Newcomer"] is Known.OPEN


def test_a_leaver_is_asked_no_more_and_keeps_what_was_signed(publish, house):
    version = publish("1.0")
    sign(house.mo, version)
    for who in (house.li, house.mo):
        organisation.leave(PORTAL, person_of(who), left_on=TODAY + timedelta(days=1), at=NOW)
    assert jobs.keep_up(NOW) == 0
    jobs.keep_up(NOW + timedelta(days=1))
    assert (everybody(version)["Li"], everybody(version)["Mo"]) == (Known.VOID, Known.SIGNED)


def test_whoever_moves_into_a_department_is_asked_and_whoever_moves_out_no_longer(publish, house):
    version = publish("1.0", scope=house.desk)
    for who, where in ((house.li, house.shop), (house.mo, house.desk)):
        post = organisation.add_post(PORTAL, where, {"zh-CN": "新岗"}, at=NOW)
        organisation.place(PORTAL, person_of(who), post, from_on=TODAY, at=NOW)
    jobs.keep_up(NOW)
    assert (everybody(version)["Li"], everybody(version)["Mo"]) == (Known.VOID, Known.OPEN)
    back = db.session.get_one(Post, db.session.scalar(db.select(Post.id).where(Post.department_id == house.desk.id)))
    organisation.place(PORTAL, person_of(house.li), back, from_on=TODAY + timedelta(days=1), at=NOW)
    jobs.keep_up(NOW + timedelta(days=1))
    assert everybody(version)["Li"] is Known.OPEN


# ── What people do ──


def test_a_signature_names_the_hash_of_exactly_the_text_that_was_read(publish, house):
    version = publish("1.0")
    sign(house.li, version)
    one = asked_of(house.li, version)
    signature = acknowledgements.signature_of(one)
    assert one.state is Known.SIGNED
    assert version.digest in signature.content
    assert list(acknowledgements.wrong_ones()) == []


@pytest.mark.attack(42)
@pytest.mark.parametrize("column", ["acknowledgement SET digest", "manual_version SET digest"])
def test_another_text_under_an_acknowledgement_is_found_out(publish, house, column):
    sign(house.li, publish("1.0"))
    db.session.execute(db.text(f"UPDATE {column} = 'x'"))
    assert [str(one.sentence) for one in acknowledgements.wrong_ones()] == [
        "What Li acknowledged of KF-01 1.0 is not what was published."
    ]


def test_where_reading_is_enough_no_secret_is_asked(publish, house):
    version = publish("1.0")
    acknowledgements.choose_way(PORTAL, version.manual, Way.READ, at=NOW)
    acknowledgements.acknowledge(house.li, asked_of(house.li, version), None, digest=version.digest, at=NOW)
    assert everybody(version)["Li"] is Known.READ


def test_without_a_secret_nothing_is_signed(publish, house):
    version = publish("1.0")
    with pytest.raises(Refused, match="PIN or password"):
        acknowledgements.acknowledge(house.li, asked_of(house.li, version), None, digest=version.digest, at=NOW)
    assert everybody(version)["Li"] is Known.OPEN


def test_what_was_superseded_or_is_another_text_is_not_signed(publish, house):
    first = publish("1.0")
    with pytest.raises(OutOfDate):
        sign(house.mo, first, digest="another")
    publish("1.1", TODAY + timedelta(days=1))
    with pytest.raises(OutOfDate, match=r"1\.1 was published since"):
        sign(house.li, first)
    assert everybody(first)["Li"] is Known.SUPERSEDED


def test_nobody_acknowledges_for_somebody_else(publish, house):
    version = publish("1.0")
    for who in (house.mo, house.hr, house.han):
        with pytest.raises(NotAllowed):
            acknowledgements.acknowledge(who, asked_of(house.li, version), Confirmation(who.id, Method.PIN, NOW),
                                         digest=version.digest, at=NOW)  # fmt: skip


def test_a_reason_against_it_goes_to_the_owner_who_answers_and_asks_again(publish, house):
    version = publish("1.0")
    one = asked_of(house.li, version)
    acknowledgements.decline(house.li, one, "夜间上门做不到", digest=version.digest, at=NOW)
    with pytest.raises(NotAllowed):
        acknowledgements.ask_again(house.mo, one, "请执行", at=NOW)
    acknowledgements.ask_again(house.han, one, "夜间另计", at=NOW + timedelta(days=2))
    assert (one.state, one.answer, one.due_on) == (Known.OPEN, "夜间另计", TODAY + timedelta(days=16))
    sign(house.li, version)


def test_asked_again_after_a_newer_version_it_is_the_newer_one_that_asks(publish, house):
    first = publish("1.0")
    one = asked_of(house.li, first)
    acknowledgements.decline(house.li, one, "做不到", digest=first.digest, at=NOW)
    second = publish("1.1", TODAY + timedelta(days=1))
    acknowledgements.ask_again(house.han, one, "改好了", at=NOW)
    assert (one.state, everybody(second)["Li"]) == (Known.SUPERSEDED, Known.OPEN)


def test_hr_exempts_with_a_reason_and_never_themselves(publish, house):
    version = publish("1.0")
    acknowledgements.exempt(house.hr, asked_of(house.li, version), "长期病假", at=NOW)
    assert everybody(version)["Li"] is Known.EXEMPT
    for who, whose in ((house.hr, house.hr), (house.han, house.mo), (house.li, house.mo)):
        with pytest.raises(NotAllowed):
            acknowledgements.exempt(who, asked_of(whose, version), "不必", at=NOW)


def test_a_signature_on_paper_needs_its_scan(publish, house):
    version = publish("1.0")
    with pytest.raises(Refused, match="scan"):
        acknowledgements.enter_paper(house.hr, asked_of(house.li, version), [], at=NOW)


def test_every_state_is_reached_and_what_is_done_stays_done():
    after = {step.after for step in ACKNOWLEDGEMENT.steps.values()} - {None}
    assert after | {Known.OPEN, Known.READ, Known.PASSED, Known.SIGNED, Known.SUPERSEDED, Known.VOID} == set(Known)
    for state in (Known.READ, Known.PASSED, Known.SIGNED, Known.PAPER, Known.EXEMPT, Known.SUPERSEDED, Known.VOID):
        assert ACKNOWLEDGEMENT.steps_from(state) == []


@pytest.mark.rule("POL-026")
def test_whoever_has_not_is_reminded_every_few_days_and_missed_ones_are_not_made_up_for(publish, house):
    sign(house.li, publish("1.0"))
    assert jobs.remind(NOW + timedelta(days=4)) == 0
    assert jobs.remind(NOW + timedelta(days=5)) == 3
    assert jobs.remind(NOW + timedelta(days=5)) == 0
    assert jobs.remind(NOW + timedelta(days=29)) == 3
    assert jobs.remind(NOW + timedelta(days=29)) == 0


# ── Who sees it ──


def test_heads_see_their_own_people_hr_all_and_nobody_else_anybody(publish, house):
    version = publish("1.0")
    seen = {
        name: {row.person_name for row in acknowledgements.everyone(getattr(house, name), version)}
        for name in ("li", "mo", "han", "hr")
    }
    assert seen == {"li": {"Li"}, "mo": {"Mo"}, "han": {"Li", "Han"}, "hr": {"Li", "Han", "Mo", "Wen"}}


@pytest.mark.attack(10)
def test_listed_is_openable_is_exported(publish, house):
    version = publish("1.0")
    for who in (house.li, house.mo, house.han, house.hr):
        listed = {row.id for row in acknowledgements.who(who, version, "open").rows}
        assert listed == {row.id for row in acknowledgements.everyone(who, version)}
        ids = db.session.scalars(db.select(A.id)).all()
        assert listed == {one for one in ids if acknowledgements.seen(who, one) is not None}


@pytest.mark.attack(44)
def test_whoever_moved_is_seen_by_the_new_head(publish, house):
    version = publish("1.0")
    post = organisation.add_post(PORTAL, house.desk, {"zh-CN": "新岗"}, at=NOW)
    organisation.place(PORTAL, person_of(house.mo), post, from_on=TODAY, at=NOW)
    jobs.keep_up(NOW)
    assert "Mo" in {row.person_name for row in acknowledgements.everyone(house.han, version)}


# ── The demo company ──


def reader(name):
    return people.staff(people.person_called(name), TODAY)


def publish_next(manual):
    """Version 4.0 of a manual of the demo company, with the same clauses."""
    last = acknowledgements.newest(manual.id)
    texts = policies.written([last.id])[last.id].clauses
    version = VersionText(4, 0, date(2026, 12, 1), tuple(texts), "再修订")
    return actions.publish_version(PORTAL, manual, version, at=NOW + timedelta(minutes=1))


@pytest.mark.rule("POL-006", "POL-026")
def test_the_clerk_is_asked_signs_with_a_password_and_is_asked_anew_by_the_next_major_version(demo, browser):
    clerk = browser.sign_in("clerk")
    assert clerk.get("/").soup.select_one("a[href='/manuals/KF-01/3.0/acknowledge']")
    asked = clerk.get("/manuals/KF-01/3.0/acknowledge")
    form = asked.form("/acknowledge")
    wrong = clerk.post("/manuals/KF-01/3.0/acknowledge", {**form, "secret": "wrong"}, expect=422)
    assert "That is not your password or PIN." in wrong.main
    clerk.follow(clerk.post("/manuals/KF-01/3.0/acknowledge", {**form, "secret": PASSWORD}))
    mine = clerk.get("/manuals/mine")
    assert "To acknowledge" not in mine.main
    assert "KF-01 Customer service manual version 3.0 signed for" in mine.main
    assert not clerk.get("/").soup.select_one("a[href='/manuals/KF-01/3.0/acknowledge']")

    manual = db.session.scalars(db.select(Manual).where(Manual.code == "KF-01")).one()
    publish_next(manual)
    mine = clerk.get("/manuals/mine")
    assert "To acknowledge" in mine.main
    assert "version 3.0 signed for" in mine.main
    assert "From version 3.0 to version 4.0" in clerk.get("/manuals/KF-01/4.0/changes?from=signed").main


def test_acting_on_a_superseded_page_answers_with_the_difference(demo, browser):
    clerk = browser.sign_in("clerk")
    form = clerk.get("/manuals/KF-01/3.0/acknowledge").form("/acknowledge")
    manual = db.session.scalars(db.select(Manual).where(Manual.code == "KF-01")).one()
    publish_next(manual)
    answer = clerk.post("/manuals/KF-01/3.0/acknowledge", {**form, "secret": PASSWORD}, expect=409)
    assert "Version 4.0 was published since" in answer.main


def test_only_whoever_looks_after_it_sees_who_has_and_who_has_not(demo, browser):
    browser.sign_in("clerk").get("/manuals/KF-01/acknowledgements", expect=404)
    browser.get("/manuals/KF-01/acknowledgements.csv", expect=404)
    hr = browser.sign_in("hr").get("/manuals/KF-01/acknowledgements")
    assert len(hr.soup.select("table.list tbody tr")) > 20
    head = browser.sign_in("head").get("/manuals/KF-01/acknowledgements")
    assert {row.select("td")[1].text for row in head.soup.select("table.list tbody tr")} == {"Marketing"}


@pytest.mark.attack(35)
@pytest.mark.parametrize("more", [499, 1_200])
def test_the_export_is_whole_however_many_slices_its_rows_are_read_in(demo, browser, more):
    def names():
        table = read_table(browser.get("/manuals/KF-01/acknowledgements.csv").response.data)
        return sorted(row.cells[table.head.index("Name")] for row in table.rows)

    browser.sign_in("hr")
    before, crowd = names(), range(10_001, 10_001 + more)
    open_one = db.select(A.__table__).join(Manual).where(Manual.code == "KF-01", A.state == Known.OPEN).limit(1)
    asked = db.session.execute(open_one).mappings().one()
    like = db.session.execute(db.select(Person.__table__).where(Person.id == asked["person_id"])).mappings().one()
    db.session.rollback()
    db.session.connection(execution_options={"write": True})
    for table, rows in (
        (Person, [{**like, "id": one, "staff_number": f"N{one}", "sign_in_name": f"crowd{one}"} for one in crowd]),
        (A, [{**asked, "id": one, "person_id": one, "person_name": f"N{one}"} for one in crowd]),
    ):
        db.session.execute(db.insert(table.__table__), rows)
    db.session.commit()
    assert names() == sorted([*before, *(f"N{one}" for one in crowd)])


@pytest.mark.attack(10, 16)
def test_nobody_opens_somebody_elses_acknowledgement(demo, browser):
    ids = {one.person_id: one.id for one in db.session.scalars(db.select(A).where(A.state == Known.SIGNED))}
    manager = people.person_called("manager").id
    for name, status in (
        ("manager", 200),
        ("hr", 200),
        ("director", 200),
        ("clerk", 404),
        ("head", 404),
        ("auditor", 404),
    ):
        browser.sign_in(name).get(f"/manuals/acknowledgements/{ids[manager]}", expect=status)


def test_hr_enters_paper_with_a_scan_that_only_whoever_sees_it_opens(demo, browser):
    from io import BytesIO

    one = db.session.scalars(
        db.select(A).join(Person, Person.id == A.person_id).where(Person.sign_in_name == "clerk", A.state == Known.OPEN)
    ).one()
    hr, url = browser.sign_in("hr"), f"/manuals/acknowledgements/{one.id}"
    assert "scan" in hr.post(f"{url}/paper", {}, expect=422).main
    no_scan = hr.post(f"{url}/paper", {"files": (BytesIO(b"MZ not a scan"), "签名页.pdf")}, expect=422)
    assert "neither a picture nor a PDF" in no_scan.main
    hr.post(f"{url}/paper", {"files": (BytesIO(b"%PDF-1.4 scan"), "签名页.pdf")})
    link = hr.get(url).soup.select_one(".files a")
    assert link.text == "签名页.pdf"
    for name, status in (("clerk", 200), ("head", 200), ("agent", 404), ("technician", 404)):
        browser.sign_in(name).get(link["href"], expect=status)


def test_the_pages_ask_the_database_seldom(demo, browser, statements):
    browser.sign_in("hr")
    one = db.session.scalar(db.select(A.id).where(A.state == Known.SIGNED))
    for url in ("/manuals/mine", "/manuals/KF-01/3.0/acknowledge", "/manuals/KF-01/acknowledgements?list=done",
                f"/manuals/acknowledgements/{one}", "/", "/manuals/KF-01"):  # fmt: skip
        statements.clear()
        browser.get(url)
        asked = [one for one in statements if one.startswith("SELECT")]
        assert len(asked) <= 10, (url, "\n".join(asked))
