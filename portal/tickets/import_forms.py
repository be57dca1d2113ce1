"""What is filled in to bring another desk's tickets: the file, its columns, the meaning of its words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import FieldList, SelectField, StringField
from wtforms.validators import Optional

from portal.tickets.other_desk import Field
from portal.web.forms import Form, chosen, no_longer_than, required

Choices = Sequence[tuple[str, str]]


class FileForm(Form):
    """The export of the other desk."""

    file = FileField(
        _l("File"),
        [FileRequired(_l("Choose the file."))],
        description=_l("CSV or XLSX, with the names of the columns in the first line."),
    )
    source = StringField(
        _l("What is the other desk called?"),
        [required(_l("Say what the other desk is called.")), no_longer_than(40)],
        description=_l(
            "Under this name its numbers are known the next time: what was imported once is not added again."
        ),
    )


class ColumnsForm(Form):
    """What each column holds, and what counts where it holds nothing."""

    columns = FieldList(SelectField(validators=[Optional()]))
    department = SelectField(_l("Department"), [chosen(_l("Choose the department."))])
    kind = SelectField(_l("Kind"), [chosen(_l("Choose what kind of matter it is."))])
    channel = SelectField(_l("Reached us by"), [chosen(_l("Choose how it reached us."))])

    def __init__(self, *args: Any, head: Sequence[str], departments: Choices, kinds: Choices, channels: Choices,
                 **more: Any) -> None:  # fmt: skip
        super().__init__(*args, **more)
        _fill(self.columns, len(head))
        fields = [("", str(_l("leave it out"))), *((one.value, str(one.label)) for one in Field)]
        for column in self.columns:
            column.choices = fields
        self.department.choices, self.kind.choices, self.channel.choices = departments, kinds, channels


class WordsForm(Form):
    """What the words of the file mean here: one field for each, in their order."""

    words = FieldList(SelectField(validators=[Optional()]))

    def __init__(self, *args: Any, offered: Sequence[Choices], **more: Any) -> None:
        super().__init__(*args, **more)
        _fill(self.words, len(offered))
        for one, choices in zip(self.words, offered, strict=True):
            one.choices = [("", str(_l("not said yet"))), *choices]


def _fill(fields: FieldList, count: int) -> None:
    """As many entries as there are things to say something about, whatever was sent."""
    while len(fields) < count:
        fields.append_entry("")
    while len(fields) > count:
        fields.pop_entry()
