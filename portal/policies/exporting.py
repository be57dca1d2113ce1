"""A version with its pictures and files as a ZIP: a Markdown file that names them by their place beside it.

Brought back, it makes the same clauses, word for word: an address in a text is the hash of the bytes again.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from tempfile import TemporaryFile

from portal.kernel.files import Served
from portal.policies import handbook, manuscript, queries
from portal.policies.models import Manual, ManualVersion
from portal.policies.quiz_rules import Question

_PLAIN = re.compile(r"[^\w.\-]+")
_PIECE = 1 << 16


def packed(
    manual: Manual, version: ManualVersion, there: Mapping[str, Served], questions: Sequence[Question] = ()
) -> Iterator[bytes]:
    """The archive, in pieces. `there`: what its clauses name, by hash; `questions`: for whoever may see the answers."""
    name = f"{manual.code}-{version.label}"
    places = {digest: f"files/{digest[:12]}/{_plain(one.name)}" for digest, one in there.items()}
    clauses = (replace(one, text=handbook.carried(one.text, places)) for one in queries.text_of_version(version))
    with TemporaryFile() as packed:
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            text = "".join(manuscript.write(queries.head_of(manual, version), clauses, questions))
            archive.writestr(zipfile.ZipInfo(f"{name}/{name}.md"), text, zipfile.ZIP_DEFLATED)
            for digest, place in places.items():
                with archive.open(zipfile.ZipInfo(f"{name}/{place}"), "w") as to, there[digest].path.open("rb") as file:
                    while piece := file.read(_PIECE):
                        to.write(piece)
        packed.seek(0)
        while piece := packed.read(_PIECE):
            yield piece


def _plain(name: str) -> str:
    """A name without what ends an address in Markdown."""
    return _PLAIN.sub("_", name).strip("_.") or "file"
