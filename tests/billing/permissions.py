from typing import Any

from tests.permission_rows import Row

VIEW = frozenset({"billing.view_bill"})


def bill(**more: Any) -> Any:
    """Arguments of a paid bill, made for the row."""

    def made() -> dict[str, Any]:
        from careloop.billing.models import Bill, Payment
        from tests.workorders.factories import make_shop

        make_shop().brought_to("paid")
        found = {"number": Bill.objects.get().number, **more}
        if "pk" in found:
            found["pk"] = Payment.objects.get().pk
        return found

    return made


PERMISSIONS = [
    Row("billing:list", "billing.view_bill"),
    Row("billing:detail", "billing.view_bill", bill(), without=404),
    Row("billing:reverse", "billing.receive_payment", bill(pk=0), also=VIEW),
    Row("billing:reverse", "billing.receive_payment", bill(pk=0), "post", also=VIEW),
    Row("billing:write-off", "billing.approve_credit", bill(), also=VIEW),
    Row("billing:write-off", "billing.approve_credit", bill(), "post", also=VIEW),
    Row("billing:settle-dispute", "billing.approve_credit", bill(), "post", also=VIEW),
]
