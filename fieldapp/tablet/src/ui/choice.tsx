// Yes or No (or one of several), as buttons for a gloved thumb. One tap records; Undo takes it back.

import type { ComponentChildren } from "preact";
import type { Item, ItemState, Value } from "../core/model";
import { Icon } from "./icons";

interface Props {
  item: Item;
  state: ItemState;
  onSave: (value: Value) => Promise<boolean>;
  picker: ComponentChildren;
  excuse: ComponentChildren;
}

const OPPOSITES: Record<string, string> = { no: "yes", clockwise: "counter-clockwise", pass: "fail" };

function worded(raw: string): string {
  return raw.charAt(0).toUpperCase() + raw.slice(1).replaceAll("_", " ");
}

/** What meets the criterion, and one button that says it is not so. */
export function choicesOf(item: Item): { raw: string; good: boolean }[] {
  const wanted = item.criterion.values ?? [];
  const against = (wanted.length === 1 && OPPOSITES[wanted[0]!]) || "no";
  return [...wanted.map((raw) => ({ raw, good: true })), { raw: against, good: false }];
}

/** The buttons. */
export function Choice({ item, state, onSave, picker, excuse }: Props) {
  return (
    <div class="stack-small">
      {picker}
      <div class="choices" role="group" aria-label={item.title}>
        {choicesOf(item).map(({ raw, good }) => (
          <button
            key={raw} type="button" class={`button choice ${good ? "choice-good" : "choice-bad"}`}
            aria-pressed={state.value?.raw === raw && state.status !== "returned"} onClick={() => void onSave({ type: "choice", raw })}
          >
            <Icon name={good ? "check" : "cross"} /> {worded(raw)}
          </button>
        ))}
        {excuse}
      </div>
    </div>
  );
}
