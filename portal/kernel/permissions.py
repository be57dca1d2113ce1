"""Who may do what: rights are `resource:action`; a role holds rights, in one department and below it.

Shown to everyone on the page "who may do what"; nobody holds all of it, and admin is no reader of content.
"""

from __future__ import annotations

from enum import Enum, StrEnum

from flask_babel import lazy_gettext as _l


class Open(Enum):
    """A need that is no right: anyone on the network, or whoever is signed in."""

    ANYONE = "anyone"
    STAFF = "staff"


class P(StrEnum):
    """Rights. A new feature adds its own lines here and hands them to roles below."""

    TICKETS_OPEN = "tickets:open"
    TICKETS_READ = "tickets:read"
    TICKETS_WORK = "tickets:work"
    TICKETS_ASSIGN = "tickets:assign"
    TICKETS_VOID = "tickets:void"
    TICKETS_OVERRIDE = "tickets:override"
    TICKETS_EXPORT = "tickets:export"
    TICKETS_FIGURES = "tickets:figures"
    TICKETS_IMPORT = "tickets:import"
    LISTS_EDIT = "lists:edit"
    CUSTOMERS_READ = "customers:read"
    CUSTOMERS_WRITE = "customers:write"
    PEOPLE_READ = "people:read"
    PEOPLE_EDIT = "people:edit"
    UNITS_EDIT = "units:edit"
    PAY_READ = "pay:read"
    POSTS_ASSIGN = "posts:assign"
    CHARTERS_EDIT = "charters:edit"
    PROPOSALS_MAKE = "proposals:make"
    PROPOSALS_DECIDE = "proposals:decide"
    APPRAISALS_WRITE = "appraisals:write"
    ACCOUNTS_INVITE = "accounts:invite"
    ACCOUNTS_MANAGE = "accounts:manage"
    ROLES_GRANT = "roles:grant"
    CALENDAR_READ = "calendar:read"
    CALENDAR_EDIT = "calendar:edit"
    MANUALS_READ = "manuals:read"
    MANUALS_DRAFT = "manuals:draft"
    MANUALS_APPROVE = "manuals:approve"
    MANUALS_PUBLISH = "manuals:publish"
    MANUALS_EMERGENCY = "manuals:emergency"
    ACKNOWLEDGEMENTS_READ = "acknowledgements:read"
    ACKNOWLEDGEMENTS_KEEP = "acknowledgements:keep"
    TRAINING_READ = "training:read"
    TRAINING_KEEP = "training:keep"
    TRAINING_WAIVE = "training:waive"
    TEAMS_KEEP = "teams:keep"
    JOURNAL_READ = "journal:read"
    SECURITY_READ = "security:read"
    OPERATE = "portal:operate"

    __hash__ = str.__hash__  # Enum's own is written in Python, and a page asks for it hundreds of times

    @property
    def label(self) -> str:
        """What the right lets somebody do, in the reader's language."""
        return str(_PERMISSION_LABELS[self])

    @property
    def subject(self) -> str:
        """Under which heading the right stands on the page "who may do what"."""
        return str(_SUBJECTS.get(self.partition(":")[0], _l("Other")))


class Role(StrEnum):
    """Roles of (person, department, role). EVERYONE is held by every person, in no department."""

    EVERYONE = "everyone"
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    HEAD = "head"
    DIRECTOR = "director"
    SALES_DIRECTOR = "sales director"
    INFORMATION_OFFICER = "information officer"
    ARCHIVIST = "archivist"
    TECHNICIAN = "technician"
    HR = "hr"
    FINANCE = "finance"
    EXECUTIVE = "executive"
    AUDITOR = "auditor"
    ADMIN = "admin"

    __hash__ = str.__hash__

    @property
    def label(self) -> str:
        return str(_ROLE_LABELS[self])


