// What is done, what is open, what blocks submission. The twin of checklists/progress.py.

import type { Checklist, Item, ItemState, ItemStatus, Section } from "./model";

/** Nothing more has to be done here. */
export const DONE: ReadonlySet<ItemStatus> = new Set(["passed", "not_applicable", "conceded"]);

const BLOCKS: Partial<Record<ItemStatus, string>> = {
  open: "is not done yet.",
  incomplete: "still lacks a photo or its bytes.",
  conflict: "has two entries side by side; record the right one again.",
  inconclusive: "can't be decided from what is recorded; repeat it.",
  returned: "was returned by the reviewer; do it again.",
  stale: "was recorded before the design changed; do it again.",
};

export interface SectionProgress {
  section: Section;
  total: number;
  passed: number;
  failed: number;
  open: number;
  other: number;
  done: number;
}

export interface Blocker {
  item: string;
  reason: string;
}

export interface Progress {
  sections: SectionProgress[];
  done: number;
  total: number;
  blocksSubmission: Blocker[];
}

type States = ReadonlyMap<string, ItemState>;

/** The nearest item that has to pass before this one; `stop`: work must stop until it does. */
export interface Waiting {
  item: string;
  stop: boolean;
}

/** For every item that waits, what it waits for; a stop anywhere on the way comes first. */
export function waiting(items: readonly Item[], states: States): Map<string, Waiting> {
  const known = new Map(items.map((item) => [item.key, item]));
  const isUnmet = (key: string): boolean => known.has(key) && !DONE.has(statusIn(known.get(key)!, states));
  const unmet = new Map(items.map((item) => [item.key, item.requires.filter(isUnmet)]));
  const stops = new Map<string, string>();
  const stopOf = (key: string): string => {
    const kept = stops.get(key);
    if (kept !== undefined) return kept;
    stops.set(key, ""); // nobody waits for themselves: templates that do are refused
    const first = unmet.get(key)!;
    const direct = first.find((each) => known.get(each)!.stops_work === true);
    const stop = direct ?? first.map(stopOf).find((each) => each !== "") ?? "";
    stops.set(key, stop);
    return stop;
  };
  const found = new Map<string, Waiting>();
  for (const { key } of items) {
    const stop = stopOf(key);
    const nearest = unmet.get(key)![0];
    if (stop !== "" || nearest !== undefined) found.set(key, { item: stop || nearest!, stop: stop !== "" });
  }
  return found;
}

const statusIn = (item: Item, states: States): ItemStatus => states.get(item.key)?.status ?? "open";

function count(section: SectionProgress, status: ItemStatus): void {
  section.total += 1;
  if (DONE.has(status)) section.done += 1;
  if (status === "passed" || status === "failed" || status === "open") section[status] += 1;
  else section.other += 1;
}

function sectionsOf(items: readonly Item[], states: States): SectionProgress[] {
  const sections = new Map<Section, SectionProgress>();
  for (const item of items) {
    const fresh = { section: item.section, total: 0, passed: 0, failed: 0, open: 0, other: 0, done: 0 };
    const section = sections.get(item.section) ?? fresh;
    sections.set(item.section, section);
    count(section, statusIn(item, states));
  }
  return [...sections.values()];
}

/** Counts per section and every item that blocks submission, in work order. */
export function progress(checklists: readonly Checklist[], states: States): Progress {
  const items = checklists.flatMap((checklist) => checklist.items);
  const blockers = items.flatMap((item) => {
    const status = statusIn(item, states);
    if (item.severity === "info" && status === "inconclusive") return [];
    const why = BLOCKS[status];
    return why === undefined ? [] : [{ item: item.key, reason: `“${item.title}” at ${item.tag} ${why}` }];
  });
  const sections = sectionsOf(items, states);
  const done = sections.reduce((sum, section) => sum + section.done, 0);
  return { sections, done, total: items.length, blocksSubmission: blockers };
}

/** The next item to work on after `current`, wrapping around: returned ones first, then what blocks. */
export function nextOpen(
  checklists: readonly Checklist[],
  states: States,
  current: string | null,
): Item | null {
  const items = checklists.flatMap((checklist) => checklist.items);
  const start = items.findIndex((item) => item.key === current) + 1;
  const ordered = [...items.slice(start), ...items.slice(0, start)].filter((item) => item.key !== current);
  const waits = (item: Item): boolean => statusIn(item, states) in BLOCKS && item.criterion.kind !== "probe";
  const returned = ordered.find((item) => statusIn(item, states) === "returned");
  return returned ?? ordered.find(waits) ?? null;
}
