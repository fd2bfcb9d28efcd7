"""The words of work orders: states, steps, kinds. Values are stored, labels are translated."""

import datetime as dt

from django.db import models
from django.utils.translation import gettext_lazy as _

NO_SHOW_AFTER = dt.timedelta(minutes=30)
EVIDENCE_WITHIN = dt.timedelta(days=3)
REMIND_BEFORE = dt.timedelta(days=1)


class OrderState(models.TextChoices):
    BOOKED = "booked", _("booked")
    NO_SHOW = "no_show", _("did not come")
    RECEIVED = "received", _("received")
    AWAITING_CONSENT = "awaiting_consent", _("awaiting consent to estimate")
    TO_ASSIGN = "to_assign", _("to assign")
    IN_REPAIR = "in_repair", _("in repair")
    WAITING_PART = "waiting_part", _("waiting for part")
    AWAITING_ADDED = "awaiting_added", _("awaiting consent to added items")
    TO_INSPECT = "to_inspect", _("to inspect")
    REWORK = "rework", _("rework")
    TO_SETTLE = "to_settle", _("to settle")
    READY = "ready", _("ready for delivery")
    DELIVERED = "delivered", _("delivered")
    FOLLOW_UP = "follow_up", _("in follow-up")
    ARCHIVED = "archived", _("archived")
    CANCELLED = "cancelled", _("cancelled")


class Step(models.TextChoices):
    """The six steps (R59)."""

    APPOINTMENT = "appointment", _("appointment")
    RECEPTION = "reception", _("reception")
    REPAIR = "repair", _("repair")
    INSPECTION = "inspection", _("inspection")
    SETTLEMENT = "settlement", _("settlement and delivery")
    FOLLOW_UP = "follow_up", _("follow-up")


class LineConsent(models.TextChoices):
    PROPOSED = "proposed", _("awaiting consent")
    CONSENTED = "consented", _("consented")
    DECLINED = "declined", _("declined")
    WITHDRAWN = "withdrawn", _("withdrawn")


class PartOrigin(models.TextChoices):
    OEM = "oem", _("original part")
    AFTERMARKET = "aftermarket", _("aftermarket part")
    REFURBISHED = "refurbished", _("refurbished part")
    USED = "used", _("used part")
    CUSTOMER = "customer", _("supplied by customer")


class OldPart(models.TextChoices):
    """What became of the replaced part."""

    RETURNED = "returned", _("given to the customer")
    KEPT = "kept", _("kept by the shop")
    SCRAPPED = "scrapped", _("scrapped")
    SENT_BACK = "sent_back", _("sent back to the maker")


class OldPartWish(models.TextChoices):
    TAKE = "take", _("customer takes old parts")
    LEAVE = "leave", _("shop disposes of old parts")


class Outcome(models.TextChoices):
    """How the work ended; empty while it runs."""

    DONE = "done", _("done")
    REFUSED = "refused", _("estimate refused")
    STOPPED = "stopped", _("stopped by customer")
    TAKEN_BACK = "taken_back", _("taken back before any order")


class StopSafety(models.TextChoices):
    """In which condition a stopped order leaves the bay."""

    UNOPENED = "unopened", _("nothing was opened")
    CHECKED = "checked", _("safe state checked by a second person")
    NOT_ROADWORTHY = "not_roadworthy", _("not roadworthy, signed by the customer")


class ReworkReason(models.TextChoices):
    NOT_FIXED = "not_fixed", _("fault still there")
    NEW_FAULT = "new_fault", _("new fault from the work")
    TORQUE = "torque", _("tightening or adjustment out of limits")
    LEAK = "leak", _("leak")
    INCOMPLETE = "incomplete", _("item not finished")
    UNCLEAN = "unclean", _("dirt or damage left")
    OTHER = "other", _("other reason")


class Check(models.TextChoices):
    """Points of the final inspection."""

    ITEMS = "items", _("all consented items are done")
    FAULT = "fault", _("the fault the customer described is gone")
    FLUIDS = "fluids", _("fluids: levels right, no leak")
    TORQUE = "torque", _("wheels and fasteners tightened to torque")
    LIGHTS = "lights", _("lights, wipers, horn work")
    CODES = "codes", _("no fault codes left, service light reset")
    BRAKES = "brakes", _("brake test passed")
    ROAD = "road", _("test drive or test run")
    CLEAN = "clean", _("clean, no tools or rags left")
    OLD_PARTS = "old_parts", _("old parts set aside as agreed")


CERTIFICATE_NEEDED = frozenset({"level2", "assembly", "whole"})  # classes of the quality-guarantee table

S = OrderState
WORKING = frozenset({S.TO_ASSIGN, S.IN_REPAIR, S.WAITING_PART, S.AWAITING_ADDED})
HANDED_OVER = frozenset({S.DELIVERED, S.FOLLOW_UP, S.ARCHIVED})
OPEN_STATES = [s.value for s in S if s not in HANDED_OVER and s != S.CANCELLED]
STEP_OF: dict[str, Step] = {
    S.BOOKED: Step.APPOINTMENT,
    S.NO_SHOW: Step.APPOINTMENT,
    S.RECEIVED: Step.RECEPTION,
    S.AWAITING_CONSENT: Step.RECEPTION,
    S.TO_ASSIGN: Step.REPAIR,
    S.IN_REPAIR: Step.REPAIR,
    S.WAITING_PART: Step.REPAIR,
    S.AWAITING_ADDED: Step.REPAIR,
    S.REWORK: Step.REPAIR,
    S.TO_INSPECT: Step.INSPECTION,
    S.TO_SETTLE: Step.SETTLEMENT,
    S.READY: Step.SETTLEMENT,
    S.DELIVERED: Step.FOLLOW_UP,
    S.FOLLOW_UP: Step.FOLLOW_UP,
    S.ARCHIVED: Step.FOLLOW_UP,
    S.CANCELLED: Step.APPOINTMENT,
}
