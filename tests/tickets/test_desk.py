"""What lies beside a ticket on the desk: snippets, phrases to watch, the customer's record, the register."""

import pytest

from portal.customers.models import Customer, Visit
from portal.extensions import db
from portal.lists import queries as lists
from portal.lists.models import Phrase
from portal.lists.states import Use
from portal.organisation import queries as people
from portal.organisation.models import Person
from portal.organisation.staff import Staff
from portal.tickets import actions, queries
from portal.tickets.models import Ticket
from portal.tickets.states import Channel, EntryKind, Impact, State, Urgency
from tests.conftest import NOW, TODAY


@pytest.fixture
def agent(demo, browser):
    return browser.sign_in("agent")


def mine() -> Ticket:
    """A ticket for which Li Na is accountable, still open."""
    query = db.select(Ticket).where(Ticket.accountable_name == "李娜", Ticket.ended_at.is_(None))
    return db.session.scalars(query.order_by(Ticket.id).limit(1)).one()


@pytest.mark.rule("TKT-025")
def test_a_snippet_is_put_after_what_was_typed_and_nothing_is_sent(agent):
    url = f"/tickets/{mine().number}"
    page = agent.get(url)
    snippet = next(one for one in lists.phrases(Use.SNIPPET, on=TODAY) if one.words == "再见")
    button = page.soup.select_one(f"button[name=insert][value='{snippet.id}']")
    assert button["formaction"] == f"{url}/insert"
    form = {**page.form("/write"), "words": "多谢您的来电。", "insert": str(snippet.id)}
    again = agent.post(f"{url}/insert", form, expect=200)
    assert again.form("/write")["words"] == "多谢您的来电。再见"
    assert "多谢您的来电" not in agent.get(url).soup.select_one(".timeline").text


@pytest.mark.rule("TKT-025")
def test_what_is_no_snippet_is_not_put_in(agent):
    url = f"/tickets/{mine().number}"
    forbidden = lists.phrases(Use.FORBIDDEN, on=TODAY)[0].id
    form = agent.get(url).form("/write")
    for asked in (str(forbidden), "0", "x", ""):
        again = agent.post(f"{url}/insert", {**form, "words": "您好。", "insert": asked}, expect=200)
        assert again.form("/write")["words"] == "您好。"


@pytest.mark.attack(10, 18)
def test_whoever_only_asks_gets_no_snippet_of_those_who_answer(demo, browser):
    ticket = db.session.scalars(
        db.select(Ticket).where(Ticket.requester_id.is_not(None), Ticket.ended_at.is_(None)).order_by(Ticket.id)
    ).first()
    asks = db.session.get_one(Person, ticket.requester_id)
    snippet = next(one for one in lists.phrases(Use.SNIPPET, on=TODAY) if one.words == "再见")
    url = f"/tickets/{ticket.number}"
    form = browser.sign_in(asks.sign_in_name).get(url).form("/write")
    again = browser.post(f"{url}/insert", {**form, "words": "补充一句。", "insert": str(snippet.id)}, expect=200)
    assert again.form("/write")["words"] == "补充一句。"


@pytest.mark.rule("TKT-023", "TKT-024")
@pytest.mark.parametrize("words", ["我不知道", "这个不能办"])
def test_a_phrase_that_is_not_said_comes_back_with_what_to_say_instead(agent, words):
    url = f"/tickets/{mine().number}"
    form = agent.get(url).form("/write")
    page = agent.post(f"{url}/write", {**form, "what": "reply", "words": words}, expect=422)
    instead = {one.words: one.instead for one in db.session.scalars(db.select(Phrase))}
    assert next(rather for said, rather in instead.items() if said in words and rather) in page.main
    assert page.form("/write")["words"] == words


def test_the_customers_page_shows_their_tickets_as_far_as_the_reader_may_see_them(demo, agent):
    ticket = db.session.scalars(
        db.select(Ticket).where(Ticket.customer_id.is_not(None), Ticket.accountable_name == "李娜").limit(1)
    ).one()
    number = db.session.get_one(Customer, ticket.customer_id).number
    page = agent.get(f"/customers/{number}")
    assert page.soup.select_one(f"a[href='/tickets/{ticket.number}']")
    agent.sign_in("clerk")
    assert ticket.number not in agent.get(f"/customers/{number}").text


def test_a_new_ticket_from_a_customers_page_knows_the_customer(agent):
    page = agent.get("/customers/C-2026-00004")
    page = agent.get(page.soup.select_one(".next-step a.main")["href"])
    assert page.soup.select_one("input[name=who][checked]")["value"] == "C-2026-00004"


@pytest.mark.rule("TKT-021", "TKT-002")
def test_a_visit_becomes_a_ticket_by_one_click_and_only_one(agent):
    visit = db.session.scalars(db.select(Visit).where(Visit.visitor == "一位不愿留名的老先生")).one()
    form = agent.get(f"/tickets/new?visit={visit.id}").form("/tickets/new")
    assert (form["channel"], form["body"]) == ("visit", visit.purpose)
    assert form["name"] == visit.visitor
    sent = {**form, "kind": "consultation", "title": "看不懂账单"}
    number = agent.post("/tickets/new", sent).headers["Location"].rpartition("/")[2]
    db.session.expire_all()
    assert db.session.get_one(Visit, visit.id).ticket_number == number
    assert agent.get("/visits").soup.select_one(f"a[href='/tickets/{number}']")
    agent.post("/tickets/new", {**sent, "once": "another form"}, expect=409)
    assert len(db.session.scalars(db.select(Visit).where(Visit.ticket_number == number)).all()) == 1


