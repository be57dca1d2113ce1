"""Accounts: signing in and out, sessions, passwords and PINs, and the one-time links that open an account.

The slow hash never runs inside a transaction: verbs that need one are plain functions around a short `@action`, so
that a rush of sign-ins does not stop other writers.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, delete, update

from portal.extensions import db, insert_or
from portal.kernel import once, outbox, security_log
from portal.kernel.actions import PORTAL, Portal, action, is_under_way
from portal.kernel.clock import office_day
from portal.kernel.errors import NotAllowed, Refused
from portal.kernel.journal import record
from portal.kernel.permissions import P, Role
from portal.kernel.security_log import Kind
from portal.kernel.signature import Confirmation, Method
from portal.kernel.text import CATALOGUES, in_language, say
from portal.organisation import actions as organisation
from portal.organisation import founding, mail, queries, rules, secrets
from portal.organisation.events import (
    AccountDisabled,
    AccountEnabled,
    AccountUnlocked,
    LinkMade,
    LinkUsed,
    NewPasswordDemanded,
    PasswordChanged,
    PinSet,
    SessionEnded,
    SignedIn,
    SignedOut,
)
from portal.organisation.models import (
    Basis,
    LinkPurpose,
    OneTimeLink,
    Person,
    ResetRequest,
    SecretTries,
    SignInSession,
    UnitKind,
)
from portal.organisation.rules import SIGN_IN, SIGNING
from portal.organisation.staff import Staff

Keeper = Staff | Portal

RESET_PAUSE = timedelta(minutes=10)
"""Whoever asks again within this time gets no second mail: nobody's mailbox is filled by a stranger."""
ENDED_DAYS, SENT_DAYS, ONCE_DAYS = 30, 90, 2

WRONG = say(
    "Name and password do not go together, or the account is locked for a while. Check both, or ask for a new link."
)
LINK_OVER = say("This link is no longer good. Each one works once and for a limited time: ask for a new one.")


# Signing in and out


def sign_in(name: str, password: str, *, address: str, browser: str, at: datetime) -> str:
    """A new session's token for whoever knows the password.

    The answer is the same for an unknown name, a wrong password, a locked and a disabled account, and takes the same
    time: each is counted before it is judged, hashed, and kept in the security log. Raises Refused (attack 21).
    """
    name = rules.sign_in_key(name)
    allowed = _count_try(PORTAL, SIGN_IN, name, at=at)
    person = queries.person_called(name)
    kept = person.password_hash if person and queries.is_open(person, office_day(at)) else ""
    person_id = person.id if person else None
    db.session.rollback()
    right = secrets.matches(kept, password)
    if not (allowed and right) or person_id is None:
        security_log.kept(Kind.SIGN_IN_REFUSED, person_id=person_id, address=address, at=at, locked=not allowed)
        raise Refused(WRONG)
    person = db.session.get_one(Person, person_id)
    return _start_session(queries.staff(person, office_day(at)), kept, address, browser, at=at)


@action
def _start_session(actor: Staff, checked_hash: str, address: str, browser: str, *, at: datetime) -> str:
    person = db.session.get_one(Person, actor.id)
    if person.password_hash != checked_hash or not queries.is_open(person, office_day(at)):
        raise Refused(WRONG)  # changed while the slow hash ran
    _forget_tries(SIGN_IN, person.sign_in_name)
    token = secrets.token()
    db.session.add(
        SignInSession(
            token_hash=secrets.digest(token),
            person_id=person.id,
            started_at=at,
            seen_at=at,
            address=address,
            browser=browser[:200],
        )
    )
    record(SignedIn(person.id))
    return token


@action
def seen(actor: Staff, *, at: datetime) -> None:
    """The session is in use: written now and then, not with each request."""
    db.session.execute(update(SignInSession).where(_this_one(actor)).values(seen_at=at))


