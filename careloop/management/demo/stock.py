"""What lies on the shelves of the demonstration: the parts that its repairs need, some of them short."""

from decimal import Decimal

from careloop.core.actor import Actor
from careloop.inventory import services
from careloop.management.demo import things
from careloop.management.demo.shop import CREWS
from careloop.management.demo.story import Story


def build(story: Story) -> None:
    """One count per part and station. Quantities follow from the part number, so that they are the same every time."""
    parts = {
        number: name
        for fault in (*things.MACHINE_FAULTS, *things.CAR_FAULTS, *things.MAINTENANCE)
        for name, number, *_rest in fault.parts
    }
    for place, station in enumerate(CREWS):
        for number, name in sorted(parts.items()):
            on_hand = sum(map(ord, number)) * (place + 1) % 13
            services.count_stock(
                number=number, name=name, unit="件", on_hand=Decimal(on_hand), station_id=story.stations[station],
                actor=Actor.system(), at=story.start,
            )  # fmt: skip
