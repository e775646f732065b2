"""The pack as JSON: plain types, canonical bytes (RFC 8785) and their digest."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any, cast

import rfc8785

from reports.errors import ManifestError, PhotoError
from reports.model import HandoverPack, Photo
from reports.photos import printable

PREFIX = "fieldapp-pack-v1"
ATTACHMENT = "pack.json"
TYPE = "handover-pack"
SCHEMA = 1

# The largest integer that JSON readers agree on (RFC 8785 follows ECMAScript numbers).
_LARGEST = 2**53 - 1


def manifest(pack: HandoverPack) -> dict[str, object]:
    """Return everything in the pack as JSON with plain types; of a photo only its hashes and its words."""
    plain = {
        field.name: jsonable(getattr(pack, field.name), field.name)
        for field in fields(pack)
        if field.name != "photos"
    }
    photos = [_photo(photo, f"photos[{index}]") for index, photo in enumerate(pack.photos)]
    return {"schema": SCHEMA, "type": TYPE, **plain, "photos": photos}


def canonical(content: Mapping[str, object]) -> bytes:
    """Return the canonical bytes of a manifest; a value without canonical form is refused."""
    try:
        return rfc8785.dumps(cast("Any", content))
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as problem:
        raise ManifestError(f"The pack has no canonical JSON: {problem}; correct that value.") from problem


def digest(content: Mapping[str, object]) -> str:
    """Return the SHA-256 of a manifest, lower-case hex, under the prefix of packs."""
    return digest_of(canonical(content))


def digest_of(data: bytes) -> str:
    """Return the digest of canonical bytes that are at hand already."""
    return hashlib.sha256(PREFIX.encode() + b"\n" + data).hexdigest()


def parse(data: bytes) -> object:
    """Read JSON as it was meant: a number beyond exact integers is a float, whatever it looks like."""
    return json.loads(data, parse_int=_integer)


def _integer(text: str) -> float:
    number = int(text)
    return number if abs(number) <= _LARGEST else float(number)


def jsonable(value: object, path: str = "") -> object:
    """Return a value of any room as plain JSON: dataclasses become objects, tuples arrays, decimals text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value, path)
    if isinstance(value, (int, float)):
        return _number(value, path)
    if isinstance(value, Decimal):
        return str(value)
    return _container(value, path)


def _container(value: object, path: str) -> object:
    if is_dataclass(value):
        return {
            field.name: jsonable(getattr(value, field.name), f"{path}.{field.name}")
            for field in fields(value)
        }
    if isinstance(value, Mapping):
        return {str(key): jsonable(entry, f"{path}.{key}") for key, entry in value.items()}
    if isinstance(value, AbstractSet):
        return sorted((jsonable(entry, path) for entry in value), key=str)
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return [jsonable(entry, f"{path}[{index}]") for index, entry in enumerate(value)]
    raise ManifestError(f"{path or 'The pack'} holds a {type(value).__name__}, which has no place in JSON.")


def _text(value: str, path: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as problem:
        raise ManifestError(
            f"{path} holds half a character (a lone surrogate); enter the text again."
        ) from problem
    return value


def _number(value: float, path: str) -> float:
    if isinstance(value, float) and not math.isfinite(value):
        raise ManifestError(f"{path} is not a finite number; a value that could not be read must be absent.")
    if isinstance(value, int) and abs(value) > _LARGEST:
        raise ManifestError(f"{path} is {value}, too large for JSON; give it as text.")
    return value


def _photo(photo: Photo, path: str) -> dict[str, object]:
    plain = {
        field.name: jsonable(getattr(photo, field.name), f"{path}.{field.name}")
        for field in fields(photo)
        if field.name != "data"
    }
    try:
        printed, problem = hashlib.sha256(printable(photo.data)).hexdigest(), None
    except PhotoError as refused:
        printed, problem = None, str(refused)
    return {**plain, "printed_sha256": printed, "problem": problem}
