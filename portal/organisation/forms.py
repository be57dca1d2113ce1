"""What people fill in about themselves and, for HR and administrators, about others."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, PasswordField, SelectField, StringField
from wtforms.validators import EqualTo, Optional
from wtforms.widgets import PasswordInput

from portal.organisation.secrets import LONGEST_PASSWORD, SHORTEST_PASSWORD
from portal.web.filters import DENSITIES, LOCALES, THEMES
from portal.web.forms import Form, no_longer_than, required


class SignInForm(Form):
    """Name and password; `next` is where the person wanted to go."""

    name = StringField(
        _l("Sign-in name"),
        [required(_l("Enter your sign-in name.")), no_longer_than(200)],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(
        _l("Password"),
        [required(_l("Enter your password.")), no_longer_than(LONGEST_PASSWORD)],
        render_kw={"autocomplete": "current-password"},
    )
    next = HiddenField(validators=[no_longer_than(2000)])

    def offer(self, password: str) -> None:
        """Fill in the password that everybody knows: in the demo company alone."""
        self.password.data = password
        self.password.widget = PasswordInput(hide_value=False)


class NothingForm(Form):
    """A button that needs no words: its page is drawn again, with a fresh token, when the old one is refused."""


class ForgotForm(Form):
    """Who cannot sign in any more."""

    who = StringField(
        _l("Sign-in name or mail address"),
        [required(_l("Enter your sign-in name or your mail address.")), no_longer_than(200)],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )


class NewPasswordForm(Form):
    """A new password, twice."""

    password = PasswordField(
        _l("New password"),
        [required(_l("Choose a password."))],
        description=_l(
            "At least %(count)s characters. Several words are easier to keep in mind than signs.",
            count=SHORTEST_PASSWORD,
        ),
        render_kw={"autocomplete": "new-password"},
    )
    repeated = PasswordField(
        _l("The same once more"),
        [EqualTo("password", _l("The two do not match."))],
        render_kw={"autocomplete": "new-password"},
    )


class _PresentPassword(Form):
    """What is asked for before anything about one's own account changes."""

    secret = PasswordField(
        _l("Your present password"),
        [required(_l("Enter your present password.")), no_longer_than(LONGEST_PASSWORD)],
        render_kw={"autocomplete": "current-password"},
    )


class ChangePasswordForm(NewPasswordForm, _PresentPassword):
    """The present password, and a new one, twice."""


class PinForm(_PresentPassword):
    """The present password, and a PIN, twice."""

    pin = PasswordField(
        _l("New PIN"),
        [required(_l("Choose a PIN."))],
        description=_l("Six to twelve digits, for signing. It does not sign you in."),
        render_kw={"autocomplete": "off", "inputmode": "numeric", "class": "code"},
    )
    repeated = PasswordField(
        _l("The same once more"),
        [EqualTo("pin", _l("The two do not match."))],
        render_kw={"autocomplete": "off", "inputmode": "numeric", "class": "code"},
    )


class DisableForm(Form):
    """Why an account is closed before everything is handed on."""

    reason = StringField(
        _l("Why at once"),
        [Optional(), no_longer_than(300)],
        description=_l("Only where something still waits: for example, somebody else may be using the account."),
    )


class PreferencesForm(Form):
    """How the portal is to look: each choice is a button of its own, so only one of them comes at a time."""

    locale = SelectField(choices=["", *LOCALES], default="")
    theme = SelectField(choices=["", *THEMES], default="")
    density = SelectField(choices=["", *DENSITIES], default="")
    next = HiddenField(validators=[no_longer_than(2000)])
