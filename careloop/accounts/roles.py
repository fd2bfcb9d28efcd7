"""The staff roles as they come: domain file, section 6. They are rows after the first start and may be changed there.

A right is named `app.verb_noun`. What nobody holds, nobody can do; what separates persons in one case
(inspector ≠ technician, caller ≠ server) is no right but a guard in the flow tables.
"""

from functools import cache
from typing import NamedTuple

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class RoleDefault(NamedTuple):
    code: str
    name: Promise
    permissions: tuple[str, ...]
    all_stations: bool = False


# Everybody may look things up and write down what a customer says (R12).
EVERYBODY = (
    "customers.view_customer",
    "assets.view_asset",
    "cases.view_case",
    "cases.create_case",
    "cases.add_note",
    "complaints.register_complaint",
    "core.upload_file",
)
FRONT_DESK = (
    "customers.change_customer",
    "customers.view_phone",
    "customers.verify_contact",
    "assets.change_asset",
    "cases.work_case",
    "cases.assign_case",
    "cases.close_case",
    "cases.merge_case",
    "cases.export_case",
    "workorders.view_workorder",
    "workorders.book",
    "workorders.receive",
    "inventory.view_part",
    "customers.export_customer",
    "assets.export_asset",
)
ADVISER = (
    "customers.change_customer",
    "customers.view_phone",
    "customers.verify_contact",
    "assets.change_asset",
    "cases.work_case",
    "workorders.view_workorder",
    "workorders.book",
    "workorders.receive",
    "workorders.estimate",
    "workorders.consent",
    "workorders.settle",
    "workorders.deliver",
    "workorders.cancel",
    "inventory.view_part",
    "billing.view_bill",
    "billing.issue_bill",
    "billing.receive_payment",
    "workorders.export_workorder",
)
TECHNICIAN = ("workorders.view_workorder", "workorders.repair", "cases.work_case", "inventory.view_part")
MANAGER_RIGHTS = (
    *FRONT_DESK,
    *ADVISER,
    "workorders.assign",
    "inventory.change_stock",
    "workorders.waive_step",
    "insight.view_reports",
    "entitlements.view_standard",
    "staff.view_person",
    "core.view_audit",
    "billing.approve_credit",
    "customers.set_credit",
    "workorders.export_workorder",
    "complaints.view_complaint",
    "complaints.approve_remedy",
    "insight.export_reports",
)
FOLLOW_UP = (
    "customers.view_phone",
    "customers.verify_contact",
    "feedback.call",
    "feedback.view_task",
    "feedback.view_answer",
    "feedback.view_unlocked_answer",
    "complaints.view_complaint",
    "complaints.view_sealed",
    "complaints.grant_remedy",
    "complaints.rerate",
    "insight.view_reports",
)

DEFAULTS = (
    RoleDefault("front_desk", _("Front desk"), (*EVERYBODY, *FRONT_DESK)),
    RoleDefault("adviser", _("Service adviser"), (*EVERYBODY, *ADVISER)),
    RoleDefault("technician", _("Workshop technician"), (*EVERYBODY, *TECHNICIAN)),
    RoleDefault("inspector", _("Inspector"), (*EVERYBODY, "workorders.view_workorder", "workorders.inspect")),
    RoleDefault("foreman", _("Foreman"), (*EVERYBODY, *TECHNICIAN, "workorders.assign", "workorders.supply")),
    RoleDefault("engineer", _("Field engineer"), (*EVERYBODY, *TECHNICIAN, "customers.view_phone")),
    RoleDefault(
        "parts_clerk",
        _("Parts clerk"),
        (
            *EVERYBODY,
            "workorders.view_workorder",
            "workorders.supply",
            "inventory.view_part",
            "inventory.change_stock",
        ),
    ),
    RoleDefault(
        "complaint_officer",
        _("Complaint officer"),
        (
            *EVERYBODY,
            "customers.view_phone",
            "workorders.view_workorder",
            "complaints.view_complaint",
            "complaints.view_sealed",
            "complaints.handle",
            "complaints.grant_remedy",
            "insight.view_reports",
        ),
        all_stations=True,
    ),
    RoleDefault("follow_up_caller", _("Follow-up caller"), (*EVERYBODY, *FOLLOW_UP), all_stations=True),
    RoleDefault(
        "follow_up_head",
        _("Head of follow-up"),
        (
            *EVERYBODY,
            *FOLLOW_UP,
            "feedback.plan",
            "feedback.waive",
            "feedback.change_questionnaire",
            "feedback.enter_history",
            "feedback.export_answer",
            "insight.export_reports",
        ),
        all_stations=True,
    ),
    RoleDefault("sales", _("Sales"), (*EVERYBODY, "customers.change_customer", "customers.view_phone")),
    RoleDefault("marketing", _("Marketing"), EVERYBODY),
    RoleDefault("logistics", _("Logistics"), EVERYBODY),
    RoleDefault(
        "quality_manager",
        _("Quality manager"),
        (
            *EVERYBODY,
            "workorders.view_workorder",
            "complaints.view_complaint",
            "complaints.view_sealed",
            "complaints.handle",
            "complaints.lift_containment",
            "insight.view_reports",
            "insight.export_reports",
            "feedback.view_answer",
            "feedback.view_unlocked_answer",
            "feedback.change_questionnaire",
            "feedback.enter_history",
        ),
        all_stations=True,
    ),
    RoleDefault("service_manager", _("After-sales manager"), (*EVERYBODY, *MANAGER_RIGHTS)),
    RoleDefault(
        "general_manager",
        _("General manager"),
        (
            *EVERYBODY,
            *MANAGER_RIGHTS,
            "feedback.view_answer",
            "feedback.view_unlocked_answer",
            "feedback.view_task",
            "feedback.approve_plan",
            "complaints.handle",
            "complaints.view_sealed",
            "complaints.approve_any",
            "complaints.lift_containment",
            "entitlements.change_standard",
        ),
        all_stations=True,
    ),
    RoleDefault("trainer", _("Trainer"), (*EVERYBODY, "staff.view_person")),
    RoleDefault(
        "administrator",
        _("Administrator"),
        (
            *EVERYBODY,
            "staff.view_person",
            "staff.change_person",
            "staff.change_department",
            "accounts.manage_roles",
            "accounts.manage_tokens",
            "core.view_audit",
            "core.import_data",
            "entitlements.view_standard",
            "entitlements.change_standard",
            "customers.export_customer",
            "assets.export_asset",
            "cases.export_case",
            "workorders.view_workorder",
            "workorders.export_workorder",
        ),
        all_stations=True,
    ),
)


def role_label(code: str, name: str) -> str:
    """A role's name is the firm's own; one that still has its first name is shown in the reader's language."""
    own = next((default for default in DEFAULTS if default.code == code), None)
    return str(own.name) if own and name == first_name(code) else name


@cache
def first_name(code: str) -> str:
    """The name a role got when it was created."""
    with translation.override("zh-hans"):
        return next(str(default.name) for default in DEFAULTS if default.code == code)
