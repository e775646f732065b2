// What the server misses is sent again, and what can't be sent is exported as one file.

import { describe, expect, it } from "vitest";
import { refreshReceipts } from "../src/core/pull";
import { pushOperations } from "../src/core/push";
import { operationsOf, record } from "../src/core/queue";
import { unsentFile } from "../src/core/unsent";
import { freshDatabase, SITE, SmallServer, somebody, TABLET } from "./support";

async function withEntries(count: number) {
  const db = await freshDatabase();
  const kim = await somebody(db);
  const entry = { site: SITE, item: "continuity@F03", kind: "note" as const, body: { text: "x" }, base: [] };
  for (let each = 0; each < count; each += 1) await record(db, kim, TABLET, entry);
  return { db, kim, server: new SmallServer() };
}

const statuses = async ({ db, kim }: Awaited<ReturnType<typeof withEntries>>) =>
  (await operationsOf(db, kim.key, SITE)).map((each) => each.status);

describe("gaps", () => {
  it("sends again what the server misses between numbers that it has", async () => {
    const work = await withEntries(5);
    const { db, kim, server } = work;
    await pushOperations(db, server.api(), kim, TABLET);
    for (const op of [...server.operations.values()]) if (op.seq === 2 || op.seq === 3) server.operations.delete(op.id);
    server.gaps = [[2, 3]];
    await refreshReceipts(db, server.api(), kim, TABLET);
    expect(await statuses(work)).toEqual(["applied", "unsent", "unsent", "applied", "applied"]);
    await pushOperations(db, server.api(), kim, TABLET);
    expect([...server.operations.values()].map((op) => op.seq).sort()).toEqual([1, 2, 3, 4, 5]);
    expect(new Set(await statuses(work))).toEqual(new Set(["applied"]));
  });

  it("leaves alone what was refused or was never sent", async () => {
    const work = await withEntries(2);
    const { db, kim, server } = work;
    const [first] = await operationsOf(db, kim.key, SITE);
    await db.put("operations", { ...first!, status: "rejected", reason: "no" });
    server.gaps = [[1, 2]];
    await refreshReceipts(db, server.api(), kim, TABLET);
    expect(await statuses(work)).toEqual(["rejected", "unsent"]);
  });
});

describe("the file of unsent work", () => {
  it("holds what the server has not confirmed, signed, in order", async () => {
    const { db, kim, server } = await withEntries(2);
    await pushOperations(db, server.api(), kim, TABLET);
    await record(db, kim, TABLET, { site: SITE, item: "a@F03", kind: "note", body: { text: "late" }, base: [] });
    const file = await unsentFile(db, kim, TABLET);
    expect(file).toMatchObject({ format: "fieldapp-unsent-v1", tablet: TABLET, key: kim.key });
    expect(file.operations.map(({ op }) => op.seq)).toEqual([3]);
    expect(file.operations[0]!.signature).toMatch(/^[A-Za-z0-9_-]{86}$/);
  });
});
