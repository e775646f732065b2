"""A window on disk: JSON lines, written as the samples come, read back one at a time.

The first line says what was measured; then follows one line for each sample and device. A last line that was
torn by a crash is no sample.
"""

import errno
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from device_probe.problems import OutputError, PlanFileError
from device_probe.sampling import Sample
from device_probe.window.lines import (
    WINDOW_VERSION,
    Places,
    WindowHeader,
    header_of,
    sample_document,
    sample_of,
)

BINARY = getattr(os, "O_BINARY", 0)  # Windows would turn line ends


class WindowWriter:
    """Appends samples to a file; every line is whole in the file before the next is begun."""

    def __init__(self, path: Path, header: WindowHeader, resume: bool) -> None:
        self._path = path
        self._places = Places()
        self._devices = {entry.device.tag: entry for entry in header.devices}
        try:
            if resume:
                self._end = _whole_bytes(path)
                self._file = os.open(path, os.O_WRONLY | BINARY)
                os.ftruncate(self._file, self._end)
            else:
                self._end = 0
                self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | BINARY, 0o666)
        except FileExistsError as error:
            raise PlanFileError(
                f"{path} exists, and what was measured is not overwritten; "
                "go on with --resume or choose another name."
            ) from error
        except OSError as error:
            raise self._failed(error) from error
        if not resume:
            self._line(header.document())

    def write(self, sample: Sample) -> None:
        """Append one sample."""
        self._line(sample_document(sample, self._devices[sample.tag].columns, self._places))

    def note(self, document: dict[str, Any]) -> None:
        """Append a line that is no sample: the summary, or that the window was resumed."""
        self._line(document)

    def sync(self) -> None:
        """Return when what was written is on the disk itself."""
        try:
            os.fsync(self._file)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # a pipe or a device has nothing to sync
                raise self._failed(error) from error

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _line(self, document: dict[str, Any]) -> None:
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        data = f"{text}\n".encode()
        try:
            os.lseek(self._file, self._end, os.SEEK_SET)
            written = 0
            while written < len(data):
                written += os.write(self._file, data[written:])
        except OSError as error:
            raise self._failed(error) from error
        self._end += len(data)

    def _failed(self, error: OSError) -> OutputError:
        return OutputError(
            f"{self._path}: the window cannot be written ({error.strerror or error}); what was measured so "
            "far is kept. Check folder, space and permissions, then go on with --resume."
        )


class WindowReader:
    """A window file, read from the start, one sample in memory at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        first = next(iter(self._lines()), None)
        if not isinstance(first, dict) or first.get("window") != WINDOW_VERSION:
            raise PlanFileError(f"{path}: this is no window file; give one that `device-probe window` wrote.")
        try:
            self.header = header_of(first)
        except (KeyError, TypeError, ValueError) as error:
            raise PlanFileError(f"{path}, line 1: the header of the window is damaged.") from error

    def __iter__(self) -> Iterator[Sample]:
        """Return the samples in the order they were written."""
        devices = {entry.device.tag: entry for entry in self.header.devices}
        places = Places()
        for number, document in enumerate(self._lines(), 1):
            if "sample" not in document:
                continue
            try:
                yield sample_of(document, devices[document["tag"]], places)
            except (KeyError, TypeError, ValueError, IndexError) as error:
                raise PlanFileError(f"{self._path}, line {number}: the sample is damaged.") from error

    def _lines(self) -> Iterator[dict[str, Any]]:
        try:
            with self._path.open("rb") as file:
                for number, line in enumerate(file, 1):
                    if not line.endswith(b"\n"):
                        return  # torn by a crash or still being written
                    try:
                        document = json.loads(line)
                    except ValueError as error:
                        raise PlanFileError(f"{self._path}, line {number}: this is not JSON.") from error
                    if not isinstance(document, dict):
                        raise PlanFileError(f"{self._path}, line {number}: a JSON object was expected.")
                    yield document
        except OSError as error:
            raise PlanFileError(f"{self._path}: the file cannot be read; check the path.") from error


def load_window(path: Path) -> Iterator[Sample]:
    """Return the samples of a window file one after the other, in constant memory."""
    return iter(WindowReader(path))


def _whole_bytes(path: Path) -> int:
    """Return where the last whole line ends."""
    end = 0
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                end += len(line)
    return end
