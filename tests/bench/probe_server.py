"""A Modbus/TCP device that costs next to nothing, so that what reads from it is measured and not itself.

Reads {"ports", "latency_s", "image": {"3": hex, "4": hex}} from its first line of input, prints its ports as
JSON and serves until its input ends. The image holds 65536 registers for each function code.
"""

import asyncio
import json
import struct
import sys
import threading

try:
    from uvloop import new_event_loop
except ImportError:
    new_event_loop = asyncio.new_event_loop


class Device(asyncio.Protocol):
    """One connection; requests come whole, one at a time."""

    image: dict[int, bytes]
    latency_s = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        start, count = struct.unpack_from(">HH", data, 8)
        words = self.image[data[7]][2 * start : 2 * (start + count)]
        answer = b"".join((data[:4], struct.pack(">H", 3 + 2 * count), data[6:8], bytes((2 * count,)), words))
        if self.latency_s:
            asyncio.get_running_loop().call_later(self.latency_s, self.transport.write, answer)
        else:
            self.transport.write(answer)


async def serve() -> None:
    wanted = json.loads(sys.stdin.readline())
    Device.latency_s = wanted["latency_s"]
    Device.image = {int(code): bytes.fromhex(words) for code, words in wanted["image"].items()}
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    servers = [await loop.create_server(Device, "127.0.0.1", 0, backlog=512) for _ in range(wanted["ports"])]
    sys.stdout.write(json.dumps([server.sockets[0].getsockname()[1] for server in servers]) + "\n")
    sys.stdout.flush()

    def wait_for_the_end() -> None:
        sys.stdin.read()
        loop.call_soon_threadsafe(over.set)

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    await over.wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(serve())
