"""Mail leaves by SMTP (setting MAIL_URL). No header can be smuggled in, and what cannot arrive is not tried again."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from types import TracebackType

from flask import current_app

from portal.config import MailServer, mail_server
from portal.kernel.outbox import Letter, Undeliverable, Unreachable

PATIENCE_SECONDS = 20
NEAR = ("127.0.0.1", "::1", "localhost")


def message(letter: Letter, sender_name: str, sender: str) -> EmailMessage:
    """The letter as it travels. Raises Undeliverable for an address that is none (attack 9)."""
    try:
        to, domain = Address(addr_spec=letter.to), Address(addr_spec=sender).domain
        mail = EmailMessage(policy=SMTP)
        mail["From"] = Address(" ".join(sender_name.split()), addr_spec=sender)
        mail["To"] = to
        mail["Subject"] = " ".join(letter.subject.split())
        mail["Date"] = letter.at
        mail["Message-ID"] = f"<portal-{letter.number}-{letter.at:%Y%m%d%H%M%S}@{domain}>"  # the same at each try
        mail["Auto-Submitted"] = "auto-generated"  # no machine answers it
        mail.set_content(letter.body)
    except (ValueError, IndexError, MessageError) as error:
        raise Undeliverable(f"not a mail address: {error}") from error
    return mail


class Carrier:
    """One connection for one round of letters, opened with the first: `with Carrier() as carry: carry(letter)`."""

    def __init__(self) -> None:
        self.server = mail_server(current_app.config["MAIL_URL"])
        self.line: smtplib.SMTP | None = None

    def __enter__(self) -> Callable[[Letter], None]:
        return self.carry

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self.line:
            self.line.close()

    def carry(self, letter: Letter) -> None:
        """Raises Undeliverable where another try is of no use, Unreachable where no letter will leave now, and
        OSError for this one alone."""
        mail = message(letter, current_app.config["COMPANY"], current_app.config["MAIL_FROM"])
        try:
            self.line = self.line or _connected(self.server)
        except OSError as error:
            raise Unreachable(str(error)) from error
        try:
            self.line.send_message(mail)
        except smtplib.SMTPNotSupportedError as error:
            raise Undeliverable(str(error)) from error
        except smtplib.SMTPRecipientsRefused as error:
            ((code, words),) = error.recipients.values()
            text = f"{code} {words.decode('utf-8', 'replace')}"
            raise (Undeliverable(text) if code >= 500 else OSError(text)) from error
        except OSError:
            self.line.close()
            self.line = None
            raise


def _connected(server: MailServer) -> smtplib.SMTP:
    safe = ssl.create_default_context()
    line: smtplib.SMTP
    if server.tls:
        line = smtplib.SMTP_SSL(server.host, server.port, timeout=PATIENCE_SECONDS, context=safe)
    else:
        line = smtplib.SMTP(server.host, server.port, timeout=PATIENCE_SECONDS)
    try:
        line.ehlo_or_helo_if_needed()
        encrypted = server.tls
        if not encrypted and line.has_extn("starttls"):
            line.starttls(context=safe)
            line.ehlo()
            encrypted = True
        if server.user:
            if not encrypted and server.host not in NEAR:
                raise OSError("the mail server offers no encryption, so it is not given the password")
            line.login(server.user, server.password)
    except BaseException:
        line.close()
        raise
    return line
