"""The shape of a row of the URL × permission table. Each app lists its rows in `tests/<app>/permissions.py`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Without = Literal[403, 404]


@dataclass(frozen=True)
class Row:
    """One route.

    name: URL name with namespace, `cases:detail`.
    permission: what opens it; "" = every signed-in person.
    kwargs: arguments of the URL, or a function that makes the record they name (it may use the database).
    method: `get` or `post`; a post is sent empty, so 200, 204, 302, 409 and 422 all mean "let in".
    without: what a signed-in person without the right gets (404: the record does not exist for him).
    also: further rights the route needs; instead: other rights that open it as well.
    public: a customer's page; no sign-in, a wrong token gives 404.
    """

    name: str
    permission: str = ""
    kwargs: Mapping[str, Any] | Callable[[], Mapping[str, Any]] = field(default_factory=dict)
    method: Literal["get", "post"] = "get"
    without: Without = 403
    public: bool = False
    also: frozenset[str] = frozenset()
    instead: frozenset[str] = frozenset()

    def arguments(self) -> Mapping[str, Any]:
        return self.kwargs() if callable(self.kwargs) else self.kwargs