@pytest.mark.rule("TKT-021")
def test_who_was_registered_at_the_door_is_not_registered_again(agent):
    known = db.session.scalars(db.select(Customer).where(Customer.name == "叶知秋")).one()
    customer_id, customer = known.id, known.number
    agent.post("/visits", {**agent.get(f"/visits?customer={customer}").form("/visits"), "purpose": "交材料"})
    form = agent.get(f"/tickets/new?customer={customer}").form("/tickets/new")
    number = (
        agent.post(
            "/tickets/new", {**form, "channel": "visit", "kind": "consultation", "title": "交材料", "body": "交材料。"}
        )
        .headers["Location"]
        .rpartition("/")[2]
    )
    visits = db.session.scalars(db.select(Visit).where(Visit.customer_id == customer_id)).all()
    assert [one.ticket_number for one in visits] == [number]


def settled() -> Ticket:
    """One of Li Na's with which the customer is satisfied: she can close it."""
    query = db.select(Ticket).where(Ticket.accountable_name == "李娜", Ticket.state == State.CONFIRMED)
    return db.session.scalars(query.order_by(Ticket.id)).first()


def kinds(number: str) -> list[EntryKind]:
    """What somebody wrote on a ticket, letter by letter."""
    return [one.kind for one in queries.entries(numbered(number).id, inside=True)]


def numbered(number: str) -> Ticket:
    """Asked afresh: a page came in between."""
    return db.session.scalars(db.select(Ticket).where(Ticket.number == number)).one()


@pytest.mark.rule("TKT-018")
@pytest.mark.attack(27)
def test_a_reply_on_a_ticket_that_was_closed_meanwhile_is_not_kept_as_an_inside_note(agent):
    number = settled().number
    url, before = f"/tickets/{number}", kinds(number)
    form = agent.get(url).form("/write")
    assert form["what"] == "reply"
    actions.close(staff_of("agent"), numbered(number), at=NOW)
    page = agent.post(f"{url}/write", {**form, "words": "寄给您的发票到了吗？"}, expect=422)
    assert "The ticket has moved on" in page.main
    again = page.form("/write")
    assert (again["what"], again["words"]) == ("note", "寄给您的发票到了吗？")
    assert kinds(number) == before


@pytest.mark.rule("TKT-018")
@pytest.mark.attack(10, 27)
def test_an_inside_note_on_a_ticket_that_was_reopened_meanwhile_is_not_kept_as_a_reply(agent):
    number = settled().number
    actions.close(staff_of("agent"), numbered(number), at=NOW)
    url, before = f"/tickets/{number}", kinds(number)
    form = agent.get(url).form("/write")
    actions.reopen(staff_of("agent"), numbered(number), "客户又打来了", at=NOW)
    agent.post(f"{url}/write", {**form, "words": "这位客户爱投诉"})
    assert kinds(number) == [*before, EntryKind.NOTE]


@pytest.mark.attack(13)
@pytest.mark.parametrize("what", ["root", "reply' --", ""])
def test_what_nobody_offered_is_nothing_that_one_can_write(agent, what):
    number = mine().number
    url, before = f"/tickets/{number}", kinds(number)
    agent.post(f"{url}/write", {**agent.get(url).form("/write"), "what": what, "words": "您好"}, expect=422)
    assert kinds(number) == before


def staff_of(name: str) -> Staff:
    person = people.person_called(name)
    assert person is not None
    return people.staff(person, TODAY)


@pytest.mark.rule("TKT-049", "TKT-018")
def test_a_sheet_says_everything_that_it_lacks_at_once(agent):
    typed = {"channel": "telephone", "who": "new", "kind": "complaint", "title": "挂断电话", "body": "说到一半被挂断。",
             "impact": "one", "urgency": "today"}  # fmt: skip
    page = agent.post("/tickets/new", typed, expect=422)
    summary = page.soup.select_one(".summary, [role=alert] ul, .error-summary") or page.soup
    for sentence in (
        "Write down the name",
        "Write down the true cause",
        "Write down the result that the customer wants",
    ):
        assert sentence in summary.text
    page = agent.post("/tickets/new", {**typed, "kind": "consultation"}, expect=422)
    assert "Write down the name" in page.main
    assert "true cause." not in page.main


@pytest.mark.parametrize(("name", "who"), [("developer", "colleague"), ("agent", "new")])
def test_whoever_is_at_no_desk_asks_for_themselves_at_first(demo, browser, name, who):
    form = browser.sign_in(name).get("/tickets/new").form("/tickets/new")
    me = people.person_called(name)
    assert form["who"] == who
    assert (form["channel"], form["colleague"]) == (("web", str(me.id)) if who == "colleague" else ("telephone", ""))


@pytest.mark.rule("TKT-055")
def test_whoever_asked_is_asked_themselves_whether_they_are_satisfied(demo, browser):
    li, dev = staff_of("agent"), people.person_called("developer")
    ticket = actions.open_ticket(
        li, kind="consultation", channel=Channel.WEB, title="报销单怎么填", body="第二栏填什么？", routing="billing",
        impact=Impact.ONE, urgency=Urgency.TODAY, requester=dev, at=NOW,
    )  # fmt: skip
    actions.take(li, ticket, at=NOW)
    actions.resolve(li, ticket, "填部门代码。", at=NOW)
    actions.tell_customer(li, ticket, "填部门代码。", channel=Channel.WEB, at=NOW)
    url = f"/tickets/{ticket.number}"
    page = browser.sign_in("developer").get(url)
    form = page.soup.select_one("form[action$='/customer-answer']")
    assert "Are you satisfied?" in form.text
    assert [one["value"] for one in form.select("input[name=answer]")] == ["satisfied", "not satisfied"]
    browser.post(f"{url}/customer-answer", {**page.form("/customer-answer"), "answer": "unreachable"}, expect=422)
    assert "What does the customer say?" in browser.sign_in("agent").get(url).main
