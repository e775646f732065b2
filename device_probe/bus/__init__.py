"""The only door to pymodbus and pyserial for reading.

pymodbus' PDUs and framers are the codec; the transaction is ours and strict. Only the function codes 1 to 4
and 43 can be built here, so reading is incapable of writing. Every answer must fit its request in
transaction id, protocol id, unit, function code and byte count (on a serial line: unit, function code, byte
count and checksum), or it is never used: pymodbus' own client takes some that do not fit. After a timeout or
a bad frame the connection is dropped, so no late answer can be taken for the next one.

request -> framing -> connection -> line -> channel; each knows only what stands left of it.
"""

from device_probe.bus.channel import MAX_CONNECTS, Bus, Channel
from device_probe.bus.manners import Answer, Manners, line_time_s, now_text, silence_s

__all__ = ["MAX_CONNECTS", "Answer", "Bus", "Channel", "Manners", "line_time_s", "now_text", "silence_s"]
