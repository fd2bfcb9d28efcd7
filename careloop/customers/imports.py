"""What the import engine needs to take over customers and their contact persons."""

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from careloop.core.actor import Actor
from careloop.core.cells import BadValue, Cell, plain
from careloop.core.errors import DomainError
from careloop.core.importing import Done, Field, Incoming, Rejected
from careloop.core.phones import to_e164
from careloop.customers import queries, rules, services
from careloop.customers.models import Contact, Customer

Answer = Done | Rejected
CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{1,19}")
TYPES = {
    "company": ("公司", "企业", "企业终端", "单位", "enterprise"), "dealer": ("经销商",), "agent": ("代理", "代理商"),
    "person": ("个人", "私人"), "government": ("政府", "政府机关", "事业单位"),
}  # fmt: skip
INDUSTRIES = {str(value): (str(label),) for value, label in Customer.Industry.choices if value}
SOURCES = {
    "unknown": ("未知",), "visit": ("拜访", "上门拜访"), "fair": ("展会",), "referral": ("介绍", "客户介绍"),
    "dealer": ("经销商",), "web": ("网络", "网站"), "advertisement": ("广告",), "walk_in": ("上门", "自来"),
    "tender": ("招标", "投标"), "other": ("其他",),
}  # fmt: skip
ROLES = {
    "user": ("使用", "操作", "操作工"), "equipment": ("设备", "设备科", "设备负责人"), "purchasing": ("采购",),
    "decider": ("决策", "老板", "总经理"), "finance": ("财务",), "other": ("其他",),
}  # fmt: skip
GRADES: dict[str, tuple[str, ...]] = {"A": (), "B": (), "C": ()}
TIERS = {"A": (), "B": (), "C": (), "D": (), "new": ("未授信", "新")}


def region(cell: Cell) -> str:
    """A code of GB/T 2260 or the name of a province or city."""
    text = plain(cell)
    code = rules.region_by_name(text)
    if not code:
        raise BadValue(
            _("“%(text)s” is no region.") % {"text": text[:40]}, _("Write province and city, or the six-digit code.")
        )
    return code


def number(cell: Cell) -> str:
    """A telephone number; a spreadsheet may have made a number of it."""
    return to_e164(plain(cell))


PERSON_FIELDS = (
    Field("contact_name", _l("contact person"), longest=60, aliases=("联系人", "联系人姓名", "姓名", "contact")),
    Field("contact_role", _l("role at the customer"), kind="choice", choices=ROLES, aliases=("角色",)),
    Field("department", _l("department"), longest=60, aliases=("部门",)),
    Field("post", _l("post"), longest=60, aliases=("职务", "职位")),
    Field(
        "phone", _l("mobile phone"), convert=number, aliases=("手机", "手机号", "电话", "联系电话", "phone", "mobile")
    ),
    Field("landline", _l("landline"), convert=number, aliases=("固话", "座机")),
    Field("email", _l("e-mail"), longest=120, aliases=("邮箱", "电子邮箱", "email")),
    Field("wechat", _l("WeChat"), longest=64, aliases=("微信", "微信号")),
)


def person_of(values: dict[str, Any], *, fallback: str = "") -> services.ContactData | None:
    """The contact person of a row, None when it names none and has no number. Taken-over numbers are not verified."""
    channels = [
        {"kind": "mobile", "value": values.get("phone")}, {"kind": "phone", "value": values.get("landline")},
        {"kind": "email", "value": values.get("email")}, {"kind": "wechat", "value": values.get("wechat")},
    ]  # fmt: skip
    given = [channel for channel in channels if channel["value"]]
    name = values.get("contact_name") or (fallback if given else "")
    if not name:
        return None
    return services.read_contact({
        "name": name[:60], "role": values.get("contact_role") or "other", "department": values.get("department") or "",
        "post": values.get("post") or "", "channels": given,
    })  # fmt: skip