@action
def sign_out(actor: Staff, *, everywhere: bool = False, at: datetime) -> None:
    """End this session, or every session of the person."""
    _end_sessions(SignInSession.person_id == actor.id if everywhere else _this_one(actor), at)
    record(SignedOut(actor.id, everywhere))


@action
def end_session(actor: Staff, session: SignInSession, *, at: datetime) -> None:
    """End one session: one's own on another machine, or a colleague's with the right over their account."""
    if session.person_id != actor.id:
        _need_over(actor, P.ACCOUNTS_MANAGE, session.person_id, at)
    if session.ended_at is None:
        session.ended_at = at
        record(SessionEnded(session.person_id, 1))


@action
def end_sessions(actor: Keeper, person: Person, *, at: datetime) -> None:
    """Sign a colleague out everywhere. Raises NotAllowed without the right over their account."""
    _need_over(actor, P.ACCOUNTS_MANAGE, person.id, at)
    ended = _end_sessions(SignInSession.person_id == person.id, at)
    record(SessionEnded(person.id, ended))


def _this_one(actor: Staff) -> ColumnElement[bool]:
    return SignInSession.token_hash == secrets.digest(actor.session_token)


def _end_sessions(which: ColumnElement[bool], at: datetime) -> int:
    query = update(SignInSession).where(which, SignInSession.ended_at.is_(None)).values(ended_at=at)
    return db.session.execute(query).rowcount  # type: ignore[attr-defined]


# Tries


@action
def _count_try(_actor: Portal, kind: str, key: str, *, at: datetime) -> bool:
    """Whether this try may be judged. It is counted first: many at once are no more than many in a row."""
    row = {"kind": kind, "key_hash": secrets.digest(key)}
    made = insert_or(SecretTries).values(**row, count=0, last_at=at - _lock()).on_conflict_do_nothing()
    db.session.execute(made)
    kept = db.session.get_one(SecretTries, (kind, row["key_hash"]), with_for_update=True)
    before = rules.Tries(kept.count, kept.last_at, kept.locked_until)
    after = rules.one_more(before, at, current_app.config["SIGN_IN_TRIES"], _lock())
    if after is None:
        return False
    kept.count, kept.last_at, kept.locked_until = after.count, after.last_at, after.locked_until
    return True


@action
def _right_at_last(_actor: Portal, kind: str, key: str, *, at: datetime) -> None:
    _forget_tries(kind, key)


def _forget_tries(kind: str, key: str) -> None:
    db.session.execute(delete(SecretTries).where(SecretTries.kind == kind, SecretTries.key_hash == secrets.digest(key)))


def _lock() -> timedelta:
    return timedelta(minutes=current_app.config["SIGN_IN_LOCK_MINUTES"])


@action
def unlock(actor: Keeper, person: Person, *, at: datetime) -> None:
    """Take back a lock after wrong passwords or PINs. Raises NotAllowed without the right over the account."""
    _need_over(actor, P.ACCOUNTS_MANAGE, person.id, at)
    _forget_tries(SIGN_IN, person.sign_in_name)
    _forget_tries(SIGNING, str(person.id))
    record(AccountUnlocked(person.id))


# Passwords and PINs


def confirm_secret(actor: Staff, secret: str, *, address: str, at: datetime) -> Confirmation:
    """`actor` proves again, at this moment, who they are: with their password or their PIN.

    The one door for signatures and for changes to one's own account. It ends the transaction under way, because the
    slow hash must not hold one: ask before the verb and hand it the Confirmation. Tries are counted as at sign-in.
    Raises Refused (field `secret`) for a wrong one; RuntimeError inside an act.
    """
    if is_under_way():
        raise RuntimeError("a secret is confirmed before the act, or its failure would be rolled back with it")
    db.session.rollback()
    if not _count_try(PORTAL, SIGNING, str(actor.id), at=at):
        security_log.kept(Kind.SECRET_REFUSED, person_id=actor.id, address=address, at=at, locked=True)
        minutes = current_app.config["SIGN_IN_LOCK_MINUTES"]
        raise Refused(
            say("There were too many wrong tries. Wait {minutes} minutes and try again.", minutes=minutes),
            field="secret",
        )
    person = db.session.get_one(Person, actor.id)
    password_hash, pin_hash, is_open = person.password_hash, person.pin_hash, queries.is_open(person, office_day(at))
    db.session.rollback()
    method = _method(secret, password_hash, pin_hash)
    if method is None or not is_open:
        security_log.kept(Kind.SECRET_REFUSED, person_id=actor.id, address=address, at=at, locked=False)
        raise Refused(say("That is not your password or PIN."), field="secret")
    _right_at_last(PORTAL, SIGNING, str(actor.id), at=at)
    return Confirmation(actor.id, method, at)


