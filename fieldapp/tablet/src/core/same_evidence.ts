// One serial number at two tags, and one photo at two tags. The twin of checklists/plausibility/evidence.py.

import { ANSWERED, answered, type Doubt, grouped, type Laid, listed, NAMED, named } from "./doubt";
import type { Item, ItemState } from "./model";

// What stands between the digits of a serial number; spelled out, because languages disagree on blanks.
const BETWEEN = /[ \t\u00a0\u202f\-_./:#]/g;

/** Where one serial number is recorded by one step at several tags. */
export function sameSerials(laid: Iterable<Laid>): Doubt[] {
  const groups = grouped(laid, ([item, state]) => {
    const serial = serialOf(item, state);
    return serial === "" ? null : `${item.step} ${serial}`;
  });
  return [...groups.values()].flatMap((group) => serialDoubts(group.map(([item]) => item)));
}

function serialDoubts(group: readonly Item[]): Doubt[] {
  if (group.length < 2) return [];
  return group.map((item) => {
    const near = others(group, item);
    const tags = listed(near.map(({ tag }) => tag));
    const sentence = `The same serial number is recorded at ${tags}: read the nameplate again, and check the tag.`;
    return { code: "serial", item: item.key, others: near.map(({ key }) => key), sentence };
  });
}

/** The serial number at an item as it is compared: without case and separators. */
function serialOf(item: Item, state: ItemState): string {
  const value = item.evidence === "serial" ? answered(state) : null;
  return value === null ? "" : value.raw.normalize("NFKC").toUpperCase().replace(BETWEEN, "");
}

/** Where one photo stands at items of different equipment.
 *
 * Two items of one cabinet may share a picture that shows both, and one paper may serve many places.
 */
export function samePhotos(laid: Iterable<Laid>): Doubt[] {
  const pictured = [...laid].flatMap(([item, state]) => photosOf(item, state).map((photo) => ({ item, photo })));
  const groups = [...grouped(pictured, ({ photo }) => photo).values()];
  const found = new Map<string, Doubt>();
  for (const group of groups.map((each) => each.map(({ item }) => item))) {
    for (const item of group) {
      const near = others(group, item).filter((each) => equipment(each) !== equipment(item));
      if (near.length > 0 && !found.has(item.key)) found.set(item.key, photoDoubt(item, near));
    }
  }
  return [...found.values()];
}

const photoDoubt = (item: Item, near: readonly Item[]): Doubt => ({
  code: "photo",
  item: item.key,
  others: near.map(({ key }) => key),
  sentence: `The same photo stands at ${named(near[0]!)}: take a photo of ${item.tag} here.`,
});

/** The photos that count at an item; the pages of a document are none. */
function photosOf(item: Item, state: ItemState): readonly string[] {
  const counts = ANSWERED.has(state.status) || state.status === "open";
  return item.evidence !== "document" && counts ? state.photos : [];
}

/** A connector belongs to its station: CH03.1 to CH03. */
const equipment = (item: Item): string => item.tag.split(".")[0]!;

/** At most so many as a doubt names. */
const others = (group: readonly Item[], item: Item): Item[] =>
  group
    .slice(0, NAMED + 1)
    .filter((each) => each !== item)
    .slice(0, NAMED);
