// "This does not apply here", with the reason; on a safety item a reviewer has to agree.

import { useState } from "preact/hooks";
import type { Item, ItemState } from "../core/model";
import { enter } from "./actions";
import { Icon } from "./icons";

/** A button that opens the question for the reason. */
export function NotApplicable({ item, state }: { item: Item; state: ItemState }) {
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState("");
  async function save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (!(await enter(item, "not_applicable", { reason: reason.trim() }, "Saved on this tablet as not applicable."))) return;
    setReason("");
    setOpen(false);
  }
  if (state.status === "not_applicable") return <p class="soft">Not applicable: “{state.reason}”</p>;
  if (!open)
    return (
      <button type="button" class="button" onClick={() => setOpen(true)}>
        <Icon name="dash" /> Not applicable
      </button>
    );
  return (
    <form class="aside-form stack-small" onSubmit={(event) => void save(event)}>
      <label class="field">
        <span>Why does it not apply?</span>
        <textarea rows={2} maxLength={500} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
      </label>
      {item.safety && <p class="notice tone-doubt"><Icon name="shield" /> <span>Safety item: the reviewer has to agree.</span></p>}
      <div class="row">
        <button class="button button-main" disabled={reason.trim() === ""}>
          Save
        </button>
        <button type="button" class="button" onClick={() => setOpen(false)}>
          Cancel
        </button>
      </div>
    </form>
  );
}
