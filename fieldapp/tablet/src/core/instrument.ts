// Whether an instrument may answer an item on a day, and what it can show. The twin of checklists/instruments.py.

import { compareDecimals, timesTen } from "./decimal";
import type { Calibration, MeasuringRange, Value } from "./model";
import { powerBetween } from "./units";

/** What judging needs of an instrument. */
export interface Tool {
  id: string;
  kind: string;
  calibrations?: Calibration[];
  calibration_due?: string | null;
  ranges?: MeasuringRange[];
}

/** Which other classes do for a class too; as in checklists/words.py. */
export const ALSO: Record<string, readonly string[]> = {
  "insulation-tester": ["installation-tester"],
  "loop-tester-high-current": [],
};

/** A class of instrument as the templates write it; people write blanks for hyphens. */
export const kindOf = (text: string): string => text.toLowerCase().trim().split(/\s+/).join("-");

/** True when an instrument of one class does what another class is asked for. */
export function doesFor(kind: string, wanted: string): boolean {
  const given = kindOf(kind);
  return given === wanted || (ALSO[wanted] ?? []).includes(given);
}

const plain = (kind: string): string => kind.replaceAll("-", " ");

function calibrationsOf(tool: Tool): Calibration[] {
  if (tool.calibrations !== undefined) return tool.calibrations;
  return tool.calibration_due ? [{ since: "", until: tool.calibration_due }] : [];
}

/** Why a reading with this instrument decides nothing, in one sentence; "" when it counts. */
export function whyNotValid(wanted: string, tool: Tool | null, day: string): string {
  const name = plain(wanted);
  if (tool === null) return `Name the instrument: a reading counts only with a calibrated ${name}.`;
  if (!doesFor(tool.kind, wanted)) return `${tool.id} is a ${plain(kindOf(tool.kind))}, needed is a ${name}.`;
  if (day === "") return "The day of the test is not known, so the calibration can't be checked.";
  const held = calibrationsOf(tool);
  if (held.some(({ since, until }) => since <= day && day <= until)) return "";
  const before = held.map(({ until }) => until).filter((until) => until < day);
  if (before.length > 0) {
    const last = before.reduce((left, right) => (left > right ? left : right));
    return `The calibration of ${tool.id} ran out on ${last}, before the test on ${day}.`;
  }
  return `${tool.id} has no calibration certificate for ${day}.`;
}

/** A range of the instrument in the unit of the reading. */
interface Span {
  held: MeasuringRange;
  low: string | null;
  high: string | null;
  step: string | null;
}

const holds = ({ low, high }: Span, number: string): boolean =>
  (low === null || compareDecimals(number, low) >= 0) && (high === null || compareDecimals(number, high) <= 0);

/** The ranges in the reading's quantity, those in its own unit first: ohms are loops and insulation. */
function spansOf(value: Value, tool: Tool): Span[] {
  const unit = value.unit ?? "";
  const ranges = tool.ranges ?? [];
  const sorted = [...ranges.filter((it) => it.unit === unit), ...ranges.filter((it) => it.unit !== unit)];
  return sorted.flatMap((held) => {
    const power = powerBetween(held.unit, unit);
    if (power === null) return [];
    const converted = (end: string | null): string | null => (end === null ? null : timesTen(end, power));
    const { lowest, highest, resolution } = held;
    return [{ held, low: converted(lowest), high: converted(highest), step: converted(resolution) }];
  });
}

/** Why the instrument can't have shown this; "" when it can, or when its range is not known. */
export function outOfRange(value: Value, tool: Tool): string {
  const decimal = value.decimal ?? null;
  // Off-scale at less than the end of the range is a smaller range of the tester: it can measure on.
  if (decimal === null || (value.bound ?? "") !== "") return "";
  const spans = spansOf(value, tool);
  if (spans.length === 0 || spans.some((span) => holds(span, decimal))) return "";
  const { held, low } = spans[0]!;
  const reading = `${decimal} ${value.unit ?? ""}`;
  if (low !== null && compareDecimals(decimal, low) < 0)
    return `${reading} is less than ${tool.id} can show (${held.lowest} ${held.unit}).`;
  return `${reading} is more than ${tool.id} can show (${held.highest} ${held.unit}).`;
}

/** The smallest step that the instrument shows, in the reading's unit; null when it is not known. */
export function resolutionOf(value: Value, tool: Tool): string | null {
  const decimal = value.decimal ?? null;
  if (decimal === null) return null;
  return spansOf(value, tool).find((span) => holds(span, decimal))?.step ?? null;
}
