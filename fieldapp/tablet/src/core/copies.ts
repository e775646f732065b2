// Readings that are exactly alike at many tags, or in sequence at two, where that is more than chance. The twin of
// checklists/plausibility/alike.py and copied.py, which say how likely honest readings are to agree.

import { answered, type Doubt, grouped, type Laid, listed, moment, NAMED } from "./doubt";
import type { Item, ItemState } from "./model";

const TAGS_ALIKE = 4;
const TESTS_COPIED = 3;
/** Expected less than once in so many honest sites. */
const RARE = 100n;

/** A reading as typed: decimal string and unit. */
interface Shown {
  decimal: string;
  unit: string;
}

/** The reading that counts at an item; null for what is off-scale or no number. */
function exact(state: ItemState): Shown | null {
  const value = answered(state);
  if (value === null || value.type !== "measured" || !value.decimal || value.bound) return null;
  return { decimal: value.decimal, unit: value.unit ?? "" };
}

/** How many different readings within ± 10 % the instrument could have shown. */
function othersAsLikely({ decimal }: Shown): bigint {
  const likely = BigInt(decimal.replace(/[-.]/g, "")) / 5n;
  return likely > 1n ? likely : 1n;
}

function choose(from: number, many: number): bigint {
  let ways = 1n;
  for (let each = 0; each < many; each += 1) ways = (ways * BigInt(from - each)) / BigInt(each + 1);
  return ways;
}

const keyOf = ({ decimal, unit }: Shown): string => `${decimal} ${unit}`;

interface Reading {
  item: Item;
  shown: Shown;
  at: number;
}

function varied(laid: Iterable<Laid>): Reading[] {
  return [...laid].flatMap(([item, state]) => {
    const shown = item.varies === true ? exact(state) : null;
    return shown === null ? [] : [{ item, shown, at: moment(state.recorded_at) ?? Infinity }];
  });
}

/** Readings of one test too equal to be measured. */
export function alike(laid: Iterable<Laid>): Doubt[] {
  const steps = grouped(varied(laid), ({ item }) => item.step);
  return [...steps.values()].flatMap((readings) => {
    const groups = [...grouped(readings, ({ shown }) => keyOf(shown)).values()];
    return groups.filter((group) => tooMany(readings.length, group)).flatMap(alikeDoubts);
  });
}

function tooMany(readings: number, group: readonly Reading[]): boolean {
  if (group.length < TAGS_ALIKE) return false;
  const chances = othersAsLikely(group[0]!.shown) ** BigInt(group.length - 1);
  return choose(readings, group.length) * RARE < chances;
}

function alikeDoubts(group: readonly Reading[]): Doubt[] {
  const keys = group.map(({ item }) => item.key);
  const tags = listed(group.map(({ item }) => item.tag));
  const sentence =
    `Exactly ${keyOf(group[0]!.shown).trim()} is recorded in this test at ${group.length} tags (${tags}): ` +
    "measure again at each, and write > in front where the tester was off-scale.";
  const near = (key: string): string[] =>
    keys
      .slice(0, NAMED + 1)
      .filter((each) => each !== key)
      .slice(0, NAMED);
  return keys.map((key) => ({ code: "alike", item: key, others: near(key), sentence }));
}

/** The exact readings at one tag, by step. */
type Readings = Map<string, Shown>;

/** The readings of each tag whose sequence was recorded at another tag before. */
export function copied(laid: Iterable<Laid>): Doubt[] {
  const tags = inOrder(laid);
  const long = [...tags.values()].filter((readings) => readings.size >= TESTS_COPIED);
  const pairs = choose(long.length, 2);
  return neighbours(tags).flatMap(([tag, equal]) => {
    const here = tags.get(tag)!;
    const source = equal.find(([other, steps]) => rare(here, tags.get(other)!, steps, pairs));
    return source === undefined ? [] : copiedDoubts(tag, ...source);
  });
}

/** The exact readings at each tag, the tag that was finished first in front. */
function inOrder(laid: Iterable<Laid>): Map<string, Readings> {
  const tags = [...grouped(varied(laid), ({ item }) => item.tag)].map(([tag, group]) => ({
    tag,
    readings: new Map(group.map(({ item, shown }) => [item.step, shown])),
    finished: group.reduce((latest, { at }) => Math.max(latest, at), 0),
  }));
  // Not by subtraction: what isn't recorded yet is infinitely late.
  tags.sort((left, right) => (left.finished < right.finished ? -1 : left.finished > right.finished ? 1 : 0));
  return new Map(tags.map(({ tag, readings }) => [tag, readings]));
}

/** Each tag with the steps that earlier tags share with it, the earliest tag first. */
function neighbours(tags: ReadonlyMap<string, Readings>): [string, [string, string[]][]][] {
  const having = new Map<string, string[]>();
  const place = new Map([...tags.keys()].map((tag, number) => [tag, number]));
  return [...tags].map(([tag, readings]) => {
    const equal = new Map<string, string[]>();
    for (const [step, shown] of readings) {
      const sharing = having.get(`${step} ${keyOf(shown)}`) ?? [];
      for (const other of sharing.slice(-NAMED)) equal.set(other, [...(equal.get(other) ?? []), step]);
      having.set(`${step} ${keyOf(shown)}`, [...sharing.slice(-NAMED), tag]);
    }
    return [tag, [...equal].sort(([left], [right]) => place.get(left)! - place.get(right)!)];
  });
}

/** True when so many equal readings at two tags are no chance. */
function rare(here: Readings, there: Readings, equal: readonly string[], pairs: bigint): boolean {
  if (equal.length < TESTS_COPIED) return false;
  const compared = [...here.keys()].filter((step) => there.has(step)).length;
  const chances = equal.reduce((product, step) => product * othersAsLikely(here.get(step)!), 1n);
  return pairs * choose(compared, equal.length) * RARE < chances;
}

function copiedDoubts(tag: string, source: string, steps: readonly string[]): Doubt[] {
  const sentence =
    `The readings of ${steps.length} tests at ${tag} are digit for digit those at ${source}: ` +
    `check the tags, and measure again at ${tag}.`;
  return steps.map((step) => ({
    code: "copied",
    item: `${step}@${tag}`,
    others: [`${step}@${source}`],
    sentence,
  }));
}