_DESK = frozenset({P.TICKETS_READ, P.TICKETS_WORK, P.CUSTOMERS_READ, P.CUSTOMERS_WRITE})
_LEAD = _DESK | {P.TICKETS_ASSIGN, P.TICKETS_VOID, P.TICKETS_EXPORT, P.TICKETS_FIGURES, P.LISTS_EDIT}
_OWN_PEOPLE = frozenset(
    {P.POSTS_ASSIGN, P.CHARTERS_EDIT, P.PROPOSALS_MAKE, P.APPRAISALS_WRITE, P.ACKNOWLEDGEMENTS_READ}
    | {P.TRAINING_KEEP, P.TRAINING_WAIVE, P.TEAMS_KEEP}
)

ROLES: dict[Role, frozenset[P]] = {
    Role.EVERYONE: frozenset({P.TICKETS_OPEN, P.PEOPLE_READ, P.CALENDAR_READ, P.MANUALS_READ, P.TRAINING_READ}),
    Role.AGENT: _DESK,
    Role.TECHNICIAN: _DESK,
    Role.SUPERVISOR: _LEAD,
    Role.HEAD: _LEAD | _OWN_PEOPLE | {P.MANUALS_DRAFT},
    Role.DIRECTOR: _LEAD | _OWN_PEOPLE | {P.MANUALS_DRAFT, P.MANUALS_EMERGENCY, P.TICKETS_OVERRIDE, P.TICKETS_IMPORT},
    Role.SALES_DIRECTOR: _OWN_PEOPLE | {P.TICKETS_READ, P.TICKETS_FIGURES, P.CUSTOMERS_READ},
    Role.INFORMATION_OFFICER: frozenset({P.CUSTOMERS_READ, P.CUSTOMERS_WRITE}),
    Role.ARCHIVIST: frozenset({P.CUSTOMERS_READ}),
    Role.HR: frozenset(
        {P.PEOPLE_EDIT, P.UNITS_EDIT, P.PAY_READ, P.POSTS_ASSIGN, P.CHARTERS_EDIT, P.PROPOSALS_DECIDE}
        | {P.ACCOUNTS_INVITE, P.CALENDAR_EDIT, P.MANUALS_DRAFT}
        | {P.ACKNOWLEDGEMENTS_READ, P.ACKNOWLEDGEMENTS_KEEP, P.TRAINING_KEEP, P.TEAMS_KEEP}
    ),
    Role.FINANCE: frozenset(),
    Role.EXECUTIVE: _OWN_PEOPLE
    | {P.TICKETS_READ, P.TICKETS_OVERRIDE, P.TICKETS_FIGURES}
    | {P.MANUALS_DRAFT, P.MANUALS_APPROVE, P.MANUALS_PUBLISH, P.MANUALS_EMERGENCY, P.CUSTOMERS_READ}
    | {P.PROPOSALS_DECIDE},
    Role.AUDITOR: frozenset({P.JOURNAL_READ, P.SECURITY_READ}),
    Role.ADMIN: frozenset(
        {P.ACCOUNTS_INVITE, P.ACCOUNTS_MANAGE, P.ROLES_GRANT, P.UNITS_EDIT, P.OPERATE}
        | {P.CALENDAR_EDIT, P.SECURITY_READ}
    ),
}

