// A doubt, and how its sentence names items, tags and spans of time. The twin of checklists/plausibility/doubt.py.

import type { Item, ItemState, ItemStatus, Value } from "./model";

export type DoubtCode =
  | "impossible" // outside what the circuit can show
  | "unusual" // far from what the study expects
  | "zero_time" // a measured time of nothing
  | "digits" // finer than the instrument shows
  | "order" // before what has to come first
  | "alike" // the same reading at many tags
  | "copied" // a whole sequence of readings as at another tag
  | "serial" // one serial number at two tags
  | "photo"; // one photo at two tags

/** One odd thing at an item: a stable code, other items it concerns, and what is odd and what to do. */
export interface Doubt {
  code: DoubtCode;
  item: string;
  others: string[];
  sentence: string;
}

export type Laid = readonly [Item, ItemState];

/** Before the sentence of a doubt it makes the note that somebody looked again; kept in English, as all notes of the application. */
export const RIGHT = "Looked at again, and it is right: ";

/** So many of the others are named by their keys. */
export const NAMED = 8;

/** What was recorded counts: it was neither withdrawn nor sent back, nor has it lost its ground. */
export const ANSWERED: ReadonlySet<ItemStatus> = new Set([
  "passed",
  "failed",
  "inconclusive",
  "incomplete",
  "conceded",
]);

/** The value that counts at an item. */
export const answered = (state: ItemState): Value | null => (ANSWERED.has(state.status) ? state.value : null);

/** An item as a sentence names it. */
export const named = (item: Item): string => `“${item.title}” at ${item.tag}`;

/** A time of the journal in milliseconds; null without one. */
export const moment = (text: string | null): number | null => (text ? Date.parse(text) : null);

/** At most three tags and how many more: "F01, F02, F03 and 9 more". */
export function listed(tags: readonly string[]): string {
  const shown = tags.slice(0, 3);
  if (tags.length > 3) return `${shown.join(", ")} and ${tags.length - 3} more`;
  const last = shown.pop() ?? "";
  return shown.length > 0 ? `${shown.join(", ")} and ${last}` : last;
}

const SPANS = [
  [86_400, "day"],
  [3_600, "hour"],
  [60, "minute"],
  [1, "second"],
] as const;

/** A span of time in its largest unit: "12 minutes"; below a second it is one. */
export function spelled(seconds: number): string {
  const whole = Math.max(1, Math.trunc(seconds));
  const [size, word] = SPANS.find(([each]) => whole >= each)!;
  const count = Math.trunc(whole / size);
  return count === 1 ? `1 ${word}` : `${count} ${word}s`;
}

/** Put each thing into its group; groups stand in the order of their first. */
export function grouped<T>(things: Iterable<T>, keyOf: (thing: T) => string | null): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const thing of things) {
    const key = keyOf(thing);
    if (key === null) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [thing]);
    else group.push(thing);
  }
  return groups;
}
