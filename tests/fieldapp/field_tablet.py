"""A tablet over Flask's test client: keys, signatures and requests exactly as docs/contracts say."""

import base64
import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import rfc8785
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from flask import Flask
from uuid_utils import uuid7
from werkzeug.test import TestResponse

MEASURED = {"type": "measured", "raw": "0,42", "decimal": "0.42", "unit": "Ω", "bound": ""}
YES = {"type": "choice", "raw": "yes"}


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class FieldTablet:
    """One person's key and token on one tablet."""

    hall: Flask
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    token: str = ""
    seq: int = 0
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    @property
    def jwk(self) -> dict[str, str]:
        numbers = self.private.public_key().public_numbers()
        x, y = (base64url(each.to_bytes(32, "big")) for each in (numbers.x, numbers.y))
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y}

    @property
    def key(self) -> str:
        return base64url(hashlib.sha256(rfc8785.dumps(self.jwk)).digest())

    def sign_in(self, email: str, password: str) -> dict[str, Any]:
        body = {
            "email": email,
            "password": password,
            "tablet": {"id": self.id, "name": "Tab"},
            "key": self.jwk,
        }
        answer = self.hall.test_client().post("/api/v1/tablets/sign-in", json=body)
        assert answer.status_code == 200, answer.text
        self.token = answer.json["token"]
        return dict(answer.json)

    def call(self, method: str, path: str, **options: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return self.hall.test_client().open(f"/api/v1{path}", method=method, headers=headers, **options)

    def operation(self, site: str, item: str, kind: str = "answer", /, **changes: Any) -> dict[str, Any]:
        """Make an operation; ``changes`` replace its members before it is signed."""
        self.seq += 1
        body = {"answer": {"value": YES, "instrument": "IT1"}, "retract": {}, "note": {"text": "looked"}}.get(
            kind, {}
        )
        operation = {
            "schema": 1,
            "id": str(uuid7()),
            "site": site,
            "item": item,
            "kind": kind,
            "body": body,
            "base": [],
            "tablet": self.id,
            "key": self.key,
            "seq": self.seq,
            "recorded_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        }
        return operation | changes

    def signed(self, operation: dict[str, Any]) -> dict[str, Any]:
        payload = b"fieldapp-operation-v1\n" + rfc8785.dumps(operation)
        r, s = decode_dss_signature(self.private.sign(payload, ec.ECDSA(hashes.SHA256())))
        return {"op": operation, "signature": base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))}

    def record(self, site: str, item: str, kind: str = "answer", /, **changes: Any) -> dict[str, Any]:
        """Make and sign an operation."""
        return self.signed(self.operation(site, item, kind, **changes))

    def push(self, *signed: dict[str, Any]) -> TestResponse:
        body = {
            "protocol": 1,
            "tablet": self.id,
            "sent_at": datetime.now(UTC).isoformat(),
            "operations": list(signed),
        }
        return self.call("POST", "/sync", json=body)

    def sync(self, *signed: dict[str, Any]) -> list[dict[str, Any]]:
        """Push and return the results."""
        answer = self.push(*signed)
        assert answer.status_code == 200, answer.text
        return list(answer.json["results"])

    def upload(
        self, data: bytes, *, offset: int = 0, sha256: str = "", size: int | None = None
    ) -> TestResponse:
        name = sha256 or hashlib.sha256(data).hexdigest()
        headers = {
            "Upload-Offset": str(offset),
            "Upload-Length": str(size or len(data)),
            "Content-Type": "application/offset+octet-stream",
        }
        return self.call("PATCH", f"/objects/{name}", data=data, headers=headers)

    def receipts(self) -> dict[str, Any]:
        answer = self.call("GET", "/receipts", query_string={"tablet": self.id, "protocol": 2})
        assert answer.status_code == 200, answer.text
        return dict(answer.json)
