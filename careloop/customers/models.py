"""Customers, the people there, how to reach them, and what they agreed to (form 2.3)."""

from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from careloop.core.actor import Actor
from careloop.core.models import LockingQuerySet
from careloop.staff.models import Person, Station


class Grade(models.TextChoices):
    """How important the customer is to the firm. Not the credit tier."""

    NEW = "", _("not graded yet")
    A = "A", _("A: key customer")
    B = "B", _("B: regular customer")
    C = "C", _("C: other customer")


class Level(models.TextChoices):
    UNKNOWN = "", _("unknown")
    HIGH = "high", _("high")
    MEDIUM = "medium", _("medium")
    LOW = "low", _("low")


class Confidence(models.TextChoices):
    """How we know a value: said by the customer, seen on papers or on site, or derived from one purchase."""

    STATED = "stated", _("stated by the customer")
    OBSERVED = "observed", _("seen by us")
    GUESS = "guess", _("a guess")


def _owner(label: Any) -> "models.ForeignKey[Person | None, Person | None]":
    return models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=label
    )


class CustomerQuerySet(LockingQuerySet["Customer"]):
    def visible_to(self, actor: Actor) -> Self:
        """Rows the actor may read: those of his stations."""
        if not actor.may("customers.view_customer"):
            return self.none()
        return self.all() if actor.stations is None else self.filter(station__in=actor.stations)

    def active(self) -> Self:
        return self.filter(closed_at=None)


