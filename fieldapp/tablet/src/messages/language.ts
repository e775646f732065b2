// The language of the screens: what the person chose on this tablet, else the browser's.

import { signal } from "@preact/signals";

export type Language = "en" | "de";

/** Each by its own name. */
export const LANGUAGES: Readonly<Record<Language, string>> = { en: "English", de: "Deutsch" };

const browser = (): string => globalThis.navigator?.language ?? "en";

/** What a choice that was kept says; without one, what the browser is set to. */
export function languageOf(kept: unknown): Language {
  if (kept === "en" || kept === "de") return kept;
  return browser().toLowerCase().startsWith("de") ? "de" : "en";
}

export const language = signal<Language>(languageOf(null));

const COUNTRY: Readonly<Record<Language, string>> = { en: "en-GB", de: "de-DE" };

/** The locale of dates and numbers: the browser's where it is of this language (en-US, de-AT), else the common one. */
export function locale(): string {
  const chosen = language.value;
  return browser().toLowerCase().startsWith(chosen) ? browser() : COUNTRY[chosen];
}