def _method(secret: str, password_hash: str, pin_hash: str) -> Method | None:
    if pin_hash and secret.isdigit() and secrets.matches(pin_hash, secret):
        return Method.PIN
    return Method.PASSWORD if secrets.matches(password_hash, secret) else None


def confirm_colleague(name: str, secret: str, *, address: str, at: datetime) -> tuple[Staff, Confirmation]:
    """A second person at the same terminal proves who they are, to sign beside the one who is signed in.

    Raises Refused, in the same words for an unknown name, a wrong secret and a disabled account.
    """
    person = queries.person_called(rules.sign_in_key(name))
    if person is None or not queries.is_open(person, office_day(at)):
        db.session.rollback()
        secrets.matches("", secret)
        security_log.kept(Kind.SECRET_REFUSED, person_id=None, address=address, at=at, locked=False)
        raise Refused(say("That is not your password or PIN."), field="secret")
    colleague = queries.staff(person, office_day(at))
    return colleague, confirm_secret(colleague, secret, address=address, at=at)


def change_password(actor: Staff, current: str, password: str, *, address: str, at: datetime) -> None:
    """Set a new password; every other session of the person ends.

    Raises Refused for a wrong current password, and for a new one that is easy to guess or no change.
    """
    confirm = confirm_secret(actor, current, address=address, at=at)
    if confirm.method is not Method.PASSWORD:
        raise Refused(say("Enter your password, not your PIN."), field="secret")
    _set_new_password(actor, password, at=at)


def set_first_password(actor: Staff, password: str, *, at: datetime) -> None:
    """Replace the password that somebody else has known, at the first sign-in with it.

    Raises NotAllowed when no change is asked for: whoever finds an open screen must not set a password.
    """
    if not actor.must_change_password:
        raise NotAllowed(say("Your password can be changed on your page, where you enter the present one first."))
    _set_new_password(actor, password, at=at)


def _set_new_password(actor: Staff, password: str, *, at: datetime) -> None:
    person = db.session.get_one(Person, actor.id)
    secrets.check_password(password, person.name, person.sign_in_name)
    kept = person.password_hash
    db.session.rollback()
    if secrets.matches(kept, password):
        raise Refused(say("That is the password you have now. Choose another one."), field="password")
    _put_password(actor, secrets.hashed(password), at=at)


@action
def _put_password(actor: Staff, password_hash: str, *, at: datetime) -> None:
    person = db.session.get_one(Person, actor.id)
    person.password_hash, person.password_changed_at, person.must_change_password = password_hash, at, False
    _end_sessions((SignInSession.person_id == actor.id) & ~_this_one(actor), at)
    _end_links(actor.id, at)
    record(PasswordChanged(person.id))
    _tell(person, mail.password_changed(person.name, at), at)


def set_pin(actor: Staff, password: str, pin: str, *, address: str, at: datetime) -> None:
    """Set the PIN that signs, after the password was given again. Raises Refused for a wrong one or a PIN too plain."""
    confirm = confirm_secret(actor, password, address=address, at=at)
    if confirm.method is not Method.PASSWORD:
        raise Refused(say("Enter your password, not your PIN."), field="secret")
    secrets.check_pin(pin)
    _put_pin(actor, secrets.hashed(pin), at=at)


