// "This does not apply here", with the reason; on a safety item a reviewer has to agree.

import { useState } from "preact/hooks";
import type { Item } from "../core/model";
import { t } from "../messages";
import { enter } from "./actions";
import { Icon } from "./icons";

/** The button; large beside Yes and No. */
export function ExcuseButton({ large, onOpen }: { large: boolean; onOpen: () => void }) {
  return (
    <button type="button" class={large ? "button choice" : "button"} onClick={onOpen}>
      <Icon name="dash" /> {large ? t().entry.notApplicableShort : t().entry.notApplicable}
    </button>
  );
}

/** The question for the reason. */
export function ExcuseForm({ item, onDone }: { item: Item; onDone: () => void }) {
  const [reason, setReason] = useState("");
  async function save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const body = { reason: reason.trim() };
    if (await enter(item, "not_applicable", body, t().entry.savedNotApplicable)) onDone();
  }
  return (
    <form class="aside-form stack-small" onSubmit={(event) => void save(event)}>
      <label class="field">
        <span>{t().entry.whyNot}</span>
        <textarea
          rows={2}
          maxLength={500}
          value={reason}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
      </label>
      {item.safety && (
        <p class="notice tone-doubt">
          <Icon name="shield" /> <span>{t().entry.reviewerAgrees}</span>
        </p>
      )}
      <div class="row">
        <button class="button button-main button-large" disabled={reason.trim() === ""}>
          {t().entry.saveNotApplicable}
        </button>
        <button type="button" class="button button-large" onClick={onDone}>
          {t().common.cancel}
        </button>
      </div>
    </form>
  );
}
