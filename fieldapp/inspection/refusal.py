"""Why bytes are no evidence."""


class Refused(Exception):  # noqa: N818 - nothing broke: the answer is no
    """Bytes that are not taken; the message is one sentence that says what to do."""


def truncated() -> Refused:
    """Return the refusal of a file that ends before its end."""
    return Refused("The file ends in the middle; take the photo again, or send it again as a whole.")


def damaged() -> Refused:
    """Return the refusal of a file whose frame makes no sense."""
    return Refused("The file is damaged; take the photo again.")


def moving() -> Refused:
    """Return the refusal of an animation or a film."""
    return Refused("This is a moving picture; send a still one.")
