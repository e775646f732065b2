"""Short circuit: breaking capacity, withstand of switchboards. IEC 60364-4-43, 434; IEC 61439-1."""

from collections.abc import Iterator

from designs.findings import Studied, finding, known
from designs.model import Circuit, Figure, Finding, Switchboard

#: (Icw up to kA, peak factor n): what peak an assembly withstands, IEC 61439-1 Table 7.
PEAK_FACTORS = ((5.0, 1.5), (10.0, 1.7), (20.0, 2.0), (50.0, 2.1), (float("inf"), 2.2))
#: The time that Icw is declared for unless the maker says otherwise (IEC 61439-1).
ICW_TIME_S = 1.0


def breaking_capacity(studied: Studied) -> Iterator[Finding]:
    """Icn or Icu of a device is at least the highest short-circuit current where it stands."""
    for circuit in studied.one_line.circuits:
        ik = known(studied.circuits[circuit.tag].ik_max_source_ka)
        limit = circuit.device.breaking_capacity_ka
        if circuit.protected_by is None and limit < ik:
            yield finding(
                "breaking_capacity",
                "error",
                circuit.tag,
                f"Circuit {circuit.tag}: {circuit.device.equipment} can break {limit:g} kA, but {ik:g} "
                "kA can "
                f"flow at {circuit.source}.",
                Figure("ik_max", ik, "kA"),
                Figure("breaking_capacity", limit, "kA"),
                studied.clause("4-43", "434.5.1"),
                f"Choose a device with a breaking capacity of at least {ik:g} kA, or one with a tested "
                "back-up device.",
            )


def board_withstand(studied: Studied) -> Iterator[Finding]:
    """A switchboard withstands the highest short-circuit current at its busbar."""
    for board in studied.one_line.switchboards:
        ik = studied.boards[board.tag].ik_max_ka
        if board.short_circuit_rating_ka < ik:
            yield finding(
                "board_withstand",
                "error",
                board.tag,
                f"Switchboard {board.tag} withstands {board.short_circuit_rating_ka:g} kA, but {ik:g} kA "
                "can flow there.",
                Figure("ik_max", ik, "kA"),
                Figure("short_circuit_rating", board.short_circuit_rating_ka, "kA"),
                "IEC 61439-1, short-circuit withstand strength",
                f"Choose an assembly rated for at least {ik:g} kA.",
            )


def board_peak(studied: Studied) -> Iterator[Finding]:
    """The peak of the short-circuit current stays within n · Icw."""
    for board in studied.one_line.switchboards:
        peak, limit = studied.boards[board.tag].ip_ka, peak_withstand_ka(board)
        if peak is not None and peak > limit:
            yield finding(
                "board_peak",
                "warning",
                board.tag,
                f"Switchboard {board.tag}: the short-circuit current may peak at {peak:g} kA; an assembly of "
                f"{board.short_circuit_rating_ka:g} kA withstands {limit:g} kA unless its maker says more.",
                Figure("ip", peak, "kA"),
                Figure("ipk", limit, "kA"),
                "IEC 61439-1, Table 7: peak factor n",
                "Have the maker declare Ipk, or choose an assembly with a higher rating.",
            )


def board_short_time(studied: Studied) -> Iterator[Finding]:
    """Behind a breaker with a short-time delay an assembly withstands Ik for that delay (Icw, not Icc)."""
    for board in studied.one_line.switchboards:
        feeder = studied.topology.feeder.get(board.tag)
        delay = feeder.device.short_time_s if feeder else None
        if feeder is not None and delay is not None:
            yield _short_time(studied, board, feeder, delay)


def peak_withstand_ka(board: Switchboard) -> float:
    """Return the peak current in kA that an assembly of this rating withstands, n · Icw."""
    rating = board.short_circuit_rating_ka
    return round(rating * next(factor for limit, factor in PEAK_FACTORS if rating <= limit), 2)


def _short_time(studied: Studied, board: Switchboard, feeder: Circuit, delay: float) -> Finding:
    ik, guard = studied.boards[board.tag].ik_max_ka, feeder.protected_by or feeder.tag
    too_long = delay > ICW_TIME_S
    known = (
        f"Icw is declared for {ICW_TIME_S:g} s" if too_long else "a conditional rating (Icc) is not enough"
    )
    return finding(
        "board_short_time",
        "error" if too_long else "info",
        board.tag,
        f"Switchboard {board.tag} must withstand {ik:g} kA for the {delay:g} s that {guard} waits; {known}.",
        Figure("short_time_delay", delay, "s"),
        Figure("icw_time", ICW_TIME_S, "s"),
        "IEC 61439-1, rated short-time withstand current Icw",
        f"Set the delay of {guard} to {ICW_TIME_S:g} s or less."
        if too_long
        else f"Confirm with the maker that the {board.short_circuit_rating_ka:g} kA of the assembly are Icw.",
    )
