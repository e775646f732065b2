// A site as it stands on this tablet: what the server knows, with this person's own unsent work laid over it.

import type { Database, StoredOperation, StoredPerson, StoredPhoto, StoredSite } from "./database";
import { fold, headsOf, UNSENT, type Recorded } from "./fold";
import { withLock } from "./locks";
import type { Bundle, Instrument, Item, ItemState } from "./model";
import { doubts, type Doubt } from "./plausibility";
import { progress, waiting, type Progress, type Waiting } from "./progress";
import { operationsOf, record, recordPhoto, type Entry, type PhotoBytes } from "./queue";

/** What became of one entry. "elsewhere": it was made on another tablet and came from the server. */
export type Mark = "saved" | "received" | "attention" | "elsewhere";

export interface Work {
  site: StoredSite;
  bundle: Bundle;
  items: Map<string, Item>;
  states: Map<string, ItemState>;
  progress: Progress;
  waiting: Map<string, Waiting>;
  doubts: Map<string, Doubt[]>;
  history: Map<string, Recorded[]>;
  own: Map<string, StoredOperation>;
  photos: Map<string, StoredPhoto>;
}

/** Refused or held entries don't count: they are shown with their reason instead. */
function counts(stored: StoredOperation): boolean {
  return stored.status !== "rejected" && stored.status !== "quarantined";
}

function recordedOf(bundle: Bundle, own: readonly StoredOperation[], person: string): Recorded[] {
  const received = bundle.operations.map(({ op, author, number, clock_offset_s = null }) => ({
    op,
    author: author.id,
    number,
    clock_offset_s,
  }));
  const known = new Set(received.map(({ op }) => op.id));
  const fresh = own.filter((stored) => counts(stored) && !known.has(stored.id));
  return [...received, ...fresh.map(({ op, number }) => ({ op, author: person, number: number ?? UNSENT }))];
}

function historyOf(recorded: readonly Recorded[]): Map<string, Recorded[]> {
  const history = new Map<string, Recorded[]>();
  for (const each of [...recorded].sort((left, right) => (left.op.id < right.op.id ? -1 : 1))) {
    const entries = history.get(each.op.item);
    if (entries === undefined) history.set(each.op.item, [each]);
    else entries.push(each);
  }
  return history;
}

/** The instruments of the bundle by id. */
export function instrumentsOf(bundle: Bundle): Map<string, Instrument> {
  return new Map(bundle.instruments.map((each) => [each.id, each]));
}

function present(bundle: Bundle, photos: readonly StoredPhoto[]): Set<string> {
  return new Set([...bundle.present_objects, ...photos.map((photo) => photo.sha256)]);
}

/** What the server did not take as evidence: such a photo counts as not taken. */
function refusedOf(bundle: Bundle, photos: readonly StoredPhoto[]): Set<string> {
  const own = photos.filter((photo) => photo.state === "refused").map((photo) => photo.sha256);
  return new Set([...(bundle.refused_objects ?? []), ...own]);
}

/** Lay a person's own work over the bundle. Pure. */
export function workOf(
  site: StoredSite,
  bundle: Bundle,
  own: readonly StoredOperation[],
  photos: readonly StoredPhoto[],
  person: string,
): Work {
  const items = bundle.checklists.flatMap((checklist) => checklist.items);
  const recorded = recordedOf(bundle, own, person);
  const refused = refusedOf(bundle, photos);
  const counted = recorded.filter(({ op }) => !refused.has(op.body.sha256 ?? ""));
  const beside = { marks: bundle.marks, outcomes: bundle.probe_outcomes, present: present(bundle, photos) };
  const states = fold(items, counted, {
    ...beside,
    since: bundle.since ?? {},
    instruments: bundle.instruments,
    timezone: bundle.site.timezone,
  });
  const known = new Map(items.map((item) => [item.key, item]));
  const history = historyOf(recorded);
  return {
    site,
    bundle,
    items: known,
    states,
    progress: progress(bundle.checklists, states),
    waiting: waiting(items, states),
    doubts: doubts({ items: known, states, history, instruments: instrumentsOf(bundle) }),
    history,
    own: new Map(own.map((stored) => [stored.id, stored])),
    photos: new Map(photos.map((photo) => [photo.sha256, photo])),
  };
}

/** Read a downloaded site with this person's work; null when it isn't on this tablet. */
export async function readWork(db: Database, person: StoredPerson, id: string): Promise<Work | null> {
  const site = await db.get("sites", [person.key, id]);
  if (site === undefined || site.bundle === null) return null;
  const [own, photos] = await Promise.all([
    operationsOf(db, person.key, id),
    db.getAllFromIndex("photos", "site", [person.key, id]),
  ]);
  return workOf(site, site.bundle, own, photos, person.id);
}

/** What a new entry builds on: the heads that the author saw, and their own entries that are newer than the screen.
 *
 * Heads of others that arrived unseen are left out on purpose: then both stand, and a person picks.
 */
async function baseOf(db: Database, person: StoredPerson, seen: Work, item: string): Promise<string[]> {
  const own = await operationsOf(db, person.key, seen.site.id);
  const mine = own.filter((stored) => stored.op.item === item && counts(stored));
  const known = new Map([...(seen.history.get(item) ?? []), ...mine].map((each) => [each.op.id, each]));
  return headsOf([...known.values()]).map(({ op }) => op.id);
}

/** The revision of the site that the author saw: work done on an earlier one may not answer for a later one. */
const revisionOf = (seen: Work): number => seen.bundle.site.revision ?? 1;

/** Record an entry at an item as seen on the screen. One after the other, so that a double tap is no conflict. */
export async function enterAt(
  db: Database,
  person: StoredPerson,
  tablet: string,
  seen: Work,
  entry: Pick<Entry, "item" | "kind" | "body">,
): Promise<StoredOperation> {
  return withLock(`fieldapp-enter-${person.key}`, async () => {
    const base = await baseOf(db, person, seen, entry.item);
    return record(db, person, tablet, { ...entry, site: seen.site.id, base, revision: revisionOf(seen) });
  });
}

/** Record a photo at an item as seen on the screen. */
export async function photoAt(
  db: Database,
  person: StoredPerson,
  tablet: string,
  seen: Work,
  item: string,
  photo: PhotoBytes,
): Promise<StoredOperation> {
  const base = await baseOf(db, person, seen, item);
  const entry = { site: seen.site.id, item, base, revision: revisionOf(seen) };
  return recordPhoto(db, person, tablet, entry, photo);
}

/** Saved on this tablet, received by the server, or in need of a look. */
export function markOf(stored: StoredOperation, photo: StoredPhoto | undefined): Mark {
  if (stored.status === "rejected" || stored.status === "quarantined" || stored.status === "pending")
    return "attention";
  if (photo !== undefined && photo.state === "refused") return "attention";
  if (photo !== undefined && photo.state === "waiting") return "saved";
  return stored.status === "unsent" ? "saved" : "received";
}
