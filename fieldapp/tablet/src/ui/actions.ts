// What a person can do. Every action ends with the screens showing what is on disk, never what was hoped for.

import { Api, Refused, SignInNeeded, Unreachable } from "../core/api";
import { batch } from "@preact/signals";
import { openDatabase, type Database, type StoredPerson, type StoredSite } from "../core/database";
import { Failure } from "../core/failure";
import type { Item, OperationBody, OperationKind } from "../core/model";
import { shrunk } from "../core/picture";
import { download, refreshSites, type KeptReceipts } from "../core/pull";
import { unsentOf, type Unsent } from "../core/queue";
import { hasPin } from "../core/pin";
import { activePerson, everybody, expire, thisTablet } from "../core/session";
import { synchronise } from "../core/sync";
import { enterAt, photoAt, readWork, type Work } from "../core/work";
import { t } from "../messages";
import { language, languageOf, type Language } from "../messages/language";
import * as state from "./state";
import { sentence } from "./words";

export const BASE = "/api/v1";
const DEFAULT_LOCK_AFTER = 15;
const TOAST = { undo: 10_000, plain: 4_000 };
let opened: Promise<Database> | null = null;
const tabs = new BroadcastChannel("fieldapp");

/** The database, opened again when the browser closed it (iOS does). */
export function database(): Promise<Database> {
  opened ??= openDatabase(undefined, () => (opened = null));
  return opened;
}

const api = (): Api => new Api(BASE, state.person.value?.token ?? null);

/** Who works here; an error when nobody does. */
export function signedIn(): StoredPerson {
  const person = state.person.value;
  if (person === null) throw new Failure("nobody");
  return person;
}

/** Show a short message. */
export function say(text: string, undo: (() => void) | null = null, tone: "plain" | "fail" = "plain"): void {
  const toast = { text, undo, tone };
  state.toast.value = toast;
  setTimeout(
    () => {
      if (state.toast.value === toast) state.toast.value = null;
    },
    undo === null && tone === "plain" ? TOAST.plain : TOAST.undo,
  );
}

/** An error in words for who sees it. */
export function explain(error: unknown): string {
  if (error instanceof Failure || error instanceof Unreachable) return t().errors.codes[error.code];
  if (error instanceof Refused || error instanceof SignInNeeded) return sentence(error.message);
  return error instanceof Error ? error.message : t().errors.something;
}

interface Shown {
  person: StoredPerson;
  pinSet: boolean;
  sites: StoredSite[];
  waiting: Unsent;
  receipts: KeptReceipts | undefined;
  work: Work | null;
}

async function read(db: Database, person: StoredPerson): Promise<Shown> {
  const { site } = state.route.value;
  const [pinSet, sites, waiting, receipts, work] = await Promise.all([
    hasPin(db, person.email),
    db.getAllFromIndex("sites", "key", person.key),
    unsentOf(db, person),
    db.get("meta", `receipts:${person.key}`) as Promise<KeptReceipts | undefined>,
    site === "" ? null : readWork(db, person, site),
  ]);
  return { person, pinSet, sites, waiting, receipts, work };
}

let shows = 0;
let latest: Promise<void> = Promise.resolve();

/** Read everything shown from disk. When this resolves the screens show it, or something newer. */
export async function show(): Promise<void> {
  shows += 1;
  latest = showUnlessOvertaken(shows);
  for (let awaited = null; awaited !== latest;) {
    awaited = latest;
    await awaited;
  }
}

async function showUnlessOvertaken(mine: number): Promise<void> {
  const db = await database();
  const [tablet, person, crew, lockAfter, chosen] = await Promise.all([
    thisTablet(db),
    activePerson(db),
    everybody(db),
    db.get("meta", "lock-after"),
    db.get("meta", "language"),
  ]);
  const shown = person === null ? null : await read(db, person);
  if (mine !== shows) return;
  batch(() => {
    language.value = languageOf(chosen);
    state.tablet.value = tablet;
    state.person.value = person;
    state.crew.value = crew;
    state.lockAfter.value = (lockAfter as number | undefined) ?? DEFAULT_LOCK_AFTER;
    if (shown === null) return;
    state.pinSet.value = shown.pinSet;
    state.sites.value = shown.sites;
    state.waiting.value = shown.waiting;
    state.receipts.value = shown.receipts ?? null;
    state.lastSync.value = shown.receipts?.at ?? null;
    state.work.value = shown.work;
  });
}

/** Other tabs show what this one did. */
export async function changed(): Promise<void> {
  tabs.postMessage("changed");
  await show();
}

tabs.onmessage = () => void show();

let again = false;

/** Synchronise now; asked for while running, it runs once more afterwards. */
export async function syncNow(): Promise<void> {
  state.connected.value = navigator.onLine;
  if (state.person.value === null) return;
  if (state.syncing.value) {
    again = true;
    return;
  }
  state.syncing.value = true;
  try {
    await syncOnce();
  } finally {
    state.syncing.value = false;
  }
  if (again) {
    again = false;
    await syncNow();
  }
}

