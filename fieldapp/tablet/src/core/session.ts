// Who works on this tablet. Their key stays in the browser; signing out leaves everything recorded where it is.

import type { Api, SignIn } from "./api";
import type { Database, StoredPerson } from "./database";
import { newKey, type SigningKey } from "./keys";
import { unsent } from "./queue";
import { uuid4 } from "./uuid";

/** This device, as the server knows it. */
export interface Tablet {
  id: string;
  name: string;
}

/** This tablet; made on first use. */
export async function thisTablet(db: Database): Promise<Tablet> {
  const tx = db.transaction("meta", "readwrite");
  const known = (await tx.store.get("tablet")) as Tablet | undefined;
  const tablet = known ?? { id: uuid4(), name: "" };
  if (known === undefined) await tx.store.put(tablet, "tablet");
  await tx.done;
  return tablet;
}

/** The person who works here now, if any. */
export async function activePerson(db: Database): Promise<StoredPerson | null> {
  const email = (await db.get("meta", "active")) as string | undefined;
  return email === undefined ? null : ((await db.get("people", email)) ?? null);
}

const normal = (email: string): string => email.trim().toLowerCase();

async function keyFor(db: Database, email: string): Promise<SigningKey> {
  const known = await db.get("people", email);
  return known === undefined ? newKey() : { id: known.key, jwk: known.jwk, privateKey: known.privateKey };
}

function personOf(email: string, key: SigningKey, answer: SignIn): StoredPerson {
  const { id, name, organisation } = answer.person;
  const label = typeof organisation === "string" ? organisation : (organisation?.name ?? "");
  const identity = { email, id, name, organisation: label, key: answer.key, jwk: key.jwk };
  return { ...identity, privateKey: key.privateKey, token: answer.token, expires_at: answer.expires_at };
}

/** Sign in online; the same person on the same tablet keeps the same key and queue. */
export async function signIn(
  db: Database,
  api: Api,
  email: string,
  password: string,
  tabletName: string,
): Promise<StoredPerson> {
  const address = normal(email);
  const tablet = { ...(await thisTablet(db)), name: tabletName.trim() || "Tablet" };
  const key = await keyFor(db, address);
  const answer = await api.signIn(address, password, tablet, key.jwk);
  if (answer.key !== key.id)
    throw new Error("The server names this tablet's key differently: nothing was stored.");
  const person = personOf(address, key, answer);
  const tx = db.transaction(["meta", "people"], "readwrite", { durability: "strict" });
  await tx.objectStore("people").put(person);
  await tx.objectStore("meta").put(tablet, "tablet");
  await tx.objectStore("meta").put(address, "active");
  await tx.done;
  return person;
}

/** The token is over; the person, the key and the queue stay. A newer token, from another tab, is kept. */
export async function expire(db: Database, person: StoredPerson): Promise<void> {
  const tx = db.transaction("people", "readwrite");
  const known = await tx.store.get(person.email);
  if (known?.token === person.token) await tx.store.put({ ...person, token: null, expires_at: null });
  await tx.done;
}

/** Why a person may not sign out now; "" when they may. */
export async function keepsSignedIn(db: Database, person: StoredPerson): Promise<string> {
  const { operations, photos } = await unsent(db, person.key);
  if (operations + photos === 0) return "";
  return `Not everything has reached the server yet (${operations} entries, ${photos} photos). Synchronise first.`;
}

/** End the session. Everything recorded stays; only the token goes. */
export async function signOut(db: Database, person: StoredPerson): Promise<void> {
  await expire(db, person);
  await db.delete("meta", "active");
}
