import { describe, expect, it } from "vitest";
import { domainBytes, sha256 } from "../src/core/canonical";
import { DATABASE } from "../src/core/database";
import { lastSequence, operationsOf, record, recordPhoto, unsent, type Entry } from "../src/core/queue";
import { freshDatabase, SITE, somebody, TABLET } from "./support";

const answer = (raw: string): Entry => ({
  site: SITE,
  item: "continuity@F03",
  kind: "answer",
  body: { value: { type: "measured", raw, decimal: raw, unit: "Ω", bound: "" } },
  base: [],
});

const photo = (length: number) => ({
  bytes: crypto.getRandomValues(new Uint8Array(length)).buffer,
  media_type: "image/jpeg",
  caption: "",
});

describe("recording", () => {
  it("numbers operations from 1 without gaps per person", async () => {
    const db = await freshDatabase();
    const [kim, lee] = [await somebody(db, "Kim"), await somebody(db, "Lee")];
    for (const raw of ["1", "2"]) await record(db, kim, TABLET, answer(raw));
    await record(db, lee, TABLET, answer("3"));
    expect((await operationsOf(db, kim.key, SITE)).map((each) => each.seq)).toEqual([1, 2]);
    expect((await operationsOf(db, lee.key, SITE)).map((each) => each.seq)).toEqual([1]);
  });

  it("gives entries made at the same time distinct numbers", async () => {
    const db = await freshDatabase();
    const kim = await somebody(db);
    await Promise.all(
      Array.from({ length: 12 }, (_, index) => record(db, kim, TABLET, answer(String(index)))),
    );
    const stored = await operationsOf(db, kim.key, SITE);
    expect(stored.map((each) => each.seq)).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
    expect(new Set(stored.map((each) => each.id)).size).toBe(12);
  });

  it("signs what it stores, so that the public key accepts it", async () => {
    const db = await freshDatabase();
    const kim = await somebody(db);
    const { op, signature } = await record(db, kim, TABLET, answer("0.42"));
    const bytes = Uint8Array.from(atob(signature.replaceAll("-", "+").replaceAll("_", "/")), (c) =>
      c.charCodeAt(0),
    );
    const curve = { name: "ECDSA", namedCurve: "P-256" };
    const key = await crypto.subtle.importKey("jwk", { ...kim.jwk }, curve, false, ["verify"]);
    const accepts = (body: unknown) =>
      crypto.subtle.verify(
        { name: "ECDSA", hash: "SHA-256" },
        key,
        bytes,
        domainBytes("fieldapp-operation-v1", body),
      );
    expect(bytes.byteLength).toBe(64);
    expect(await accepts(op)).toBe(true);
    expect(await accepts({ ...op, item: "continuity@F04" })).toBe(false);
  });

  it("keeps the key where its private half can't be read", async () => {
    const db = await freshDatabase();
    await somebody(db);
    const [kept] = await db.getAll("people");
    expect(kept!.privateKey.extractable).toBe(false);
    await expect(crypto.subtle.exportKey("jwk", kept!.privateKey)).rejects.toThrow();
  });

  it("writes a photo and its operation together", async () => {
    const db = await freshDatabase();
    const kim = await somebody(db);
    const taken = photo(1000);
    const stored = await recordPhoto(db, kim, TABLET, { site: SITE, item: "label@CH01", base: [] }, taken);
    expect(stored.op.body.sha256).toBe(await sha256(taken.bytes));
    expect((await db.get("bytes", [kim.key, stored.op.body.sha256!]))!.bytes.byteLength).toBe(1000);
    expect(await unsent(db, kim.key)).toEqual({ operations: 1, photos: 1, stuck: 0 });
  });

  it("keeps nothing of a photo whose bytes could not be stored", async () => {
    const db = await freshDatabase();
    const kim = await somebody(db);
    const detached = photo(10);
    const digest = await sha256(detached.bytes);
    await db.put("bytes", { key: kim.key, sha256: digest, bytes: new ArrayBuffer(0) });
    await expect(
      recordPhoto(db, kim, TABLET, { site: SITE, item: "label@CH01", base: [] }, detached),
    ).rejects.toThrow();
    expect(await unsent(db, kim.key)).toEqual({ operations: 0, photos: 0, stuck: 0 });
    expect(await lastSequence(db, kim.key)).toBe(0);
  });

  it("clears the draft of an item in the transaction that saves its answer", async () => {
    const db = await freshDatabase();
    const kim = await somebody(db);
    const draft = { key: kim.key, site: SITE, item: "continuity@F03", text: "0,4" };
    await db.put("drafts", draft);
    await record(db, kim, TABLET, answer("0.42"));
    expect(await db.get("drafts", [kim.key, SITE, "continuity@F03"])).toBeUndefined();
    expect(DATABASE).toBe("fieldapp");
  });
});
