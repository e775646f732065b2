// The tablet's own database. Everything a person entered lies here until the server's receipt, and after it.

import { openDB, type DBSchema, type IDBPDatabase, type IDBPObjectStore, type StoreNames } from "idb";
import type { PublicJwk } from "./keys";
import type { Bundle, Operation, SiteSummary } from "./model";

export const DATABASE = "fieldapp";
const VERSION = 1;

/** What became of an operation. "applied" and "conflict" are received; the rest stays visible as unfinished. */
export type OperationStatus = "unsent" | "applied" | "conflict" | "pending" | "rejected" | "quarantined";

export interface StoredOperation {
  id: string;
  key: string;
  seq: number;
  site: string;
  op: Operation;
  signature: string;
  status: OperationStatus;
  reason: string;
  number: number | null;
  saved_at: string;
}

export interface StoredPhoto {
  key: string;
  sha256: string;
  site: string;
  item: string;
  media_type: string;
  size: number;
  state: "waiting" | "received" | "refused"; // refused: its bytes are no evidence, it counts as not taken
  reason: string;
}

/** The bytes of a photo, apart from what is listed and counted. Never a Blob: Safari loses Blobs in IndexedDB. */
export interface StoredBytes {
  key: string;
  sha256: string;
  bytes: ArrayBuffer;
}

export interface StoredPerson {
  email: string;
  id: string;
  name: string;
  organisation: string;
  key: string;
  jwk: PublicJwk;
  privateKey: CryptoKey;
  token: string | null;
  expires_at: string | null;
  signed_out?: boolean; // comes back by password or code only
  former?: readonly string[]; // keys of this person that were revoked; what they signed may still be here
}

export interface StoredSite {
  key: string;
  id: string;
  summary: SiteSummary;
  bundle: Bundle | null;
  fetched_at: string | null;
}

export interface Draft {
  key: string;
  site: string;
  item: string;
  text: string;
}

interface Schema extends DBSchema {
  meta: { key: string; value: unknown };
  people: { key: string; value: StoredPerson };
  sites: { key: [string, string]; value: StoredSite; indexes: { key: string } };
  operations: {
    key: string;
    value: StoredOperation;
    indexes: { sequence: [string, number]; site: [string, string]; status: [string, string] };
  };
  photos: {
    key: [string, string];
    value: StoredPhoto;
    indexes: { state: [string, string]; site: [string, string] };
  };
  bytes: { key: [string, string]; value: StoredBytes };
  drafts: { key: [string, string, string]; value: Draft };
}

export type Database = IDBPDatabase<Schema>;

/** The operations within a transaction that writes. */
export type OperationStore = IDBPObjectStore<Schema, ArrayLike<StoreNames<Schema>>, "operations", "readwrite">;

function create(db: Database): void {
  db.createObjectStore("meta");
  db.createObjectStore("people", { keyPath: "email" });
  db.createObjectStore("sites", { keyPath: ["key", "id"] }).createIndex("key", "key");
  const operations = db.createObjectStore("operations", { keyPath: "id" });
  operations.createIndex("sequence", ["key", "seq"], { unique: true });
  operations.createIndex("site", ["key", "site"]);
  operations.createIndex("status", ["key", "status"]);
  const photos = db.createObjectStore("photos", { keyPath: ["key", "sha256"] });
  photos.createIndex("state", ["key", "state"]);
  photos.createIndex("site", ["key", "site"]);
  db.createObjectStore("bytes", { keyPath: ["key", "sha256"] });
  db.createObjectStore("drafts", { keyPath: ["key", "site", "item"] });
}

/** Open the database; schema upgrades only ever add. `onLost` is called when the browser closes it. */
export async function openDatabase(
  name: string = DATABASE,
  onLost: () => void = () => undefined,
): Promise<Database> {
  const db = await openDB<Schema>(name, VERSION, {
    upgrade: (fresh, oldVersion) => {
      if (oldVersion < 1) create(fresh);
    },
    blocking: () => db.close(),
    terminated: onLost,
  });
  return db;
}
