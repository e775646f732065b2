// Words that several screens share. A state is always a word, an icon and a colour.

import type { IconName } from "./icons";
import type { ItemStatus, Section } from "../core/model";

export type Tone = "pass" | "fail" | "doubt" | "info" | "plain";

export const SECTIONS: Record<Section, string> = {
  inspection: "Inspection",
  dead_tests: "Dead tests",
  live_tests: "Live tests",
  evse_function: "EVSE function",
  power_quality: "Power quality",
  handover: "Handover",
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
