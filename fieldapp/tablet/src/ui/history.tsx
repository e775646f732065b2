// Everything that was recorded at an item. Nothing is ever removed from it.

import type { Recorded } from "../core/fold";
import { judge } from "../core/judge";
import type { Item, Judgement } from "../core/model";
import { deviationOf, deviationText } from "../core/deviation";
import { markOf, type Mark, type Work } from "../core/work";
import { t } from "../messages";
import { withdraw } from "./actions";
import { Marks } from "./badge";
import { nameOf } from "./conflict";
import { Icon } from "./icons";
import { moment, sentence as worded, valueWords } from "./words";

type Verdict = Judgement["verdict"];

const LOOKS = { pass: "pass", fail: "fail", inconclusive: "not" } as const;

/** What an entry says, in one line. */
export function sentence({ op }: Pick<Recorded, "op">): string {
  switch (op.kind) {
    case "answer":
      return op.body.value === undefined ? "" : valueWords(op.body.value);
    case "not_applicable":
      return t().record.notApplicable(op.body.reason ?? "");
    case "retract":
      return t().record.takenBack;
    case "photo":
      return t().common.photo;
    case "note":
      return t().record.note(worded(op.body.text ?? ""));
    case "signature":
      return t().record.signedBy(op.body.name ?? "");
    case "deviation":
      return t().record.differs(deviationText(deviationOf(op)), deviationOf(op).reason);
  }
}

function verdictOf(item: Item, { op }: Recorded): Verdict {
  if (op.kind !== "answer" || op.body.value === undefined) return "none";
  return judge(op.body.value, item.criterion).verdict;
}

function markIn(work: Work, entry: Recorded): Mark {
  const stored = work.own.get(entry.op.id);
  return stored === undefined ? "elsewhere" : markOf(stored, work.photos.get(entry.op.body.sha256 ?? ""));
}

function Line({ work, item, entry }: { work: Work; item: Item; entry: Recorded }) {
  const mark = markIn(work, entry);
  const reason = work.own.get(entry.op.id)?.reason ?? "";
  const verdict = verdictOf(item, entry);
  return (
    <li class="history-line">
      <span class="line-what">
        <b>{sentence(entry)}</b>{" "}
        {verdict !== "none" && <span class={`verdict verdict-${LOOKS[verdict]}`}>{t().record.verdicts[verdict]}</span>}
      </span>
      <span class="soft">
        {nameOf(work, entry.author)}, {moment(entry.op.recorded_at)}
      </span>
      <Marks mark={mark} />
      {reason !== "" && <span class={mark === "attention" ? "stuck" : "soft"}>{worded(reason)}</span>}
    </li>
  );
}

/** Refused entries count for nothing, but they are shown: the person must see what became of their work. */
function refusedOf(work: Work, item: Item): Recorded[] {
  const seen = new Set((work.history.get(item.key) ?? []).map(({ op }) => op.id));
  return [...work.own.values()]
    .filter(({ op }) => op.item === item.key && !seen.has(op.id))
    .map(({ op }) => ({ op, author: "", number: 0 }));
}

/** All entries, the newest first, and the way to take the present one back. */
export function History({ work, item }: { work: Work; item: Item }) {
  const entries = [...(work.history.get(item.key) ?? []), ...refusedOf(work, item)].reverse();
  if (entries.length === 0) return null;
  const state = work.states.get(item.key);
  const head = entries.find(({ op }) => op.id === state?.heads[0]);
  const removable = work.bundle.site.state === "open" && head !== undefined && head.op.kind !== "retract";
  return (
    <section class="history stack-small" aria-label={t().record.history}>
      <div class="row row-between">
        <h2 class="minor">{t().record.history}</h2>
        {removable && state?.status !== "conflict" && (
          <button type="button" class="button" onClick={() => void withdraw(item)}>
            <Icon name="back" /> {t().record.takeBack}
          </button>
        )}
      </div>
      <ol class="plain lined" reversed>
        {entries.map((entry) => (
          <Line key={entry.op.id} work={work} item={item} entry={entry} />
        ))}
      </ol>
    </section>
  );
}
