// One run of synchronisation, and the clockwork that starts it. It never loses, only moves on.

import { Api, Refused, SignInNeeded, Unreachable } from "./api";
import type { Database, StoredPerson } from "./database";
import { ifFree } from "./locks";
import { refresh, refreshReceipts, refreshSites } from "./pull";
import { pushOperations, pushPhotos } from "./push";
import { keysOf } from "./queue";

export type Outcome = "done" | "busy" | "offline" | "sign_in" | "update" | "refused";

/** How a run ended; after a refusal with what the server said. */
export interface Report {
  outcome: Outcome;
  refusal: Refused | null;
}

export type MakeApi = (token: string | null) => Api;

async function run(
  db: Database,
  api: Api,
  person: StoredPerson,
  tablet: string,
  onStep: () => void,
): Promise<void> {
  for (const key of keysOf(person)) {
    await pushOperations(db, api, { ...person, key }, tablet);
    onStep();
    await pushPhotos(db, api, { ...person, key }, onStep);
  }
  await refreshReceipts(db, api, person, tablet);
  await refreshSites(db, api, person);
  for (const site of await db.getAllFromIndex("sites", "key", person.key)) {
    await refresh(db, api, site, person);
    onStep();
  }
}

function reportOf(error: unknown): Report {
  if (error instanceof SignInNeeded) return { outcome: "sign_in", refusal: null };
  if (error instanceof Unreachable) return { outcome: "offline", refusal: null };
  if (error instanceof Refused) return { outcome: error.status === 426 ? "update" : "refused", refusal: error };
  throw error;
}

/** Synchronise once. Another tab doing it already is fine: "busy". */
export async function synchronise(
  db: Database,
  api: Api,
  person: StoredPerson,
  tablet: string,
  onStep: () => void = () => undefined,
): Promise<Report> {
  if (person.token === null) return { outcome: "sign_in", refusal: null };
  try {
    const done = await ifFree("fieldapp-sync", async () => {
      await run(db, api, person, tablet, onStep);
      return { outcome: "done" as const, refusal: null };
    });
    return done ?? { outcome: "busy", refusal: null };
  } catch (error) {
    return reportOf(error);
  }
}

const EVERY = 20_000;
/** Not every browser tells that the network is back: after a run that found none, tried again this often. */
const WITHOUT_NETWORK = 5_000;

/** Call `start` at once, when the network returns, when the page is looked at again, and every 20 seconds. */
export function keepSynchronised(start: () => void, withoutNetwork: () => boolean): () => void {
  const seen = (): void => {
    if (document.visibilityState === "visible") start();
  };
  const again = (): void => {
    if (withoutNetwork()) start();
  };
  window.addEventListener("online", start);
  document.addEventListener("visibilitychange", seen);
  const timers = [window.setInterval(start, EVERY), window.setInterval(again, WITHOUT_NETWORK)];
  start();
  return () => {
    window.removeEventListener("online", start);
    document.removeEventListener("visibilitychange", seen);
    timers.forEach((timer) => window.clearInterval(timer));
  };
}
