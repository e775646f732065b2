// What a choice offers, and how a drawn signature is kept.

import type { Item, Stroke } from "./model";

const OPPOSITES: Record<string, string> = { no: "yes", clockwise: "counter-clockwise", pass: "fail" };

/** What meets the criterion, and one answer that says it is not so. */
export function choicesOf(item: Item): { raw: string; good: boolean }[] {
  const wanted = item.criterion.values ?? [];
  const against = (wanted.length === 1 && OPPOSITES[wanted[0]!]) || "no";
  return [...wanted.map((raw) => ({ raw, good: true })), { raw: against, good: false }];
}

interface Drawn {
  points: readonly { x: number; y: number }[];
}

/** Polylines of whole numbers; points that fall together are kept once. */
export function strokesOf(groups: readonly Drawn[]): Stroke[] {
  return groups.map(({ points }) =>
    points
      .map(({ x, y }): [number, number] => [Math.round(x), Math.round(y)])
      .filter(([x, y], index, all) => index === 0 || all[index - 1]![0] !== x || all[index - 1]![1] !== y),
  );
}
