from typing import Any

from tests.permission_rows import Row

VIEW = frozenset({"workorders.view_workorder"})
ORDERS: dict[str, Any] = {}


def at(state: str, **more: Any) -> Any:
    """Arguments of an order in this state, made for the row."""

    def made() -> dict[str, Any]:
        from tests.workorders.factories import make_shop

        shop = make_shop()
        order = shop.book() if state == "booked" else shop.brought_to(state)
        found = {"number": order.number, **more}
        if "pk" in found:
            found["pk"] = order.lines.first().pk
        return found

    return made


def step(name: str, permission: str, state: str, method: str = "get") -> Row:
    return Row("workorders:step", permission, at(state, action=name), method, also=VIEW)


PERMISSIONS = [
    Row("workorders:list", "workorders.view_workorder"),
    Row("workorders:board", "workorders.view_workorder"),
    Row("workorders:export", "workorders.export_workorder", also=VIEW),
    Row("workorders:export-xlsx", "workorders.export_workorder", also=VIEW),
    Row("workorders:steps", "insight.view_reports", also=VIEW),
    Row("workorders:create", "workorders.receive"),
    Row("workorders:book", "workorders.book"),
    Row("workorders:slots", "workorders.book", kwargs={}, without=403, also=frozenset()),
    Row("workorders:customer-panel", "workorders.view_workorder", {"code": "KH-1"}),
    Row("workorders:asset-panel", "workorders.view_workorder", {"code": "SB-1"}),
    Row("workorders:detail", "workorders.view_workorder", at("received"), without=404),
    Row("workorders:receive", "workorders.receive", at("booked"), also=VIEW),
    Row("workorders:receive", "workorders.receive", at("booked"), "post", also=VIEW),
    Row("workorders:come-back", "workorders.receive", at("delivered"), also=VIEW),
    Row("workorders:consent", "workorders.consent", at("awaiting_consent"), also=VIEW),
    Row("workorders:consent", "workorders.consent", at("awaiting_consent"), "post", also=VIEW),
    Row("workorders:inspect", "workorders.inspect", at("to_inspect"), also=VIEW),
    Row("workorders:inspect", "workorders.inspect", at("to_inspect"), "post", also=VIEW),
    Row("workorders:settle", "workorders.settle", at("to_settle"), also=VIEW),
    Row("workorders:settle", "workorders.settle", at("to_settle"), "post", also=VIEW),
    Row("workorders:deliver", "workorders.deliver", at("paid"), also=VIEW),
    Row("workorders:deliver", "workorders.deliver", at("paid"), "post", also=VIEW),
    step("move", "workorders.book", "booked"),
    step("remind", "workorders.book", "booked", "post"),
    step("cancel", "workorders.book", "booked", "post"),
    step("take_back", "workorders.receive", "received", "post"),
    step("estimate", "workorders.estimate", "received", "post"),
    step("revise", "workorders.estimate", "to_assign", "post"),
    step("refuse", "workorders.consent", "awaiting_consent", "post"),
    step("assign", "workorders.assign", "to_assign", "post"),
    step("wait_part", "workorders.supply", "to_assign", "post"),
    step("wait_part", "workorders.repair", "in_repair", "post"),
    step("reassign", "workorders.assign", "in_repair", "post"),
    step("find", "workorders.repair", "in_repair", "post"),
    step("ask_added", "workorders.estimate", "in_repair", "post"),
    step("stop", "workorders.cancel", "in_repair", "post"),
    Row("workorders:stop", "workorders.cancel", at("in_repair"), also=VIEW),
    Row("workorders:stop", "workorders.cancel", at("in_repair"), "post", also=VIEW),
    step("finish", "workorders.repair", "in_repair", "post"),
    step("pass", "workorders.inspect", "to_inspect", "post"),
    step("fail", "workorders.inspect", "to_inspect", "post"),
    step("settle", "workorders.settle", "to_settle", "post"),
    step("unsettle", "workorders.settle", "ready", "post"),
    step("pay", "workorders.settle", "ready", "post"),
    step("dispute", "billing.approve_credit", "ready", "post"),
    step("deliver", "workorders.deliver", "paid", "post"),
    step("undo_delivery", "workorders.deliver", "delivered", "post"),
    step("correct_bill", "workorders.settle", "delivered", "post"),
    step("come_back", "workorders.receive", "delivered", "post"),
    Row("workorders:add-item", "workorders.estimate", at("received"), also=VIEW),
    Row("workorders:add-item", "workorders.estimate", at("received"), "post", also=VIEW),
    Row("workorders:change-item", "workorders.estimate", at("received", pk=0), also=VIEW),
    Row("workorders:item-done", "workorders.repair", at("in_repair", pk=0), "post", also=VIEW),
    Row("workorders:log-time", "workorders.repair", at("in_repair"), also=VIEW),
    Row("workorders:promise", "workorders.estimate", at("in_repair"), also=VIEW),
    Row("workorders:verify", "customers.verify_contact", at("in_repair"), also=VIEW),
    Row("workorders:link", "workorders.book", at("received"), "post", also=VIEW),
    Row("workorders:papers", "workorders.view_workorder", at("delivered"), without=404),
    Row("workorders:paper", "workorders.view_workorder", at("delivered", paper="settlement"), without=404),
    Row("workorders:pdf", "workorders.view_workorder", at("delivered", paper="settlement"), without=404),
    Row(
        "workorders:reading", "workorders.repair", at("in_repair"), also=VIEW, instead=frozenset({"workorders.inspect"})
    ),
    Row(
        "workorders:advise",
        "workorders.repair",
        at("in_repair"),
        also=VIEW,
        instead=frozenset({"workorders.inspect", "workorders.estimate"}),
    ),
]
