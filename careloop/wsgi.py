"""The web program, as granian loads it. Static files are served by whitenoise, so one interface is enough."""

import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from careloop.core import lifeline, memory

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "careloop.settings")
if os.environ.get(lifeline.MARK) == "1":
    lifeline.hold()
application = get_wsgi_application()
import_module(settings.ROOT_URLCONF)  # every page and route now, not while the first person waits
memory.settle()
