// What the screens show, as signals. Changed only by actions.ts.

import { computed, signal } from "@preact/signals";
import type { StoredPerson, StoredSite } from "../core/database";
import type { KeptReceipts } from "../core/pull";
import type { Unsent } from "../core/queue";
import { parseRoute, type Route } from "../core/route";
import type { Tablet } from "../core/session";
import type { Report } from "../core/sync";
import type { Work } from "../core/work";

export const person = signal<StoredPerson | null>(null);
export const tablet = signal<Tablet>({ id: "", name: "" });
export const sites = signal<StoredSite[]>([]);
export const work = signal<Work | null>(null);
export const route = signal<Route>(parseRoute(location.hash));

/** Everybody who ever worked here, and whether the person who works here now has a PIN. */
export const crew = signal<StoredPerson[]>([]);
export const pinSet = signal(true);
/** Who unlocked this page, by e-mail address; it is gone with the page. */
export const unlocked = signal<string | null>(null);
/** Whose screens are behind the lock: what was typed there is still there afterwards. */
export const inside = signal<string | null>(null);
/** Minutes without a touch until the tablet locks. */
export const lockAfter = signal(15);

/** What is asked at the door, where that is not the PIN of who worked here last. */
export interface Door {
  screen: "people" | "pin" | "new-pin" | "sign-in" | "code";
  who: StoredPerson | null;
  forgotten?: boolean; // signs in because the PIN is forgotten
  must?: boolean; // a new PIN has to be chosen now
}
export const door = signal<Door | null>(null);
/** A pairing code that was scanned; it is taken out of the address at once. */
export const scanned = signal("");

/** What the browser says; the last sync may know better. */
export const connected = signal(navigator.onLine);
export const report = signal<Report | null>(null);
export const syncing = signal(false);
export const lastSync = signal<string | null>(null);
export const waiting = signal<Unsent>({ operations: 0, photos: 0, stuck: 0 });
export const receipts = signal<KeptReceipts | null>(null);
export const persistent = signal<boolean | null>(null);

/** One short message at the bottom, with a way back when there is one. */
export interface Toast {
  text: string;
  tone: "plain" | "fail";
  undo: (() => void) | null;
}
export const toast = signal<Toast | null>(null);

/** Set when a new version of the application waits. */
export const update = signal<(() => void) | null>(null);

export const online = computed(() => connected.value && report.value?.outcome !== "offline");
export const signInNeeded = computed(
  () => person.value !== null && (person.value.token === null || report.value?.outcome === "sign_in"),
);
export const locked = computed(
  () => person.value !== null && pinSet.value && unlocked.value !== person.value.email,
);
export const allSent = computed(() => waiting.value.operations + waiting.value.photos === 0);
