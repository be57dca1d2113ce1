"""Forms of whoever acknowledges a version, and of those who look after that."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, PasswordField, SelectField, TextAreaField

from portal.policies.acknowledgement_states import Way
from portal.policies.acknowledgements import CONSENT, MOST_WORDS
from portal.web.forms import AttachmentsField, Form, no_longer_than, required


class AcknowledgeForm(Form):
    """That one knows it; `digest` is that of the text on the page."""

    digest = HiddenField()
    secret = PasswordField(_l("Your PIN or password"), render_kw={"autocomplete": "current-password"})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.secret.description = str(CONSENT)


def _words(label: Any, sentence: Any) -> TextAreaField:
    return TextAreaField(label, [required(sentence), no_longer_than(MOST_WORDS)], render_kw={"rows": 3})


class DeclineForm(Form):
    """Why somebody does not acknowledge it."""

    digest = HiddenField()
    reason = _words(_l("What stands against it?"), _l("Say why: the owner of the manual will answer you."))


class AskAgainForm(Form):
    """What the owner says to that."""

    answer = _words(_l("Your answer"), _l("Write your answer."))


class ExemptForm(Form):
    """Why somebody need not acknowledge it."""

    reason = _words(_l("Why need they not acknowledge it?"), _l("Say why they need not acknowledge it."))


class PaperForm(Form):
    """The scan of what somebody signed."""

    files = AttachmentsField(_l("Scan of the signed sheet"))


class WayForm(Form):
    """How a manual wants to be acknowledged."""

    way = SelectField(_l("How it is acknowledged"), coerce=str)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.way.choices = [(one.value, str(one.label)) for one in Way]
