"""What a process that has loaded the program tells Python's garbage collector."""

import gc

NEW_OBJECTS = 20_000  # between two looks at the young ones, instead of 700: an import makes many for each row


def settle() -> None:
    """Modules, models and tables live as long as the process; looking at them again costs a tenth of an import."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 20, 20)
