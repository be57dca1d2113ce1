"""What is filled in to bring files that are to become a draft."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import MultipleFileField, SelectField

from portal.policies.draft_forms import Choices
from portal.web.forms import Form


class BringForm(Form):
    """The files, and the manual that they are for."""

    file = MultipleFileField(
        _l("File"),
        description=_l(
            "A folder of Markdown files with their pictures packed as ZIP, one Markdown file, several, or a DOCX."
        ),
    )
    code = SelectField(
        _l("Which manual?"),
        description=_l("Files that were exported here say it themselves: code and ids stand in them."),
    )

    def offer(self, manuals: Choices) -> None:
        """The manuals of which the reader may write a version."""
        self.code.choices = [("", _l("a new one, or the one that the files name")), *manuals]
