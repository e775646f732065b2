// "Safe to leave site?": one answer, and below it every entry and photo with its receipt.

import type { StoredOperation } from "../core/database";
import type { Gap } from "../core/model";
import { hashOf } from "../core/route";
import { markOf, type Work } from "../core/work";
import { t } from "../messages";
import { syncNow } from "./actions";
import { Marks, StatusBadge } from "./badge";
import { exportUnsent } from "./export";
import { sentence } from "./history";
import { Icon, type IconName } from "./icons";
import { persistent, receipts, syncing } from "./state";
import { moment, sentence as worded, size, type Tone } from "./words";

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
  const words = t().leave;
  if (waiting > 0 || (look === 0 && !receipted(work)))
    return {
      tone: "doubt",
      icon: "tablet",
      title: words.waits,
      text: words.waitsText(waiting),
    };
  if (look > 0)
    return {
      tone: "fail",
      icon: "warning",
      title: words.look,
      text: words.lookText(look),
    };
  if (open > 0)
    return {
      tone: "info",
      icon: "cloud",
      title: words.open,
      text: words.openText(open),
    };
  return {
    tone: "pass",
    icon: "check",
    title: words.done,
    text: words.doneText(failed),
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
        {operation.number !== null && <span class="soft">{t().leave.journal(operation.number)}</span>}
      </span>
      {operation.reason !== "" && (
        <span class={mark === "attention" ? "stuck" : "soft"}>{worded(operation.reason)}</span>
      )}
      {photo !== undefined && photo.reason !== "" && <span class="stuck">{worded(photo.reason)}</span>}
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
        {t().leave.unfinished(items.length)} <Icon name="down" />
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

const spanned = ([first, last]: Gap): string => (first === last ? String(first) : t().leave.span(first, last));

/** What the server misses between entries that it has: it is sent again by itself. */
function Missing({ gaps }: { gaps: readonly Gap[] }) {
  if (gaps.length === 0) return null;
  return (
    <p class="stuck" role="status">
      {t().leave.missing(gaps.map(spanned).join(", "))}
    </p>
  );
}

function Proof() {
  const kept = receipts.value;
  const words = t().leave;
  return (
    <>
      <Missing gaps={kept?.receipts.gaps ?? []} />
      <p class="soft">
      {kept === null
        ? words.noReceipt
        : words.receipt(kept.receipts.contiguous, moment(kept.at))}{" "}
      {persistent.value === false &&
        words.notPersistent}
    </p>
    </>
  );
}

/** The screen. */
export function Leave({ work }: { work: Work }) {
  const answer = answerOf(work);
  const words = t().leave;
  const lines = [...work.own.values()].sort((left, right) => right.seq - left.seq);
  return (
    <main class="page stack">
      <h1>{words.title}</h1>
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
          <Icon name="sync" /> {syncing.value ? t().sync.sending : words.sendAndCheck}
        </button>
        <button type="button" class="button button-large" onClick={() => window.print()}>
          {words.print}
        </button>
        <button type="button" class="button button-large" onClick={() => void exportUnsent()}>
          {words.exportUnsent}
        </button>
      </div>
      <Proof />
      <Unfinished work={work} />
      <section class="card" aria-labelledby="entries">
        <h2 id="entries">{words.entries}</h2>
        {lines.length === 0 && <p class="soft">{words.nothing}</p>}
        <ol class="plain lined" reversed>
          {lines.map((operation) => (
            <Line key={operation.id} work={work} operation={operation} />
          ))}
        </ol>
      </section>
    </main>
  );
}
