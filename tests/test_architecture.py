"""The shape of the house: floors, state tables, wiring. Walks whatever apps there are."""

import importlib
import os
import re
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils.module_loading import import_string

from careloop.accounts import roles
from careloop.core import flow

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
LAYERS = next(contract["layers"] for contract in CONTRACTS if contract["containers"] == ["careloop"])
HEIGHT = {name.strip(" ()"): len(LAYERS) - place for place, layer in enumerate(LAYERS) for name in layer.split("|")}
OWN_MODELS = [model for model in apps.get_models() if model.__module__.startswith("careloop.")]

# Models that no test needs to name: what reads and writes them is tested by its effect.
TESTED_BY_EFFECT: dict[str, str] = {
    "FollowUpPlan": "the windows that tests/feedback/test_flow.py expects come from its rows",
    "AnswerAddendum": "tests/feedback adds one through its service and reads it on the page",
    "RemedyLimit": "the limits that tests/complaints tries come from its rows",
    "BillLine": "tests/workorders compares the printed lines of a bill",
    "Estimate": "tests/workorders/test_estimates.py goes through order.estimates",
    "WorkLog": "hours of a technician in tests/workorders",
    "BookingDay": "the lock that two bookings of one day meet at",
    "ContactPolicy": "quiet hours and budget in tests/feedback come from its row",
}


def state_tables() -> list[flow.Flow]:
    for config in apps.get_app_configs():
        if config.name.startswith("careloop.") and find_spec(f"{config.name}.states"):
            importlib.import_module(f"{config.name}.states")
    return flow.REGISTRY


TABLES = state_tables()
EVERY_TABLE = pytest.mark.parametrize("table", TABLES, ids=[table.entity for table in TABLES])


def test_imports_follow_the_contracts():
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, env={**os.environ, "COLUMNS": "120"}
    )
    assert done.returncode == 0, done.stdout


def test_every_app_has_its_floor():
    placed = {config.label for config in apps.get_app_configs() if config.name.startswith("careloop.")}
    assert placed - set(HEIGHT) == set()


def test_foreign_keys_point_to_a_lower_app():
    """Imports do not show foreign keys given as text."""
    upward = [
        f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
        for model in OWN_MODELS
        for field in model._meta.get_fields()
        if field.is_relation and field.concrete and isinstance(field.related_model, type)
        if (there := field.related_model._meta.app_label) in HEIGHT
        if there != model._meta.app_label and HEIGHT[there] >= HEIGHT[model._meta.app_label]
    ]
    assert upward == []


def test_lower_apps_get_no_names_of_upper_ones():
    """A foreign key between apps has related_name="+", so the lower model knows nothing of the upper."""
    named = [
        f"{model._meta.label}.{field.name}"
        for model in OWN_MODELS
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey | models.ManyToManyField)
        if isinstance(field.related_model, type) and field.related_model._meta.app_label in HEIGHT
        if field.related_model._meta.app_label != model._meta.app_label
        if not field.remote_field.hidden
    ]
    assert named == ["staff.Person.user"]  # who signs in is one person: looked up from the user's side


def test_no_domain_link_is_a_generic_foreign_key():
    generic = [
        f"{model._meta.label}.{field.name}"
        for model in OWN_MODELS
        for field in model._meta.private_fields
        if type(field).__name__ == "GenericForeignKey"
    ]
    assert generic == []


def test_money_is_never_a_float():
    floats = [
        f"{model._meta.label}.{field.name}"
        for model in OWN_MODELS
        for field in model._meta.fields
        if isinstance(field, models.FloatField) and re.search("amount|price|cost|paid|total", field.name)
    ]
    assert floats == []


def test_every_model_is_named_by_a_test():
    text = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__))
    names = {
        model.__name__
        for model in OWN_MODELS
        if not model._meta.auto_created and not re.search(rf"\b{model.__name__}(Factory)?\b", text)
    }
    assert names - set(TESTED_BY_EFFECT) == set()
    assert set(TESTED_BY_EFFECT) <= {model.__name__ for model in OWN_MODELS}


def test_entities_are_unique():
    entities = [table.entity for table in TABLES]
    assert sorted(set(entities)) == sorted(entities)


@EVERY_TABLE
def test_table_names_states_that_exist(table):
    known = {*table.states.values, flow.START, flow.BACK, flow.UNDONE, None}
    assert {state for step in table.transitions for state in (*step.sources, step.target)} <= known
    assert table.final <= set(table.states.values)


@EVERY_TABLE
def test_every_state_can_be_reached(table):
    """From the start, or from the first state where rows are made without a step."""
    reached = {flow.START} if table.from_state(flow.START) else {table.states.values[0]}
    while True:
        steps = [step for step in table.transitions if step.sources & reached]
        further = {step.target for step in steps if step.target not in (None, flow.BACK, flow.UNDONE)} - reached
        if not further:
            break
        reached |= further
    assert set(table.states.values) - reached == set()


@EVERY_TABLE
def test_only_final_states_are_dead_ends(table):
    def leaves(state: str) -> bool:
        return any(step.target not in (None, state) for step in table.from_state(state))

    assert {state for state in table.states.values if not leaves(state)} <= table.final


@EVERY_TABLE
def test_every_step_has_a_label_and_one_row_per_state(table):
    assert [step.action for step in table.transitions if not str(step.label).strip()] == []
    rows = [(step.action, source) for step in table.transitions for source in step.sources]
    assert sorted(set(rows)) == sorted(rows)


@EVERY_TABLE
def test_every_step_has_a_right_that_some_role_holds_or_is_taken_by_the_program(table):
    held = {permission for value in vars(roles).values() for permission in permissions_in(value)}
    asked = {step.action: step.permission for step in table.transitions if not step.auto}
    assert {action: right for action, right in asked.items() if right not in held} == {}
    assert [step.action for step in table.transitions if step.auto and step.permission] == []


def permissions_in(value: object) -> set[str]:
    """Every text of the form app.verb in nested tuples."""
    if isinstance(value, str):
        return {value} if re.fullmatch(r"[a-z]+\.[a-z_]+", value) else set()
    if isinstance(value, tuple | list | set | frozenset):
        return {found for part in value for found in permissions_in(part)}
    return set()


@EVERY_TABLE
def test_the_database_knows_the_states(table):
    """A row in a state that does not exist is refused below Python too."""
    holders = [
        model
        for model in OWN_MODELS
        for field in model._meta.fields
        if field.name == "state" and field.choices and dict(field.choices).keys() == dict(table.states.choices).keys()
    ]
    assert holders != []
    for model in holders:
        checks = [c for c in model._meta.constraints if isinstance(c, models.CheckConstraint)]
        assert any("state__in" in str(check.condition) for check in checks), model._meta.label


def test_handlers_and_sweeps_exist():
    handlers = import_string(settings.WIRING)
    assert all(callable(import_string(path)) for paths in handlers.values() for path in paths)
    assert all(callable(import_string(sweep.path)) for sweep in import_string(settings.SCHEDULE))


def test_handlers_listen_to_steps_that_exist():
    steps = {f"{table.entity}.{step.action}" for table in TABLES for step in table.transitions}
    entities = {table.entity for table in TABLES}
    unknown = [
        kind for kind in import_string(settings.WIRING) if kind.partition(".")[0] in entities and kind not in steps
    ]
    assert unknown == []
