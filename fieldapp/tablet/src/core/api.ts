// The only door to the network. Every answer is either a value or one of the errors below.

import type { PublicJwk } from "./keys";
import type { Bundle, JournalEntry, Operation, Pushed, Receipts, SiteSummary } from "./model";

export const PROTOCOL = 2;
const TIMEOUT = 30_000;

/** The server could not be reached, or did not answer in time: everything is kept and tried again. */
export class Unreachable extends Error {
  constructor(
    readonly code: "not_reached" | "cut_off",
    options?: ErrorOptions,
  ) {
    super(code, options);
  }
}

/** The session is over: everything is kept, the person signs in again. */
export class SignInNeeded extends Error {}

/** The server answered, and the answer is no; the message is its own sentence, kept beside what it refused. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly errors: readonly unknown[] = [],
  ) {
    super(detail);
  }
}

export interface SignedOperation {
  op: Operation;
  signature: string;
}

export interface SignIn {
  token: string;
  expires_at: string;
  person: { id: string; name: string; organisation: string | { name: string } | null; email?: string };
  key: string;
  protocol: number;
  server_time: string;
}

/** Whom a pairing code is for. */
export interface Offered {
  person: { id: string; name: string; organisation: string };
  expires_at: string;
}

export interface Upload {
  offset: number;
  complete: boolean;
}

type Fetch = (input: string, init: RequestInit) => Promise<Response>;

interface Problem {
  title?: string;
  detail?: string;
  code?: string;
  errors?: unknown;
}

async function refusal(response: Response): Promise<Error> {
  const problem = (await response.json().catch(() => ({}))) as Problem;
  const detail = problem.detail ?? problem.title ?? `The server answered ${response.status}.`;
  if (response.status === 401) return new SignInNeeded(detail);
  const errors = Array.isArray(problem.errors) ? problem.errors : [];
  return new Refused(response.status, problem.code ?? "", detail, errors);
}

/** Talks to one server with one person's token. */
export class Api {
  constructor(
    private readonly base: string,
    private readonly token: string | null,
    private readonly fetcher: Fetch = (input, init) => fetch(input, init),
  ) {}

  private async send(path: string, init: RequestInit, accept: readonly number[] = []): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.token !== null) headers.set("Authorization", `Bearer ${this.token}`);
    let response: Response;
    try {
      const signal = AbortSignal.timeout(TIMEOUT);
      response = await this.fetcher(this.base + path, {
        ...init,
        headers,
        signal,
        credentials: "omit",
        cache: "no-store",
      });
    } catch (error) {
      throw new Unreachable("not_reached", { cause: error });
    }
    if (response.ok || accept.includes(response.status)) return response;
    throw await refusal(response);
  }

  private async json<T>(path: string, body?: unknown): Promise<T> {
    const headers = { Accept: "application/json", "Content-Type": "application/json" };
    const init = body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) };
    const response = await this.send(path, init);
    try {
      return (await response.json()) as T;
    } catch (error) {
      throw new Unreachable("cut_off", { cause: error });
    }
  }

  /** Exchange a password for a token, and make this tablet's key for the person known. */
  signIn(
    email: string,
    password: string,
    tablet: { id: string; name: string },
    key: PublicJwk,
  ): Promise<SignIn> {
    return this.json("/tablets/sign-in", { email, password, tablet, key });
  }

  /** Whom a pairing code is for; the code stays good. */
  lookAtCode(code: string): Promise<Offered> {
    return this.json("/tablets/pairing", { code });
  }

  /** Use a pairing code up: the tablet is known, and its person signed in. */
  pair(code: string, tablet: { id: string; name: string }, key: PublicJwk): Promise<SignIn> {
    return this.json("/tablets/pair", { code, tablet, key, protocol: PROTOCOL });
  }

  /** The sites that the person may work on. */
  async sites(): Promise<SiteSummary[]> {
    return (await this.json<{ sites: SiteSummary[] }>("/sites")).sites;
  }

  /** Everything about a site that is needed offline. */
  bundle(site: string): Promise<Bundle> {
    return this.json(`/sites/${encodeURIComponent(site)}/bundle?protocol=${PROTOCOL}`);
  }

  /** Send operations in order; one result each, and what the server has now. */
  push(tablet: string, sentAt: string, operations: readonly SignedOperation[]): Promise<Pushed> {
    return this.json("/sync", { protocol: PROTOCOL, tablet, sent_at: sentAt, operations });
  }

  /** What happened at a site after a number, without gaps. */
  journal(site: string, after: number): Promise<{ entries: JournalEntry[]; number: number; hash: string }> {
    return this.json(`/sites/${encodeURIComponent(site)}/journal?after=${after}`);
  }

  /** What the server has of this tablet and person. */
  receipts(tablet: string): Promise<Receipts> {
    return this.json(`/receipts?tablet=${encodeURIComponent(tablet)}&protocol=${PROTOCOL}`);
  }

  /** Hand a site over to the reviewer. */
  submit(site: string): Promise<{ state: string; number: number }> {
    return this.json(`/sites/${encodeURIComponent(site)}/submit`, {});
  }

  /** How much of an object has arrived. */
  async uploaded(sha256: string): Promise<Upload> {
    const response = await this.send(`/objects/${sha256}`, { method: "HEAD" }, [404]);
    if (response.status === 404) return { offset: 0, complete: false };
    return {
      offset: Number(response.headers.get("Upload-Offset") ?? "0"),
      complete: response.headers.get("Upload-Complete") === "1",
    };
  }

  /** Send one chunk; answers where the server stands now (409 tells the true offset). */
  async upload(sha256: string, offset: number, length: number, chunk: ArrayBuffer): Promise<number> {
    const headers = {
      "Content-Type": "application/offset+octet-stream",
      "Upload-Offset": String(offset),
      "Upload-Length": String(length),
    };
    const init = { method: "PATCH", headers, body: chunk };
    const response = await this.send(`/objects/${sha256}`, init, [409]);
    const answer = response.headers.get("Upload-Offset");
    if (answer === null)
      throw new Refused(response.status, "", "The server did not say how much of the photo arrived.");
    return Number(answer);
  }

  /** The bytes of a photo that somebody else took. */
  async object(sha256: string): Promise<Blob> {
    return (await this.send(`/objects/${sha256}`, {})).blob();
  }
}
