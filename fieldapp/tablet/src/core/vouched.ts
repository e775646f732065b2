// What a signature vouches for: the twin of checklists/vouched.py, held to it by tests/vectors/vouched.json.

import { digest } from "./canonical";
import type { Checklist, Operation } from "./model";

/** The items before a signature in the order of work, other signatures left out. */
export function vouchedItems(checklists: readonly Pick<Checklist, "items">[], signature: string): string[] {
  const items = checklists.flatMap((checklist) => checklist.items);
  const end = items.findIndex((item) => item.key === signature);
  const before = end < 0 ? items : items.slice(0, end);
  return before.filter((item) => item.criterion.kind !== "signature").map((item) => item.key);
}

/** Everything that a signature is made on, as this tablet knows it. */
export interface Ground {
  ground: string; // digest of the site's revision
  checklists: readonly Pick<Checklist, "items">[];
  operations: readonly Operation[];
  probeRuns: readonly string[];
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts)].sort();

/** The digest that a signature on an item binds. */
export async function signedDigest(known: Ground, signature: string): Promise<string> {
  const vouched = new Set(vouchedItems(known.checklists, signature));
  const there = known.operations.filter((op) => vouched.has(op.item));
  const digests = await Promise.all(there.map((op) => digest("fieldapp-operation-v1", op)));
  const entries: Record<string, string[]> = {};
  there.forEach((op, index) => (entries[op.item] ??= []).push(digests[index]!));
  for (const [item, found] of Object.entries(entries)) entries[item] = unique(found);
  const signed = { ground: known.ground, item: signature, entries, probe_runs: unique(known.probeRuns) };
  return digest("fieldapp-signed-v1", signed);
}
