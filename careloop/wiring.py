"""Who reacts to what: event kind → handlers, delivered by the worker, each exactly once."""

HANDLERS: dict[str, tuple[str, ...]] = {
    "workorder.deliver": ("careloop.feedback.handlers.on_delivered",),
    "workorder.undo_delivery": ("careloop.feedback.handlers.on_delivery_undone",),
    "case.close": ("careloop.feedback.handlers.on_case_closed",),
}
