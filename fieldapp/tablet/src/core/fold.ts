// Operations -> item states. The twin of checklists/merge.py, held to it by tests/vectors/fold.json.
// Pure, and a function of the *set* of operations: order of arrival does not matter. A revision of the site can take
// the ground from what was recorded (`Since`): it stays readable, and the item is stale until something newer is there.

import { corrected } from "./clock";
import type { Tool } from "./instrument";
import { judge, judgeItem } from "./judge";
import type {
  Cell,
  Item,
  ItemState,
  ItemStatus,
  Judgement,
  Operation,
  ProbeOutcome,
  ReviewMark,
  Since,
  Value,
} from "./model";

/** An operation with its author. Unsent ones have the number `UNSENT`: they are later than any mark. */
export interface Recorded {
  op: Operation;
  author: string;
  number: number;
  clock_offset_s?: number | null; // tablet minus server when it was sent; null: the server could not tell
}

export const UNSENT = Number.MAX_SAFE_INTEGER;

/** Kinds that replace one another. Photos and notes stand beside them and never conflict. */
const REGISTER_KINDS: ReadonlySet<string> = new Set(["answer", "not_applicable", "retract", "signature"]);

interface Pile {
  registers: Recorded[];
  photos: Recorded[];
  notes: Recorded[];
  heads: Recorded[];
  since: Since | null;
  reopened: Reopened | null;
}

/** A later test that failed: its operation id, and the sentence for what it opens again. */
interface Reopened {
  operation: string;
  reason: string;
}

export interface Beside {
  marks?: Iterable<ReviewMark>;
  outcomes?: Iterable<ProbeOutcome>;
  present?: ReadonlySet<string>;
  since?: Readonly<Record<string, Since>>;
  instruments?: readonly Tool[];
  timezone?: string; // of the site: in it a day is a day
}

/** What judging an operation needs beside its item. */
interface Bench {
  instruments: ReadonlyMap<string, Tool>;
  dayOf: (moment: number) => string;
}

const emptyPile = (): Pile => ({ registers: [], photos: [], notes: [], heads: [], since: null, reopened: null });

const byId = (left: Recorded, right: Recorded): number =>
  left.op.id < right.op.id ? -1 : left.op.id > right.op.id ? 1 : 0;

function listOf(pile: Pile, operation: Operation): Recorded[] | null {
  if (operation.kind === "photo") return pile.photos;
  if (operation.kind === "note") return pile.notes;
  return REGISTER_KINDS.has(operation.kind) ? pile.registers : null;
}

/** True for what was recorded on the ground of the present revision. */
function counts({ since }: Pile, number: number, revision: number | null = null): boolean {
  if (since === null) return true;
  return number > since.number && (revision === null || revision >= since.revision);
}

const isFresh = (pile: Pile, { op, number }: Recorded): boolean => counts(pile, number, op.revision ?? 1);

/** The one head, when it counts. */
function decidingHead(pile: Pile): Recorded | null {
  const head = pile.heads.length === 1 ? pile.heads[0]! : null;
  return head !== null && isFresh(pile, head) ? head : null;
}

const decidingOf = (pile: Pile): Operation | null => decidingHead(pile)?.op ?? null;

/** How many different photos count. */
const photoCount = (pile: Pile): number =>
  new Set(pile.photos.filter((each) => isFresh(pile, each)).map(({ op }) => op.body.sha256 ?? "")).size;

/** The operations of one item that no other of them replaces. */
export function headsOf<T extends Pick<Recorded, "op">>(recorded: readonly T[]): T[] {
  const registers = recorded.filter(({ op }) => REGISTER_KINDS.has(op.kind));
  const superseded = new Set(registers.flatMap(({ op }) => op.base));
  return registers.filter(({ op }) => !superseded.has(op.id));
}