class CustomerImporter:
    """Customer files with their first contact person."""

    kind = "customers"
    label = _l("Customers")
    permission = "customers.change_customer"
    key = ("code",)
    fields: ClassVar[tuple[Field, ...]] = (
        Field("code", _l("customer number"), longest=20, aliases=("客户编号", "编号", "客户代码", "customer no")),
        Field(
            "name",
            _l("customer name"),
            is_required=True,
            longest=120,
            aliases=("客户名称", "名称", "公司名称", "客户", "customer", "company"),
        ),
        Field("short_name", _l("short name"), longest=40, aliases=("简称",)),
        Field("type", _l("customer type"), kind="choice", choices=TYPES, aliases=("客户类型", "类型")),
        Field("station", _l("station"), aliases=("站点", "服务站", "站点代码")),
        Field("uscc", _l("unified social credit code"), longest=40, aliases=("统一社会信用代码", "信用代码", "税号")),
        Field("industry", _l("industry"), kind="choice", choices=INDUSTRIES, aliases=("行业",)),
        Field("size", _l("employees"), kind="whole", aliases=("人数", "规模")),
        Field("country", _l("country"), longest=2, aliases=("国家",)),
        Field("region", _l("region"), convert=region, aliases=("地区", "省市", "城市", "city")),
        Field("address", _l("address"), longest=200, aliases=("地址",)),
        Field("grade", _l("customer grade"), kind="choice", choices=GRADES, aliases=("客户等级", "等级")),
        Field("grade_reason", _l("reason of the grade"), longest=200, aliases=("分级依据",)),
        Field("source", _l("how won"), kind="choice", choices=SOURCES, aliases=("客户来源", "来源")),
        Field("service_owner", _l("service owner"), longest=60, aliases=("负责客服", "客服")),
        Field("sales_owner", _l("sales owner"), longest=60, aliases=("负责销售", "销售", "业务员")),
        Field("engineer_owner", _l("engineer"), longest=60, aliases=("负责工程师",)),
        Field("credit_tier", _l("credit tier"), kind="choice", choices=TIERS, aliases=("信用等级",)),
        Field("credit_limit", _l("credit limit"), kind="number", aliases=("授信额度",)),
        Field("payment_days", _l("payment term in days"), kind="whole", aliases=("账期",)),
        Field("preference", _l("preference"), longest=200, aliases=("偏好",)),
        Field("tendency", _l("consumption tendency"), longest=200, aliases=("倾向",)),
        Field("expectation", _l("expectation"), longest=200, aliases=("期望",)),
        Field("loss_fixed", _l("cost of failure per event"), kind="number", aliases=("每次停机损失",)),
        Field("loss_per_hour", _l("cost of failure per hour"), kind="number", aliases=("每小时停机损失",)),
        Field("created_at", _l("created at"), kind="moment", aliases=("建档日期", "建档时间", "created")),
        *PERSON_FIELDS,
    )

    OWNERS = ("service_owner", "sales_owner", "engineer_owner")
    NOT_COLUMNS = frozenset({"code", "created_at", *(field.name for field in PERSON_FIELDS)})

    def __init__(self) -> None:
        self.stations = queries.stations_by_name()
        self.people = queries.people_by_name()

    def load(self, rows: Sequence[Incoming], *, actor: Actor, at: dt.datetime, source: str) -> list[Answer]:
        known = queries.known_customers(
            codes={row.values.get("code") for row in rows},
            usccs={row.values.get("uscc") for row in rows},
            names={row.values["name"] for row in rows if not row.values.get("code")},
        )
        answers: dict[int, Answer] = {}
        fresh: list[tuple[int, services.CustomerRow]] = []
        for place, row in enumerate(rows):
            try:
                values = self._values(row)
                pk = row.object_id or known.find(
                    code=row.values.get("code"), uscc=values.get("uscc"), name=values["name"], station=values["station"]
                )
                if pk is None:
                    fresh.append((place, self._fresh(row, values)))
                else:
                    answers[place] = self._update(pk, values, actor=actor, at=at)
            except DomainError as error:
                answers[place] = rejection(error)
        for (place, _row), made in zip(
            fresh,
            services.create_many([row for _place, row in fresh], actor=actor, at=at) if fresh else (),
            strict=True,
        ):
            answers[place] = Done("created", made.pk)
        return [answers[place] for place in range(len(rows))]

    def _values(self, row: Incoming) -> dict[str, Any]:
        given = {
            name: value for name, value in row.values.items() if name not in self.NOT_COLUMNS and value is not None
        }
        given["station"] = self._station(given.get("station"))
        for name in self.OWNERS:
            if name in given:
                if given[name] not in self.people:
                    raise DomainError(_("There is no colleague called “%(name)s”.") % {"name": given[name]}, field=name)
                given[name] = self.people[given[name]]
        given.setdefault("type", "company")
        if given.get("grade") and not given.get("grade_reason"):
            given["grade_reason"] = _("taken over")
        return services.cleaned(given)

    def _station(self, text: str | None) -> int:
        if text is None and len(set(self.stations.values())) == 1:
            return next(iter(self.stations.values()))
        if text is not None and text not in self.stations:
            raise DomainError(
                _("There is no station “%(text)s”. There are: %(list)s.")
                % {"text": text[:40], "list": " · ".join(sorted(self.stations)[:10])},
                field="station",
            )
        if text is None:
            raise DomainError(
                _("Name the station by its code or name (or start the import with --station)."), field="station"
            )
        return self.stations[text]

    def _fresh(self, row: Incoming, values: dict[str, Any]) -> services.CustomerRow:
        code = row.values.get("code") or ""
        if code and not CODE.fullmatch(code):
            raise DomainError(_("A customer number has 2 to 20 letters, digits, points and dashes."), field="code")
        fallback = values["name"] if values["type"] == "person" else _("not named")
        contact = person_of(dict(row.values), fallback=fallback)
        return services.CustomerRow(
            values, (contact,) if contact else (), created_at=row.values.get("created_at"), code=code
        )

    def _update(self, pk: int, values: dict[str, Any], *, actor: Actor, at: dt.datetime) -> Answer:
        before = queries.last_change_id(pk)
        services.update_customer(pk, actor=actor, at=at, values=values, by_hand=False, confirm_duplicates=True)
        return Done("unchanged" if queries.last_change_id(pk) == before else "updated", pk)


