// Receiving: what others did at the downloaded sites, and the server's receipts for what this tablet sent.

import type { Api } from "./api";
import type { Database, OperationStore, StoredOperation, StoredPerson, StoredPhoto, StoredSite } from "./database";
import type { Bundle, Gap, JournalEntry, KeptOperation, Operation, Person, Receipts } from "./model";

/** Entry types that change nothing a tablet shows; anything else but an operation needs a fresh bundle. */
const SILENT = new Set(["pack_downloaded", "assigned"]);

/** The last receipts of a person, with the time of this tablet when they came. */
export interface KeptReceipts {
  receipts: Receipts;
  at: string;
}

function linked(entries: readonly JournalEntry[], bundle: Bundle): boolean {
  let { number, hash } = bundle.journal;
  for (const entry of entries) {
    if (entry.number !== number + 1 || entry.previous !== hash) return false;
    ({ number, hash } = entry);
  }
  return true;
}

/** The body of an entry of the type operation. */
interface EntryBody extends Pick<KeptOperation, "clock_offset_s" | "adopted_by"> {
  op: Operation;
  signature: string;
  status: string;
}

function keptOf(entry: JournalEntry, people: readonly Person[]): KeptOperation {
  const author = people.find((person) => person.id === entry.author) ?? { id: entry.author ?? "", name: "" };
  const { op, signature: _signature, status: _status, ...beside } = entry.body as unknown as EntryBody;
  return { op, author, number: entry.number, received_at: entry.received_at, ...beside };
}

/** True when the entries can be laid over the bundle without asking for it again. */
function overlayable(entries: readonly JournalEntry[], bundle: Bundle, people: readonly Person[]): boolean {
  const known = new Set(people.map((person) => person.id));
  return (
    linked(entries, bundle) &&
    entries.every(
      (entry) => SILENT.has(entry.type) || (entry.type === "operation" && known.has(entry.author ?? "")),
    )
  );
}

/** The bundle with later operations laid over it; null when it has to be fetched again. */
export function overlay(bundle: Bundle, entries: readonly JournalEntry[], me: Person): Bundle | null {
  const others = bundle.people.filter((person) => person.id !== me.id);
  const people = [...others, { id: me.id, name: me.name }];
  if (!overlayable(entries, bundle, people)) return null;
  const last = entries.at(-1);
  if (last === undefined) return bundle;
  const fresh = entries.filter((entry) => entry.type === "operation").map((entry) => keptOf(entry, people));
  return {
    ...bundle,
    people,
    operations: [...bundle.operations, ...fresh],
    journal: { number: last.number, hash: last.hash },
  };
}

async function keep(db: Database, site: StoredSite, bundle: Bundle): Promise<void> {
  const summary = {
    ...site.summary,
    name: bundle.site.name,
    address: bundle.site.address,
    state: bundle.site.state,
  };
  await db.put("sites", { ...site, summary, bundle, fetched_at: new Date().toISOString() });
}

/** Download everything about a site, so that it can be worked on without network. */
export async function download(db: Database, api: Api, key: string, site: string): Promise<Bundle> {
  const bundle = await api.bundle(site);
  const known = await db.get("sites", [key, site]);
  const summary = { id: site, name: "", address: "", state: "", done: 0, total: 0 };
  await keep(db, known ?? { key, id: site, summary, bundle: null, fetched_at: null }, bundle);
  return bundle;
}

/** Others' photos arrive without a journal entry; while some are missing here the bundle is asked for again. */
function awaitsOthersPhotos(bundle: Bundle, own: string): boolean {
  const present = new Set([...bundle.present_objects, ...(bundle.refused_objects ?? [])]);
  return bundle.operations.some(
    ({ op }) => op.kind === "photo" && op.key !== own && !present.has(op.body.sha256 ?? ""),
  );
}

