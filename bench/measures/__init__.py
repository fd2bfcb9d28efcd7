"""Speed and agreement of careloop.measures against reference libraries."""
