"""Queries by noun: rows to values and back. Beside tables.py the only place that knows SQL."""
