// What is odd about an entry, told at once and calmly: a warning, never a refusal.

import { RIGHT } from "../core/doubt";
import type { Doubt } from "../core/plausibility";
import type { Item } from "../core/model";
import type { Work } from "../core/work";
import { t } from "../messages";
import { enter } from "./actions";
import { Icon } from "./icons";
import { sentence as worded } from "./words";

/** Doubts that nobody has said to be right. */
export function openDoubts(work: Work, item: Item): Doubt[] {
  const notes = work.states.get(item.key)?.notes ?? [];
  return (work.doubts.get(item.key) ?? []).filter(({ sentence }) => !notes.includes(RIGHT + sentence));
}

/** While typing: the sentences alone. */
export function DoubtLines({ doubts }: { doubts: readonly Doubt[] }) {
  if (doubts.length === 0) return null;
  return (
    <div role="status" class="stack-small">
      {doubts.map(({ sentence }) => (
        <p key={sentence} class="live tone-doubt">
          <Icon name="question" /> <span>{worded(sentence)}</span>
        </p>
      ))}
    </div>
  );
}

/** Beside what is recorded: say that it is right, as a note that the reviewer reads too. */
export function Doubts({ work, item }: { work: Work; item: Item }) {
  const found = openDoubts(work, item);
  if (found.length === 0) return null;
  return (
    <div class="stack-small">
      {found.map(({ sentence }) => (
        <div key={sentence} class="notice tone-doubt doubt" role="status">
          <Icon name="question" />
          <span class="stack-small">
            <span>{worded(sentence)}</span>
            <button
              type="button"
              class="button"
              onClick={() => void enter(item, "note", { text: RIGHT + sentence }, t().entry.notedRight)}
            >
              <Icon name="check" /> {t().entry.isRight}
            </button>
          </span>
        </div>
      ))}
    </div>
  );
}
