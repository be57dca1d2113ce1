"""Who hears of every fact of the journal, as a table. A new fact gets its line here; `nobody` is a decision, too.

Whoever is named here is only a candidate: nobody hears of their own act, nor of what they may not see when they are
told, nor of what they no longer see when they look (`queries.may_see`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select

from portal.calendar import events as calendar
from portal.customers import events as customers
from portal.kernel.journal import JournalEntry
from portal.kernel.signature import Signed
from portal.lists import events as lists
from portal.notifications.states import News
from portal.organisation import events as people
from portal.organisation.models import LinkPurpose
from portal.policies import acknowledgement_events as known
from portal.policies import acknowledgements, repeals
from portal.policies import change_request_events as changes
from portal.policies import events as policies
from portal.policies import team_events as teams
from portal.policies import watch_events as watched
from portal.tickets import events as tickets
from portal.tickets import queries as ticket_queries
from portal.tickets.models import InternalComplaint, Ticket
from portal.tickets.states import HEARD, WORKS
from portal.training import events as training
from portal.training import goal_events as goals
from portal.training import goals as training_goals
from portal.training import knowledge_events as checks
from portal.training import launch_events as launches
from portal.training import launches as products
from portal.training import onboarding_events as newcomers


@dataclass(frozen=True, slots=True)
class Happened:
    """A fact with the thing it is about as it stands now."""

    entry: JournalEntry
    event: Any
    day: date
    ticket: Ticket | None = None
    complaint: InternalComplaint | None = None
    offered_by: int | None = None


Who = Callable[[Any], Iterable[int | None]]
Crowd = Callable[[Happened], Select[Any]]


@dataclass(frozen=True, slots=True)
class Hears:
    """These people hear of it, as this kind of news. `crowd`: ids of many people at once; only for facts about what
    everybody may read, for nobody of them is looked at one by one."""

    news: News
    who: tuple[Who, ...]
    crowd: Crowd | None = None


def to_all(news: News, crowd: Crowd) -> Hears:
    """One line of the table about as many people as a manual binds: `to_all(MYSELF, whom_it_binds)`."""
    return Hears(news, (), crowd)


def to(news: News, *who: Who) -> Hears:
    """One line of the table: `to(News.ALARM, whoever_works_on_it, the_leader)`."""
    return Hears(news, who)


nobody: tuple[Hears, ...] = ()


def who_hears(fact: Happened) -> dict[int, News]:
    """Who is to hear of it, each as the first kind of news that names them; never whoever did it."""
    found: dict[int, News] = {}
    for line in TELL.get(type(fact.event), nobody):
        for who in line.who:
            for person_id in who(fact):
                if person_id is not None and person_id != fact.entry.actor_id:
                    found.setdefault(person_id, line.news)
    return found


def crowds(fact: Happened) -> list[tuple[News, Select[Any]]]:
    """Many people at once who are to hear of it, each time with the kind of news that it is to them."""
    lines = TELL.get(type(fact.event), nobody)
    return [(line.news, line.crowd(fact)) for line in lines if line.crowd is not None]


# Who is meant


def the_accountable(fact: Happened) -> Iterable[int | None]:
    """The first receiver, and whoever stands in."""
    return [getattr(fact.ticket, one) for one in HEARD]


def whoever_works_on_it(fact: Happened) -> Iterable[int | None]:
    """The accountable person, the deputy, the assignee."""
    return [getattr(fact.ticket, one) for one in WORKS]


def the_requester(fact: Happened) -> Iterable[int | None]:
    """The colleague who asked for it: of facts that stay inside they never hear."""
    return [] if fact.event.inside or fact.ticket is None else [fact.ticket.requester_id]


def the_followers(fact: Happened) -> Iterable[int | None]:
    """Whoever keeps it on their list."""
    return ticket_queries.followers_of(fact.event.ticket_id)


def the_desk(fact: Happened) -> Iterable[int | None]:
    """Everybody at the desk that it came to, unless one of them wrote it down."""
    desk = ticket_queries.desk_of(fact.ticket.desk_id, fact.day) if fact.ticket else frozenset()
    return [] if fact.entry.actor_id in desk else desk


def whom_it_was_offered_to(fact: Happened) -> Iterable[int | None]:
    """The person of whom an acceptance is asked."""
    return [fact.event.person_id]


def the_desk_it_was_offered_to(fact: Happened) -> Iterable[int | None]:
    """Everybody of the department of whom any may accept it."""
    return [] if fact.event.person_id else ticket_queries.desk_of(fact.event.department_id, fact.day)


def whoever_offered_it(fact: Happened) -> Iterable[int | None]:
    """Whoever made the offer that was answered."""
    return [fact.offered_by]


def the_department_asked(fact: Happened) -> Iterable[int | None]:
    """Everybody of the department of whom any may take its part, where nobody was wished for by name."""
    named = getattr(fact.event, "person_id", None)
    return [] if named else ticket_queries.desk_of(fact.event.department_id, fact.day)


def whoever_does_the_part(fact: Happened) -> Iterable[int | None]:
    """Of a limit of a part: who has it, or whose it may become, and who leads their department."""
    part = ticket_queries.part_with(fact.event.part_id) if fact.event.part_id else None
    if part is None:
        return []
    above = ticket_queries.leader_above(part.department_id, fact.day, but=ticket_queries.hidden_from(part.ticket_id))
    asked = part.person_id or part.asked_to_id
    desk = [asked] if asked else ticket_queries.desk_of(part.department_id, fact.day)
    return [*desk, above.id if above else None]


def the_leader(fact: Happened) -> Iterable[int | None]:
    """Who leads the desk, or the next one above who did not do it and from whom it is not hidden."""
    if fact.ticket is None:
        return []
    but = {fact.entry.actor_id, *ticket_queries.hidden_from(fact.ticket.id)}
    above = ticket_queries.leader_above(fact.ticket.desk_id, fact.day, but=but)
    return [above.id if above else None]


def whose_people_are_late(fact: Happened) -> Iterable[int | None]:
    """Whoever leads the desk whose own limit passed; those of a part have their own leader."""
    return [] if fact.event.part_id else the_leader(fact)


def to_whom_it_went_up(fact: Happened) -> Iterable[int | None]:
    """The next level; of the committee whoever leads it."""
    committee = None if fact.event.to_id else ticket_queries.committee()
    but = ticket_queries.hidden_from(fact.event.ticket_id) if committee else ()
    above = ticket_queries.leader_above(committee.id, fact.day, but=but) if committee else None
    return [fact.event.to_id, above.id if above else None]


def whoever_signs(fact: Happened) -> Iterable[int | None]:
    """Of a concluded complaint: the heads of the departments that it concerns, and whoever did the part of one; each
    department has to sign, and again under another solution."""
    ticket_id = fact.event.ticket_id
    unsigned = ticket_queries.unsigned(ticket_id)
    but = ticket_queries.hidden_from(ticket_id) if unsigned else ()
    heads = [ticket_queries.leader_above(one, fact.day, but=but) for one in unsigned]
    return [*(one.id for one in heads if one is not None), *ticket_queries.did_parts(ticket_id, unsigned)]


def the_author(fact: Happened) -> Iterable[int | None]:
    """Whoever made the internal complaint."""
    return [fact.complaint.by_id if fact.complaint else None]


def whoever_is_told(fact: Happened) -> Iterable[int | None]:
    """The people whom the fact itself names."""
    told: Iterable[int | None] = fact.event.told
    return told


def whom_the_version_asked(fact: Happened) -> Select[Any]:
    """Everybody who was asked to acknowledge the version, whatever they said."""
    return acknowledgements.asked_about(fact.event.version_id)


def whom_the_manual_bound(fact: Happened) -> Select[Any]:
    """Everybody whom the manual binds until its last day."""
    return repeals.whom_it_bound(fact.event.manual_id, fact.day)


def whoever_sells_them(fact: Happened) -> Iterable[int | None]:
    """The agents who have still to say that they know the new products."""
    return products.asked_of(fact.event.launch_id, fact.day)


def whoever_heads_it(fact: Happened) -> Iterable[int | None]:
    """The heads of the department whose goal it is."""
    return training_goals.heads_of(fact.event.department_id, fact.day)


def whose_password_it_opens(fact: Happened) -> Iterable[int | None]:
    """The owner of an account for which somebody was handed a link to a new password. A mailed link is a letter."""
    made = fact.event
    return [made.person_id] if made.purpose == LinkPurpose.RESET and not made.by_mail else []


def the_one(field: str) -> Who:
    """The person whom the fact names in `field`."""
    return lambda fact: [getattr(fact.event, field)]


# The table

ALARM, FOR_ME, ANSWERS, CUSTOMER, DESK, REQUESTS, PROGRESS, MYSELF = News
the_person = the_one("person_id")
the_asker = the_one("asked_by_id")

TELL: dict[type, tuple[Hears, ...]] = {
    # tickets
    tickets.TicketOpened: (to(DESK, the_desk),),
    tickets.TicketHeard: (to(REQUESTS, the_requester),),
    tickets.TicketTriaged: nobody,
    tickets.TicketRanked: (to(PROGRESS, whoever_works_on_it, the_followers),),
    tickets.EmergencyStarted: (to(ALARM, whoever_works_on_it, the_leader),),
    tickets.TicketOffered: (
        to(FOR_ME, whom_it_was_offered_to),
        to(DESK, the_desk_it_was_offered_to),
        to(PROGRESS, the_accountable, the_followers),
    ),
    tickets.TicketAccepted: (
        to(ANSWERS, whoever_offered_it, the_accountable),
        to(REQUESTS, the_requester),
        to(PROGRESS, the_followers),
    ),
    tickets.OfferRefused: (to(ANSWERS, whoever_offered_it, the_accountable),),
    tickets.AskedInside: (to(FOR_ME, the_one("asked_id")),),
    tickets.AnsweredInside: (to(ANSWERS, the_one("asked_by_id"), whoever_works_on_it),),
    tickets.PartAsked: (
        to(FOR_ME, the_person),
        to(DESK, the_department_asked),
        to(PROGRESS, the_accountable, the_followers),
    ),
    tickets.PartTaken: (to(ANSWERS, the_asker), to(PROGRESS, the_accountable, the_followers)),
    tickets.PartRefused: (to(ANSWERS, the_asker, whoever_works_on_it),),
    tickets.PartGivenBack: (to(DESK, the_department_asked), to(ANSWERS, the_asker)),
    tickets.PartDone: (to(ANSWERS, the_asker, whoever_works_on_it), to(PROGRESS, the_followers)),
    tickets.PartSentBack: (to(FOR_ME, the_person), to(DESK, the_department_asked)),
    tickets.PartWithdrawn: (to(FOR_ME, the_person),),
    tickets.ReplySent: (to(REQUESTS, the_requester), to(PROGRESS, whoever_works_on_it, the_followers)),
    tickets.FirstResponseGiven: nobody,  # the reply tells it
    tickets.PhrasesUsedAlthoughWarned: nobody,
    tickets.NoteAdded: (to(PROGRESS, whoever_works_on_it, the_followers),),
    tickets.FilesAttached: nobody,  # the letter that they came with tells it
    tickets.CustomerWroteOrCalled: (to(CUSTOMER, whoever_works_on_it), to(PROGRESS, the_followers)),
    tickets.WaitingForCustomer: (to(FOR_ME, the_requester), to(PROGRESS, the_accountable, the_followers)),
    tickets.DatePromised: (to(REQUESTS, the_requester), to(PROGRESS, whoever_works_on_it, the_followers)),
    tickets.VisitNeeded: (to(PROGRESS, whoever_works_on_it, the_followers),),
    tickets.Arrived: (to(REQUESTS, the_requester), to(PROGRESS, whoever_works_on_it, the_followers)),
    tickets.WorkResumed: nobody,
    tickets.TicketResolved: (  # the customer must be told, and another solution be signed
        to(FOR_ME, the_accountable, whoever_signs),
        to(PROGRESS, the_followers),
    ),
    tickets.CustomerTold: (to(FOR_ME, the_requester), to(PROGRESS, whoever_works_on_it, the_followers)),
    tickets.CustomerNotReached: nobody,
    tickets.SatisfactionAnswered: (to(CUSTOMER, whoever_works_on_it), to(PROGRESS, the_followers)),
    tickets.CustomerDissatisfied: (to(CUSTOMER, whoever_works_on_it), to(PROGRESS, the_followers)),
    tickets.TicketEscalated: (to(ALARM, to_whom_it_went_up, whoever_works_on_it),),
    tickets.CalledBack: (to(PROGRESS, whoever_works_on_it, the_followers),),
    tickets.TicketClosed: (to(REQUESTS, the_requester), to(PROGRESS, whoever_works_on_it, the_followers)),
    tickets.ClosedAsNotSatisfiable: (to(REQUESTS, the_requester), to(PROGRESS, whoever_works_on_it, the_followers)),
    tickets.TicketReopened: (to(CUSTOMER, whoever_works_on_it), to(PROGRESS, the_followers)),
    tickets.TicketImported: nobody,  # thousands at once: whoever brought them in knows
    tickets.TicketsImported: nobody,
    tickets.TicketVoided: nobody,  # it has left every list but the audit's
    tickets.DeputyNamed: (to(FOR_ME, the_one("deputy_id")), to(PROGRESS, whoever_works_on_it)),
    tickets.FlaggedSerious: (to(ALARM, the_leader, whoever_works_on_it, the_followers),),
    tickets.SeriousReported: (to(ALARM, the_one("to_id"), the_accountable),),
    tickets.LimitMissed: (
        to(ALARM, the_person, whoever_works_on_it, whoever_does_the_part),
        to(DESK, whose_people_are_late),  # on the bell, and no letter for each
    ),
    tickets.LimitNear: (to(ALARM, whoever_works_on_it, whoever_does_the_part),),
    tickets.ConductNoted: (to(MYSELF, the_person),),
    tickets.ReminderDue: (to(FOR_ME, whoever_works_on_it),),
    tickets.ReportedUp: (to(FOR_ME, to_whom_it_went_up), to(PROGRESS, whoever_works_on_it)),
    tickets.DecidedAbove: (to(ANSWERS, whoever_works_on_it), to(PROGRESS, the_followers)),
    tickets.ComplaintFormFilled: nobody,
    tickets.ComplaintGrew: (to(PROGRESS, whoever_works_on_it),),
    tickets.DepartmentConcerned: nobody,  # asked to sign when there is a conclusion to be signed
    tickets.BigComplaintReported: (to(ALARM, the_one("to_id")),),
    tickets.ComplaintConcluded: (to(FOR_ME, whoever_signs), to(PROGRESS, whoever_works_on_it, the_followers)),
    tickets.CountedAgainst: nobody,  # a complaint is not shown to whom it is about; what follows from it will be
    tickets.PartSigned: (to(PROGRESS, whoever_works_on_it),),
    tickets.LessonLearned: nobody,
    tickets.ProductProblem: (to(ALARM, the_leader),),
    tickets.SomebodyFollows: nobody,
    tickets.TemplateUsed: nobody,
    tickets.StepsAdded: nobody,
    tickets.StepTicked: nobody,
    tickets.StepUnticked: nobody,
    tickets.StepStruck: nobody,
    tickets.StepRestored: nobody,
    tickets.ViewKept: nobody,
    tickets.ViewRenamed: nobody,
    tickets.ViewRemoved: nobody,
    tickets.Mentioned: (to(FOR_ME, the_person),),
    tickets.TicketsLinked: (to(PROGRESS, whoever_works_on_it, the_followers),),
    tickets.LinkTakenOff: (to(PROGRESS, whoever_works_on_it, the_followers),),
    tickets.TicketMerged: (to(REQUESTS, the_requester), to(PROGRESS, whoever_works_on_it, the_followers)),
    tickets.TicketTookIn: (to(PROGRESS, whoever_works_on_it, the_followers),),
    tickets.TakenApart: (to(REQUESTS, the_requester), to(PROGRESS, whoever_works_on_it, the_followers)),
    tickets.TicketLeft: (to(PROGRESS, whoever_works_on_it, the_followers),),
    tickets.TicketSplit: (to(PROGRESS, whoever_works_on_it, the_followers),),
    tickets.TicketSplitOff: (to(FOR_ME, the_accountable),),
    tickets.ComplainedInside: (to(FOR_ME, the_one("manager_id")),),
    tickets.ComplaintAnswered: (to(ANSWERS, the_author),),
    # customers
    customers.CustomerAdded: nobody,
    customers.CustomerChanged: nobody,
    customers.VisitorRegistered: (to(FOR_ME, the_one("receiver_id")),),
    customers.VisitorLeft: nobody,
    customers.VisitBecameTicket: nobody,
    # accounts: letters of their own tell of mailed links and of passwords
    people.SignedIn: nobody,
    people.SignedOut: nobody,
    people.PasswordChanged: nobody,
    people.PinSet: nobody,
    people.SessionEnded: (to(MYSELF, the_person),),
    people.LinkMade: (to(MYSELF, whose_password_it_opens),),
    people.LinkUsed: nobody,
    people.NewPasswordDemanded: (to(MYSELF, the_person),),
    people.AccountDisabled: nobody,
    people.AccountEnabled: (to(MYSELF, the_person),),
    people.AccountUnlocked: (to(MYSELF, the_person),),
    # people
    people.PersonAdded: nobody,
    people.PersonPlaced: (to(MYSELF, the_person),),
    people.PlacementEnded: (to(MYSELF, the_person),),
    people.RoleGiven: (to(MYSELF, the_person),),
    people.RoleTaken: (to(MYSELF, the_person),),
    people.PersonRenamed: (to(MYSELF, the_person),),
    people.DetailsChanged: (to(MYSELF, the_person),),
    people.SuperiorRecorded: (to(MYSELF, the_person),),
    people.DeputyAppointed: (to(MYSELF, the_person, the_one("deputy_id")),),
    people.DeputyReleased: (to(MYSELF, the_person, the_one("deputy_id")),),
    people.AbsenceNoted: (to(MYSELF, the_person),),
    people.WorkCityChanged: (to(MYSELF, the_person),),
    people.BasePayChanged: (to(MYSELF, the_person),),
    people.ObjectivesAgreed: (to(MYSELF, the_person),),
    people.PersonAppraised: (to(MYSELF, the_person),),
    people.PersonLeft: nobody,
    people.PeopleImported: nobody,
    people.ProposalMade: nobody,  # whom it is about may not know of it, whoever decides has their list
    people.ProposalDecided: nobody,
    people.ProposalWithdrawn: nobody,
    # departments
    people.DepartmentAdded: nobody,
    people.DepartmentChanged: nobody,
    people.DepartmentClosed: nobody,
    people.PostAdded: nobody,
    people.PostChanged: nobody,
    people.PostClosed: nobody,
    people.DutyNamed: nobody,
    people.DutyTaken: nobody,
    people.DutyGivenUp: nobody,
    people.AssessmentArranged: nobody,
    # what everybody looks up
    Signed: nobody,
    calendar.CalendarYearSet: nobody,
    calendar.CalendarDaySet: nobody,
    calendar.CalendarYearAnnounced: nobody,
    calendar.WorkingHoursSet: nobody,
    calendar.WorkingHoursDropped: nobody,
    lists.ListValueAdded: nobody,
    lists.ListValueChanged: nobody,
    policies.VersionPublished: nobody,  # the list of manuals to sign says so to each
    policies.PaperMade: nobody,
    policies.ManualRepealed: (to_all(MYSELF, whom_the_manual_bound),),
    policies.VersionTakenBack: (to_all(MYSELF, whom_the_version_asked),),
    policies.DraftBegun: nobody,
    policies.DraftMoved: (to(FOR_ME, whoever_is_told),),
    policies.ApprovalGiven: nobody,  # the others wait for each other, and the last one moves it on
    policies.ApprovalPassedUp: (to(FOR_ME, the_person),),
    policies.EvidenceKept: nobody,
    policies.EvidenceTakenOff: nobody,
    policies.DraftCommented: (to(ANSWERS, whoever_is_told),),
    policies.DraftAnswered: (to(ANSWERS, the_person),),
    policies.DraftReviewed: (to(ANSWERS, whoever_is_told),),
    policies.DraftChanged: nobody,  # while it is written it is the authors' own
    known.AcknowledgementsAsked: nobody,
    known.AcknowledgementsVoided: nobody,
    known.WayChosen: nobody,
    watched.PublicityPlanned: (to(FOR_ME, the_person),),
    watched.PublicityDue: (to(FOR_ME, the_person),),
    watched.PublicityDone: nobody,
    watched.PublicityDropped: (to(FOR_ME, the_person),),
    watched.AuditPlanned: (to(FOR_ME, the_one("supervisor_id")),),
    watched.AuditDue: (to(FOR_ME, the_one("supervisor_id")),),
    watched.AuditDone: nobody,
    known.Acknowledged: nobody,
    known.QuizTaken: nobody,
    known.PaperEntered: (to(MYSELF, the_person),),
    known.AcknowledgementDeclined: (to(FOR_ME, the_one("owner_id")),),
    known.AskedAgain: (to(FOR_ME, the_person),),
    known.Exempted: (to(MYSELF, the_person),),
    known.Reminded: (to(FOR_ME, the_person),),
    launches.ProductsExplained: (to(FOR_ME, whoever_sells_them),),
    launches.ProductsToKnow: (to(FOR_ME, whoever_sells_them),),
    launches.ProductsKnown: nobody,
    launches.ProductsListed: nobody,
    launches.ProductsWithdrawn: nobody,
    goals.GoalSet: nobody,
    goals.GoalDue: (to(FOR_ME, whoever_heads_it),),
    goals.GoalEnded: nobody,
    checks.KnowledgeChecked: (to(MYSELF, the_person),),
    teams.TeamFounded: (to(FOR_ME, the_one("leader_id")),),
    teams.TeamChanged: (to(FOR_ME, the_one("leader_id")),),
    teams.TeamJoined: (to(FOR_ME, the_person),),
    teams.TeamLeft: (to(MYSELF, the_person),),
    teams.TeamEnded: (to(MYSELF, whoever_is_told),),
    training.CourseAdded: nobody,
    training.CourseChanged: nobody,
    training.CourseClosed: nobody,
    training.SessionPlanned: (to(FOR_ME, the_one("trainer_id")),),
    training.SessionMoved: (to(FOR_ME, whoever_is_told),),
    training.PeopleInvited: (to(FOR_ME, whoever_is_told),),
    training.GuestInvited: nobody,
    training.InvitationWithdrawn: nobody,
    training.ResultEntered: (to(MYSELF, the_person),),
    training.SessionCancelled: (to(FOR_ME, whoever_is_told),),
    changes.ChangeAsked: (to(FOR_ME, whoever_is_told),),
    changes.ChangeAccepted: (to(ANSWERS, the_person),),
    changes.ChangeRefused: (to(ANSWERS, the_person),),
    changes.ChangeSettled: (to(ANSWERS, the_person),),
    newcomers.OnboardingItemAdded: nobody,
    newcomers.OnboardingItemDropped: nobody,
    newcomers.OnboardingBegun: (to(MYSELF, the_person),),
    newcomers.OnboardingLineDone: (to(MYSELF, the_person),),
    newcomers.MentorNamed: (to(FOR_ME, the_person, the_one("mentor_id")),),
    newcomers.CoachingEnded: (to(FOR_ME, the_person, the_one("mentor_id")),),
    newcomers.OnboardingWaived: (to(MYSELF, the_person),),
}
