// Parts of the sentences that core makes: readings, limits, days, tags, items, spans of time.

import { names } from "./names";

/** A decimal comma for a decimal point. */
export const comma = (text: string): string => text.replace(/([0-9])\.([0-9])/g, "$1,$2");

/** "2027-05-11" as "11.05.2027", wherever it stands. */
export const days = (text: string): string => text.replace(/\b([0-9]{4})-([0-9]{2})-([0-9]{2})\b/g, "$3.$2.$1");

/** The word that was recorded, as its button says it. */
export const choice = (raw: string): string => names.choices[raw] ?? raw;

/** A limit: "207 bis 253 V", "≤ 0,95 Ω", "ja oder nein". */
export function limit(text: string): string {
  if (text === "valid on the day of the work") return "gültig am Tag der Arbeit";
  if (/^([≤≥] )?-?[0-9]/.test(text)) return comma(text).replace(" to ", " bis ");
  return text
    .split("; ")
    .map((column) => column.replace(/([≤≥] )?-?[0-9.]+ to -?[0-9.]+/g, limit).replace(/[≤≥] [0-9.]+/g, comma))
    .map((column) => column.split(" or ").map(choice).join(" oder "))
    .join("; ");
}

/** "„Schleife“ an F03"; the title is the checklist's. */
export const item = (title: string, tag: string): string => `„${title}“ an ${tag}`;

/** "F01, F02, F03 und 9 weitere". */
export const tags = (text: string): string => text.replace(/ and ([0-9]+) more$/, " und $1 weitere").replace(/ and /, " und ");

/** " (und 2 weitere)" for " (and 2 more)". */
export const more = (text: string | undefined): string => (text === undefined ? "" : ` (und ${text} weitere)`);

const SPANS: Readonly<Record<string, readonly [string, string]>> = {
  day: ["Tag", "Tage"],
  hour: ["Stunde", "Stunden"],
  minute: ["Minute", "Minuten"],
  second: ["Sekunde", "Sekunden"],
};

/** "12 Minuten" for "12 minutes". */
export function span(count: string, unit: string): string {
  const [one, many] = SPANS[unit.replace(/s$/, "")] ?? [unit, unit];
  return `${count} ${count === "1" ? one : many}`;
}

/** A class of instrument as core names it, without the standard behind it. */
export function instrument(plain: string): string {
  const known: Readonly<Record<string, string>> = names.instruments;
  return (known[plain.trim().replaceAll(" ", "-")] ?? plain).replace(/ \([^)]*\)$/, "");
}
