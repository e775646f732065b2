// A PIN unlocks this tablet for its person, with or without network. Kept is what takes 600 000 rounds to compare.

import type { Database } from "./database";
import { Failure } from "./failure";

export const SHORTEST = 6;
export const LONGEST = 12;
const ROUNDS = 600_000;
/** So many wrong ones are for nothing; after that each wrong one costs the next of these waits, in seconds. */
const FREE = 4;
const WAITS = [30, 60, 120, 300, 600];

interface StoredPin {
  salt: Uint8Array<ArrayBuffer>;
  hash: Uint8Array<ArrayBuffer>;
  rounds: number;
  wrong: number; // in a row
  until: number; // no attempt counts before this moment of this tablet
}

/** What became of an attempt; `wait` in seconds until the next one counts. */
export interface Attempt {
  fits: boolean;
  wait: number;
}

const placeOf = (email: string): string => `pin:${email}`;
const DIGITS = "01234567890123456789";

export type PinProblem = "digits" | "short" | "long" | "guessed";

/** Why a PIN can't be taken; "" when it can. */
export function pinProblem(pin: string): PinProblem | "" {
  if (!/^[0-9]*$/.test(pin)) return "digits";
  if (pin.length < SHORTEST) return "short";
  if (pin.length > LONGEST) return "long";
  const backwards = [...pin].reverse().join("");
  if (/^(.{1,3})\1+$/.test(pin) || DIGITS.includes(pin) || DIGITS.includes(backwards)) return "guessed";
  return "";
}

async function stretched(
  pin: string,
  salt: Uint8Array<ArrayBuffer>,
  rounds: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(pin), "PBKDF2", false, [
    "deriveBits",
  ]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds };
  return new Uint8Array(await crypto.subtle.deriveBits(how, key, 256));
}

/** Keep a person's PIN; the one before is worth nothing any more. */
export async function setPin(db: Database, email: string, pin: string, rounds = ROUNDS): Promise<void> {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const hash = await stretched(pin, salt, rounds);
  const stored: StoredPin = { salt, hash, rounds, wrong: 0, until: 0 };
  const tx = db.transaction("meta", "readwrite", { durability: "strict" });
  await Promise.all([tx.store.put(stored, placeOf(email)), tx.done]);
}

/** Forget a person's PIN: they proved who they are in another way. */
export async function forgetPin(db: Database, email: string): Promise<void> {
  await db.delete("meta", placeOf(email));
}

/** True when a person has a PIN here. */
export async function hasPin(db: Database, email: string): Promise<boolean> {
  return (await db.getKey("meta", placeOf(email))) !== undefined;
}

/** Seconds until the next attempt counts; never longer than the wait itself, should the clock be set back. */
function remaining(stored: StoredPin, now: number): number {
  const most = WAITS[Math.min(stored.wrong - FREE, WAITS.length) - 1] ?? 0;
  return Math.max(0, Math.min(Math.ceil((stored.until - now) / 1000), most));
}

/** Seconds that a person has to wait before their next attempt. */
export async function waitOf(db: Database, email: string, now: number = Date.now()): Promise<number> {
  const stored = (await db.get("meta", placeOf(email))) as StoredPin | undefined;
  return stored === undefined ? 0 : remaining(stored, now);
}

/** Count an attempt as wrong before it is looked at: closing the page in between gains nothing. */
async function begin(db: Database, email: string, now: number): Promise<StoredPin | number> {
  const tx = db.transaction("meta", "readwrite", { durability: "strict" });
  const stored = (await tx.store.get(placeOf(email))) as StoredPin | undefined;
  if (stored === undefined) throw new Failure("no_pin");
  const wait = remaining(stored, now);
  if (wait > 0) return wait;
  const counted = { ...stored, wrong: stored.wrong + 1, until: 0 };
  counted.until = now + (WAITS[Math.min(counted.wrong - FREE, WAITS.length) - 1] ?? 0) * 1000;
  await Promise.all([tx.store.put(counted, placeOf(email)), tx.done]);
  return counted;
}

/** Try a PIN. Wrong ones make the next attempt wait; nothing is ever wiped. */
export async function tryPin(
  db: Database,
  email: string,
  pin: string,
  now: number = Date.now(),
): Promise<Attempt> {
  const stored = await begin(db, email, now);
  if (typeof stored === "number") return { fits: false, wait: stored };
  const found = await stretched(pin, stored.salt, stored.rounds);
  if (!found.every((byte, place) => byte === stored.hash[place]))
    return { fits: false, wait: remaining(stored, now) };
  await db.put("meta", { ...stored, wrong: 0, until: 0 }, placeOf(email));
  return { fits: true, wait: 0 };
}
