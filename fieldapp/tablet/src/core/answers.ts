// What a choice offers, what a row of readings says, and how a drawn signature is kept.

import type { Cell, Column, Item, ItemState, Stroke, Value } from "./model";
import { parseValue } from "./value";

const OPPOSITES: Record<string, string> = { no: "yes", clockwise: "counter-clockwise", pass: "fail" };

/** What meets the criterion, and one answer that says it is not so. */
export function choicesOf(item: Pick<Item, "criterion">): { raw: string; good: boolean }[] {
  const wanted = item.criterion.values ?? [];
  const offered = item.criterion.choices ?? [];
  if (offered.length > 0) return offered.map((raw) => ({ raw, good: wanted.includes(raw) }));
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

/** One cell as typed: a reading where the column asks for one, else the words. */
export function cellOf(column: Column, text: string): Cell {
  if (column.criterion.kind !== "range") return { column: column.id, raw: text.trim() };
  const { raw, decimal = null, unit = "", bound = "" } = parseValue(text, column.criterion.unit ?? "");
  return { column: column.id, raw, decimal, unit, bound };
}

/** A row of readings, with all of it in one line for lists and print. Empty columns are left out. */
export function rowOf(columns: readonly Column[], texts: Readonly<Record<string, string>>): Value {
  const filled = columns.filter(({ id }) => (texts[id] ?? "").trim() !== "");
  const cells = filled.map((column) => cellOf(column, texts[column.id]!));
  const raw = filled.map(({ title }, index) => `${title} ${cells[index]!.raw} ${cells[index]!.unit ?? ""}`.trim());
  return { type: "table", raw: raw.join("; "), cells };
}

/** True when a new answer replaces one that failed: then somebody has to say why. */
export function replacesFailure(state: ItemState): boolean {
  return state.heads.length === 1 && state.value !== null && state.judgement.verdict === "fail";
}
