"""The cards above the list of follow-ups."""

from careloop.feedback.views.tasks import _card
from careloop.measures.followup import follow_up


def test_a_share_of_nothing_is_a_dash_without_a_percent_sign() -> None:
    rates = follow_up(due=1, done_in_window=1, tried=1, reached=1, valid_answers=1, dissatisfied=0, answered_in_time=0)

    card = _card("24 小时内答复", rates.answered, "")

    assert (card["value"], card["unit"]) == ("–", "")
