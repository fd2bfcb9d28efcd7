"""Every page of the demonstration company: what it is called, who looks at it, where it is.

Pictures (`make screenshots`) and the browser's checks of all pages go along this one list. A page of a record takes
the newest record that shows it, so the list fits the company after two years as well as after two months.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from django.db.models import Model, QuerySet
from django.urls import URLPattern, get_resolver, resolve, reverse
from django.utils import timezone

from careloop.accounts.models import User
from careloop.assets.models import Asset
from careloop.billing.models import Bill, Payment
from careloop.cases.escalations import token_of as token_of_request
from careloop.cases.models import Case, Promise
from careloop.complaints.models import Complaint, ComplaintTask
from careloop.customers.models import Contact, Customer
from careloop.entitlements.models import ServiceStandard
from careloop.feedback import services as feedback
from careloop.feedback.models import (
    Answer,
    AnswerItem,
    FollowUpPlan,
    FollowUpTask,
    Measure,
    QuestionnaireVersion,
    Recovery,
    RiskEntry,
)
from careloop.feedback.services.links import token_of
from careloop.staff.actors import actor_for
from careloop.staff.models import Department, Person, Station, WorkCalendar
from careloop.workorders import services as workorders
from careloop.workorders.models import OrderLine, WorkOrder


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
    for part in (today, customers, machines, requests, orders, papers, bills, parts, follow_up,
                 questions, aftermath, complaints, reports, company, visitors):  # fmt: skip
        found += part()
    return found


def one_per_route() -> list[Place]:
    """The first place of each route and step: what differs is the page, not the record on it."""
    found: dict[tuple[str, str, str], Place] = {}
    for place in every():
        path = place.path.partition("?")[0]
        found.setdefault((resolve(path).view_name, path.partition("/do/")[2], place.click), place)
    return list(found.values())


# GET routes that are no page of their own, and why. A new route is either a place or stands here.
NOT_PAGES: dict[str, tuple[str, ...]] = {
    "a file to keep, not a page to look at": (
        "assets:export", "assets:sheet-export", "cases:export", "cases:sheet-export", "customers:export",
        "customers:sheet-export", "feedback:answer-export", "files:show", "files:small", "insight:audit-pack",
        "portal:paper", "portal:photo", "workorders:export", "workorders:export-xlsx", "workorders:pdf",
    ),
    "a part that another page loads and shows": (
        "assets:of_customer", "cases:asset-panel", "cases:customer-panel", "cases:lookup", "feedback:side",
        "web:palette", "web:styleguide-step", "web:today-rail", "web:views", "workorders:asset-panel",
        "workorders:customer-panel", "workorders:slots",
    ),
    "read by programs": ("api:*", "web:counts", "web:health"),
    "behind a link that works once, or only between two steps of signing in": (
        "account_confirm_email", "account_confirm_login_code", "account_email_verification_sent", "account_inactive",
        "account_reauthenticate", "account_reset_password_done", "account_reset_password_from_key",
        "account_reset_password_from_key_done", "account_set_password",
    ),
    "closed: the administrator makes accounts and keeps their addresses": ("account_email", "account_signup"),
    "a button of the menu; the page behind it is for browsers without script": ("account_logout",),
}  # fmt: skip


def unlisted(places: Iterable[Place]) -> list[str]:
    """Pages of the product that no place shows."""
    shown = {resolve(place.path.partition("?")[0]).view_name for place in places}
    excused = {name for names in NOT_PAGES.values() for name in names}
    spaces = tuple(name[:-1] for name in excused if name.endswith("*"))
    return sorted({name for name in get_routes() if name not in shown | excused and not name.startswith(spaces)})


def get_routes(resolver: Any = None, space: str = "") -> Iterator[str]:
    """Names of all routes that answer a GET."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLPattern):
            if entry.name and "GET" in methods_of(entry.callback):
                yield f"{space}{entry.name}"
        else:
            yield from get_routes(entry, f"{space}{entry.namespace}:" if entry.namespace else space)


