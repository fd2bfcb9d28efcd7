"""Customer files: mandatory fields, duplicates, confirmation, consents, verification."""

import datetime as dt
import threading
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection

from careloop.core import search
from careloop.core.errors import Conflict, DomainError, NotFound, PermissionRefused
from careloop.core.models import AccessLog, Event
from careloop.customers import queries, services
from careloop.customers.models import (
    Consent,
    ConsentText,
    Contact,
    ContactChannel,
    Customer,
    CustomerConfirmation,
    RefreshPeriod,
    Site,
)
from tests.factories import (
    T0,
    ConsentFactory,
    ContactChannelFactory,
    ContactFactory,
    CustomerFactory,
    PersonFactory,
    StationFactory,
    actor_with,
    uscc,
)

pytestmark = pytest.mark.django_db
RIGHTS = ("customers.view_customer", "customers.change_customer", "customers.verify_contact")


def firm(**changes: Any) -> dict[str, Any]:
    """All that a firm's file needs."""
    owner = PersonFactory().pk
    station = changes.pop("station_id", None) or StationFactory().pk
    return {
        "name": "苏州恒力机械有限公司",
        "type": "company",
        "station_id": station,
        "region": "320500",
        "address": "工业园区星湖街 218 号",
        "source": "visit",
        "sales_owner": owner,
        "service_owner": owner,
        "engineer_owner": owner,
        "contacts": [
            {
                "name": "李强",
                "role": "equipment",
                "channels": [{"value": "138 1234 5678", "verified": True}],
                "consents": ["service", "survey"],
                "consent_channel": "phone",
            }
        ],
        **changes,
    }


def create(**changes: Any) -> Customer:
    return services.create_customer(actor=actor_with(*RIGHTS), at=T0, **firm(**changes))


def test_a_complete_file_is_saved_with_person_number_consents_and_one_event_each() -> None:
    customer = create()

    contact = customer.contacts.get()
    channel = contact.channels.get()
    assert customer.code == "KH-000001"
    assert (contact.name, contact.is_primary) == ("李强", True)
    assert (channel.kind, channel.value, channel.verified_at) == ("mobile", "+8613812345678", T0)
    assert sorted(Consent.objects.values_list("purpose", "text_version", "channel")) == [
        ("service", "2026-1", "phone"),
        ("survey", "2026-1", "phone"),
    ]
    assert list(Event.objects.order_by("pk").values_list("kind", "customer_id")) == [
        ("customer.create", customer.pk),
        ("contact.add", customer.pk),
    ]
    assert (customer.completeness, customer.refresh_due_on) == (100, dt.date(2028, 11, 19))


@pytest.mark.parametrize(
    "field", ["name", "region", "address", "source", "sales_owner", "service_owner", "engineer_owner"]
)
def test_an_empty_mandatory_field_is_refused_and_nothing_is_saved(field: str) -> None:
    with pytest.raises(DomainError) as refused:
        create(**{field: None if field.endswith("owner") else ""})

    assert list(refused.value.details) == [field]
    assert (Customer.objects.count(), Event.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("contacts", "field"),
    [
        ([], "contact_name"),
        ([{"name": " ", "channels": [{"value": "13812345678"}], "consent_channel": "phone"}], "contact_name"),
        ([{"name": "李强", "channels": [], "consent_channel": "phone"}], "phone"),
        ([{"name": "李强", "channels": [{"value": "13812345678"}]}], "consent_channel"),
        ([{"name": "李强", "channels": [{"value": "12"}], "consent_channel": "phone"}], "value"),
        ([{"name": "李强", "channels": [{"kind": "email", "value": "x"}], "consent_channel": "phone"}], "value"),
    ],
)
def test_a_file_needs_a_person_with_a_number_who_was_asked(contacts: list[dict[str, Any]], field: str) -> None:
    with pytest.raises(DomainError) as refused:
        create(contacts=contacts)

    assert refused.value.field == field
    assert (Customer.objects.count(), Contact.objects.count(), Event.objects.count()) == (0, 0, 0)


