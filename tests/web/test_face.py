"""What every page stands on: the stylesheet, the icons, the vendored files, and how they are sent."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from pathlib import Path

import brotli
import pytest
from bs4 import BeautifulSoup

from portal.web import navigation

ROOT = Path(__file__).resolve().parents[2]
STATIC, TEMPLATES = ROOT / "static", ROOT / "templates"
CSS = (STATIC / "portal.css").read_text()
TOKEN = re.compile(r"--([\w-]+): (#[0-9a-f]{6});")


def tokens(selector: str) -> dict[str, str]:
    """The colours that a theme's block declares."""
    block = CSS.partition(f"{selector} {{")[2].partition("}")[0]
    return dict(TOKEN.findall(block))


LIGHT, DARK, BY_SYSTEM = tokens(":root"), tokens('\n[data-theme="dark"]'), tokens('  [data-theme="auto"]')


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2.2 between two colours, from 1 to 21."""

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("word", ["ink", "ink-2", "ink-3", "accent", "seal", "soon", "done"])
@pytest.mark.parametrize("ground", ["paper", "raised", "tint"])
def test_every_word_can_be_read_on_every_ground(theme, word, ground):
    assert contrast(theme[word], theme[ground]) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_words_can_be_read_on_what_is_coloured_and_edges_of_fields_can_be_seen(theme):
    for word, ground in [("on-accent", "accent"), ("on-seal", "seal"), ("accent", "accent-tint"), ("ink", "soon-tint")]:
        assert contrast(theme[word], theme[ground]) >= 4.5, (word, ground)
    assert contrast(theme["control"], theme["raised"]) >= 3
    assert contrast(theme["control"], theme["paper"]) >= 3


def test_whoever_lets_the_system_choose_gets_the_same_dark():
    assert DARK == BY_SYSTEM
    assert DARK.keys() == LIGHT.keys()


def test_every_icon_that_is_asked_for_is_in_the_sprite(app):
    there = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text()))
    asked = {place.icon for place in navigation._places}
    for template in TEMPLATES.rglob("*.html"):
        asked |= set(re.findall(r"""\bicon(?:_name=|\()["']([\w-]+)["']""", template.read_text()))
    assert asked - there == set()


def test_no_template_carries_style_or_script_of_its_own():
    for template in TEMPLATES.rglob("*.html"):
        found = re.search(r"""<style|\sstyle=|\son\w+=["']|javascript:|<script(?![^>]*\ssrc=)""", template.read_text())
        assert found is None, f"{template.relative_to(ROOT)}: {found[0]!r}"


@pytest.mark.parametrize("coding", ["br", "gzip", "identity"])
def test_a_static_file_is_sent_as_the_browser_takes_it(app, coding):
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, "identity": bytes}[coding]
    answer = app.test_client().get("/static/portal.css?v=1", headers={"Accept-Encoding": coding})
    assert unpack(answer.data).decode() == CSS
    assert "Accept-Encoding" in answer.headers["Vary"]


def test_an_address_with_its_hash_is_kept_for_a_year_and_one_without_is_asked_for_again(app):
    client = app.test_client()
    assert client.get("/static/portal.css?v=1").cache_control.max_age == 31_536_000
    assert client.get("/static/portal.css").cache_control.no_cache


@pytest.mark.parametrize("path", ["../pyproject.toml", "..%2fpyproject.toml", "vendor/", "%00", "vendor/../../wsgi.py"])
def test_nothing_outside_the_static_folder_is_sent(app, path):
    assert app.test_client().get(f"/static/{path}").status_code == 404


def test_the_first_page_weighs_at_most_150_kilobytes_on_a_cold_line(demo):
    client = demo.test_client()
    sent = []

    def fetch(url):
        answer = client.get(url, headers={"Accept-Encoding": "gzip", "Accept-Language": "zh-CN"})
        sent.append(len(answer.data))
        return answer.data

    page = BeautifulSoup(gzip.decompress(fetch("/sign-in")), "html.parser")
    wanted = {e.get("href") or e.get("src") for e in page.select("link[href], script[src], img[src]")}
    for url in wanted | {"/static/icons.svg?v=1"}:
        fetch(url)
    assert sent[0] <= 12_000
    assert sum(sent) <= 150_000


def test_a_class_of_the_stylesheet_has_one_home():
    """Two features that call different things by the same class would dress each other's pages."""
    homes = Counter(
        re.findall(r"^(\.[\w-]+) \{", CSS, flags=re.M)
    )  # what stands further in belongs to a width or a theme
    assert [name for name, times in homes.items() if times > 1] == []
    assert len(homes) > 100