class Customer(models.Model):
    """Who buys service from us: a firm, a dealer, an authority or a person."""

    class Type(models.TextChoices):
        COMPANY = "company", _("company (end user)")
        DEALER = "dealer", _("dealer")
        AGENT = "agent", _("agent")
        PERSON = "person", _("private person")
        GOVERNMENT = "government", _("public authority")

    class Industry(models.TextChoices):
        UNKNOWN = "", _("unknown")
        MACHINERY = "machinery", _("machinery")
        AUTO_PARTS = "auto_parts", _("automotive parts")
        STEEL = "steel", _("steel and metallurgy")
        BEARING = "bearing", _("bearings")
        CONSTRUCTION = "construction", _("construction machinery")
        ENERGY = "energy", _("energy")
        RAIL = "rail", _("rail and ships")
        ELECTRONICS = "electronics", _("electronics")
        CHEMICAL = "chemical", _("chemicals")
        FOOD = "food", _("food")
        TRANSPORT = "transport", _("transport and logistics")
        RENTAL = "rental", _("car rental and ride hailing")
        REPAIR = "repair", _("repair trade")
        PUBLIC = "public", _("public service")
        OTHER = "other", _("other")

    class Source(models.TextChoices):
        UNKNOWN = "unknown", _("unknown")
        VISIT = "visit", _("our visit")
        FAIR = "fair", _("trade fair")
        REFERRAL = "referral", _("recommended by a customer")
        DEALER = "dealer", _("through a dealer")
        WEB = "web", _("website or search")
        ADVERTISEMENT = "advertisement", _("advertisement")
        WALK_IN = "walk_in", _("came by")
        TENDER = "tender", _("tender")
        OTHER = "other", _("other")

    class CreditTier(models.TextChoices):
        A = "A", _("credit A")
        B = "B", _("credit B")
        C = "C", _("credit C")
        D = "D", _("credit D")
        NEW = "new", _("no credit yet")

    code = models.CharField(_("customer number"), max_length=20, unique=True)
    name = models.CharField(_("customer name"), max_length=120)
    short_name = models.CharField(_("short name"), max_length=40, blank=True)
    name_key = models.CharField(max_length=120, db_index=True, editable=False)
    type = models.CharField(_("customer type"), max_length=12, choices=Type)
    uscc = models.CharField(_("unified social credit code"), max_length=18, blank=True)
    industry = models.CharField(_("industry"), max_length=16, choices=Industry, blank=True)
    size = models.PositiveIntegerField(_("employees"), null=True, blank=True)
    country = models.CharField(_("country"), max_length=2, default="CN")
    region = models.CharField(_("region"), max_length=6, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    latitude = models.DecimalField(_("latitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(_("longitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    station = models.ForeignKey(
        Station, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("station")
    )

    wants_invoice = models.BooleanField(_("needs VAT invoices"), default=False)
    invoice_title = models.CharField(_("invoice title"), max_length=120, blank=True)
    invoice_tax_no = models.CharField(_("tax number"), max_length=20, blank=True)
    invoice_bank = models.CharField(_("bank"), max_length=120, blank=True)
    invoice_account = models.CharField(_("bank account"), max_length=40, blank=True)
    invoice_address = models.CharField(_("invoice address"), max_length=200, blank=True)
    invoice_phone = models.CharField(_("invoice telephone"), max_length=30, blank=True)

    grade = models.CharField(_("customer grade"), max_length=1, choices=Grade, blank=True)
    grade_reason = models.CharField(_("reason of the grade"), max_length=200, blank=True)
    source = models.CharField(_("how won"), max_length=16, choices=Source, default=Source.UNKNOWN)
    referrer = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("recommended by")
    )
    sales_owner = _owner(_("sales owner"))
    service_owner = _owner(_("service owner"))
    engineer_owner = _owner(_("engineer"))

    buying_frequency = models.CharField(_("buying frequency"), max_length=100, blank=True)
    decision_traits = models.CharField(_("how they decide"), max_length=200, blank=True)
    preference = models.CharField(_("preference"), max_length=200, blank=True)
    tendency = models.CharField(_("consumption tendency"), max_length=200, blank=True)
    expectation = models.CharField(_("expectation"), max_length=200, blank=True)
    expected_price = models.DecimalField(_("expected price"), max_digits=14, decimal_places=2, null=True, blank=True)
    spending_power = models.CharField(_("spending power"), max_length=6, choices=Level, blank=True)
    potential = models.CharField(_("potential"), max_length=6, choices=Level, blank=True)
    capital_efficiency = models.CharField(_("capital-use efficiency"), max_length=200, blank=True)
    family = models.CharField(_("family situation"), max_length=200, blank=True)
    why = models.TextField(_("what matters to the customer"), blank=True)
    competitor_equipment = models.JSONField(_("competitor equipment"), default=list, blank=True)
    loss_fixed = models.DecimalField(
        _("cost of failure per event"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    loss_per_hour = models.DecimalField(
        _("cost of failure per hour"), max_digits=14, decimal_places=2, null=True, blank=True
    )

    credit_tier = models.CharField(_("credit tier"), max_length=3, choices=CreditTier, default=CreditTier.NEW)
    credit_score = models.DecimalField(_("credit score"), max_digits=5, decimal_places=1, null=True, blank=True)
    credit_limit = models.DecimalField(_("credit limit"), max_digits=14, decimal_places=2, null=True, blank=True)
    payment_days = models.PositiveSmallIntegerField(_("payment term in days"), null=True, blank=True)

    asset_count = models.PositiveIntegerField(_("machines in use"), default=0, editable=False)
    completeness = models.PositiveSmallIntegerField(_("completeness in percent"), default=0, editable=False)
    refresh_due_on = models.DateField(_("data to be confirmed by"), null=True, editable=False)
    first_contact_at = models.DateTimeField(_("first contact"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"))
    created_by = _owner(_("created by"))
    closed_at = models.DateTimeField(_("closed since"), null=True, editable=False)
    closed_reason = models.CharField(_("reason for closing"), max_length=200, blank=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            models.UniqueConstraint(fields=["uscc"], condition=~Q(uscc=""), name="customer_uscc_once"),
            models.CheckConstraint(name="customer_uscc_18", condition=Q(uscc="") | Q(Exact(Length("uscc"), 18))),
            models.CheckConstraint(
                name="customer_type_known", condition=Q(type__in=["company", "dealer", "agent", "person", "government"])
            ),
            models.CheckConstraint(name="customer_grade_known", condition=Q(grade__in=["", "A", "B", "C"])),
            models.CheckConstraint(name="customer_graded_with_reason", condition=Q(grade="") | ~Q(grade_reason="")),
            models.CheckConstraint(
                name="customer_tier_known", condition=Q(credit_tier__in=["A", "B", "C", "D", "new"])
            ),
            models.CheckConstraint(name="customer_named", condition=~Q(name="")),
            models.CheckConstraint(
                name="customer_closed_with_reason", condition=Q(closed_at=None) | ~Q(closed_reason="")
            ),
            models.CheckConstraint(
                name="customer_place_on_earth",
                condition=(
                    Q(latitude=None, longitude=None)
                    | Q(latitude__gte=-90, latitude__lte=90, longitude__gte=-180, longitude__lte=180)
                ),
            ),
            models.CheckConstraint(name="customer_not_its_referrer", condition=Q(referrer=None) | ~Q(referrer=F("id"))),
            models.CheckConstraint(name="customer_family_of_persons", condition=Q(family="") | Q(type="person")),
            models.CheckConstraint(
                name="customer_losses_not_negative",
                condition=(
                    (Q(loss_fixed=None) | Q(loss_fixed__gte=0)) & (Q(loss_per_hour=None) | Q(loss_per_hour__gte=0))
                ),
            ),
            models.CheckConstraint(
                name="customer_credit_not_negative", condition=Q(credit_limit=None) | Q(credit_limit__gte=0)
            ),
        ]
        indexes = [
            models.Index(fields=["station", "id"], name="customer_station"),
            models.Index(fields=["grade", "station", "id"], name="customer_grade"),
            models.Index(fields=["refresh_due_on"], condition=Q(closed_at=None), name="customer_refresh"),
        ]

    def __str__(self) -> str:
        return self.name

    def event_refs(self) -> dict[str, int | None]:
        return {"customer": self.pk, "asset": None, "station": self.station_id}

    def event_label(self) -> str:
        return self.code


class ContactQuerySet(LockingQuerySet["Contact"]):
    def visible_to(self, actor: Actor) -> Self:
        if not actor.may("customers.view_customer"):
            return self.none()
        return self.all() if actor.stations is None else self.filter(customer__station__in=actor.stations)

    def present(self) -> Self:
        return self.filter(left_on=None)


class Contact(models.Model):
    """A person who speaks for a customer."""

    class Role(models.TextChoices):
        USER = "user", _("operates the machine")
        EQUIPMENT = "equipment", _("responsible for equipment")
        PURCHASING = "purchasing", _("purchasing")
        DECIDER = "decider", _("decides")
        FINANCE = "finance", _("finance")
        OTHER = "other", _("other")

    class Salutation(models.TextChoices):
        NONE = "", _("none")
        MR = "mr", _("Mr")
        MS = "ms", _("Ms")

    class Preferred(models.TextChoices):
        ANY = "", _("no preference")
        PHONE = "phone", _("telephone")
        SMS = "sms", _("text message")
        WECHAT = "wechat", _("WeChat")
        EMAIL = "email", _("e-mail")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(_("full name"), max_length=60)
    salutation = models.CharField(_("salutation"), max_length=4, choices=Salutation, blank=True)
    department = models.CharField(_("department"), max_length=60, blank=True)
    post = models.CharField(_("post"), max_length=60, blank=True)
    role = models.CharField(_("role at the customer"), max_length=12, choices=Role, default=Role.OTHER)
    is_primary = models.BooleanField(_("first contact"), default=False)
    preferred_channel = models.CharField(_("preferred channel"), max_length=8, choices=Preferred, blank=True)
    quiet_from = models.TimeField(_("do not disturb from"), null=True, blank=True)
    quiet_to = models.TimeField(_("do not disturb until"), null=True, blank=True)
    language = models.CharField(_("language"), max_length=10, default="zh-hans")
    do_not_call = models.BooleanField(_("does not want calls"), default=False)
    left_on = models.DateField(_("left on"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"))

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact person")
        verbose_name_plural = _("contact persons")
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(is_primary=True, left_on=None), name="contact_one_primary"
            ),
            models.CheckConstraint(name="contact_named", condition=~Q(name="")),
            models.CheckConstraint(
                name="contact_role_known",
                condition=Q(role__in=["user", "equipment", "purchasing", "decider", "finance", "other"]),
            ),
            models.CheckConstraint(
                name="contact_quiet_both_or_none",
                condition=Q(quiet_from=None, quiet_to=None) | Q(quiet_from__isnull=False, quiet_to__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def event_refs(self) -> dict[str, int | None]:
        return self.customer.event_refs()

    def event_label(self) -> str:
        return self.name


class ContactChannel(models.Model):
    """A number or address of a person. Verified: somebody reached the person there."""

    class Kind(models.TextChoices):
        MOBILE = "mobile", _("mobile phone")
        PHONE = "phone", _("landline")
        WECHAT = "wechat", _("WeChat")
        EMAIL = "email", _("e-mail")

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="channels")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    value = models.CharField(_("number or address"), max_length=120, db_index=True)
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    verified_by = _owner(_("verified by"))
    wrong_since = models.DateTimeField(_("wrong since"), null=True, blank=True)

    objects = LockingQuerySet["ContactChannel"].as_manager()

    class Meta:
        verbose_name = _("contact channel")
        verbose_name_plural = _("contact channels")
        constraints = [
            models.UniqueConstraint(fields=["contact", "kind", "value"], name="channel_once"),
            models.CheckConstraint(name="channel_not_empty", condition=~Q(value="")),
            models.CheckConstraint(
                name="channel_kind_known", condition=Q(kind__in=["mobile", "phone", "wechat", "email"])
            ),
            models.CheckConstraint(
                name="channel_verified_or_wrong", condition=Q(verified_at=None) | Q(wrong_since=None)
            ),
        ]
        indexes = [models.Index(fields=["wrong_since"], condition=Q(wrong_since__isnull=False), name="channel_wrong")]

    def __str__(self) -> str:
        return self.value

    @property
    def is_number(self) -> bool:
        return self.kind in (self.Kind.MOBILE, self.Kind.PHONE)


class Purpose(models.TextChoices):
    SERVICE = "service", _("service and repair")
    SURVEY = "survey", _("follow-up and surveys")
    MARKETING = "marketing", _("offers")
    RECORDING = "recording", _("recording of calls")
    CARE = "care", _("personal care")


class ConsentText(models.Model):
    """What a person agreed to, word by word. A new wording is a new version."""

    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose)
    version = models.CharField(_("version"), max_length=20)
    text = models.TextField(_("text"))
    valid_from = models.DateField(_("valid from"))

    class Meta:
        verbose_name = _("consent text")
        verbose_name_plural = _("consent texts")
        constraints = [models.UniqueConstraint(fields=["purpose", "version"], name="consenttext_once")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.version}"


class Consent(models.Model):
    """A person's agreement to one purpose, and its withdrawal. Rows are never edited otherwise."""

    class Channel(models.TextChoices):
        FACE = "face", _("face to face")
        PHONE = "phone", _("telephone")
        PAPER = "paper", _("on paper")
        LINK = "link", _("online")
        IMPORT = "import", _("taken over")

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose)
    given_at = models.DateTimeField(_("agreed at"))
    text_version = models.CharField(_("version of the text"), max_length=20)
    channel = models.CharField(_("given by way of"), max_length=8, choices=Channel)
    recorded_by = _owner(_("recorded by"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    objects = LockingQuerySet["Consent"].as_manager()

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "purpose"], condition=Q(withdrawn_at=None), name="consent_one_open"
            ),
            models.CheckConstraint(
                name="consent_purpose_known",
                condition=Q(purpose__in=["service", "survey", "marketing", "recording", "care"]),
            ),
            models.CheckConstraint(
                name="consent_withdrawn_later", condition=Q(withdrawn_at=None) | Q(withdrawn_at__gte=F("given_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} {self.purpose}"


class Site(models.Model):
    """A place of the customer where machines stand."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="sites")
    name = models.CharField(_("name"), max_length=60)
    region = models.CharField(_("region"), max_length=6, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("service site")
        verbose_name_plural = _("service sites")
        constraints = [models.UniqueConstraint(fields=["customer", "name"], name="site_once")]

    def __str__(self) -> str:
        return self.name


class CustomerConfirmation(models.Model):
    """When a field was last confirmed, by whom, from which source (R36, R38)."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="confirmations", db_index=False)
    field = models.CharField(_("field"), max_length=30)
    confirmed_at = models.DateTimeField(_("confirmed at"))
    confirmed_by = models.CharField(_("confirmed by"), max_length=80, blank=True)
    source = models.CharField(_("source"), max_length=60, blank=True)
    confidence = models.CharField(_("confidence"), max_length=8, choices=Confidence, default=Confidence.STATED)

    class Meta:
        verbose_name = _("confirmation")
        verbose_name_plural = _("confirmations")
        constraints = [
            models.UniqueConstraint(fields=["customer", "field"], name="customerconfirmation_once"),
            models.CheckConstraint(
                name="customerconfirmation_known", condition=Q(confidence__in=["stated", "observed", "guess"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.field}"


class RefreshPeriod(models.Model):
    """After how many months a customer's data are asked again, per grade (R38)."""

    grade = models.CharField(_("customer grade"), max_length=1, choices=Grade, blank=True, unique=True)
    months = models.PositiveSmallIntegerField(_("months"))

    class Meta:
        verbose_name = _("refresh period")
        verbose_name_plural = _("refresh periods")
        constraints = [models.CheckConstraint(name="refreshperiod_positive", condition=Q(months__gte=1))]

    def __str__(self) -> str:
        return f"{self.grade}: {self.months}"
