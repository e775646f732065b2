"""The load step: known loads are changed, and what every meter sees of it tells how it is wired.

The only place outside the simulator that can write. Only set-points that a profile marks as such are
written, only lower than they were found, and the old values are on disk before the first write.
"""
