"""Taking back a version before its day."""

from __future__ import annotations

from typing import Any

from flask import abort
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField

from portal.kernel.clock import now, today
from portal.kernel.permissions import P
from portal.policies import queries, withdrawals
from portal.policies.models import ManualVersion
from portal.policies.states import Standing
from portal.policies.views import bp, manual_here, version_page
from portal.web.forms import Form, no_longer_than, required
from portal.web.respond import done, page
from portal.web.signed_in import me


class TakeBackForm(Form):
    """Why a version never comes into force."""

    reason = TextAreaField(
        _l("Why?"), [required(_l("Say why.")), no_longer_than(withdrawals.LONGEST)], render_kw={"rows": 3},
        description=_l("Whoever was asked to acknowledge it hears of this, and whoever opens it reads it."),
    )  # fmt: skip


@bp.page("/<manual>/<label>/take-back", needs=P.MANUALS_APPROVE)
def take_back_page(manual: str, label: str, form: TakeBackForm | None = None) -> Any:
    """What goes on in its place, and the reason to be given."""
    version = _version(manual, label)
    may = withdrawals.may_take_back(me(), version) and withdrawals.is_to_come(version, today())
    if form is None and not may:
        abort(404)
    held = (one for one in queries.editions(version.manual) if one.standing is Standing.IN_FORCE)
    return page(
        "policies/take_back.html", manual=version.manual, version=version, in_force=next(held, None),
        form=form or TakeBackForm(formdata=None),
    )  # fmt: skip


@bp.act(
    "/<manual>/<label>/take-back", needs=P.MANUALS_APPROVE, form=lambda manual, label: TakeBackForm(),
    again=take_back_page,
)  # fmt: skip
def take_back(manual: str, label: str, form: TakeBackForm) -> Any:
    version = _version(manual, label)
    withdrawals.take_back(me(), version.manual, version, form.reason.data or "", at=now())
    return done(_("Taken back."), version_page, manual=manual, label=label)


def _version(manual: str, label: str) -> ManualVersion:
    found: ManualVersion = queries.version_of(manual_here(manual), label, clauses=False) or abort(404)
    return found
