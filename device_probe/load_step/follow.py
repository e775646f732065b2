"""Whether a station follows its set-point, and falls back when it is left alone. Pure."""

from device_probe.load_step.result import FollowResult, Judged
from device_probe.load_step.setpoint import CURRENT, SetPoint

TOLERANCE_A = 0.7
BACK_SHARE = 0.85  # of what it drew: then a station counts as back


def limit_a(point: SetPoint) -> float:
    """Return the current per phase to which a station is lowered."""
    if point.point.quantity in CURRENT:
        return point.low
    return point.low * (point.device.design_current_a or 0.0) / point.limit


def arrived(point: SetPoint, now: float, lowered: bool) -> bool:
    """Return True when a station draws what it was set to, or draws again after it was set back."""
    if lowered:
        return now <= 1.05 * limit_a(point) + TOLERANCE_A
    return now >= BACK_SHARE * point.drawn_a


def followed(point: SetPoint, after: float | None, seconds: float | None, within_s: float) -> FollowResult:
    """Judge a station that was lowered; ``seconds``: how long it took, None when it did not follow."""
    words = f"{point.tag} was lowered to {limit_a(point):.3g} A"
    if seconds is None:
        now = "tells no current" if after is None else f"still draws {after:.1f} A"
        action = f"Check load management and control mode of {point.tag}."
        judged = Judged("fail", 1.0, f"{words} and {now} after {within_s:g} s.", action)
    else:
        judged = Judged("pass", 1.0, f"{words} and followed within {seconds:.1f} s.")
    return FollowResult(point.tag, limit_a(point), point.drawn_a, after, seconds, judged)


def fell_back(point: SetPoint, now: float | None) -> FollowResult:
    """Judge what a station draws after it was left alone longer than its timeout."""
    failsafe, after_s = point.failsafe_a or 0.0, point.watchdog_s or 0.0
    if now is not None and now <= failsafe + TOLERANCE_A:
        judged = Judged("pass", 1.0, f"{point.tag} fell back to {now:.1f} A when nobody spoke to it.")
    else:
        said = "tells no current" if now is None else f"still draws {now:.1f} A"
        words = f"{point.tag} {said} after {after_s:g} s without contact, not {failsafe:g} A."
        judged = Judged("fail", 1.0, words, f"Check the fall-back settings of {point.tag}.")
    return FollowResult(point.tag, failsafe, point.drawn_a, now, after_s, judged)
