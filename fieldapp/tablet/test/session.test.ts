import { describe, expect, it } from "vitest";
import { Api, SignInNeeded } from "../src/core/api";
import type { Database, StoredPerson } from "../src/core/database";
import { thumbprint, type PublicJwk } from "../src/core/keys";
import { record, unsentOf } from "../src/core/queue";
import { activePerson, everybody, pair, signIn, signOut, switchTo, thisTablet } from "../src/core/session";
import { synchronise } from "../src/core/sync";
import { freshDatabase, SITE, SmallServer } from "./support";

const WHOM = { id: "p2", name: "Lee", organisation: "Voltworks" };
const PEOPLE = {
  kim: { id: "p1", name: "Kim", organisation: "Voltworks", email: "kim@example.org" },
  lee: { ...WHOM, email: "Lee@example.org" },
};

/** Signs Kim in by password and Lee by code; keys named in `revoked` are refused. */
function door(): { api: Api; keys: string[]; revoked: Set<string> } {
  const keys: string[] = [];
  const revoked = new Set<string>();
  const no = (status: number, code: string, detail: string) => Response.json({ code, detail }, { status });
  const api = new Api("/api/v1", null, async (path, init) => {
    const body = JSON.parse(init.body as string) as { password?: string; code?: string; key: PublicJwk };
    if (path.endsWith("/sign-in") && body.password !== "right")
      return no(401, "bad_credentials", "They do not belong together.");
    if (body.code === "used")
      return no(403, "pairing_refused", "This code is mistyped, was used or has expired.");
    const key = await thumbprint(body.key);
    if (revoked.has(key)) return no(409, "key_taken", "It was revoked.");
    keys.push(key);
    const person = path.endsWith("/pair") ? PEOPLE.lee : PEOPLE.kim;
    const rest = { expires_at: "2027-01-01T00:00:00Z", protocol: 1, server_time: "" };
    return Response.json({ token: `t${keys.length}`, person, key, ...rest });
  });
  return { api, keys, revoked };
}

async function enterOne(db: Database, person: StoredPerson): Promise<void> {
  const body = { value: { type: "choice" as const, raw: "yes" } };
  const entry = { site: SITE, item: "polarity@F01", kind: "answer" as const, body, base: [] };
  await record(db, person, (await thisTablet(db)).id, entry);
}

describe("signing in", () => {
  it("keeps one key per person and tablet across sessions", async () => {
    const db = await freshDatabase();
    const { api, keys } = door();
    const first = await signIn(db, api, " Kim@Example.org ", "right", "Tablet 7");
    await signOut(db, first);
    expect(await activePerson(db)).toBeNull();
    await signIn(db, api, "kim@example.org", "right", "Tablet 7");
    await signIn(db, api, "lee@example.org", "right", "Tablet 7");
    expect(keys[0]).toBe(keys[1]);
    expect(keys[2]).not.toBe(keys[0]);
    expect((await thisTablet(db)).name).toBe("Tablet 7");
  });

  it("stores nobody after a wrong password", async () => {
    const db = await freshDatabase();
    await expect(signIn(db, door().api, "kim@example.org", "wrong", "")).rejects.toThrow(SignInNeeded);
    expect(await db.count("people")).toBe(0);
  });

  it("signs out without touching key and queue, and comes back to both", async () => {
    const db = await freshDatabase();
    const { api } = door();
    const kim = await signIn(db, api, "kim@example.org", "right", "");
    await enterOne(db, kim);
    await signOut(db, kim);
    expect(await activePerson(db)).toBeNull();
    expect((await everybody(db))[0]).toMatchObject({ token: null, signed_out: true, key: kim.key });
    const again = await signIn(db, api, "kim@example.org", "right", "");
    expect([again.key, again.signed_out]).toEqual([kim.key, undefined]);
    expect(await unsentOf(db, again)).toEqual({ operations: 1, photos: 0, stuck: 0 });
  });

  it("takes a fresh key when the old one was revoked, and still sends what the old one signed", async () => {
    const db = await freshDatabase();
    const { api, keys, revoked } = door();
    const kim = await signIn(db, api, "kim@example.org", "right", "");
    await enterOne(db, kim);
    revoked.add(kim.key);
    const again = await signIn(db, api, "kim@example.org", "right", "");
    expect(again.key).not.toBe(kim.key);
    expect(again.former).toEqual([kim.key]);
    expect(keys).toHaveLength(2);
    await enterOne(db, again);
    expect((await unsentOf(db, again)).operations).toBe(2);
    const server = new SmallServer();
    await synchronise(db, server.api(), again, (await thisTablet(db)).id);
    expect([...server.operations.values()].map(({ key, seq }) => [key, seq])).toEqual([
      [again.key, 1],
      [kim.key, 1],
    ]);
    expect((await unsentOf(db, again)).operations).toBe(0);
  });
});

describe("several people on one tablet", () => {
  it("pairs somebody new beside who is there, each with a queue of their own", async () => {
    const db = await freshDatabase();
    const { api } = door();
    const kim = await signIn(db, api, "kim@example.org", "right", "Tablet 7");
    await enterOne(db, kim);
    const lee = await pair(db, api, "7KQM-4XVD-9RTH", WHOM, "Tablet 7");
    expect(lee).toMatchObject({ email: "lee@example.org", name: "Lee" });
    expect(lee.key).not.toBe(kim.key);
    expect((await activePerson(db))?.email).toBe(lee.email);
    const server = new SmallServer();
    await synchronise(db, server.api(), lee, (await thisTablet(db)).id);
    expect(server.operations.size).toBe(0);
    await switchTo(db, kim);
    expect((await activePerson(db))?.key).toBe(kim.key);
    expect((await unsentOf(db, kim)).operations).toBe(1);
    expect((await unsentOf(db, lee)).operations).toBe(0);
  });

  it("keeps the key of somebody who pairs again", async () => {
    const db = await freshDatabase();
    const { api } = door();
    const first = await pair(db, api, "7KQM-4XVD-9RTH", WHOM, "");
    const second = await pair(db, api, "7KQM-4XVD-9RTJ", WHOM, "");
    expect([second.key, await db.count("people")]).toEqual([first.key, 1]);
  });

  it("stores nobody when the code is refused", async () => {
    const db = await freshDatabase();
    await expect(pair(db, door().api, "used", WHOM, "")).rejects.toThrow("mistyped");
    expect(await db.count("people")).toBe(0);
  });
});
