// Values against criteria, and against the instrument they were read with. The twin of checklists/judge.py, held to it
// by tests/vectors/criteria.json and judging.json.

import { compareDecimals, lastDigit, plusHalf, timesTen } from "./decimal";
import { outOfRange, resolutionOf, type Tool, whyNotValid } from "./instrument";
import type { Cell, Column, Criterion, Item, Judgement, Value } from "./model";
import { powerBetween } from "./units";
import { shown } from "./value";

/** The limit as printed beside a reading: "≤ 0.95 Ω", "207 to 253 V", "yes"; "" when there is none. */
export function limitText(criterion: Criterion): string {
  const unit = criterion.unit ? ` ${criterion.unit}` : "";
  const low = criterion.minimum ?? null;
  const high = criterion.maximum ?? null;
  if (low !== null && high !== null) return low === high ? `${low}${unit}` : `${low} to ${high}${unit}`;
  if (low !== null) return `≥ ${low}${unit}`;
  if (high !== null) return `≤ ${high}${unit}`;
  if (criterion.kind === "table")
    return (criterion.columns ?? [])
      .map((each) => `${each.title} ${limitText(each.criterion)}`.trim())
      .join("; ");
  if (criterion.kind === "document")
    return criterion.expires === "required" ? "valid on the day of the work" : "";
  return (criterion.values ?? []).join(" or ");
}

/** The verdict on a value with the sentence that explains it; `day` is that of the work, "" when not known. */
export function judge(value: Value | null, criterion: Criterion, day = ""): Judgement {
  if (value === null) return { verdict: "none", reason: "Nothing is recorded yet." };
  switch (criterion.kind) {
    case "range":
      return judgeRange(value, criterion, null);
    case "equals":
    case "one_of":
      return judgeChoice(value.raw, criterion);
    case "present":
      return { verdict: "pass", reason: "It is recorded." };
    case "table":
      return judgeTable(value, criterion, null);
    case "document":
      return judgeDocument(value, criterion, day);
    default:
      return { verdict: "none", reason: NOT_BY_VALUE[criterion.kind] };
  }
}

export interface Circumstances {
  day?: string;
  instrument?: Tool | null;
}

/** The verdict on a value at an item, the instrument included. */
export function judgeItem(
  value: Value | null,
  item: Item,
  { day = "", instrument = null }: Circumstances = {},
): Judgement {
  const { criterion } = item;
  const read = criterion.kind === "range" || criterion.kind === "table";
  if (value === null || item.instrument === null || !read) return judge(value, criterion, day);
  const found =
    criterion.kind === "range"
      ? judgeRange(value, criterion, instrument)
      : judgeTable(value, criterion, instrument);
  const why = whyNotValid(item.instrument, instrument, day);
  if (why === "") return found;
  const failed = found.verdict === "fail" ? ` The reading itself fails: ${found.reason}` : "";
  return { verdict: "inconclusive", reason: why + failed };
}

const NOT_BY_VALUE = {
  photo: "This is answered by a photo.",
  signature: "This is answered by a signature.",
  probe: "This is answered by a probe run.",
};

function judgeChoice(raw: string, criterion: Criterion): Judgement {
  if ((criterion.values ?? []).includes(raw))
    return { verdict: "pass", reason: `“${raw}” meets the requirement.` };
  return { verdict: "fail", reason: `“${raw}” is recorded, required is ${limitText(criterion)}.` };
}

function judgeDocument(value: Value, criterion: Criterion, day: string): Judgement {
  const expires = value.expires ?? "";
  if (expires === "") {
    if (criterion.expires === "required")
      return { verdict: "inconclusive", reason: "Say until which day it holds." };
    return { verdict: "pass", reason: "It is recorded." };
  }
  if (!isDay(expires)) return { verdict: "inconclusive", reason: `${expires} is not a day.` };
  if (!isDay(day)) return { verdict: "inconclusive", reason: "The day of the work is not known." };
  if (expires < day)
    return { verdict: "fail", reason: `It ran out on ${expires}, before the day of the work (${day}).` };
  return { verdict: "pass", reason: `It holds until ${expires}.` };
}

function isDay(text: string): boolean {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text)) return false;
  const moment = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(moment.getTime()) && moment.toISOString().slice(0, 10) === text && text > "0001";
}

