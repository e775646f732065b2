"""Canonical JSON (RFC 8785) and digests with a domain prefix: docs/contracts/README.md, "Canonical form"."""

import hashlib
import json
from typing import Any

import rfc8785

from checklists.errors import ContractError

OPERATION = "fieldapp-operation-v1"
STATE = "fieldapp-state-v1"
SIGNED = "fieldapp-signed-v1"
TEMPLATE = "fieldapp-template-v1"


def canonical_json(value: Any) -> bytes:
    """Return the canonical form; NaN, infinities, integers beyond 2^53 and lone surrogates are refused."""
    try:
        if _is_plain(value):
            return _plain(value).encode()
        return rfc8785.dumps(value)
    except rfc8785.CanonicalizationError as error:
        raise ContractError("canonical form", "", f"{error}; use plain JSON values only.") from error
    except UnicodeEncodeError as error:
        raise ContractError(
            "canonical form", "", "a text holds a lone surrogate; send valid Unicode."
        ) from error


#: What RFC 8785 writes where there is neither a fraction nor a key beyond ASCII, several times faster.
_plain = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, sort_keys=True, separators=(",", ":")
).encode
_SAFE_INTEGER = 2**53 - 1


def _is_plain(value: Any) -> bool:
    """True when the encoder of the standard library writes the canonical form of a value."""
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return True
    if kind is int:
        return -_SAFE_INTEGER <= int(value) <= _SAFE_INTEGER
    if kind is dict:
        return all(type(key) is str and key.isascii() and _is_plain(each) for key, each in value.items())
    return (kind is list or kind is tuple) and all(map(_is_plain, value))


def prefixed(prefix: str, value: Any) -> bytes:
    """Return the bytes that are hashed and signed: the domain prefix, a newline, the canonical form."""
    return prefix.encode("ascii") + b"\n" + canonical_json(value)


def digest(prefix: str, value: Any) -> str:
    """Return the SHA-256 over prefix and canonical form in lower-case hex."""
    return hashlib.sha256(prefixed(prefix, value)).hexdigest()
