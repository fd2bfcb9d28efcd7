"""Customer, contact and machine of an order: who they are, and whether they belong together (R35)."""

import datetime as dt

from django.utils.translation import gettext as _

from careloop.assets.models import Asset
from careloop.core.actor import Actor
from careloop.core.errors import DomainError, NotFound, PermissionRefused
from careloop.customers import services as customer_services
from careloop.customers.models import Contact, ContactChannel, Customer


def check(actor: Actor, *, station_id: int, customer_id: int, contact_id: int, asset_id: int) -> None:
    """All three visible to the actor; contact and machine are the customer's; the station is the actor's."""
    if not actor.sees_station(station_id):
        raise PermissionRefused(_("You do not work at this station."))
    if not Customer.objects.visible_to(actor).filter(pk=customer_id).exists():
        raise NotFound(_("There is no such customer."), field="customer")
    if not Contact.objects.filter(pk=contact_id, customer_id=customer_id, left_on=None).exists():
        raise DomainError(
            _("This contact does not belong to the customer, or has left. Choose another."), field="contact"
        )
    if not Asset.objects.visible_to(actor).filter(pk=asset_id, customer_id=customer_id).exists():
        raise DomainError(
            _("This vehicle or machine does not belong to the customer. Change its owner first, or choose another."),
            field="asset",
        )


def verify(channel_id: int | None, *, contact_id: int, actor: Actor, at: dt.datetime) -> None:
    """“Verify now”: the person was reached on this number just now."""
    if channel_id is None:
        return
    channel = ContactChannel.objects.filter(pk=channel_id, contact_id=contact_id).first()
    if channel is None:
        raise DomainError(_("This number does not belong to the contact."), field="verify_channel")
    if channel.verified_at is None:
        customer_services.verify_channel(channel_id, actor=actor, at=at)
