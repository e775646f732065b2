"""A Modbus/TCP server that is libmodbus, in a process of its own: an implementation we have no part in.

Run as a program it reads one line of JSON from stdin, {unit: {table: {address: value}}}, writes the port that
it listens at, and serves until stdin is closed. A unit that is not in it is answered with exception 0x0B, an
address beyond the last one of its table with exception 2, and every write with exception 1.
"""

import ctypes
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

LIBRARY = "libmodbus.so.5"
LONGEST = 260
UNIT_AT, FUNCTION_AT = 6, 7  # in a query as libmodbus gives it
READS = (1, 2, 3, 4)
ILLEGAL_FUNCTION, TARGET_SILENT = 1, 11
TABLES = ("coil", "discrete", "input", "holding")
Units = Mapping[int, Mapping[str, Mapping[int, int]]]


class Mapped(ctypes.Structure):
    """modbus_mapping_t of libmodbus 3.1."""

    _fields_ = (
        *((name, ctypes.c_int) for name in (
            "nb_bits", "start_bits", "nb_input_bits", "start_input_bits",
            "nb_input_registers", "start_input_registers", "nb_registers", "start_registers",
        )),
        ("coil", ctypes.POINTER(ctypes.c_uint8)),
        ("discrete", ctypes.POINTER(ctypes.c_uint8)),
        ("input", ctypes.POINTER(ctypes.c_uint16)),
        ("holding", ctypes.POINTER(ctypes.c_uint16)),
    )  # fmt: skip


def library() -> ctypes.CDLL:
    """Load libmodbus and say what its functions take."""
    found = ctypes.CDLL(LIBRARY, use_errno=True)
    found.modbus_new_tcp.restype = ctypes.c_void_p
    found.modbus_mapping_new.restype = ctypes.POINTER(Mapped)
    for name in ("tcp_listen", "tcp_accept", "receive", "reply", "reply_exception", "close"):
        getattr(found, f"modbus_{name}").argtypes = None
    return found


def mapped(modbus: ctypes.CDLL, tables: Mapping[str, Mapping[int, int]]):
    """Return the tables of one unit as libmodbus wants them."""
    sizes = [max(tables.get(table, {}), default=-1) + 1 for table in TABLES]
    coils, discrete, inputs, holding = sizes
    found = modbus.modbus_mapping_new(coils, discrete, holding, inputs)
    for table in TABLES:
        place = getattr(found.contents, table)
        for address, value in tables.get(table, {}).items():
            place[address] = value
    return found


def serve(units: Units) -> None:
    """Answer one client after the other for ever."""
    modbus = library()
    context = ctypes.c_void_p(modbus.modbus_new_tcp(b"127.0.0.1", 0))
    known = {unit: mapped(modbus, tables) for unit, tables in units.items()}
    listening = ctypes.c_int(modbus.modbus_tcp_listen(context, 4))
    with socket.socket(fileno=os.dup(listening.value)) as bound:
        print(bound.getsockname()[1], flush=True)  # noqa: T201 - what the parent waits for
    query = (ctypes.c_uint8 * LONGEST)()
    while True:
        modbus.modbus_tcp_accept(context, ctypes.byref(listening))
        while (length := modbus.modbus_receive(context, query)) >= 0:
            if query[FUNCTION_AT] not in READS:
                modbus.modbus_reply_exception(context, query, ILLEGAL_FUNCTION)
            elif query[UNIT_AT] not in known:
                modbus.modbus_reply_exception(context, query, TARGET_SILENT)
            elif length:
                modbus.modbus_reply(context, query, length, known[query[UNIT_AT]])
        modbus.modbus_close(context)


@contextmanager
def libmodbus(units: Units) -> Iterator[int]:
    """Serve these registers from a process of its own; gives the port."""
    with subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(units) + "\n")
            process.stdin.flush()
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    asked = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    serve({int(unit): {table: {int(a): v for a, v in words.items()} for table, words in tables.items()}
           for unit, tables in asked.items()})  # fmt: skip
