"""Formulas of after-sales service and customer relations, free of Django and of any database.

One module per family; every public function is pure: numbers or numpy arrays in, frozen
dataclasses out, `MeasureError` (a `ValueError`) when a figure cannot be given. A figure that is
undefined for valid data is `None` beside a `Message` that says why; it is never NaN or infinity.
"""