/** Sort operations to their items; the same id twice counts once. */
function pilesOf(recorded: Iterable<Recorded>): Map<string, Pile> {
  const unique = new Map<string, Recorded>();
  for (const each of recorded) unique.set(each.op.id, each);
  const piles = new Map<string, Pile>();
  for (const each of [...unique.values()].sort(byId)) {
    const pile = piles.get(each.op.item) ?? emptyPile();
    piles.set(each.op.item, pile);
    listOf(pile, each.op)?.push(each);
  }
  for (const pile of piles.values()) pile.heads = headsOf(pile.registers);
  return piles;
}

function latestFirst(marks: Iterable<ReviewMark>): Map<string, ReviewMark[]> {
  const byItem = new Map<string, ReviewMark[]>();
  for (const mark of [...marks].sort((left, right) => right.number - left.number))
    byItem.set(mark.item, [...(byItem.get(mark.item) ?? []), mark]);
  return byItem;
}

const outcomeKey = (tag: string, aspect: string): string => `${tag}\n${aspect}`;

function latestOutcomes(outcomes: Iterable<ProbeOutcome>): Map<string, ProbeOutcome> {
  const sorted = [...outcomes].sort((left, right) => left.number - right.number);
  return new Map(sorted.map((each) => [outcomeKey(each.tag, each.aspect), each]));
}

/** What the probe says of this item: of its own tag, else of the whole site. */
function outcomeOf(item: Item, latest: ReadonlyMap<string, ProbeOutcome>): ProbeOutcome | null {
  if (item.criterion.kind !== "probe") return null;
  const aspect = item.criterion.aspect ?? "";
  return latest.get(outcomeKey(item.tag, aspect)) ?? latest.get(outcomeKey("", aspect)) ?? null;
}

const same = (left: readonly string[], right: readonly string[]): boolean =>
  left.length === right.length && left.every((each, index) => each === right[index]);

/** The latest mark that names the present heads and that no newer photo or run has overtaken. */
function markInForce(
  item: Item,
  pile: Pile,
  marks: readonly ReviewMark[],
  outcome: ProbeOutcome | null,
): ReviewMark | null {
  const heads = pile.heads.map(({ op }) => op.id);
  let newest = outcome?.number ?? 0;
  if (item.criterion.kind === "photo") newest = Math.max(0, ...pile.photos.map((photo) => photo.number));
  const named = marks.filter((mark) => same([...mark.heads].sort(), heads) && mark.number > newest);
  return named.find((mark) => counts(pile, mark.number)) ?? null;
}

/** How many photos an item asks for, besides its answer or as its answer. */
export function photosRequired(item: Item): number {
  return item.photos + (item.criterion.kind === "photo" ? (item.criterion.count ?? 1) : 0);
}

function judgeWithoutValue(item: Item, photos: number, outcome: ProbeOutcome | null): Judgement | null {
  if (item.criterion.kind === "probe") {
    if (outcome === null) return { verdict: "none", reason: "No probe run has judged this yet." };
    return { verdict: outcome.verdict, reason: outcome.reason };
  }
  if (item.criterion.kind !== "photo") return null;
  const required = photosRequired(item);
  return { verdict: photos >= required ? "pass" : "none", reason: `${photos} of ${required} photos taken.` };
}

function judgeSignature(item: Item, name: string): Judgement {
  if (item.criterion.kind === "signature") return { verdict: "pass", reason: `Signed by ${name}.` };
  return { verdict: "none", reason: "A signature does not answer this." };
}

/** True when all that answered this item is from before its ground changed or a test failed. */
function isStale(item: Item, pile: Pile, outcome: ProbeOutcome | null): boolean {
  if (openedAgain(pile)) return true;
  const answers = pile.heads.map((head) => isFresh(pile, head));
  if (item.criterion.kind === "photo") answers.push(...pile.photos.map((photo) => isFresh(pile, photo)));
  if (outcome !== null) answers.push(counts(pile, outcome.number));
  return answers.length > 0 && !answers.includes(true);
}

/** Days in a time zone; the one formatter is made once, making it is slow. */
export function dayIn(timezone: string): (moment: number) => string {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone: timezone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  });
  return (moment) => format.format(new Date(moment));
}

