// Two people answered without seeing each other. Both stand until a person picks one, by a new entry.

import type { Recorded } from "../core/fold";
import { judge } from "../core/judge";
import type { Item, ItemState } from "../core/model";
import type { Work } from "../core/work";
import { t } from "../messages";
import { enter } from "./actions";
import { Icon } from "./icons";
import { moment, sentence, valueWords } from "./words";

/** The name of an author. */
export function nameOf(work: Work, author: string | null): string {
  return work.bundle.people.find((person) => person.id === author)?.name ?? t().record.somebody;
}

function summary({ op }: Recorded): string {
  if (op.body.value !== undefined) return valueWords(op.body.value);
  if (op.kind === "not_applicable") return t().record.notApplicable(op.body.reason ?? "");
  if (op.kind === "signature") return t().record.signedBy(op.body.name ?? "");
  return t().record.takenBack;
}

function Side({ work, item, entry }: { work: Work; item: Item; entry: Recorded }) {
  const { op } = entry;
  const verdict = op.body.value === undefined ? "" : judge(op.body.value, item.criterion).reason;
  return (
    <li class="side stack-small">
      <b class="side-value">{summary(entry)}</b>
      <span>
        {nameOf(work, entry.author)}, {moment(op.recorded_at)}
      </span>
      {verdict !== "" && <span class="soft">{sentence(verdict)}</span>}
      <button
        type="button"
        class="button button-main button-large"
        onClick={() => void enter(item, op.kind, op.body, t().record.chosen)}
      >
        {t().record.keepThis}
      </button>
    </li>
  );
}

/** Both entries, side by side. */
export function Conflict({ work, item, state }: { work: Work; item: Item; state: ItemState }) {
  const entries = (work.history.get(item.key) ?? []).filter(({ op }) => state.heads.includes(op.id));
  const words = t().record;
  return (
    <section class="notice-block tone-doubt stack-small" aria-label={words.twice}>
      <p>
        <Icon name="fork" /> <b>{words.recordedTwice}</b> {words.pickOne}
      </p>
      <ul class="plain sides">
        {entries.map((entry) => (
          <Side key={entry.op.id} work={work} item={item} entry={entry} />
        ))}
      </ul>
    </section>
  );
}
