"""Two people at once: one wins, the others are told, nothing is lost."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from portal.customers.models import Customer
from portal.extensions import db
from tests.browser import Browser

ATTEMPTS = 24
NAMES = ("agent", "agent2", "supervisor", "manager", "director", "orders", "complaints", "shop1")


def browsers(app):
    made = [Browser(app).sign_in(name) for name in NAMES]
    for one in made:
        one.good = one.token()
    return made


def all_at_once(app, send):
    """`send(browser, nth)` from as many threads as there are people; the statuses of the answers, sorted."""
    people = browsers(app)
    with ThreadPoolExecutor(len(people)) as pool:
        return sorted(pool.map(lambda nth: send(people[nth % len(people)], nth).status_code, range(ATTEMPTS)))


@pytest.mark.attack(27)
def test_of_many_edits_of_one_version_exactly_one_is_saved(demo):
    def edit(browser, nth):
        form = {"csrf_token": browser.good, "name": "陈晓东", "note": f"第 {nth} 位", "version": "1"}
        return browser.client.post("/customers/C-2026-00001/edit", data=form)

    assert all_at_once(demo, edit) == [303] + [409] * (ATTEMPTS - 1)
    db.session.expire_all()
    saved = db.session.scalars(db.select(Customer).where(Customer.number == "C-2026-00001")).one()
    assert (saved.version, saved.note[:1]) == (2, "第")


@pytest.mark.attack(27)
def test_of_many_who_write_down_one_caller_exactly_one_makes_the_record(demo):
    def add(browser, nth):
        form = {"csrf_token": browser.good, "name": f"来电者{nth}", "telephones": "138 0000 8888"}
        return browser.client.post("/customers/new", data=form)

    assert all_at_once(demo, add) == [303] + [422] * (ATTEMPTS - 1)
    db.session.expire_all()
    numbers = db.session.scalars(db.select(Customer.number).where(Customer.name.startswith("来电者"))).all()
    assert numbers == ["C-2026-00060"]
