#!/usr/bin/env python3
# ruff: noqa
"""Misbehaving Modbus/TCP device for tests.  Plain asyncio, standard library only.

  faultserver.py --mode NAME --port P [options]     one port, one behaviour
  faultserver.py --all --port BASE                  every mode, ports BASE, BASE+1, ...
  faultserver.py --list                             what each mode does

Prints one line "LISTENING {json mode->port}" on stdout when ready.  On SIGTERM
or SIGINT prints "STATS {json}" (connections, requests, answered, faults per
mode) and ends.

Register map: every holding and input register holds its own address XOR
(unit << 8), so that a stale or misplaced answer can be told from the right one.
With --data float every even address a starts a big-endian float32 a + unit/100.

A fault applies to every request, unless --first N (only the first N requests of
the server's life), --every K (each K-th request, the K-th first) or --prob X
(with --seed) narrow it; other requests are answered properly.
"""

import argparse
import asyncio
import json
import random
import signal
import socket
import struct
import sys

MODES = {
    "ok": "answers properly (pipelined requests answered in order)",
    # connection level
    "refuse": "port bound, not listening: connect is refused",
    "syn-drop": "listen queue kept full: connect hangs (nothing is ever accepted)",
    "accept-close": "accepts, closes at once (FIN)",
    "accept-rst": "accepts, resets at once (RST)",
    "blackhole": "accepts, reads, never answers",
    "close": "closes on the request without answering",
    "rst": "resets on the request without answering",
    "half-close": "sends the first half of the answer, then closes (FIN)",
    "half-rst": "sends the first half of the answer, then resets (RST)",
    "half-stall": "sends the first half of the answer and then nothing",
    "answer-close": "answers properly, then closes (one request per connection)",
    "idle-close": "answers properly, closes after --delay s without a request",
    "single-reject": "one client at a time; a second connection is closed at once",
    "single-hang": "one client at a time; a second one is accepted and never served until the first leaves",
    "single-kick": "one client at a time; a new connection throws the old one out",
    # timing
    "late": "answers each faulty request --delay s late; later requests wait behind it (RTU gateway queue)",
    "late-conc": "answers each faulty request --delay s late; later requests are answered meanwhile",
    "late-tid0": "as late-conc, transaction id of every answer 0",
    "trickle": "sends the answer byte by byte, --delay s apart",
    "split": "sends the answer in two segments --delay s apart",
    "split-last": "as split, second segment is the last byte alone",
    "silent": "does not answer the faulty requests, connection stays open",
    # framing
    "wrong-tid": "transaction id + 1",
    "swap-tid": "transaction id byte-swapped",
    "zero-tid": "transaction id 0",
    "wrong-unit": "unit id + 1",
    "zero-unit": "unit id 0 in the answer",
    "wrong-pid": "protocol id 1 instead of 0",
    "len-long": "MBAP length field 4 too large (receiver waits for bytes that never come)",
    "len-short": "MBAP length field 4 too small (4 stray bytes follow)",
    "len-zero": "MBAP length field 0",
    "len-huge": "MBAP length field 0xFFFF",
    "garbage": "40 random bytes instead of the answer",
    "garbage-prefix": "7 random bytes, then the proper answer",
    "garbage-flood": "64 KiB of random bytes instead of the answer",
    "http": "answers as a web server (HTTP/1.1 400)",
    "rtu": "answers in RTU framing (unit, pdu, crc) without MBAP header",
    "dup": "sends the answer twice, in one segment",
    "unsolicited": "an answer with an old transaction id before the proper one, in one segment",
    "stale-burst": "drops the faulty request and sends its answer together with the next one's, in one segment",
    # content
    "wrong-fc": "answers with the other read function code (3 <-> 4)",
    "unknown-fc": "answers with function code 0x63",
    "short-count": "one register too few, byte count consistent",
    "long-count": "one register too many, byte count consistent",
    "short-data": "byte count right, last two data bytes missing, MBAP length consistent",
    "odd-count": "byte count odd, one data byte missing",
    "empty": "byte count 0",
    "header-only": "unit and function code, nothing else",
    "exc-short": "exception function code without an exception byte",
    "exc": "exception --code (default 4)",
    "exc1": "exception 1 illegal function",
    "exc2": "exception 2 illegal address",
    "exc3": "exception 3 illegal value",
    "exc4": "exception 4 device failure",
    "exc5": "exception 5 acknowledge",
    "exc6": "exception 6 busy",
    "exc8": "exception 8 memory parity",
    "exc10": "exception 0x0A gateway path unavailable",
    "exc11": "exception 0x0B gateway target failed to respond",
    "exc-ff": "exception 0xFF (not in the standard)",
    "nan": "all registers 0x7FC0 0x0000 (float32 NaN)",
    "ffff": "all registers 0xFFFF",
    # device models
    "limit": "more than --max-regs registers: exception 3",
    "limit-silent": "more than --max-regs registers: no answer",
    "gaps": "a read touching --gap A-B[,C-D]: exception 2",
    "strict-start": "a read whose first or last register splits a 2-register value (odd address or count): exception 2",
    "gateway": "RTU gateway: units --units answer after --delay s each, one at a time; others: exception 0x0B after --timeout s",
    "gateway-drop": "as gateway, but a request that arrives while the line is busy is lost",
    "gateway-busy": "as gateway, but a request that arrives while the line is busy gets exception 6",
    "no-pipeline": "of several requests in one segment only the first is answered",
}