@action
def _put_pin(actor: Staff, pin_hash: str, *, at: datetime) -> None:
    db.session.get_one(Person, actor.id).pin_hash = pin_hash
    record(PinSet(actor.id))


@action
def demand_new_password(actor: Keeper, person: Person, *, at: datetime) -> None:
    """The next page that the person opens is the one that asks for a new password."""
    _need_over(actor, P.ACCOUNTS_MANAGE, person.id, at)
    person.must_change_password = True
    record(NewPasswordDemanded(person.id))


@action
def prefer(actor: Staff, *, locale: str = "", theme: str = "", density: str = "", at: datetime) -> None:
    """Remember how the person likes the portal to look; an empty value leaves what was chosen before."""
    chosen = {"locale": locale, "theme": theme, "density": density}
    for name, value in chosen.items():
        if value:
            setattr(db.session.get_one(Person, actor.id), name, value)


# Closing and opening


@action
def disable(actor: Keeper, person: Person, *, reason: str = "", at: datetime) -> None:
    """Close an account at once: its sessions and links end, nobody signs in with it. The person's record stays.

    What still waits for the person is handed on first; otherwise `reason` says why not: somebody else may be using the
    account. Raises NotAllowed without the right over it, or for one's own; Refused.
    """
    if actor.id == person.id:
        raise NotAllowed(say("Nobody closes their own account."))
    _need_over(actor, P.ACCOUNTS_MANAGE, person.id, at)
    waiting = queries.leaver_list(person.id, office_day(at))
    if waiting and not reason.strip():
        raise Refused(
            say("{count} things still wait for {name}. Hand them on, or say why not.",
                count=len(waiting), name=person.name),
            field="reason",
        )  # fmt: skip
    if person.disabled_at is None:
        person.disabled_at = at
        _end_sessions(SignInSession.person_id == person.id, at)
        _end_links(person.id, at)
        record(AccountDisabled(person.id, reason.strip()))


@action
def enable(actor: Keeper, person: Person, *, at: datetime) -> None:
    """Open a disabled account again; its old password and PIN hold."""
    if actor.id == person.id:
        raise NotAllowed(say("Nobody opens their own account."))
    _need_over(actor, P.ACCOUNTS_MANAGE, person.id, at)
    if person.disabled_at is not None:
        person.disabled_at = None
        record(AccountEnabled(person.id))


# One-time links


@action
def make_link(actor: Keeper, person: Person, *, by_hand: bool = False, at: datetime) -> str | None:
    """Open an account by a link that is good once: an invitation where there is no password yet, else a reset.

    Links made before end. It is mailed where the portal has a mail server and the person an address, unless it is to
    be handed over `by_hand`; then None is returned. Otherwise its address is: known now and never again.
    Raises NotAllowed without the right over the account, or for one's own; Refused for a disabled account.
    """
    purpose = LinkPurpose.RESET if person.password_hash else LinkPurpose.INVITATION
    if actor.id == person.id:
        raise NotAllowed(say("Your own password is changed on your page."))
    right = P.ACCOUNTS_MANAGE if purpose is LinkPurpose.RESET else P.ACCOUNTS_INVITE
    _need_over(actor, right, person.id, at)
    if not queries.is_open(person, office_day(at)):
        raise Refused(say("The account of {name} is closed: a link would open nothing.", name=person.name))
    by_mail = bool(current_app.config["MAIL_URL"] and person.mail) and not by_hand
    address = _make_link(person, purpose, at, by_mail=by_mail)
    record(LinkMade(person.id, person.name, purpose.value, by_mail))
    return None if by_mail else address


