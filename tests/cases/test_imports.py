"""Requests of other systems: the two public event logs, whole, twice; lists with odd rows."""

import datetime as dt
import json
from pathlib import Path

import pytest
from django.conf import settings

from careloop.cases import reports
from careloop.cases.models import Case
from careloop.core import importing, mapping
from careloop.core.actor import Actor
from careloop.core.models import Event, SearchDoc
from careloop.customers.models import Customer
from tests.cases.factories import Desk
from tests.factories import T0, StationFactory

ROBOT = Actor.system("import", entrance="import")
MAPPINGS = settings.BASE_DIR / "management" / "mappings"
FAR = {"since": dt.datetime(1990, 1, 1, tzinfo=dt.UTC), "until": dt.datetime(2100, 1, 1, tzinfo=dt.UTC)}


def run(path: Path, name: str | None = None) -> importing.Outcome:
    mapped = mapping.read(MAPPINGS / f"{name}.toml") if name else None
    return importing.run("cases", path, actor=ROBOT, at=T0, mapping=mapped)


def copy(folder: Path, target: Path) -> tuple[Path, dict]:
    path = target / "events.csv"
    path.write_bytes((folder / "events.csv").read_bytes())
    return path, json.loads((folder / "reference.json").read_text("utf-8"))


def rounded(value: reports.Spread, *names: str) -> list[float]:
    return [round(getattr(value, name), 4) for name in names]


@pytest.mark.shared_data
@pytest.mark.django_db
def test_the_incident_log_gives_its_service_desk_figures_from_the_imported_rows(shared_data: Path, tmp_path: Path):
    StationFactory()
    path, reference = copy(shared_data / "servicenow_incidents", tmp_path)

    first = run(path, "servicenow_incidents")
    again = run(path, "servicenow_incidents")

    assert (first.created, first.rejected) == (reference["incidents"], 0)
    assert (again.created, again.updated, again.unchanged) == (0, 0, reference["incidents"])
    assert Case.objects.count() == reference["incidents"]
    assert Event.objects.filter(kind="case.history").count() == reference["events"]
    rows = reports.population(ROBOT, **FAR, source="servicenow")
    desk, log = reports.service_desk(rows), reports.history(rows)
    assert (desk.sla.k, desk.sla.n) == (reference["made_sla"]["TRUE"], reference["incidents"])
    assert round(desk.sla.share, 6) == reference["sla_rate"]
    assert [*rounded(desk.repair, "mean", "median"), desk.repair.n] == list(reference["mttr_hours"].values())
    for group, expected in zip(desk.by_priority, reference["by_priority"].values(), strict=True):
        assert group.n == expected["n"]
        assert round(group.sla.share, 6) == expected["sla_rate"]
        assert rounded(group.repair, "mean", "median") == [expected["mttr_hours_mean"], expected["mttr_hours_median"]]
    assert (desk.reopened, desk.reassigned, desk.first_contact.k) == (
        reference["reopened_incidents"],
        reference["reassigned_incidents"],
        reference["first_contact_resolution_no_reassign_no_reopen"],
    )
    assert (log.cases, log.events, log.activities, log.people, log.handovers, log.self_loops, log.repeated) == tuple(
        reference[name]
        for name in (
            "cases",
            "events",
            "activities",
            "resources",
            "handovers",
            "self_loops",
            "cases_with_repeated_activity",
        )
    )
    assert rounded(log.duration_hours, "mean", "median", "p90", "longest") == list(
        reference["case_duration_hours"].values()
    )
    assert rounded(log.events_per_case, "mean", "median", "p90", "longest") == list(
        reference["events_per_case"].values()
    )
    assert str(log.first_at) == reference["first_event"] and str(log.last_at) == reference["last_event"]


