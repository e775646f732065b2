// Operations -> item states. The twin of checklists/merge.py, held to it by tests/vectors/fold.json.
// Pure, and a function of the *set* of operations: order of arrival does not matter. A revision of the site can take
// the ground from what was recorded (`Since`): it stays readable, and the item is stale until something newer is there.

import { judge } from "./judge";
import type {
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
}

export interface Beside {
  marks?: Iterable<ReviewMark>;
  outcomes?: Iterable<ProbeOutcome>;
  present?: ReadonlySet<string>;
  since?: Readonly<Record<string, Since>>;
}

const emptyPile = (): Pile => ({ registers: [], photos: [], notes: [], heads: [], since: null });

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
function decidingOf(pile: Pile): Operation | null {
  const head = pile.heads.length === 1 ? pile.heads[0]! : null;
  return head !== null && isFresh(pile, head) ? head.op : null;
}

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

/** True when everything that answered this item was recorded before its ground changed. */
function isStale(item: Item, pile: Pile, outcome: ProbeOutcome | null): boolean {
  const answers = pile.heads.map((head) => isFresh(pile, head));
  if (item.criterion.kind === "photo") answers.push(...pile.photos.map((photo) => isFresh(pile, photo)));
  if (outcome !== null) answers.push(counts(pile, outcome.number));
  return answers.length > 0 && !answers.includes(true);
}

/** Judge the one head, or what answers items without heads. */
function judgementOf(item: Item, pile: Pile, outcome: ProbeOutcome | null): Judgement {
  if (pile.heads.length > 1)
    return { verdict: "none", reason: "Two entries stand side by side: pick one by recording it again." };
  if (pile.since !== null && isStale(item, pile, outcome))
    return { verdict: "none", reason: pile.since.reason };
  const operation = decidingOf(pile);
  if (operation?.kind === "retract") return { verdict: "none", reason: "The entry was withdrawn." };
  if (operation?.kind === "not_applicable") return { verdict: "none", reason: "It does not apply here." };
  const counting = outcome !== null && counts(pile, outcome.number) ? outcome : null;
  const standing = judgeWithoutValue(item, photoCount(pile), counting);
  if (standing !== null) return standing;
  if (operation === null) return judge(null, item.criterion);
  if (operation.kind === "signature") return judgeSignature(item, operation.body.name ?? "");
  return judge(valueOf(operation), item.criterion);
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

function valueOf(operation: Operation | null): Value | null {
  const value = operation?.body.value;
  if (value === undefined) return null;
  const { type, raw } = value;
  return { type, raw, decimal: value.decimal ?? null, unit: value.unit ?? "", bound: value.bound ?? "" };
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
): ItemState {
  const outcome = outcomeOf(item, latest);
  const mark = markInForce(item, pile, marks, outcome);
  const photos = [...new Set(pile.photos.map(({ op }) => op.body.sha256 ?? ""))];
  const missing = photos.filter((photo) => !present.has(photo));
  const judgement = judgementOf(item, pile, outcome);
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
  { marks = [], outcomes = [], present = new Set(), since = {} }: Beside = {},
): Map<string, ItemState> {
  const piles = pilesOf(recorded);
  const marksOf = latestFirst(marks);
  const latest = latestOutcomes(outcomes);
  const states = new Map<string, ItemState>();
  for (const item of items) {
    const pile = { ...(piles.get(item.key) ?? emptyPile()), since: since[item.key] ?? null };
    states.set(item.key, stateOf(item, pile, marksOf.get(item.key) ?? [], latest, present));
  }
  return states;
}
