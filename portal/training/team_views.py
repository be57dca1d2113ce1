"""Teams that serve for the company: who acts for them, what binds them, and what they still lack."""

from __future__ import annotations

from typing import Any

from flask import abort, request, url_for
from flask_babel import gettext as _

from portal.kernel import journal
from portal.kernel.clock import now, today
from portal.kernel.errors import Refused
from portal.kernel.permissions import P
from portal.kernel.text import say, text_of
from portal.organisation import directory
from portal.organisation.models import Department
from portal.organisation.queries import departments
from portal.policies import teams
from portal.policies.team_models import Team, TeamMember
from portal.policies.team_states import TeamKind
from portal.policies.teams import TeamText
from portal.training import team_needs
from portal.training.team_forms import MemberEndForm, MemberForm, TeamForm
from portal.training.views import bp, tabs
from portal.web.meanwhile import catch_up, last_of, missed
from portal.web.respond import done, page
from portal.web.signed_in import me

ACTS: dict[str, type] = {"member": MemberForm, "leave": MemberEndForm}
"""The forms on the page of a team, by the word in its address."""


@bp.page("/teams", needs=P.TRAINING_READ)
def team_list() -> Any:
    return page(
        "training/teams.html", tabs=tabs("teams"), teams=teams.teams(), keeps=me().may(P.TEAMS_KEEP)
    )  # fmt: skip


@bp.page("/teams/new", needs=P.TEAMS_KEEP, keyed=True)
def new_team(form: TeamForm | None = None) -> Any:
    return page("training/team_form.html", form=form or _team_form(formdata=None), team=None, missed=None, last=None)


def _team_form(**more: Any) -> TeamForm:
    form, mine = TeamForm(**more), me().where(P.TEAMS_KEEP)
    units = [
        (str(one.id), "　" * (one.path.count("/") - 2) + text_of(one.names))
        for one in departments().values()
        if one.id in mine
    ]
    manuals = [(str(one.id), f"{one.code} {text_of(one.titles)}") for one in teams.manuals_to_name(today())]
    form.offer(units, manuals)
    return form


@bp.act(
    "/teams/new", needs=P.TEAMS_KEEP, form=lambda: _team_form(), again=new_team,
    leads_to=lambda made: url_for(".team_page", team_id=made),
)  # fmt: skip
def found_team(form: TeamForm) -> Any:
    team = teams.found_team(me(), _text(form), key=form.once.data or "", at=now())
    return done(_("The team is there. Name who acts for it."), team_page, team_id=team.id)


def _text(form: TeamForm) -> TeamText:
    return TeamText(
        name=form.name.data or "",
        kind=TeamKind(form.kind.data),
        department=_unit(form.department.data),
        leader=directory.meant(form.leader.data or "", today(), field="leader"),
        purpose=form.purpose.data or "",
        manual_ids=tuple(int(one) for one in form.manuals.data or ()),
    )


def _unit(sent: str | None) -> Department:
    found = departments().get(int(sent)) if sent and sent.isdecimal() else None
    if found is None:
        raise Refused(say("Choose a department from the list."), field="department")
    return found


@bp.page("/teams/<int:team_id>", needs=P.TRAINING_READ)
def team_page(team_id: int, form: Any = None, member_id: int = 0) -> Any:
    """Who acts for it and what binds them; what somebody still lacks only for whoever looks after them."""
    team, reader, day = _team(team_id), me(), today()
    keeps = team.ended_on is None and reader.may(P.TEAMS_KEEP, team.department_id)
    everybody = teams.everybody_of(team, day)
    people = [one for one in everybody if one.acts]
    taught = team_needs.taught_to(team, people, day)
    act = next((name for name, kind in ACTS.items() if isinstance(form, kind)), request.args.get("act", ""))
    leaving = member_id or request.args.get("member", 0, type=int)
    return page(
        "training/team.html",
        team=team,
        people=people,
        before=[one for one in everybody if not one.acts],
        units=departments(),
        needs=team_needs.needs(reader, team, people, taught),
        courses=taught.courses,
        customers=team_needs.for_customers(reader, team),
        keeps=keeps,
        act=act,
        leaving=next((one for one in people if one.id == leaving), None),
        forms={name: form if isinstance(form, kind) else kind(formdata=None) for name, kind in ACTS.items()},
        today=day,
    )


@bp.page("/teams/<int:team_id>/change", needs=P.TEAMS_KEEP)
def edit_team(team_id: int, form: TeamForm | None = None) -> Any:
    """One that came too late shows what others did since: saving again is a decision."""
    team = _kept(team_id)
    facts = journal.of("team", team.id)
    fresh = _team_form(
        formdata=None, name=team.name, kind=team.kind.value, department=str(team.department_id),
        leader=team.leader.staff_number, purpose=team.purpose, manuals=[str(one.id) for one in team.manuals],
        version=team.version,
    )  # fmt: skip
    form = form or fresh
    catch_up(form.version, team.version)
    return page("training/team_form.html", form=form, team=team, missed=missed(facts, form, fresh), last=last_of(facts))


@bp.act("/teams/<int:team_id>/change", needs=P.TEAMS_KEEP, form=lambda team_id: _team_form(), again=edit_team)
def change_team(team_id: int, form: TeamForm) -> Any:
    teams.change_team(me(), _kept(team_id), _text(form), seen=form.version.data or 0, at=now())
    return done(_("The team is changed; who acts for it is asked."), team_page, team_id=team_id)


@bp.act("/teams/<int:team_id>/member", needs=P.TEAMS_KEEP, form=lambda team_id: MemberForm(), again=team_page)
def add_member(team_id: int, form: MemberForm) -> Any:
    person = directory.meant(form.person.data or "", today(), field="person")
    teams.add_member(me(), _kept(team_id), person, form.from_on.data, at=now())
    return done(_("%(name)s acts for the team and is told.", name=person.name), team_page, team_id=team_id)


@bp.act(
    "/teams/<int:team_id>/members/<int:member_id>/leave", needs=P.TEAMS_KEEP,
    form=lambda team_id, member_id: MemberEndForm(), again=team_page,
)  # fmt: skip
def end_member(team_id: int, member_id: int, form: MemberEndForm) -> Any:
    team = _kept(team_id)
    member: TeamMember = teams.member_of(team, member_id) or abort(404)
    teams.end_member(me(), team, member, form.ends(), at=now())
    return done(_("Written down."), team_page, team_id=team_id)


@bp.act("/teams/<int:team_id>/end", needs=P.TEAMS_KEEP)
def end_team(team_id: int) -> Any:
    teams.end_team(me(), _kept(team_id), at=now())
    return done(_("The team is no more; nobody is bound because of it."), team_page, team_id=team_id)


def _team(team_id: int) -> Team:
    return teams.team_with(team_id) or abort(404)


def _kept(team_id: int) -> Team:
    team = _team(team_id)
    return team if team.ended_on is None and me().may(P.TEAMS_KEEP, team.department_id) else abort(404)
