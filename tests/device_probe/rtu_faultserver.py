"""The misbehaving device with RTU frames, over TCP or a pair of pseudo terminals; faults of a serial line."""

import asyncio
import os
import tty

from tests.device_probe.faultserver import Device, crc16

# modes of faultserver.py that mean the same, or something else as bad, in RTU frames
SHARED = """
ok refuse syn-drop accept-close accept-rst blackhole close rst half-close half-rst half-stall
answer-close idle-close single-reject single-hang single-kick late late-conc trickle split split-last
silent wrong-unit zero-unit garbage garbage-prefix garbage-flood http dup unsolicited stale-burst
wrong-fc unknown-fc short-count long-count short-data odd-count empty header-only exc-short exc exc1 exc2
exc3 exc4 exc5 exc6 exc8 exc10 exc11 exc-ff nan ffff limit gaps strict-start gateway no-pipeline
"""
OWN = {
    "bad-crc": "one bit of the checksum wrong",
    "bad-data": "one bit of the data wrong, checksum of the right data",
    "swapped-crc": "the two bytes of the checksum exchanged",
    "lost-byte": "one byte in the middle missing",
    "noise-before": "a 0x00 and a 0xFF before the answer, as a line that is turned round reads",
    "noise-after": "two bytes of noise behind the answer",
    "echo": "a half-duplex adapter: the request comes back before the answer",
    "echo-split": "as echo, in pieces of three bytes",
    "echo-only": "the request comes back and nothing else",
    "other-master": "request and answer of another unit before the answer",
    "dup-late": "the answer once more in a segment of its own, within the silence between two frames",
    "late-shared": "answers --delay s late, to whoever is connected then: a transparent serial server",
    "one-behind": "as a transparent serial server that always answers the request before",
    "mbap": "answers in Modbus/TCP framing",
    "exc-bad-crc": "an exception with a wrong checksum",
}
RTU_MODES = (*SHARED.split(), *OWN)


class RtuDevice(Device):
    """One line with one behaviour."""

    behind = None

    @staticmethod
    def frame(tid, unit, pdu, pid=0, extra=0):
        body = bytes((unit & 0xFF,)) + pdu
        return body + crc16(body)

    async def serve(self, reader, writer, tasks):
        idle = self.opt.delay if self.mode == "idle-close" else None
        while True:
            try:
                head = await asyncio.wait_for(reader.readexactly(2), idle)
            except TimeoutError:
                return
            request = head + await reader.readexactly(5 if head[1] == 0x2B else 6)
            self.stats["requests"] += 1
            if head[1] in (5, 6, 15, 16):
                self.stats["writes"] += 1
            fault = self.faulty()
            if self.mode in ("late-conc", "late-shared", "gateway", "late"):
                tasks.add(asyncio.create_task(self.answer(writer, 0, request[0], request[1:-2], fault)))
            elif await self.answer(writer, 0, request[0], request[1:-2], fault):
                return

    async def answer(self, writer, tid, unit, req, fault):
        if self.mode not in OWN:
            return await super().answer(writer, tid, unit, req, fault)
        good = self.frame(tid, unit, self.pdu(unit, req))
        if self.mode == "one-behind":
            return await self.one_behind(good)
        if not fault:
            return await self.send(writer, good)
        self.stats["faults"] += 1
        for wait, part in self.pieces(good, self.frame(tid, unit, req), unit, req):
            await asyncio.sleep(wait)
            await self.send(self.writers[-1] if self.mode == "late-shared" and self.writers else writer, part)
        return None

    async def one_behind(self, good):
        self.behind, held = good, self.behind
        if held is not None and self.writers:
            await self.send(self.writers[-1], held)

    def pieces(self, good, request, unit, req):
        """Return what is sent: seconds to wait, and the bytes."""
        delay = self.opt.delay
        echo = request + good
        exception = self.frame(0, unit, bytes((req[0] | 0x80, 2)))
        other = self.frame(0, unit + 1, req) + self.frame(0, unit + 1, self.pdu(unit + 1, req))
        return {
            "bad-crc": [(0, good[:-1] + bytes((good[-1] ^ 1,)))],
            "bad-data": [(0, good[:4] + bytes((good[4] ^ 4,)) + good[5:])],
            "swapped-crc": [(0, good[:-2] + good[:-3:-1])],
            "lost-byte": [(0, good[:5] + good[6:])],
            "noise-before": [(0, b"\x00\xff" + good)],
            "noise-after": [(0, good + b"\x00\xff")],
            "echo": [(0, echo)],
            "echo-split": [(0.002, echo[at : at + 3]) for at in range(0, len(echo), 3)],
            "echo-only": [(0, request)],
            "other-master": [(0, other), (0.005, good)],
            "dup-late": [(0, good), (0.0005, good)],
            "late-shared": [(delay, good)],
            "mbap": [(0, Device.frame(1, unit, good[1:-2]))],
            "exc-bad-crc": [(0, exception[:-1] + bytes((exception[-1] ^ 1,)))],
        }[self.mode]


class Wire:
    """What a device writes to when it sits behind a pseudo terminal."""

    def __init__(self, file):
        self.file = file

    def write(self, data):
        os.write(self.file, data)

    async def drain(self):
        pass

    def is_closing(self):
        return False


class PtyDevice:
    """A device behind a serial port; ``name`` is the port that a client opens."""

    def __init__(self, mode, opt):
        self.device = RtuDevice(mode, 0, opt)
        self.near, self.far = os.openpty()
        tty.setraw(self.far)
        tty.setraw(self.near)
        self.name = os.ttyname(self.far)
        self.tasks = set()

    async def __aenter__(self):
        self.reader = asyncio.StreamReader()
        os.set_blocking(self.near, False)
        asyncio.get_running_loop().add_reader(self.near, self.take)
        wire = Wire(self.near)
        self.device.writers.append(wire)
        self.serving = asyncio.create_task(self.device.serve(self.reader, wire, self.tasks))
        return self

    def take(self):
        try:
            data = os.read(self.near, 4096)
        except OSError:
            data = b""
        if data:
            self.reader.feed_data(data)
        else:
            asyncio.get_running_loop().remove_reader(self.near)

    def unplug(self):
        asyncio.get_running_loop().remove_reader(self.near)
        os.close(self.near)
        os.close(self.far)
        self.near = self.far = -1

    async def __aexit__(self, *_):
        for task in (self.serving, *self.tasks):
            task.cancel()
        await asyncio.gather(self.serving, *self.tasks, return_exceptions=True)
        if self.near >= 0:
            self.unplug()
