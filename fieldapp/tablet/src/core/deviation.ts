// What a contractor says differs from the drawing, and what the bundle offers to say it with.

import type {
  Bundle,
  Choice,
  DeviationBody,
  DeviationProperty,
  DeviationTag,
  Item,
  Operation,
  Proposal,
} from "./model";

/** The body of a deviation operation. */
export const deviationOf = (op: Operation): DeviationBody => op.body as unknown as DeviationBody;

/** What a deviation says, without why. */
export function deviationText({ tag, property, value }: DeviationBody): string {
  return `${tag}, ${property.replaceAll("_", " ")}: ${value}`;
}

/** The tags to choose from at an item: its own, those next to it on the drawing, then every other. */
export function tagsAt(bundle: Bundle, item: Item): DeviationTag[] {
  const all = bundle.deviations?.tags ?? [];
  const own = item.tag.split(".")[0]!;
  const near = all.filter((each) => each.tag === own || each.near.includes(own));
  const first = [...near].sort((left, right) => Number(right.tag === own) - Number(left.tag === own));
  return [...first, ...all.filter((each) => !near.includes(each))];
}

/** What can differ at a tag, "something else" last. */
export function propertiesAt(bundle: Bundle, tag: DeviationTag): DeviationProperty[] {
  return (bundle.deviations?.properties ?? []).filter(({ property }) => property in tag.values);
}

/** What to choose from for a property at a tag; empty where a person types. */
export function choicesAt(bundle: Bundle, tag: DeviationTag, property: DeviationProperty): Choice[] {
  const classes = property.property === "equipment" ? [tag.equipment_class] : property.classes;
  return [...property.choices, ...classes.flatMap((name) => bundle.deviations?.equipment[name] ?? [])];
}

/** The deviations recorded at an item: as the server told, and what was recorded since. */
export function proposalsAt(
  bundle: Bundle,
  history: readonly { op: Operation }[],
  item: string,
): Proposal[] {
  const told = (bundle.proposals ?? []).filter((each) => each.item === item);
  const known = new Set(told.map(({ id }) => id));
  const fresh = history
    .filter(({ op }) => op.kind === "deviation" && !known.has(op.id))
    .map(({ op }) => ({ ...deviationOf(op), id: op.id, item, status: "open" as const, comment: "" }));
  return [...told, ...fresh];
}
