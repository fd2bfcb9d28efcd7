"""Machines and vehicles of customers: one file each, for life (form 2.7 and its vehicle variant)."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from careloop.assets.states import AssetState
from careloop.core.actor import Actor
from careloop.core.models import LockingQuerySet
from careloop.customers.models import Confidence, Contact, Customer, Site
from careloop.staff.models import Person, Station


class Kind(models.TextChoices):
    MACHINE = "machine", _("machine")
    VEHICLE = "vehicle", _("vehicle")


class ProductFamily(models.Model):
    """A kind of product. Its templates say what a file of such a machine must hold.

    `readings`, `specs`, `utilities`: lists of `{key, label, unit, low, high}`; `wear_parts`: lists of
    `{part_no, name, position, interval_days, interval_meter}`; `maintenance`: `{item, interval_days, interval_meter}`.
    """

    name = models.CharField(_("product family"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    readings = models.JSONField(_("readings"), default=list, blank=True)
    specs = models.JSONField(_("main data"), default=list, blank=True)
    utilities = models.JSONField(_("utilities"), default=list, blank=True)
    wear_parts = models.JSONField(_("wear parts"), default=list, blank=True)
    maintenance = models.JSONField(_("maintenance"), default=list, blank=True)
    has_tooling = models.BooleanField(_("works with tooling"), default=False)
    warranty_months = models.PositiveSmallIntegerField(_("warranty in months"), null=True, blank=True)
    warranty_meter = models.PositiveIntegerField(_("warranty limit in h or km"), null=True, blank=True)

    class Meta:
        verbose_name = _("product family")
        verbose_name_plural = _("product families")
        constraints = [
            models.CheckConstraint(name="family_kind_known", condition=Q(kind__in=["machine", "vehicle"])),
        ]

    def __str__(self) -> str:
        return self.name


class ProductModel(models.Model):
    family = models.ForeignKey(
        ProductFamily, on_delete=models.PROTECT, related_name="models", verbose_name=_("product family")
    )
    brand = models.CharField(_("brand"), max_length=40, blank=True)
    name = models.CharField(_("model"), max_length=60)

    class Meta:
        verbose_name = _("product model")
        verbose_name_plural = _("product models")
        constraints = [models.UniqueConstraint(fields=["brand", "name"], name="productmodel_once")]

    def __str__(self) -> str:
        return f"{self.brand} {self.name}".strip()


class AssetQuerySet(LockingQuerySet["Asset"]):
    def visible_to(self, actor: Actor) -> Self:
        """Rows the actor may read: those of his stations."""
        if not actor.may("assets.view_asset"):
            return self.none()
        return self.all() if actor.stations is None else self.filter(station__in=actor.stations)

    def in_hand(self) -> Self:
        return self.filter(state__in=[AssetState.RUNNING, AssetState.STOPPED])


class Asset(models.Model):
    """One machine or vehicle, by its serial number, VIN or plate."""

    class VehicleClass(models.TextChoices):
        NONE = "", "—"
        CAR = "car", _("car or truck")
        MOTORCYCLE = "motorcycle", _("motorcycle")
        OTHER = "other", _("other motor vehicle")

    class Usage(models.TextChoices):
        UNKNOWN = "", _("unknown")
        HOUSEHOLD = "household", _("household use")
        COMMERCIAL = "commercial", _("commercial use")

    class Criticality(models.TextChoices):
        UNKNOWN = "", _("not rated")
        A = "A", _("A: stops the plant")
        B = "B", _("B: stops a line")
        C = "C", _("C: can be bridged")

    class MeterUnit(models.TextChoices):
        HOURS = "h", _("h")
        KILOMETERS = "km", _("km")

    code = models.CharField(_("file number"), max_length=20, unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    name = models.CharField(_("name"), max_length=80, blank=True)
    serial_no = models.CharField(_("serial number"), max_length=60, blank=True)
    serial_key = models.CharField(max_length=60, blank=True, editable=False)
    model = models.ForeignKey(
        ProductModel, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("model")
    )
    model_text = models.CharField(_("model as written"), max_length=80, blank=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", verbose_name=_("customer"))
    site = models.ForeignKey(
        Site, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("service site")
    )
    station = models.ForeignKey(
        Station, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("station")
    )
    location_text = models.CharField(_("place of installation"), max_length=120, blank=True)
    workshop_line = models.CharField(_("workshop or line"), max_length=80, blank=True)
    department = models.CharField(_("department in charge"), max_length=60, blank=True)
    responsible = models.ForeignKey(
        Contact,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("person in charge"),
    )
    application = models.CharField(_("application"), max_length=100, blank=True)
    workpiece = models.CharField(_("workpiece"), max_length=100, blank=True)
    process = models.CharField(_("process"), max_length=100, blank=True)
    specs = models.JSONField(_("main data"), default=list, blank=True)
    configuration = models.JSONField(_("configuration"), default=list, blank=True)
    software_version = models.CharField(_("software version"), max_length=60, blank=True)

    plate = models.CharField(_("number plate"), max_length=12, blank=True)
    vin = models.CharField(_("VIN"), max_length=17, blank=True)
    is_vin_as_stamped = models.BooleanField(_("VIN as on the nameplate"), default=False)
    engine_no = models.CharField(_("engine or motor number"), max_length=40, blank=True)
    vehicle_class = models.CharField(_("type of vehicle"), max_length=12, choices=VehicleClass, blank=True)
    usage = models.CharField(_("use"), max_length=12, choices=Usage, blank=True)
    color = models.CharField(_("color"), max_length=20, blank=True)
    invoice_on = models.DateField(_("purchase invoice date"), null=True, blank=True)
    guarantee_card_no = models.CharField(_("three-guarantees card"), max_length=40, blank=True)
    insurance_until = models.DateField(_("insured until"), null=True, blank=True)
    inspection_until = models.DateField(_("periodic inspection until"), null=True, blank=True)

    produced_on = models.DateField(_("produced on"), null=True, blank=True)
    shipped_on = models.DateField(_("shipped on"), null=True, blank=True)
    arrived_on = models.DateField(_("arrived on"), null=True, blank=True)
    installed_on = models.DateField(_("installed on"), null=True, blank=True)
    pre_accepted_on = models.DateField(_("pre-acceptance on"), null=True, blank=True)
    accepted_on = models.DateField(_("final acceptance on"), null=True, blank=True)
    delivered_on = models.DateField(_("handed over on"), null=True, blank=True)
    unknown = models.JSONField(_("known to be unknown"), default=list, blank=True)
    is_incomplete = models.BooleanField(_("file incomplete"), default=False, editable=False)
    completeness = models.PositiveSmallIntegerField(_("completeness in percent"), default=0, editable=False)

    confirmed_since = models.DateField(_("oldest confirmation"), null=True, editable=False)

    warranty_start = models.DateField(_("warranty from"), null=True, blank=True)
    warranty_end = models.DateField(_("warranty until"), null=True, blank=True)
    warranty_meter = models.PositiveIntegerField(_("warranty limit in h or km"), null=True, blank=True)
    warranty_terms = models.CharField(_("warranty terms"), max_length=300, blank=True)
    contract_no = models.CharField(_("contract number"), max_length=40, blank=True)
    contract_amount = models.DecimalField(_("contract amount"), max_digits=14, decimal_places=2, null=True, blank=True)

    utilities = models.JSONField(_("utilities"), default=list, blank=True)
    baseline = models.JSONField(_("baseline readings"), default=list, blank=True)
    tooling = models.JSONField(_("tooling"), default=list, blank=True)
    operators = models.JSONField(_("trained operators"), default=list, blank=True)
    training_waiver = models.CharField(_("training waived because"), max_length=200, blank=True)
    calibrations = models.JSONField(_("calibration of instruments"), default=list, blank=True)
    modifications = models.JSONField(_("modifications and bulletins"), default=list, blank=True)

    meter = models.DecimalField(_("meter reading"), max_digits=12, decimal_places=1, null=True, blank=True)
    meter_unit = models.CharField(_("unit"), max_length=2, choices=MeterUnit, default=MeterUnit.HOURS)
    meter_at = models.DateTimeField(_("meter read at"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=AssetState, default=AssetState.RUNNING, editable=False)
    criticality = models.CharField(_("criticality"), max_length=1, choices=Criticality, blank=True)
    loss_fixed = models.DecimalField(
        _("cost of failure per event"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    loss_per_hour = models.DecimalField(
        _("cost of failure per hour"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    target_years = models.PositiveSmallIntegerField(_("target life in years"), null=True, blank=True)
    target_meter = models.PositiveIntegerField(_("target life in h or km"), null=True, blank=True)
    retired_on = models.DateField(_("retired on"), null=True, blank=True)
    retired_reason = models.CharField(_("reason for retirement"), max_length=200, blank=True)

    created_at = models.DateTimeField(_("created at"))
    created_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("created by")
    )

    objects = AssetQuerySet.as_manager()

    class Meta:
        verbose_name = _("machine or vehicle")
        verbose_name_plural = _("machines and vehicles")
        constraints = [
            models.UniqueConstraint(fields=["serial_key"], condition=~Q(serial_key=""), name="asset_serial_once"),
            models.UniqueConstraint(fields=["vin"], condition=~Q(vin=""), name="asset_vin_once"),
            models.CheckConstraint(
                name="asset_vin_17", condition=(Q(vin="") | Q(is_vin_as_stamped=True) | Q(Exact(Length("vin"), 17)))
            ),
            models.CheckConstraint(name="asset_kind_known", condition=Q(kind__in=["machine", "vehicle"])),
            models.CheckConstraint(
                name="asset_state_known", condition=Q(state__in=["running", "stopped", "transferred", "scrapped"])
            ),
            models.CheckConstraint(
                name="asset_vehicle_identified", condition=(~Q(kind="vehicle") | ~Q(plate="") | ~Q(vin=""))
            ),
            models.CheckConstraint(
                name="asset_machine_identified",
                condition=(~Q(kind="machine") | ~Q(serial_no="") | Q(is_incomplete=True)),
            ),
            models.CheckConstraint(
                name="asset_vehicle_class_known",
                condition=(
                    Q(kind="machine", vehicle_class="")
                    | Q(kind="vehicle", vehicle_class__in=["car", "motorcycle", "other"])
                ),
            ),
            models.CheckConstraint(
                name="asset_warranty_in_order",
                condition=(Q(warranty_start=None) | Q(warranty_end=None) | Q(warranty_end__gte=F("warranty_start"))),
            ),
            models.CheckConstraint(name="asset_meter_not_negative", condition=Q(meter=None) | Q(meter__gte=0)),
            models.CheckConstraint(name="asset_meter_unit_known", condition=Q(meter_unit__in=["h", "km"])),
            models.CheckConstraint(
                name="asset_scrapped_with_reason",
                condition=(~Q(state="scrapped") | (Q(retired_on__isnull=False) & ~Q(retired_reason=""))),
            ),
            models.CheckConstraint(
                name="asset_losses_not_negative",
                condition=(
                    (Q(loss_fixed=None) | Q(loss_fixed__gte=0)) & (Q(loss_per_hour=None) | Q(loss_per_hour__gte=0))
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["station", "id"], name="asset_station"),
            models.Index(fields=["state", "station", "id"], name="asset_state"),
            models.Index(fields=["plate"], condition=~Q(plate=""), name="asset_plate"),
            models.Index(fields=["warranty_end"], name="asset_warranty"),
            models.Index(fields=["confirmed_since"], name="asset_confirmed"),
            models.Index(fields=["application"], condition=~Q(application=""), name="asset_application"),
        ]

    def __str__(self) -> str:
        return self.code

    def event_refs(self) -> dict[str, int | None]:
        return {"customer": self.customer_id, "asset": self.pk, "station": self.station_id}

    def event_label(self) -> str:
        return self.code


class MeterReading(models.Model):
    """What the hour meter, the odometer or the piece counter showed. Rows are never edited."""

    class Counter(models.TextChoices):
        MAIN = "main", _("hours or mileage")
        OUTPUT = "output", _("pieces produced")

    class Source(models.TextChoices):
        CUSTOMER = "customer", _("told by the customer")
        RECEPTION = "reception", _("at reception")
        ENGINEER = "engineer", _("read on site")
        DEVICE = "device", _("sent by the machine")
        IMPORT = "import", _("taken over")

    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="readings", db_index=False)
    counter = models.CharField(_("counter"), max_length=8, choices=Counter, default=Counter.MAIN)
    value = models.DecimalField(_("reading"), max_digits=12, decimal_places=1)
    read_at = models.DateTimeField(_("read at"))
    source = models.CharField(_("source"), max_length=10, choices=Source)
    person_name = models.CharField(_("read by"), max_length=80, blank=True)
    reason = models.CharField(_("reason for the step back"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("meter reading")
        verbose_name_plural = _("meter readings")
        constraints = [
            models.CheckConstraint(name="reading_not_negative", condition=Q(value__gte=0)),
            models.CheckConstraint(name="reading_counter_known", condition=Q(counter__in=["main", "output"])),
        ]
        indexes = [models.Index(fields=["asset", "counter", "read_at"], name="reading_asset")]

    def __str__(self) -> str:
        return f"{self.asset_id}: {self.value}"


class WearPart(models.Model):
    """A part that is to be replaced after some time, on this machine."""

    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="wear_parts")
    part_no = models.CharField(_("part number"), max_length=40, blank=True)
    name = models.CharField(_("name"), max_length=80)
    position = models.CharField(_("position"), max_length=80, blank=True)
    interval_days = models.PositiveIntegerField(_("replace after days"), null=True, blank=True)
    interval_meter = models.PositiveIntegerField(_("replace after h or km"), null=True, blank=True)
    in_stock = models.PositiveIntegerField(_("at the customer's"), null=True, blank=True)
    replaced_on = models.DateField(_("last replaced on"), null=True, blank=True)
    replaced_meter = models.DecimalField(_("last replaced at"), max_digits=12, decimal_places=1, null=True, blank=True)

    class Meta:
        verbose_name = _("wear part")
        verbose_name_plural = _("wear parts")
        constraints = [models.UniqueConstraint(fields=["asset", "name", "position"], name="wearpart_once")]

    def __str__(self) -> str:
        return self.name


class MaintenanceItem(models.Model):
    """A line of the maintenance plan of this machine."""

    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="maintenance_items")
    item = models.CharField(_("item"), max_length=120)
    interval_days = models.PositiveIntegerField(_("every … days"), null=True, blank=True)
    interval_meter = models.PositiveIntegerField(_("every … h or km"), null=True, blank=True)
    last_on = models.DateField(_("last done on"), null=True, blank=True)
    last_meter = models.DecimalField(_("last done at"), max_digits=12, decimal_places=1, null=True, blank=True)
    next_on = models.DateField(_("next on"), null=True, blank=True)
    next_meter = models.DecimalField(_("next at"), max_digits=12, decimal_places=1, null=True, blank=True)

    class Meta:
        verbose_name = _("maintenance item")
        verbose_name_plural = _("maintenance items")
        constraints = [
            models.UniqueConstraint(fields=["asset", "item"], name="maintenanceitem_once"),
            models.CheckConstraint(
                name="maintenanceitem_has_interval",
                condition=(Q(interval_days__isnull=False) | Q(interval_meter__isnull=False)),
            ),
        ]
        indexes = [models.Index(fields=["next_on"], name="maintenanceitem_next")]

    def __str__(self) -> str:
        return self.item


class OwnerChange(models.Model):
    """A machine went from one customer to another."""

    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="owner_changes")
    from_customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    to_customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(_("changed at"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("change of owner")
        verbose_name_plural = _("changes of owner")
        constraints = [
            models.CheckConstraint(
                name="ownerchange_is_a_change", condition=Q(to_customer=None) | ~Q(to_customer=F("from_customer"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.changed_at:%Y-%m-%d}"


class AssetConfirmation(models.Model):
    """When a field of the file was last confirmed, by whom, from which source."""

    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="confirmations", db_index=False)
    field = models.CharField(_("field"), max_length=30)
    confirmed_at = models.DateTimeField(_("confirmed at"))
    confirmed_by = models.CharField(_("confirmed by"), max_length=80, blank=True)
    source = models.CharField(_("source"), max_length=60, blank=True)
    confidence = models.CharField(_("confidence"), max_length=8, choices=Confidence, default=Confidence.STATED)

    class Meta:
        verbose_name = _("confirmation of a machine file")
        verbose_name_plural = _("confirmations of machine files")
        constraints = [models.UniqueConstraint(fields=["asset", "field"], name="assetconfirmation_once")]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.field}"
