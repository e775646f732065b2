"""Codes that people read from one screen and type on another: 60 bits, and no two characters look alike."""

import hashlib
import secrets

#: Crockford's alphabet: without I, L, O and U; what is typed for them is read as the digit they look like.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOK_ALIKE = str.maketrans("OIL", "011")
_LENGTH = 12
_GROUP = 4


def new_code() -> str:
    """Return a fresh code in groups: ``7KQM-4XVD-9RTH``."""
    text = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    return "-".join(text[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP))


def hash_of(code: str) -> str:
    """Return what is kept of a code, however it was typed: in small letters, with blanks, with O for 0."""
    plain = "".join(each for each in code.upper() if each.isascii() and each.isalnum())
    return hashlib.sha256(plain.translate(_LOOK_ALIKE).encode()).hexdigest()
