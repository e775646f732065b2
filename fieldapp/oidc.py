"""The one door to an OpenID Connect provider: authorization code flow with PKCE, state and nonce.

Nothing is asked of the provider before somebody wants to sign in with it, and it never gets longer than a few
seconds to answer. What it says about itself and its keys is kept for an hour.
"""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from flask import current_app
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import ClaimsOption

from fieldapp.config import settings

_KEY = "fieldapp.oidc"
_KEPT_SECONDS = 3600
_AWAY_SECONDS = 5
#: To connect, and between two parts of an answer.
_TIMEOUT = (4.0, 8.0)
_LEEWAY_SECONDS = 60
#: Signatures with the provider's own key; none, and none with a secret that both know.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class ProviderError(Exception):
    """The provider did not vouch for anybody; the message is a sentence."""


class ProviderDownError(ProviderError):
    """The provider can't be asked now."""


@dataclass(frozen=True, slots=True)
class Question:
    """Where to send a browser, and what to keep in its session until it comes back."""

    address: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the provider vouches for."""

    issuer: str
    subject: str
    email: str
    email_verified: bool


def is_set_up() -> bool:
    """True when people can sign in with a provider."""
    return bool(settings().oidc_issuer and settings().oidc_client_id)


def ask(return_to: str) -> Question:
    """Return where to send a browser so that its person signs in there and comes back."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    with _client(return_to) as client:
        address, _ = client.create_authorization_url(
            _endpoint("authorization_endpoint"), state=state, nonce=nonce, code_verifier=verifier
        )
    return Question(str(address), state, nonce, verifier)


def identity(question: Question, answer: Mapping[str, str], return_to: str) -> Identity:
    """Return whom the provider vouches for in the answer that a browser brought back."""
    _refuse_strange(question, answer)
    try:
        with _client(return_to) as client:
            token = client.fetch_token(
                _endpoint("token_endpoint"), grant_type="authorization_code", code=answer["code"],
                code_verifier=question.verifier,
            )  # fmt: skip
            claims = _claims(str(token.get("id_token", "")), question.nonce)
            if "email" not in claims:
                claims = claims | _userinfo(client, claims["sub"])
    except requests.RequestException as error:
        raise _down() from error
    except (AuthlibBaseError, JoseError, ValueError) as error:
        raise ProviderError("The answer of the provider can't be trusted; sign in again.") from error
    return Identity(
        str(claims["iss"]), str(claims["sub"]), str(claims.get("email", "")).strip().lower(),
        claims.get("email_verified") is True,
    )  # fmt: skip


def _refuse_strange(question: Question, answer: Mapping[str, str]) -> None:
    """Refuse an answer to a question that this browser never asked, and a refusal."""
    if not question.state or not secrets.compare_digest(
        question.state, answer.get("state", "").encode("ascii", "replace").decode()
    ):
        raise ProviderError("This sign-in was begun elsewhere or has ended already; sign in again.")
    if "error" in answer or not answer.get("code"):
        raise ProviderError("The provider did not sign you in; sign in again, or with your password.")
    # RFC 9207: an answer of another provider is nobody's.
    if answer.get("iss", _metadata()["issuer"]) != _metadata()["issuer"]:
        raise ProviderError("The answer came from another provider; sign in again.")


def _client(return_to: str) -> OAuth2Session:
    chosen = settings()
    return OAuth2Session(
        chosen.oidc_client_id, chosen.oidc_client_secret or None, scope="openid email profile",
        redirect_uri=return_to, code_challenge_method="S256", default_timeout=_TIMEOUT,
        token_endpoint_auth_method=_auth_method(),
    )  # fmt: skip


def _auth_method() -> str:
    if not settings().oidc_client_secret:
        return "none"
    known = _metadata().get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return "client_secret_basic" if "client_secret_basic" in known else "client_secret_post"


def _claims(id_token: str, nonce: str) -> dict[str, Any]:
    """Return what a valid ID token for us says."""
    try:
        found = jwt.decode(id_token, _keys(), algorithms=_ALGORITHMS).claims
    except (JoseError, ValueError):
        # The provider may have changed its keys within the hour.
        found = jwt.decode(id_token, _keys(fresh=True), algorithms=_ALGORITHMS).claims
    there = ClaimsOption(essential=True)
    jwt.JWTClaimsRegistry(
        leeway=_LEEWAY_SECONDS,
        iss=ClaimsOption(essential=True, value=_metadata()["issuer"]),
        aud=ClaimsOption(essential=True, value=settings().oidc_client_id),
        nonce=ClaimsOption(essential=True, value=nonce),
        sub=there,
        exp=there,
        iat=there,
    ).validate(found)
    if found.get("azp", settings().oidc_client_id) != settings().oidc_client_id:
        raise ValueError("the token was made for another client")
    return dict(found)


def _userinfo(client: OAuth2Session, subject: str) -> dict[str, Any]:
    """Return the e-mail address where the provider gives it on demand only."""
    if not _metadata().get("userinfo_endpoint"):
        return {}
    answer = client.get(_endpoint("userinfo_endpoint"))
    answer.raise_for_status()
    said = answer.json()
    if said.get("sub") != subject:
        raise ValueError("the provider speaks of somebody else")
    return {name: said[name] for name in ("email", "email_verified") if name in said}


def _metadata() -> dict[str, Any]:
    """Return what the provider says about itself."""
    issuer = settings().oidc_issuer.rstrip("/")
    found = _kept("metadata", f"{issuer}/.well-known/openid-configuration")
    if str(found.get("issuer", "")).rstrip("/") != issuer:
        raise ProviderDownError(f"The provider calls itself {found.get('issuer')}, not {issuer}.")
    return found


def _endpoint(name: str) -> str:
    return _safe(str(_metadata().get(name, "")))


def _keys(*, fresh: bool = False) -> KeySet:
    return KeySet.import_key_set(_kept("keys", _endpoint("jwks_uri"), fresh=fresh))  # type: ignore[arg-type]


def _kept(name: str, address: str, *, fresh: bool = False) -> dict[str, Any]:
    kept = current_app.extensions.setdefault(_KEY, {})
    until, found = kept.get(name, (0.0, {}))
    if fresh or until < time.monotonic():
        try:
            found = _fetch(address)
        except ProviderDownError:
            # Whoever asks next is told at once, and doesn't wait for the same silence.
            kept[name] = (time.monotonic() + _AWAY_SECONDS, None)
            raise
        kept[name] = (time.monotonic() + _KEPT_SECONDS, found)
    if found is None:
        raise _down()
    return dict(found)


def _fetch(address: str) -> dict[str, Any]:
    try:
        answer = requests.get(_safe(address), timeout=_TIMEOUT, headers={"Accept": "application/json"})
        answer.raise_for_status()
        found = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise _down() from error
    if not isinstance(found, dict):
        raise _down()
    return found


def _safe(address: str) -> str:
    """Return an address that nobody between can answer for."""
    parts = urlsplit(address)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return address
    raise ProviderDownError("The provider has to be reached by https; correct FIELDAPP_OIDC_ISSUER.")


def _down() -> ProviderDownError:
    return ProviderDownError(
        "The provider does not answer now. Sign in with your password, or try again in a moment."
    )
