// Both languages say the same things, count right, and write numbers and dates their own way.

import { afterEach, describe, expect, it, vi } from "vitest";
import { sentence, t } from "../src/messages";
import { de } from "../src/messages/de";
import { en } from "../src/messages/en";
import { language, languageOf } from "../src/messages/language";
import { dayWords, hours, limitWords, moment, size, valueWords } from "../src/ui/words";

const READING = { type: "measured", raw: "0,05", decimal: "0.05", unit: "Ω", bound: "" } as const;

/** Texts that may be alike in both. */
const ALIKE = /^(PIN|STOPP?|ONLINE|OFFLINE|Stop|Tablet 7|[24] ×|[12] min|)$/;

/** Every text of a dictionary by its place; functions are called with numbers or words for their arguments. */
function textsOf(value: unknown, path = ""): [string, string][] {
  if (typeof value === "string") return [[path, value]];
  if (typeof value === "function") {
    const say = value as (...given: unknown[]) => string;
    return [1, 2].map((count): [string, string] => [`${path}(${count})`, say(count, count, count)]);
  }
  return Object.entries(value as object).flatMap(([name, inner]) => textsOf(inner, `${path}.${name}`));
}

afterEach(() => {
  language.value = "en";
  vi.unstubAllGlobals();
});

describe("dictionaries", () => {
  const english = new Map(textsOf(en));

  it("leave nothing empty and nothing in English", () => {
    const same = textsOf(de)
      .filter(([path]) => !path.startsWith(".names.choices"))
      .filter(([path, text]) => english.get(path) === text && /\p{L}{3,}/u.test(text) && !ALIKE.test(text));
    expect(same).toEqual([]);
    expect(textsOf(de).filter(([path, text]) => text === "" && english.get(path) !== "")).toEqual([]);
  });

  it("say what became of a deviation", () =>
    expect(en.record.outcomes).toEqual({
      open: "An engineer decides about it.",
      accepted: "Accepted as built.",
      refused: "Refused: build what is drawn.",
    }));

  it("say one and many", () => {
    expect([1, 3].map(en.common.entries)).toEqual(["1 entry", "3 entries"]);
    expect([1, 3].map(de.common.entries)).toEqual(["1 Eintrag", "3 Einträge"]);
    expect(en.common.waiting(3, 1)).toBe("3 entries and 1 photo");
    expect(de.common.waiting(1, 0)).toBe("1 Eintrag");
    expect([1, 2].map(de.leave.openText)).toEqual([
      "Alles Erfasste ist beim Server. 1 Prüfpunkt ist noch zu machen.",
      "Alles Erfasste ist beim Server. 2 Prüfpunkte sind noch zu machen.",
    ]);
  });
});

describe("the language", () => {
  it("is what was chosen, else the browser's, else English", () => {
    expect(languageOf("de")).toBe("de");
    vi.stubGlobal("navigator", { language: "de-AT" });
    expect([languageOf(undefined), languageOf("en")]).toEqual(["de", "en"]);
    vi.stubGlobal("navigator", { language: "fr-FR" });
    expect(languageOf(undefined)).toBe("en");
  });

  it("decides words, sentences, numbers and dates", () => {
    vi.stubGlobal("navigator", { language: "en-GB" });
    const told = (): string[] => [
      t().door.unlock,
      sentence("It is recorded."),
      sentence("Somebody else's words."),
      valueWords(READING),
      limitWords("207 to 253 V"),
      size(3_400_000),
      size(12_300),
      hours(200),
      dayWords("2027-05-11"),
      moment("2020-05-11T10:05:00"),
    ];
    expect(told()).toEqual([
      "Unlock", "It is recorded.", "Somebody else's words.", "0.05 Ω", "207 to 253 V", "3.4 MB", "13 kB",
      "about 3 h 20 min", "11 May 2027", "11 May, 10:05",
    ]);
    language.value = "de";
    expect(told()).toEqual([
      "Entsperren", "Ist erfasst.", "Somebody else's words.", "0,05 Ω", "207 bis 253 V", "3,4 MB", "13 kB",
      "etwa 3 h 20 min", "11. Mai 2027", "11. Mai, 10:05",
    ]);
  });
});
