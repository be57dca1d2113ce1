"""Writing a question of a quiz, and taking one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from portal.policies.draft_forms import DraftForm
from portal.policies.quiz_models import QuizQuestion
from portal.policies.quiz_rules import LONGEST, MOST_CHOICES, Choice, Question, right_of
from portal.web.forms import Form, chosen, no_longer_than, required


class QuestionForm(DraftForm):
    """A question with its answers: `choice_1` … with `right_1` … beside them; empty ones do not count."""

    words = TextAreaField(
        _l("Question"), [required(_l("Write the question.")), no_longer_than(LONGEST)], render_kw={"rows": 2}
    )
    stable = SelectField(
        _l("Where does the answer stand?"),
        description=_l("Whoever answers it wrongly is sent to this clause."),
    )

    def offer(self, clauses: Sequence[tuple[str, str]]) -> None:
        """The clauses that can be named."""
        self.stable.choices = [("", _("nowhere in particular")), *clauses]

    def pairs(self) -> list[tuple[Any, Any]]:
        """The answers, each with its box."""
        return [(self[f"choice_{place}"], self[f"right_{place}"]) for place in range(1, MOST_CHOICES + 1)]

    def question(self) -> Question:
        """What was written."""
        written = [((choice.data or "").strip(), bool(right.data)) for choice, right in self.pairs()]
        choices = tuple(Choice(words, right) for words, right in written if words)
        return Question((self.words.data or "").strip(), choices, self.stable.data or "")

    @staticmethod
    def filled(question: Question) -> dict[str, Any]:
        """The fields of a question that is there."""
        found: dict[str, Any] = {"words": question.words, "stable": question.stable}
        for place, one in enumerate(question.choices, start=1):
            found[f"choice_{place}"], found[f"right_{place}"] = one.words, one.right
        return found


for _place in range(1, MOST_CHOICES + 1):
    _label = _l("Answer %(place)s", place=_place)
    setattr(QuestionForm, f"choice_{_place}", StringField(_label, [Optional(), no_longer_than(LONGEST)]))
    setattr(QuestionForm, f"right_{_place}", BooleanField(_l("right")))


def quiz_form(questions: Sequence[QuizQuestion]) -> type[Form]:
    """The quiz about a version: one answer where one is right, ticks where several are."""

    class QuizForm(Form):
        """What somebody answers; `digest` is that of the text on the page."""

        digest = HiddenField()

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            for one in questions:
                places = enumerate(one.choices)
                self[f"q_{one.id}"].choices = [(str(place), choice.words) for place, choice in places]

        def answers(self) -> dict[int, list[int]]:
            """For the verb: the places of what was ticked, by question."""
            found = {}
            for one in questions:
                ticked = self[f"q_{one.id}"].data
                found[one.id] = [int(place) for place in (ticked if isinstance(ticked, list) else [ticked])]
            return found

    for number, one in enumerate(questions, start=1):
        there = [chosen(_l("Question %(number)s has no answer yet.", number=number))]
        several, words = len(right_of(one.choices)) > 1, f"{number}. {one.words}"
        setattr(QuizForm, f"q_{one.id}", _ticks(words, there) if several else RadioField(words, there))
    return QuizForm


def _ticks(label: str, there: list[Any]) -> SelectMultipleField:
    return SelectMultipleField(
        label, there, description=_l("Several answers are right."), widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )  # fmt: skip
