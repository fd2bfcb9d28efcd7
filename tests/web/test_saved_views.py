"""A saved filter gives the same rows on the screen, to programs and in the export; views are shared by role (R184)."""

import csv
import io
import re
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from careloop.core import saved_views
from careloop.core.errors import DomainError, NotFound
from careloop.core.models import AccessLog, SavedView
from careloop.staff.actors import actor_for
from tests.cases.factories import Desk
from tests.factories import (
    AssetFactory,
    ContactChannelFactory,
    ContactFactory,
    CustomerFactory,
    StationFactory,
    VehicleFactory,
    client_of,
)
from tests.workorders.factories import Api, make_shop, other_vehicle, user_as

pytestmark = pytest.mark.django_db
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}


def keep(client: Client, page: str, query: str, name: str, share: str = "") -> Any:
    return client.post("/views/", {"page": page, "query": query, "name": name, "share": share})


def exported(client: Client, url: str) -> list[dict[str, str]]:
    response = client.get(url)
    assert response.status_code == 200, url
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def on_screen(client: Client, url: str, pattern: str) -> set[str]:
    return set(re.findall(pattern, client.get(url).content.decode()))


@pytest.mark.req("R184")
def test_a_saved_filter_gives_the_same_rows_on_screen_by_api_and_in_the_logged_masked_export() -> None:
    station = StationFactory()
    manager = user_as("service_manager", name="顾承宇", stations=[station])
    client, program = client_of(manager), Api(manager)
    wanted = [
        CustomerFactory(station=station, grade="A", grade_reason="年服务额", preference="周末上门") for _n in range(3)
    ]
    CustomerFactory(station=station, grade="A", grade_reason="年服务额")
    CustomerFactory(station=station, grade="B", grade_reason="年服务额", preference="周末上门")
    contact = ContactFactory(customer=wanted[0], name="王伟")
    ContactChannelFactory(contact=contact, value="+8613862170419")
    codes = {row.code for row in wanted}

    saved = keep(client, "/customers/", "grade=A&preference=周末&cols=name&before=99999", "A 类周末")
    assert saved.status_code == 302
    view = SavedView.objects.get()
    screen = on_screen(client, saved.url, r'href="/customers/(KH-\d+)/"')
    by_api = {row["code"] for row in program.get("/customers", saved=view.pk).json()["items"]}
    table = exported(client, f"/customers/export.csv?{view.query}")

    assert screen == by_api == {row["客户编号"] for row in table} == codes
    # masked by default and logged; in full only with the right, and that is logged, too
    mine = next(row for row in table if row["客户编号"] == wanted[0].code)
    assert (mine["首要联系人"], mine["电话"]) == ("王伟", "138****0419")
    log = AccessLog.objects.get()
    assert (log.what, log.rows, log.actor_name, log.detail["in_full"]) == ("export", 3, "顾承宇", False)
    in_full = exported(client, f"/customers/export.csv?{view.query}&full=1")
    assert {row["电话"] for row in in_full} == {"138 6217 0419", ""}
    assert AccessLog.objects.latest("pk").detail["in_full"] is True
    admin = user_as("administrator", name="管理员", stations=[station])  # may export, may not see numbers
    assert {row["电话"] for row in exported(client_of(admin), f"/customers/export.csv?{view.query}&full=1")} == {
        "138****0419", ""}  # fmt: skip

    # a role without the right to export is refused, also under its own saved view
    engineer = user_as("engineer", name="高峰", stations=[station])
    before = AccessLog.objects.count()
    assert client_of(engineer).get(f"/customers/export.csv?{view.query}").status_code == 403
    assert AccessLog.objects.count() == before


