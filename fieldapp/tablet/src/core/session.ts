// Who works on this tablet. Their key stays in the browser; signing out leaves everything recorded where it is.

import { Refused, type Api, type Offered, type SignIn } from "./api";
import type { Database, StoredPerson } from "./database";
import { Failure } from "./failure";
import { newKey, type PublicJwk, type SigningKey } from "./keys";
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

/** Everybody who ever worked on this tablet, by name. */
export async function everybody(db: Database): Promise<StoredPerson[]> {
  return (await db.getAll("people")).sort((left, right) => left.name.localeCompare(right.name));
}

const normal = (email: string): string => email.trim().toLowerCase();

type Ask = (tablet: Tablet, key: PublicJwk) => Promise<SignIn>;

/** Ask with the key that the person has here; one that was revoked makes way for a fresh one. */
async function asked(
  known: StoredPerson | undefined,
  tablet: Tablet,
  ask: Ask,
): Promise<[SignIn, SigningKey, string[]]> {
  const former = [...(known?.former ?? [])];
  const key: SigningKey =
    known === undefined ? await newKey() : { id: known.key, jwk: known.jwk, privateKey: known.privateKey };
  try {
    return [await ask(tablet, key.jwk), key, former];
  } catch (error) {
    if (known === undefined || !(error instanceof Refused && error.code === "key_taken")) throw error;
    const fresh = await newKey();
    return [await ask(tablet, fresh.jwk), fresh, [...former, known.key]];
  }
}

function personOf(email: string, key: SigningKey, former: string[], answer: SignIn): StoredPerson {
  const { id, name, organisation } = answer.person;
  const label = typeof organisation === "string" ? organisation : (organisation?.name ?? "");
  const identity = { email, id, name, organisation: label, key: answer.key, jwk: key.jwk, former };
  return { ...identity, privateKey: key.privateKey, token: answer.token, expires_at: answer.expires_at };
}

async function enter(
  db: Database,
  known: StoredPerson | undefined,
  email: string,
  tabletName: string,
  ask: Ask,
): Promise<StoredPerson> {
  const tablet = { ...(await thisTablet(db)), name: tabletName.trim() || "Tablet" };
  const [answer, key, former] = await asked(known, tablet, ask);
  if (answer.key !== key.id) throw new Failure("other_key");
  const person = personOf(
    email === "" ? normal(answer.person.email ?? answer.person.id) : email,
    key,
    former,
    answer,
  );
  const tx = db.transaction(["meta", "people"], "readwrite", { durability: "strict" });
  await tx.objectStore("people").put(person);
  await tx.objectStore("meta").put(tablet, "tablet");
  await tx.objectStore("meta").put(person.email, "active");
  await tx.done;
  return person;
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
  const ask: Ask = (tablet, key) => api.signIn(address, password, tablet, key);
  return enter(db, await db.get("people", address), address, tabletName, ask);
}

/** Use a pairing code; somebody who works here already keeps their key and queue. */
export async function pair(
  db: Database,
  api: Api,
  code: string,
  whom: Offered["person"],
  tabletName: string,
): Promise<StoredPerson> {
  const known = (await everybody(db)).find(({ id }) => id === whom.id);
  const ask: Ask = (tablet, key) => api.pair(code, tablet, key);
  return enter(db, known, known?.email ?? "", tabletName, ask);
}

/** Somebody else of this tablet goes on working. */
export async function switchTo(db: Database, person: StoredPerson): Promise<void> {
  await db.put("meta", person.email, "active");
}

/** The token is over; the person, the key and the queue stay. A newer token, from another tab, is kept. */
export async function expire(db: Database, person: StoredPerson): Promise<void> {
  const tx = db.transaction("people", "readwrite");
  const known = await tx.store.get(person.email);
  if (known?.token === person.token) await tx.store.put({ ...known, token: null, expires_at: null });
  await tx.done;
}

/** End the session. Key, PIN and everything recorded stay; only the token goes. */
export async function signOut(db: Database, person: StoredPerson): Promise<void> {
  const tx = db.transaction(["meta", "people"], "readwrite", { durability: "strict" });
  const known = await tx.objectStore("people").get(person.email);
  if (known !== undefined)
    await tx.objectStore("people").put({ ...known, token: null, expires_at: null, signed_out: true });
  await tx.objectStore("meta").delete("active");
  await tx.done;
}
