import { describe, expect, it } from "vitest";
import { hasPin, pinProblem, setPin, tryPin, waitOf } from "../src/core/pin";
import { freshDatabase } from "./support";

const KIM = "kim@example.org";
const PIN = "274951";
const QUICK = 100; // rounds, where the time they take is not what is looked at

async function withPin(rounds?: number) {
  const db = await freshDatabase();
  await setPin(db, KIM, PIN, rounds);
  return db;
}

describe("choosing a PIN", () => {
  it.each(["274951", "00429917", "908172635544"])("takes %s", (pin) => expect(pinProblem(pin)).toBe(""));
  it.each([
    "",
    "12345",
    "1234567890123",
    "27495a",
    "111111",
    "121212",
    "123123",
    "123456",
    "654321",
    "890123",
  ])("refuses %s with a reason", (pin) => expect(pinProblem(pin)).not.toBe(""));

  it("keeps nothing from which the PIN could be read", async () => {
    const db = await withPin();
    const kept = (await db.get("meta", `pin:${KIM}`)) as Record<string, unknown>;
    expect(Object.keys(kept).sort()).toEqual(["hash", "rounds", "salt", "until", "wrong"]);
    expect(kept["rounds"]).toBeGreaterThanOrEqual(600_000);
    const text = (bytes: unknown) => String.fromCharCode(...(bytes as Uint8Array));
    expect(text(kept["hash"]) + text(kept["salt"])).not.toContain(PIN);
    await setPin(db, "lee@example.org", PIN);
    const other = (await db.get("meta", "pin:lee@example.org")) as Record<string, unknown>;
    expect(text(other["hash"])).not.toBe(text(kept["hash"]));
  });
});

describe("trying a PIN", () => {
  it("opens to the right one of this person only", async () => {
    const db = await withPin();
    await setPin(db, "lee@example.org", "508213");
    expect(await tryPin(db, KIM, PIN)).toEqual({ fits: true, wait: 0 });
    expect((await tryPin(db, KIM, "508213")).fits).toBe(false);
    expect(await hasPin(db, "mia@example.org")).toBe(false);
  });

  it("slows down after five wrong ones, more each time, and forgets that when the right one comes", async () => {
    const db = await withPin(QUICK);
    let now = 1_000_000;
    const waits = [];
    for (let attempt = 0; attempt < 11; attempt += 1) {
      const { fits, wait } = await tryPin(db, KIM, "999999", now);
      expect(fits).toBe(false);
      waits.push(wait);
      now += wait * 1000;
    }
    expect(waits).toEqual([0, 0, 0, 0, 30, 60, 120, 300, 600, 600, 600]);
    expect((await tryPin(db, KIM, PIN, now)).fits).toBe(true);
    expect((await tryPin(db, KIM, "999999", now)).wait).toBe(0);
  });

  it("looks at nothing while the wait lasts, not even at the right one", async () => {
    const db = await withPin(QUICK);
    for (let attempt = 0; attempt < 5; attempt += 1) await tryPin(db, KIM, "999999", 0);
    expect(await tryPin(db, KIM, PIN, 29_000)).toEqual({ fits: false, wait: 1 });
    expect(await waitOf(db, KIM, 10_000)).toBe(20);
    expect((await tryPin(db, KIM, PIN, 30_000)).fits).toBe(true);
  });

  it("never waits longer than the wait when the clock is set back", async () => {
    const db = await withPin(QUICK);
    for (let attempt = 0; attempt < 5; attempt += 1) await tryPin(db, KIM, "999999", 9_000_000_000);
    expect(await waitOf(db, KIM, 0)).toBe(30);
  });

  it("counts an attempt before it is looked at", async () => {
    const db = await withPin(QUICK);
    await Promise.all(Array.from({ length: 8 }, () => tryPin(db, KIM, "999999", 0)));
    expect((await tryPin(db, KIM, PIN, 0)).fits).toBe(false);
  });
});
