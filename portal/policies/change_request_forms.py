"""Forms for what should be otherwise about a clause."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField, TextAreaField

from portal.policies.change_requests import MOST_WORDS
from portal.web.forms import Form, chosen, no_longer_than, required


class CommentForm(Form):
    """What should be otherwise."""

    words = TextAreaField(
        _l("What should be otherwise, and why?"),
        [required(_l("Write down what should be otherwise.")), no_longer_than(MOST_WORDS)],
        description=_l("Whoever answers for the manual reads it and answers you."),
        render_kw={"rows": 6},
    )


class AnswerForm(Form):
    """What follows from it."""

    verdict = RadioField(_l("What follows from it"), [chosen(_l("Say what follows from it."))])
    done_in = SelectField(_l("Where it is done: in which version"), default="")
    answer = TextAreaField(
        _l("Your answer"),
        [no_longer_than(MOST_WORDS)],
        description=_l("Where it stays as it is, say why."),
        render_kw={"rows": 4},
    )

    def offer(self, verbs: frozenset[str], versions: list[tuple[str, str]]) -> None:
        """What may follow now: it is done only in a version that came after the one that it is about."""
        words = {
            "accept": _l("It goes into the next version"),
            "settle": _l("It is done"),
            "refuse": _l("It stays as it is"),
        }
        allowed = verbs if versions else verbs - {"settle"}
        self.verdict.choices = [(verb, said) for verb, said in words.items() if verb in allowed]
        self.done_in.choices = [("", _l("choose")), *versions]
        if not versions:
            del self.done_in