@pytest.mark.shared_data
@pytest.mark.django_db
def test_the_help_desk_log_gives_its_figures_from_the_imported_rows(shared_data: Path, tmp_path: Path):
    StationFactory()
    path, reference = copy(shared_data / "helpdesk_log", tmp_path)

    first = run(path, "helpdesk_log")
    again = run(path, "helpdesk_log")

    assert (first.created, first.rejected, again.created, again.unchanged) == (
        reference["cases"],
        0,
        0,
        reference["cases"],
    )
    rows = reports.population(ROBOT, **FAR, source="helpdesk")
    log = reports.history(rows)
    assert (log.cases, log.events, log.activities, log.people, log.handovers, log.self_loops, log.repeated) == tuple(
        reference[name]
        for name in (
            "cases",
            "events",
            "activities",
            "resources",
            "handovers",
            "self_loops",
            "cases_with_repeated_activity",
        )
    )
    assert rounded(log.duration_hours, "mean", "median", "p90", "longest") == list(
        reference["case_duration_hours"].values()
    )
    assert reports.service_desk(rows).handovers == reference["handovers"]
    assert Case.objects.filter(state="closed").count() == reference["end"]["Closed"]


@pytest.mark.shared_data
@pytest.mark.django_db
def test_an_imported_incident_keeps_the_names_and_times_of_its_past(shared_data: Path, tmp_path: Path):
    StationFactory()
    path, _reference = copy(shared_data / "servicenow_incidents", tmp_path)
    run(path, "servicenow_incidents")

    case = Case.objects.get(source_key="servicenow:INC0000047")
    first = Event.objects.filter(subject_type="case", subject_id=case.pk).order_by("pk").first()

    assert (case.state, case.received_at, case.customer.name) == (
        "closed",
        dt.datetime(2016, 2, 29, 4, 40, tzinfo=dt.UTC),
        "Caller 2403",
    )
    assert (first.at, first.actor_name, first.data["activity"]) == (
        dt.datetime(2016, 2, 29, 4, 57, tzinfo=dt.UTC),
        "Updated by 746",
        "New",
    )
    assert SearchDoc.objects.filter(kind="case", object_id=case.pk).exists()


HEAD = "登记号,客户,受理时间,客户原话,状态,解决时间,关闭时间,服务类别,渠道\n"


def write(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "requests.csv"
    path.write_text(HEAD + "\n".join(lines), "utf-8-sig")
    return path


@pytest.mark.django_db
def test_a_list_with_chinese_heads_is_taken_over_and_a_contradiction_is_rejected_whole(tmp_path: Path):
    StationFactory()
    path = write(
        tmp_path,
        "OLD-1,无锡精工机械厂,2026-01-05 09:00,主轴异响 🔧,已关闭,2026-01-05 11:00,2026/1/6 10:00,报修,电话",
        "OLD-2,无锡精工机械厂,2026年1月7日 09:00,怎么换水,已受理,,,咨询,短信",
        "OLD-3,无锡精工机械厂,2026-01-09 09:00,先解决后受理,已解决,2026-01-08 09:00,,报修,电话",
    )

    outcome = run(path)

    assert (outcome.created, outcome.rejected) == (2, 1)
    assert sorted(Case.objects.values_list("number", "state", "kind", "channel", "customer__name")) == [
        ("OLD-1", "closed", "fault", "phone", "无锡精工机械厂"),
        ("OLD-2", "accepted", "question", "sms", "无锡精工机械厂"),
    ]
    assert Customer.objects.count() == 1
    assert outcome.problems[0].column == "解决时间"


@pytest.mark.django_db
def test_what_the_other_system_says_later_is_added_until_somebody_works_on_it_here(tmp_path: Path):
    desk = Desk()
    run(write(tmp_path, "OLD-1,无锡精工机械厂,2026-01-05 09:00,主轴异响,已受理,,,报修,电话"))
    later = run(write(tmp_path, "OLD-1,无锡精工机械厂,2026-01-05 09:00,主轴异响,已解决,2026-01-06 09:00,,报修,电话"))
    case = Case.objects.get(number="OLD-1")
    assert (later.updated, case.state) == (1, "solved")

    from careloop.cases import services

    services.add_note(case.pk, actor=desk.actor, at=T0, text="客户又来电")
    third = run(write(tmp_path, "OLD-1,无锡精工机械厂,2026-01-05 09:00,主轴异响,已受理,,,报修,电话"))

    case.refresh_from_db()
    assert (third.rejected, case.state) == (1, "solved")
