"""What the import engine needs to take over requests: fields, and what becomes of a row."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _l

from careloop.cases import queries, services
from careloop.cases.services import BulkEvent, TakenOver
from careloop.cases.states import Channel, Kind, Result, Urgency
from careloop.core.actor import Actor
from careloop.core.importing import Done, Field, Incoming, Rejected

Answer = Done | Rejected


def words(enum: Any, more: dict[str, tuple[str, ...]] | None = None) -> dict[str, tuple[str, ...]]:
    """Our values with the words under which files know them."""
    return {str(member): (more or {}).get(str(member), ()) for member in enum}


STATES = {
    "accepted": ("已受理", "受理", "open", "new"), "waiting": ("待补充", "等待", "pending"), "remote": ("远程诊断",),
    "solved": ("已解决", "resolved"), "closed": ("已关闭", "关闭", "done"), "cancelled": ("已取消", "canceled"),
}  # fmt: skip
CHANNELS = {
    "phone": ("电话", "telephone"), "sms": ("短信",), "email": ("邮件", "e-mail", "电子邮件"),
    "chat": ("网络聊天", "微信"),
    "letter": ("信函", "来信"), "face": ("当面", "上门", "walk-in"),
}  # fmt: skip
KINDS = {
    "fault": ("报修", "故障", "incident"), "question": ("咨询",), "installation": ("安装",), "commissioning": ("调试",),
    "maintenance": ("保养", "维护"),
    "training": ("培训",), "parts": ("备件",), "complaint": ("投诉",), "return": ("退货",),
    "document": ("资料",), "deviation": ("偏差",),
}  # fmt: skip


class CaseImporter:
    """Requests from a list, or from an event log with its whole history."""

    kind = "cases"
    label = _l("Service requests")
    permission = "cases.create_case"
    key = ("number",)
    fields: ClassVar[tuple[Field, ...]] = (
        Field("number", _l("number"), longest=24, aliases=("登记号", "编号", "case", "ticket")),
        Field("station", _l("station"), aliases=("站点", "服务站")),
        Field("customer", _l("customer"), longest=120, aliases=("客户", "客户名称", "caller")),
        Field("contact", _l("contact"), longest=60, aliases=("联系人",)),
        Field("asset", _l("machine or vehicle"), longest=60, aliases=("设备", "出厂编号", "车牌号", "serial", "plate")),
        Field("title", _l("subject line"), longest=200, aliases=("主题", "标题", "summary")),
        Field("verbatim", _l("customer's words"), longest=20_000, aliases=("客户原话", "描述", "description")),
        Field("symptom", _l("symptom"), longest=80, aliases=("故障现象",)),
        Field("place", _l("place"), longest=200, aliases=("地点", "安装地点", "location")),
        Field("channel", _l("channel"), kind="choice", choices=words(Channel, CHANNELS), aliases=("渠道", "来源")),
        Field("kind", _l("kind of request"), kind="choice", choices=words(Kind, KINDS), aliases=("服务类别", "类别")),
        Field("urgency", _l("urgency"), kind="choice", aliases=("紧急度",), choices=words(
            Urgency, {"stopped": ("停产", "停机"), "reduced": ("降产",), "none": ("不影响",)})),
        Field("priority", _l("priority"), kind="whole", aliases=("优先级",)),
        Field("state", _l("state"), kind="choice", aliases=("状态", "status"), choices={
            state: STATES[state] for state in STATES}),
        Field("received_at", _l("received at"), kind="moment", is_required=True,
              aliases=("受理时间", "登记时间", "opened at", "created at")),
        Field("responded_at", _l("first human response at"), kind="moment", aliases=("首次响应时间",)),
        Field("resolved_at", _l("resolved at"), kind="moment", aliases=("解决时间",)),
        Field("closed_at", _l("closing time"), kind="moment", aliases=("关闭时间", "closed at")),
        Field("is_sla_kept", _l("standard kept"), kind="yes_no", aliases=("是否达标", "made sla")),
        Field("reopen_count", _l("times opened again"), kind="whole", aliases=("重开次数",)),
        Field("handover_count", _l("hand-overs"), kind="whole", aliases=("转手次数",)),
        Field("cause_code", _l("cause"), longest=40, aliases=("故障原因", "原因")),
        Field("result", _l("result"), kind="choice", aliases=("处理结果",), choices=words(
            Result, {"repaired": ("已修复",), "answered": ("已答复",), "not_repaired": ("未修复",)})),
        Field("resolution", _l("what was done"), longest=20_000, aliases=("处理内容", "解决方案")),
        Field("assignee_text", _l("assigned to"), longest=80, aliases=("负责人", "处理人")),
        Field("received_by_text", _l("received by"), longest=80, aliases=("受理人",)),
    )  # fmt: skip

    def load(self, rows: Sequence[Incoming], *, actor: Actor, at: dt.datetime, source: str) -> Sequence[Answer]:
        """New ones in one go; known ones singly. A bad row is found by the engine, which then tries row by row."""
        numbers = [str(row.values.get("number") or "") for row in rows]
        known = queries.ids_by_source(
            [row.source_key for row in rows if row.object_id is None], [number for number in numbers if number]
        )
        new = [row for row in rows if row.object_id is None and self._twin(row, known) is None]
        made = dict(
            zip(
                (row.key for row in new),
                services.take_over([taken_over(row) for row in new], actor=actor, at=at) if new else [],
                strict=True,
            )
        )
        answers: list[Answer] = []
        for row in rows:
            if row.key in made:
                answers.append(Done("created", made[row.key]))
            elif row.object_id is None:
                answers.append(Done("unchanged", known[str(self._twin(row, known))]))
            else:
                is_new = services.take_over_again(row.object_id, taken_over(row), actor=actor, at=at)
                answers.append(Done("updated" if is_new else "unchanged", row.object_id))
        return answers

    def _twin(self, row: Incoming, known: dict[str, int]) -> str | None:
        """The key under which the same request is here already: from another run, or registered here."""
        number = str(row.values.get("number") or "")
        return next((key for key in (row.source_key, number) if key in known), None)


def taken_over(row: Incoming) -> TakenOver:
    values = dict(row.values)
    names = {
        str(_l("Assigned to")): str(values.pop("assignee_text", "") or ""),
        str(_l("Received by")): str(values.pop("received_by_text", "") or ""),
    }
    facts = [
        BulkEvent(
            "case.history",
            event.at,
            actor_name=event.person,
            text=event.text,
            data={
                "activity": event.activity,
                "person": event.person,
                "facts": dict(event.facts),
                "changes": [dict(change) for change in event.changes],
            },
        )
        for event in row.events
    ]
    return TakenOver(row.source_key, values, facts, names)
