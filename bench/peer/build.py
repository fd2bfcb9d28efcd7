"""The same texts as tickets of django-helpdesk, two follow-ups each, written in bulk. Prints what a client needs."""

import json
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.peer.settings")


def main(count: int) -> None:
    import django

    django.setup()
    from django.contrib.auth import get_user_model
    from django.contrib.sessions.backends.db import SessionStore
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone
    from helpdesk.models import FollowUp, Queue, Ticket

    from bench.texts import CASES_PER_CUSTOMER, texts

    call_command("migrate", verbosity=0)
    user, _ = get_user_model().objects.get_or_create(
        username="bench", defaults={"is_staff": True, "is_superuser": True, "email": "bench@example.com"}
    )
    user.set_password("bench")
    user.save()
    queue, _ = Queue.objects.get_or_create(title="Service", slug="service")
    if Ticket.objects.count() < count:
        now = timezone.now()
        batch: list[tuple[Ticket, tuple[str, str]]] = []
        for number, text in enumerate(texts(count)):
            ticket = Ticket(
                queue=queue,
                title=text.title,
                description=text.body,
                created=now,
                modified=now,
                status=1,
                priority=3,
                submitter_email=f"customer{number // CASES_PER_CUSTOMER}@example.com",
            )
            batch.append((ticket, text.notes))
            if len(batch) == 2000 or number == count - 1:
                made = Ticket.objects.bulk_create([ticket for ticket, _notes in batch])
                FollowUp.objects.bulk_create(
                    FollowUp(ticket=ticket, date=now, title="Comment", comment=note, public=True, user=user)
                    for ticket, (_t, notes) in zip(made, batch, strict=True)
                    for note in notes
                )
                batch = []
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    session = SessionStore()
    session["_auth_user_id"] = str(user.pk)
    session["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.save()
    middle = Ticket.objects.order_by("pk")[count // 2].pk
    print(json.dumps({"session": session.session_key, "ticket": middle, "queue": queue.pk}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
