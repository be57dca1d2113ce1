"""Facts about teams that serve for the company."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from portal.kernel.journal import event
from portal.kernel.text import Said, say


@dataclass(frozen=True, slots=True)
class _OfTeam:
    about: ClassVar[str] = "team"
    team_id: int
    team: str

    @property
    def subject_id(self) -> int:
        return self.team_id


@event
@dataclass(frozen=True, slots=True)
class TeamFounded(_OfTeam):
    """There is a team; whoever acts for it is bound by these manuals."""

    leader_id: int
    leader: str
    manuals: tuple[str, ...]

    def sentence(self) -> Said:
        return say("Team {team} founded, led by {leader}; it is bound by {manuals}", team=self.team,
                   leader=self.leader, manuals=self.manuals)  # fmt: skip


@event
@dataclass(frozen=True, slots=True)
class TeamChanged(_OfTeam):
    """Another name, leader, purpose or other manuals."""

    leader_id: int
    leader: str
    manuals: tuple[str, ...]

    def sentence(self) -> Said:
        return say("Team {team} changed: led by {leader}, bound by {manuals}", team=self.team, leader=self.leader,
                   manuals=self.manuals)  # fmt: skip


@event
@dataclass(frozen=True, slots=True)
class TeamJoined(_OfTeam):
    """Somebody acts for a team from a day on and is bound by its manuals."""

    person_id: int
    name: str
    from_on: date
    manuals: tuple[str, ...]

    def sentence(self) -> Said:
        return say("{name} acts for {team} from {day} on and is bound by {manuals}", name=self.name, team=self.team,
                   day=self.from_on, manuals=self.manuals)  # fmt: skip


@event
@dataclass(frozen=True, slots=True)
class TeamLeft(_OfTeam):
    """Somebody acts for a team no more from a day on."""

    person_id: int
    name: str
    to_on: date

    def sentence(self) -> Said:
        return say("{name} acts for {team} no more from {day} on", name=self.name, team=self.team, day=self.to_on)


@event
@dataclass(frozen=True, slots=True)
class TeamEnded(_OfTeam):
    """The team is no more."""

    told: tuple[int, ...]

    def sentence(self) -> Said:
        return say("Team {team} is no more", team=self.team)
