"""What all services of complaints share: the step itself, the officer's independence, the search entry."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from careloop.complaints import queries
from careloop.complaints.models import SEALED, Complaint
from careloop.complaints.states import COMPLAINT
from careloop.core import flow, search
from careloop.core.actor import Actor
from careloop.core.errors import DomainError
from careloop.core.models import Event
from careloop.core.words import listed
from careloop.staff.models import Person


def take_step(
    complaint: Complaint, action: str, *, actor: Actor, at: dt.datetime, reason: str = "", **rest: Any
) -> Event:
    """`flow.apply`, with the event sealed as long as the complaint is."""
    sealed = SEALED if complaint.is_sealed else ""
    return flow.apply(COMPLAINT, complaint, action, actor=actor, at=at, reason=reason, sealed=sealed, **rest)


def officer(complaint: Complaint, person_id: int) -> Person:
    """The person as officer of this complaint: may handle, is not named in it, is not of the rated unit (R101)."""
    person = queries.officers().filter(pk=person_id).select_related("department").first()
    if person is None:
        raise DomainError(_("This person does not handle complaints. Choose a complaint officer."), field="owner")
    if person.pk == complaint.accused_id or person.pk in complaint.involved_ids:
        raise DomainError(
            _("%(name)s is named in it or took part in the service. Choose somebody else.") % {"name": person.name},
            field="owner",
        )
    units = queries.rated_departments(complaint)
    if person.department_id in units:
        others = queries.officers_outside(complaint, units)
        if others:
            raise DomainError(
                _("%(name)s belongs to the unit that is complained about. Independent officers: %(others)s.")
                % {"name": person.name, "others": listed(other.name for other in others[:3])},
                field="owner",
            )
    return person


def first_owner(complaint: Complaint, person: Person) -> dict[str, Any]:
    """Fields that make `person` the owner; the first one is remembered for reopening."""
    fields: dict[str, Any] = {"owner": person}
    if complaint.first_owner_id is None:
        fields["first_owner"] = person
    return fields


def put_into_search(complaint: Complaint, *, is_new: bool = False) -> None:
    search.index(
        "complaint",
        complaint.pk,
        station_id=complaint.station_id,
        title=f"{complaint.number} {complaint.customer.name}",
        subtitle=complaint.words[:80],
        url=f"/complaints/{complaint.number}/",
        body="\n".join(filter(None, (complaint.words, complaint.desired_remedy, complaint.authority_number))),
        names=complaint.customer.name,
        at=complaint.registered_at,
        is_new=is_new,
    )
