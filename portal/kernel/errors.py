"""How a rule says no: a sentence for a person, the field it is about, and the clause that says so."""

from __future__ import annotations

from dataclasses import dataclass

from portal.kernel.text import Said, say


@dataclass(frozen=True, slots=True)
class Clause:
    """One numbered rule in one version of a manual: what every consequence cites.

    `manual`: its code (KF-01); `version`: its label (2.0); `number`: the clause (4.2). Its address is
    /manuals/<manual>/<version>?at=<number>.
    """

    manual: str
    version: str
    number: str

    def __str__(self) -> str:
        return f"{self.manual} {self.number}"


class Refused(Exception):
    """A rule says no. `field` is the form field it is about; `clause` is the rule's source, where a manual says it."""

    status = 422

    def __init__(self, sentence: Said, *, field: str | None = None, clause: Clause | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field
        self.clause = clause

    def __str__(self) -> str:
        return str(self.sentence)


class NotAllowed(Refused):
    """The person has not the right; kept in the security log."""

    status = 403


class OutOfDate(Refused):
    """Somebody was faster, or the page is older than the thing it shows."""

    status = 409

    def __init__(self, sentence: Said | None = None, **kind: object) -> None:
        super().__init__(
            sentence or say("Somebody else changed this a moment ago. Look at it again before you decide.")
        )
