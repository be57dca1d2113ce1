"""What somebody wants to hear, and on which way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wtforms import IntegerField, SelectMultipleField
from wtforms.validators import NumberRange
from wtforms.widgets import HiddenInput

from portal.kernel.paging import LARGEST_ID
from portal.notifications.states import News, Way
from portal.web.forms import Form


class ReadAllForm(Form):
    """Everything up to the newest notice that stood on the page."""

    up_to = IntegerField(widget=HiddenInput(), validators=[NumberRange(0, LARGEST_ID)], default=0)


class NewsForm(Form):
    """One row of boxes for each kind of news, one box for each way; `rows` hands them to the template."""

    @classmethod
    def with_choices(cls, chosen: Mapping[News, frozenset[Way]]) -> NewsForm:
        """The form as somebody has it now."""
        return cls(formdata=None, **{_name(news): sorted(ways) for news, ways in chosen.items()})

    def rows(self) -> list[tuple[News, Any]]:
        """Each kind of news with its field."""
        return [(news, self[_name(news)]) for news in News]

    def wanted(self) -> dict[News, frozenset[Way]]:
        """What was chosen."""
        return {news: frozenset(map(Way, field.data or ())) for news, field in self.rows()}


def _name(news: News) -> str:
    return news.value.replace(" ", "_")


for _news in News:
    setattr(NewsForm, _name(_news), SelectMultipleField(_news.label, choices=[way.value for way in Way]))
