// What one reading shows by itself: impossible, unusual, a time of nothing, finer than the instrument.
// The twin of checklists/plausibility/reading.py.

import { compareDecimals, isMultipleOf, timesTen } from "./decimal";
import { answered, type Doubt } from "./doubt";
import { judge } from "./judge";
import type { Cell, Expectation, Instrument, Item, ItemState, MeasuringRange, Value } from "./model";
import { powerBetween } from "./units";

const TIME_UNITS: ReadonlySet<string> = new Set(["µs", "ms", "s"]);

/** What is odd about the reading that counts at an item. */
export function oddReading(item: Item, state: ItemState, instrument: Instrument | null): Doubt[] {
  const value = answered(state);
  if (value === null) return [];
  const found = value.type === "measured" && item.expect ? against(item, value, item.expect) : [];
  found.push(...zeroTime(item, value));
  if (instrument !== null && value.type === "measured") found.push(...digits(item, value, instrument));
  return found;
}

const doubt = (code: Doubt["code"], item: Item, sentence: string): Doubt => ({
  code,
  item: item.key,
  others: [],
  sentence,
});

/** An impossible reading is not called unusual too. */
function against(item: Item, value: Value, expect: Expectation): Doubt[] {
  const remedy = ` (${expect.source}): measure again, and check the tag.`;
  const beyond = outside(item, value, expect.least, expect.most);
  if (beyond !== null) {
    const bound = beyond === "less" ? `at least ${expect.least}` : `at most ${expect.most}`;
    const said = `${shownPart(value)} is ${beyond} than can be here, ${withUnit(bound, item)}`;
    return [doubt("impossible", item, said + remedy)];
  }
  const far = outside(item, value, expect.low, expect.high);
  if (far === null) return [];
  const said = `${shownPart(value)} is far ${far} than expected here, ${expected(item, expect, far)}`;
  return [doubt("unusual", item, said + remedy)];
}

type Way = "less" | "more";

/** Judged as limits are, so that units and off-scale readings are too. */
function outside(item: Item, value: Value, low: string | null, high: string | null): Way | null {
  const unit = item.criterion.unit ?? "";
  const fails = (minimum: string | null, maximum: string | null): boolean =>
    judge(value, { kind: "range", minimum, maximum, unit }).verdict === "fail";
  if ((low === null && high === null) || !fails(low, high)) return null;
  return low !== null && fails(low, null) ? "less" : "more";
}

function expected(item: Item, expect: Expectation, way: Way): string {
  if (expect.value !== null) return withUnit(`about ${expect.value}`, item);
  return withUnit(way === "less" ? `at least ${expect.low}` : `at most ${expect.high}`, item);
}

const withUnit = (text: string, item: Item): string => `${text} ${item.criterion.unit ?? ""}`.trim();

/** A clock that agrees is 0 s off, but what an instrument times takes time. */
function zeroTime(item: Item, value: Value): Doubt[] {
  if (item.instrument === null || (value.type !== "measured" && value.type !== "table")) return [];
  const zero = [value, ...(value.cells ?? [])].find(
    (part) => TIME_UNITS.has(part.unit ?? "") && part.decimal && compareDecimals(part.decimal, "0") <= 0,
  );
  if (zero === undefined) return [];
  return [
    doubt("zero_time", item, `${shownPart(zero)} is no tripping or response time: measure again.`),
  ];
}

/** Between the steps of every range that could have shown the reading; without a known step, silent. */
function digits(item: Item, value: Value, instrument: Instrument): Doubt[] {
  const decimal = value.decimal ?? null;
  if (decimal === null || value.bound) return [];
  const unit = value.unit ?? "";
  const steps = (instrument.ranges ?? []).flatMap((each) => stepOf(each, decimal, unit));
  const known = steps.filter((step) => step !== null);
  if (known.length === 0 || known.length < steps.length) return [];
  if (known.some((step) => isMultipleOf(decimal, step))) return [];
  const finest = known.reduce((least, step) => (compareDecimals(step, least) < 0 ? step : least));
  const shows = `${finest.replace(/^0+(?=[0-9])/, "")} ${unit}`.trim();
  const said = `${shownPart(value)} has more digits than the instrument named here shows, which goes in steps of`;
  const remedy = "write what it shows, and check which instrument it was.";
  return [doubt("digits", item, `${said} ${shows}: ${remedy}`)];
}

/** The step of a range that reaches the reading, in the reading's unit; null: not known. */
function stepOf(range: MeasuringRange, decimal: string, unit: string): (string | null)[] {
  const power = powerBetween(range.unit, unit);
  if (power === null) return [];
  if (range.lowest !== null && compareDecimals(decimal, timesTen(range.lowest, power)) < 0) return [];
  if (range.highest !== null && compareDecimals(decimal, timesTen(range.highest, power)) > 0) return [];
  return [range.resolution === null ? null : timesTen(range.resolution, power)];
}

function shownPart(part: Value | Cell): string {
  const sign = { "": "", above: ">", below: "<" }[part.bound ?? ""];
  return `${sign}${part.decimal} ${part.unit ?? ""}`.trim();
}
