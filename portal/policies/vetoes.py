"""What higher floors have against a version: a reason why it must not be published as it stands.

vetoes.register(no_day_in_a_closed_period)  # in the feature's own module; `create_app` imports it

def no_day_in_a_closed_period(manual: Manual, version: VersionText) -> Said | None:
    # the sentence that says what to do instead, or None: it has nothing against it
"""

from __future__ import annotations

from collections.abc import Callable

from portal.kernel.errors import Refused
from portal.kernel.text import Said
from portal.policies.models import Manual
from portal.policies.rules import VersionText

Veto = Callable[[Manual, VersionText], Said | None]
_vetoes: list[Veto] = []


def register(veto: Veto) -> Veto:
    """Let `veto` be asked before a version is published; also a decorator. Once for each."""
    if veto not in _vetoes:
        _vetoes.append(veto)
    return veto


def refuse_vetoed(manual: Manual, version: VersionText) -> None:
    """Raises Refused with the first reason that a feature has against it."""
    for veto in _vetoes:
        if (reason := veto(manual, version)) is not None:
            raise Refused(reason)
