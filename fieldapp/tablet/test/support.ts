// A database in memory, a person with a real key, and a small server that keeps the contract of /api/v1.

import "fake-indexeddb/auto";
import { Api } from "../src/core/api";
import { sha256 } from "../src/core/canonical";
import { openDatabase, type Database, type StoredPerson } from "../src/core/database";
import { newKey } from "../src/core/keys";
import type { Bundle, Checklist, Criterion, Item, Operation, ResultStatus } from "../src/core/model";
import { uuid4 } from "../src/core/uuid";

let databases = 0;

export async function freshDatabase(): Promise<Database> {
  databases += 1;
  return openDatabase(`test-${databases}`);
}

export async function somebody(db: Database, name = "Kim"): Promise<StoredPerson> {
  const key = await newKey();
  const email = `${name.toLowerCase()}@example.org`;
  const identity = {
    email,
    id: `person-${name}`,
    name,
    organisation: "Voltworks",
    key: key.id,
    jwk: key.jwk,
  };
  const person = { ...identity, privateKey: key.privateKey, token: "token", expires_at: null };
  await db.put("people", person);
  return person;
}

export function item(key: string, criterion: Criterion, more: Partial<Item> = {}): Item {
  const [step = "", tag = ""] = key.split("@");
  const words = { title: step, instruction: "Do it.", limit_text: "", limit_source: "", clause: "" };
  const rest = { safety: false, photos: 0, instrument: null, requires: [] };
  return { key, step, tag, section: "dead_tests", criterion, ...words, ...rest, ...more };
}

export function checklist(items: Item[]): Checklist {
  const about = { id: "dead-tests-r1", template: "dead-tests", template_digest: "0".repeat(64), revision: 1 };
  return { ...about, section: "dead_tests", title: "Dead tests", items };
}

export const SITE = "site-1";
export const TABLET = uuid4();
export const HASH = (number: number): string => String(number).padStart(64, "0");

export function bundle(items: Item[]): Bundle {
  return {
    schema: 1,
    protocol: 1,
    site: { id: SITE, name: "Depot North", address: "Harbour 1", timezone: "Europe/Berlin", state: "open" },
    design: { id: "destination-ac", revision: 1, title: "Destination AC" },
    one_line_svg: "<svg/>",
    checklists: [checklist(items)],
    operations: [],
    marks: [],
    probe_outcomes: [],
    present_objects: [],
    states: {},
    instruments: [],
    people: [{ id: "person-Kim", name: "Kim" }],
    journal: { number: 1, hash: HASH(1) },
    server_time: "2026-11-22T09:00:00Z",
  };
}

const json = (body: unknown, status = 200): Response =>
  new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });

/** Keeps operations once, photos by offset, and can be told to misbehave. */
export class SmallServer {
  operations = new Map<string, Operation>();
  refused: { sha256: string; reason: string }[] = [];
  calls: string[] = [];
  parts = new Map<string, Uint8Array>();
  whole = new Set<string>();
  answers = new Map<string, { status: ResultStatus; reason: string }>();
  held: string[] = [];
  gaps: [number, number][] = [];
  journal: { entries: unknown[]; number: number; hash: string } = { entries: [], number: 1, hash: HASH(1) };
  bundleOf: Bundle = bundle([]);
  /** Called before each request is handled, and after it: throwing or answering there replaces the answer. */
  before: (call: string, body: unknown) => Response | undefined = () => undefined;
  after: (call: string) => Response | undefined = () => undefined;

  api(): Api {
    return new Api("/api/v1", "token", async (input, init) => this.handle(input, init));
  }

  private async handle(path: string, init: RequestInit): Promise<Response> {
    const call = `${init.method ?? "GET"} ${path.replace("/api/v1", "").split("?")[0]!}`;
    this.calls.push(call);
    const body: unknown = typeof init.body === "string" ? JSON.parse(init.body) : init.body;
    const instead = this.before(call, body);
    if (instead !== undefined) return instead;
    const answer = await this.route(call, body, new Headers(init.headers));
    return this.after(call) ?? answer;
  }

  private async route(call: string, body: unknown, headers: Headers): Promise<Response> {
    if (call === "POST /sync") return this.sync(body as { operations: { op: Operation }[] });
    if (call.startsWith("HEAD /objects/")) return this.head(call.slice(14));
    if (call.startsWith("PATCH /objects/")) return this.patch(call.slice(15), body as ArrayBuffer, headers);
    if (call === "GET /sites")
      return json({
        sites: [{ id: SITE, name: "Depot North", address: "", state: "open", done: 0, total: 1 }],
      });
    if (call.endsWith("/bundle")) return json(this.bundleOf);
    if (call.endsWith("/journal")) return json(this.journal);
    if (call === "GET /receipts") return json(this.receipts());
    return json({ title: "Not found" }, 404);
  }

  private receipts(): unknown {
    const missing = [...this.operations.values()]
      .flatMap((op) => (op.body.sha256 === undefined ? [] : [op.body.sha256]))
      .filter((digest) => !this.whole.has(digest));
    const contiguous = Math.max(0, ...[...this.operations.values()].map((op) => op.seq));
    return {
      tablet: TABLET,
      person: "",
      contiguous,
      held: this.held,
      missing_objects: missing,
      refused_objects: this.refused,
      gaps: this.gaps,
      journal_heads: [],
      server_time: "",
    };
  }

  private sync(body: { operations: { op: Operation }[] }): Response {
    const results = body.operations.map(({ op }) => {
      const told = this.answers.get(op.id) ?? this.answers.get(op.item);
      const known = this.operations.has(op.id);
      this.operations.set(op.id, op);
      const status = told?.status ?? (known ? "duplicate" : "applied");
      return { id: op.id, status, reason: told?.reason ?? "", number: 2 + this.operations.size };
    });
    return json({ server_time: "", results });
  }

  private head(digest: string): Response {
    const part = this.parts.get(digest);
    if (part === undefined) return new Response(null, { status: 404 });
    const complete = this.whole.has(digest) ? "1" : "0";
    return new Response(null, {
      headers: { "Upload-Offset": String(part.byteLength), "Upload-Complete": complete },
    });
  }

  private async patch(digest: string, chunk: ArrayBuffer, headers: Headers): Promise<Response> {
    const part = this.parts.get(digest) ?? new Uint8Array();
    const offset = (value: number): HeadersInit => ({ "Upload-Offset": String(value) });
    if (Number(headers.get("Upload-Offset")) !== part.byteLength)
      return new Response(null, { status: 409, headers: offset(part.byteLength) });
    const grown = new Uint8Array([...part, ...new Uint8Array(chunk)]);
    this.parts.set(digest, grown);
    if (grown.byteLength === Number(headers.get("Upload-Length"))) {
      if ((await sha256(grown)) !== digest) {
        this.parts.delete(digest);
        return json({ detail: "Bytes differ from their SHA-256" }, 422);
      }
      this.whole.add(digest);
    }
    return new Response(null, { status: 204, headers: offset(grown.byteLength) });
  }
}
