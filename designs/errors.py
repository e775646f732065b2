"""The one error of this room: what is wrong with a design, site or equipment file, in one sentence."""


class DesignError(Exception):
    """A design, site or equipment file, or a value in it, can't be used; the message is one sentence."""

    exit_code = 2