def methods_of(view: Any) -> tuple[str, ...]:
    """What `require_http_methods` lets through, wherever it stands among the decorators."""
    while view is not None:
        names = getattr(getattr(view, "__code__", None), "co_freevars", ())
        if "request_method_list" in names:
            return tuple(view.__closure__[names.index("request_method_list")].cell_contents)
        view = getattr(view, "__wrapped__", None)
    return ("GET", "POST")


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
    yield Place("web-saved-views", "lin", at("cases:list"), click="[popovertarget=own-views]")
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
    yield Place("customers-note", "lin", at("customers:note", firm))
    yield Place("customers-reopen", "lin", at("customers:reopen", firm))
    yield Place("customers-contact-leave", "lin", at("customers:contact-leave", firm, contact))
    yield Place("customers-channel-add", "lin", at("customers:channel-add", firm, contact))
    yield Place("customers-consent-give", "lin", at("customers:consent-give", firm, contact))
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
    yield Place("assets-quality", "lin", at("assets:quality"))
    yield Place("assets-confirm", "lin", at("assets:confirm", car))
    for action in ("stop", "change_owner", "retire"):
        yield Place(f"assets-step-{action.replace('_', '-')}", "lin", at("assets:step", car, action))
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
    given = first(Promise.objects.filter(state="open", case__station__code="suzhou-east").order_by("pk"), "a promise")
    for action in ("keep", "renew"):
        yield Place(f"cases-promise-{action}", "lin", at("cases:promise-step", given.case.number, given.pk, action))
    yield Place("cases-print", "lin", at("cases:print", fresh.number))
    yield Place("cases-blank", "lin", at("cases:blank"))
    yield Place("cases-report", "he", at("cases:report"))
    yield Place("cases-levels", "admin", at("cases:levels"))
    yield Place("cases-level-edit", "admin", at("cases:level-edit", 2))
    yield Place("cases-level-add", "admin", at("cases:level-add"))


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
    offered = number_in("awaiting_consent")
    line = first(OrderLine.objects.filter(order__number=offered).order_by("pk"), "a line").pk
    yield Place("workorders-change-item", "shao", at("workorders:change-item", offered, line))
    yield Place("workorders-come-back", "shao", at("workorders:come-back", number_in("archived")))
    yield Place("workorders-verify", "shao", at("workorders:verify", number_in("received")))


def papers() -> Iterator[Place]:
    done = number_in("archived")
    for paper in ("contract", "settlement", "delivery"):
        yield Place(f"workorders-paper-{paper}", "he", at("workorders:paper", done, paper))


def bills() -> Iterator[Place]:
    paid = first(Bill.objects.filter(state="paid").order_by("-pk"), "a paid bill").number
    yield Place("billing-list", "he", at("billing:list"))
    payment = first(Payment.objects.filter(bill__number=paid), "a payment").pk
    issued = first(Bill.objects.filter(state="issued", total_amount__gt=0).order_by("-pk"), "an open bill").number
    yield Place("billing-detail", "he", at("billing:detail", paid))
    yield Place("billing-detail-open", "he", at("billing:detail", issued))
    yield Place("billing-reverse", "he", at("billing:reverse", paid, payment))
    yield Place("billing-write-off", "he", at("billing:write-off", issued))
    yield Place("billing-settle-dispute", "he", at("billing:settle-dispute", issued))


def parts() -> Iterator[Place]:
    yield Place("inventory-list", "yu", at("inventory:list"))
    yield Place("inventory-list-nothing", "yu", at("inventory:list") + "?q=zzzz")
    yield Place("inventory-count", "yu", at("inventory:count"))


def follow_up() -> Iterator[Place]:
    done = first(FollowUpTask.objects.filter(state__startswith="done_").order_by("-pk"), "a finished call").number
    answer = first(Answer.objects.exclude(locked_at=None).order_by("-pk"), "a locked answer").task.number
    poor = first(
        AnswerItem.objects.filter(is_deviation=True, answer__task__isnull=False).order_by("-pk"), "a low rating"
    )
    yield Place("feedback-desk", "ye", at("feedback:desk"))
    yield Place("feedback-queue", "ye", at("feedback:queue"))
    yield Place("feedback-task", "song", at("feedback:task", done))
    yield Place("feedback-answers", "song", at("feedback:answers"))
    yield Place("feedback-answer", "song", at("feedback:answer", answer))
    yield Place("feedback-deviations", "song", at("feedback:deviations"))
    yield Place("feedback-addendum", "song", at("feedback:addendum", answer))
    yield Place("feedback-attribute", "song", at("feedback:attribute", poor.answer.task.number, poor.pk))
    talk = FollowUpTask.objects.filter(state__in=("due", "rescheduled")).order_by("pk").first()
    if talk is not None:
        for action in ("miss", "reschedule", "refuse", "waive", "change_method"):
            user = "song" if action == "waive" else "ye"
            yield Place(f"feedback-step-{action.replace('_', '-')}", user, at("feedback:step", talk.number, action))
        yield Place("feedback-call", "ye", f"{at('feedback:desk')}?task={talk.number}", click=".cl-acts .btn-primary")


