"""No page has a fault that axe-core finds, in both themes; none is too wide, calls out or complains on its console."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.walk import READERS, addresses

NEEDS_MORE = ("/draft/replay/cases.csv", "/manuals/comments.csv")
"""Tables that are there only of a replay that was made, or with the name of a list: their own tests ask for them."""


@pytest.mark.browser
@pytest.mark.timeout(600)
@pytest.mark.parametrize("half", [0, 1])
def test_no_page_has_a_fault_that_axe_finds_or_is_wider_than_a_telephone(live, half):
    """Each page is opened once: as it is, in the other theme, and on a narrow window."""
    axe = Axe()
    faults: list[str] = []
    unseen = set(sorted(addresses(live.app))[half::2])
    for name in READERS:
        page = live.page(name)
        heard: list[str] = []
        page.on("console", lambda message, heard=heard: heard.append(message.text) if message.type == "error" else None)
        page.on(
            "request",
            lambda request, heard=heard: heard.append(request.url) if elsewhere(request.url, live.url) else None,
        )
        page.emulate_media(reduced_motion="reduce")  # the other theme is there at once
        wide, narrow = page.viewport_size, {"width": 390, "height": 844}
        for url in sorted(unseen):
            heard.clear()
            answer = page.request.get(url, max_redirects=0)
            if answer.status != 200 or not answer.headers.get("content-type", "").startswith("text/html"):
                continue
            unseen.discard(url)
            page.goto(url)
            found = axe.run(page, options={"resultTypes": ["violations"]}).response["violations"]
            page.emulate_media(color_scheme="dark")
            # The other theme is the same page in other colours: what else is wrong, the light one shows.
            asked = {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}
            found += axe.run(page, options=asked).response["violations"]
            faults += [f"{url}: {one['id']}: {one['nodes'][0]['html'][:160]}" for one in found]
            page.set_viewport_size(narrow)
            if page.evaluate("document.documentElement.scrollWidth") > 390:
                faults.append(f"{url}: wider than a telephone")
            page.set_viewport_size(wide)
            page.emulate_media(color_scheme="light")
            faults += [f"{url}: {words}" for words in heard]
    assert faults == []


@pytest.mark.browser
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("url", ["/sign-in", "/nothing-here"])
def test_pages_for_nobody_in_particular_have_no_fault_either(live, url, dark):
    page = live.page(dark=dark)
    page.goto(url)
    assert [one["id"] for one in Axe().run(page).response["violations"]] == []


@pytest.mark.browser
def test_every_table_arrives_whole_from_a_server(live):
    """A file is sent while it is made, after its view has returned: only a real server shows what is gone by then."""
    left = {url for url in addresses(live.app) if url.endswith((".csv", ".xlsx")) and not url.endswith(NEEDS_MORE)}
    assert left
    for name in READERS:
        page = live.page(name)
        for url in sorted(left):
            answer = page.request.get(url, max_redirects=0)
            if answer.status == 200:
                left.discard(url)
                assert answer.body()[:3] in (b"\xef\xbb\xbf", b"PK\x03"), url
    assert left == set()


def elsewhere(url: str, here: str) -> bool:
    return not url.startswith((here, "data:", "blob:"))
