"""Who may see the files of an order and of its items."""

from careloop.core.actor import Actor
from careloop.workorders.models import OrderLine, WorkOrder


def may_see_order(actor: Actor, order_id: int) -> bool:
    return WorkOrder.objects.visible_to(actor).filter(pk=order_id).exists()


def may_see_line(actor: Actor, line_id: int) -> bool:
    return OrderLine.objects.filter(pk=line_id, order__in=WorkOrder.objects.visible_to(actor)).exists()