/** The verdict on an answer, on the day that the tablet's corrected clock says. */
function judged(item: Item, { op: operation, clock_offset_s }: Recorded, bench: Bench): Judgement {
  const value = valueOf(operation);
  const day = bench.dayOf(corrected(operation.recorded_at, clock_offset_s));
  // Generated before instruments were asked for: judged as it was then, so that no approval lapses.
  if (!item.number) return judge(value, item.criterion, day);
  const instrument = bench.instruments.get(operation.body.instrument ?? "") ?? null;
  return judgeItem(value, item, { day, instrument });
}

/** The id of the last failed answer that was a reading at all; "" when there is none. */
function lastFailure(item: Item, pile: Pile, bench: Bench): string {
  const mistyped = new Set(
    pile.registers.filter(({ op }) => op.body.because === "mistyped").flatMap(({ op }) => op.base),
  );
  const failed = pile.registers.findLast(
    (each) =>
      each.op.kind === "answer" && !mistyped.has(each.op.id) && judged(item, each, bench).verdict === "fail",
  );
  return failed?.op.id ?? "";
}

/** Which items the failures among these items open again (IEC 60364-6, 6.4.3.1). */
function reopenedBy(
  items: readonly Item[],
  piles: ReadonlyMap<string, Pile>,
  bench: Bench,
): Map<string, Reopened> {
  const found = new Map<string, Reopened>();
  for (const item of items) {
    const pile = piles.get(item.key);
    const operation = pile === undefined || !item.repeats?.length ? "" : lastFailure(item, pile, bench);
    if (operation === "") continue;
    const what = `“${item.title}” at ${item.tag} failed after this was recorded`;
    const reason = `${what}; do it again (IEC 60364-6, 6.4.3.1).`;
    for (const key of item.repeats ?? [])
      if ((found.get(key)?.operation ?? "") < operation) found.set(key, { operation, reason });
  }
  return found;
}

/** True when the answer that decides was given before a test failed that it may have influenced. */
function openedAgain(pile: Pile): boolean {
  const head = decidingOf(pile);
  if (pile.reopened === null || head === null) return false;
  return (head.kind === "answer" || head.kind === "signature") && head.id < pile.reopened.operation;
}

/** Judge the one head, or what answers items without heads. */
function judgementOf(item: Item, pile: Pile, outcome: ProbeOutcome | null, bench: Bench): Judgement {
  if (pile.heads.length > 1)
    return { verdict: "none", reason: "Two entries stand side by side: pick one by recording it again." };
  if (pile.since !== null && isStale(item, pile, outcome))
    return { verdict: "none", reason: pile.since.reason };
  if (pile.reopened !== null && openedAgain(pile)) return { verdict: "none", reason: pile.reopened.reason };
  const deciding = decidingHead(pile);
  const operation = deciding?.op ?? null;
  if (operation?.kind === "retract") return { verdict: "none", reason: "The entry was withdrawn." };
  if (operation?.kind === "not_applicable") return { verdict: "none", reason: "It does not apply here." };
  const counting = outcome !== null && counts(pile, outcome.number) ? outcome : null;
  const standing = judgeWithoutValue(item, photoCount(pile), counting);
  if (standing !== null) return standing;
  if (deciding === null || operation === null) return judge(null, item.criterion);
  if (operation.kind === "signature") return judgeSignature(item, operation.body.name ?? "");
  return judged(item, deciding, bench);
}

const STATUS_OF_VERDICT = {
  pass: "passed",
  fail: "failed",
  inconclusive: "inconclusive",
  none: "open",
} as const;

