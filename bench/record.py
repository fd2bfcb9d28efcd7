"""The SQL of each call as the program sends it, for the limit to send again without the program."""

import os
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "careloop.settings")


def main(target: Path, token: str, calls: dict[str, tuple[str, str, str]]) -> None:
    """Write `{name: [(sql, params, first row of a RETURNING)]}` and the number of the case that was created."""
    import django

    django.setup()
    from django.db import connection
    from django.test import RequestFactory

    from careloop.api.lane import answer

    factory = RequestFactory(HTTP_AUTHORIZATION=f"Bearer {token}", HTTP_HOST="127.0.0.1")
    statements: list[Any] = []

    def keep(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        cursor = context["cursor"].cursor
        returned = None
        if "RETURNING" in sql.upper():
            returned = cursor.fetchone()
            cursor.scroll(0, mode="absolute")
        statements.append((sql, plain(params), returned))
        return result

    found: dict[str, Any] = {}
    for name, (method, path, body) in calls.items():
        for _ in range(2):  # the second time without what is looked up once a process
            statements.clear()
            request = factory.generic(method, path, body.replace("@N@", "0"), content_type="application/json")
            with connection.execute_wrapper(keep):
                response = answer(request)
            if response.status_code >= 300:
                sys.exit(f"{method} {path}: {response.status_code} {response.content[:500]!r}")
        found[name] = list(statements)
        if method == "POST":
            import json

            found["number"] = json.loads(response.content)["number"]
    target.write_bytes(pickle.dumps(found))


def plain(params: Any) -> tuple[Any, ...]:
    """Parameters without Django's wrappers and classes: the limit knows no Django."""
    return tuple(
        ("json", base(value.obj)) if hasattr(value, "obj") else ("value", base(value)) for value in params or ()
    )


def base(value: Any) -> Any:
    if isinstance(value, str):
        return value + ""  # choices and safe strings become plain
    if isinstance(value, dict):
        return {base(key): base(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [base(one) for one in value]
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else value


if __name__ == "__main__":
    import json

    main(Path(sys.argv[1]), sys.argv[2], {k: tuple(v) for k, v in json.loads(sys.argv[3]).items()})
