"""What can go wrong in this room: one base class, one sentence each."""


class ReportError(Exception):
    """Base of every error of this room; ``exit_code`` is what a command ends with."""

    exit_code = 2


class ManifestError(ReportError):
    """The pack holds a value that has no canonical JSON."""


class PhotoError(ReportError):
    """The bytes are not a picture that can be printed."""


class ApartError(ReportError):
    """The process that looks at untrusted bytes could not do its work; nothing is said about the bytes."""

    exit_code = 4


class DrawingError(ReportError):
    """A drawing is not well-formed SVG."""


class RenderError(ReportError):
    """The document could not be made from the pack."""


class AuthorityError(ReportError):
    """Keys or certificates are missing, unreadable or can't be written."""

    exit_code = 4


class SealError(ReportError):
    """The document could not be sealed."""

    exit_code = 4
