"""What the one script does, on pages made of the portal's own parts, in a real browser."""

from __future__ import annotations

import re

import pytest
from flask import render_template_string
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

LIST = """{% extends "layout/base.html" %}{% block title %}List{% endblock %}{% block body %}<main><h1>List</h1>
<form class="search" action="/found"><label for="search">Search</label><input id="search" type="search" name="q"></form>
<div id="refusal" tabindex="-1"></div>
<form method="post" action="/bulk"><table class="list"><tbody>{% for n in range(3) %}
<tr><td class="pick"><label><input type="checkbox" name="pick" value="{{ n }}" aria-label="{{ n }}"></label></td>
<td class="c-what"><a class="open" href="/opened/{{ n }}">row {{ n }}</a></td></tr>{% endfor %}</tbody></table>
<div class="bulk-bar"><output data-picked></output><button>Go</button></div></form></main>
<dialog id="keys"><p>Keys</p></dialog>{% endblock %}"""

FORM = """{% extends "layout/base.html" %}{% block title %}Form{% endblock %}{% block body %}<main><h1>Form</h1>
{% if taken %}<div id="notices"><div class="notice">Taken</div></div>{% endif %}
{% if wrong %}<div class="error-summary" tabindex="-1">Wrong</div>{% endif %}
<form method="post" action="/sample/form"><label for="line">Line</label><input id="line" name="line">
<label for="text">Text</label><textarea id="text" name="text" data-draft="sample"></textarea>
<button>Send</button></form></main>{% endblock %}"""

FRAGMENT = """{% extends "layout/base.html" %}{% block title %}Letter{% endblock %}{% block body %}<main><h1>Letter</h1>
<div id="notices"></div><div id="refusal" tabindex="-1"></div>
{% block letter %}<section id="letter"><form method="post" action="/sample/letter" hx-post="/sample/letter"
hx-target="#letter" hx-swap="outerHTML" hx-sync="this:drop"><label for="text">Text</label>
<textarea id="text" name="text" data-draft="letter"></textarea><button>Send</button></form></section>{% endblock %}
</main>{% endblock %}"""


@pytest.fixture
def sample(live):
    """`sample(LIST)`: a page that shows a template of the test, made with the portal's own base, script and style."""

    def show(template, answers=({},), **more):
        page = live.page(**more)
        page.posts = []

        def answer(route):
            values = {}
            if route.request.method == "POST":
                page.posts.append(route.request.post_data)
                values = answers[min(len(page.posts), len(answers)) - 1]
            with live.app.test_request_context("/sample/page"):
                html = render_template_string(template, **values)
            route.fulfill(body=html, content_type="text/html; charset=utf-8")

        page.context.route(re.compile(r"/(sample|found|opened|bulk)"), answer)
        page.goto("/sample/page")
        return page

    return show


@pytest.fixture
def letter(sample):
    """`letter(answer)`: a form that htmx sends; `answer(route)` is what comes back. Something is typed already."""

    def show(answer):
        page = sample(FRAGMENT)
        page.route("**/sample/letter", lambda route: (page.posts.append(route.request.post_data), answer(route)))
        page.fill("#text", "王女士您好")
        page.click("button")
        return page

    return show


def typed(page, text):
    """What stands in the text area, once the page's script has run."""
    page.wait_for_load_state()
    expect(page.locator("#text")).to_have_value(text)


def compose(page, text):
    """Begin to spell `text` with an input method: nothing is decided yet."""
    page.context.new_cdp_session(page).send(
        "Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)}
    )


@pytest.mark.attack(40)
def test_an_enter_that_picks_a_word_submits_nothing(sample):
    page = sample(LIST)
    page.focus("#search")
    compose(page, "da yin")
    page.keyboard.press("Enter")
    page.wait_for_timeout(150)
    assert page.url.endswith("/sample/page")


@pytest.mark.attack(40)
def test_an_enter_outside_a_composition_submits(sample):
    page = sample(LIST)
    page.fill("#search", "打印")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/found"))


@pytest.mark.attack(40)
def test_no_key_acts_while_one_writes_or_spells(sample):
    page = sample(LIST)
    page.focus("#search")
    page.keyboard.type("jkx?/")
    assert page.input_value("#search") == "jkx?/"
    assert page.evaluate("document.activeElement.id") == "search"
    page.evaluate("document.activeElement.blur()")
    for mark in ("isComposing: true", "keyCode: 229", "ctrlKey: true", "altKey: true", "metaKey: true"):
        page.evaluate(f"document.body.dispatchEvent(new KeyboardEvent('keydown', {{key: '/', bubbles: true, {mark}}}))")
        assert page.evaluate("document.activeElement.id") == "", mark
    assert not page.is_visible("dialog")


def test_j_and_k_walk_the_rows_and_enter_opens_one(sample):
    page = sample(LIST)
    for key, row in [("j", 0), ("j", 1), ("j", 2), ("j", 2), ("k", 1)]:
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.textContent") == f"row {row}"
    page.keyboard.press("Enter")
    page.wait_for_url("**/opened/1")


def test_a_slash_goes_to_the_search_and_a_question_mark_lists_the_keys(sample):
    page = sample(LIST)
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    assert page.is_visible("dialog")
    page.keyboard.press("Escape")
    assert not page.is_visible("dialog")


