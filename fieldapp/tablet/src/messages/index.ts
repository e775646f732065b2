// The words of the screens in the language of the person. `t()` reads the signal: whoever calls it while drawing is
// drawn again when the language changes.

import { de } from "./de";
import { german } from "./de/sentences";
import { en, type Messages } from "./en";
import { language, type Language } from "./language";

const DICTIONARIES: Readonly<Record<Language, Messages>> = { en, de };

/** The words of the present language. */
export const t = (): Messages => DICTIONARIES[language.value];

/** A sentence that core or the server made, in the present language; English where the table doesn't know it. */
export const sentence = (text: string): string => (language.value === "de" ? (german(text) ?? text) : text);
