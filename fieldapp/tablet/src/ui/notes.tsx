// A note in a person's own words, beside the answer.

import { useState } from "preact/hooks";
import type { Item } from "../core/model";
import { t } from "../messages";
import { enter } from "./actions";
import { Icon } from "./icons";

/** A button that opens a text field. */
export function Notes({ item }: { item: Item }) {
  const [open, setOpen] = useState(false);
  const [text, setText] = useState("");
  async function save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (!(await enter(item, "note", { text: text.trim() }, t().record.noteSaved))) return;
    setText("");
    setOpen(false);
  }
  if (!open)
    return (
      <button type="button" class="button" onClick={() => setOpen(true)}>
        <Icon name="note" /> {t().record.addNote}
      </button>
    );
  return (
    <form class="aside-form stack-small" onSubmit={(event) => void save(event)}>
      <label class="field">
        <span>{t().record.noteField}</span>
        <textarea
          rows={3}
          maxLength={2000}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <div class="row">
        <button class="button button-main" disabled={text.trim() === ""}>
          {t().record.saveNote}
        </button>
        <button type="button" class="button" onClick={() => setOpen(false)}>
          {t().common.cancel}
        </button>
      </div>
    </form>
  );
}
