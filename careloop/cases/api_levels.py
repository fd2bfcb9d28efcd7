"""`/api/v1/escalation-levels`: who is asked after whom, and how long each has to react (R83)."""

from typing import Any

from ninja import Router

from careloop.cases import escalations, services
from careloop.cases.models import SupportLevel
from careloop.core import rest
from careloop.core.http import Request

router = Router(tags=["cases"])


class LevelIn(rest.Input):
    name: str
    name_en: str = ""
    minutes: int
    department_id: int | None = None


class LevelOut(LevelIn):
    number: int


def shown(row: SupportLevel) -> dict[str, Any]:
    names = ("number", "name", "name_en", "minutes", "department_id")
    return {name: getattr(row, name) for name in names}


@router.get("", response=list[LevelOut], operation_id="level_list", summary="Escalation levels")
def level_list(request: Request) -> Any:
    request.actor.require("cases.view_case")
    return [shown(row) for row in escalations.levels()]


@router.put("/{number}", response=LevelOut, operation_id="level_save", summary="Change a level, or add the next one")
def level_save(request: Request, number: int, payload: LevelIn) -> Any:
    """`minutes` of working time to react. Deadlines that run already stay as they are."""
    return shown(services.save_level(number, actor=request.actor, at=request.now, **payload.model_dump()))
