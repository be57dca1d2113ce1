"""Each block that a page is willing to send alone stands alone, and says no more than the page does."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import Browser
from tests.walk import addresses

ROOT = Path(__file__).resolve().parents[2]
READERS = ("agent", "supervisor", "director", "hr", "admin", "auditor", "executive", "manager")


def offered() -> Iterator[tuple[str, str]]:
    """(template, block) of every `page(template, blocks={…})` in the portal's views."""
    for path in sorted((ROOT / "portal").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "page" and node.args:
                for keyword in node.keywords:
                    if keyword.arg == "blocks" and isinstance(keyword.value, ast.Set):
                        for block in keyword.value.elts:
                            assert isinstance(node.args[0], ast.Constant)
                            assert isinstance(block, ast.Constant)
                            yield str(node.args[0].value), str(block.value)


@pytest.mark.parametrize(("template", "block"), sorted(set(offered())))
def test_a_block_and_its_element_have_the_same_name(template, block):
    source = (ROOT / "templates" / template).read_text(encoding="utf-8")
    assert f"block {block} " in source
    named = block.replace("_", "-")  # `form_for(name=…)` makes the id of a form
    assert re.search(rf'\b(id|name)="{named}"', source), f"{template}: no element has the id of the block {block}"


@pytest.mark.attack(18)
@pytest.mark.parametrize("name", READERS)
def test_every_block_stands_alone_and_is_part_of_its_page(demo, browser: Browser, name):
    """Whoever asks for a fragment gets what the page shows them, or the same refusal."""
    browser.sign_in(name)
    blocks = sorted({block for _template, block in offered()})
    for url in addresses(demo):
        whole = browser.get(url, expect={200, 303, 400, 403, 404})
        if not whole.text:
            continue
        there = {one["id"] for one in whole.soup.select("[id]")}  # once: there are many blocks, and many pages
        for block in blocks:
            element = block.replace("_", "-")
            if whole.status == 200 and element not in there:
                continue
            alone = browser.get(url, expect=whole.status if whole.status != 303 else {204, 303}, part=element)
            if whole.status != 200:
                break
            assert alone.soup.select_one(f"#{element}"), f"{url}: the block {block} has lost its element"
            assert not alone.soup.select("html"), f"{url}: {block} was asked for and the whole page came"
