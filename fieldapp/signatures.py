"""The one door to people's keys: P-256 as JWK, thumbprints (RFC 7638), signatures as WebCrypto makes them."""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

_SHA256 = ec.ECDSA(hashes.SHA256())


class KeyRefusedError(ValueError):
    """The JWK is not a public P-256 key; the message says what is wrong with it."""


class SigningKey:
    """A person's key, made here as a browser makes one: its private half never leaves this object."""

    def __init__(self) -> None:
        self._private = ec.generate_private_key(ec.SECP256R1())

    @property
    def jwk(self) -> dict[str, str]:
        """Return the public key as a JWK."""
        numbers = self._private.public_key().public_numbers()
        x, y = (_encode(each.to_bytes(32, "big")) for each in (numbers.x, numbers.y))
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y}

    def sign(self, message: bytes) -> str:
        """Return the signature of a message: r then s, 64 bytes, base64url."""
        r, s = decode_dss_signature(self._private.sign(message, _SHA256))
        return _encode(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def thumbprint(jwk: Mapping[str, object]) -> str:
    """Return the RFC 7638 thumbprint of a public P-256 key after checking that it is one."""
    text = canonical_jwk(jwk)
    _public_key(text)
    return _encode(hashlib.sha256(text.encode()).digest())


def canonical_jwk(jwk: Mapping[str, object]) -> str:
    """Return the required members of the key in the order of RFC 7638; a private key is refused."""
    if "d" in jwk:
        raise KeyRefusedError("key holds a private part; send the public key only.")
    if jwk.get("kty") != "EC" or jwk.get("crv") != "P-256":
        raise KeyRefusedError("key must be a JWK of kty EC and crv P-256.")
    return json.dumps(
        {name: str(jwk.get(name, "")) for name in ("crv", "kty", "x", "y")}, separators=(",", ":")
    )


def is_signed(message: bytes, signature: str, jwk_text: str) -> bool:
    """True when the signature (r then s, 64 bytes, base64url) of the message was made with the key."""
    try:
        raw = _decode(signature)
        if len(raw) != 64:
            return False
        der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        _public_key(jwk_text).verify(der, message, _SHA256)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=1024)
def _public_key(jwk_text: str) -> ec.EllipticCurvePublicKey:
    jwk = json.loads(jwk_text)
    try:
        x, y = _decode(jwk["x"]), _decode(jwk["y"])
        if len(x) != 32 or len(y) != 32:
            raise KeyRefusedError("key must have 32 bytes in x and in y.")
        numbers = ec.EllipticCurvePublicNumbers(
            int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1()
        )
        return numbers.public_key()
    except ValueError as error:
        raise (
            error if isinstance(error, KeyRefusedError) else KeyRefusedError("key is not a point on P-256.")
        ) from error


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    """Decode base64url strictly: one text for one value, so that no signature has two spellings."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error
    if _encode(data) != text:
        raise ValueError("not base64url in its shortest form")
    return data
