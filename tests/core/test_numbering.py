"""Numbers: no gap and no collision, whoever writes at the same time."""

import datetime as dt
import threading

import pytest
from django.db import connection, transaction

from careloop.core.numbering import next_code, next_number, reserve

NOON = dt.datetime(2026, 11, 19, 4, 0, tzinfo=dt.UTC)


@pytest.mark.django_db
def test_numbers_count_within_the_local_day():
    late_evening = dt.datetime(2026, 11, 19, 16, 30, tzinfo=dt.UTC)  # half past midnight in Shanghai

    assert [next_number("FW", NOON), next_number("FW", NOON)] == ["FW-261119-001", "FW-261119-002"]
    assert next_number("FW", late_evening) == "FW-261120-001"
    assert next_number("WX", NOON) == "WX-261119-001"


@pytest.mark.django_db
def test_codes_go_on_and_can_be_reserved():
    assert next_code("KH") == "KH-000001"
    assert list(reserve("KH", "", 3)) == [2, 3, 4]
    assert next_code("KH") == "KH-000005"


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_number_is_given_out_again():
    with pytest.raises(RuntimeError), transaction.atomic():
        next_number("FW", NOON)
        raise RuntimeError

    assert next_number("FW", NOON) == "FW-261119-001"


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_eight_writers_leave_no_gap_and_no_double():
    taken: list[str] = []

    def write() -> None:
        for _ in range(10):
            with transaction.atomic():
                number = next_number("FW", NOON)
            taken.append(number)
        connection.close()

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken) == [f"FW-261119-{n:03d}" for n in range(1, 81)]