def rejection(error: DomainError) -> Rejected:
    """Why a row is not taken, at the column at fault."""
    fields = {"value": "phone", "contact_name": "contact_name"}
    if error.details:
        name, text = next(iter(error.details.items()))
        return Rejected(fields.get(name, name), str(text))
    return Rejected(fields.get(error.field or "", error.field or ""), str(error.message))


class ContactImporter:
    """Further contact persons of customers that are on file."""

    kind = "contacts"
    label = _l("Contact persons")
    permission = "customers.change_customer"
    key = ("customer", "contact_name")
    fields: ClassVar[tuple[Field, ...]] = (
        Field(
            "customer", _l("customer"), is_required=True, longest=120, aliases=("客户", "客户编号", "客户名称", "公司")
        ),
        Field("is_primary", _l("first contact"), kind="yes_no", aliases=("首要联系人",)),
        *PERSON_FIELDS,
    )

    def load(self, rows: Sequence[Incoming], *, actor: Actor, at: dt.datetime, source: str) -> list[Answer]:
        found = queries.customers_by_reference({row.values["customer"] for row in rows})
        return [self._load(row, found.get(row.values["customer"], []), actor=actor, at=at) for row in rows]

    def _load(self, row: Incoming, customers: list[queries.Referred], *, actor: Actor, at: dt.datetime) -> Answer:
        if len(customers) != 1:
            text = row.values["customer"]
            reason = (
                _("No customer has the number or name “%(text)s”.")
                if not customers
                else _("Several customers are called “%(text)s”.")
            )
            remedy = _("Write the customer number; import customers first.")
            return Rejected("customer", reason % {"text": text}, remedy)
        data = person_of(dict(row.values))
        if data is None:
            return Rejected("contact_name", _("The row names no person."), _("Fill in the cell."))
        try:
            return self._write(row, customers[0].pk, data, actor=actor, at=at)
        except DomainError as error:
            return rejection(error)

    def _write(
        self, row: Incoming, customer: int, data: services.ContactData, *, actor: Actor, at: dt.datetime
    ) -> Answer:
        contact = queries.contact_by_name(customer, data.fields["name"]) if row.object_id is None else None
        pk = row.object_id or (contact.pk if contact else None)
        channels: list[dict[str, Any]] = [{"kind": c.kind, "value": c.value} for c in data.channels]
        if pk is None:
            made: Contact = services.add_contact(
                customer,
                actor=actor,
                at=at,
                is_primary=bool(row.values.get("is_primary")),
                confirm_duplicates=True,
                channels=channels,
                **data.fields,
            )
            return Done("created", made.pk)
        given = {name: value for name, value in data.fields.items() if value not in ("", None)}
        services.update_contact(pk, actor=actor, at=at, is_primary=row.values.get("is_primary"), **given)
        present = queries.channel_values(pk)
        for channel in channels:
            if channel["value"] not in present:
                services.add_channel(pk, actor=actor, at=at, confirm_duplicates=True, **channel)
        return Done("updated", pk)
