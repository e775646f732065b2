// Units with prefixes: exact conversion by powers of ten. The twin of checklists/units.py.

/** Unit -> base unit and power of ten. */
const UNITS: Record<string, readonly [string, number]> = {
  mΩ: ["Ω", -3],
  Ω: ["Ω", 0],
  kΩ: ["Ω", 3],
  MΩ: ["Ω", 6],
  GΩ: ["Ω", 9],
  mV: ["V", -3],
  V: ["V", 0],
  kV: ["V", 3],
  µA: ["A", -6],
  mA: ["A", -3],
  A: ["A", 0],
  kA: ["A", 3],
  ms: ["s", -3],
  s: ["s", 0],
  W: ["W", 0],
  kW: ["W", 3],
  MW: ["W", 6],
  Hz: ["Hz", 0],
  kHz: ["Hz", 3],
  mm: ["m", -3],
  cm: ["m", -2],
  m: ["m", 0],
};

/** How people write units on a keyboard without these signs; m is milli and M is mega, always. */
const SPELLED = new Map<string, string>([
  ...["m", "", "k", "M", "G"].flatMap((prefix) =>
    ["\u03a9", "\u2126", "Ohm", "ohm"].map((word): [string, string] => [prefix + word, `${prefix}Ω`]),
  ),
  ["\u03bcA", "µA"],
  ["uA", "µA"],
]);

/** A unit as it is kept; "" when it is none that is known. */
function unitOf(text: string): string {
  const spelled = SPELLED.get(text) ?? text;
  return Object.hasOwn(UNITS, spelled) ? spelled : "";
}

/** n where a number in `unit` times 10^n is that in `wanted`; null: another quantity. */
export function powerBetween(unit: string, wanted: string): number | null {
  if (unit === wanted) return 0;
  const from = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
  const to = Object.hasOwn(UNITS, wanted) ? UNITS[wanted] : undefined;
  if (from === undefined || to === undefined || from[0] !== to[0]) return null;
  return from[1] - to[1];
}

/** The unit that was typed behind a reading, or the sentence why it can't be one of this quantity. */
export function checkedUnit(text: string, wanted: string): { unit: string } | { problem: string } {
  const unit = text === wanted ? text : unitOf(text);
  if (unit !== "" && powerBetween(unit, wanted) !== null) return { unit };
  if (wanted === "") return { problem: `“${text}” is too much here: write the number alone.` };
  return { problem: `“${text}” can't stand here: write the reading in ${wanted}.` };
}

/** The units that a reading of this quantity may be typed in, the smallest first. */
export function unitsLike(unit: string): string[] {
  const base = Object.hasOwn(UNITS, unit) ? UNITS[unit]![0] : null;
  return base === null ? [unit] : Object.keys(UNITS).filter((each) => UNITS[each]![0] === base);
}
