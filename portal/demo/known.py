"""Who in the demo company knows its manuals: everybody those in force, some the coming one; one does not agree."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import String, cast, literal, select, update

from portal.extensions import db
from portal.kernel.actions import Portal, action
from portal.kernel.clock import office_day
from portal.kernel.journal import record_each
from portal.kernel.signature import Confirmation, Method
from portal.organisation import queries as organisation
from portal.policies import acknowledgements
from portal.policies.acknowledgement_events import Acknowledged
from portal.policies.acknowledgement_models import Acknowledgement
from portal.policies.acknowledgement_states import Known, Way
from portal.policies.models import ManualVersion

READ_WITHIN = timedelta(days=3)
SIGNED = ("manager", "supervisor", "agent2", "shopkeeper", "director", "hr", "auditor")
DECLINED = ("technician", "夜间上门没有算进时限，装机高峰做不到。请说明加班怎么算。")


@action
def everybody_reads(actor: Portal, version: ManualVersion, *, at: datetime) -> None:
    """In one go: nobody has anything open of an older version."""
    mine = (Acknowledgement.version_id == version.id, Acknowledgement.state == Known.OPEN)
    record_each(
        Acknowledged, "acknowledgement_id",
        select(
            Acknowledgement.id.label("acknowledgement_id"), literal(version.manual.code).label("manual"),
            literal(version.label).label("version"), Acknowledgement.digest.label("digest"),
            cast(literal(Known.READ.value), String).label("way"),
        ).where(*mine),
    )  # fmt: skip
    db.session.execute(
        update(Acknowledgement)
        .where(*mine)
        .values(state=Known.READ, way=Way.READ, ended_at=at, ended_by_name=Acknowledgement.person_name),
        execution_options={"synchronize_session": False},
    )


def some_sign(version: ManualVersion, at: datetime) -> None:
    """Of the version that is coming: a few have signed, one declines, the others have still to."""
    for name in (*SIGNED, DECLINED[0]):
        person = organisation.person_called(name)
        if person is None:
            raise LookupError(f"the demo company has no {name}")
        reader = organisation.staff(person, office_day(at))
        one = acknowledgements.mine_of(reader, version.id)
        if one is None:
            continue
        if name == DECLINED[0]:
            acknowledgements.decline(reader, one, DECLINED[1], digest=version.digest, at=at)
        else:
            proved = Confirmation(reader.id, Method.PASSWORD, at)
            acknowledgements.acknowledge(reader, one, proved, digest=version.digest, at=at)
