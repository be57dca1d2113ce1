"""Teams that serve for the company: whoever acts for one is bound by the manuals that are named for it, wherever they
belong, and is asked to acknowledge them like everybody in scope (POL-046)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import flag_modified

from portal.extensions import db
from portal.kernel import once
from portal.kernel.actions import action
from portal.kernel.clock import office_day
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.journal import record
from portal.kernel.permissions import P
from portal.kernel.text import say
from portal.organisation.company import here_on, on_day
from portal.organisation.models import Department, Person, Placement, Post
from portal.organisation.queries import home_of
from portal.organisation.staff import Staff
from portal.policies import acknowledgements
from portal.policies.models import Manual, ManualVersion
from portal.policies.repeal_models import Repeal
from portal.policies.states import State
from portal.policies.team_events import TeamChanged, TeamEnded, TeamFounded, TeamJoined, TeamLeft
from portal.policies.team_models import TEAM_MANUAL, Team, TeamMember
from portal.policies.team_states import TeamKind

MOST_WORDS = 2_000
MOST_MEMBERS = 200


@dataclass(frozen=True, slots=True)
class TeamText:
    """What a team is: whose it is, who leads it, what it does, and what binds whoever acts for it."""

    name: str
    kind: TeamKind
    department: Department
    leader: Person
    purpose: str = ""
    manual_ids: tuple[int, ...] = ()


# ── What people do ──


@action
def found_team(actor: Staff, text: TeamText, *, key: str = "", at: datetime) -> Team:
    """There is a team; its leader acts for it from today on. Raises Refused where no manual is named for it."""
    _refuse_stranger(actor, text.department.id)
    team = Team(since_on=office_day(at), ended_on=None)
    _write(team, text, at)
    db.session.add(team)
    db.session.flush()
    once.used(key, actor.id, str(team.id), at)
    record(TeamFounded(team.id, team.name, text.leader.id, text.leader.name, _codes(team)))
    _join(team, text.leader, office_day(at))
    _ask(team.manuals, at)
    return team


@action
def change_team(actor: Staff, team: Team, text: TeamText, *, seen: int, at: datetime) -> None:
    """The team is another from now on; a new leader acts for it from today on. `seen`: the version that was read.

    Whoever acts for it is asked about a manual that is named now, and nobody any more about one that is not.
    """
    if team.version != seen:
        raise OutOfDate
    _refuse_stranger(actor, team.department_id)
    _refuse_stranger(actor, text.department.id)
    _refuse_ended(team)
    before = list(team.manuals)
    _write(team, text, at)
    record(TeamChanged(team.id, team.name, text.leader.id, text.leader.name, _codes(team)))
    if text.leader.id not in {one.person_id for one in _members(team, office_day(at))}:
        _join(team, text.leader, office_day(at))
    _ask({*before, *team.manuals}, at)


def _write(team: Team, text: TeamText, at: datetime) -> None:
    name = text.name.strip()
    if not name:
        raise Refused(say("Give the team a name."), field="name")
    manuals = [one for one in manuals_to_name(office_day(at)) if one.id in text.manual_ids]
    if not manuals:
        raise Refused(say("Name the manuals that bind whoever acts for it."), field="manuals")
    if home_of(text.leader.id, office_day(at)) is None:
        raise Refused(say("{name} is not with us.", name=text.leader.name), field="leader")
    team.name, team.kind, team.department_id = name[:80], text.kind, text.department.id
    team.leader_id, team.purpose = text.leader.id, text.purpose.strip()[:MOST_WORDS]
    team.manuals = manuals
    flag_modified(team, "name")  # other manuals alone make another team, too: whoever read it before is told


@action
def add_member(actor: Staff, team: Team, person: Person, from_on: date, *, at: datetime) -> TeamMember:
    """Somebody acts for the team from a day on, today at the earliest; they are told, and asked once it has come."""
    _refuse_stranger(actor, team.department_id)
    _refuse_ended(team)
    if from_on < office_day(at):
        raise Refused(say("That day is over."), field="from_on")
    if home_of(person.id, from_on) is None:
        raise Refused(say("{name} is not with us.", name=person.name), field="person")
    there = _members(team, from_on)
    if person.id in {one.person_id for one in there}:
        raise Refused(say("{name} acts for this team already.", name=person.name), field="person")
    if len(there) >= MOST_MEMBERS:
        raise Refused(say("At most {most} people act for one team.", most=MOST_MEMBERS), field="person")
    member = _join(team, person, from_on)
    _ask(team.manuals, at)
    return member


def _join(team: Team, person: Person, from_on: date) -> TeamMember:
    member = TeamMember(team_id=team.id, person_id=person.id, name=person.name, from_on=from_on, to_on=None)
    db.session.add(member)
    db.session.flush()
    record(TeamJoined(team.id, team.name, person.id, person.name, from_on, _codes(team)))
    return member


@action
def end_member(actor: Staff, team: Team, member: TeamMember, to_on: date, *, at: datetime) -> None:
    """Somebody acts for the team no more from a day on, today at the earliest. Raises Refused for its leader."""
    _refuse_stranger(actor, team.department_id)
    _refuse_ended(team)
    if member.person_id == team.leader_id:
        raise Refused(say("{name} leads the team: name another leader first.", name=member.name))
    if to_on < office_day(at):
        raise Refused(say("That day is over."), field="to_on")
    if member.to_on is not None and member.to_on <= office_day(at):
        raise OutOfDate
    member.to_on = max(to_on, member.from_on)
    record(TeamLeft(team.id, team.name, member.person_id, member.name, member.to_on))
    _ask(team.manuals, at)


@action
def end_team(actor: Staff, team: Team, *, at: datetime) -> None:
    """The team is no more from today on, and nobody is bound any more because they acted for it."""
    _refuse_stranger(actor, team.department_id)
    _refuse_ended(team)
    day = office_day(at)
    team.ended_on = day
    left = _members(team, day)
    for one in left:
        one.to_on = max(day, one.from_on)
    record(TeamEnded(team.id, team.name, tuple(one.person_id for one in left)))
    _ask(team.manuals, at)


def _ask(manuals: Iterable[Manual], at: datetime) -> None:
    """In the same transaction: whoever is bound now is asked, and nobody any more who is not."""
    db.session.flush()
    for one in sorted(manuals, key=lambda manual: manual.id):
        acknowledgements.bring_up_to_date(one, at)


def _codes(team: Team) -> tuple[str, ...]:
    return tuple(one.code for one in team.manuals)


def _refuse_stranger(actor: Staff, department_id: int) -> None:
    if not actor.may(P.TEAMS_KEEP, department_id):
        raise NotAllowed(say("You keep no teams there."))


def _refuse_ended(team: Team) -> None:
    if team.ended_on is not None:
        raise Refused(say("This team is no more."))


# ── Reading ──


def teams() -> Sequence[Team]:
    """Every team, those that are no more last: they are open to everybody, like the list of colleagues. What their
    people still lack is not."""
    query = select(Team).options(joinedload(Team.department), joinedload(Team.leader))
    return db.session.scalars(query.order_by(Team.ended_on.is_not(None), Team.name, Team.id)).all()


def team_with(team_id: int) -> Team | None:
    """One team with its manuals."""
    query = select(Team).where(Team.id == team_id)
    whole = query.options(joinedload(Team.department), joinedload(Team.leader), joinedload(Team.manuals))
    return db.session.scalars(whole).unique().one_or_none()


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who acts for a team, did or will, with where they belong today. `acts`: now or later, and with us."""

    id: int
    person_id: int
    name: str
    staff_number: str
    from_on: date
    to_on: date | None
    department_id: int
    acts: bool


