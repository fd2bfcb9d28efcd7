"""A CareLoop database of N cases for the benchmark, by the bulk path of imports. Prints what a client needs."""

import json
import os
import sys
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "careloop.settings")


def main(count: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from bench import data

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    started = time.monotonic()
    firm = data.firm()
    have = data.case_count()
    if have < count:
        data.fill(firm, count, at=timezone.now())
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("VACUUM ANALYZE")
    if not count:  # the firm alone, for the import
        return
    print(json.dumps({**data.client(firm, count), "seconds": round(time.monotonic() - started, 1)}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
