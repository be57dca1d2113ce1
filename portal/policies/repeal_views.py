"""Repealing a manual."""

from __future__ import annotations

from typing import Any

from flask import abort
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, HiddenField, TextAreaField
from wtforms.validators import InputRequired

from portal.kernel.clock import now, today
from portal.kernel.permissions import P
from portal.policies import losses, repeals
from portal.policies.life_forms import accepting
from portal.policies.losses import Loss
from portal.policies.models import Manual
from portal.policies.views import bp, manual_here, manual_page
from portal.web.forms import Form, a_day, no_longer_than, required
from portal.web.respond import done, page
from portal.web.signed_in import me


class RepealForm(Form):
    """From when it ends, and why."""

    from_on = DateField(_l("From which day on?"), [InputRequired(_l("Say from which day on.")), a_day])
    reason = TextAreaField(
        _l("Why?"), [required(_l("Say why.")), no_longer_than(repeals.LONGEST)], render_kw={"rows": 3},
        description=_l("Whom it binds hears of it on the bell, and whoever opens the manual reads it."),
    )  # fmt: skip
    accepts = accepting()
    lost = HiddenField()


def _repeal_form(manual: str, **more: Any) -> RepealForm:
    form = RepealForm(**more)
    if not _lost(manual_here(manual), form):
        del form.accepts
    return form


def _lost(manual: Manual, form: RepealForm) -> list[Loss]:
    """Who loses what on the day that is chosen; today, before one is."""
    return losses.of_repeal(manual, form.from_on.data or today())


@bp.page("/<manual>/repeal", needs=P.MANUALS_PUBLISH)
def repeal_page(manual: str, form: RepealForm | None = None) -> Any:
    """What is confirmed is what stands on this page: on another day it may be something else."""
    found = manual_here(manual)
    if found.repeal is not None or not repeals.may_repeal(me(), found):
        abort(404)
    form = form or _repeal_form(manual, formdata=None, from_on=today())
    lost = _lost(found, form)
    shown = losses.digest(lost)
    if "accepts" in form and form.lost.data != shown:
        form.accepts.raw_data, form.accepts.data = None, False
    form.lost.raw_data, form.lost.data = None, shown
    return page(
        "policies/repeal.html", manual=found, lost=losses.grouped(lost), from_on=form.from_on.data or today(),
        form=form,
    )  # fmt: skip


@bp.act("/<manual>/repeal", needs=P.MANUALS_PUBLISH, form=_repeal_form, again=repeal_page)
def repeal(manual: str, form: RepealForm) -> Any:
    repeals.repeal(
        me(), manual_here(manual), form.from_on.data, form.reason.data or "", seen=form.lost.data or "", at=now()
    )
    return done(_("Repealed."), manual_page, manual=manual)
