// A new revision of the site reaches the tablet: nothing unsent is lost, and old work does not pass for new.

import { describe, expect, it } from "vitest";
import { choicesAt, propertiesAt, proposalsAt, tagsAt } from "../src/core/deviation";
import type { Bundle } from "../src/core/model";
import { download, refresh } from "../src/core/pull";
import { pushOperations } from "../src/core/push";
import { enterAt, readWork } from "../src/core/work";
import { bundle, freshDatabase, HASH, item, SITE, SmallServer, somebody, TABLET } from "./support";

const LOOP = item("loop-impedance@F03", { kind: "range", maximum: "0.95", unit: "Ω" });
const TIGHTER = { ...LOOP, criterion: { ...LOOP.criterion, maximum: "0.76" } };
const REASON = "The limit changed from ≤ 0.95 Ω to ≤ 0.76 Ω.";
const answer = (decimal: string) => ({
  value: { type: "measured" as const, raw: decimal, decimal, unit: "Ω", bound: "" as const },
});

function revised(): Bundle {
  const first = bundle([TIGHTER]);
  return {
    ...first,
    site: { ...first.site, revision: 2 },
    since: { [LOOP.key]: { number: 5, revision: 2, reason: REASON } },
    journal: { number: 5, hash: HASH(5) },
  };
}

describe("a new revision", () => {
  it("makes unsent work of the earlier revision stale, keeps it, and judges what is done after it", async () => {
    const [db, server] = [await freshDatabase(), new SmallServer()];
    const person = await somebody(db);
    server.bundleOf = bundle([LOOP]);
    await download(db, server.api(), person.key, SITE);
    const before = (await readWork(db, person, SITE))!;
    const late = await enterAt(db, person, TABLET, before, { item: LOOP.key, kind: "answer", body: answer("0.5") });
    expect(late.op.revision).toBeUndefined();
    expect((await readWork(db, person, SITE))!.states.get(LOOP.key)!.status).toBe("passed");

    // The engineer revises the site meanwhile: the journal holds an entry that can't be laid over the bundle.
    const entry = { schema: 1, number: 2, type: "site_revised", previous: HASH(1), hash: HASH(5), body: {} };
    server.journal = { entries: [entry], number: 5, hash: HASH(5) };
    server.bundleOf = revised();
    await refresh(db, server.api(), (await db.get("sites", [person.key, SITE]))!, person);

    const after = (await readWork(db, person, SITE))!;
    const state = after.states.get(LOOP.key)!;
    expect([state.status, state.judgement.reason, state.value?.raw]).toEqual(["stale", REASON, "0.5"]);
    expect(after.own.get(late.id)?.status).toBe("unsent");

    const anew = await enterAt(db, person, TABLET, after, { item: LOOP.key, kind: "answer", body: answer("0.5") });
    expect([anew.op.revision, anew.op.base]).toEqual([2, [late.id]]);
    expect((await readWork(db, person, SITE))!.states.get(LOOP.key)!.status).toBe("passed");
    await pushOperations(db, server.api(), person, TABLET);
    expect([...server.operations.keys()]).toEqual([late.id, anew.id]);
  });

  it("records a deviation beside the answer, unsent and signed like any entry", async () => {
    const [db, server] = [await freshDatabase(), new SmallServer()];
    const person = await somebody(db);
    server.bundleOf = bundle([LOOP]);
    await download(db, server.api(), person.key, SITE);
    const seen = (await readWork(db, person, SITE))!;
    const body = { tag: "F03", property: "cable", value: "cu-xlpe-5g16", reason: "stock" } as object;
    const made = await enterAt(db, person, TABLET, seen, { item: LOOP.key, kind: "deviation", body });
    const work = (await readWork(db, person, SITE))!;
    expect(work.states.get(LOOP.key)!.status).toBe("open");
    expect(work.states.get(LOOP.key)!.heads).toEqual([]);
    expect(work.history.get(LOOP.key)!.map(({ op }) => op.id)).toEqual([made.id]);
    const shown = proposalsAt(work.bundle, work.history.get(LOOP.key)!, LOOP.key);
    expect(shown.map((each) => [each.id, each.value, each.status])).toEqual([[made.id, "cu-xlpe-5g16", "open"]]);
    const decided = { ...shown[0]!, status: "refused" as const, comment: "Pull 5G10." };
    const told = { ...work.bundle, proposals: [decided] };
    expect(proposalsAt(told, work.history.get(LOOP.key)!, LOOP.key)).toEqual([decided]);
    expect(made.signature).toMatch(/^[\w-]{86}$/);
  });
});

describe("the form for a deviation", () => {
  const property = (name: string, classes: string[] = []) => ({
    property: name,
    title: name,
    unit: "",
    choices: name === "rcd" ? [{ value: "none", title: "taken out" }] : [],
    classes,
  });
  const tag = (name: string, near: string[], values: Record<string, string>, equipment_class = "") => ({
    tag: name,
    title: name,
    near,
    equipment_class,
    values,
  });
  const offered: Bundle = {
    ...bundle([LOOP]),
    deviations: {
      properties: [property("cable", ["cable"]), property("rcd", ["rcd"]), property("equipment"), property("other")],
      tags: [
        tag("F01", ["MSB", "CH01"], { cable: "5G10", rcd: "none", other: "" }),
        tag("F03", ["MSB", "CH03"], { cable: "5G10", rcd: "none", other: "" }),
        tag("CH03", ["F03"], { equipment: "wallbox", other: "" }, "station"),
      ],
      equipment: {
        cable: [{ value: "5g16", title: "5G16" }],
        rcd: [{ value: "rcd-b", title: "Type B" }],
        station: [{ value: "post", title: "Post" }],
      },
    },
  };
  const [, circuit, station] = offered.deviations!.tags;

  it("offers the item's own tag first, then what stands next to it, then the rest", () => {
    expect(tagsAt(offered, LOOP).map((each) => each.tag)).toEqual(["F03", "CH03", "F01"]);
    const outlet = item("state-a-no-voltage@CH03.1", { kind: "equals", values: ["yes"] });
    expect(tagsAt(offered, outlet).map((each) => each.tag)).toEqual(["CH03", "F03", "F01"]);
    expect(tagsAt(bundle([LOOP]), LOOP)).toEqual([]);
  });

  it("offers what can differ there, and equipment of the right class", () => {
    expect(propertiesAt(offered, circuit!).map((each) => each.property)).toEqual(["cable", "rcd", "other"]);
    const named = (at: typeof circuit, name: string) =>
      choicesAt(offered, at!, offered.deviations!.properties.find((each) => each.property === name)!);
    expect(named(circuit, "rcd").map((each) => each.value)).toEqual(["none", "rcd-b"]);
    expect(named(station, "equipment").map((each) => each.value)).toEqual(["post"]);
    expect(named(station, "other")).toEqual([]);
  });
});
