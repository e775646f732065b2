// A test recorded before what has to come first had passed, by the clocks of the tablets. The twin of
// checklists/plausibility/order.py.
//
// Entries of one tablet are compared as they stand, unless its clock was set in between. Between tablets, and where the
// tablet isn't known, clocks are corrected by what the server found them to be off, and a difference of up to five
// minutes is the clocks'. What passed once and was returned, repeated or retyped later had passed: the first time counts.

import { CLOCKS_AGREE_S } from "./clock";
import { ANSWERED, type Doubt, moment, NAMED, named, spelled } from "./doubt";
import type { Recorded } from "./fold";
import { judge } from "./judge";
import type { Item, ItemState, ItemStatus, Operation } from "./model";
import { DONE } from "./progress";

/** It may have passed before somebody sent it back; without its history nobody knows. */
const AGAIN: ReadonlySet<ItemStatus> = new Set(["returned", "stale", "conflict"]);

export type History = ReadonlyMap<string, readonly Recorded[]>;

/** When something was recorded, by which tablet's clock, and how far that was off; "" and null: not known. */
export interface Entered {
  at: number;
  tablet: string;
  clock_offset_s?: number | null;
}

/** True for entries of one tablet whose clock nobody set in between; each push finds a little else. */
function sameClock(one: Entered, other: Entered): boolean {
  if (one.tablet === "" || one.tablet !== other.tablet) return false;
  if (one.clock_offset_s == null || other.clock_offset_s == null) return true;
  return Math.abs(one.clock_offset_s - other.clock_offset_s) <= CLOCKS_AGREE_S;
}

/** By how many seconds one entry is before another, 0 within what clocks may differ. */
function isBefore(one: Entered, other: Entered): number {
  const ahead = (other.at - one.at) / 1000;
  if (sameClock(one, other)) return Math.max(ahead, 0);
  const apart = ahead - ((other.clock_offset_s ?? 0) - (one.clock_offset_s ?? 0));
  return apart > CLOCKS_AGREE_S ? apart : 0;
}

/** The order in which a site was recorded; what had passed when is looked up once an item. */
export class Order {
  readonly #passes = new Map<string, Entered[]>();

  constructor(
    private readonly items: ReadonlyMap<string, Item>,
    private readonly states: ReadonlyMap<string, ItemState>,
    private readonly history: History,
  ) {}

  /** A doubt when the item was recorded before an item it requires had passed. */
  doubts(item: Item): Doubt[] {
    const state = this.states.get(item.key);
    if (state === undefined || !ANSWERED.has(state.status)) return [];
    if (state.value === null && state.recorded_at === null) return [];
    return this.before(item, this.#entered(state));
  }

  /** The same for an entry of a known time, or of one that isn't known. */
  before(item: Item, entry: Entered | null): Doubt[] {
    const required = item.requires.flatMap((key) => this.items.get(key) ?? []);
    const gaps = required.map((each) => ({ item: each, gap: this.#gap(entry, each) }));
    const early = gaps.flatMap(({ item: each, gap }) => (gap === null ? [] : [{ item: each, gap }]));
    const first = early.find(({ gap }) => gap === 0) ?? early[0];
    if (first === undefined) return [];
    const more = early.length > 1 ? ` (and ${early.length - 1} more)` : "";
    const name = named(first.item);
    const sentence =
      first.gap === 0
        ? `${name} has to pass before this and has not${more}: do that first, then repeat this.`
        : `It was recorded ${spelled(first.gap)} before ${name} had passed${more}: repeat it.`;
    const others = early.slice(0, NAMED).map(({ item: each }) => each.key);
    return [{ code: "order", item: item.key, others, sentence }];
  }

  /** Seconds from an entry until what it requires had passed; 0: never, null: nothing odd. */
  #gap(entry: Entered | null, required: Item): number | null {
    const state = this.states.get(required.key);
    if (state?.status === "not_applicable") return null;
    const passes = this.#passesOf(required, state);
    if (passes.length > 0) {
      const gap = entry === null ? 0 : passes.reduce((least, each) => Math.min(least, isBefore(entry, each)), Infinity);
      return gap === 0 ? null : gap;
    }
    return state !== undefined && (DONE.has(state.status) || mayHavePassed(state)) ? null : 0;
  }

  #passesOf(item: Item, state: ItemState | undefined): Entered[] {
    const known = this.#passes.get(item.key);
    if (known !== undefined) return known;
    const kept = this.history.get(item.key) ?? [];
    const found = kept.filter(({ op }) => passed(item, op)).map(enteredBy);
    const standing = state !== undefined && DONE.has(state.status) ? this.#entered(state) : null;
    if (found.length === 0 && standing !== null) found.push(standing);
    this.#passes.set(item.key, found);
    return found;
  }

  #entered(state: ItemState): Entered | null {
    const head = this.history.get(state.item)?.find(({ op }) => state.heads.includes(op.id));
    if (head !== undefined) return enteredBy(head);
    const at = moment(state.recorded_at);
    return at === null ? null : { at, tablet: "" };
  }
}

const enteredBy = ({ op, clock_offset_s }: Recorded): Entered => ({
  at: Date.parse(op.recorded_at),
  tablet: op.tablet,
  clock_offset_s: clock_offset_s ?? null,
});

/** What only lacks a photo, or the bytes of one, has passed as a test. */
const mayHavePassed = (state: ItemState): boolean =>
  AGAIN.has(state.status) || (state.status === "incomplete" && state.judgement.verdict === "pass");

function passed(item: Item, op: Operation): boolean {
  if (op.kind === "answer") return judge(op.body.value ?? null, item.criterion).verdict === "pass";
  return op.kind === "signature" && item.criterion.kind === "signature";
}
