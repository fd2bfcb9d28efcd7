"""Components as Python functions: plain values in, safe HTML out.

The tags in templatetags/careloop.py call them. What stands in a row of a list is made here and not in a template,
because fifty rows of eight cells cost 1 ms this way and 8 ms with template nodes.
"""
