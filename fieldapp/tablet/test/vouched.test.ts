// What a signature binds is the same digest on the tablet and on the server: both read tests/vectors/vouched.json.

import { describe, expect, it } from "vitest";
import type { Checklist, Operation } from "../src/core/model";
import { signedDigest, vouchedItems } from "../src/core/vouched";
import vectors from "../../../tests/vectors/vouched.json";

interface Vector {
  name: string;
  ground: string;
  checklists: Pick<Checklist, "items">[];
  signature: string;
  operations: Operation[];
  probe_runs: string[];
  items: string[];
  digest: string;
}

describe("what a signature vouches for", () => {
  it.each(vectors as unknown as Vector[])("$name", async (vector) => {
    const { ground, checklists, operations, probe_runs: probeRuns, signature } = vector;
    expect(vouchedItems(checklists, signature)).toEqual(vector.items);
    expect(await signedDigest({ ground, checklists, operations, probeRuns }, signature)).toBe(vector.digest);
  });
});
