"""Device profile files: YAML -> Profile. What is wrong in one is refused in one sentence."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from marshmallow import ValidationError

from device_probe.problems import ProfileError
from device_probe.profile import PROFILES, Profile, digest_of
from device_probe.profile_format.build import build
from device_probe.profile_format.faults import Fault, shape
from device_probe.profile_format.fields import Strict
from device_probe.profile_format.places import counted_from_zero, first_addresses
from device_probe.profile_format.rules import rule_faults
from device_probe.profile_format.yaml_text import MAX_CHARACTERS, Document, read_document, read_yaml
from device_probe.sunspec.profile import is_dynamic, open_profile

#: Texts that a report brings with it, by the name that its plan uses; none stands for a profile of ours.
_LENT: ContextVar[Mapping[str, str]] = ContextVar("lent_profiles", default={})  # noqa: B039 - never changed
MOST_BYTES = 4 * MAX_CHARACTERS  # more is refused in any case
__all__ = [
    "Examined", "Strict", "complaint", "examine", "first_message", "is_own", "lent_profiles",
    "list_profiles", "load_profile", "parse_profile", "read_text", "read_yaml", "text_of",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Examined:
    """What a text holds: faults with their lines, and the profile when there are none."""

    faults: tuple[tuple[int, Fault], ...]
    profile: Profile | None
    device: Mapping[str, Any]  # what is well-formed, as the file says it
    document: Document

    def line_of(self, path: tuple[str | int, ...]) -> int:
        """Return the line of the file where a path stands."""
        return self.document.line_of(path)


def examine(text: str) -> Examined:
    """Look at the text of a profile file and find every fault in it; never raises."""
    document = read_document(text)
    faults = [(fault.line, Fault((), fault.problem, fault.remedy)) for fault in document.faults]
    if document.root is None:
        return Examined(tuple(faults), None, {}, document)
    device, wrong = shape(document.values)
    if device:
        first, more = first_addresses(device.get("addresses_from", 0))
        wrong += [*more, *counted_from_zero(device, first)]
        known = {fault.path for fault in wrong}  # what has the wrong shape isn't missing as well
        wrong += [fault for fault in rule_faults(device) if fault.path not in known]
    faults += [(document.line_of(fault.path), fault) for fault in wrong]
    faults.sort(key=lambda found: found[0])
    profile = None if faults else build(device, digest_of(text))
    return Examined(tuple(faults), profile, device, document)


def parse_profile(text: str, name: str) -> Profile:
    """Turn the text of a profile file into a Profile; ProfileError in one sentence when it is wrong."""
    examined = examine(text)
    if examined.profile is not None:
        return examined.profile
    line, fault = examined.faults[0]
    place = f"{name}, line {line}" if line else name
    more = len(examined.faults) - 1
    rest = f" ({more} more: run device-probe profile check {name})" if more else ""
    sentence = f"{place}: {fault}{rest}"
    raise ProfileError(sentence if sentence.endswith("?") else f"{sentence}.")


def read_text(path: Path) -> str:
    """Return the text of a profile file; ProfileError when there is none."""
    try:
        if not path.is_file():  # a pipe or a device would never end
            raise OSError
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise ProfileError(f"{path}: the file is far too long for a profile; give a profile file.")
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ProfileError(f"{path}: this is not text in UTF-8; give a profile file.") from error
    except (OSError, ValueError) as error:
        raise ProfileError(f"{path}: the profile file cannot be read; check the path.") from error
    return text.removeprefix("\ufeff")  # as some editors begin a file


def load_profile(id_or_path: str) -> Profile:
    """Load a profile by its id, or from a file when the name is a path."""
    if is_dynamic(id_or_path):
        return open_profile(id_or_path)
    text = text_of(id_or_path)
    return _builtin(id_or_path) if text is None else parse_profile(text, id_or_path)


def text_of(id_or_path: str) -> str | None:
    """Return the text of a user's own profile; None for a name that can only be one of ours."""
    if is_own(id_or_path):
        return None
    path = Path(id_or_path)
    if not path.is_file() and id_or_path in _LENT.get():  # one that is at hand may have been put right since
        return _LENT.get()[id_or_path]
    return read_text(path) if path.suffix in (".yaml", ".yml") or path.is_file() else None


def is_own(name: str) -> bool:
    """Return True for a profile that comes with the package, or that a device itself describes."""
    return is_dynamic(name) or (
        re.fullmatch(r"[a-z0-9-]+", name) is not None and (PROFILES / f"{name}.yaml").is_file()
    )


@contextmanager
def lent_profiles(texts: Mapping[str, str]) -> Iterator[None]:
    """Use these texts of profiles where there is no such file, as long as this is entered."""
    before = _LENT.set({**_LENT.get(), **texts})
    try:
        yield
    finally:
        _LENT.reset(before)


@cache
def _builtin(profile_id: str) -> Profile:
    path = PROFILES / f"{profile_id}.yaml"
    if not re.fullmatch(r"[a-z0-9-]+", profile_id) or not path.is_file():
        raise ProfileError(f"There is no profile {profile_id!r}; `device-probe profiles` lists them.")
    return parse_profile(path.read_text(encoding="utf-8"), path.name)


def list_profiles() -> tuple[Profile, ...]:
    """Return all profiles that come with the package, ordered by id."""
    return tuple(_builtin(path.stem) for path in sorted(PROFILES.glob("*.yaml")))


def complaint(error: ValidationError) -> str:
    """Return the first thing that marshmallow found wrong as "path: words"."""
    return first_message(error.normalized_messages())  # type: ignore[no-untyped-call]


def first_message(messages: Any, path: str = "") -> str:
    """Return the first of marshmallow's nested messages as "path: words"."""
    if isinstance(messages, Mapping):
        key, rest = next(iter(messages.items()))
        inner = path if key in ("_schema", "value") else f"{path}.{key}".lstrip(".")
        return first_message(rest, inner)
    words = messages[0] if isinstance(messages, list) else messages
    return f"{path}: {str(words).rstrip('.')}" if isinstance(words, str) else first_message(words, path)
