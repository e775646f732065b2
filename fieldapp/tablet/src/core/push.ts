// Sending: operations first (small, the evidence of work), photo bytes after. Only the server's word clears anything.

import { Refused, type Api, type SignedOperation } from "./api";
import { localIso } from "./clock";
import type { Database, OperationStatus, StoredOperation, StoredPerson, StoredPhoto } from "./database";
import { Failure } from "./failure";
import type { SyncResult } from "./model";

export const BATCH = 100;
export const CHUNK = 256 * 1024;
const RESTARTS = 2;

/** Statuses that are sent again: a pending one may have found its base by now. */
const OUTSTANDING = ["unsent", "pending"] as const;

/** Operations that the server has not finished with, in the order they were made. */
export async function outstanding(db: Database, key: string): Promise<StoredOperation[]> {
  const found = await Promise.all(
    OUTSTANDING.map((status) => db.getAllFromIndex("operations", "status", [key, status])),
  );
  return found.flat().sort((left, right) => left.seq - right.seq);
}

function kept(result: SyncResult, before: OperationStatus): OperationStatus {
  // A duplicate with a journal number was taken; one without is still held back, as the receipts will say.
  if (result.status === "duplicate")
    return before === "pending" && result.number == null ? "pending" : "applied";
  return result.status;
}

async function settle(db: Database, results: readonly SyncResult[]): Promise<void> {
  const tx = db.transaction("operations", "readwrite", { durability: "strict" });
  for (const result of results) {
    const stored = await tx.store.get(result.id);
    if (stored === undefined) continue;
    const status = kept(result, stored.status);
    await tx.store.put({
      ...stored,
      status,
      reason: result.reason ?? "",
      number: result.number ?? stored.number,
    });
  }
  await tx.done;
}

/** True for an answer about the content of this very request, not about the session, the route or the server. */
function aboutContent(error: unknown): error is Refused {
  return error instanceof Refused && [400, 413, 422].includes(error.status);
}

async function send(
  db: Database,
  api: Api,
  tablet: string,
  batch: readonly StoredOperation[],
): Promise<void> {
  const operations: SignedOperation[] = batch.map(({ op, signature }) => ({ op, signature }));
  try {
    await settle(db, (await api.push(tablet, localIso(), operations)).results);
  } catch (error) {
    if (!aboutContent(error)) throw error;
    // One entry must not block the queue: find it by halving, and keep it visible with the server's reason.
    if (batch.length === 1) {
      await settle(db, [{ id: batch[0]!.id, status: "rejected", reason: error.message }]);
      return;
    }
    const middle = Math.ceil(batch.length / 2);
    await send(db, api, tablet, batch.slice(0, middle));
    await send(db, api, tablet, batch.slice(middle));
  }
}

/** Send everything outstanding; returns how many were sent. */
export async function pushOperations(
  db: Database,
  api: Api,
  person: StoredPerson,
  tablet: string,
): Promise<StoredOperation[]> {
  const waiting = await outstanding(db, person.key);
  for (let start = 0; start < waiting.length; start += BATCH)
    await send(db, api, tablet, waiting.slice(start, start + BATCH));
  return waiting;
}

/** True when the server looked at the bytes and did not take them: sending them again changes nothing. */
const isNoEvidence = (error: unknown): boolean =>
  error instanceof Refused && error.code === "evidence_refused";

async function uploadBytes(api: Api, sha256: string, bytes: ArrayBuffer): Promise<void> {
  const start = await api.uploaded(sha256);
  let { offset } = start;
  let restarts = 0;
  while (!start.complete && offset < bytes.byteLength) {
    try {
      const chunk = bytes.slice(offset, offset + CHUNK);
      const next = await api.upload(sha256, offset, bytes.byteLength, chunk);
      if (next <= offset) restarts += 1;
      offset = next;
    } catch (error) {
      if (!(error instanceof Refused && error.status === 422) || isNoEvidence(error)) throw error;
      restarts += 1; // the hash was wrong at the end: the server forgot the part, begin again
      offset = 0;
    }
    if (restarts > RESTARTS) throw new Refused(422, "hash_mismatch", "The photo keeps arriving damaged.");
  }
}

/** Send one photo, resuming where the server stands. */
export async function pushPhoto(db: Database, api: Api, photo: StoredPhoto): Promise<void> {
  const stored = await db.get("bytes", [photo.key, photo.sha256]);
  if (stored === undefined) throw new Failure("bytes_gone");
  await uploadBytes(api, photo.sha256, stored.bytes);
  await db.put("photos", { ...photo, state: "received", reason: "" });
}

/** Send every waiting photo. A photo that the server refuses doesn't hold up the others. */
export async function pushPhotos(
  db: Database,
  api: Api,
  person: StoredPerson,
  onPhoto: () => void = () => undefined,
): Promise<number> {
  const waiting = await db.getAllFromIndex("photos", "state", [person.key, "waiting"]);
  for (const photo of waiting) {
    try {
      await pushPhoto(db, api, photo);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const state = isNoEvidence(error) ? "refused" : photo.state;
      await db.put("photos", { ...photo, state, reason: error.message });
    }
    onPhoto();
  }
  return waiting.length;
}
