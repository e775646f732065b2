// UUIDv7: identity that sorts roughly by time. Order never depends on it: a tablet's clock may be wrong.

/** A new UUIDv7 from a clock and random bytes. */
export function uuid7(
  now: number = Date.now(),
  random: Uint8Array = crypto.getRandomValues(new Uint8Array(10)),
): string {
  const time = Math.max(0, Math.floor(now)).toString(16).padStart(12, "0").slice(-12);
  const rest = Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const variant = ((random[2]! & 0x3f) | 0x80).toString(16).padStart(2, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(1, 4)}-${variant}${rest.slice(6, 8)}-${rest.slice(8, 20)}`;
}

/** A random UUID (version 4), for the tablet itself; works in every secure context. */
export function uuid4(): string {
  return crypto.randomUUID();
}
