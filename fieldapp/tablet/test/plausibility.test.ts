// Doubts as tests/vectors/plausibility.json has them, the same in Python.

import { describe, expect, it } from "vitest";
import type { Recorded } from "../src/core/fold";
import type { Instrument, Item, ItemState, Operation, Value } from "../src/core/model";
import { doubts, doubtsAt, type Doubt, type Surroundings } from "../src/core/plausibility";
import vectors from "../../../tests/vectors/plausibility.json";

interface Vector {
  name: string;
  items: (Partial<Item> & { key: string })[];
  states: Record<string, Partial<ItemState>>;
  history?: Operation[];
  offsets?: Record<string, number | null>; // of the tablets' clocks, by operation
  instruments?: Instrument[];
  typed?: { item: string; value: Value; instrument?: string; at?: string };
  doubts: Doubt[];
}

function itemOf(short: Vector["items"][number]): Item {
  const [step, tag] = short.key.split("@") as [string, string];
  const texts = { title: step, instruction: "Do it.", limit_text: "", limit_source: "Rule", clause: "Clause" };
  const rest = { safety: false, photos: 0, instrument: null, requires: [] };
  return { step, tag, section: "dead_tests", criterion: { kind: "present" }, ...texts, ...rest, ...short };
}

function stateOf(item: string, short: Partial<ItemState>): ItemState {
  return {
    item,
    status: "passed",
    heads: [],
    value: null,
    judgement: { verdict: "none", reason: "" },
    author: null,
    instrument: null,
    recorded_at: null,
    photos: [],
    missing_photos: [],
    notes: [],
    attempts: 0,
    comment: "",
    reason: "",
    accepted: false,
    ...short,
  };
}

function siteOf(vector: Vector): Surroundings {
  const history = new Map<string, Recorded[]>();
  for (const op of vector.history ?? []) {
    const kept = { op, author: "p1", number: 1, clock_offset_s: vector.offsets?.[op.id] ?? null };
    history.set(op.item, [...(history.get(op.item) ?? []), kept]);
  }
  return {
    items: new Map(vector.items.map((short) => [short.key, itemOf(short)])),
    states: new Map(Object.entries(vector.states).map(([key, short]) => [key, stateOf(key, short)])),
    instruments: new Map((vector.instruments ?? []).map((each) => [each.id, each])),
    history,
  };
}

function found(vector: Vector): Doubt[] {
  const site = siteOf(vector);
  if (vector.typed === undefined) return [...doubts(site).values()].flat();
  const { item, value, ...typing } = vector.typed;
  return doubtsAt(site.items.get(item)!, value, site, typing);
}

const VECTORS = vectors as unknown as Vector[];

describe("doubts", () => {
  it.each(VECTORS)("$name", (vector) => {
    expect(found(vector)).toEqual(vector.doubts);
  });

  it("never waits for anybody: two thousand items in a blink", () => {
    const tags = Array.from({ length: 400 }, (_, tag) => `F${tag}`);
    const steps = ["continuity", "insulation", "loop", "drop", "rcd"];
    const items = tags.flatMap((tag) => steps.map((step) => itemOf({ key: `${step}@${tag}`, varies: true })));
    const value: Value = { type: "measured", raw: "2,53", decimal: "2.53", unit: "MΩ", bound: "" };
    const site: Surroundings = {
      items: new Map(items.map((item) => [item.key, item])),
      states: new Map(items.map(({ key }) => [key, stateOf(key, { value })])),
    };
    const started = performance.now();
    expect(doubts(site).size).toBe(2000);
    expect(performance.now() - started).toBeLessThan(1500);
  });
});

describe("a value being typed", () => {
  it("is held against the instrument, the tablet and the time it will be recorded with", () => {
    const insulation = itemOf({ key: "insulation@F03", title: "Insulation" });
    const loop = itemOf({ key: "loop@F03", requires: ["insulation@F03"], criterion: { kind: "range", unit: "Ω" } });
    const op = { id: "o1", item: "insulation@F03", kind: "answer", body: { value: { type: "text", raw: "x" } } };
    const at = (minute: number): string => `2026-11-22T09:0${minute}:00.000+01:00`;
    const recorded = { ...op, tablet: "t1", recorded_at: at(3) } as unknown as Operation;
    const site: Surroundings = {
      items: new Map([insulation, loop].map((item) => [item.key, item])),
      states: new Map([["insulation@F03", stateOf("insulation@F03", { heads: ["o1"], recorded_at: at(3) })]]),
      history: new Map([["insulation@F03", [{ op: recorded, author: "p1", number: 1 }]]]),
    };
    const value: Value = { type: "measured", raw: "0,4", decimal: "0.4", unit: "Ω", bound: "" };
    const codes = (minute: number, tablet: string): string[] =>
      doubtsAt(loop, value, site, { at: at(minute), tablet }).map(({ code }) => code);
    expect(codes(1, "t1")).toEqual(["order"]);
    expect(codes(1, "t2")).toEqual([]);
    expect(codes(4, "t1")).toEqual([]);
  });

  it("replaces what stands there, and leaves the site as it was", () => {
    const loop = itemOf({ key: "loop@F03", criterion: { kind: "range", unit: "Ω" }, expect: { source: "Study", value: null, low: null, high: null, least: "0.1", most: null } });
    const wrong: Value = { type: "measured", raw: "0,01", decimal: "0.01", unit: "Ω", bound: "" };
    const states = new Map([["loop@F03", stateOf("loop@F03", { value: wrong })]]);
    const site: Surroundings = { items: new Map([["loop@F03", loop]]), states };
    const right: Value = { ...wrong, raw: "0,11", decimal: "0.11" };
    expect(doubtsAt(loop, right, site)).toEqual([]);
    expect(doubts(site).get("loop@F03")).toHaveLength(1);
  });
});
