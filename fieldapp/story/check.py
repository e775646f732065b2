"""The second opinion on a pack: poppler's pdfsig, which knows nothing of us."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Pdfsig:
    """What pdfsig printed, and the two answers in it. It judges no trust here (-nocert)."""

    valid: bool
    whole_document: bool
    output: str

    @property
    def sentence(self) -> str:
        """Return the answers in words."""
        if not self.output:
            return "pdfsig (poppler-utils) is not installed: no second opinion."
        signature = "is valid" if self.valid else "is NOT valid"
        extent = "covers the whole document" if self.whole_document else "does NOT cover the whole document"
        return f"pdfsig: the signature {signature} and {extent}."


def pdfsig(path: Path) -> Pdfsig:
    """Ask pdfsig about a file; it stays silent when it is not installed."""
    program = shutil.which("pdfsig")
    if program is None:
        return Pdfsig(False, False, "")
    command = [program, "-nocert", str(path)]
    output = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout  # noqa: S603
    return Pdfsig("Signature is Valid" in output, "Total document signed" in output, output)
