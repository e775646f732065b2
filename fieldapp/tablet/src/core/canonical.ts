// Canonical JSON (RFC 8785) and digests over it, byte for byte what Python makes (tests/vectors/canonical.json).

import canonicalize from "canonicalize";

export type Domain =
  | "fieldapp-operation-v1"
  | "fieldapp-journal-v1"
  | "fieldapp-state-v1"
  | "fieldapp-signed-v1"
  | "fieldapp-design-v1"
  | "fieldapp-template-v1"
  | "fieldapp-pack-v1";

/** A value that has no canonical form. */
export class CanonicalError extends Error {}

const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

function refuse(value: unknown): void {
  if (typeof value === "string") {
    if (LONE_SURROGATE.test(value))
      throw new CanonicalError("A text holds half a character (lone surrogate).");
  } else if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new CanonicalError("NaN and infinity have no canonical form.");
    // Written without an exponent Python reads an integer, and refuses those that a double can't hold exactly.
    if (Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21)
      throw new CanonicalError(`The integer ${value} is too large for a canonical form.`);
  } else if (Array.isArray(value)) {
    value.forEach(refuse);
  } else if (value !== null && typeof value === "object") {
    for (const [key, inner] of Object.entries(value)) {
      refuse(key);
      refuse(inner);
    }
  } else if (typeof value !== "boolean" && value !== null) {
    throw new CanonicalError(`A ${typeof value} has no canonical form.`);
  }
}

/** The canonical JSON text of a value. */
export function canonical(value: unknown): string {
  refuse(value);
  const text = canonicalize(value);
  if (text === undefined) throw new CanonicalError("The value has no canonical form.");
  return text;
}

/** The bytes that a digest or a signature covers: domain, newline, canonical JSON. */
export function domainBytes(domain: Domain, value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${domain}\n${canonical(value)}`);
}

/** Lower-case hex. */
export function hex(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** SHA-256 of bytes in lower-case hex. */
export async function sha256(bytes: BufferSource): Promise<string> {
  return hex(await crypto.subtle.digest("SHA-256", bytes));
}

/** SHA-256 over the domain prefix and the canonical form. */
export async function digest(domain: Domain, value: unknown): Promise<string> {
  return sha256(domainBytes(domain, value));
}
