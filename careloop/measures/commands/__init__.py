"""Which module offers which measure; a module is imported only when it is asked for."""

from __future__ import annotations

from importlib import import_module

from careloop.measures.command import Command

MODULES = {
    "index": "satisfaction",
    "answers": "top-box interval nps ces expectation",
    "scales": "servqual ipa alpha acsi",
    "features": "value-ratio kano",
    "structural": "structural-index",
    "lifetimes": "bgnbd gamma-gamma clv rfm sbg",
    "relations": "churn-rhythm survival retention credit",
    "parts": "demand",
    "stocks": "abc-xyz stock fill-rate eoq",
    "reliability": "weibull replacement mtbf mcf",
    "service": "first-time-fix complaint-rate repeat-repair follow-up warranty",
    "clock": "working-time sla",
    "persons": "technician assessment sanbao failure-cost gbt27922",
    "verbatims": "themes sentiment duplicates",
}
PLACE = {name: module for module, names in MODULES.items() for name in names.split()}

ORDER = """
satisfaction top-box interval nps ces servqual expectation kano ipa acsi value-ratio alpha structural-index
rfm clv bgnbd gamma-gamma sbg churn-rhythm survival retention credit abc-xyz stock demand fill-rate eoq
weibull replacement mtbf mcf first-time-fix working-time sla complaint-rate repeat-repair technician
assessment follow-up warranty sanbao failure-cost gbt27922 themes sentiment duplicates
"""
NAMES = tuple(ORDER.split())


def find(name: str) -> Command:
    """The measure of that name."""
    commands: tuple[Command, ...] = import_module(f"careloop.measures.commands.{PLACE[name]}").COMMANDS
    return next(command for command in commands if command.name == name)
