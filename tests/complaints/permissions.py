from typing import Any

from tests.permission_rows import Row


def number() -> dict[str, Any]:
    from tests.complaints.factories import complaint

    return {"number": complaint("等了三天没有人回电话").number}


def task() -> dict[str, Any]:
    from careloop.complaints import services
    from careloop.staff.models import Department
    from tests.complaints.factories import HOUR, brought_to
    from tests.factories import T0

    row, by = brought_to("facts")
    mine = Department.objects.create(name="钣金组", kind="workshop")
    made = services.give_task(
        row.pk, actor=by, at=T0 + 9 * HOUR, department=mine.pk, text="核实", due_at=T0 + 99 * HOUR
    )
    return {"pk": made.pk}


VIEW = "complaints.view_complaint"
HANDLE = frozenset({"complaints.handle"})
PERMISSIONS = [
    Row("complaints:list", VIEW),
    Row("complaints:create", "complaints.register_complaint"),
    Row("complaints:detail", VIEW, number),
    Row("complaints:task", "complaints.handle", task, without=404),
    Row("complaints:step", VIEW, lambda: {**number(), "action": "acknowledge"}, also=HANDLE),
    Row(
        "complaints:step",
        "complaints.handle",
        lambda: {**number(), "action": "acknowledge"},
        "post",
        also=frozenset({VIEW}),
    ),
]