def questions() -> Iterator[Place]:
    """Questionnaires with their versions, goals and earlier results."""
    version = first(QuestionnaireVersion.objects.filter(state="published").order_by("-pk"), "a questionnaire")
    draft = first(QuestionnaireVersion.objects.filter(state="draft").order_by("-pk"), "a draft of a questionnaire")
    code = version.questionnaire.code
    drafted = (draft.questionnaire.code, draft.version)
    yield Place("feedback-questionnaires", "song", at("feedback:questionnaires"))
    yield Place("feedback-version", "song", at("feedback:version", code, version.version))
    yield Place("feedback-version-draft", "song", at("feedback:version", *drafted))
    yield Place("feedback-version-new", "song", at("feedback:version-new", code))
    yield Place("feedback-version-edit", "song", at("feedback:version-edit", *drafted))
    yield Place("feedback-version-publish", "song", at("feedback:version-step", *drafted, "publish"))
    yield Place("feedback-history", "song", at("feedback:history", code))
    yield Place("feedback-goal", "song", at("feedback:goal", code))


def aftermath() -> Iterator[Place]:
    """Plans and measures, recovery of disappointed customers, customers at risk."""
    draft = first(FollowUpPlan.objects.filter(state="draft").order_by("-pk"), "a plan as a draft").pk
    sent = first(FollowUpPlan.objects.filter(state="submitted").order_by("-pk"), "a plan to be approved").pk
    issued = first(Measure.objects.filter(state="issued").order_by("-pk"), "a measure to be approved").pk
    turned = first(Recovery.objects.filter(state="open").order_by("-pk"), "a customer to be recovered").pk
    acted = first(Recovery.objects.filter(state="acted").order_by("-pk"), "a customer to be asked again").pk
    risk = first(RiskEntry.objects.filter(released_at=None).order_by("-pk"), "a customer at risk").pk
    yield Place("feedback-plans", "song", at("feedback:plans"))
    yield Place("feedback-plan", "song", at("feedback:plan", draft))
    yield Place("feedback-plan-submitted", "gu", at("feedback:plan", sent))
    yield Place("feedback-plan-new", "song", at("feedback:plan-new"))
    yield Place("feedback-plan-edit", "song", at("feedback:plan-edit", draft))
    yield Place("feedback-plan-submit", "song", at("feedback:plan-step", draft, "submit"))
    yield Place("feedback-measure-new", "song", at("feedback:measure-new"))
    yield Place("feedback-measure-reject", "gu", at("feedback:measure-step", issued, "reject"))
    yield Place("feedback-recoveries", "song", at("feedback:recoveries"))
    yield Place("feedback-recovery-act", "song", at("feedback:recovery-step", turned, "act"))
    yield Place("feedback-recovery-ask-again", "ye", at("feedback:recovery-step", acted, "ask_again"))
    yield Place("feedback-risks", "song", at("feedback:risks"))
    yield Place("feedback-risk-release", "gu", at("feedback:risk-release", risk))
    yield Place("feedback-risk-outcome", "song", at("feedback:risk-outcome", risk))


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
    yield Place("insight-reasons", "gu", at("insight:reasons"))
    yield Place("entitlements-standards", "he", at("entitlements:standards"))
    yield Place("entitlements-detail", "luo", at("entitlements:detail", standard.code))
    yield Place("entitlements-create", "admin", at("entitlements:create"))
    yield Place("entitlements-guarantee", "admin", at("entitlements:guarantee"))
    yield Place("entitlements-change", "admin", at("entitlements:change", standard.code, standard.pk))
    yield Place("entitlements-withdraw", "admin", at("entitlements:step", standard.code, standard.pk, "withdraw"))


def company() -> Iterator[Place]:
    department = first(Department.objects.order_by("pk"), "a department").pk
    person = first(Person.objects.filter(user__username="zhou"), "a person").pk
    yield Place("staff-people", "admin", at("staff:people"))
    yield Place("staff-person", "admin", at("staff:person", person))
    yield Place("staff-person-edit", "admin", at("staff:person-edit", person))
    yield Place("staff-person-add", "admin", at("staff:person-add"))
    yield Place("staff-departments", "admin", at("staff:departments"))
    yield Place("staff-department-add", "admin", at("staff:department-add"))
    yield Place("staff-station-add", "admin", at("staff:station-add"))
    yield Place("staff-calendar-add", "admin", at("staff:calendar-add"))
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
    fresh = first(Case.objects.filter(state="accepted").order_by("-pk"), "a fresh request")
    yield Place("portal-request", "", at("portal:request", token_of_request(fresh.pk)))
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
