"""What can go wrong in this room. Every message is one sentence that names the place and what to do."""


class ChecklistError(Exception):
    """Base of this room's errors; ``exit_code`` is what a command ends with."""

    exit_code = 2


class TemplateError(ChecklistError):
    """A checklist template can't be used; the message names file and key."""


class ExpressionError(ChecklistError):
    """An expression in a template is refused or has no value."""


class GenerationError(ChecklistError):
    """A checklist can't be generated for this site design."""


class ContractError(ChecklistError):
    """JSON that crossed a boundary does not keep to docs/contracts; ``path`` names the key."""

    def __init__(self, what: str, path: str, problem: str) -> None:
        self.what, self.path, self.problem = what, path, problem
        super().__init__(f"{what}: {path}: {problem}" if path else f"{what}: {problem}")


class ReadingError(ChecklistError):
    """A reading as typed can't be understood as one number."""
