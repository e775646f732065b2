// Readings as typed -> values. The twin of checklists/readings.py, held to it by tests/vectors/values.json.

import type { Value } from "./model";
import { checkedUnit } from "./units";

/** A text that is not a reading; the message says what to write instead. */
export class ValueRefused extends Error {}

// Spelled out, because Python and JavaScript disagree on what white space is.
const BLANKS = " \t\u00a0\u202f";
const THREE_DECIMAL_UNITS = new Set(["Ω", "kΩ", "kA", "%", "s"]);
const MAX_DIGITS = 15;
const NUMBER = /^([<>]?)[ \u00a0\u202f]*([+\-\u2212]?)([0-9]*)(?:([.,])([0-9]+))?$/;
const SEPARATED = /^[<>]?[ ]*[+\-\u2212]?[0-9]+(?:[.,'’ \u00a0\u202f][0-9]+)+$/;
const WITH_UNIT =
  /^([<>]?[ \u00a0\u202f]*[+\-\u2212]?[0-9.,]*[0-9])[ \u00a0\u202f]*([A-Za-z\u00b5\u03bc\u03a9\u2126\u00b0%]{1,8})$/;
const BOUNDS: Record<string, "" | "above" | "below"> = { "": "", ">": "above", "<": "below" };

function strip(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && BLANKS.includes(text[start]!)) start += 1;
  while (end > start && BLANKS.includes(text[end - 1]!)) end -= 1;
  return text.slice(start, end);
}

function whyNot(text: string): string {
  if (SEPARATED.test(text))
    return `“${text}” has a thousands separator: write only the digits and one decimal comma or point.`;
  return `“${text}” is not a number: write digits with at most one comma or point, and > or < when off-scale.`;
}

function ambiguous(whole: string, fraction: string, unit: string): boolean {
  const grouped = fraction.length === 3 && whole.length >= 1 && whole.length <= 3 && !whole.startsWith("0");
  return grouped && !THREE_DECIMAL_UNITS.has(unit);
}

/** Keeps the decimals as typed (they show the resolution), drops leading zeros and the sign of zero. */
function decimalOf(sign: string, whole: string, fraction: string): string {
  const digits = (whole.replace(/^0+/, "") || "0") + (fraction ? `.${fraction}` : "");
  const negative = (sign === "-" || sign === "\u2212") && /[1-9]/.test(digits);
  return negative ? `-${digits}` : digits;
}

/** A text without the unit behind it, and that unit, or the one asked for. */
function apart(text: string, wanted: string): { text: string; unit: string } {
  const match = WITH_UNIT.exec(text);
  if (match === null) return { text, unit: wanted };
  const typed = checkedUnit(match[2]!, wanted);
  if ("problem" in typed) throw new ValueRefused(typed.problem);
  return { text: match[1]!, unit: typed.unit };
}

/** The measured value of a text as typed; `wanted` is the unit asked for, the value has the one typed, if any. */
export function parseValue(raw: string, wanted: string): Value {
  const { text, unit } = apart(strip(raw), wanted);
  if (text === "") throw new ValueRefused("Enter a reading.");
  const match = NUMBER.exec(text);
  const whole = match?.[3] ?? "";
  const fraction = match?.[5] ?? "";
  if (match === null || (whole === "" && fraction === "")) throw new ValueRefused(whyNot(text));
  if (whole.length + fraction.length > MAX_DIGITS)
    throw new ValueRefused(`A reading has at most ${MAX_DIGITS} digits.`);
  if (ambiguous(whole, fraction, unit))
    throw new ValueRefused(
      `“${text}” may mean ${whole}${fraction} or ${whole}.${fraction}: write ${whole}${fraction} or ${whole}.${fraction}0.`,
    );
  const decimal = decimalOf(match[2] ?? "", whole, fraction);
  return { type: "measured", raw, decimal, unit, bound: BOUNDS[match[1] ?? ""]! };
}

/** A value for people: ">999 MΩ", "yes". */
export function shown(value: Value): string {
  if (value.type !== "measured") return value.raw;
  const sign = { "": "", above: ">", below: "<" }[value.bound ?? ""];
  return `${sign}${value.decimal ?? value.raw} ${value.unit ?? ""}`.trim();
}
