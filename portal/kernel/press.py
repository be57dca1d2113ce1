"""A page as PDF, printed by a process of its own: the library is large, and whatever a hostile text makes of it ends
with that process.

Nothing is fetched. A picture of a text is there because whoever prints it names its bytes on this machine; every other
address, be it a file, a host or data, is refused before anything is opened.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import structlog

from portal.config import ROOT
from portal.kernel.errors import Refused
from portal.kernel.text import Said, say

log = structlog.get_logger()
PATIENCE: Final = 3600
"""Seconds after which a document is given up: whatever else the machine does comes first."""
MOST_WORK: Final = 600
"""Seconds of a processor that one document may cost; a thousand pages take a minute or two."""
BEAT: Final = 20
"""Seconds after which whoever prints says that they are still at it."""
MEMORY: Final = 3 << 30
MOST_PIXELS: Final = 40_000_000
"""A picture with more is left out: unpacked it would fill the machine (attack 7)."""
NO_LIBRARY, NO_FONTS = 3, 4

WHY_NOT: Final = {
    NO_LIBRARY: say("This machine has no library that makes PDFs. The text can be printed from the browser."),
    NO_FONTS: say("This machine has no Chinese font to make PDFs with. The text can be printed from the browser."),
}
TOO_LONG: Final = say("It took too long to make a PDF of this text. It can be printed from the browser.")
BROKEN: Final = say("No PDF could be made of this text; the log says why. It can be printed from the browser.")


@dataclass(frozen=True, slots=True)
class Picture:
    """Bytes on this machine that a page may show."""

    path: str
    media_type: str


def why_not() -> Said | None:
    """Why no PDF can be made here, as far as that is known without trying; None where one can be tried."""
    return None if find_spec("weasyprint") else WHY_NOT[NO_LIBRARY]


def printed(
    page: str, css: str, base: str, pictures: Mapping[str, Picture], to: Path, beat: Callable[[], object] = lambda: None
) -> None:
    """Write `page`, HTML that names nothing but itself and `pictures` (address → bytes), as a PDF into `to`.

    `base`: the address before links without a host; `beat` is called every now and then. Raises Refused with why not.
    """
    asked = {
        "page": page, "css": css, "base": base, "to": str(to),
        "pictures": {address: [one.path, one.media_type] for address, one in pictures.items()},
    }  # fmt: skip
    paper = to.with_suffix(".asked")
    paper.write_text(json.dumps(asked), encoding="utf-8")
    command = [sys.executable, "-m", "portal.kernel.press", str(paper)]
    with (
        to.with_suffix(".said").open("w+b") as said,
        subprocess.Popen(  # noqa: S603 - our own interpreter and a path of ours
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=_plain()
        ) as child,
    ):
        begun = time.monotonic()
        while True:
            try:
                code = child.wait(BEAT)
                break
            except subprocess.TimeoutExpired:
                if time.monotonic() - begun > PATIENCE:
                    child.kill()
                    raise Refused(TOO_LONG) from None
                try:
                    beat()
                except BaseException:
                    child.kill()
                    raise
        if code == 0 and to.exists():
            return
        said.seek(0)
        log.error("no PDF was made", code=code, said=said.read()[-4000:].decode("utf-8", "replace"))
        raise Refused(WHY_NOT.get(code, BROKEN))


def _plain() -> dict[str, str]:
    """The child needs none of the portal's secrets."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}


# ── In the child ──


def main(paper: str) -> int:
    """Print what the file `paper` asks for; the exit code says what was missing."""
    import resource

    os.nice(10)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_WORK, MOST_WORK))
    try:
        import weasyprint
        from PIL import Image
        from weasyprint.urls import URLFetcher, URLFetcherResponse
    except (ImportError, OSError) as error:  # OSError: the library is there, what it needs of the system is not
        sys.stderr.write(f"{error}\n")
        return NO_LIBRARY
    if not _has_chinese_font():
        return NO_FONTS
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS // 2  # the library refuses what is twice as large
    asked: dict[str, Any] = json.loads(Path(paper).read_text(encoding="utf-8"))
    pictures = {f"{asked['base']}{address}": one for address, one in asked["pictures"].items()}

    class Ours(URLFetcher):
        """Opens what was handed over, and nothing else."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            if url not in pictures:
                raise ValueError("nothing is fetched")
            path, media_type = pictures[url]
            return URLFetcherResponse(url, Path(path).read_bytes(), {"Content-Type": media_type})

    fetch = Ours()
    page = weasyprint.HTML(string=asked["page"], base_url=f"{asked['base']}/", url_fetcher=fetch)
    css = weasyprint.CSS(string=asked["css"], base_url=f"{asked['base']}/", url_fetcher=fetch)
    page.write_pdf(asked["to"], stylesheets=[css], pdf_tags=True, optimize_images=False)
    return 0


def _has_chinese_font() -> bool:
    lists = shutil.which("fc-list")
    if lists is None:
        return False
    found = subprocess.run([lists, ":lang=zh", "family"], capture_output=True, check=False)  # noqa: S603
    return bool(found.stdout.strip())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