@action
def first_administrator(
    actor: Portal, name: str, sign_in_name: str, *, staff_number: str, mail_address: str = "",
    departments: str = founding.USUAL, at: datetime,
) -> str:  # fmt: skip
    """Begin: the company with the set of `departments`, if nobody has founded it yet, and somebody who looks after
    accounts. Returns the address of their invitation. Raises Refused when there is an administrator already."""
    day = office_day(at)
    there = queries.holder_of(Role.ADMIN, day)
    if there:
        raise Refused(
            say("{name} is administrator already. “portal people link” makes a link for them.", name=there.name)
        )
    company = queries.top_department()
    if company is None:
        company = organisation.add_department(
            actor, "1", dict.fromkeys(CATALOGUES, current_app.config["COMPANY"]), kind=UnitKind.COMPANY,
            basis=Basis.PROCESS, from_on=day, at=at,
        )  # fmt: skip
        founding.found(actor, company, departments, from_on=day, at=at)
    person = organisation.add_person(actor, staff_number, sign_in_name, name, mail=mail_address, joined_on=day, at=at)
    titles = {"zh-CN": "系统管理员", "zh-TW": "系統管理員", "en": "Administrator of the portal"}
    organisation.place(actor, person, organisation.add_post(actor, company, titles, at=at), from_on=day, at=at)
    organisation.give_role(actor, person, Role.ADMIN, company, from_on=day, at=at)
    return make_link(actor, person, by_hand=True, at=at) or ""


@action
def first_of_hr(
    actor: Portal, name: str, sign_in_name: str, *, staff_number: str, mail_address: str = "", at: datetime
) -> str:
    """Whoever writes down everybody else: an administrator looks after accounts and keeps no records. Returns the
    address of their invitation. Raises Refused before there is a company, and where somebody is of HR already."""
    day, company = office_day(at), queries.top_department()
    if company is None:
        raise Refused(say("There is no company yet: begin with “portal people first-admin”."))
    there = queries.holder_of(Role.HR, day)
    if there:
        raise Refused(say("{name} is of HR already, and writes down everybody else.", name=there.name))
    home = next((one for one in queries.departments().values() if one.code == "HR"), company)
    person = organisation.add_person(actor, staff_number, sign_in_name, name, mail=mail_address, joined_on=day, at=at)
    titles = {"zh-CN": "人事专员", "zh-TW": "人事專員", "en": "HR officer"}
    post = organisation.add_post(actor, home, titles, at=at)
    organisation.place(actor, person, post, from_on=day, at=at)
    organisation.give_role(actor, person, Role.HR, company, from_on=day, at=at)
    return make_link(actor, person, by_hand=True, at=at) or ""


def _make_link(person: Person, purpose: LinkPurpose, at: datetime, *, by_mail: bool) -> str:
    _end_links(person.id, at)
    secret, until = secrets.token(), at + timedelta(hours=current_app.config["LINK_HOURS"])
    db.session.add(
        OneTimeLink(
            secret_hash=secrets.digest(secret), person_id=person.id, purpose=purpose, made_at=at, good_until=until
        )
    )
    address = f"{current_app.config['BASE_URL'].rstrip('/')}/{purpose.value}/{secret}"
    if by_mail:
        letter = mail.invitation if purpose is LinkPurpose.INVITATION else mail.reset
        _tell(person, letter(person.name, person.sign_in_name, address, until), at)
    return address


def _end_links(person_id: int, at: datetime) -> None:
    good = (OneTimeLink.person_id == person_id, OneTimeLink.used_at.is_(None), OneTimeLink.good_until > at)
    db.session.execute(update(OneTimeLink).where(*good).values(good_until=at))


def _tell(person: Person, letter: Callable[[], tuple[str, str]], at: datetime) -> None:
    """Mail to the person in their own language, if there is a way."""
    if current_app.config["MAIL_URL"] and person.mail:
        with in_language(person.locale):
            subject, body = letter()
        outbox.post(person.mail, subject, body, at)