async function syncOnce(): Promise<void> {
  const db = await database();
  const person = await activePerson(db); // from disk: another tab may have signed in again
  if (person === null) return;
  const sender = new Api(BASE, person.token);
  const report = await synchronise(db, sender, person, state.tablet.value.id, () => void show());
  const stillHere = state.person.value?.email === person.email;
  if (report.outcome !== "busy" && stillHere) state.report.value = report;
  if (report.outcome === "sign_in") await expire(db, person);
  await changed();
}

async function recorded(saved: string, undo: (() => void) | null): Promise<void> {
  await changed();
  say(saved, undo);
  void syncNow();
}

function seenWork(): Work {
  const seen = state.work.value;
  if (seen === null) throw new Failure("not_here");
  return seen;
}

/** Record something at an item. True when it is on disk. */
export async function enter(
  item: Item,
  kind: OperationKind,
  body: OperationBody,
  saved: string,
): Promise<boolean> {
  try {
    const entry = { item: item.key, kind, body };
    const [seen, person, tablet] = [seenWork(), signedIn(), state.tablet.value.id];
    await enterAt(await database(), person, tablet, seen, entry);
    const register = kind === "answer" || kind === "not_applicable" || kind === "signature";
    await recorded(saved, register ? () => void withdraw(item) : null);
    return true;
  } catch (error) {
    say(t().errors.notSaved(explain(error)), null, "fail");
    return false;
  }
}

/** Take the last entry back: a new entry that says so, nothing is deleted. */
export async function withdraw(item: Item): Promise<void> {
  await enter(item, "retract", {}, t().record.nowTakenBack);
}

/** Shrink and keep a photo. */
export async function takePhoto(item: Item, file: File, caption: string): Promise<void> {
  try {
    const [seen, person, tablet] = [seenWork(), signedIn(), state.tablet.value.id];
    const photo = { bytes: await shrunk(file), media_type: "image/jpeg", caption };
    await photoAt(await database(), person, tablet, seen, item.key, photo);
    await recorded(t().evidence.photoSaved, null);
  } catch (error) {
    say(t().evidence.photoNotSaved(explain(error)), null, "fail");
  }
}

/** Show everything in another language, on every tab of this tablet. */
export async function speak(chosen: Language): Promise<void> {
  language.value = chosen;
  await (await database()).put("meta", chosen, "language");
  await changed();
}

/** Make a site available offline. */
export async function fetchSite(site: string): Promise<void> {
  try {
    const db = await database();
    await download(db, api(), signedIn().key, site);
    await changed();
  } catch (error) {
    say(explain(error), null, "fail");
  }
}

/** Hand the site over to the reviewer. */
export async function handOver(site: string): Promise<void> {
  try {
    const [db, sender, person] = [await database(), api(), signedIn()];
    await sender.submit(site);
    await download(db, sender, person.key, site);
    await refreshSites(db, sender, person);
    await changed();
    say(t().site.handedOver);
  } catch (error) {
    say(explain(error), null, "fail");
  }
}

/** Keep half-typed text, so that a reload (the camera may cause one) doesn't lose it. */
export async function keepDraft(key: string, site: string, item: Item, text: string): Promise<void> {
  const db = await database();
  if (text === "") await db.delete("drafts", [key, site, item.key]);
  else await db.put("drafts", { key, site, item: item.key, text });
}

const parked = (key: string, site: string, item: Item): string => `draft ${key} ${site} ${item.key}`;

/** Keep half-typed text while the page goes away: the database would not finish any more. */
export function parkDraft(key: string, site: string, item: Item, text: string): void {
  localStorage.setItem(parked(key, site, item), text);
}

/** Half-typed text of an item, "" when there is none. */
export async function draftOf(key: string, site: string, item: Item): Promise<string> {
  const text = localStorage.getItem(parked(key, site, item));
  if (text !== null) {
    await keepDraft(key, site, item, text);
    localStorage.removeItem(parked(key, site, item));
    return text;
  }
  return (await (await database()).get("drafts", [key, site, item.key]))?.text ?? "";
}

/** The instrument last used for a kind of test on this tablet. */
export async function lastInstrument(kind: string): Promise<string> {
  return ((await (await database()).get("meta", `instrument:${kind}`)) as string | undefined) ?? "";
}

/** Remember the instrument for the next item that needs this kind. */
export async function rememberInstrument(kind: string, id: string): Promise<void> {
  await (await database()).put("meta", id, `instrument:${kind}`);
}

/** The picture of a photo kept on this tablet, or of one that the server has. */
export async function pictureOf(sha256: string): Promise<Blob | null> {
  const db = await database();
  const kept = await db.get("bytes", [signedIn().key, sha256]);
  if (kept !== undefined) return new Blob([kept.bytes], { type: "image/jpeg" });
  if (!state.online.value) return null;
  return api()
    .object(sha256)
    .catch(() => null);
}
