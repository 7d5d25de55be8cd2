"""Bytes to values and back: forms, answers, dates, error bodies, codes, segments.

Everything here is pure: no I/O, no clock.
"""
