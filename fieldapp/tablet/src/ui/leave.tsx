// "Safe to leave site?": one answer, and below it every entry and photo with its receipt.

import type { StoredOperation } from "../core/database";
import type { Gap } from "../core/model";
import { hashOf } from "../core/route";
import { markOf, type Work } from "../core/work";
import { syncNow } from "./actions";
import { Marks, StatusBadge } from "./badge";
import { exportUnsent } from "./export";
import { sentence } from "./history";
import { Icon, type IconName } from "./icons";
import { persistent, receipts, syncing } from "./state";
import { counted, moment, size, type Tone } from "./words";

interface Answer {
  tone: Tone;
  icon: IconName;
  title: string;
  text: string;
}

function marksOf(work: Work): { operation: StoredOperation; mark: ReturnType<typeof markOf> }[] {
  return [...work.own.values()].map((operation) => ({
    operation,
    mark: markOf(operation, work.photos.get(operation.op.body.sha256 ?? "")),
  }));
}

/** True for a refused photo of an item that has better ones by now. */
function isSettled(work: Work, { op }: StoredOperation): boolean {
  const status = work.states.get(op.item)?.status ?? "open";
  const refused = work.photos.get(op.body.sha256 ?? "")?.state === "refused";
  return refused && status !== "open" && status !== "incomplete";
}

/** True when the server's receipt covers everything this person recorded here. */
function receipted(work: Work): boolean {
  const kept = receipts.value?.receipts;
  const last = Math.max(0, ...[...work.own.values()].map((stored) => stored.seq));
  return kept !== undefined && kept.contiguous >= last;
}

/** One bottom line. */
export function answerOf(work: Work): Answer {
  const marks = marksOf(work).filter(({ operation }) => !isSettled(work, operation));
  const waiting = marks.filter(({ mark }) => mark === "saved").length;
  const look = marks.filter(({ mark }) => mark === "attention").length;
  const open = work.progress.blocksSubmission.length;
  const failed = [...work.states.values()].filter((state) => state.status === "failed").length;
  if (waiting > 0 || (look === 0 && !receipted(work)))
    return {
      tone: "doubt",
      icon: "tablet",
      title: "Not on the server yet",
      text: `${counted(waiting, "entry is", "entries are")} only on this tablet. They are safe here; go where there is network and send them before you hand the tablet on.`,
    };
  if (look > 0)
    return {
      tone: "fail",
      icon: "warning",
      title: "Look at this before you leave",
      text: `${counted(look, "entry was", "entries were")} not accepted; the reason stands beside each below.`,
    };
  if (open > 0)
    return {
      tone: "info",
      icon: "cloud",
      title: "Your work is safe, but not finished",
      text: `Everything recorded has reached the server. ${counted(open, "item is", "items are")} still to do.`,
    };
  return {
    tone: "pass",
    icon: "check",
    title: "You can leave the site",
    text: `Everything is done, and the server has every entry and photo.${failed > 0 ? ` ${counted(failed, "failed item stays", "failed items stay")} for the reviewer.` : ""}`,
  };
}

function Line({ work, operation }: { work: Work; operation: StoredOperation }) {
  const { op } = operation;
  const item = work.items.get(op.item);
  const photo = work.photos.get(op.body.sha256 ?? "");
  const mark = markOf(operation, photo);
  return (
    <li class="receipt-line">
      <a href={hashOf(work.site.id, item?.section ?? "", op.item)}>
        <span class="tag">{item?.tag}</span> {item?.title ?? op.item}
      </a>
      <span>
        <b>{sentence(operation)}</b> {photo !== undefined && <span class="soft">{size(photo.size)}</span>}{" "}
        <span class="soft">{moment(op.recorded_at)}</span>
      </span>
      <span class="receipt-marks">
        <Marks mark={mark} />
        {operation.number !== null && <span class="soft">journal no. {operation.number}</span>}
      </span>
      {operation.reason !== "" && (
        <span class={mark === "attention" ? "stuck" : "soft"}>{operation.reason}</span>
      )}
      {photo !== undefined && photo.reason !== "" && <span class="stuck">{photo.reason}</span>}
    </li>
  );
}

function Unfinished({ work }: { work: Work }) {
  const items = [...work.items.values()].filter((item) => {
    const status = work.states.get(item.key)?.status ?? "open";
    return status !== "passed" && status !== "not_applicable" && status !== "conceded";
  });
  if (items.length === 0) return null;
  return (
    <details class="card">
      <summary>
        {counted(items.length, "item", "items")} open or failed <Icon name="down" />
      </summary>
      <ul class="plain lined">
        {items.map((item) => (
          <li key={item.key} class="row row-between receipt-line-open">
            <a href={hashOf(work.site.id, item.section, item.key)}>
              <span class="tag">{item.tag}</span> {item.title}
            </a>
            <StatusBadge status={work.states.get(item.key)?.status ?? "open"} />
          </li>
        ))}
      </ul>
    </details>
  );
}

const spanned = ([first, last]: Gap): string => (first === last ? String(first) : `${first} to ${last}`);

/** What the server misses between entries that it has: it is sent again by itself. */
function Missing({ gaps }: { gaps: readonly Gap[] }) {
  if (gaps.length === 0) return null;
  return (
    <p class="stuck" role="status">
      The server misses your entries {gaps.map(spanned).join(", ")}: press “Send and check now”, and show this to the office
      if it stays.
    </p>
  );
}

function Proof() {
  const kept = receipts.value;
  return (
    <>
      <Missing gaps={kept?.receipts.gaps ?? []} />
      <p class="soft">
      {kept === null
        ? "The server has not given a receipt yet."
        : `The server's receipt covers your entries 1 to ${kept.receipts.contiguous}, asked ${moment(kept.at)}.`}{" "}
      {persistent.value === false &&
        "This browser may clear its storage when space runs out: send your work as soon as you can."}
    </p>
    </>
  );
}

/** The screen. */
export function Leave({ work }: { work: Work }) {
  const answer = answerOf(work);
  const lines = [...work.own.values()].sort((left, right) => right.seq - left.seq);
  return (
    <main class="page stack">
      <h1>Safe to leave site?</h1>
      <section class={`answer tone-${answer.tone}`} role="status">
        <Icon name={answer.icon} />
        <div class="stack-tight">
          <h2>{answer.title}</h2>
          <p>{answer.text}</p>
        </div>
      </section>
      <div class="row">
        <button
          type="button"
          class="button button-main button-large"
          disabled={syncing.value}
          onClick={() => void syncNow()}
        >
          <Icon name="sync" /> {syncing.value ? "Sending …" : "Send and check now"}
        </button>
        <button type="button" class="button button-large" onClick={() => window.print()}>
          Print
        </button>
        <button type="button" class="button button-large" onClick={() => void exportUnsent()}>
          Export unsent work
        </button>
      </div>
      <Proof />
      <Unfinished work={work} />
      <section class="card" aria-labelledby="entries">
        <h2 id="entries">Your entries at this site</h2>
        {lines.length === 0 && <p class="soft">Nothing recorded on this tablet yet.</p>}
        <ol class="plain lined" reversed>
          {lines.map((operation) => (
            <Line key={operation.id} work={work} operation={operation} />
          ))}
        </ol>
      </section>
    </main>
  );
}
