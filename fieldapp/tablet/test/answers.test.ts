import { describe, expect, it } from "vitest";
import { choicesOf, strokesOf } from "../src/core/answers";
import { localIso } from "../src/core/clock";
import { compareDecimals } from "../src/core/decimal";
import type { ItemState, ItemStatus } from "../src/core/model";
import { fitted } from "../src/core/picture";
import { nextOpen, progress } from "../src/core/progress";
import { hashOf, parseRoute } from "../src/core/route";
import { uuid7 } from "../src/core/uuid";
import { checklist, item } from "./support";

describe("choices", () => {
  it.each([
    [["yes"], ["yes", "no"]],
    [["no"], ["no", "yes"]],
    [["clockwise"], ["clockwise", "counter-clockwise"]],
    [
      ["TN-S", "TN-C-S"],
      ["TN-S", "TN-C-S", "no"],
    ],
  ])("of %j are %j", (values, raws) => {
    const found = choicesOf(item("polarity@F01", { kind: "one_of", values }));
    expect(found.map(({ raw }) => raw)).toEqual(raws);
    expect(found.filter(({ good }) => !good)).toHaveLength(1);
  });
});

describe("strokes", () => {
  it("are whole numbers without repeated points", () => {
    const points = [
      { x: 1.2, y: 3.9 },
      { x: 1.4, y: 4.1 },
      { x: 7.5, y: 0.4 },
    ];
    expect(strokesOf([{ points }])).toEqual([
      [
        [1, 4],
        [8, 0],
      ],
    ]);
  });
});

describe("decimals", () => {
  it.each([
    ["0.1", "0.10", 0],
    ["0.3", "0.29999999999999999", 1],
    ["-1", "-0.5", -1],
    ["123456789012345", "123456789012344", 1],
  ] as const)("compares %s with %s", (left, right, sign) => {
    expect(compareDecimals(left, right)).toBe(sign);
    expect(compareDecimals(right, left)).toBe(sign === 0 ? 0 : -sign);
  });
});

describe("identity and time", () => {
  it("makes UUIDs of version 7 that sort by time", () => {
    const [early, late] = [uuid7(1_000), uuid7(2_000)];
    expect(early).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(early < late).toBe(true);
  });

  it("writes device time with its offset", () => {
    const at = new Date("2026-11-22T08:14:03.120Z");
    expect(localIso(at)).toMatch(/^2026-11-2\dT\d\d:\d\d:03\.120[+-]\d\d:\d\d$/);
    expect(new Date(localIso(at)).getTime()).toBe(at.getTime());
  });
});

describe("photos", () => {
  it.each([
    [4000, 3000, [2048, 1536]],
    [3000, 4000, [1536, 2048]],
    [800, 600, [800, 600]],
    [9000, 1, [2048, 1]],
  ] as const)("of %i × %i are kept as %j", (width, height, kept) =>
    expect(fitted(width, height)).toEqual(kept),
  );
});

describe("addresses", () => {
  it("lead back to where they came from", () => {
    const hash = hashOf("site/1", "dead_tests", "insulation-resistance@CH03.1");
    expect(parseRoute(hash)).toEqual({
      screen: "section",
      site: "site/1",
      section: "dead_tests",
      item: "insulation-resistance@CH03.1",
    });
    expect(parseRoute("#/nonsense").screen).toBe("sites");
  });
});

describe("progress", () => {
  const keys = ["a@F01", "b@F01", "c@F01", "d@F01"];
  const lists = [checklist(keys.map((key) => item(key, { kind: "equals", values: ["yes"] })))];
  const states = (...found: ItemStatus[]) =>
    new Map(found.map((status, index) => [keys[index]!, { item: keys[index], status } as ItemState]));

  it("counts, and names what stands in the way", () => {
    const found = progress(lists, states("passed", "failed", "open", "returned"));
    expect([found.done, found.total]).toEqual([1, 4]);
    expect(found.blocksSubmission.map((each) => each.item)).toEqual(["c@F01", "d@F01"]);
    expect(found.sections[0]).toMatchObject({ passed: 1, failed: 1, open: 1, other: 1 });
  });

  it("leads to returned items first, then to what comes after, and around", () => {
    expect(nextOpen(lists, states("open", "open", "passed", "returned"), "a@F01")?.key).toBe("d@F01");
    expect(nextOpen(lists, states("open", "passed", "open", "open"), "c@F01")?.key).toBe("d@F01");
    expect(nextOpen(lists, states("open", "passed", "passed", "passed"), "d@F01")?.key).toBe("a@F01");
    expect(nextOpen(lists, states("passed", "failed", "passed", "passed"), null)).toBeNull();
  });
});
