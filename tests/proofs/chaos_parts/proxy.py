"""A bad network: a proxy on loopback that cuts, delays, duplicates, replays and reorders requests.

Which request meets which mischief follows from a seed and from the order in which requests arrive.
"""

import asyncio
import random
import threading
from collections import Counter
from dataclasses import dataclass

#: What happens to a request, and how often in a hundred.
MISCHIEF = {
    "pass": 46,
    "delay": 10,
    "cut_request": 14,
    "cut_answer": 14,
    "duplicate": 8,
    "replay": 4,
    "hold": 4,
}
LONGEST_DELAY_S, ANSWER_S = 0.3, 30.0


@dataclass
class _Held:
    """A request that was kept from the server until some later ones have passed."""

    raw: bytes
    passes: int


class Proxy:
    """Forwards each request on a connection of its own; runs in a thread of its own."""

    def __init__(self, server_port: int, seed: int) -> None:
        self.counts = Counter[str]()
        self.port = 0
        self._server_port, self._chance = server_port, random.Random(seed)
        self._held: list[_Held] = []
        self._later: set[asyncio.Task[None]] = set()
        self._ready, self._thread = threading.Event(), threading.Thread(target=self._main, daemon=True)

    def start(self) -> None:
        """Begin to listen; ``port`` says where."""
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the proxy did not start")

    def stop(self) -> None:
        """Let what was held back or copied arrive after all, then end."""
        asyncio.run_coroutine_threadsafe(self._drain(), self._loop).result(120)
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(10)

    def _main(self) -> None:
        asyncio.run(self._listen())

    async def _listen(self) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        async with server:
            await self._ended.wait()

    async def _drain(self) -> None:
        for each in self._held:
            await self._deliver(each.raw, 0)
        self._held.clear()
        while self._later:
            await asyncio.gather(*self._later)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            raw = await asyncio.wait_for(_request(reader), ANSWER_S)
            [deed] = self._chance.choices(list(MISCHIEF), list(MISCHIEF.values()))
            self.counts["requests"] += 1
            self.counts[deed] += 1
            answer = await self._meet(deed, raw)
            self._let_go()
            writer.write(answer)
            await writer.drain()
            writer.close()
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            self.counts["unreachable"] += 1
        finally:
            writer.transport.abort()

    async def _meet(self, deed: str, raw: bytes) -> bytes:
        """Do to a request what was drawn; return what the tablet gets to see of the answer."""
        if deed == "cut_request":
            await self._send_part(raw[: self._chance.randrange(len(raw))])
            return b""
        if deed == "hold":
            self._held.append(_Held(raw, self._chance.randrange(1, 6)))
            return b""
        if deed == "delay":
            await asyncio.sleep(self._chance.uniform(0, LONGEST_DELAY_S))
        if deed == "replay":
            self._spawn(raw, self._chance.uniform(0.1, 3.0))
        if deed == "duplicate":
            both = await asyncio.gather(self._exchange(raw), self._exchange(raw), return_exceptions=True)
            answers = [each for each in both if isinstance(each, bytes)]
            return self._chance.choice(answers) if answers else b""
        answer = await self._exchange(raw)
        return answer[: self._chance.randrange(len(answer))] if deed == "cut_answer" and answer else answer

    def _let_go(self) -> None:
        """After every request the held ones come nearer to being delivered, out of their order."""
        for each in self._held:
            each.passes -= 1
        for each in [each for each in self._held if each.passes < 0]:
            self._held.remove(each)
            self._spawn(each.raw, 0)

    def _spawn(self, raw: bytes, seconds: float) -> None:
        task = asyncio.create_task(self._deliver(raw, seconds))
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _deliver(self, raw: bytes, seconds: float) -> None:
        await asyncio.sleep(seconds)
        try:
            await self._exchange(raw)
        except OSError:
            self.counts["late_and_unreachable"] += 1

    async def _exchange(self, raw: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._server_port)
        try:
            writer.write(raw)
            await writer.drain()
            return await asyncio.wait_for(reader.read(-1), ANSWER_S)
        finally:
            writer.transport.abort()

    async def _send_part(self, part: bytes) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", self._server_port)
        writer.write(part)
        await writer.drain()
        writer.transport.abort() if self._chance.random() < 0.5 else writer.close()


async def _request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    size = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            size = int(value)
    return head + await reader.readexactly(size)
