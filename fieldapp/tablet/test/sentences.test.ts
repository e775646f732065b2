// Every sentence that Python and TypeScript make alike has German.

import { describe, expect, it } from "vitest";
import { german } from "../src/messages/de/sentences";

const FILES = import.meta.glob<unknown[]>("../../../tests/vectors/*.json", { eager: true, import: "default" });

/** Where a person's own words, or the probe's, stand under the same name. */
const OWN = new Set(["operations", "op", "body", "outcomes", "marks"]);

/** Sentences under these names, at any depth; `said` collects what people and the probe said. */
function collect(value: unknown, found: Set<string>, said: Set<string>, own = false): void {
  if (Array.isArray(value)) return value.forEach((each) => collect(each, found, said, own));
  if (value === null || typeof value !== "object") return;
  for (const [name, inner] of Object.entries(value)) {
    const told = (name === "reason" || name === "sentence" || name === "error") && typeof inner === "string";
    if (told) (own || "heads" in value ? said : found).add(inner);
    else collect(inner, found, said, own || OWN.has(name));
  }
}

function sentences(): string[] {
  const [found, said] = [new Set<string>(), new Set<string>()];
  Object.values(FILES).forEach((vectors) => collect(vectors, found, said));
  return [...found].filter((each) => each !== "" && !said.has(each));
}

describe("sentences of the vectors in German", () => {
  it("finds them", () => expect(sentences().length).toBeGreaterThan(300));

  it.each(sentences())("%s", (sentence) => {
    const told = german(sentence);
    expect(told).not.toBeNull();
    expect(told).not.toBe(sentence);
    // What stands in brackets is quoted: where an expected value is from.
    expect(told!.replace(/\(.*?\)/g, "")).not.toMatch(/undefined| (the|is|and|measure|record|has|not) /);
  });
});

describe("German", () => {
  it.each([
    ["0.9 Ω is outside ≤ 0.76 Ω.", "0,9 Ω liegt außerhalb des Grenzwerts ≤ 0,76 Ω."],
    ["231 V is within 207 to 253 V.", "231 V hält den Grenzwert 207 bis 253 V ein."],
    ["“no” is recorded, required is yes.", "Erfasst ist „nein“, gefordert ist ja."],
    ["It holds until 2027-01-31.", "Gültig bis 31.01.2027."],
    [
      "L1–PE: 0.5 MΩ is outside ≥ 1.0 MΩ.",
      "L1–PE: 0,5 MΩ liegt außerhalb des Grenzwerts ≥ 1,0 MΩ.",
    ],
    [
      "It was recorded 1 hour before “Loop” at F03 had passed (and 2 more): repeat it.",
      "Es wurde 1 Stunde erfasst, bevor „Loop“ an F03 bestanden war (und 2 weitere): Wiederholen Sie es.",
    ],
    ["The limit changed from ≤ 0.95 Ω to ≤ 0.76 Ω.", "Der Grenzwert änderte sich von ≤ 0,95 Ω auf ≤ 0,76 Ω."],
  ])("%s", (english, wanted) => expect(german(english)).toBe(wanted));

  it("leaves alone what it doesn't know", () => expect(german("All phases are connected right.")).toBeNull());
});
