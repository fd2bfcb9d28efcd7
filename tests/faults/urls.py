"""POST /fact/N/ commits fact N: a number and an event in one transaction."""

import time

from django.db import transaction
from django.http import HttpResponse
from django.urls import path
from django.utils import timezone

from careloop.core import events, numbering
from careloop.core.actor import Actor
from tests.faults.program import KIND


class Fact:
    class _meta:
        model_name = "fact"

    def __init__(self, pk):
        self.pk = pk

    def event_refs(self):
        return {"customer": None, "asset": None, "station": None}

    def event_label(self):
        return str(self.pk)


def make(request, number):
    with transaction.atomic():
        numbering.next_value("fact", str(number))
        time.sleep(0.002)
        events.record(KIND, Fact(number), actor=Actor.system("load"), at=timezone.now())
    return HttpResponse(status=201)


urlpatterns = [path("fact/<int:number>/", make)]
