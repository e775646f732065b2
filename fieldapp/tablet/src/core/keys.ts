// One non-extractable P-256 key per person and tablet: it signs every operation and never leaves the browser.

import { domainBytes } from "./canonical";
import { Failure } from "./failure";
import type { Operation } from "./model";

const CURVE = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNING = { name: "ECDSA", hash: "SHA-256" } as const;

/** The public half as it travels (RFC 7517). */
export interface PublicJwk {
  kty: "EC";
  crv: "P-256";
  x: string;
  y: string;
}

/** A key pair with the name under which the server knows it. */
export interface SigningKey {
  id: string;
  jwk: PublicJwk;
  privateKey: CryptoKey;
}

/** base64url without padding, as JOSE and the contracts want it. */
export function base64url(bytes: ArrayBuffer): string {
  const text = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join("");
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** RFC 7638 thumbprint: SHA-256 over the required members in order, without blanks. */
export async function thumbprint(jwk: PublicJwk): Promise<string> {
  const text = JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y });
  return base64url(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}

/** Make a new key; only its public half can be read. */
export async function newKey(): Promise<SigningKey> {
  const pair = await crypto.subtle.generateKey(CURVE, false, ["sign", "verify"]);
  const exported = await crypto.subtle.exportKey("jwk", pair.publicKey);
  if (exported.x === undefined || exported.y === undefined) throw new Failure("no_point");
  const jwk: PublicJwk = { kty: "EC", crv: "P-256", x: exported.x, y: exported.y };
  return { id: await thumbprint(jwk), jwk, privateKey: pair.privateKey };
}

/** The signature of an operation: r‖s in base64url. */
export async function signOperation(operation: Operation, key: CryptoKey): Promise<string> {
  return base64url(await crypto.subtle.sign(SIGNING, key, domainBytes("fieldapp-operation-v1", operation)));
}