def crc16(data):
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return crc.to_bytes(2, "little")


def ranges(text):
    out = []
    for part in filter(None, (text or "").split(",")):
        low, _, high = part.partition("-")
        out.append((int(low, 0), int(high or low, 0)))
    return out


class Device:
    """One listening port with one behaviour."""

    IDENT = {0: b"Fault Works", 1: b"FS-1", 2: b"1.0", 3: b"http://invalid", 4: b"Fault server", 5: b"FS"}

    def __init__(self, mode, port, opt):
        self.mode, self.port, self.opt = mode, port, opt
        self.rng = random.Random(opt.seed)
        self.stats = dict(connections=0, requests=0, answered=0, faults=0, writes=0, refused=0, max_open=0)
        self.writers = []
        self.line = asyncio.Lock()  # the serial line of a gateway, or the queue of "late"
        self.turn = asyncio.Lock()  # single-hang
        self.gaps = ranges(opt.gap)
        self.units = {u for a, b in ranges(opt.units) for u in range(a, b + 1)}
        self.held = {}  # stale-burst
        self.store = {}  # written registers
        self.keep = []

    # -- data ------------------------------------------------------------
    def registers(self, unit, start, count):
        out = bytearray()
        for addr in range(start, start + count):
            if (unit, addr) in self.store:
                value = self.store[unit, addr]
            elif self.mode == "nan":
                value = 0 if addr & 1 else 0x7FC0
            elif self.mode == "ffff":
                value = 0xFFFF
            elif self.opt.data == "float":
                base = addr & ~1
                value = struct.unpack(">HH", struct.pack(">f", base + unit / 100))[addr & 1]
            else:
                value = (addr ^ (unit << 8)) & 0xFFFF
            out += value.to_bytes(2, "big")
        return bytes(out)

    def pdu(self, unit, req):
        """Proper answer PDU to a request PDU."""
        fc = req[0]
        if fc in (3, 4) and len(req) >= 5:
            start, count = struct.unpack(">HH", req[1:5])
            if not 1 <= count <= 125:
                return bytes((fc | 0x80, 3))
            if start + count > 65536:
                return bytes((fc | 0x80, 2))
            return bytes((fc, 2 * count)) + self.registers(unit, start, count)
        if fc in (1, 2) and len(req) >= 5:
            start, count = struct.unpack(">HH", req[1:5])
            if not 1 <= count <= 2000:
                return bytes((fc | 0x80, 3))
            bits = bytearray((count + 7) // 8)
            for i in range(count):
                if (start + i) & 1:
                    bits[i >> 3] |= 1 << (i & 7)
            return bytes((fc, len(bits))) + bytes(bits)
        if fc == 6 and len(req) >= 5:
            self.stats["writes"] += 1
            addr, value = struct.unpack(">HH", req[1:5])
            self.store[unit, addr] = value
            return req[:5]
        if fc == 5 and len(req) >= 5:
            self.stats["writes"] += 1
            return req[:5]
        if fc in (15, 16) and len(req) >= 6:
            self.stats["writes"] += 1
            if fc == 16:
                addr, count, size = struct.unpack(">HHB", req[1:6])
                for i in range(min(count, size // 2)):
                    self.store[unit, addr + i] = int.from_bytes(req[6 + 2 * i : 8 + 2 * i], "big")
            return req[:5]
        if fc == 0x2B and len(req) >= 4 and req[1] == 0x0E:
            code, first = req[2], req[3]
            wanted = {1: range(0, 3), 2: range(0, 7), 3: range(0, 256), 4: (first,)}.get(code)
            if wanted is None:
                return bytes((fc | 0x80, 3))
            found = [(i, self.IDENT[i]) for i in wanted if i in self.IDENT and i >= first]
            if not found:
                return bytes((fc | 0x80, 2))
            # one object each answer with --ident-step, to exercise "more follows"
            part = found[: self.opt.ident_step] if self.opt.ident_step else found
            more = len(part) < len(found) and code != 4
            body = b"".join(bytes((i, len(t))) + t for i, t in part)
            return (
                bytes(
                    (fc, 0x0E, code, 0x82, 0xFF if more else 0, found[len(part)][0] if more else 0, len(part))
                )
                + body
            )
        return bytes((fc | 0x80, 1))

    @staticmethod
    def frame(tid, unit, pdu, pid=0, extra=0):
        return struct.pack(">HHHB", tid & 0xFFFF, pid, (len(pdu) + 1 + extra) & 0xFFFF, unit & 0xFF) + pdu

    def faulty(self):
        n, opt = self.stats["requests"], self.opt
        if opt.first is not None and n > opt.first:
            return False
        if opt.every and n % opt.every:
            return False
        if opt.prob < 1 and self.rng.random() >= opt.prob:
            return False
        return True

    # -- connection -------------------------------------------------------
    async def start(self):
        if self.mode in ("refuse", "syn-drop"):
            sock = socket.socket()
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((self.opt.host, self.port))
            self.keep.append(sock)
            if self.mode == "syn-drop":
                sock.listen(0)
                for _ in range(3):  # fill the queue ourselves, never accept
                    filler = socket.socket()
                    filler.setblocking(False)
                    try:
                        filler.connect((self.opt.host, self.port))
                    except BlockingIOError:
                        pass
                    self.keep.append(filler)
            return
        self.keep.append(
            await asyncio.start_server(self.client, self.opt.host, self.port, limit=1 << 20, backlog=1024)
        )

    @staticmethod
    def reset(writer):
        sock = writer.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async def client(self, reader, writer):
        self.stats["connections"] += 1
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        mode = self.mode
        tasks = set()
        try:
            if mode == "accept-close":
                return
            if mode == "accept-rst":
                self.reset(writer)
                return
            if mode == "single-reject" and self.writers:
                self.stats["refused"] += 1
                return
            if mode == "single-kick":
                for other in self.writers:
                    other.close()
            self.writers.append(writer)
            self.stats["max_open"] = max(self.stats["max_open"], len(self.writers))
            if mode == "single-hang":
                async with self.turn:
                    await self.serve(reader, writer, tasks)
            else:
                await self.serve(reader, writer, tasks)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, OSError):
            pass  # client gone, or the server is ending
        finally:
            for task in tasks:
                task.cancel()
            if writer in self.writers:
                self.writers.remove(writer)
            writer.close()

    async def serve(self, reader, writer, tasks):
        idle = self.opt.delay if self.mode == "idle-close" else None
        while True:
            try:
                head = await asyncio.wait_for(reader.readexactly(7), idle)
            except asyncio.TimeoutError:
                return
            tid, _pid, length, unit = struct.unpack(">HHHB", head)
            req = await reader.readexactly(max(length - 1, 0))
            if not req:
                continue
            self.stats["requests"] += 1
            if self.mode == "no-pipeline" and reader._buffer:  # drop what came along
                del reader._buffer[:]
            if self.opt.latency:
                await asyncio.sleep(self.opt.latency)
            fault = self.faulty()
            if self.mode in ("late-conc", "late-tid0", "gateway", "gateway-drop", "gateway-busy") or (
                self.mode == "late" and not self.opt.block
            ):
                task = asyncio.create_task(self.answer(writer, tid, unit, req, fault))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            elif await self.answer(writer, tid, unit, req, fault):
                return

    async def send(self, writer, data):
        if writer.is_closing():
            return
        writer.write(data)
        await writer.drain()
        self.stats["answered"] += 1

    async def answer(self, writer, tid, unit, req, fault):
        """Answer one request; true means close the connection."""
        mode, opt = self.mode, self.opt
        good_pdu = self.pdu(unit, req)
        good = self.frame(tid, unit, good_pdu)
        fc = req[0]
        regs = struct.unpack(">HH", req[1:5]) if fc in (3, 4) and len(req) >= 5 else None

        def exc(code):
            return self.frame(tid, unit, bytes((fc | 0x80, code)))

        # device models: no --first/--every
        if mode in ("limit", "limit-silent", "gaps", "strict-start"):
            if regs:
                start, count = regs
                last = start + count - 1
                if mode.startswith("limit") and count > opt.max_regs:
                    self.stats["faults"] += 1
                    return await self.send(writer, exc(3)) if mode == "limit" else None
                if mode == "gaps" and any(start <= b and last >= a for a, b in self.gaps):
                    self.stats["faults"] += 1
                    return await self.send(writer, exc(2))
                if mode == "strict-start" and (start & 1 or count & 1):
                    self.stats["faults"] += 1
                    return await self.send(writer, exc(2))
            return await self.send(writer, good)
        if mode.startswith("gateway"):
            if self.line.locked() and mode != "gateway":
                self.stats["faults"] += 1
                return await self.send(writer, exc(6)) if mode == "gateway-busy" else None
            async with self.line:
                known = unit in self.units
                await asyncio.sleep(opt.delay if known else opt.timeout)
                if not known:
                    self.stats["faults"] += 1
                return await self.send(writer, good if known else exc(0x0B))
        if mode == "late" and not opt.block:
            async with self.line:
                if fault:
                    self.stats["faults"] += 1
                    await asyncio.sleep(opt.delay)
                return await self.send(writer, good)
        if mode == "late-tid0":
            good = self.frame(0, unit, good_pdu)
        if mode == "stale-burst":
            held = self.held.pop(writer, None)
            if held is not None:
                return await self.send(writer, held + good)

        if not fault or mode in (
            "ok",
            "idle-close",
            "single-reject",
            "single-hang",
            "single-kick",
            "nan",
            "ffff",
            "no-pipeline",
        ):
            return await self.send(writer, good)

        self.stats["faults"] += 1
        other = lambda n: self.rng.randbytes(n)
        half = max(len(good) // 2, 1)
        match mode:
            case "blackhole" | "silent":
                return None
            case "close":
                return True
            case "rst":
                self.reset(writer)
                return True
            case "half-close" | "half-rst" | "half-stall":
                await self.send(writer, good[:half])
                if mode == "half-rst":
                    await asyncio.sleep(0.02)
                    self.reset(writer)
                return mode != "half-stall"
            case "answer-close":
                await self.send(writer, good)
                return True
            case "late" | "late-conc" | "late-tid0":
                await asyncio.sleep(opt.delay)
                return await self.send(writer, good)
            case "trickle":
                for byte in good:
                    if writer.is_closing():
                        return True
                    writer.write(bytes((byte,)))
                    await asyncio.sleep(opt.delay)
                return None
            case "split" | "split-last":
                cut = half if mode == "split" else len(good) - 1
                writer.write(good[:cut])
                await asyncio.sleep(opt.delay)
                return await self.send(writer, good[cut:])
            case "stale-burst":
                self.held[writer] = good
                return None
            case "unsolicited":
                old = self.frame(tid - 1, unit, good_pdu[:2] + bytes(len(good_pdu) - 2))
                return await self.send(writer, old + good)
            case "dup":
                return await self.send(writer, good + good)
            case "garbage":
                return await self.send(writer, other(40))
            case "garbage-flood":
                return await self.send(writer, other(65536))
            case "garbage-prefix":
                return await self.send(writer, other(7) + good)
            case "http":
                return await self.send(
                    writer, b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
                )
            case "rtu":
                body = bytes((unit,)) + good_pdu
                return await self.send(writer, body + crc16(body))
        pdu = good_pdu
        data = pdu[2:]
        frames = {
            "wrong-tid": lambda: self.frame(tid + 1, unit, pdu),
            "swap-tid": lambda: self.frame((tid & 255) << 8 | tid >> 8, unit, pdu),
            "zero-tid": lambda: self.frame(0, unit, pdu),
            "wrong-unit": lambda: self.frame(tid, unit + 1, pdu),
            "zero-unit": lambda: self.frame(tid, 0, pdu),
            "wrong-pid": lambda: self.frame(tid, unit, pdu, pid=1),
            "len-long": lambda: self.frame(tid, unit, pdu, extra=4),
            "len-short": lambda: self.frame(tid, unit, pdu, extra=-4),
            "len-zero": lambda: self.frame(tid, unit, pdu, extra=-len(pdu) - 1),
            "len-huge": lambda: good[:4] + b"\xff\xff" + good[6:],
            "wrong-fc": lambda: self.frame(tid, unit, bytes((pdu[0] ^ 7,)) + pdu[1:]),
            "unknown-fc": lambda: self.frame(tid, unit, b"\x63" + pdu[1:]),
            "short-count": lambda: self.frame(tid, unit, bytes((pdu[0], pdu[1] - 2)) + data[:-2]),
            "long-count": lambda: self.frame(
                tid, unit, bytes((pdu[0], (pdu[1] + 2) & 255)) + data + b"\xde\xad"
            ),
            "short-data": lambda: self.frame(tid, unit, pdu[:-2]),
            "odd-count": lambda: self.frame(tid, unit, bytes((pdu[0], pdu[1] - 1)) + data[:-1]),
            "empty": lambda: self.frame(tid, unit, bytes((pdu[0], 0))),
            "header-only": lambda: self.frame(tid, unit, pdu[:1]),
            "exc-short": lambda: self.frame(tid, unit, bytes((fc | 0x80,))),
            "exc": lambda: exc(opt.code),
            "exc-ff": lambda: exc(255),
        }
        if mode in frames:
            return await self.send(writer, frames[mode]())
        if mode.startswith("exc"):
            return await self.send(writer, exc(int(mode[3:])))
        raise ValueError(mode)


async def run(opt):
    modes = list(MODES) if opt.all else [opt.mode]
    devices = [Device(m, opt.port + i, opt) for i, m in enumerate(modes)]
    for device in devices:
        await device.start()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sig in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sig, stop.set)
    print("LISTENING", json.dumps({d.mode: d.port for d in devices}), flush=True)
    await stop.wait()
    print("STATS", json.dumps({d.mode: d.stats for d in devices}), flush=True)


def main(argv=None):
    p = argparse.ArgumentParser(description="misbehaving Modbus/TCP device for tests")
    p.add_argument("--mode", choices=MODES, default="ok")
    p.add_argument("--port", type=int, default=15020)
    p.add_argument("--host", default="127.0.0.1")
    p.add_argument("--all", action="store_true", help="serve every mode, port counts up from --port")
    p.add_argument("--list", action="store_true", help="list the modes and end")
    p.add_argument("--delay", type=float, default=0.05, help="seconds, meaning depends on the mode")
    p.add_argument("--latency", type=float, default=0, help="seconds before any answer")
    p.add_argument("--timeout", type=float, default=0.5, help="gateway: seconds until exception 0x0B")
    p.add_argument("--block", action="store_true", help="late: do not even read during the delay")
    p.add_argument("--first", type=int, help="fault only on the first N requests")
    p.add_argument("--every", type=int, help="fault on each K-th request only")
    p.add_argument("--prob", type=float, default=1.0, help="fault with this probability")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--code", type=int, default=4, help="exception code of mode exc")
    p.add_argument("--max-regs", type=int, default=30, help="limits")
    p.add_argument("--gap", default="60-69", help="gaps: forbidden addresses A-B[,C-D]")
    p.add_argument("--units", default="1-10", help="gateway: unit ids that answer")
    p.add_argument("--data", choices=("addr", "float"), default="addr")
    p.add_argument("--ident-step", type=int, default=0, help="FC43/14: objects per answer (more follows)")
    opt = p.parse_args(argv)
    if opt.list:
        for name, text in MODES.items():
            print(f"{name:16} {text}")
        return 0
    asyncio.run(run(opt))
    return 0


if __name__ == "__main__":
    sys.exit(main())
