"""Pictures and files that come with a text: laid aside while it is read, and kept where a clause names them.

Nothing is read further than it may be large, and nothing more once all of them together are too much.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import IO

from portal.kernel import files
from portal.kernel.files import INLINE, Draft
from portal.kernel.text import Said, say

MB = 1 << 20


@dataclass(frozen=True, slots=True)
class Picture:
    """What a text finds under a name: the hash of its bytes, or why it is not brought along. `shown`: in place."""

    digest: str = ""
    shown: bool = False
    reason: Said | None = None


@dataclass(slots=True)
class Aside:
    """Where they lie, by the path under which they came. `one`, `together`: how many bytes they may have."""

    one: int
    together: int
    there: dict[str, Picture] = field(default_factory=dict)
    drafts: dict[str, tuple[Draft, str]] = field(default_factory=dict)
    stack: ExitStack = field(default_factory=ExitStack)

    def lay(self, path: str, stream: IO[bytes]) -> Picture:
        """Lay one aside, as far as it and all of them together may be large."""
        draft = self.stack.enter_context(files.made(stream, min(self.one, self.together)))
        if draft.size > min(self.one, self.together):
            reason = (
                say("“{name}” is larger than {most} MB: it is not brought along.", name=path, most=self.one // MB)
                if draft.size > self.one
                else say("There is more in it than may be brought at once: “{name}” is left out.", name=path)
            )
            draft.path.unlink()
            found = Picture(reason=reason)
        else:
            self.together -= draft.size
            self.drafts.setdefault(draft.digest, (draft, PurePosixPath(path).name))
            found = Picture(draft.digest, draft.media_type in INLINE)
        self.there[path] = found
        return found

    def named(self, digests: Collection[str]) -> list[tuple[Draft, str]]:
        """Those with these hashes, with the names under which they came."""
        return [self.drafts[one] for one in digests if one in self.drafts]


@contextmanager
def laid_aside(one: int, together: int) -> Iterator[Aside]:
    """A place for them; what nobody has kept by the end is gone."""
    aside = Aside(one, together)
    with aside.stack:
        yield aside


NOTHING: Mapping[str, Picture] = {}
