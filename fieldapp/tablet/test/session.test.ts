import { describe, expect, it } from "vitest";
import { Api, SignInNeeded } from "../src/core/api";
import { thumbprint, type PublicJwk } from "../src/core/keys";
import { record } from "../src/core/queue";
import { activePerson, keepsSignedIn, signIn, signOut, thisTablet } from "../src/core/session";
import { freshDatabase, SITE } from "./support";

function door(): { api: Api; keys: string[] } {
  const keys: string[] = [];
  const api = new Api("/api/v1", null, async (_, init) => {
    const body = JSON.parse(init.body as string) as { password: string; key: PublicJwk };
    if (body.password !== "right")
      return Response.json({ detail: "They do not belong together." }, { status: 401 });
    const key = await thumbprint(body.key);
    keys.push(key);
    const person = { id: "p1", name: "Kim", organisation: "Voltworks" };
    return Response.json({
      token: `t${keys.length}`,
      expires_at: "2027-01-01T00:00:00Z",
      person,
      key,
      protocol: 1,
      server_time: "",
    });
  });
  return { api, keys };
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

  it("refuses to sign out while work is unsent, and says how much", async () => {
    const db = await freshDatabase();
    const kim = await signIn(db, door().api, "kim@example.org", "right", "");
    expect(await keepsSignedIn(db, kim)).toBe("");
    const value = { type: "choice" as const, raw: "yes" };
    const tablet = (await thisTablet(db)).id;
    await record(db, kim, tablet, {
      site: SITE,
      item: "polarity@F01",
      kind: "answer",
      body: { value },
      base: [],
    });
    expect(await keepsSignedIn(db, kim)).toContain("1 entries");
  });
});
