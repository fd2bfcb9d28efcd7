"""Reads of departments, stations, calendars and persons."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, Q, QuerySet

from careloop.core.actor import Actor
from careloop.core.address import number_of
from careloop.core.prepared import Prepared
from careloop.staff.models import Department, Person, PersonQuerySet, Station, StationQuerySet, WorkCalendar


def stations_of(actor: Actor) -> StationQuerySet:
    """Active stations that the actor sees, the oldest first."""
    return Station.objects.visible_to(actor).filter(is_active=True).select_related("calendar").order_by("pk")


def all_stations() -> QuerySet[Station]:
    return (
        Station.objects.select_related("calendar")
        .annotate(people_count=Count("people", filter=Q(people__left_on=None)))
        .order_by("-is_active", "name")
    )


_station_by_code = Prepared(lambda code: Station.objects.select_related("calendar").filter(code=code)[:1])


def station_by_code(code: str) -> Station | None:
    return _station_by_code.first(code=code)


def calendars() -> QuerySet[WorkCalendar]:
    return WorkCalendar.objects.order_by("name")


def persons(actor: Actor) -> PersonQuerySet:
    return Person.objects.visible_to(actor)


def colleagues(actor: Actor, station_ids: Iterable[int] | None = None) -> PersonQuerySet:
    """Persons who work here now, by name; of the given stations when there are any."""
    rows = persons(actor).filter(left_on=None)
    if station_ids is not None:
        rows = rows.filter(stations__in=list(station_ids)).distinct()
    return rows.order_by("name")


def person_list(actor: Actor, filters: dict[str, str]) -> QuerySet[Person]:
    """With account, roles, department and stations; a fixed number of queries."""
    rows = persons(actor).select_related("department", "user").prefetch_related("stations", "user__roles")
    rows = rows.exclude(left_on=None) if filters.get("left") else rows.filter(left_on=None)
    if filters.get("q"):
        rows = rows.filter(Q(name__icontains=filters["q"]) | Q(title__icontains=filters["q"]))
    if filters.get("station"):
        rows = rows.filter(stations__code=filters["station"])
    if filters.get("role"):
        rows = rows.filter(user__roles__code=filters["role"])
    if (department := number_of(filters.get("department", ""))) is not None:
        rows = rows.filter(department=department)
    return rows


def person_by_id(actor: Actor, pk: int) -> Person | None:
    rows = persons(actor).select_related("department", "user").prefetch_related("stations", "user__roles")
    return rows.filter(pk=pk).first()


def is_of_kind(person_id: int | None, kinds: Iterable[str]) -> bool:
    """Whether this person's department is of one of these kinds."""
    return person_id is not None and Person.objects.filter(pk=person_id, department__kind__in=list(kinds)).exists()


def departments() -> list[Department]:
    return list(Department.objects.select_related("head").order_by("name", "pk"))


@dataclass(slots=True)
class Node:
    """A department in the tree; `depth` 0 stands at the top."""

    department: Department
    depth: int
    people: int
    path: str
    children: list["Node"] = field(default_factory=list)


def tree() -> list[Node]:
    """All departments from the top down, depth first. Two queries."""
    rows = departments()
    people = dict(Person.objects.filter(left_on=None).values_list("department").annotate(n=Count("pk")).order_by())
    below: dict[int | None, list[Department]] = {}
    for row in rows:
        below.setdefault(row.parent_id, []).append(row)
    found: list[Node] = []

    def walk(parent: int | None, depth: int, path: str) -> list[Node]:
        nodes = []
        for row in below.get(parent, []):
            own_path = f"{path} / {row.name}" if path else row.name
            node = Node(row, depth, people.get(row.pk, 0), own_path)
            found.append(node)
            node.children = walk(row.pk, depth + 1, own_path)
            nodes.append(node)
        return nodes

    walk(None, 0, "")
    return found


def tree_without(top_id: int | None) -> list[Node]:
    """The tree without a department and what stands below it: where that department may stand. Two queries."""
    nodes = tree()
    left_out = next((_all_of(node) for node in nodes if node.department.pk == top_id), set())
    return [node for node in nodes if node.department.pk not in left_out]


def _all_of(node: Node) -> set[int]:
    return {node.department.pk}.union(*(_all_of(child) for child in node.children))


def is_below(department_id: int, top_id: int) -> bool:
    """Whether `department_id` is `top_id` itself or stands below it."""
    parents = dict(Department.objects.values_list("pk", "parent"))
    here: int | None = department_id
    for _step in range(len(parents) + 1):
        if here == top_id:
            return True
        if here is None:
            return False
        here = parents.get(here)
    return False


BUSINESS = frozenset({"marketing", "sales", "after_sales", "service", "workshop", "parts"})


def kinds_above(department: Department) -> set[str]:
    """Kinds of all departments above this one."""
    rows = {row.pk: row for row in Department.objects.all()}
    found: set[str] = set()
    here = department.parent_id
    while here is not None and here in rows and len(found) <= len(rows):
        found.add(rows[here].kind)
        here = rows[here].parent_id
    return found


def independence_warning_of(department: Department) -> bool:
    """The follow-up unit judges the service; below a business unit its figures are not independent (R1, R13)."""
    return department.kind == Department.Kind.FOLLOW_UP and bool(kinds_above(department) & BUSINESS)
