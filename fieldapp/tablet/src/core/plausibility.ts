// What is odd about what was recorded, although its verdict may be good: a doubt with what to do about it. The twin of
// checklists/plausibility, held to it by tests/vectors/plausibility.json. A doubt warns: it never refuses a value and
// never changes a verdict. What only a reviewer is told is not here.

import { alike, copied } from "./copies";
import type { Doubt, Laid } from "./doubt";
import type { Instrument, Item, ItemState, Value } from "./model";
import { oddReading } from "./odd_reading";
import { type History, Order } from "./order";
import { samePhotos, sameSerials } from "./same_evidence";

export type { Doubt, DoubtCode } from "./doubt";

/** What a reading is held against; a `Work` has most of it. Without instruments nothing is said of digits. */
export interface Surroundings {
  items: ReadonlyMap<string, Item>;
  states: ReadonlyMap<string, ItemState>;
  history?: History;
  instruments?: ReadonlyMap<string, Instrument>;
}

/** With what, when and on which tablet a value is about to be recorded. */
export interface Typing {
  instrument?: string | null;
  at?: string;
  tablet?: string;
}

/** What is odd on a whole site, by item; the time it takes grows with the items. */
export function doubts(site: Surroundings): Map<string, Doubt[]> {
  const order = new Order(site.items, site.states, site.history ?? new Map());
  const items = [...site.items.values()];
  const found = new Map<string, Doubt[]>();
  const alone = items.flatMap((item) => ofReading(item, site));
  const early = items.flatMap((item) => (item.requires.length > 0 ? order.doubts(item) : []));
  for (const doubt of [...alone, ...early, ...together(items, site.states)])
    found.set(doubt.item, [...(found.get(doubt.item) ?? []), doubt]);
  return new Map(items.flatMap(({ key }) => (found.has(key) ? [[key, found.get(key)!]] : [])));
}

/** What would be odd about a value if it were recorded here. */
export function doubtsAt(item: Item, value: Value, site: Surroundings, typing: Typing = {}): Doubt[] {
  const states = new Map(site.states).set(item.key, typed(item, value, site.states.get(item.key), typing));
  const laid = { ...site, states };
  const near = [...site.items.values()].filter((each) => isNear(each, item, states));
  const entry = typing.at === undefined ? null : { at: Date.parse(typing.at), tablet: typing.tablet ?? "" };
  return [
    ...ofReading(item, laid),
    ...new Order(site.items, states, site.history ?? new Map()).before(item, entry),
    ...together(near, states).filter((doubt) => doubt.item === item.key),
  ];
}

function typed(item: Item, value: Value, state: ItemState | undefined, typing: Typing): ItemState {
  return {
    item: item.key,
    status: "passed",
    heads: [],
    value,
    judgement: { verdict: "none", reason: "" },
    author: null,
    instrument: typing.instrument ?? null,
    recorded_at: typing.at ?? null,
    photos: state?.photos ?? [],
    missing_photos: [],
    notes: [],
    attempts: 0,
    comment: "",
    reason: "",
    accepted: false,
  };
}

/** What can be copied, the same test at other tags, and whatever has photos. */
const isNear = (each: Item, item: Item, states: ReadonlyMap<string, ItemState>): boolean =>
  each.varies === true || each.step === item.step || (states.get(each.key)?.photos.length ?? 0) > 0;

/** What a reading shows by itself. */
function ofReading(item: Item, { states, instruments }: Surroundings): Doubt[] {
  const state = states.get(item.key);
  if (state === undefined) return [];
  return oddReading(item, state, instruments?.get(state.instrument ?? "") ?? null);
}

/** What shows only when items are laid side by side. */
function together(items: readonly Item[], states: ReadonlyMap<string, ItemState>): Doubt[] {
  const laid = items.flatMap((item): Laid[] => {
    const state = states.get(item.key);
    return state === undefined ? [] : [[item, state]];
  });
  return [...alike(laid), ...copied(laid), ...sameSerials(laid), ...samePhotos(laid)];
}
