"""The one door to argon2: passwords are kept as hashes that take effort to guess."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 10
#: Longer than any that somebody chose; whatever is longer is nobody's.
MAX_LENGTH = 1000
_HASHER = PasswordHasher()
#: Checked when nobody has the e-mail address, so that the answer takes as long as for somebody who exists.
_NOBODY = _HASHER.hash("nobody has this password")


def hash_password(password: str) -> str:
    """Return the hash to keep."""
    return _HASHER.hash(password)


def matches(password: str, kept: str | None) -> bool:
    """True when the password belongs to the kept hash; None and an empty one are nobody's."""
    given = password[:MAX_LENGTH].encode(errors="surrogatepass")
    try:
        return _HASHER.verify(kept or _NOBODY, given) and bool(kept) and len(password) <= MAX_LENGTH
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(kept: str) -> bool:
    """True when a hash was made with other parameters than those of today."""
    return _HASHER.check_needs_rehash(kept)
