"""Who reacts to what: event kind → handlers, delivered by the worker, each exactly once."""

HANDLERS: dict[str, tuple[str, ...]] = {
    "workorder.deliver": ("careloop.feedback.handlers.on_delivered",),
    "workorder.undo_delivery": ("careloop.feedback.handlers.on_delivery_undone",),
    "customer.note": ("careloop.complaints.handlers.on_note",),
    "case.complain": ("careloop.complaints.handlers.on_case",),
    **dict.fromkeys(
        (
            "complaint.rerate",
            "complaint.close_unconfirmed",
            "complaint.refuse",
            "complaint.withdraw",
            "complaint.merge",
            "complaint.reclassify",
            "complaint.settled_outside",
            "complaint.refused_outside",
        ),
        ("careloop.complaints.handlers.on_ended",),
    ),
    "case.close": ("careloop.feedback.handlers.on_case_closed",),
    "case.undo": ("careloop.feedback.handlers.on_case_undone",),
}
