"""What is said about several tickets at once; the tickets themselves go along hidden."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from portal.tickets.forms import ActForm, HiddenValues, OfferForm, RankForm, words


class BulkForm(ActForm):
    """Which tickets were chosen (`pick`: number and version), and in which list (`queue`: its address)."""

    verb = "bulk"
    pick = HiddenValues()
    queue = HiddenField()


class BulkOfferForm(BulkForm, OfferForm):
    """To whom they are handed."""

    verb = "bulk"


class BulkRankForm(BulkForm, RankForm):
    """How they are ranked anew."""

    verb = "bulk"


class BulkNoteForm(BulkForm):
    """The same note for each."""

    text = words(_l("What do you write?"), _l("Write something first."), render_kw={"rows": 4})


def asks(form: BulkForm) -> list[Any]:
    """The fields that somebody fills in."""
    return [one for one in form if one.type not in ("HiddenField", "CSRFTokenField", "HiddenValues")]
