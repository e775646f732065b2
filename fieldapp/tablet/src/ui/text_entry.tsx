// A text that has to be there: a serial number, a setting.

import type { ComponentChildren } from "preact";
import type { Item, Value } from "../core/model";
import { t } from "../messages";
import { Icon } from "./icons";
import { useDraft } from "./reading";

interface Props {
  item: Item;
  onSave: (value: Value) => Promise<boolean>;
  picker: ComponentChildren;
}

/** One line of text and a button. */
export function TextEntry({ item, onSave, picker }: Props) {
  const [text, setText] = useDraft(item);
  const field = `text-${item.key}`;

  async function save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (await onSave({ type: "text", raw: text.trim() })) setText("");
  }

  return (
    <form class="stack-small" onSubmit={(event) => void save(event)} autocomplete="off">
      <label class="entry-label" for={field}>
        {t().entry.text}
      </label>
      <input
        id={field}
        type="text"
        value={text}
        maxLength={500}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      {picker}
      <button class="button button-main button-large" disabled={text.trim() === ""}>
        <Icon name="check" /> {t().common.save}
      </button>
    </form>
  );
}