def test_taken_over_files_may_be_incomplete_and_say_how_much() -> None:
    customer = create(by_hand=False, address="", contacts=[], source="unknown")

    assert customer.completeness == 58  # 7 of 9 own fields, none of person, number, consent


def test_a_wrong_credit_code_is_refused_at_its_field() -> None:
    with pytest.raises(DomainError) as refused:
        create(uscc="91320594MA00000011")

    assert list(refused.value.details) == ["uscc"]


def test_unknown_and_automatic_fields_cannot_be_set() -> None:
    with pytest.raises(DomainError, match="completeness"):
        create(completeness=100)


def test_without_the_right_nothing_is_created() -> None:
    with pytest.raises(PermissionRefused):
        services.create_customer(actor=actor_with("customers.view_customer"), at=T0, **firm())
    assert Customer.objects.count() == 0


def test_nobody_creates_customers_at_a_station_of_others() -> None:
    own = StationFactory()
    with pytest.raises(DomainError) as refused:
        services.create_customer(actor=actor_with(*RIGHTS, stations=[own]), at=T0, **firm())
    assert refused.value.field == "station"


# --- duplicates ---------------------------------------------------------------------------------------------------


def test_a_known_phone_warns_with_a_link_and_can_be_confirmed() -> None:
    other = create()
    with pytest.raises(services.DuplicateWarning) as warned:
        create(name="昆山精工轴承厂")

    assert [(m.url, m.is_certain) for m in warned.value.matches] == [(f"/customers/{other.code}/", False)]
    assert "138****5678" in warned.value.matches[0].reason
    assert Customer.objects.count() == 1
    assert create(name="昆山精工轴承厂", confirm_duplicates=True).code == "KH-000002"


def test_a_similar_name_warns() -> None:
    create()
    with pytest.raises(services.DuplicateWarning):
        create(name="江苏恒力机械（苏州）股份有限公司", contacts=other_person())
    assert Customer.objects.count() == 1


def other_person() -> list[dict[str, Any]]:
    return [{"name": "王芳", "channels": [{"value": "0512-66881234"}], "consent_channel": "phone"}]


def test_a_different_name_and_number_do_not_warn() -> None:
    create()
    create(name="无锡宏远轴承有限公司", contacts=other_person())
    assert Customer.objects.count() == 2


def test_a_second_customer_with_the_same_credit_code_is_refused_even_when_confirmed() -> None:
    create(uscc=uscc(1))
    with pytest.raises(services.DuplicateWarning) as refused:
        create(name="无锡宏远轴承有限公司", contacts=other_person(), uscc=uscc(1), confirm_duplicates=True)
    assert refused.value.is_certain
    assert Customer.objects.count() == 1


