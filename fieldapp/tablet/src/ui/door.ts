// Who may pass: signing in, pairing, the PIN, locking, and handing the tablet to somebody else.

import { batch } from "@preact/signals";
import { Api, type Offered } from "../core/api";
import type { StoredPerson } from "../core/database";
import { hasPin, setPin, tryPin, type Attempt } from "../core/pin";
import { pair, signIn, signOut, switchTo } from "../core/session";
import { t } from "../messages";
import { BASE, changed, database, explain, say, signedIn, syncNow } from "./actions";
import * as state from "./state";

/** The camera may make the browser load the page anew: for so long its person is let in again without a PIN. */
const CAMERA_MS = 5 * 60_000;
const CAMERA = "at the camera";
let scrolled = 0;

function letIn(person: StoredPerson): void {
  const stays = state.inside.value === person.email;
  batch(() => {
    state.unlocked.value = state.inside.value = person.email;
    state.door.value = null;
    state.scanned.value = "";
  });
  if (stays) requestAnimationFrame(() => window.scrollTo(0, scrolled));
}

async function arrive(person: StoredPerson): Promise<void> {
  const before = state.person.value;
  const another = before !== null && before.email !== person.email;
  if (another || state.route.value.screen === "sign-in") location.hash = "#/";
  await changed();
  letIn(person);
  void syncNow();
}

/** Sign in with a password; the message of a refusal, or "". */
export async function enterSession(email: string, password: string, tabletName: string): Promise<string> {
  try {
    const forgotten = state.door.value?.forgotten === true;
    const db = await database();
    const person = await signIn(db, new Api(BASE, null), email, password, tabletName);
    state.report.value = null;
    await arrive(person);
    if (forgotten) state.door.value = { screen: "new-pin", who: person, must: true };
    return "";
  } catch (error) {
    return explain(error);
  }
}

/** Whom a code is for, or why it is refused. */
export async function lookAtCode(code: string): Promise<Offered | string> {
  try {
    return await new Api(BASE, null).lookAtCode(code);
  } catch (error) {
    return explain(error);
  }
}

/** Pair this tablet; the message of a refusal, or "". */
export async function useCode(code: string, whom: Offered["person"], tabletName: string): Promise<string> {
  try {
    const person = await pair(await database(), new Api(BASE, null), code, whom, tabletName);
    state.report.value = null;
    await arrive(person);
    return "";
  } catch (error) {
    return explain(error);
  }
}

/** Lock: the screens stay behind the door as they are. */
export function lock(): void {
  if (state.person.value === null || !state.pinSet.value) return;
  sessionStorage.removeItem(CAMERA);
  if (!state.locked.value) scrolled = window.scrollY;
  state.door.value = null; // half-way to a new PIN as well: whoever comes next may be somebody else
  state.unlocked.value = null;
}

/** Try a person's PIN; the right one lets them in, whoever worked here before. */
export async function unlock(person: StoredPerson, pin: string): Promise<Attempt> {
  const db = await database();
  const attempt = await tryPin(db, person.email, pin);
  if (!attempt.fits) return attempt;
  if (state.person.value?.email !== person.email) {
    await switchTo(db, person);
    state.report.value = null; // it was about somebody else
    await arrive(person);
  } else letIn(person);
  return attempt;
}

/** Keep a new PIN of the person who works here. */
export async function choosePin(pin: string): Promise<void> {
  const person = signedIn();
  await setPin(await database(), person.email, pin);
  letIn(person);
  await changed();
  say(t().door.pinIsSet);
}

/** Ask who works here for a new PIN; until they have chosen it the old one holds. */
export function changePin(): void {
  state.door.value = { screen: "new-pin", who: signedIn() };
}

/** Show who works here, to hand the tablet over. */
export function askWho(): void {
  lock();
  state.door.value = { screen: "people", who: null };
}

/** Somebody comes: by PIN where they have one, by password where they signed out or never set one. */
export async function come(person: StoredPerson): Promise<void> {
  const known = person.signed_out !== true && (await hasPin(await database(), person.email));
  state.door.value = { screen: known ? "pin" : "sign-in", who: person };
}

/** Somebody new comes, or one whose PIN is forgotten. */
export function askPassword(who: StoredPerson | null = null): void {
  state.door.value = { screen: "sign-in", who, forgotten: who !== null };
}

/** Ask for a pairing code. */
export function askCode(): void {
  state.door.value = { screen: "code", who: null };
}

/** Nothing of it: back to who worked here. */
export function leaveDoor(): void {
  state.scanned.value = "";
  state.door.value = null;
}

/** Take a scanned code out of the address, so that neither history nor a glance shows it. */
export function takeScannedCode(): void {
  const found = /^#pair=([A-Za-z0-9-]+)$/.exec(location.hash);
  if (found === null) return;
  history.replaceState(null, "", "#/");
  lock();
  state.scanned.value = found[1]!;
}

/** Sign out; what waits stays on this tablet and is sent when they sign in again. */
export async function leaveSession(): Promise<void> {
  await signOut(await database(), signedIn());
  batch(() => {
    state.report.value = null;
    state.unlocked.value = state.inside.value = null;
  });
  location.hash = "#/";
  await changed();
}

/** How long the tablet waits for a touch before it locks. */
export async function keepLockAfter(minutes: number): Promise<void> {
  await (await database()).put("meta", minutes, "lock-after");
  await changed();
}

/** The camera opens: should the browser drop the page meanwhile, its person is let in again. */
export function atTheCamera(): void {
  const until = Date.now() + CAMERA_MS;
  sessionStorage.setItem(CAMERA, JSON.stringify({ email: signedIn().email, until }));
}

/** The camera is done. */
export function fromTheCamera(): void {
  sessionStorage.removeItem(CAMERA);
}

/** Let in at the start who was taking a photo when the browser dropped the page. */
export function backFromTheCamera(): void {
  const noted = JSON.parse(sessionStorage.getItem(CAMERA) ?? "null") as {
    email: string;
    until: number;
  } | null;
  sessionStorage.removeItem(CAMERA);
  const person = state.person.value;
  if (noted !== null && person?.email === noted.email && noted.until > Date.now()) letIn(person);
}

/** True when something typed stands in a form that is kept nowhere else. */
export function typedText(): boolean {
  const fields = document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>(
    ".inside .aside-form input, .inside .aside-form textarea",
  );
  return [...fields].some((each) => each.value.trim() !== "");
}

/** Lock after a while without a touch, and when the page is looked at again after such a while. */
export function lockWhenIdle(): void {
  let touched = Date.now();
  const touch = (): void => void (touched = Date.now());
  const look = (): void => {
    if (Date.now() - touched >= state.lockAfter.value * 60_000) lock();
  };
  // The look comes first: the touch that wakes the tablet must not count as work.
  const wake = (): void => {
    look();
    touch();
  };
  for (const event of ["pointerdown", "keydown", "input", "wheel"])
    window.addEventListener(event, wake, { capture: true, passive: true });
  document.addEventListener("visibilitychange", look);
  window.setInterval(look, 5_000);
}
