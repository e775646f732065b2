// What a contractor says differs from the drawing, and what the bundle offers to say it with.

import type { Bundle, DeviationBody, DeviationTag, Item, Operation } from "./model";

/** The body of a deviation operation. */
export const deviationOf = (op: Operation): DeviationBody => op.body as unknown as DeviationBody;

/** What a deviation says, in one line. */
export function deviationText({ tag, property, value, reason }: DeviationBody): string {
  return `Differs from the drawing: ${tag}, ${property.replaceAll("_", " ")}: ${value} (${reason})`;
}

/** The tags to choose from at an item: its own, those next to it on the drawing, then every other. */
export function tagsAt(bundle: Bundle, item: Item): DeviationTag[] {
  const all = bundle.deviations?.tags ?? [];
  const own = item.tag.split(".")[0]!;
  const near = all.filter((each) => each.tag === own || each.near.includes(own));
  const first = [...near].sort((left, right) => Number(right.tag === own) - Number(left.tag === own));
  return [...first, ...all.filter((each) => !near.includes(each))];
}