@pytest.mark.req("R184")
def test_the_same_holds_for_machines_requests_and_orders() -> None:
    shop = make_shop()
    manager = shop.users["manager"]
    client, program = client_of(manager), Api(manager)
    VehicleFactory(customer=shop.asset.customer, station=shop.station)
    AssetFactory(customer=shop.asset.customer, station=shop.station, application="淬火")
    desk = Desk(station=shop.station)
    desk.accept(kind="question")
    desk.accept()
    other_vehicle(shop).brought_to("received")
    other_vehicle(shop).brought_to("in_repair")

    lists = (
        ("/machines/", "view=machines&application=淬火", r'href="/machines/(SB-\d+)/"', "/machines", "code",
         "/machines/export.csv", "档案编号", 1),
        ("/cases/", "view=all&kind=question", r'href="/cases/(FW-[\d-]+)/"', "/cases", "number", "/cases/export.csv",
         "编号", 1),
        ("/work-orders/", "state=in_repair", r'href="/work-orders/(WX-[\d-]+)/"', "/work-orders", "number",
         "/work-orders/export/", "编号", 1),
    )  # fmt: skip
    for page, query, pattern, api, field, export, column, count in lists:
        saved = keep(client, page, query, "常用")
        view = SavedView.objects.get(page=page)
        screen = on_screen(client, saved.url, pattern)
        by_api = {row[field] for row in program.get(api, saved=view.pk).json()["items"]}
        table = {row[column] for row in exported(client, f"{export}?{view.query}")}
        assert screen == by_api == table, page
        assert len(screen) == count, page
        log = AccessLog.objects.latest("pk")
        assert (log.what, log.actor_name, log.rows) == ("export", "顾承宇", count), page
        technician = client_of(shop.users["technician"])  # sees the list, may not export it
        assert [technician.get(path).status_code for path in (page, f"{export}?{view.query}")] == [200, 403], page
    assert AccessLog.objects.count() == len(lists)


def test_views_are_own_or_shared_by_role_and_only_their_owner_removes_them() -> None:
    station = StationFactory()
    desk, colleague, technician = (
        user_as(role, name=role, stations=[station]) for role in ("front_desk", "front_desk", "technician")
    )
    mine = client_of(desk)
    assert keep(mine, "/customers/", "grade=A", "我的").status_code == 302
    assert keep(mine, "/customers/", "grade=B", "前台用", "front_desk").status_code == 302
    assert keep(mine, "/customers/", "grade=C", "大家用", "*").status_code == 302
    assert keep(mine, "/customers/", "grade=C", "越权", "technician").status_code == 422

    def names(user: Any) -> list[str]:
        page = client_of(user).get("/views/?page=/customers/", headers=PARTIAL).content.decode()
        by_api = [row["name"] for row in Api(user).get("/views", page="/customers/").json()["items"]]
        assert all(name in page for name in by_api)
        return sorted(by_api)

    assert names(desk) == sorted(["我的", "前台用", "大家用"])
    assert names(colleague) == sorted(["前台用", "大家用"])
    assert names(technician) == ["大家用"]
    shared = SavedView.objects.get(name="前台用")
    assert client_of(colleague).post(f"/views/{shared.pk}/remove/").status_code == 404
    assert Api(technician).get("/customers", saved=shared.pk).status_code == 404
    assert Api(colleague).get("/customers", saved=shared.pk).status_code == 200
    assert Api(colleague).get("/machines", saved=shared.pk).status_code == 404  # a view of another list
    assert mine.post(f"/views/{shared.pk}/remove/").status_code == 302
    assert names(colleague) == ["大家用"]


def test_the_same_name_replaces_and_the_chosen_station_belongs_to_the_view() -> None:
    near, far = StationFactory(), StationFactory()
    client = client_of(user_as("front_desk", name="林小满", stations=[near, far]))
    client.post("/me/station/", {"station": near.pk})

    keep(client, "/customers/", "grade=A", "常用")
    keep(client, "/customers/", "grade=B", "常用")

    assert SavedView.objects.values_list("query", flat=True).get() == f"grade=B&station={near.pk}"


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"name": " "}, "name"), ({"page": "https://example.com/"}, "page"), ({"query": "q=" + "x" * 1001}, "query")],
)
def test_what_cannot_be_kept_is_named_and_nothing_is_saved(changes: dict[str, str], field: str) -> None:
    actor = actor_for(user_as("front_desk", name="林小满", stations=[StationFactory()]))

    with pytest.raises(DomainError) as refused:
        saved_views.keep(**{"page": "/customers/", "name": "常用", "query": "", **changes}, actor=actor)

    assert (refused.value.field, SavedView.objects.count()) == (field, 0)
    with pytest.raises(NotFound):
        saved_views.remove(1, actor=actor)


def test_the_database_refuses_a_role_on_a_view_that_is_not_shared() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        SavedView.objects.create(owner_id=1, page="/customers/", name="x", role="technician")
