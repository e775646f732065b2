"""Canonical JSON (RFC 8785) and digests with a domain prefix: docs/contracts/README.md, "Canonical form"."""

import hashlib
from typing import Any

import rfc8785

from checklists.errors import ContractError

OPERATION = "fieldapp-operation-v1"
STATE = "fieldapp-state-v1"
TEMPLATE = "fieldapp-template-v1"


def canonical_json(value: Any) -> bytes:
    """Return the canonical form; NaN, infinities, integers beyond 2^53 and lone surrogates are refused."""
    try:
        return rfc8785.dumps(value)
    except rfc8785.CanonicalizationError as error:
        raise ContractError("canonical form", "", f"{error}; use plain JSON values only.") from error
    except UnicodeEncodeError as error:
        raise ContractError(
            "canonical form", "", "a text holds a lone surrogate; send valid Unicode."
        ) from error


def prefixed(prefix: str, value: Any) -> bytes:
    """Return the bytes that are hashed and signed: the domain prefix, a newline, the canonical form."""
    return prefix.encode("ascii") + b"\n" + canonical_json(value)


def digest(prefix: str, value: Any) -> str:
    """Return the SHA-256 over prefix and canonical form in lower-case hex."""
    return hashlib.sha256(prefixed(prefix, value)).hexdigest()
