"""A route that says nothing is shut; everybody's rights are held against every route."""

from __future__ import annotations

import re

import pytest

from portal.demo.cast import NAMED
from portal.kernel.permissions import ROLES, Open, P, Role


def test_every_route_says_who_may_come_in(the_app):
    silent = [
        rule.rule
        for rule in the_app.url_map.iter_rules()
        if rule.endpoint != "static" and not hasattr(the_app.view_functions[rule.endpoint], "needs")
    ]
    assert silent == []


def test_a_route_that_writes_is_not_reached_by_get(the_app):
    for rule in the_app.url_map.iter_rules():
        view = the_app.view_functions[rule.endpoint]
        if getattr(view, "writes", False):
            assert rule.methods is not None
            assert "GET" not in rule.methods, rule.rule


def test_a_silent_route_is_shut(demo, browser, monkeypatch):
    browser.sign_in("director")
    view = demo.view_functions["today.first_page"]
    monkeypatch.delattr(view, "needs")
    browser.get("/", expect=403)


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.attack(10)
def test_each_of_the_cast_enters_where_their_rights_say_and_nowhere_else(demo, browser, name):
    from portal.kernel.clock import now, office_day
    from portal.organisation import queries

    person = queries.person_called(name)
    assert person is not None
    held = queries.staff(person, office_day(now()))
    browser.sign_in(name)
    for rule in demo.url_map.iter_rules():
        view = demo.view_functions[rule.endpoint]
        needs = getattr(view, "needs", None)
        if rule.endpoint == "static" or needs is Open.ANYONE or "GET" not in (rule.methods or ()):
            continue
        url = re.sub(r"<[^>]+>", "0", rule.rule)
        allowed = needs is Open.STAFF or held.may(needs)
        browser.get(url, expect={200, 303, 404, 400} if allowed else 403)


def test_nobody_holds_every_right():
    for role, rights in ROLES.items():
        assert set(P) - rights - ROLES[Role.EVERYONE], role


def test_the_administrator_reads_no_content():
    assert not ROLES[Role.ADMIN] & {P.TICKETS_READ, P.PAY_READ, P.CUSTOMERS_READ}
