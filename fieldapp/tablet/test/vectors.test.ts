// The same rules in Python and TypeScript: both read tests/vectors.

import { describe, expect, it } from "vitest";
import { canonical, digest, sha256 } from "../src/core/canonical";
import { fold, type Recorded } from "../src/core/fold";
import { judge, judgeItem } from "../src/core/judge";
import type { Tool } from "../src/core/instrument";
import type {
  Criterion,
  Item,
  ItemState,
  KeptOperation,
  Operation,
  ProbeOutcome,
  ReviewMark,
  Since,
  Value,
} from "../src/core/model";
import { progress, waiting } from "../src/core/progress";
import { parseValue, ValueRefused } from "../src/core/value";

const FILES = import.meta.glob<unknown[]>("../../../tests/vectors/*.json", {
  eager: true,
  import: "default",
});

function vectors<T>(name: string): T[] {
  const read = FILES[`../../../tests/vectors/${name}.json`];
  if (read === undefined || read.length === 0) throw new Error(`${name}.json holds no vectors`);
  return read as T[];
}

interface ValueVector {
  raw: string;
  unit: string;
  value?: Value;
  error?: string;
}

describe("values", () => {
  it.each(vectors<ValueVector>("values"))("parses $raw $unit", ({ raw, unit, value, error }) => {
    if (error === undefined) expect(parseValue(raw, unit)).toEqual(value);
    else expect(() => parseValue(raw, unit)).toThrow(new ValueRefused(error));
  });
});

interface CriterionVector {
  name: string;
  value: Value | null;
  criterion: Criterion;
  verdict: string;
  reason: string;
}

describe("criteria", () => {
  it.each(vectors<CriterionVector>("criteria"))("judges: $name", ({ value, criterion, verdict, reason }) => {
    expect(judge(value, criterion)).toEqual({ verdict, reason });
  });
});

interface JudgingVector extends Omit<CriterionVector, "criterion"> {
  item: Item;
  day: string;
  instrument: Tool | null;
}

describe("judging with instrument and day", () => {
  it.each(vectors<JudgingVector>("judging"))("$name", ({ value, item, day, instrument, verdict, reason }) => {
    expect(judgeItem(value, item, { day, instrument })).toEqual({ verdict, reason });
  });
});

interface ProgressVector {
  name: string;
  items: Item[];
  states: Record<string, ItemState>;
  waiting: Record<string, { item: string; stop: boolean }>;
  blocks_submission: { item: string; reason: string }[];
  done: number;
}

describe("progress", () => {
  it.each(vectors<ProgressVector>("progress"))("$name", (vector) => {
    const states = new Map(Object.entries(vector.states));
    const checklist = { id: "c", template: "c", template_digest: "", revision: 1, section: "dead_tests", title: "C" } as const;
    const found = progress([{ ...checklist, items: vector.items }], states);
    expect(found.blocksSubmission).toEqual(vector.blocks_submission);
    expect([found.done, found.total]).toEqual([vector.done, vector.items.length]);
    expect(Object.fromEntries(waiting(vector.items, states))).toEqual(vector.waiting);
  });
});

describe("canonical form", () => {
  it.each(vectors<{ value: unknown; canonical: string; sha256: string }>("canonical"))(
    "writes $canonical",
    async (vector) => {
      expect(canonical(vector.value)).toBe(vector.canonical);
      expect(await sha256(new TextEncoder().encode(vector.canonical))).toBe(vector.sha256);
    },
  );

  it.each([NaN, Infinity, 2 ** 53, "\ud800", { "\udc00": 1 }, undefined, [undefined]])(
    "refuses %s",
    (value) => {
      expect(() => canonical(value)).toThrow(/canonical form|surrogate/);
    },
  );
});

describe("operations", () => {
  it.each(vectors<{ op: Operation; canonical: string; digest: string }>("operations"))(
    "digests $op.kind $op.seq",
    async (vector) => {
      expect(canonical(vector.op)).toBe(vector.canonical);
      expect(await digest("fieldapp-operation-v1", vector.op)).toBe(vector.digest);
    },
  );
});

interface FoldVector {
  name: string;
  items: Item[];
  operations: (Omit<KeptOperation, "author"> & { author: string | { id: string } })[];
  marks: ReviewMark[];
  outcomes: ProbeOutcome[];
  present: string[];
  since?: Record<string, Since>;
  instruments?: Tool[];
  timezone?: string;
  states: Record<string, ItemState>;
}

function recordedOf(vector: FoldVector): Recorded[] {
  return vector.operations.map(({ op, author, number, clock_offset_s = null }) => ({
    op,
    number,
    clock_offset_s,
    author: typeof author === "string" ? author : author.id,
  }));
}

describe("folding", () => {
  it.each(vectors<FoldVector>("fold"))("$name", (vector) => {
    const beside = { marks: vector.marks, outcomes: vector.outcomes, present: new Set(vector.present), since: vector.since ?? {}, instruments: vector.instruments ?? [], timezone: vector.timezone ?? "UTC" };
    const recorded = recordedOf(vector);
    expect(Object.fromEntries(fold(vector.items, recorded, beside))).toEqual(vector.states);
    expect(Object.fromEntries(fold(vector.items, recorded.reverse(), beside))).toEqual(vector.states);
  });
});
