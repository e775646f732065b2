"""The door for tablets on the site network: a small HTTP server with one page and a token.

It can be asked to look, to read and to stop reading. Nothing that comes through it is ever written to a
device, and nothing of the site is shown without the token, which stands behind the # of the link in the code.
"""

import hmac
import ipaddress
import json
import os
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from device_probe.agent.desk import Desk
from device_probe.agent.page import asset, words
from device_probe.agent.pairing import door_address, door_token
from device_probe.agent.qr import qr_svg
from device_probe.agent.reading import BusyError
from device_probe.problems import AgentCallError, ProbeError

MOST_AT_ONCE = 16
MOST_BODY = 1024
MOST_FIELDS = 2000
IDLE_S, WHOLE_S = 10, 30
WRONG_TOKEN_S = 1.0
SAFE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}


class _Refused(Exception):  # noqa: N818 - it is an answer, not a fault
    def __init__(self, status: HTTPStatus, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


class Door(ThreadingHTTPServer):
    """The server socket; a slow or greedy client costs one of a few places, for a bounded time."""

    daemon_threads = True
    allow_reuse_address = os.name == "posix"  # elsewhere it would let another program share the port
    request_queue_size = 32

    def __init__(self, place: tuple[str, int], desk: Desk) -> None:
        self.desk = desk
        self.address_family = socket.AF_INET6 if ":" in place[0] else socket.AF_INET
        self.host_names = _own_names()
        self._places = threading.BoundedSemaphore(MOST_AT_ONCE)
        try:
            super().__init__(place, _Handler)
        except OSError as error:
            raise AgentCallError(
                f"{place[0]}:{place[1]} cannot be opened for tablets ({error.strerror or error}); "
                "choose an address of this computer and a free port."
            ) from error
        self.address = door_address(place[0], self.server_port)

    def server_bind(self) -> None:
        """Bind without looking the own name up, which takes long where there is no network."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Give a request a thread, or hang up when all are taken."""
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer one request within its time."""
        limit = threading.Timer(WHOLE_S, _hang_up, (request,))
        limit.daemon = True
        limit.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            limit.cancel()
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever hangs up in the middle is no news."""

    @contextmanager
    def serving(self) -> Iterator["Door"]:
        """Answer in a thread of its own."""
        thread = threading.Thread(target=self.serve_forever, args=(0.2,), name="door", daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.shutdown()
            thread.join()
            self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Door
    timeout = IDLE_S
    server_version, sys_version = "device-probe", ""

    def do_GET(self) -> None:
        """Answer a page or its data."""
        self._answer({
            "/": lambda: self._asset("index.html", "text/html"),
            "/page.css": lambda: self._asset("page.css", "text/css"),
            "/hand.js": lambda: self._asset("hand.js", "text/javascript"),
            "/page.js": lambda: self._asset("page.js", "text/javascript"),
            "/icon.svg": lambda: self._asset("icon.svg", "image/svg+xml"),
            "/words.json": self._words,
            "/api/state": self._state,
            "/api/report": self._report,
            "/api/digest.svg": self._digest,
        })  # fmt: skip

    def do_POST(self) -> None:
        """Begin or stop a run."""
        self._answer({
            "/api/read": self._read, "/api/stop": self._stop, "/api/hand/look": self._hand_look,
            "/api/hand/begin": self._hand_begin, "/api/hand/go-on": self._hand_go_on,
            "/api/hand/press": self._hand_press,
        })  # fmt: skip

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the standard library
        """Say nothing: tablets ask every second."""

    def _answer(self, routes: Mapping[str, Callable[[], None]]) -> None:
        try:
            self._check_host()
            path = self.path.partition("?")[0]
            if path.startswith("/api/"):
                self._check_token()
            self._check_body()
            route = routes.get(path)
            if route is None:
                raise _Refused(HTTPStatus.NOT_FOUND, "There is nothing here.")
            route()
        except _Refused as refused:
            self._json({"detail": refused.sentence}, refused.status)
        except BusyError as error:
            self._json({"detail": str(error)}, HTTPStatus.CONFLICT)
        except ProbeError as error:
            self._json({"detail": str(error)}, HTTPStatus.UNPROCESSABLE_ENTITY)

    def _check_host(self) -> None:
        """Answer only to this computer's own names: a page elsewhere can't borrow one by renaming itself."""
        host = self.headers.get("Host", "")
        if not _is_own(host, self.server.server_port, self.server.host_names):
            raise _Refused(HTTPStatus.MISDIRECTED_REQUEST, "This is not an address of this agent.")
        origin = self.headers.get("Origin")
        if origin is not None and origin != f"http://{host}":
            raise _Refused(HTTPStatus.FORBIDDEN, "Only this agent's own page may ask here.")

    def _check_token(self) -> None:
        scheme, _, given = self.headers.get("Authorization", "").partition(" ")
        token = door_token(self.server.desk.spool.folder)
        good = hmac.compare_digest(given.strip().encode("utf-8", "replace"), token.encode())
        if scheme.lower() != "bearer" or not good:
            time.sleep(WRONG_TOKEN_S)
            raise _Refused(HTTPStatus.UNAUTHORIZED, "Scan the QR code of this agent again.")

    def _check_body(self) -> None:
        """Nothing here needs a body; a small one is read and dropped."""
        length = self.headers.get("Content-Length", "0")
        if self.headers.get("Transfer-Encoding") or not (length.isascii() and length.isdigit()):
            raise _Refused(HTTPStatus.LENGTH_REQUIRED, "Send a body with its length, or none.")
        if len(length) > 9 or int(length) > MOST_BODY:
            raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "This request is too large.")
        self.rfile.read(int(length))

    def _asset(self, name: str, kind: str) -> None:
        self._send(asset(name), f"{kind}; charset=utf-8")

    def _words(self) -> None:
        found = words(self.headers.get("Accept-Language", ""))
        self._send(found, "application/json", headers={"Vary": "Accept-Language"})

    def _state(self) -> None:
        self._json(self.server.desk.state())

    def _read(self) -> None:
        self.server.desk.begin()
        self._json({"begun": True}, HTTPStatus.ACCEPTED)

    def _stop(self) -> None:
        if not self.server.desk.cancel():
            raise _Refused(HTTPStatus.CONFLICT, "No run that a tablet began is going on.")
        self._json({"stopping": True}, HTTPStatus.ACCEPTED)

    def _hand_look(self) -> None:
        self.server.desk.hand.look(self.server.desk.plans.plan)
        self._json({"begun": True}, HTTPStatus.ACCEPTED)

    def _hand_begin(self) -> None:
        self.server.desk.hand.begin(self.server.desk.plans.plan, self._asked("tag"))
        self._json({"begun": True}, HTTPStatus.ACCEPTED)

    def _hand_go_on(self) -> None:
        self.server.desk.hand.go_on()
        self._json({"begun": True}, HTTPStatus.ACCEPTED)

    def _hand_press(self) -> None:
        """A press of a turn that is past is answered like any other: somebody else was faster."""
        what, turn = (" ".join(self._asked(name)) for name in ("what", "turn"))
        self._json({"taken": self.server.desk.hand.press(what, turn)}, HTTPStatus.ACCEPTED)

    def _asked(self, name: str) -> list[str]:
        """Return what stands under a name behind the ? of the address."""
        try:
            return parse_qs(self.path.partition("?")[2], max_num_fields=MOST_FIELDS).get(name, [])
        except ValueError as error:
            raise _Refused(HTTPStatus.BAD_REQUEST, "This address is too long.") from error

    def _report(self) -> None:
        newest = self._newest()
        name = f"probe-report-{str(newest['id'])[:12]}.json"
        data = json.dumps(newest, ensure_ascii=False, indent=1).encode()
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        self._send(data, "application/json", headers=headers)

    def _digest(self) -> None:
        self._newest()
        if found := self.server.desk.newest():
            self._send(qr_svg(found.text), "image/svg+xml")

    def _newest(self) -> dict[str, Any]:
        found = self.server.desk.newest()
        if found is None:
            raise _Refused(HTTPStatus.NOT_FOUND, "There is no report yet.")
        return found.document

    def _json(self, document: Mapping[str, Any], status: HTTPStatus = HTTPStatus.OK) -> None:
        headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else {}
        self._send(json.dumps(document, ensure_ascii=False).encode(), "application/json", status, headers)

    def _send(
        self,
        data: bytes,
        kind: str,
        status: HTTPStatus = HTTPStatus.OK,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.send_response(status)
        for name, value in {**SAFE_HEADERS, **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _own_names() -> frozenset[str]:
    name = socket.gethostname().lower()
    return frozenset({"localhost", name, f"{name}.local"})


def _is_own(header: str, port: int, names: frozenset[str]) -> bool:
    """Addresses in figures can't be renamed, so any of them will do; of names only the own ones."""
    host, colon, given = header.strip().lower().rpartition(":")
    if header.strip().endswith("]") or not colon:
        host, given = header.strip().lower(), "80"
    if given != str(port):
        return False
    try:
        ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return host in names
    return True


def _hang_up(request: socket.socket) -> None:
    try:
        request.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is gone already
