from typing import Any

from tests.factories import DepartmentFactory, PersonFactory, StationFactory, WorkCalendarFactory
from tests.permission_rows import Row


def person() -> dict[str, Any]:
    return {"pk": PersonFactory().pk}


def department() -> dict[str, Any]:
    return {"pk": DepartmentFactory().pk}


def station() -> dict[str, Any]:
    return {"code": StationFactory().code}


def calendar() -> dict[str, Any]:
    return {"pk": WorkCalendarFactory().pk}


PERMISSIONS = [
    Row("staff:people", "staff.view_person"),
    Row("staff:person", "staff.view_person", person),
    Row("staff:person-add", "staff.change_person"),
    Row("staff:person-edit", "staff.change_person", person),
    Row("staff:departments", "staff.change_department"),
    Row("staff:department-add", "staff.change_department"),
    Row("staff:department-edit", "staff.change_department", department),
    Row("staff:station-add", "staff.change_department"),
    Row("staff:station-edit", "staff.change_department", station),
    Row("staff:calendar-add", "staff.change_department"),
    Row("staff:calendar-edit", "staff.change_department", calendar),
]