@action
def ask_for_reset(_actor: Portal, words: str, *, address: str, at: datetime) -> None:
    """Somebody forgot their password. What is typed is only put down, whoever's it is: every answer takes the same
    time, and a sweep mails the link where there is an account (attack 21)."""
    db.session.add(ResetRequest(words=words[:200], at=at))
    security_log.put_down(Kind.RESET_ASKED, person_id=None, address=address, at=at)


@action
def answer_reset_requests(_actor: Portal, *, at: datetime) -> int:
    """Mail a link to whoever asked and has an account, at most one in RESET_PAUSE. Returns how many left."""
    made = 0
    for asked in queries.reset_requests():
        person = queries.person_to_reset(rules.sign_in_key(asked.words), office_day(at))
        if person and current_app.config["MAIL_URL"] and not queries.link_made_since(person.id, at - RESET_PAUSE):
            purpose = LinkPurpose.RESET if person.password_hash else LinkPurpose.INVITATION
            _make_link(person, purpose, at, by_mail=True)
            record(LinkMade(person.id, person.name, purpose.value, True))
            made += 1
        db.session.delete(asked)
    return made


def use_link(secret: str, purpose: LinkPurpose, password: str, *, address: str, at: datetime) -> None:
    """Set the password of the account that the link opens; every session of the person ends.

    The answer is the same for an unknown, used or old link and for a disabled account, and takes the same time.
    Raises Refused: for such a link, or a password that is easy to guess (the link stays good).
    """
    person = queries.person_with_link(secret, purpose, at)
    names = (person.name, person.sign_in_name) if person else ()
    db.session.rollback()
    secrets.check_password(password, *names)
    password_hash = secrets.hashed(password)
    if not _use_link(PORTAL, secret, purpose, password_hash, at=at):
        security_log.kept(Kind.LINK_REFUSED, person_id=None, address=address, at=at)
        raise Refused(LINK_OVER)


@action
def _use_link(_actor: Portal, secret: str, purpose: LinkPurpose, password_hash: str, *, at: datetime) -> bool:
    """Claimed by one conditional update: of two at once one wins."""
    person = queries.person_with_link(secret, purpose, at)
    claim = update(OneTimeLink).where(OneTimeLink.secret_hash == secrets.digest(secret), OneTimeLink.used_at.is_(None))
    if not db.session.execute(claim.values(used_at=at)).rowcount or person is None:  # type: ignore[attr-defined]
        return False
    person.password_hash, person.password_changed_at, person.must_change_password = password_hash, at, False
    _forget_tries(SIGN_IN, person.sign_in_name)
    _end_sessions(SignInSession.person_id == person.id, at)
    record(LinkUsed(person.id, purpose.value))
    if purpose is LinkPurpose.RESET:
        _tell(person, mail.password_changed(person.name, at), at)
    return True


# What has its age


@action
def forget_old(_actor: Portal, *, at: datetime) -> None:
    """Once keys, tries, ended sessions, links, mails that left and the security log are kept for a time, not longer."""
    ended = at - timedelta(days=ENDED_DAYS)
    longest = timedelta(hours=current_app.config["SESSION_HOURS"])
    once.forget_before(at - timedelta(days=ONCE_DAYS))
    outbox.forget_sent_before(at - timedelta(days=SENT_DAYS))
    security_log.forget_before(at - timedelta(days=current_app.config["SECURITY_LOG_DAYS"]))
    for rows in (
        delete(SecretTries).where(SecretTries.last_at < at - max(_lock(), timedelta(days=1))),
        delete(OneTimeLink).where(OneTimeLink.good_until < ended),
        delete(SignInSession).where(SignInSession.ended_at < ended),
        delete(SignInSession).where(SignInSession.started_at < ended - longest),
    ):
        db.session.execute(rows)


def _need_over(actor: Keeper, right: P, person_id: int, at: datetime) -> None:
    if isinstance(actor, Staff) and not queries.may_over(actor, right, person_id, office_day(at)):
        raise NotAllowed(say("This account is not yours to look after."))
