// How states look, and how dates, numbers and core's sentences read in the language chosen. A state is always a word,
// an icon and a colour; the words are in messages/.

import type { ItemStatus, Section, Value } from "../core/model";
import { shown } from "../core/value";
import { sentence, t } from "../messages";
import { comma, limit } from "../messages/de/sentence_parts";
import { language, locale } from "../messages/language";
import type { IconName } from "./icons";

export type Tone = "pass" | "fail" | "doubt" | "info" | "plain";

export { sentence };

const STATUS: Record<ItemStatus, { icon: IconName; tone: Tone }> = {
  open: { icon: "circle", tone: "plain" },
  passed: { icon: "check", tone: "pass" },
  failed: { icon: "cross", tone: "fail" },
  inconclusive: { icon: "question", tone: "doubt" },
  not_applicable: { icon: "dash", tone: "plain" },
  conflict: { icon: "fork", tone: "doubt" },
  incomplete: { icon: "camera", tone: "doubt" },
  returned: { icon: "back", tone: "fail" },
  conceded: { icon: "check", tone: "info" },
  stale: { icon: "back", tone: "doubt" },
};

const SITE_TONES: Record<string, Tone> = { open: "info", submitted: "doubt", approved: "pass", issued: "pass" };

/** Word, icon and tone of an item's state. */
export const statusLook = (status: ItemStatus): { word: string; icon: IconName; tone: Tone } => ({
  word: t().names.status[status],
  ...STATUS[status],
});

/** The name in a table of names, or the word itself where the table is older than the word. */
const nameIn = (table: Readonly<Record<string, string>>, word: string): string => table[word] ?? word;

/** Word and tone of a site's state. */
export const siteLook = (state: string): { word: string; tone: Tone } => ({
  word: nameIn(t().names.siteState, state),
  tone: SITE_TONES[state] ?? "plain",
});

export const sectionName = (section: Section | string): string => nameIn(t().names.sections, section);
export const instrumentName = (kind: string): string => nameIn(t().names.instruments, kind);
export const competenceName = (who: string): string => nameIn(t().names.competences, who);
export const choiceName = (raw: string): string => nameIn(t().names.choices, raw);

/** A value for people, with the decimal sign of the language; words that were chosen as their buttons say them. */
export function valueWords(value: Value): string {
  if (value.type === "choice") return choiceName(value.raw);
  const text = shown(value);
  return language.value === "de" && value.type === "measured" ? comma(text) : text;
}

/** A limit as it stands beside a reading. */
export const limitWords = (text: string): string => (language.value === "de" ? limit(text) : text);

/** Minutes after which the tablet may lock itself. */
export const LOCK_AFTER = [5, 15, 30, 60] as const;

/** A wait as people say it: "28 s", "2 min". */
export function waitWords(seconds: number): string {
  return seconds < 90 ? t().common.seconds(seconds) : t().common.minutes(Math.ceil(seconds / 60));
}

/** Short local date and time. */
export function moment(iso: string): string {
  const at = new Date(iso);
  const today = at.toDateString() === new Date().toDateString();
  const time = at.toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit" });
  return today ? time : `${at.toLocaleDateString(locale(), { day: "numeric", month: "short" })}, ${time}`;
}

/** A day of the calendar, whatever time zone the tablet is in: "11 May 2027". */
export function dayWords(day: string): string {
  const at = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(at.getTime())) return day;
  const how = { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" } as const;
  return at.toLocaleDateString(locale(), how);
}

/** 12 kB, 3.4 MB. */
export function size(bytes: number): string {
  const [amount, unit, digits] = bytes < 1_000_000 ? [Math.ceil(bytes / 1000), "kB", 0] : [bytes / 1_000_000, "MB", 1];
  const how = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return `${(amount as number).toLocaleString(locale(), how as Intl.NumberFormatOptions)} ${unit}`;
}

/** An estimate as people say it: "about 20 min", "about 3 h 20 min". */
export function hours(minutes: number): string {
  const rounded = minutes > 10 ? 5 * Math.round(minutes / 5) : minutes;
  const [whole, rest] = [Math.floor(rounded / 60), rounded % 60];
  const parts = [...(whole > 0 ? [`${whole} h`] : []), ...(rest > 0 || whole === 0 ? [`${rest} min`] : [])];
  return t().common.about(parts.join(" "));
}