def test_a_picked_row_calls_the_bar_which_says_how_many(sample):
    page = sample(LIST)
    assert not page.is_visible(".bulk-bar")
    page.keyboard.press("j")
    page.keyboard.press("x")
    assert page.is_visible(".bulk-bar")
    page.locator("td.pick input").nth(2).click(modifiers=["Shift"])
    assert "3" in page.text_content("[data-picked]")


def test_the_bar_comes_without_script_too(sample):
    page = sample(LIST, script=False)
    assert not page.is_visible(".bulk-bar")
    page.check("td.pick input >> nth=0")
    assert page.is_visible(".bulk-bar")


@pytest.mark.attack(29)
def test_a_second_press_sends_nothing(sample):
    page = sample(FORM)
    page.fill("#line", "once")
    page.evaluate("() => { const b = document.querySelector('button'); b.click(); b.click(); b.click(); }")
    page.wait_for_timeout(200)
    assert len(page.posts) == 1


def test_what_was_typed_survives_a_reload_and_a_mistake_until_it_was_taken(sample):
    page = sample(FORM, answers=[{"wrong": True}, {"taken": True}])
    page.fill("#text", "王女士您好")
    page.reload()
    typed(page, "王女士您好")
    page.click("button")
    page.wait_for_selector(".error-summary")
    typed(page, "王女士您好")
    page.click("button")
    page.wait_for_selector(".notice")
    typed(page, "")
    page.goto("/sample/page")
    typed(page, "")


def test_a_refused_fragment_says_why_in_its_place_and_leaves_what_was_typed(letter):
    refusal = '<div id="refusal" tabindex="-1"><div class="refusal">Not today.</div></div>'
    headers = {"HX-Retarget": "#refusal", "HX-Reswap": "outerHTML", "Content-Type": "text/html"}
    page = letter(lambda route: route.fulfill(status=422, headers=headers, body=refusal))
    page.wait_for_selector("#refusal:has-text('Not today.')")
    assert page.evaluate("document.activeElement.id") == "refusal"
    typed(page, "王女士您好")
    page.reload()
    typed(page, "王女士您好")


@pytest.mark.parametrize("broken", ["abort", "503"])
def test_when_we_break_the_page_says_so_and_leaves_what_was_typed(letter, broken):
    def answer(route):
        return route.abort() if broken == "abort" else route.fulfill(status=503, body="<h1>down</h1>")

    page = letter(answer)
    page.wait_for_selector("#refusal .refusal")
    typed(page, "王女士您好")
    assert page.locator("h1").inner_text() == "Letter"


def test_a_letter_that_was_taken_is_forgotten_and_its_notice_stands_on_top(letter):
    empty = (
        '<section id="letter"><form><label for="text">Text</label><textarea id="text" data-draft="letter"></textarea>'
    )
    notice = '<div id="notices" hx-swap-oob="true"><div class="notice">Sent</div></div>'
    body = f"{empty}</form></section>{notice}"
    page = letter(lambda route: route.fulfill(body=body, content_type="text/html"))
    page.wait_for_selector("#notices .notice")
    typed(page, "")
    page.reload()
    typed(page, "")


@pytest.mark.attack(29)
def test_a_second_press_sends_nothing_with_htmx_either(letter):
    waiting = []
    page = letter(waiting.append)
    page.wait_for_selector("button[aria-busy]")
    page.evaluate("() => { const b = document.querySelector('button'); b.click(); b.click(); }")
    page.wait_for_timeout(100)
    waiting[0].fulfill(status=204)
    page.wait_for_selector("button:not([aria-busy])")
    page.wait_for_timeout(100)
    assert len(page.posts) == 1


@pytest.mark.parametrize(("dark", "paper"), [(False, "rgb(251, 250, 248)"), (True, "rgb(27, 26, 24)")])
@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_the_theme_follows_the_system_with_and_without_script(live, dark, paper, script):
    page = live.page(dark=dark, script=script)
    page.goto("/sign-in")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == paper


def test_a_person_chooses_language_theme_and_row_height_without_script(live):
    page = live.page("agent", script=False)
    page.goto("/")
    for choice, name, value in [
        ("深色", "data-theme", "dark"),
        ("紧凑", "data-density", "dense"),
        ("English", "lang", "en"),
    ]:
        page.click(".menu summary")
        page.click(f".menu button:text-is('{choice}')")
        assert page.get_attribute("html", name) == value
    elsewhere = live.page("agent")
    elsewhere.goto("/")
    html = elsewhere.locator("html")
    assert [html.get_attribute(name) for name in ("data-theme", "data-density", "lang")] == ["dark", "dense", "en"]


def test_a_letter_whose_answer_is_another_page_is_forgotten_there(sample, live):
    page = sample(FORM.replace("<form ", '<form hx-post="/sample/form" hx-target="form" '))
    with live.app.test_request_context("/sample/taken"):
        taken = render_template_string(FORM, taken=True)
    page.route("**/sample/form", lambda route: route.fulfill(status=204, headers={"HX-Redirect": "/sample/taken"}))
    page.route("**/sample/taken", lambda route: route.fulfill(body=taken, content_type="text/html; charset=utf-8"))
    page.fill("#text", "王女士您好")
    page.click("button")
    page.wait_for_url("**/sample/taken")
    page.goto("/sample/page")
    typed(page, "")
