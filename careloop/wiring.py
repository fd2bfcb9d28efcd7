"""Who reacts to what: event kind → handlers, delivered by the worker, each exactly once."""

HANDLERS: dict[str, tuple[str, ...]] = {}