def test_a_match_at_another_station_is_not_named() -> None:
    theirs = CustomerFactory(name="苏州恒力机械有限公司")
    own = StationFactory()
    actor = actor_with(*RIGHTS, stations=[own])
    with pytest.raises(services.DuplicateWarning) as warned:
        services.create_customer(actor=actor, at=T0, **firm(station_id=own.pk))

    match = warned.value.matches[0]
    assert match.url == ""
    assert theirs.code not in match.label and theirs.station.name in match.label


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_two_clerks_registering_one_customer_at_once_get_one_file_and_one_warning() -> None:
    actor, values = actor_with(*RIGHTS), firm()
    barrier, outcomes = threading.Barrier(2), []

    def register() -> None:
        barrier.wait()
        try:
            services.create_customer(actor=actor, at=T0, **values)
            outcomes.append("created")
        except services.DuplicateWarning:
            outcomes.append("warned")
        finally:
            connection.close()

    threads = [threading.Thread(target=register) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["created", "warned"]
    assert Customer.objects.count() == 1


# --- change and confirm -------------------------------------------------------------------------------------------


def test_a_change_keeps_before_and_after_and_counts_as_confirmed() -> None:
    customer = create()
    later = T0 + dt.timedelta(days=30)

    services.update_customer(
        customer.pk, actor=actor_with(*RIGHTS, name="赵敏"), at=later, values={"address": "星湖街 300 号"}
    )

    event = Event.objects.get(kind="customer.update")
    assert event.data["changes"] == [{"field": "address", "before": "工业园区星湖街 218 号", "after": "星湖街 300 号"}]
    assert list(CustomerConfirmation.objects.values_list("field", "confirmed_at", "confirmed_by")) == [
        ("address", later, "赵敏")
    ]


def test_a_change_without_difference_leaves_no_trace() -> None:
    customer = create()
    before = Event.objects.count()
    services.update_customer(customer.pk, actor=actor_with(*RIGHTS), at=T0, values={"address": customer.address})
    assert Event.objects.count() == before


def test_a_mandatory_field_cannot_be_emptied_later() -> None:
    customer = create()
    with pytest.raises(DomainError):
        services.update_customer(customer.pk, actor=actor_with(*RIGHTS), at=T0, values={"address": ""})
    customer.refresh_from_db()
    assert customer.address == "工业园区星湖街 218 号"


def test_the_second_of_two_people_editing_the_same_file_is_told() -> None:
    customer = create()
    seen = queries.last_change_id(customer.pk)
    services.update_customer(
        customer.pk, actor=actor_with(*RIGHTS, name="赵敏"), at=T0, values={"address": "A"}, seen_event=seen
    )
    with pytest.raises(Conflict, match="赵敏"):
        services.update_customer(
            customer.pk, actor=actor_with(*RIGHTS), at=T0, values={"address": "B"}, seen_event=seen
        )
    customer.refresh_from_db()
    assert customer.address == "A"


def test_a_file_of_another_station_is_the_same_as_none() -> None:
    customer = create()
    with pytest.raises(NotFound):
        services.update_customer(
            customer.pk, actor=actor_with(*RIGHTS, stations=[StationFactory()]), at=T0, values={"address": "A"}
        )


@pytest.mark.parametrize(("grade", "months"), [("A", 6), ("B", 12), ("C", 24)])
def test_a_field_is_asked_again_after_the_period_of_its_grade(grade: str, months: int) -> None:
    losses = (
        {
            "loss_fixed": Decimal(8000),
            "loss_per_hour": Decimal(1200),
            "preference": "原厂件",
            "decision_traits": "设备科长定",
        }
        if grade == "A"
        else {}
    )
    customer = create(grade=grade, grade_reason="年服务额", **losses)
    due = dt.date(2026 + (10 + months) // 12, (10 + months) % 12 + 1, 19)

    def stale(day: dt.date) -> list[str]:
        return [row.field for row in queries.stale_fields(customer, today=day)]

    assert customer.refresh_due_on == due
    assert stale(due - dt.timedelta(days=1)) == []
    assert {"name", "address", "contacts"} <= set(stale(due))


def test_confirming_empties_the_list_without_changing_a_value() -> None:
    customer = create()
    before = Customer.objects.filter(pk=customer.pk).values().get()
    later = T0 + dt.timedelta(days=800)

    done = services.confirm_fields(customer.pk, actor=actor_with(*RIGHTS), at=later, source="电话核对")

    after = Customer.objects.filter(pk=customer.pk).values().get()
    assert done == ["address", "contacts", "name"]
    assert queries.stale_fields(customer, today=later.date()) == []
    assert {**after, "refresh_due_on": None} == {**before, "refresh_due_on": None}
    assert after["refresh_due_on"] == dt.date(2031, 1, 27)
    assert Event.objects.get(kind="customer.confirm").data == {"fields": done, "source": "电话核对"}


def test_judgements_carry_source_date_and_confidence() -> None:
    customer = create(tendency="先修后换", preference="原厂件", confidence={"tendency": "guess"})
    rows = CustomerConfirmation.objects.filter(customer=customer).values_list("field", "confidence", "confirmed_at")
    assert sorted(rows) == [("preference", "stated", T0), ("tendency", "guess", T0)]


def test_a_file_is_closed_with_its_reason_and_only_without_machines() -> None:
    customer = create()
    actor = actor_with(*RIGHTS)
    Customer.objects.filter(pk=customer.pk).update(asset_count=1)
    with pytest.raises(DomainError):
        services.close_customer(customer.pk, actor=actor, at=T0, reason="歇业")
    Customer.objects.filter(pk=customer.pk).update(asset_count=0)
    with pytest.raises(DomainError):
        services.close_customer(customer.pk, actor=actor, at=T0, reason=" ")
    services.close_customer(customer.pk, actor=actor, at=T0, reason="歇业")
    customer.refresh_from_db()
    assert (customer.closed_at, customer.closed_reason) == (T0, "歇业")


# --- persons, numbers, consents -----------------------------------------------------------------------------------


def test_a_wrong_number_is_no_longer_offered_and_verifying_brings_it_back() -> None:
    channel = ContactChannelFactory()
    actor, contact = actor_with(*RIGHTS), channel.contact_id
    assert queries.has_verified_contact(contact)

    services.mark_wrong(channel.pk, actor=actor, at=T0)
    assert not queries.has_verified_contact(contact) and queries.main_number(contact) is None
    with pytest.raises(Conflict):
        services.mark_wrong(channel.pk, actor=actor, at=T0)

    services.verify_channel(channel.pk, actor=actor, at=T0 + dt.timedelta(hours=1))
    assert queries.has_verified_phone(contact)
    assert list(Event.objects.order_by("pk").values_list("kind", flat=True)) == [
        "contact.wrong_number",
        "contact.verify",
    ]


def test_verifying_is_a_right_of_its_own() -> None:
    channel = ContactChannelFactory(verified_at=None)
    with pytest.raises(PermissionRefused):
        services.verify_channel(channel.pk, actor=actor_with("customers.view_customer"), at=T0)
    channel.refresh_from_db()
    assert channel.verified_at is None


def test_numbers_are_masked_without_the_right_and_a_look_is_logged() -> None:
    channel = ContactChannelFactory(value="+8613812345678")
    clerk, viewer = actor_with("customers.view_customer"), actor_with("customers.view_customer", "customers.view_phone")

    assert queries.number_for(clerk, channel) == "138****5678"
    assert queries.number_for(viewer, channel) == "138 1234 5678"
    services.reveal_channel(channel.pk, actor=clerk, at=T0)
    row = AccessLog.objects.get()
    assert (row.what, row.actor_id, row.subject_id) == ("reveal", clerk.person_id, channel.contact_id)


def test_the_first_contact_passes_on_when_somebody_leaves() -> None:
    contact = ContactFactory()
    actor = actor_with(*RIGHTS)
    second = services.add_contact(
        contact.customer_id, actor=actor, at=T0, name="王芳", channels=[{"value": "0512-66881234"}]
    )

    services.leave_contact(contact.pk, actor=actor, at=T0, on=T0.date())

    second.refresh_from_db()
    assert second.is_primary
    assert [c.name for c in queries.contacts_of(contact.customer_id)] == ["王芳"]


def test_one_customer_has_one_first_contact() -> None:
    contact = ContactFactory()
    actor = actor_with(*RIGHTS)
    services.add_contact(contact.customer_id, actor=actor, at=T0, name="王芳", is_primary=True)
    assert list(Contact.objects.filter(is_primary=True).values_list("name", flat=True)) == ["王芳"]


def test_half_a_quiet_time_is_refused() -> None:
    contact = ContactFactory()
    with pytest.raises(DomainError) as refused:
        services.update_contact(contact.pk, actor=actor_with(*RIGHTS), at=T0, quiet_from=dt.time(12))
    assert refused.value.field == "quiet_to"


def test_consent_is_kept_with_its_wording_and_can_be_withdrawn_by_everybody_who_serves() -> None:
    contact = ContactFactory()
    services.give_consent(contact.pk, "marketing", actor=actor_with(*RIGHTS), at=T0, channel="face")
    with pytest.raises(Conflict):
        services.give_consent(contact.pk, "marketing", actor=actor_with(*RIGHTS), at=T0, channel="face")

    services.withdraw_consent(
        contact.pk, "marketing", actor=actor_with("customers.view_customer"), at=T0 + dt.timedelta(days=1)
    )

    assert not queries.has_consent(contact.pk, "marketing")
    consent = Consent.objects.get()
    assert (consent.text_version, consent.withdrawn_at) == ("2026-1", T0 + dt.timedelta(days=1))


def test_family_data_need_consent_and_go_with_it() -> None:
    customer = CustomerFactory(type="person", address="")
    contact = ContactFactory(customer=customer)
    actor = actor_with(*RIGHTS)
    with pytest.raises(DomainError) as refused:
        services.update_customer(
            customer.pk, actor=actor, at=T0, values={"family": "两个孩子，周末用车"}, by_hand=False
        )
    assert refused.value.field == "family"

    ConsentFactory(contact=contact, purpose="care")
    services.update_customer(customer.pk, actor=actor, at=T0, values={"family": "两个孩子，周末用车"}, by_hand=False)
    services.withdraw_consent(contact.pk, "care", actor=actor, at=T0)

    customer.refresh_from_db()
    assert customer.family == ""
    assert "孩子" not in str(list(Event.objects.order_by("pk").values_list("data", "text")))
    assert search.find("孩子", actor=actor) == []


def test_anybody_who_works_here_can_write_down_what_a_customer_said() -> None:
    customer = CustomerFactory()
    actor = actor_with("customers.view_customer", name="仓管老周")

    services.add_note(customer.pk, text="想要第二台备用泵", kind="need", actor=actor, at=T0)

    event = Event.objects.get()
    assert (event.kind, event.customer_id, event.text, event.actor_name, event.data) == (
        "customer.note",
        customer.pk,
        "想要第二台备用泵",
        "仓管老周",
        {"kind": "need"},
    )


# --- search and bulk ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("q", ["恒力", "13812345678", "138-1234-5678", "5678", "李强", "hljx", "KH-000001"])
def test_a_customer_is_found_by_name_person_number_and_initials(q: str) -> None:
    customer = create()
    actor = actor_with("customers.view_customer")
    assert [hit.object_id for hit in search.find(q, actor=actor)] == [customer.pk]
    assert search.find(q, actor=actor_with("customers.view_customer", stations=[StationFactory()])) == []
    assert search.find(q, actor=actor_with("assets.view_asset")) == []


def test_many_customers_are_written_like_single_ones() -> None:
    station = StationFactory()
    rows = [
        services.CustomerRow(
            values={"name": f"客户{n}机械有限公司", "type": "company", "station": station.pk, "region": "320500"},
            contacts=[
                services.read_contact(
                    {
                        "name": "李强",
                        "channels": [{"value": f"1390000{n:04d}", "verified": True}],
                        "consents": ["service"],
                        "consent_channel": "import",
                    }
                )
            ],
        )
        for n in range(3)
    ]
    actor = actor_with(*RIGHTS)

    made = services.create_many(rows, actor=actor, at=T0)

    assert [m.code for m in made] == ["KH-000001", "KH-000002", "KH-000003"]
    assert list(Customer.objects.order_by("pk").values_list("pk", "name_key", "completeness", "refresh_due_on")) == [
        (m.pk, f"客户{n}机械", 58, dt.date(2028, 11, 19)) for n, m in enumerate(made)
    ]
    assert ContactChannel.objects.filter(verified_at=T0).count() == 3
    assert Contact.objects.filter(is_primary=True).count() == 3
    assert list(Event.objects.order_by("pk").values_list("kind", "subject_label")) == [
        ("customer.create", m.code) for m in made
    ]
    assert [hit.object_id for hit in search.find("13900000002", actor=actor)] == [made[2].pk]
    assert create(contacts=other_person()).code == "KH-000004"


def test_the_firm_sets_its_own_refresh_periods_and_keeps_them() -> None:
    RefreshPeriod.objects.create(grade="C", months=3)

    services.ensure_defaults()

    assert dict(RefreshPeriod.objects.values_list("grade", "months")) == {"A": 6, "B": 12, "C": 3, "": 24}
    assert queries.refresh_months("C") == 3


def test_a_consent_carries_the_wording_that_was_valid_on_its_day() -> None:
    ConsentText.objects.create(purpose="survey", version="2026-2", text="…", valid_from=T0.date())
    ConsentText.objects.create(purpose="survey", version="2027-1", text="…", valid_from=dt.date(2027, 1, 1))
    contact = ContactFactory()
    consent = services.give_consent(contact.pk, "survey", actor=actor_with(*RIGHTS), at=T0, channel="phone")
    assert consent.text_version == "2026-2"


def test_a_customer_has_each_place_once() -> None:
    customer, actor = CustomerFactory(), actor_with(*RIGHTS)
    services.add_site(customer.pk, name="二厂", actor=actor, at=T0)
    with pytest.raises(Conflict):
        services.add_site(customer.pk, name=" 二厂 ", actor=actor, at=T0)
    assert list(Site.objects.values_list("customer", "name")) == [(customer.pk, "二厂")]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"latitude": Decimal("91"), "longitude": Decimal("10")}, "latitude"),
        ({"latitude": Decimal("31")}, "longitude"),
        ({"loss_per_hour": Decimal("-1")}, "loss_per_hour"),
        ({"credit_limit": Decimal("-1")}, "credit_limit"),
        ({"payment_days": -1}, "payment_days"),
        ({"family": "两个孩子"}, "family"),
        ({"grade": "A"}, "grade_reason"),
    ],
)
def test_what_cannot_be_is_named_at_its_field_and_never_called_a_known_credit_code(
    changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        create(by_hand=False, **changes)
    assert field in refused.value.details

    customer = create()
    before = Customer.objects.values().get()
    with pytest.raises(DomainError) as refused:
        services.update_customer(customer.pk, values=changes, by_hand=False, actor=actor_with(*RIGHTS), at=T0)
    assert field in refused.value.details
    assert Customer.objects.values().get() == before


def test_the_first_contact_cannot_lie_in_the_future() -> None:
    with pytest.raises(DomainError) as refused:
        create(first_contact_at=T0 + dt.timedelta(minutes=1))

    assert set(refused.value.details) == {"first_contact_at"}
    assert not Customer.objects.exists()
    assert create(first_contact_at=T0).first_contact_at == T0


def test_a_file_that_has_a_first_contact_in_the_future_can_still_be_changed() -> None:
    customer = create()
    Customer.objects.filter(pk=customer.pk).update(first_contact_at=T0 + dt.timedelta(days=9))

    services.update_customer(
        customer.pk, values={"short_name": "新简称"}, by_hand=False, actor=actor_with(*RIGHTS), at=T0
    )

    customer.refresh_from_db()
    assert (customer.short_name, customer.first_contact_at) == ("新简称", T0 + dt.timedelta(days=9))


def test_a_fault_of_the_program_is_not_told_as_a_known_credit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """The net under the rules: the database refuses, and the error keeps its name."""
    monkeypatch.setattr("careloop.customers.rules.impossible", lambda values: {})

    with pytest.raises(IntegrityError):
        create(by_hand=False, credit_limit=Decimal("-1"))