def everybody_of(team: Team, day: date) -> list[Member]:
    """Everybody who ever acted for a team, by name; the name is that of today."""
    acts = and_(
        or_(TeamMember.to_on.is_(None), TeamMember.to_on > day), here_on(day), Person.disabled_at.is_(None),
        Post.id.is_not(None),
    )  # fmt: skip
    now = and_(
        Placement.person_id == Person.id, Placement.main, on_day(Placement.from_on, Placement.to_on, day)
    )  # fmt: skip
    query = (
        select(
            TeamMember.id, TeamMember.person_id, Person.name, Person.staff_number, TeamMember.from_on,
            TeamMember.to_on, func.coalesce(Post.department_id, 0), acts,
        )
        .join(Person, Person.id == TeamMember.person_id)
        .outerjoin(Placement, now)
        .outerjoin(Post, Post.id == Placement.post_id)
        .where(TeamMember.team_id == team.id)
        .order_by(Person.sort_key, Person.id, TeamMember.id)
    )  # fmt: skip
    return [Member(*row[:-1], bool(row[-1])) for row in db.session.execute(query)]


def members(team: Team, day: date) -> list[Member]:
    """Who acts for a team on a day or later and is with us, by name."""
    return [one for one in everybody_of(team, day) if one.acts]


def member_of(team: Team, member_id: int) -> TeamMember | None:
    """One who acts for exactly this team (attack 11)."""
    return db.session.scalar(select(TeamMember).where(TeamMember.id == member_id, TeamMember.team_id == team.id))


def _members(team: Team, day: date) -> Sequence[TeamMember]:
    """Rows that hold on a day or later, for the verbs."""
    query = select(TeamMember).where(TeamMember.team_id == team.id)
    return db.session.scalars(query.where(or_(TeamMember.to_on.is_(None), TeamMember.to_on > day))).all()


def manuals_to_name(day: date) -> Sequence[Manual]:
    """Manuals that were published and are not repealed: those that can be named for a team."""
    published = select(ManualVersion.manual_id).where(ManualVersion.state == State.PUBLISHED)
    over = select(Repeal.manual_id).where(Repeal.from_on <= day)
    query = select(Manual).where(Manual.id.in_(published), Manual.id.not_in(over))
    return db.session.scalars(query.order_by(Manual.code)).all()


def manuals_that_bind(person_id: int, day: date) -> dict[int, list[Any]]:
    """The manuals that bind somebody because they act for a team, with (id, name) of the teams."""
    query = (
        select(TEAM_MANUAL.c.manual_id, Team.id, Team.name)
        .join(Team, Team.id == TEAM_MANUAL.c.team_id)
        .join(TeamMember, TeamMember.team_id == Team.id)
        .where(TeamMember.person_id == person_id, on_day(TeamMember.from_on, TeamMember.to_on, day))
        .order_by(Team.name)
    )
    found: dict[int, list[Any]] = {}
    for row in db.session.execute(query):
        found.setdefault(row.manual_id, []).append(row)
    return found


def named_for(manual: Manual) -> Sequence[Any]:
    """(id, name) of the teams for which a manual is named."""
    query = select(Team.id, Team.name).join(TEAM_MANUAL, TEAM_MANUAL.c.team_id == Team.id)
    return db.session.execute(
        query.where(TEAM_MANUAL.c.manual_id == manual.id, Team.ended_on.is_(None)).order_by(Team.name)
    ).all()
