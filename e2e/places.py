"""Every page of the demonstration company: what it is called, who looks at it, where it is.

Pictures (`make screenshots`) and the browser's checks of all pages go along this one list. A page of a record takes
the newest record that shows it, so the list fits the company after two years as well as after two months.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from django.db.models import Model, QuerySet
from django.urls import resolve, reverse
from django.utils import timezone

from careloop.accounts.models import User
from careloop.assets.models import Asset
from careloop.billing.models import Bill
from careloop.cases.models import Case
from careloop.complaints.models import Complaint, ComplaintTask
from careloop.customers.models import Contact, Customer
from careloop.entitlements.models import ServiceStandard
from careloop.feedback import services as feedback
from careloop.feedback.models import Answer, FollowUpTask, QuestionnaireVersion
from careloop.feedback.services.links import token_of
from careloop.staff.actors import actor_for
from careloop.staff.models import Department, Person, Station, WorkCalendar
from careloop.workorders import services as workorders
from careloop.workorders.models import WorkOrder


class Place(NamedTuple):
    """`name`: of the picture. `user`: "" for a visitor. `click`: opened before one looks; `keys`: typed after it."""

    name: str
    user: str
    path: str
    click: str = ""
    keys: str = ""
    status: int = 200


class NothingToShow(LookupError):
    """The company has no record for a page of the list."""


def every() -> list[Place]:
    """All pages, in the order of the navigation. Writes two links for customers, nothing else."""
    found: list[Place] = []
    for part in (today, customers, machines, requests, orders, papers, bills, follow_up, complaints, reports, company,
                 visitors):  # fmt: skip
        found += part()
    return found


def one_per_route() -> list[Place]:
    """The first place of each route and step: what differs is the page, not the record on it."""
    found: dict[tuple[str, str, str], Place] = {}
    for place in every():
        path = place.path.partition("?")[0]
        found.setdefault((resolve(path).view_name, path.partition("/do/")[2], place.click), place)
    return list(found.values())


def first(rows: QuerySet[Model] | QuerySet[Model, Model], what: str) -> Model:
    record = rows.first()
    if record is None:
        raise NothingToShow(what)
    return record


def at(name: str, *values: object) -> str:
    return reverse(name, args=[str(value) for value in values])


def today() -> Iterator[Place]:
    """The first page of each role, and what belongs to the frame."""
    yield Place("web-today", "lin", "/")
    for role, user in (
        ("adviser", "shao"), ("technician", "wei"), ("foreman", "meng"), ("engineer", "jiang"), ("caller", "ye"),
        ("head-of-follow-up", "song"), ("complaints", "cheng"), ("quality", "luo"), ("manager", "he"),
        ("general-manager", "gu"), ("administrator", "admin"), ("parts", "yu"), ("sales", "xie"),
    ):  # fmt: skip
        yield Place(f"web-today-{role}", user, "/")
    yield Place("web-palette", "lin", "/", click="[data-palette]", keys="苏E")
    yield Place("web-help", "lin", "/", click="[data-help], .cl-tabbar [data-nav]")
    yield Place("web-search", "lin", at("web:search") + "?q=苏E")
    yield Place("web-search-empty", "lin", at("web:search") + "?q=zzzz")
    yield Place("web-settings", "lin", at("web:settings"))
    yield Place("account-password-change", "lin", "/accounts/password/change/")
    yield Place("web-audit", "admin", at("web:audit"))
    yield Place("web-audit-access", "admin", at("web:audit") + "?list=access")


def customers() -> Iterator[Place]:
    busiest = Customer.objects.exclude(type="person").order_by("-asset_count", "pk")
    firm = first(busiest.filter(station__code="suzhou-east"), "a firm").code
    person = first(Customer.objects.filter(type="person").order_by("pk"), "a person").code
    contact = first(Contact.objects.filter(customer__code=firm), "a contact person").pk
    yield Place("customers-list", "lin", at("customers:list"))
    yield Place("customers-list-nothing", "lin", at("customers:list") + "?q=zzzz")
    yield Place("customers-quality", "lin", at("customers:quality"))
    yield Place("customers-detail", "lin", at("customers:detail", firm))
    yield Place("customers-detail-person", "shao", at("customers:detail", person))
    yield Place("customers-timeline", "lin", at("customers:timeline", firm))
    yield Place("customers-create", "lin", at("customers:create"))
    yield Place("customers-edit", "lin", at("customers:edit", firm))
    yield Place("customers-confirm", "lin", at("customers:confirm", firm))
    yield Place("customers-close", "lin", at("customers:close", firm))
    yield Place("customers-site-add", "lin", at("customers:site-add", firm))
    yield Place("customers-contact-add", "lin", at("customers:contact-add", firm))
    yield Place("customers-contact-edit", "lin", at("customers:contact-edit", firm, contact))
    yield Place("customers-sheet", "lin", at("customers:sheet", firm))
    yield Place("customers-blank", "lin", at("customers:blank"))


def machines() -> Iterator[Place]:
    car = first(Asset.objects.filter(kind="vehicle", customer__station__code="suzhou-east"), "a vehicle").code
    machine = first(Asset.objects.filter(kind="machine").order_by("-pk"), "a machine").code
    yield Place("assets-list", "lin", at("assets:list"))
    yield Place("assets-detail", "lin", at("assets:detail", car))
    yield Place("assets-detail-machine", "he", at("assets:detail", machine))
    yield Place("assets-timeline", "lin", at("assets:timeline", car))
    yield Place("assets-create", "lin", at("assets:create"))
    yield Place("assets-create-vehicle", "lin", at("assets:create") + "?kind=vehicle")
    yield Place("assets-edit", "lin", at("assets:edit", car))
    yield Place("assets-edit-machine", "he", at("assets:edit", machine))
    yield Place("assets-meter", "lin", at("assets:meter", car))
    yield Place("assets-sheet", "he", at("assets:sheet", machine))
    yield Place("assets-blank", "lin", at("assets:blank"))


def requests() -> Iterator[Place]:
    east = Case.objects.filter(station__code="suzhou-east").order_by("-pk")
    fresh = first(east.filter(state="accepted", assignee=None), "a fresh request")
    waiting = first(Case.objects.filter(state="waiting").order_by("-pk"), "a waiting request").number
    closed = first(Case.objects.filter(state="closed").order_by("-pk"), "a closed request").number
    yield Place("cases-list", "lin", at("cases:list"))
    yield Place("cases-list-all", "he", at("cases:list") + "?view=all")
    yield Place("cases-list-nothing", "lin", at("cases:list") + "?view=all&q=zzzz")
    yield Place("cases-create", "lin", at("cases:create"))
    yield Place("cases-create-found", "lin", f"{at('cases:create')}?asset={fresh.asset.code}")
    yield Place("cases-detail", "lin", at("cases:detail", fresh.number))
    yield Place("cases-detail-waiting", "he", at("cases:detail", waiting))
    yield Place("cases-detail-closed", "he", at("cases:detail", closed))
    yield Place("cases-step-reply", "lin", at("cases:detail", fresh.number), click=".cl-acts a[data-sheet]")
    for action in ("assign", "wait", "solve", "cancel"):
        yield Place(f"cases-step-{action}", "lin", at("cases:step", fresh.number, action))
    yield Place("cases-promise", "lin", at("cases:promise", fresh.number))
    yield Place("cases-print", "lin", at("cases:print", fresh.number))
    yield Place("cases-blank", "lin", at("cases:blank"))
    yield Place("cases-report", "he", at("cases:report"))


def number_in(state: str, *, station: str = "suzhou-east") -> str:
    rows = WorkOrder.objects.filter(state=state, station__code=station).order_by("-pk")
    return str(first(rows, f"an order in {state}").number)


# state → who works on it → the pages of its steps: route and action
STEPS: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    ("booked", "lin", (("receive", ""), ("step", "move"), ("step", "cancel"))),
    ("received", "shao", (("add-item", ""), ("step", "estimate"), ("promise", ""), ("step", "take_back"))),
    ("awaiting_consent", "shao", (("consent", ""), ("step", "refuse"))),
    ("to_assign", "meng", (("step", "assign"),)),
    ("in_repair", "wei", (("step", "find"), ("step", "finish"), ("step", "wait_part"), ("reading", ""),
                          ("advise", ""), ("log-time", ""))),
    ("awaiting_added", "shao", (("consent", ""), ("step", "go_on"))),
    ("waiting_part", "han", (("step", "resume"),)),
    ("to_inspect", "meng", (("inspect", ""),)),
    ("rework", "wei", (("step", "start_rework"),)),
    ("to_settle", "shao", (("settle", ""), ("stop", ""))),
    ("ready", "shao", (("deliver", ""), ("step", "pay"))),
    ("archived", "he", (("papers", ""),)),
)  # fmt: skip


def orders() -> Iterator[Place]:
    yield Place("workorders-list", "shao", at("workorders:list"))
    yield Place("workorders-list-open", "shao", at("workorders:list") + "?open=1")
    yield Place("workorders-board", "meng", at("workorders:board"))
    yield Place("workorders-create", "shao", at("workorders:create"))
    car = first(Asset.objects.filter(kind="vehicle", customer__station__code="suzhou-east"), "a vehicle").code
    yield Place("workorders-create-found", "shao", f"{at('workorders:create')}?asset={car}")
    yield Place("workorders-book", "lin", at("workorders:book"))
    yield Place("workorders-book-found", "lin", f"{at('workorders:book')}?asset={car}")
    for state, user, steps in STEPS:
        number = number_in(state)
        yield Place(f"workorders-detail-{state.replace('_', '-')}", user, at("workorders:detail", number))
        for route, action in steps:
            name = f"workorders-{(action or route).replace('_', '-')}"
            path = at(f"workorders:{route}", number, *([action] if action else []))
            yield Place(name if route != "consent" else f"{name}-{state.replace('_', '-')}", user, path)
    yield Place(
        "workorders-sheet", "shao", at("workorders:detail", number_in("received")), click="a[data-sheet][href*=items]"
    )
    yield Place("workorders-steps", "he", at("workorders:steps"))


def papers() -> Iterator[Place]:
    done = number_in("archived")
    for paper in ("contract", "settlement", "delivery"):
        yield Place(f"workorders-paper-{paper}", "he", at("workorders:paper", done, paper))


def bills() -> Iterator[Place]:
    paid = first(Bill.objects.filter(state="paid").order_by("-pk"), "a paid bill").number
    yield Place("billing-list", "he", at("billing:list"))
    yield Place("billing-detail", "he", at("billing:detail", paid))


def follow_up() -> Iterator[Place]:
    done = first(FollowUpTask.objects.filter(state__startswith="done_").order_by("-pk"), "a finished call").number
    answer = first(Answer.objects.exclude(locked_at=None).order_by("-pk"), "a locked answer").task.number
    version = first(QuestionnaireVersion.objects.order_by("-pk"), "a questionnaire")
    code = version.questionnaire.code
    yield Place("feedback-desk", "ye", at("feedback:desk"))
    yield Place("feedback-queue", "ye", at("feedback:queue"))
    yield Place("feedback-task", "song", at("feedback:task", done))
    yield Place("feedback-answers", "song", at("feedback:answers"))
    yield Place("feedback-answer", "song", at("feedback:answer", answer))
    yield Place("feedback-deviations", "song", at("feedback:deviations"))
    yield Place("feedback-questionnaires", "song", at("feedback:questionnaires"))
    yield Place("feedback-version", "song", at("feedback:version", code, version.version))
    yield Place("feedback-history", "song", at("feedback:history", code))
    yield Place("feedback-goal", "song", at("feedback:goal", code))
    talk = FollowUpTask.objects.filter(state__in=("due", "rescheduled")).order_by("pk").first()
    if talk is not None:
        yield Place("feedback-call", "ye", f"{at('feedback:desk')}?task={talk.number}", click=".cl-acts .btn-primary")


def complaints() -> Iterator[Place]:
    fresh = first(Complaint.objects.filter(state="registered").order_by("-pk"), "a fresh complaint").number
    looked = first(Complaint.objects.filter(state="investigating").order_by("-pk"), "a complaint at work").number
    closed = first(Complaint.objects.filter(state="closed").order_by("-pk"), "a closed complaint").number
    task = first(ComplaintTask.objects.order_by("-pk"), "a task of a complaint").pk
    yield Place("complaints-list", "cheng", at("complaints:list"))
    yield Place("complaints-list-all", "luo", at("complaints:list") + "?view=all")
    yield Place("complaints-create", "lin", at("complaints:create"))
    yield Place("complaints-detail", "cheng", at("complaints:detail", looked))
    yield Place("complaints-detail-fresh", "cheng", at("complaints:detail", fresh))
    yield Place("complaints-detail-closed", "he", at("complaints:detail", closed))
    for action in ("acknowledge", "assess"):
        yield Place(f"complaints-step-{action}", "cheng", at("complaints:step", fresh, action))
    for action in ("decide", "give_task"):
        yield Place(f"complaints-step-{action.replace('_', '-')}", "cheng", at("complaints:step", looked, action))
    yield Place("complaints-task", "luo", at("complaints:task", task))


def reports() -> Iterator[Place]:
    standard = first(ServiceStandard.objects.order_by("pk"), "a standard")
    yield Place("insight-satisfaction", "gu", at("insight:satisfaction"))
    yield Place("entitlements-standards", "he", at("entitlements:standards"))
    yield Place("entitlements-detail", "luo", at("entitlements:detail", standard.code))
    yield Place("entitlements-create", "admin", at("entitlements:create"))


def company() -> Iterator[Place]:
    department = first(Department.objects.order_by("pk"), "a department").pk
    person = first(Person.objects.filter(user__username="zhou"), "a person").pk
    yield Place("staff-people", "admin", at("staff:people"))
    yield Place("staff-person", "admin", at("staff:person", person))
    yield Place("staff-person-edit", "admin", at("staff:person-edit", person))
    yield Place("staff-person-add", "admin", at("staff:person-add"))
    yield Place("staff-departments", "admin", at("staff:departments"))
    yield Place("staff-department-edit", "admin", at("staff:department-edit", department))
    yield Place("staff-station-edit", "admin", at("staff:station-edit", first(Station.objects.all(), "a station").code))
    yield Place(
        "staff-calendar-edit", "admin", at("staff:calendar-edit", first(WorkCalendar.objects.all(), "hours").pk)
    )


def visitors() -> Iterator[Place]:
    """Signing in, refusals, and the pages that customers open on the phone."""
    yield Place("account-login", "", "/accounts/login/")
    yield Place("account-password-reset", "", "/accounts/password/reset/")
    yield Place("error-403", "zhou", at("web:audit"), status=403)
    yield Place("error-404", "lin", at("customers:detail", "KH-999999"), status=404)
    yield Place("portal-gone", "", at("portal:order", "no-such-link"), status=404)
    yield Place("portal-order", "", consent_page("awaiting_added"))
    yield Place("portal-order-estimate", "", consent_page("awaiting_consent"))
    yield from survey()
    for name in ("styleguide", "styleguide-print", "styleguide-public"):
        yield Place(f"web-{name}", "" if name != "styleguide" else "admin", at(f"web:{name}"))


def consent_page(state: str) -> str:
    order = WorkOrder.objects.get(number=number_in(state))
    actor = actor_for(User.objects.get(username="shao"))
    return at("portal:order", workorders.create_link(order.pk, actor=actor, at=timezone.now()))


def survey() -> Iterator[Place]:
    """The page behind a survey link: of a task that has one, else of a due one that gets it now."""
    task = FollowUpTask.objects.filter(state="link_sent", link_expires_at__gt=timezone.now()).first()
    if task is None:
        due = first(FollowUpTask.objects.filter(state__in=("due", "rescheduled")).order_by("-pk"), "a call that is due")
        task = feedback.send_link(due.pk, actor=actor_for(User.objects.get(username="song")), at=timezone.now())
    yield Place("feedback-survey", "", at("feedback_public:form", token_of(task)))


Part = Callable[[], Iterator[Place]]
