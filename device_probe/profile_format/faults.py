"""The shape of a profile: every key known, every value of the right kind, or a fault that says what to do."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any

from marshmallow import Schema, ValidationError

from device_probe.profile_format.fields import TABLES
from device_probe.profile_format.keys import (
    IdentityPointSchema,
    PointSchema,
    ProfileSchema,
    keys_of,
)
from device_probe.profile_format.yaml_text import Path

MAPPINGS = ("enum", "enum_groups", "bits", "values", "na_by_type")
MATCH = 0.6  # how like another a word must be to be proposed


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a profile, where, and what to do; a warning doesn't make the profile wrong."""

    path: Path
    problem: str
    remedy: str
    warning: bool = False

    @property
    def place(self) -> str:
        """Return the path as it is written in messages."""
        return ".".join(str(part) for part in self.path)

    def __str__(self) -> str:
        where = f"{self.place}: " if self.path else ""
        return f"{where}{self.problem}; {self.remedy}"


def nearest(word: str, known: Iterable[str], most: int = 3) -> str:
    """Return the known words most like a word, for a remedy; "" when none is like it."""
    return " or ".join(get_close_matches(word, list(known), most, MATCH))


PLAIN = {
    "Not a valid string": "must be text",
    "Not a valid list": "must be a list",
    "Invalid input type": "must be a mapping",
    "Invalid type": "must be a mapping",
}


def shape(values: Any) -> tuple[dict[str, Any], list[Fault]]:
    """Return what is well-formed in a profile document, and a fault for all that is not."""
    if not isinstance(values, dict):
        return {}, [
            Fault((), "a profile must be a mapping", "begin with id, vendor, model, kind, phases, points")
        ]
    loaded, faults = _load(ProfileSchema, values, ())
    loaded["points"], more = _each(PointSchema, loaded.get("points"), ("points",))
    faults += more
    if "points" in values and not loaded["points"] and not more and isinstance(values["points"], dict):
        faults.append(Fault(("points",), "there is no point", "describe at least one quantity"))
    identity = dict(loaded.get("identity") or {})
    loaded["fc43"], more = _fc43(identity.pop("fc43", {}))
    faults += more
    loaded["identity"], more = _each(IdentityPointSchema, identity, ("identity",))
    faults += more
    loaded["connector_stride"], more = _stride(values.get("connector_stride", 0))
    return loaded, faults + more


def _each(schema: type[Schema], entries: Any, path: Path) -> tuple[dict[str, dict[str, Any]], list[Fault]]:
    found: dict[str, dict[str, Any]] = {}
    faults: list[Fault] = []
    for name, entry in (entries or {}).items():
        if not isinstance(name, str):
            faults.append(Fault((*path, str(name)), "this name is not text", "give it a name"))
        elif not isinstance(entry, dict):
            faults.append(Fault((*path, name), "must be a mapping", "write {table: …, address: …, type: …}"))
        else:
            found[name], more = _load(schema, entry, (*path, name))
            faults += more
    return found, faults


@cache
def _made(schema: type[Schema]) -> tuple[Schema, frozenset[str]]:
    # making a schema copies every field of it, which costs more than checking one point
    return schema(), frozenset(keys_of(schema))


def _load(kind: type[Schema], raw: dict[Any, Any], path: Path) -> tuple[dict[str, Any], list[Fault]]:
    schema, known = _made(kind)
    strange = [key for key in raw if not isinstance(key, str)]
    faults = [Fault((*path, str(key)), "this key is not text", "remove it") for key in strange]
    try:
        return dict(schema.load({key: value for key, value in raw.items() if key not in strange})), faults
    except ValidationError as error:
        messages = error.normalized_messages()  # type: ignore[no-untyped-call]
        faults += [
            _fault(path, inner, message, known, _at(raw, inner)) for inner, message in _flat(messages, ())
        ]
        valid = error.valid_data
        return dict(valid) if isinstance(valid, dict) else {}, faults


def _flat(messages: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(messages, Mapping):
        for key, rest in messages.items():
            yield from _flat(rest, path if key == "_schema" or _is_mark(path, key) else (*path, key))
        return
    for message in messages if isinstance(messages, list) else [messages]:
        yield path, str(message).removesuffix(".")


def _at(raw: Any, path: Path) -> str:
    """Return what stands at a path, as text for a message."""
    for part in path:
        if isinstance(raw, dict):
            raw = raw.get(part)
        elif isinstance(raw, list) and isinstance(part, int) and part < len(raw):
            raw = raw[part]
    return "" if raw is None or isinstance(raw, dict | list) else str(raw)[:40]


def _is_mark(path: Path, key: object) -> bool:
    # marshmallow names the two sides of a mapping entry, which are no keys of the file
    return key in ("key", "value") and len(path) > 1 and path[-2] in MAPPINGS


def _fault(base: Path, inner: Path, message: str, known: frozenset[str], value: str) -> Fault:
    path, last = (*base, *inner), str(inner[-1]) if inner else ""
    if message == "Unknown field":
        like = nearest(last, known - {last})
        return Fault(path, "there is no such key", f"did you mean {like}?" if like else "remove it")
    if message == "Missing data for required field":
        return Fault(path, "is missing", "add it")
    if message == "Field may not be null":
        return Fault(path, "has no value", "give it one or remove the key")
    message = PLAIN.get(message, message)
    if message.startswith("must be one of: "):
        like = nearest(value, message.removeprefix("must be one of: ").split(", "), 1)
        return Fault(path, message, f"did you mean {like}?" if like else "take one of them")
    return Fault(path, message, f"correct {value!r}" if value else "correct it")


def _fc43(raw: Any) -> tuple[dict[str, str], list[Fault]]:
    if isinstance(raw, dict) and all(isinstance(word, str) for item in raw.items() for word in item):
        return dict(raw), []
    return {}, [Fault(("identity", "fc43"), "must be a mapping of texts", "write {vendor: name}")]


def _stride(raw: object) -> tuple[dict[str, int], list[Fault]]:
    found = dict.fromkeys(TABLES, raw) if isinstance(raw, int) and not isinstance(raw, bool) else raw
    if isinstance(found, dict) and all(
        key in TABLES and isinstance(step, int) and not isinstance(step, bool) and 0 <= step <= 65535
        for key, step in found.items()
    ):
        return {key: step for key, step in found.items() if step}, []
    problem = "must be a number of registers, or one for each table"
    return {}, [Fault(("connector_stride",), problem, "write 100, or {input: 200, holding: 100}")]