/** Bring one downloaded site up to date. */
export async function refresh(db: Database, api: Api, site: StoredSite, me: Person): Promise<void> {
  if (site.bundle === null) return;
  const { entries } = await api.journal(site.id, site.bundle.journal.number);
  const fresh = awaitsOthersPhotos(site.bundle, site.key) ? null : overlay(site.bundle, entries, me);
  if (fresh === null) await download(db, api, site.key, site.id);
  else if (entries.length > 0) await keep(db, site, fresh);
}

/** Refresh the list of sites; a downloaded one stays even when it is no longer on the list. */
export async function refreshSites(db: Database, api: Api, person: StoredPerson): Promise<void> {
  const listed = await api.sites();
  const stored = new Map(
    (await db.getAllFromIndex("sites", "key", person.key)).map((site) => [site.id, site]),
  );
  const tx = db.transaction("sites", "readwrite");
  for (const summary of listed) {
    const site = stored.get(summary.id) ?? {
      key: person.key,
      id: summary.id,
      bundle: null,
      fetched_at: null,
    };
    await tx.store.put({ ...site, summary });
    stored.delete(summary.id);
  }
  for (const gone of stored.values()) if (gone.bundle === null) await tx.store.delete([gone.key, gone.id]);
  await tx.done;
}

function released(stored: StoredOperation, receipts: Receipts): boolean {
  return (
    stored.status === "pending" && stored.seq <= receipts.contiguous && !receipts.held.includes(stored.id)
  );
}

/** A photo as the receipt says it stands: here, to be sent (again), or refused and to be taken anew. */
function photoAsTold(photo: StoredPhoto, missing: boolean, refusal: string | undefined): StoredPhoto {
  if (refusal !== undefined) return { ...photo, state: "refused", reason: refusal };
  if (missing) return { ...photo, state: "waiting" };
  return photo.state === "refused" ? { ...photo, state: "received", reason: "" } : photo;
}

/** True for what this tablet believes received and the server misses: it may have lost a day by an old backup. */
function lost(stored: StoredOperation, gaps: readonly Gap[]): boolean {
  const received = stored.status === "applied" || stored.status === "conflict";
  return received && gaps.some(([first, last]) => stored.seq >= first && stored.seq <= last);
}

/** Send again what is missing between numbers that are there. */
async function requeue(operations: OperationStore, key: string, gaps: readonly Gap[]): Promise<void> {
  for (const [first, last] of gaps) {
    const range = IDBKeyRange.bound([key, first], [key, last]);
    for (const stored of await operations.index("sequence").getAll(range))
      if (lost(stored, gaps)) await operations.put({ ...stored, status: "unsent", number: null });
  }
}

/** Ask what the server has, keep the answer, and correct what this tablet believed. */
export async function refreshReceipts(
  db: Database,
  api: Api,
  person: StoredPerson,
  tablet: string,
): Promise<Receipts> {
  const receipts = await api.receipts(tablet);
  const missing = new Set(receipts.missing_objects);
  const refused = new Map((receipts.refused_objects ?? []).map((each) => [each.sha256, each.reason]));
  const tx = db.transaction(["operations", "photos", "meta"], "readwrite", { durability: "strict" });
  const pending = await tx.objectStore("operations").index("status").getAll([person.key, "pending"]);
  for (const stored of pending.filter((each) => released(each, receipts)))
    await tx.objectStore("operations").put({ ...stored, status: "applied", reason: "" });
  await requeue(tx.objectStore("operations"), person.key, receipts.gaps ?? []);
  const ofPerson = IDBKeyRange.bound([person.key, ""], [person.key, "\uffff"]);
  for (const photo of await tx.objectStore("photos").index("state").getAll(ofPerson)) {
    const told = photoAsTold(photo, missing.has(photo.sha256), refused.get(photo.sha256));
    if (told.state !== photo.state) await tx.objectStore("photos").put(told);
  }
  const kept: KeptReceipts = { receipts, at: new Date().toISOString() };
  await tx.objectStore("meta").put(kept, `receipts:${person.key}`);
  await tx.done;
  return receipts;
}
