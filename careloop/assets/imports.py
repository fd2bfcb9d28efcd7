"""What the import engine needs to take over machines and vehicles."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from careloop.assets import queries, rules, services
from careloop.core.actor import Actor
from careloop.core.errors import DomainError
from careloop.core.importing import Done, Field, Incoming, Rejected
from careloop.customers import queries as customers

Answer = Done | Rejected
KINDS = {"machine": ("设备", "机床"), "vehicle": ("车辆", "汽车", "car")}
CLASSES = {"car": ("汽车", "轿车", "货车", "客车"), "motorcycle": ("摩托车",), "other": ("其他",)}
USAGES = {"household": ("家用", "非营运"), "commercial": ("营运", "营业")}
UNITS = {"h": ("小时", "时", "hours"), "km": ("公里", "千米", "kilometers")}


class AssetImporter:
    """Machine files and vehicle files. What the file does not tell stays unknown, the warranty above all."""

    kind = "machines"
    label = _l("Machines and vehicles")
    permission = "assets.change_asset"
    key = ("code", "serial_no", "vin", "plate")
    fields: ClassVar[tuple[Field, ...]] = (
        Field("code", _l("file number"), longest=20, aliases=("设备编号", "档案编号")),
        Field(
            "customer",
            _l("customer"),
            is_required=True,
            longest=120,
            aliases=("客户", "客户编号", "客户名称", "使用单位", "车主"),
        ),
        Field("kind", _l("kind"), kind="choice", choices=KINDS, aliases=("类别",)),
        Field("serial_no", _l("serial number"), longest=60, aliases=("出厂编号", "序列号", "机身号", "serial", "sn")),
        Field("name", _l("name"), longest=80, aliases=("设备名称", "名称")),
        Field("model", _l("model"), longest=80, aliases=("型号", "规格型号", "车型", "品牌车型")),
        Field("plate", _l("number plate"), longest=20, aliases=("车牌", "车牌号", "号牌", "plate")),
        Field("vin", _l("VIN"), longest=20, aliases=("车架号", "车辆识别代号", "VIN码")),
        Field("engine_no", _l("engine or motor number"), longest=40, aliases=("发动机号", "电机号")),
        Field("vehicle_class", _l("type of vehicle"), kind="choice", choices=CLASSES, aliases=("车辆类型",)),
        Field("usage", _l("use"), kind="choice", choices=USAGES, aliases=("使用性质", "用途性质")),
        Field("application", _l("application"), longest=100, aliases=("用途",)),
        Field("workpiece", _l("workpiece"), longest=100, aliases=("加工件", "工件")),
        Field("process", _l("process"), longest=100, aliases=("工艺",)),
        Field("location_text", _l("place of installation"), longest=120, aliases=("安装地点", "地点", "车间")),
        Field("workshop_line", _l("workshop or line"), longest=80, aliases=("产线", "生产线")),
        Field("department", _l("department in charge"), longest=60, aliases=("使用部门",)),
        Field("software_version", _l("software version"), longest=60, aliases=("软件版本",)),
        Field("produced_on", _l("produced on"), kind="date", aliases=("生产日期", "出厂年月")),
        Field("shipped_on", _l("shipped on"), kind="date", aliases=("出厂日期", "发货日期")),
        Field("installed_on", _l("installed on"), kind="date", aliases=("安装日期",)),
        Field("accepted_on", _l("final acceptance on"), kind="date", aliases=("终验收日期", "验收日期")),
        Field("invoice_on", _l("purchase invoice date"), kind="date", aliases=("购车日期", "发票日期")),
        Field("delivered_on", _l("handed over on"), kind="date", aliases=("交付日期", "交车日期")),
        Field("insurance_until", _l("insured until"), kind="date", aliases=("保险到期",)),
        Field("inspection_until", _l("periodic inspection until"), kind="date", aliases=("年检到期",)),
        Field("warranty_start", _l("warranty from"), kind="date", aliases=("质保开始", "质保起")),
        Field("warranty_end", _l("warranty until"), kind="date", aliases=("质保截止", "质保到期", "质保止")),
        Field("warranty_meter", _l("warranty limit in h or km"), kind="whole", aliases=("质保里程", "质保小时")),
        Field("contract_no", _l("contract number"), longest=40, aliases=("合同号",)),
        Field("meter", _l("meter reading"), kind="number", aliases=("里程", "行驶里程", "运行小时", "读数", "mileage")),
        Field("meter_unit", _l("unit"), kind="choice", choices=UNITS, aliases=("读数单位",)),
        Field("meter_at", _l("meter read at"), kind="moment", aliases=("读数日期", "读数时间")),
        Field("loss_per_hour", _l("cost of failure per hour"), kind="number", aliases=("每小时停机损失",)),
        Field("created_at", _l("created at"), kind="moment", aliases=("建档日期", "建档时间")),
    )
    NOT_COLUMNS = frozenset({"code", "customer", "kind", "model", "meter", "meter_at", "created_at"})

    def __init__(self) -> None:
        self.models = queries.models_by_name()

    def load(self, rows: Sequence[Incoming], *, actor: Actor, at: dt.datetime, source: str) -> list[Answer]:
        owners = customers.customers_by_reference({row.values["customer"] for row in rows})
        today = timezone.localdate(at)
        answers: dict[int, Answer] = {}
        ready: list[tuple[int, Incoming, services.AssetRow]] = []
        for place, row in enumerate(rows):
            try:
                ready.append((place, row, self._row(row, owners, today=today)))
            except DomainError as error:
                answers[place] = rejection(error)
        known = queries.known_assets([made.values for _place, _row, made in ready])
        fresh = []
        for place, row, made in ready:
            pk = row.object_id or known.find(made.values)
            if pk is None:
                fresh.append((place, made))
            else:
                answers[place] = self._update(pk, made, actor=actor, at=at)
        done = services.create_many([made for _place, made in fresh], actor=actor, at=at) if fresh else []
        for (place, _made), (pk, _code) in zip(fresh, done, strict=True):
            answers[place] = Done("created", pk)
        return [answers[place] for place in range(len(rows))]

    def _row(
        self, row: Incoming, owners: Mapping[str, list[customers.Referred]], *, today: dt.date
    ) -> services.AssetRow:
        found = owners.get(row.values["customer"], [])
        if len(found) != 1:
            text = (
                _("No customer has the number or name “%(text)s”.")
                if not found
                else _("Several customers are called “%(text)s”.")
            )
            raise DomainError(text % {"text": row.values["customer"]}, field="customer")
        owner = found[0]
        given = {
            name: value for name, value in row.values.items() if name not in self.NOT_COLUMNS and value is not None
        }
        kind = row.values.get("kind") or ("vehicle" if given.get("plate") or given.get("vin") else "machine")
        self._add_model(given, row.values.get("model"))
        given["station"] = owner.station_id
        given.setdefault("meter_unit", "km" if kind == "vehicle" else "h")
        if kind == "vehicle":
            given.setdefault("vehicle_class", "car")
            given["is_vin_as_stamped"] = bool(given.get("vin")) and not rules.is_vin(given["vin"])
        values = services.cleaned(given, kind=kind, today=today)
        if kind == "vehicle" and not (values.get("plate") or values.get("vin")):
            raise DomainError(_("A vehicle needs its plate or its VIN."), field="plate")
        return services.AssetRow(
            kind,
            owner.pk,
            owner.name,
            values,
            meter=row.values.get("meter"),
            meter_at=row.values.get("meter_at"),
            created_at=row.values.get("created_at"),
        )

    def _add_model(self, given: dict[str, Any], text: str | None) -> None:
        if text and text in self.models:
            given["model"] = self.models[text]
        elif text:
            given["model_text"] = text

    def _update(self, pk: int, made: services.AssetRow, *, actor: Actor, at: dt.datetime) -> Answer:
        before = queries.last_change_id(pk)
        services.update_asset(pk, actor=actor, at=at, values=made.values, confirm_duplicates=True, by_hand=False)
        return Done("unchanged" if queries.last_change_id(pk) == before else "updated", pk)


def rejection(error: DomainError) -> Rejected:
    """Why a row is not taken, at the column at fault."""
    if error.details:
        name, text = next(iter(error.details.items()))
        return Rejected(name, str(text))
    return Rejected(error.field or "", str(error.message))