/** The worst column decides: a fail before what can't be decided before a pass. */
function judgeTable(value: Value, criterion: Criterion, tool: Tool | null): Judgement {
  if (value.type !== "table")
    return { verdict: "inconclusive", reason: `“${value.raw}” is not a row of readings.` };
  const cells = new Map((value.cells ?? []).map((cell) => [cell.column, cell]));
  const columns = criterion.columns ?? [];
  const unknown = [...cells.keys()].find((each) => !columns.some(({ id }) => id === each));
  const judged = columns
    .filter((column) => cells.has(column.id) || column.optional !== true)
    .map((column) => ({ column, found: judgeCell(cells.get(column.id) ?? null, column, tool) }));
  for (const verdict of ["fail", "inconclusive"] as const) {
    const worst = judged.find(({ found }) => found.verdict === verdict);
    if (worst !== undefined) return { verdict, reason: `${worst.column.title}: ${worst.found.reason}` };
  }
  if (unknown !== undefined)
    return { verdict: "inconclusive", reason: `There is no column ${unknown} here.` };
  return { verdict: "pass", reason: "Every column is good." };
}

function judgeCell(cell: Cell | null, column: Column, tool: Tool | null): Judgement {
  if (cell === null) return { verdict: "inconclusive", reason: "nothing is recorded." };
  const { criterion } = column;
  if (criterion.kind === "range") {
    const { raw, decimal = null, unit = "", bound = "" } = cell;
    const type = decimal === null ? "choice" : "measured";
    return judgeRange({ type, raw, decimal, unit, bound }, criterion, tool);
  }
  if (criterion.kind === "present") return { verdict: "pass", reason: "It is recorded." };
  return judgeChoice(cell.raw, criterion);
}

function judgeRange(value: Value, criterion: Criterion, tool: Tool | null): Judgement {
  const decimal = value.decimal ?? null;
  if (value.type !== "measured" || decimal === null)
    return { verdict: "inconclusive", reason: `“${value.raw}” is not a reading.` };
  const [unit, wanted] = [value.unit ?? "", criterion.unit ?? ""];
  const power = powerBetween(unit, wanted);
  if (power === null) return { verdict: "inconclusive", reason: otherUnit(unit, wanted) };
  const beyond = tool === null ? "" : outOfRange(value, tool);
  if (beyond !== "") return { verdict: "inconclusive", reason: beyond };
  const limit = limitText(criterion);
  if (limit === "") return { verdict: "pass", reason: "It is recorded." };
  const number = timesTen(decimal, power);
  const found = inside(number, value, criterion);
  if (found === true && (value.bound ?? "") === "" && tooCoarse(number, stepOf(value, power, tool), criterion))
    return { verdict: "inconclusive", reason: `${shown(value)} is too coarse for ${limit}: record one more digit.` };
  return worded(found, shown(value), limit);
}

function otherUnit(unit: string, wanted: string): string {
  const has = unit === "" ? "has no unit" : `is in ${unit}`;
  return `The reading ${has}; record it ${wanted === "" ? "without a unit" : `in ${wanted}`}.`;
}

function worded(verdict: boolean | null, reading: string, limit: string): Judgement {
  if (verdict === null) {
    const reason = `${reading} can't be judged against ${limit}: measure on a range that shows the value.`;
    return { verdict: "inconclusive", reason };
  }
  return verdict
    ? { verdict: "pass", reason: `${reading} is within ${limit}.` }
    : { verdict: "fail", reason: `${reading} is outside ${limit}.` };
}

/** How far one reading lies from the next, in the criterion's unit: as typed, or as the instrument can. */
function stepOf(value: Value, power: number, tool: Tool | null): string {
  const typed = timesTen("1", power - ((value.decimal ?? "").split(".")[1]?.length ?? 0));
  const resolution = tool === null ? null : resolutionOf(value, tool);
  if (resolution === null) return typed;
  const converted = timesTen(resolution, power);
  return compareDecimals(converted, typed) > 0 ? converted : typed;
}

/** True when a reading is coarser than a limit's last digit and may lie beyond it. */
function tooCoarse(number: string, step: string, criterion: Criterion): boolean {
  const low = criterion.minimum ?? null;
  const high = criterion.maximum ?? null;
  const coarser = (limit: string): boolean => compareDecimals(step, timesTen("1", lastDigit(limit))) > 0;
  if (low !== null && coarser(low) && compareDecimals(plusHalf(number, step, -1), low) < 0) return true;
  return high !== null && coarser(high) && compareDecimals(plusHalf(number, step, 1), high) > 0;
}

/** True inside, false outside, null when the true value lies somewhere beyond the tester's range. */
function inside(decimal: string, value: Value, criterion: Criterion): boolean | null {
  const low = criterion.minimum ?? null;
  const high = criterion.maximum ?? null;
  const atLeastLow = low === null || compareDecimals(decimal, low) >= 0;
  const atMostHigh = high === null || compareDecimals(decimal, high) <= 0;
  if (value.bound === "above") {
    if (high !== null) return compareDecimals(decimal, high) >= 0 ? false : null;
    return atLeastLow ? true : null;
  }
  if (value.bound === "below") {
    if (low !== null) return compareDecimals(decimal, low) <= 0 ? false : null;
    return atMostHigh ? true : null;
  }
  return atLeastLow && atMostHigh;
}
