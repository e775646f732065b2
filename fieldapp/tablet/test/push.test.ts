import { describe, expect, it } from "vitest";
import { Refused } from "../src/core/api";
import { BATCH, CHUNK, pushOperations, pushPhotos } from "../src/core/push";
import { operationsOf, record, recordPhoto, unsent } from "../src/core/queue";
import { synchronise } from "../src/core/sync";
import { workOf } from "../src/core/work";
import type { Criterion } from "../src/core/model";
import { bundle, freshDatabase, item, SITE, SmallServer, somebody, TABLET } from "./support";

async function withEntries(count: number, item = "continuity@F03") {
  const db = await freshDatabase();
  const kim = await somebody(db);
  const value = { type: "choice" as const, raw: "yes" };
  for (let each = 0; each < count; each += 1)
    await record(db, kim, TABLET, { site: SITE, item, kind: "answer", body: { value }, base: [] });
  return { db, kim, server: new SmallServer() };
}

const statuses = async (work: Awaited<ReturnType<typeof withEntries>>) =>
  (await operationsOf(work.db, work.kim.key, SITE)).map((each) => each.status);

describe("sending operations", () => {
  it("sends in order, in batches, once", async () => {
    const work = await withEntries(BATCH + 5);
    const { db, kim, server } = work;
    await pushOperations(db, server.api(), kim, TABLET);
    await pushOperations(db, server.api(), kim, TABLET);
    expect(server.calls).toEqual(["POST /sync", "POST /sync"]);
    expect([...server.operations.values()].map((op) => op.seq)).toEqual(
      Array.from({ length: BATCH + 5 }, (_, index) => index + 1),
    );
    expect(new Set(await statuses(work))).toEqual(new Set(["applied"]));
  });

  it("asks again after a lost answer and takes the duplicate for received", async () => {
    const work = await withEntries(3);
    work.server.after = () => new Response("gateway", { status: 502 });
    expect((await synchronise(work.db, work.server.api(), work.kim, TABLET)).outcome).toBe("refused");
    expect(await statuses(work)).toEqual(["unsent", "unsent", "unsent"]);
    work.server.after = () => undefined;
    await pushOperations(work.db, work.server.api(), work.kim, TABLET);
    expect(await statuses(work)).toEqual(["applied", "applied", "applied"]);
    expect(work.server.operations.size).toBe(3);
  });

  it.each([401, 403, 500, 503])("keeps everything when the server answers %i", async (status) => {
    const work = await withEntries(2);
    work.server.before = () => Response.json({ detail: "no" }, { status });
    const report = await synchronise(work.db, work.server.api(), work.kim, TABLET);
    expect(report.outcome).toBe(status === 401 ? "sign_in" : "refused");
    expect(await unsent(work.db, work.kim.key)).toEqual({ operations: 2, photos: 0, stuck: 0 });
  });

  it("keeps everything when the network fails", async () => {
    const work = await withEntries(1);
    work.server.before = () => {
      throw new TypeError("network");
    };
    expect((await synchronise(work.db, work.server.api(), work.kim, TABLET)).outcome).toBe("offline");
    expect(await statuses(work)).toEqual(["unsent"]);
  });

  it.each(["rejected", "quarantined", "pending"] as const)(
    "keeps a %s entry visible with its reason",
    async (status) => {
      const work = await withEntries(1);
      work.server.answers.set("continuity@F03", { status, reason: "because" });
      await pushOperations(work.db, work.server.api(), work.kim, TABLET);
      const [stored] = await operationsOf(work.db, work.kim.key, SITE);
      expect(stored).toMatchObject({ status, reason: "because" });
      expect((await unsent(work.db, work.kim.key)).stuck).toBe(1);
    },
  );

  it("finds the one entry that makes the server refuse a batch", async () => {
    const work = await withEntries(5);
    const bad = (await operationsOf(work.db, work.kim.key, SITE))[3]!.id;
    work.server.before = (_, body) =>
      JSON.stringify(body).includes(bad)
        ? Response.json({ detail: "not understood" }, { status: 422 })
        : undefined;
    await pushOperations(work.db, work.server.api(), work.kim, TABLET);
    expect(await statuses(work)).toEqual(["applied", "applied", "applied", "rejected", "applied"]);
  });

  it("takes a held entry for received only when the receipts let it go", async () => {
    const work = await withEntries(1);
    work.server.answers.set("continuity@F03", { status: "pending", reason: "waits" });
    const [stored] = await operationsOf(work.db, work.kim.key, SITE);
    work.server.held = [stored!.id];
    await synchronise(work.db, work.server.api(), work.kim, TABLET);
    expect(await statuses(work)).toEqual(["pending"]);
    work.server.held = [];
    await synchronise(work.db, work.server.api(), work.kim, TABLET);
    expect(await statuses(work)).toEqual(["applied"]);
  });
});