/** Precedence: conflict, returned, stale, incomplete, then not applicable, conceded or the verdict. */
function statusOf(
  item: Item,
  pile: Pile,
  mark: ReviewMark | null,
  judgement: Judgement,
  missing: boolean,
  stale: boolean,
): ItemStatus {
  if (pile.heads.length > 1) return "conflict";
  if (mark?.kind === "returned") return "returned";
  if (stale) return "stale";
  const photos = photoCount(pile);
  const notApplicable = decidingOf(pile)?.kind === "not_applicable";
  const begun = judgement.verdict !== "none" || (item.criterion.kind === "photo" && photos > 0);
  if (missing || (begun && !notApplicable && photos < photosRequired(item))) return "incomplete";
  if (notApplicable) return "not_applicable";
  const doubtful = judgement.verdict === "fail" || judgement.verdict === "inconclusive";
  if (mark?.kind === "conceded" && doubtful && !item.safety) return "conceded";
  return STATUS_OF_VERDICT[judgement.verdict];
}

const filled = ({ column, raw, decimal = null, unit = "", bound = "" }: Cell): Cell => ({
  column,
  raw,
  decimal,
  unit,
  bound,
});

function valueOf(operation: Operation | null): Value | null {
  const value = operation?.body.value;
  if (value === undefined) return null;
  const { type, raw, cells, expires } = value;
  return {
    type,
    raw,
    decimal: value.decimal ?? null,
    unit: value.unit ?? "",
    bound: value.bound ?? "",
    ...(cells?.length ? { cells: cells.map(filled) } : {}),
    ...(expires ? { expires } : {}),
  };
}

const MARKED_STATUS = {
  returned: "returned",
  conceded: "conceded",
  not_applicable_accepted: "not_applicable",
} as const;

function stateOf(
  item: Item,
  pile: Pile,
  marks: readonly ReviewMark[],
  latest: ReadonlyMap<string, ProbeOutcome>,
  present: ReadonlySet<string>,
  bench: Bench,
): ItemState {
  const outcome = outcomeOf(item, latest);
  const mark = markInForce(item, pile, marks, outcome);
  const photos = [...new Set(pile.photos.map(({ op }) => op.body.sha256 ?? ""))];
  const missing = photos.filter((photo) => !present.has(photo));
  const judgement = judgementOf(item, pile, outcome, bench);
  const status = statusOf(item, pile, mark, judgement, missing.length > 0, isStale(item, pile, outcome));
  const head = pile.heads.length === 1 ? pile.heads[0]! : null;
  const accepted = mark?.kind === "not_applicable_accepted" && status === "not_applicable";
  return {
    item: item.key,
    status,
    heads: pile.heads.map(({ op }) => op.id),
    value: valueOf(head?.op ?? null),
    judgement,
    author: head?.author ?? null,
    instrument: head?.op.body.instrument ?? null,
    recorded_at: head?.op.recorded_at ?? null,
    photos,
    missing_photos: missing,
    notes: pile.notes.map(({ op }) => op.body.text ?? ""),
    attempts: pile.registers.filter(({ op }) => op.kind === "answer").length,
    comment: mark !== null && MARKED_STATUS[mark.kind] === status ? mark.comment : "",
    reason: head?.op.body.reason ?? "",
    accepted,
  };
}

/** The state of every item; `present` are the SHA-256 of the photos whose bytes are here. */
export function fold(
  items: Iterable<Item>,
  recorded: Iterable<Recorded>,
  { marks = [], outcomes = [], present = new Set(), since = {}, instruments = [], timezone = "UTC" }: Beside = {},
): Map<string, ItemState> {
  const wanted = [...items];
  const bench = { instruments: new Map(instruments.map((tool) => [tool.id, tool])), dayOf: dayIn(timezone) };
  const piles = pilesOf(recorded);
  for (const [key, ground] of Object.entries(since)) {
    const pile = piles.get(key) ?? emptyPile();
    piles.set(key, pile);
    pile.since = ground;
  }
  const again = reopenedBy(wanted, piles, bench);
  const marksOf = latestFirst(marks);
  const latest = latestOutcomes(outcomes);
  const states = new Map<string, ItemState>();
  for (const item of wanted) {
    const pile = { ...(piles.get(item.key) ?? emptyPile()), reopened: again.get(item.key) ?? null };
    states.set(item.key, stateOf(item, pile, marksOf.get(item.key) ?? [], latest, present, bench));
  }
  return states;
}
