// Words that several screens share. A state is always a word, an icon and a colour.

import type { IconName } from "./icons";
import type { ItemStatus, Section } from "../core/model";

export type Tone = "pass" | "fail" | "doubt" | "info" | "plain";

/** The phases in the order of work; the words of checklists/words.py, held to them by a test. */
export const SECTIONS: Record<Section, string> = {
  survey: "Survey and permits",
  civil: "Civil and mechanical works",
  inspection: "Inspection",
  dead_tests: "Dead tests",
  energisation: "Energisation",
  live_tests: "Live tests",
  evse_function: "EVSE functions",
  dc_charger: "DC chargers",
  storage_pv: "Storage and PV",
  metering: "Metering",
  communication: "Communication and back office",
  load_management: "Load management",
  power_quality: "Power quality",
  documentation: "Documentation",
  handover: "Handover",
};

/** Classes of instrument. */
export const INSTRUMENTS: Record<string, string> = {
  "installation-tester": "Multifunction installation tester (IEC 61557)",
  "insulation-tester": "Insulation tester (IEC 61557-2)",
  "earth-tester": "Earth electrode tester (IEC 61557-5)",
  "loop-tester-high-current": "High-current loop tester, resolves 1 mΩ (IEC 61557-3)",
  "voltage-detector": "Two-pole voltage detector (IEC 61243-3)",
  "torque-tool": "Torque wrench or screwdriver",
  "evse-adapter": "EVSE test adapter, simulates the vehicle",
  "dc-evse-tester": "DC charging tester, simulates the vehicle",
  "clamp-meter": "Clamp meter",
  "power-analyser": "Power analyser (IEC 61000-4-30)",
  "lux-meter": "Illuminance meter",
  "primary-injection-set": "Primary or secondary injection test set",
};

/** Who may do it. */
export const COMPETENCES: Record<string, string> = {
  electrician: "Electrically skilled person (EN 50110-1)",
  tester: "Electrically skilled person competent in inspection and testing (IEC 60364-6, 6.4.1)",
  "person-in-charge": "Nominated person in control of the electrical installation (EN 50110-1)",
  "mv-authorised": "Person authorised for medium-voltage switching",
  civil: "Supervisor of the civil works",
  "maker-trained": "Person trained by the maker of the equipment",
  commissioner: "Commissioning engineer with back-office access",
  engineer: "Responsible electrical engineer",
  owner: "Owner's representative",
};

export const STATUS: Record<ItemStatus, { word: string; icon: IconName; tone: Tone }> = {
  open: { word: "Open", icon: "circle", tone: "plain" },
  passed: { word: "Passed", icon: "check", tone: "pass" },
  failed: { word: "Failed", icon: "cross", tone: "fail" },
  inconclusive: { word: "Not decided", icon: "question", tone: "doubt" },
  not_applicable: { word: "Not applicable", icon: "dash", tone: "plain" },
  conflict: { word: "Two entries", icon: "fork", tone: "doubt" },
  incomplete: { word: "Photo missing", icon: "camera", tone: "doubt" },
  returned: { word: "Returned", icon: "back", tone: "fail" },
  conceded: { word: "Conceded", icon: "check", tone: "info" },
  stale: { word: "Do again", icon: "back", tone: "doubt" },
};

export const SITE_STATE: Record<string, { word: string; tone: Tone }> = {
  open: { word: "Open", tone: "info" },
  submitted: { word: "With the reviewer", tone: "doubt" },
  approved: { word: "Approved", tone: "pass" },
  issued: { word: "Pack issued", tone: "pass" },
};

/** "3 entries", "1 entry". */
export function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** "3 entries and 1 photo", "1 entry"; "" when nothing waits. */
export function waitingWords(operations: number, photos: number): string {
  const parts = [];
  if (operations > 0) parts.push(counted(operations, "entry", "entries"));
  if (photos > 0) parts.push(counted(photos, "photo", "photos"));
  return parts.join(" and ");
}

/** Minutes after which the tablet may lock itself. */
export const LOCK_AFTER = [5, 15, 30, 60] as const;

/** A wait as people say it: "28 s", "2 min". */
export function waitWords(seconds: number): string {
  return seconds < 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
}

/** Short local date and time. */
export function moment(iso: string): string {
  const at = new Date(iso);
  const today = at.toDateString() === new Date().toDateString();
  const time = at.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
  return today ? time : `${at.toLocaleDateString(undefined, { day: "numeric", month: "short" })}, ${time}`;
}

/** 12 kB, 3.4 MB. */
export function size(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** An estimate as people say it: "about 20 min", "about 3 h 20 min". */
export function hours(minutes: number): string {
  const rounded = minutes > 10 ? 5 * Math.round(minutes / 5) : minutes;
  const [whole, rest] = [Math.floor(rounded / 60), rounded % 60];
  const parts = [...(whole > 0 ? [`${whole} h`] : []), ...(rest > 0 || whole === 0 ? [`${rest} min`] : [])];
  return `about ${parts.join(" ")}`;
}
