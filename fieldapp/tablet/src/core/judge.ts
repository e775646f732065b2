// Value + criterion -> verdict. The twin of checklists/judge.py, held to it by tests/vectors/criteria.json.

import { compareDecimals } from "./decimal";
import type { Criterion, Judgement, Value } from "./model";
import { shown } from "./value";

/** The limit as printed beside a reading: "≤ 0.95 Ω", "207 to 253 V", "yes"; "" when there is none. */
export function limitText(criterion: Criterion): string {
  const unit = criterion.unit ? ` ${criterion.unit}` : "";
  const low = criterion.minimum ?? null;
  const high = criterion.maximum ?? null;
  if (low !== null && high !== null) return `${low} to ${high}${unit}`;
  if (low !== null) return `≥ ${low}${unit}`;
  if (high !== null) return `≤ ${high}${unit}`;
  return (criterion.values ?? []).join(" or ");
}

/** The verdict on a value with the sentence that explains it. */
export function judge(value: Value | null, criterion: Criterion): Judgement {
  if (value === null) return { verdict: "none", reason: "Nothing is recorded yet." };
  switch (criterion.kind) {
    case "range":
      return judgeRange(value, criterion);
    case "equals":
    case "one_of":
      return judgeChoice(value, criterion);
    case "present":
      return { verdict: "pass", reason: "It is recorded." };
    default:
      return { verdict: "none", reason: NOT_BY_VALUE[criterion.kind] };
  }
}

const NOT_BY_VALUE = {
  photo: "This is answered by a photo.",
  signature: "This is answered by a signature.",
  probe: "This is answered by a probe run.",
};

function judgeChoice(value: Value, criterion: Criterion): Judgement {
  if ((criterion.values ?? []).includes(value.raw))
    return { verdict: "pass", reason: `“${value.raw}” meets the requirement.` };
  return { verdict: "fail", reason: `“${value.raw}” is recorded, required is ${limitText(criterion)}.` };
}

function judgeRange(value: Value, criterion: Criterion): Judgement {
  const decimal = value.decimal ?? null;
  if (value.type !== "measured" || decimal === null)
    return { verdict: "inconclusive", reason: `“${value.raw}” is not a reading.` };
  const [unit, wanted] = [value.unit ?? "", criterion.unit ?? ""];
  if (unit !== wanted) return { verdict: "inconclusive", reason: otherUnit(unit, wanted) };
  const limit = limitText(criterion);
  if (limit === "") return { verdict: "pass", reason: "It is recorded." };
  return worded(inside(value, decimal, criterion), shown(value), limit);
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

/** True inside, false outside, null when the true value lies somewhere beyond the tester's range. */
function inside(value: Value, decimal: string, criterion: Criterion): boolean | null {
  const low = criterion.minimum ?? null;
  const high = criterion.maximum ?? null;
  const atLeastLow = low === null || compareDecimals(decimal, low) >= 0;
  const atMostHigh = high === null || compareDecimals(decimal, high) <= 0;
  if (value.bound === "above") {
    if (high !== null && compareDecimals(decimal, high) >= 0) return false;
    return high === null && atLeastLow ? true : null;
  }
  if (value.bound === "below") {
    if (low !== null && compareDecimals(decimal, low) <= 0) return false;
    return low === null && atMostHigh ? true : null;
  }
  return atLeastLow && atMostHigh;
}
