import { describe, expect, it } from "vitest";
import type { JournalEntry, Operation } from "../src/core/model";
import { download, overlay, refresh } from "../src/core/pull";
import { record } from "../src/core/queue";
import { enterAt, markOf, readWork } from "../src/core/work";
import { bundle, freshDatabase, HASH, item, SITE, SmallServer, somebody, TABLET } from "./support";

const CONTINUITY = item("continuity@F03", { kind: "range", maximum: "0.50", unit: "Ω" });

function operation(id: string, base: string[], decimal: string): Operation {
  const value = { type: "measured" as const, raw: decimal, decimal, unit: "Ω", bound: "" as const };
  const who = { tablet: TABLET, key: "other", seq: 1, recorded_at: "2026-11-22T09:00:00.000+01:00" };
  return { schema: 1, id, site: SITE, item: CONTINUITY.key, kind: "answer", body: { value }, base, ...who };
}

function entry(
  number: number,
  type: string,
  body: Record<string, unknown>,
  author = "person-Kim",
): JournalEntry {
  const times = { recorded_at: "2026-11-22T09:00:00Z", received_at: "2026-11-22T09:00:01Z" };
  const chain = { previous: HASH(number - 1), hash: HASH(number) };
  return { schema: 1, site: SITE, number, type, body, author, ...times, ...chain };
}

describe("following the journal", () => {
  const start = bundle([CONTINUITY]);
  const me = { id: "person-Lee", name: "Lee" };

  it("lays operations over the bundle", () => {
    const op = operation("0190", [], "0.3");
    const next = overlay(start, [entry(2, "operation", { op, signature: "", status: "applied" })], me)!;
    expect(next.operations.map((each) => [each.op.id, each.author.name])).toEqual([["0190", "Kim"]]);
    expect(next.journal).toEqual({ number: 2, hash: HASH(2) });
  });

  it("wants a fresh bundle for a review, a gap, a broken chain or an unknown person", () => {
    const op = { op: operation("0190", [], "0.3"), signature: "", status: "applied" };
    expect(overlay(start, [entry(2, "item_returned", {})], me)).toBeNull();
    expect(overlay(start, [entry(3, "operation", op)], me)).toBeNull();
    expect(overlay(start, [{ ...entry(2, "operation", op), previous: HASH(9) }], me)).toBeNull();
    expect(overlay(start, [entry(2, "operation", op, "stranger")], me)).toBeNull();
  });

  it("fetches the bundle again when it has to", async () => {
    const db = await freshDatabase();
    const kim = await somebody(db);
    const server = new SmallServer();
    server.bundleOf = start;
    await download(db, server.api(), kim.key, SITE);
    server.bundleOf = { ...start, journal: { number: 2, hash: HASH(2) } };
    server.journal.entries = [entry(2, "item_returned", {})];
    await refresh(db, server.api(), (await db.get("sites", [kim.key, SITE]))!, kim);
    expect((await db.get("sites", [kim.key, SITE]))!.bundle!.journal.number).toBe(2);
  });
});

describe("a site as it stands on this tablet", () => {
  it("shows unsent work at once, and a conflict when somebody else answered meanwhile", async () => {
    const db = await freshDatabase();
    const kim = await somebody(db);
    const server = new SmallServer();
    server.bundleOf = bundle([CONTINUITY]);
    await download(db, server.api(), kim.key, SITE);
    const value = { type: "measured" as const, raw: "0,7", decimal: "0.7", unit: "Ω", bound: "" as const };
    const stored = await record(db, kim, TABLET, {
      site: SITE,
      item: CONTINUITY.key,
      kind: "answer",
      body: { value },
      base: [],
    });
    const alone = (await readWork(db, kim, SITE))!.states.get(CONTINUITY.key)!;
    expect([alone.status, alone.heads]).toEqual(["failed", [stored.id]]);
    expect(markOf(stored, undefined)).toBe("saved");

    const other = {
      op: operation("0000", [], "0.3"),
      author: { id: "x", name: "X" },
      number: 2,
      received_at: "",
    };
    server.bundleOf = { ...server.bundleOf, operations: [other] };
    await download(db, server.api(), kim.key, SITE);
    const both = (await readWork(db, kim, SITE))!.states.get(CONTINUITY.key)!;
    expect([both.status, both.heads]).toEqual(["conflict", ["0000", stored.id]]);

    await db.put("operations", { ...stored, status: "rejected", reason: "no" });
    const refused = (await readWork(db, kim, SITE))!.states.get(CONTINUITY.key)!;
    expect(refused.heads).toEqual(["0000"]);
  });

  it("takes a double tap for one entry after the other, and hides nothing that arrived unseen", async () => {
    const db = await freshDatabase();
    const kim = await somebody(db);
    const server = new SmallServer();
    server.bundleOf = bundle([CONTINUITY]);
    await download(db, server.api(), kim.key, SITE);
    const seen = (await readWork(db, kim, SITE))!;
    const body = {
      value: { type: "measured" as const, raw: "0,3", decimal: "0.3", unit: "Ω", bound: "" as const },
    };
    const tap = () => enterAt(db, kim, TABLET, seen, { item: CONTINUITY.key, kind: "answer", body });
    const first = await tap();
    expect((await tap()).op.base).toEqual([first.id]);

    const other = {
      op: operation("0000", [], "0.4"),
      author: { id: "x", name: "X" },
      number: 2,
      received_at: "",
    };
    server.bundleOf = { ...server.bundleOf, operations: [other] };
    await download(db, server.api(), kim.key, SITE);
    const third = await tap();
    expect(third.op.base).not.toContain("0000");
    const state = (await readWork(db, kim, SITE))!.states.get(CONTINUITY.key)!;
    expect([state.status, state.heads]).toEqual(["conflict", ["0000", third.id]]);
  });
});
