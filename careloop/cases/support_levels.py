"""The levels of help: rows of the firm, or those that come with the product (R83)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from careloop.cases import rules
from careloop.core.models import LockingQuerySet


class SupportLevel(models.Model):
    """Who is asked when the level before cannot help, and within how many working minutes it has to react (R83)."""

    number = models.PositiveSmallIntegerField(_("level"), unique=True)
    name = models.CharField(_("name"), max_length=40)
    name_en = models.CharField(_("name (English)"), max_length=40, blank=True)
    minutes = models.PositiveIntegerField(_("reacts within, working minutes"))
    department = models.ForeignKey(
        "staff.Department",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("department that is asked"),
    )

    objects = LockingQuerySet["SupportLevel"].as_manager()

    class Meta:
        verbose_name = _("escalation level")
        verbose_name_plural = _("escalation levels")
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(name="support_level_counts_from_one", condition=Q(number__gte=1)),
            models.CheckConstraint(name="support_level_has_time", condition=Q(minutes__gte=1)),
            models.CheckConstraint(name="support_level_has_name", condition=~Q(name="")),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        return (self.name_en or self.name) if (get_language() or "zh").startswith("en") else self.name

    def event_refs(self) -> dict[str, int | None]:
        return {"customer": None, "asset": None, "station": None}

    def event_label(self) -> str:
        return f"{self.number} {self.name}"


def default_levels() -> list[SupportLevel]:
    """Those that come with the product, while the firm has set none."""
    return [
        SupportLevel(number=number, name=name, name_en=english, minutes=minutes)
        for number, name, english, minutes in rules.DEFAULT_LEVELS
    ]


def known_levels() -> list[SupportLevel]:
    """The levels in their order. One query."""
    return list(SupportLevel.objects.all()) or default_levels()
