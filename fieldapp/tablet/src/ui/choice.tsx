// Yes or No (or one of several), as buttons for a gloved thumb. One tap records; Undo takes it back.

import type { ComponentChildren } from "preact";
import { choicesOf } from "../core/answers";
import type { Item, ItemState, Value } from "../core/model";
import { Icon } from "./icons";
import { choiceName } from "./words";

interface Props {
  item: Item;
  state: ItemState;
  onSave: (value: Value) => Promise<boolean>;
  picker: ComponentChildren;
  excuse: ComponentChildren;
}

function worded(raw: string): string {
  const name = choiceName(raw);
  return name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");
}

/** The buttons. */
export function Choice({ item, state, onSave, picker, excuse }: Props) {
  return (
    <div class="stack-small">
      {picker}
      <div class="choices" role="group" aria-label={item.title}>
        {choicesOf(item).map(({ raw, good }) => (
          <button
            key={raw}
            type="button"
            class={`button choice ${good ? "choice-good" : "choice-bad"}`}
            aria-pressed={state.value?.raw === raw && state.status !== "returned"}
            onClick={() => void onSave({ type: "choice", raw })}
          >
            <Icon name={good ? "check" : "cross"} /> {worded(raw)}
          </button>
        ))}
        {excuse}
      </div>
    </div>
  );
}
