"""Mail leaves after the commit, once, and carries no header that somebody smuggled in."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from click.testing import CliRunner

from portal import serving
from portal.cli import main
from portal.config import MailServer, SettingError, load, mail_server
from portal.extensions import db
from portal.kernel import jobs, outbox, smtp
from portal.kernel.actions import PORTAL, Portal, action
from portal.kernel.outbox import Letter, OutboxMail, Undeliverable, Unreachable
from tests.conftest import NOW

MINUTE = timedelta(minutes=1)


class Postbox:
    """A mail server that keeps what it is given, and refuses some."""

    def __init__(self) -> None:
        self.got: list[tuple[list[str], EmailMessage]] = []
        self.users: list[str] = []

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if address.startswith("gone"):
            return "550 no such mailbox"
        if address.startswith("full"):
            return "452 mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.got.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=policy.default)))
        return "250 ok"

    def authenticator(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.users.append(f"{data.login.decode()}:{data.password.decode()}")
        return AuthResult(success=True)


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    box = Postbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(
        box, hostname="127.0.0.1", port=port, authenticator=box.authenticator, auth_require_tls=False
    )
    controller.start()
    box.url = f"smtp://127.0.0.1:{port}"
    yield box
    controller.stop()


@pytest.fixture
def mail(app, postbox, monkeypatch) -> Postbox:
    monkeypatch.setitem(app.config, "MAIL_URL", postbox.url)
    return postbox


@action
def write(_actor: Portal, to: str, subject: str = "你好", body: str = "正文\n第二行", *, at: Any = NOW) -> None:
    outbox.post(to, subject, body, at)


def rows() -> list[OutboxMail]:
    db.session.expire_all()
    return list(db.session.scalars(db.select(OutboxMail).order_by(OutboxMail.id)))


def sweep(at: Any = NOW) -> int:
    with smtp.Carrier() as carry:
        return outbox.sweep(carry, at)


def test_a_letter_arrives_as_it_was_written_and_its_text_is_not_kept(mail):
    write(PORTAL, "li@xinghe.example")
    assert sweep() == 1
    ((to, message),) = mail.got
    assert to == ["li@xinghe.example"]
    assert message["Subject"] == "你好"
    assert message["From"] == "星河网络 <portal@xinghe.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].endswith("@xinghe.example>")
    assert message.get_content().splitlines() == ["正文", "第二行"]
    (row,) = rows()
    assert (row.sent_at, row.body) == (NOW, None)
    assert sweep() == 0


@pytest.mark.attack(9)
@pytest.mark.parametrize(
    ("to", "subject"),
    [
        ("li@xinghe.example", "Hello\r\nBcc: evil@evil.example"),
        ("li@xinghe.example", "Hello\nX-Evil: 1\n\nbody"),
        ("li@xinghe.example", "Hello\u2028Bcc: evil@evil.example"),
    ],
)
def test_a_subject_adds_no_header_and_no_recipient(mail, to, subject):
    write(PORTAL, to, subject)
    assert sweep() == 1
    ((recipients, message),) = mail.got
    assert recipients == ["li@xinghe.example"]
    assert message["Bcc"] is None
    assert message["X-Evil"] is None
    assert "\n" not in message["Subject"]


@pytest.mark.attack(9)
@pytest.mark.parametrize(
    "to",
    ["li@xinghe.example\r\nBcc: evil@evil.example", "li@xinghe.example, evil@evil.example", "li", "", "@", "<li@a>\n"],
)
def test_what_is_no_mail_address_is_not_tried_and_not_tried_again(mail, to):
    write(PORTAL, to)
    write(PORTAL, "li@xinghe.example")
    assert sweep() == 1
    assert [recipients for recipients, _message in mail.got] == [["li@xinghe.example"]]
    assert (rows()[0].next_try_at, rows()[0].sent_at) == (None, None)


@pytest.mark.attack(9)
def test_a_company_name_with_line_ends_adds_no_header(mail, app, monkeypatch):
    monkeypatch.setitem(app.config, "COMPANY", "Xinghe\r\nBcc: evil@evil.example")
    write(PORTAL, "li@xinghe.example")
    sweep()
    ((recipients, message),) = mail.got
    assert (recipients, message["Bcc"]) == (["li@xinghe.example"], None)


def test_a_mailbox_that_is_not_there_is_given_up_and_a_full_one_tried_later(mail):
    for to in ("gone@xinghe.example", "full@xinghe.example", "li@xinghe.example"):
        write(PORTAL, to)
    assert sweep() == 1
    gone, full, arrived = rows()
    assert (gone.next_try_at, gone.last_error) == (None, "550 no such mailbox")
    assert (full.next_try_at, full.last_error) == (NOW + 2 * MINUTE, "452 mailbox full")
    assert arrived.sent_at


def test_tries_space_out_and_stop_after_ten(mail):
    write(PORTAL, "full@xinghe.example")
    at, waited = NOW, []
    for _ in range(outbox.MOST_TRIES):
        sweep(at)
        (row,) = rows()
        if row.next_try_at:
            waited.append((row.next_try_at - at) // MINUTE)
            at = row.next_try_at
    assert waited == [2, 4, 8, 16, 32, 64, 128, 256, 512]
    assert (row.tries, row.next_try_at) == (10, None)


def test_what_was_given_up_is_named_to_the_operator_who_has_it_tried_anew(mail):
    runner = CliRunner()
    write(PORTAL, "gone@xinghe.example", "An invitation")
    write(PORTAL, "li@xinghe.example")
    sweep()
    (finding,) = [one for one in serving.findings() if one.subject == "mail"]
    assert (finding.good, "1 could not leave" in finding.sentence) == (False, True)
    said = runner.invoke(main, ["mail"]).output
    assert "gone@xinghe.example  An invitation  550 no such mailbox" in said
    assert "1 are tried again" in runner.invoke(main, ["mail", "--again"]).output
    gone = rows()[0]
    assert (gone.tries, gone.next_try_at is not None, gone.body) == (0, True, "正文\n第二行")


def test_a_server_that_does_not_answer_costs_one_try_of_one_letter(app, monkeypatch):
    monkeypatch.setitem(app.config, "MAIL_URL", "smtp://127.0.0.1:1")
    for _ in range(3):
        write(PORTAL, "li@xinghe.example")
    assert sweep() == 0
    assert [row.tries for row in rows()] == [1, 0, 0]


def test_two_workers_send_each_letter_once(mail):
    write(PORTAL, "li@xinghe.example")
    ((mail_id),) = outbox.due(NOW)
    db.session.rollback()
    assert outbox.claim(PORTAL, mail_id, at=NOW)
    assert outbox.claim(PORTAL, mail_id, at=NOW) is None
    assert sweep() == 0  # the first worker has it
    assert sweep(NOW + outbox.CLAIMED_FOR) == 1  # it died: the letter leaves all the same
    assert len(mail.got) == 1


def test_the_same_letter_keeps_its_number_at_each_try():
    letter = Letter(7, "li@xinghe.example", "s", "b", NOW)
    ids = {smtp.message(letter, "Xinghe", "portal@xinghe.example")["Message-ID"] for _ in range(2)}
    assert len(ids) == 1


def test_the_periodic_work_carries_what_is_due(mail):
    write(PORTAL, "li@xinghe.example")
    assert "send mail" in jobs.run_due(NOW, failed=lambda _one, error: pytest.fail(str(error)))
    assert len(mail.got) == 1


def test_user_and_password_are_given_to_the_server(mail, app, monkeypatch):
    monkeypatch.setitem(app.config, "MAIL_URL", mail.url.replace("//", "//desk:p%40ss%3A@"))
    write(PORTAL, "li@xinghe.example")
    assert sweep() == 1
    assert mail.users == ["desk:p@ss:"]


def test_a_password_is_not_sent_unencrypted_to_another_machine(mail, monkeypatch):
    monkeypatch.setattr(smtp, "NEAR", ())
    with pytest.raises(OSError, match="no encryption"):
        smtp._connected(MailServer("127.0.0.1", int(mail.url.rpartition(":")[2]), "desk", "secret"))
    assert mail.users == []


def test_a_server_whose_certificate_nobody_knows_is_not_talked_to(mail):
    with pytest.raises((ssl.SSLError, OSError)):
        smtp._connected(MailServer("127.0.0.1", int(mail.url.rpartition(":")[2]), tls=True))


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", MailServer("mail.example", 25)),
        ("smtp://u:p@mail.example", MailServer("mail.example", 587, "u", "p")),
        ("smtps://u:p%40%3A@mail.example:2465/", MailServer("mail.example", 2465, "u", "p@:", tls=True)),
        ("smtps://[::1]", MailServer("::1", 465, tls=True)),
    ],
)
def test_the_mail_setting_names_a_server(url, server):
    assert mail_server(url) == server


@pytest.mark.parametrize(
    "url", ["mail.example", "http://mail.example", "smtp://", "smtp://u:secret@h:port", "smtp://h/x"]
)
def test_a_mail_setting_that_names_none_stops_the_start_without_showing_the_password(url):
    with pytest.raises(SettingError) as error:
        load({"PORTAL_MAIL_URL": url})
    assert "PORTAL_MAIL_URL" in str(error.value)
    assert "secret" not in str(error.value)


def test_refusals_are_of_two_kinds():
    assert issubclass(Unreachable, OSError)
    assert not issubclass(Undeliverable, OSError)
