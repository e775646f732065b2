"""What can go wrong in this room.

One base class, each kind with the exit code of docs/contracts/README.md.
"""

from typing import ClassVar


class ProbeError(Exception):
    """A sentence for the person at the keyboard; ``exit_code`` is what a command ends with."""

    exit_code = 2


class ProfileError(ProbeError):
    """A device profile is unknown or wrong."""


class PlanFileError(ProbeError):
    """A site plan, scenario or report file is wrong."""


class ScanRangeError(ProbeError):
    """What is to be scanned can't be understood, or is more than one network."""


class OutputError(ProbeError):
    """A result cannot be written where it was to go."""

    exit_code = 4


class RefusedError(ProbeError):
    """What was asked for is not done, because it would not be safe."""

    exit_code = 1


class BusError(ProbeError):
    """A device or its connection did not answer as it must."""

    exit_code = 4
    retry = False
    drops_connection = True


class NoConnectionError(BusError):
    """The TCP connection could not be made."""

    retry = True


class CertificateError(NoConnectionError):
    """The other side can't prove who it is."""

    retry = False


class BadRequestError(BusError):
    """What was asked for is no request that reads; nothing was sent."""

    exit_code = 2
    drops_connection = False


class ConnectionLostError(BusError):
    """The other side closed the connection before it answered."""

    retry = True


class NoAnswerError(BusError):
    """No complete answer came in time."""

    retry = True


class GarbledError(NoAnswerError):
    """What came was damaged on a serial line (checksum, noise); as good as no answer."""


class BadFrameError(BusError):
    """An answer came that does not fit the request; it is never used."""


class ParkedError(BusError):
    """The unit or its connection failed too often and is left alone."""

    drops_connection = False


class NotSunSpecError(BusError):
    """The device answers, but has not the SunSpec models it is to be read by."""

    drops_connection = False


class DeviceRefusalError(BusError):
    """The device answered with a Modbus exception."""

    drops_connection = False
    MEANINGS: ClassVar[dict[int, str]] = {
        1: "illegal function",
        2: "illegal address",
        3: "illegal value",
        4: "device failure",
        5: "acknowledge, still busy",
        6: "device busy",
        8: "memory parity error",
        10: "gateway path unavailable",
        11: "gateway target failed to respond",
    }

    def __init__(self, code: int) -> None:
        self.code = code
        self.retry = code in {5, 6, 10, 11}
        super().__init__(f"Modbus exception {code} ({self.MEANINGS.get(code, 'not in the standard')})")


class AgentCallError(ProbeError):
    """The agent was started with something that cannot work."""


class SpoolError(ProbeError):
    """The folder in which an agent keeps its results takes no file, or another agent has it."""

    exit_code = 4


class OutOfReachError(ProbeError):
    """The server gave no answer that could be used; nothing is lost, it is asked again later."""

    exit_code = 4

    def __init__(self, sentence: str, *, answered: bool = False, wait_s: float | None = None) -> None:
        super().__init__(sentence)
        self.answered, self.wait_s = answered, wait_s  # whether the server itself said so, and until when


class TokenRefusedError(ProbeError):
    """The server does not know this token any more."""

    exit_code = 4


class ServerRefusalError(ProbeError):
    """The server understood and said no."""

    exit_code = 1

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.code = status, code