_PERMISSION_LABELS = {
    P.TICKETS_OPEN: _l("open tickets and follow one's own"),
    P.TICKETS_READ: _l("read the department's tickets"),
    P.TICKETS_WORK: _l("accept and work on tickets"),
    P.TICKETS_ASSIGN: _l("triage, assign and transfer tickets"),
    P.TICKETS_VOID: _l("void a ticket with a reason"),
    P.TICKETS_OVERRIDE: _l("close a ticket as not satisfiable, name a deputy for the accountable person"),
    P.TICKETS_EXPORT: _l("export the queue"),
    P.TICKETS_FIGURES: _l("see the figures of the department and of each of its people"),
    P.TICKETS_IMPORT: _l("import another desk's tickets"),
    P.LISTS_EDIT: _l("rule the lists: kinds, routing, phrases, templates"),
    P.CUSTOMERS_READ: _l("read customers' records"),
    P.CUSTOMERS_WRITE: _l("write customers' records"),
    P.PEOPLE_READ: _l("see people, departments and who may do what"),
    P.PEOPLE_EDIT: _l("keep the records of people"),
    P.UNITS_EDIT: _l("keep departments, posts and headcounts"),
    P.PAY_READ: _l("see base pay"),
    P.POSTS_ASSIGN: _l("give posts to the department's people"),
    P.CHARTERS_EDIT: _l("write the department's duties and powers"),
    P.PROPOSALS_MAKE: _l("propose training, pay, promotion, reward, penalty or dismissal for own people"),
    P.PROPOSALS_DECIDE: _l("decide what departments propose for their people"),
    P.APPRAISALS_WRITE: _l("agree objectives with own people and appraise them"),
    P.ACCOUNTS_INVITE: _l("invite colleagues to their accounts"),
    P.ACCOUNTS_MANAGE: _l("reset and disable accounts, end sessions"),
    P.ROLES_GRANT: _l("give and take roles"),
    P.CALENDAR_READ: _l("see the company calendar"),
    P.CALENDAR_EDIT: _l("keep the company calendar and working hours"),
    P.MANUALS_READ: _l("read manuals"),
    P.MANUALS_DRAFT: _l("write manuals of the department"),
    P.MANUALS_APPROVE: _l("approve manuals that others wrote"),
    P.MANUALS_PUBLISH: _l("publish manuals"),
    P.MANUALS_EMERGENCY: _l("publish a manual in an emergency, without approval, for a few days"),
    P.ACKNOWLEDGEMENTS_READ: _l("see who of the department has acknowledged a manual"),
    P.ACKNOWLEDGEMENTS_KEEP: _l("enter signatures on paper, exempt people from acknowledging a manual"),
    P.TRAINING_READ: _l("see courses and one's own training"),
    P.TRAINING_KEEP: _l("plan training, see who of the department was trained"),
    P.TRAINING_WAIVE: _l("put a newcomer on the roster before the checklist is done, with a reason"),
    P.TEAMS_KEEP: _l("found service teams of the department, name their people and what binds them"),
    P.JOURNAL_READ: _l("read the journal"),
    P.SECURITY_READ: _l("read the security log"),
    P.OPERATE: _l("operate the portal: jobs, mail, checks"),
}

_SUBJECTS = {
    "tickets": _l("Tickets"),
    "lists": _l("Tickets"),
    "customers": _l("Customers"),
    "people": _l("People and departments"),
    "units": _l("People and departments"),
    "pay": _l("People and departments"),
    "posts": _l("People and departments"),
    "charters": _l("People and departments"),
    "proposals": _l("People and departments"),
    "appraisals": _l("People and departments"),
    "accounts": _l("Accounts and roles"),
    "roles": _l("Accounts and roles"),
    "calendar": _l("Calendar and manuals"),
    "manuals": _l("Calendar and manuals"),
    "acknowledgements": _l("Calendar and manuals"),
    "training": _l("Training"),
    "teams": _l("Training"),
    "journal": _l("The portal itself"),
    "security": _l("The portal itself"),
    "portal": _l("The portal itself"),
}

_ROLE_LABELS = {
    Role.EVERYONE: _l("everyone"),
    Role.AGENT: _l("agent"),
    Role.SUPERVISOR: _l("supervisor"),
    Role.HEAD: _l("department head"),
    Role.DIRECTOR: _l("service centre director"),
    Role.SALES_DIRECTOR: _l("sales director"),
    Role.INFORMATION_OFFICER: _l("information officer"),
    Role.ARCHIVIST: _l("archivist"),
    Role.TECHNICIAN: _l("technician"),
    Role.HR: _l("HR"),
    Role.FINANCE: _l("finance"),
    Role.EXECUTIVE: _l("executive"),
    Role.AUDITOR: _l("auditor"),
    Role.ADMIN: _l("administrator"),
}
