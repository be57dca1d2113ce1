"""Every page is walked as every member of the cast, in Chinese.

In English it is walked where nothing may call out (tests/web/test_no_fetch.py), and looked at in Chromium; a language
changes words and not rights.
"""

from __future__ import annotations

import pytest

from portal.demo.cast import NAMED
from tests.walk import addresses


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.attack(41)
def test_every_page_stands(demo, browser, name):
    browser.sign_in(name)
    browser.language = "zh-CN"
    for url in addresses(demo):
        browser.get(url, expect={200, 303, 403, 404})


def test_the_pages_that_need_nobody_stand(demo, browser):
    for url in ("/sign-in", "/nothing-here"):
        browser.get(url, expect={200, 303, 404})
    browser.get("/", expect=303)
