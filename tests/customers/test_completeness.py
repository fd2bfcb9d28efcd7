"""How complete the files are and how soon they were entered, per person and month; each gap leads to its field (R160)."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine

from careloop.assets.models import Asset
from careloop.customers import services
from careloop.customers.models import Customer
from careloop.staff.actors import actor_for
from tests.factories import T0, CustomerFactory, StationFactory, client_of, user_with

pytestmark = pytest.mark.django_db
RIGHTS = ("customers.view_customer", "customers.change_customer", "assets.view_asset", "assets.change_asset")
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def made_by(user: Any, at: dt.datetime, hours: int, **values: Any) -> Customer:
    """A file taken over by the person, `hours` after the first contact."""
    return services.create_customer(
        name=f"苏州恒力机械{at:%m%d%H}厂{hours}", type="company", station_id=user.person.stations.get().pk, by_hand=False,
        confirm_duplicates=True, actor=actor_for(user), at=at, first_contact_at=at - hours * HOUR, **values,
    )  # fmt: skip


def rows_of(response: Any) -> dict[tuple[str, str], tuple[str, str, str, str]]:
    return {
        (row["person"], row["month"]): (row["files"], row["complete"], row["median"], row["p90"])
        for row in response.context["people"]
    }


@pytest.mark.req("R160")
def test_files_show_their_share_of_filled_fields_their_gaps_as_links_and_the_delay_by_person_and_month() -> None:
    station = StationFactory()
    first, second = (user_with(*RIGHTS, stations=[station], name=name) for name in ("林小满", "邵明禾"))
    client = client_of(first)
    owner = first.person
    # a firm: name, type, station, service owner, region, address, sales owner, engineer, source, and person, number,
    # consent: twelve due; four are filled
    bare = made_by(first, T0, 2, service_owner=owner.pk)
    assert bare.completeness == round(100 * 4 / 12)
    with time_machine.travel(T0 + HOUR, tick=False):
        page = client.get(f"/customers/{bare.code}/").content.decode()
        assert "33%" in page
        gaps = re.findall(rf'href="(/customers/{bare.code}/edit/)#id_(\w+)"', page)
        assert {name for _url, name in gaps} == {"region", "address", "sales_owner", "engineer_owner", "source"}
        for url, name in gaps:
            assert f'id="id_{name}"' in client.get(url).content.decode()
        assert f"/customers/{bare.code}/contacts/new/" in page  # the gap “contact person”

        services.update_customer(
            bare.pk,
            values={"region": "320500", "address": "星湖街 218 号"},
            by_hand=False,
            actor=actor_for(first),
            at=T0,
        )
        bare.refresh_from_db()
        assert bare.completeness == round(100 * 6 / 12)
        assert "50%" in client.get("/customers/").content.decode()

        # machines: the same
        machine = client.post(f"/machines/new/?customer={bare.code}", {"name": "淬火机", "station": station.pk,
                                                                       "is_old": "on"})  # fmt: skip
        record = client.get(machine.url).content.decode()
        asset = Asset.objects.get()
        due = {"serial_no", "model", "application", "location_text", "workshop_line", "department", "responsible", "specs",
               "configuration", "software_version", "wear_parts", "maintenance", "utilities", "manual", "accepted_on",
               "warranty_start", "warranty_end", "baseline", "operators"}  # fmt: skip
        # customer, station and name are filled
        assert asset.completeness == round(100 * 3 / (3 + len(due))) and f"{asset.completeness}%" in record
        gaps = re.findall(rf'href="(/machines/{asset.code}/edit/)#id_(\w+)"', record)
        assert {name for _url, name in gaps} == due
        for url, name in gaps:
            assert name in ("manual",) or f'id="id_{name}"' in client.get(url).content.decode(), name

    # delays: 2, 4 and 30 hours for one person this month, 1 hour for the other, 10 hours last month
    for hours in (4, 30):
        made_by(first, T0 - hours * HOUR, hours)
    made_by(second, T0, 1)
    made_by(first, T0 - 30 * DAY, 10)
    CustomerFactory(station=station, created_at=T0)  # nobody's, without a known first contact
    with time_machine.travel(T0 + DAY, tick=False):
        found = rows_of(client.get("/customers/quality/"))
        page = client.get("/customers/quality/").content.decode()
        machines = rows_of(client.get("/machines/quality/"))

    assert found[("林小满", "2026-11")] == ("3", "33.3%", "4.0 小时", "30.0 小时")
    assert found[("邵明禾", "2026-11")][2:] == ("1.0 小时", "1.0 小时")
    assert found[("林小满", "2026-10")][2:] == ("10.0 小时", "10.0 小时")
    assert found[("CareLoop", "2026-11")][2:] == ("–", "–")
    assert "4.0 小时" in page and "30.0 小时" in page
    assert machines[("林小满", "2026-11")][:2] == ("1", f"{asset.completeness:.1f}%")
