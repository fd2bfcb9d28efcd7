"""Reads of work orders. Every read starts at what the actor may see."""

from careloop.workorders.queries.booking import Party, party, slots, unverified_channels
from careloop.workorders.queries.detail import order_by_number, orders, whole
from careloop.workorders.queries.lists import as_row, board, counts, order_list, values
from careloop.workorders.queries.people import (
    orders_of_technician,
    people_at,
    served_by,
    technicians_of,
    technicians_with_load,
)
from careloop.workorders.queries.public import link_of
from careloop.workorders.queries.summary import service_summary

__all__ = [
    "Party",
    "as_row",
    "board",
    "counts",
    "link_of",
    "order_by_number",
    "order_list",
    "orders",
    "orders_of_technician",
    "party",
    "people_at",
    "served_by",
    "service_summary",
    "slots",
    "technicians_of",
    "technicians_with_load",
    "unverified_channels",
    "values",
    "whole",
]
