"""Repealing a manual."""

from __future__ import annotations

from typing import Any

from flask import abort
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, TextAreaField
from wtforms.validators import InputRequired

from portal.kernel.clock import now, today
from portal.kernel.permissions import P
from portal.policies import repeals
from portal.policies.views import bp, manual_here, manual_page
from portal.web.forms import Form, a_day, no_longer_than, required
from portal.web.respond import done, page
from portal.web.signed_in import me


class RepealForm(Form):
    """From when it ends, and why."""

    from_on = DateField(_l("From which day on?"), [InputRequired(_l("Say from which day on.")), a_day])
    reason = TextAreaField(
        _l("Why?"), [required(_l("Say why.")), no_longer_than(repeals.LONGEST)], render_kw={"rows": 3},
        description=_l("Whoever opens the manual reads this."),
    )  # fmt: skip


@bp.page("/<manual>/repeal", needs=P.MANUALS_PUBLISH)
def repeal_page(manual: str, form: RepealForm | None = None) -> Any:
    found = manual_here(manual)
    if found.repeal is not None or not repeals.may_repeal(me(), found):
        abort(404)
    return page(
        "policies/repeal.html", manual=found, left_open=repeals.left_open(found),
        form=form or RepealForm(formdata=None, from_on=today()),
    )  # fmt: skip


@bp.act("/<manual>/repeal", needs=P.MANUALS_PUBLISH, form=lambda manual: RepealForm(), again=repeal_page)
def repeal(manual: str, form: RepealForm) -> Any:
    repeals.repeal(me(), manual_here(manual), form.from_on.data, form.reason.data or "", at=now())
    return done(_("Repealed."), manual_page, manual=manual)