describe("sending photos", () => {
  async function withPhoto(length: number) {
    const work = await withEntries(0);
    let bytes = new Uint8Array(length);
    bytes = bytes.map((_, index) => index % 251);
    const taken = { bytes: bytes.buffer, media_type: "image/jpeg", caption: "" };
    await recordPhoto(work.db, work.kim, TABLET, { site: SITE, item: "label@CH01", base: [] }, taken);
    return work;
  }

  it("sends in chunks and resumes where the server stands", async () => {
    const { db, kim, server } = await withPhoto(CHUNK * 2 + 100);
    let patches = 0;
    server.before = (call) => {
      if (!call.startsWith("PATCH")) return undefined;
      patches += 1;
      if (patches === 2) throw new TypeError("network");
      return undefined;
    };
    await expect(pushPhotos(db, server.api(), kim)).rejects.toThrow("reached");
    expect((await unsent(db, kim.key)).photos).toBe(1);
    await pushPhotos(db, server.api(), kim);
    expect(patches).toBe(4);
    expect(server.whole.size).toBe(1);
    expect((await unsent(db, kim.key)).photos).toBe(0);
  });

  it("begins again when the bytes arrived damaged, and gives up with a reason", async () => {
    const { db, kim, server } = await withPhoto(100);
    server.before = (call) =>
      call.startsWith("PATCH") ? Response.json({ detail: "damaged" }, { status: 422 }) : undefined;
    await pushPhotos(db, server.api(), kim);
    const [photo] = await db.getAll("photos");
    expect(photo).toMatchObject({ state: "waiting", reason: "The photo keeps arriving damaged." });
  });

  it("sends what is no evidence once, says why, and counts it as not taken", async () => {
    const { db, kim, server } = await withPhoto(100);
    const detail = "Inside the file hides a web page.";
    const digest = (await db.getAll("photos"))[0]!.sha256;
    let patches = 0;
    server.before = (call) => {
      if (!call.startsWith("PATCH")) return undefined;
      patches += 1;
      server.refused = [{ sha256: digest, reason: detail }];
      return Response.json({ code: "evidence_refused", detail }, { status: 422 });
    };
    await synchronise(db, server.api(), kim, TABLET);
    await pushPhotos(db, server.api(), kim);
    expect(patches).toBe(1);
    expect((await db.getAll("photos"))[0]).toMatchObject({ state: "refused", reason: detail });
    const here = bundle([item("label@CH01", { kind: "photo", count: 1 } as Criterion)]);
    const summary = { id: SITE, name: "", address: "", state: "open", done: 0, total: 1 };
    const stored = { key: kim.key, id: SITE, summary, bundle: here, fetched_at: null };
    const own = await operationsOf(db, kim.key, SITE);
    const work = workOf(stored, here, own, await db.getAll("photos"), kim.id);
    expect(work.states.get("label@CH01")).toMatchObject({ status: "open", photos: [] });
  });

  it("believes the receipts about what is no evidence, and sends it again when they forget that", async () => {
    const { db, kim, server } = await withPhoto(100);
    const states = async () => (await db.getAll("photos")).map(({ state, reason }) => [state, reason]);
    const digest = (await db.getAll("photos"))[0]!.sha256;
    server.before = (call) => (call.startsWith("HEAD") ? new Response(null, { status: 422 }) : undefined);
    server.refused = [{ sha256: digest, reason: "It moves." }];
    await synchronise(db, server.api(), kim, TABLET);
    expect(await states()).toEqual([["refused", "It moves."]]);
    server.before = () => undefined;
    server.refused = [];
    await synchronise(db, server.api(), kim, TABLET);
    await synchronise(db, server.api(), kim, TABLET);
    expect(await states()).toEqual([["received", ""]]);
  });

  it("sends a photo again that the receipts miss", async () => {
    const { db, kim, server } = await withPhoto(100);
    await synchronise(db, server.api(), kim, TABLET);
    expect((await unsent(db, kim.key)).photos).toBe(0);
    server.whole.clear();
    server.parts.clear();
    await synchronise(db, server.api(), kim, TABLET);
    expect((await unsent(db, kim.key)).photos).toBe(1);
    await synchronise(db, server.api(), kim, TABLET);
    expect(server.whole.size).toBe(1);
  });

  it("says what the server said when it refuses", () => {
    expect(new Refused(422, "invalid", "Send less.").message).toBe("Send less.");
  });
});
