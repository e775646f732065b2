// Recording work: the operation, its photo and its number are written together, or not at all.

import { sha256 } from "./canonical";
import { localIso } from "./clock";
import type { Database, StoredOperation, StoredPerson, StoredPhoto } from "./database";
import { Failure } from "./failure";
import { signOperation } from "./keys";
import { withLock } from "./locks";
import type { Operation, OperationBody, OperationKind } from "./model";
import { uuid7 } from "./uuid";

/** What a person did, before it has an identity. */
export interface Entry {
  site: string;
  item: string;
  kind: OperationKind;
  body: OperationBody;
  base: readonly string[];
  revision?: number;
}

/** Bytes that belong to a photo entry, already shrunk: what is hashed here is what the server will hold. */
export interface PhotoBytes {
  bytes: ArrayBuffer;
  media_type: string;
  caption: string;
}

interface NewPhoto {
  row: StoredPhoto;
  bytes: ArrayBuffer;
}

const NEVER = Number.MAX_SAFE_INTEGER;
const ATTEMPTS = 20;

/** The highest number used by a key on this tablet; 0 before the first. */
export async function lastSequence(db: Database, key: string): Promise<number> {
  const tx = db.transaction("operations");
  const cursor = await tx.store
    .index("sequence")
    .openKeyCursor(IDBKeyRange.bound([key, 0], [key, NEVER]), "prev");
  return cursor === null ? 0 : cursor.key[1];
}

function operationOf(entry: Entry, person: StoredPerson, tablet: string, seq: number): Operation {
  return {
    schema: 1,
    id: uuid7(),
    site: entry.site,
    item: entry.item,
    kind: entry.kind,
    body: entry.body,
    base: [...entry.base].sort(),
    tablet,
    key: person.key,
    seq,
    recorded_at: localIso(),
    // A first revision is not named, so that what was signed before there were others stays what it was.
    ...(entry.revision !== undefined && entry.revision > 1 ? { revision: entry.revision } : {}),
  };
}

async function signed(op: Operation, person: StoredPerson): Promise<StoredOperation> {
  const signature = await signOperation(op, person.privateKey);
  const rest = { status: "unsent" as const, reason: "", number: null, saved_at: op.recorded_at };
  return { id: op.id, key: op.key, seq: op.seq, site: op.site, op, signature, ...rest };
}

/** One durable transaction. False when another tab took the number meanwhile: signing can't happen inside it. */
async function write(db: Database, stored: StoredOperation, photo: NewPhoto | null): Promise<boolean> {
  const tx = db.transaction(["operations", "photos", "bytes", "drafts"], "readwrite", {
    durability: "strict",
  });
  const operations = tx.objectStore("operations");
  const range = IDBKeyRange.bound([stored.key, stored.seq], [stored.key, NEVER]);
  if ((await operations.index("sequence").count(range)) > 0) {
    await tx.done;
    return false;
  }
  const writes: Promise<unknown>[] = [operations.add(stored)];
  if (photo !== null && (await tx.objectStore("photos").get([stored.key, photo.row.sha256])) === undefined) {
    const { key, sha256: digest } = photo.row;
    writes.push(tx.objectStore("photos").add(photo.row));
    writes.push(tx.objectStore("bytes").add({ key, sha256: digest, bytes: photo.bytes }));
  }
  if (stored.op.kind === "answer")
    writes.push(tx.objectStore("drafts").delete([stored.key, stored.site, stored.op.item]));
  // A put can succeed and its transaction still abort (quota): only `done` means saved.
  await Promise.all([...writes, tx.done]);
  return true;
}

/** Record an entry. When this resolves the work is on disk; when it rejects nothing was kept. */
export async function record(
  db: Database,
  person: StoredPerson,
  tablet: string,
  entry: Entry,
  photo: NewPhoto | null = null,
): Promise<StoredOperation> {
  return withLock(`fieldapp-queue-${person.key}`, async () => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const seq = (await lastSequence(db, person.key)) + 1;
      const stored = await signed(operationOf(entry, person, tablet, seq), person);
      if (await write(db, stored, photo)) return stored;
    }
    throw new Failure("other_tab");
  });
}

/** Record a photo: its operation and its bytes in one transaction. */
export async function recordPhoto(
  db: Database,
  person: StoredPerson,
  tablet: string,
  entry: Pick<Entry, "site" | "item" | "base" | "revision">,
  photo: PhotoBytes,
): Promise<StoredOperation> {
  const digest = await sha256(photo.bytes);
  const { media_type, caption, bytes } = photo;
  const body = { sha256: digest, size: bytes.byteLength, media_type, caption };
  const row: StoredPhoto = {
    key: person.key,
    sha256: digest,
    site: entry.site,
    item: entry.item,
    media_type,
    size: bytes.byteLength,
    state: "waiting",
    reason: "",
  };
  return record(db, person, tablet, { ...entry, kind: "photo", body }, { row, bytes });
}

/** All operations of a person for a site, in the order they were made. */
export async function operationsOf(db: Database, key: string, site: string): Promise<StoredOperation[]> {
  const found = await db.getAllFromIndex("operations", "site", [key, site]);
  return found.sort((left, right) => left.seq - right.seq);
}

/** How much of a person's work the server has not confirmed. */
export interface Unsent {
  operations: number;
  photos: number;
  stuck: number; // refused or held back: a person must look
}

/** Count what is not on the server yet. */
export async function unsent(db: Database, key: string): Promise<Unsent> {
  const count = (status: string) => db.countFromIndex("operations", "status", [key, status]);
  const [fresh, pending, rejected, quarantined] = await Promise.all(
    ["unsent", "pending", "rejected", "quarantined"].map(count),
  );
  const photos = await db.countFromIndex("photos", "state", [key, "waiting"]);
  const stuck = pending! + rejected! + quarantined!;
  return { operations: fresh!, photos, stuck };
}

/** Every key that a person had on this tablet: the present one, and those that were revoked. */
export const keysOf = (person: StoredPerson): string[] => [person.key, ...(person.former ?? [])];

/** Count what of a person is not on the server yet, whatever key signed it. */
export async function unsentOf(db: Database, person: StoredPerson): Promise<Unsent> {
  const all = await Promise.all(keysOf(person).map((key) => unsent(db, key)));
  return all.reduce((sum, each) => ({
    operations: sum.operations + each.operations,
    photos: sum.photos + each.photos,
    stuck: sum.stuck + each.stuck,
  }));
}
