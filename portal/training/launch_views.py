"""New products: announcing them, getting to know them, putting them on sale."""

from __future__ import annotations

from typing import Any

from flask import abort, request, url_for
from flask_babel import gettext as _

from portal.kernel import journal
from portal.kernel.clock import now, office_day, today
from portal.kernel.errors import Refused
from portal.kernel.paging import After
from portal.kernel.permissions import P
from portal.kernel.text import say, text_of
from portal.organisation.queries import departments
from portal.policies.queries import in_force, ruling_notes
from portal.training import launches
from portal.training.launch_forms import LaunchForm, OnSiteForm, WithdrawForm
from portal.training.launch_models import ProductLaunch
from portal.training.launch_states import LAUNCH, Launch
from portal.training.launches import LaunchText
from portal.training.rules import TrainingRules, wants_training_on_site
from portal.training.views import bp, tabs
from portal.web.respond import done, page
from portal.web.signed_in import me

ACTS: dict[str, type] = {"session": OnSiteForm, "withdraw": WithdrawForm}
"""The forms on the page of new products, by the word in its address."""


@bp.page("/products", needs=P.TRAINING_READ)
def launch_list() -> Any:
    """New products of the reader's departments."""
    try:
        after = After.read(request.args.get("after"), int)
    except ValueError:
        abort(400)
    return page(
        "training/launches.html", tabs=tabs("products"), slice=launches.launches(me(), after=after),
        started=bool(after), keeps=me().may(P.TRAINING_KEEP),
    )  # fmt: skip


@bp.page("/products/new", needs=P.TRAINING_KEEP, keyed=True)
def new_launch(form: LaunchForm | None = None) -> Any:
    return page("training/launch_form.html", form=form or _launch_form(formdata=None))


def _launch_form(**more: Any) -> LaunchForm:
    form = LaunchForm(**more)
    mine = me().where(P.TRAINING_KEEP)
    form.department.choices = [(str(one.id), text_of(one.names)) for one in departments().values() if one.id in mine]
    return form


@bp.act(
    "/products/new", needs=P.TRAINING_KEEP, form=_launch_form, again=new_launch,
    leads_to=lambda made: url_for(".launch_page", launch_id=made),
)  # fmt: skip
def announce(form: LaunchForm) -> Any:
    unit = departments().get(int(form.department.data or 0))
    if unit is None:
        raise Refused(say("Choose a department from the list."), field="department")
    text = LaunchText(
        form.title.data or "", unit, form.lines(), form.moment(), form.place.data or ""
    )  # fmt: skip
    launch = launches.announce(me(), text, key=form.once.data or "", at=now())
    return done(_("Announced. Every agent of the department is asked."), launch_page, launch_id=launch.id)


@bp.page("/products/<int:launch_id>", needs=P.TRAINING_READ)
def launch_page(launch_id: int, form: Any = None) -> Any:
    """What is new, who knows it, and what is missing before it goes on sale; names only for whoever puts it on sale."""
    launch, reader = _launch(launch_id), me()
    verbs = LAUNCH.open_to(reader, launch)
    sellers = launches.agents(launch.department_id, today())
    known = {one.person_id: one for one in launches.confirmations(launch)}
    rules = in_force(TrainingRules, on=office_day(launch.made_at), for_=launch.department_id)
    batch = wants_training_on_site(len(launch.products), rules)
    clause = rules.large_batch.clause if batch else None
    note = ruling_notes([clause]).get(clause) if clause else None
    act = next((name for name, kind in ACTS.items() if isinstance(form, kind)), request.args.get("act", ""))
    return page(
        "training/launch.html",
        launch=launch,
        verbs=verbs,
        open=launch.state is Launch.EXPLAINED,
        sells=any(one.id == reader.id for one in sellers),
        mine=known.get(reader.id),
        explained=now() >= launch.explained_at,
        known=list(known.values()) if verbs or reader.may(P.TRAINING_KEEP, launch.department_id) else None,
        lacking=[one for one in sellers if one.id not in known] if verbs else [],
        batch=batch,
        trained=launches.was_trained(launch),
        note=note.told(rules.large_batch.explain()) if note else None,
        act=act,
        forms={
            "session": form if isinstance(form, OnSiteForm) else _session_form(launch_id, formdata=None),
            "withdraw": form if isinstance(form, WithdrawForm) else WithdrawForm(formdata=None),
        }
        if verbs and act
        else {},
        story=journal.of("product launch", launch.id) if verbs else (),
    )


def _session_form(launch_id: int, **more: Any) -> OnSiteForm:
    form = OnSiteForm(**more)
    form.offer([(str(one.id), f"{one.number} {one.title}") for one in launches.sessions_for(_launch(launch_id))])
    return form


@bp.act("/products/<int:launch_id>/confirm", needs=P.TRAINING_READ)
def confirm_launch(launch_id: int) -> Any:
    launches.confirm(me(), _launch(launch_id), at=now())
    return done(_("Good: you know them."), launch_page, launch_id=launch_id)


@bp.act(
    "/products/<int:launch_id>/session", needs=P.TRAINING_KEEP, form=lambda launch_id: _session_form(launch_id),
    again=launch_page,
)  # fmt: skip
def name_session(launch_id: int, form: OnSiteForm) -> Any:
    launch = _launch(launch_id)
    chosen = {str(one.id): one for one in launches.sessions_for(launch)}.get(form.session.data or "") or abort(404)
    launches.name_session(me(), launch, chosen, at=now())
    return done(_("Saved."), launch_page, launch_id=launch_id)


@bp.act("/products/<int:launch_id>/list", needs=P.TRAINING_KEEP, again=launch_page)
def put_on_sale(launch_id: int) -> Any:
    launches.put_on_sale(me(), _launch(launch_id), at=now())
    return done(_("On sale."), launch_page, launch_id=launch_id)


@bp.act(
    "/products/<int:launch_id>/withdraw", needs=P.TRAINING_KEEP, form=lambda launch_id: WithdrawForm(),
    again=launch_page,
)  # fmt: skip
def withdraw_launch(launch_id: int, form: WithdrawForm) -> Any:
    launches.withdraw(me(), _launch(launch_id), form.reason.data or "", at=now())
    return done(_("Withdrawn."), launch_page, launch_id=launch_id)


def _launch(launch_id: int) -> ProductLaunch:
    return launches.launch_seen_by(me(), launch_id) or abort(404)
