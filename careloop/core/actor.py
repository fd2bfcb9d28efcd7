"""Who acts: a plain value that every service, query and event takes."""

from dataclasses import dataclass, field
from typing import Literal

from careloop.core import rights

Entrance = Literal["page", "api", "link", "import", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, a customer behind a link, or the program itself, with what it may do.

    `stations` is None when all stations are open to the actor. `entrance` tells how he came in;
    rights never depend on it, the audit trail shows it.
    """

    user_id: int | None
    person_id: int | None
    name: str
    permissions: frozenset[str] = frozenset()
    stations: frozenset[int] | None = frozenset()
    roles: tuple[str, ...] = ()
    entrance: Entrance = "page"
    department_ids: frozenset[int] = field(default_factory=frozenset)
    is_system: bool = False

    @classmethod
    def system(cls, name: str = "CareLoop", *, entrance: Entrance = "system") -> "Actor":
        """The program: sweeps, handlers, imports. It may do everything and is named in the audit trail."""
        return cls(None, None, name, stations=None, entrance=entrance, is_system=True)

    @classmethod
    def nobody(cls) -> "Actor":
        return cls(None, None, "")

    def may(self, permission: str) -> bool:
        return self.is_system or not permission or permission in self.permissions

    def require(self, permission: str) -> None:
        if not self.may(permission):
            raise rights.refused(permission)

    def sees_station(self, station_id: int | None) -> bool:
        return self.stations is None or (station_id is not None and station_id in self.stations)
