"""How follow-ups and answers read on the timeline."""

from collections.abc import Callable
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from careloop.core.models import Event
from careloop.feedback.display import NOT_ASKED, day
from careloop.feedback.models import Answer, CallAttempt, ServiceType
from careloop.feedback.states import TaskState

Entry = dict[str, Any]
LABELS = {
    "follow_up.thank": _l("Thank-you sent"),
    "follow_up.reply": _l("Customer replied to the thank-you"),
    "answer.lock": _l("Answer locked"),
    "answer.addendum": _l("Addendum to an answer"),
    "answer.attribute": _l("Deviation attributed"),
    "questionnaire.change": _l("Draft changed"),
    "quality_goal.set": _l("Quality goal set"),
    "history.enter": _l("Earlier result entered"),
}


def _planned(event: Event) -> Entry:
    due = parse_datetime(event.data.get("due_at", ""))
    kind = event.data.get("service", "")
    meta = [event.subject_label]
    if kind in ServiceType.values:
        meta.append(str(ServiceType(kind).label))
    return {"icon": "phone-calling", "text": _("To be asked by %(day)s.") % {"day": day(due)} if due else "",
            "meta": meta, "title": _("Follow-up planned")}  # fmt: skip


def _missed(event: Event) -> Entry:
    result = event.data.get("result", "")
    text = str(CallAttempt.Result(result).label) if result in CallAttempt.Result.values else ""
    return {"icon": "phone-off", "tone": "warn", "text": _("Attempt %(n)s: %(result)s") % {
        "n": event.data.get("attempt", ""), "result": text}}  # fmt: skip


def _waived(event: Event) -> Entry:
    why = NOT_ASKED.get(event.data.get("why", ""), "")
    return {"icon": "circle-minus", "title": _("Follow-up waived"), "text": f"{why}: {event.data.get('reason', '')}"}


def _locked(event: Event) -> Entry:
    meta = [event.subject_label]
    overall = event.data.get("overall")
    if overall is not None:
        meta.append(_("overall %(level)s") % {"level": overall})
    if (state := event.data.get("state")) in Answer.Expectation.values:
        meta.append(str(Answer.Expectation(state).label))
    outcome = event.data.get("outcome", "")
    tone = "bad" if outcome == TaskState.COMPLAINT else "ok"
    return {"icon": "lock", "tone": tone, "quote": event.text, "meta": meta}


def _written(icon: str) -> Callable[[Event], Entry]:
    def render(event: Event) -> Entry:
        return {"icon": icon, "text": event.text or str(event.data.get("reason", "")), "quote": ""}

    return render


def _titled(icon: str, tone: str, title: Any) -> Callable[[Event], Entry]:
    return lambda event: {"icon": icon, "tone": tone, "title": str(title)}


RENDER = {
    "follow_up.plan": _planned,
    "follow_up.open": _titled("phone", "", _l("Follow-up due")),
    "follow_up.take": _titled("phone", "act", _l("Call started")),
    "follow_up.miss": _missed,
    "follow_up.miss_last": _missed,
    "follow_up.waive": _waived,
    "follow_up.waive_auto": _waived,
    "follow_up.cancel": _written("circle-x"),
    "follow_up.finish_satisfied": _titled("circle-check", "ok", _l("Call finished, satisfied")),
    "follow_up.finish_remarks": _titled("circle-check", "ok", _l("Call finished, with remarks")),
    "follow_up.finish_complaint": _titled("message-report", "bad", _l("Call finished, complaint")),
    "follow_up.answer_satisfied": _titled("circle-check", "ok", _l("Answered by link, satisfied")),
    "follow_up.answer_remarks": _titled("circle-check", "ok", _l("Answered by link, with remarks")),
    "follow_up.answer_complaint": _titled("message-report", "bad", _l("Answered by link, complaint")),
    "answer.lock": _locked,
    "answer.addendum": _written("note"),
    "answer.attribute": _written("map-pin"),
}
