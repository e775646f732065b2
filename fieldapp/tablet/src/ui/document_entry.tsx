// A document: its number or name and the last day on which it holds; its pages are photographed below.

import type { ComponentChildren } from "preact";
import type { Item, Judgement, Value } from "../core/model";
import { t } from "../messages";
import { Icon } from "./icons";
import { useDraft, VerdictLine } from "./reading";

interface Props {
  item: Item;
  look: (value: Value) => Judgement;
  onSave: (value: Value) => Promise<boolean>;
  picker: ComponentChildren;
}

interface Draft {
  raw: string;
  expires: string;
}

function draftOf(text: string): Draft {
  try {
    return { raw: "", expires: "", ...(JSON.parse(text || "{}") as Partial<Draft>) };
  } catch {
    return { raw: "", expires: "" };
  }
}

/** Number, last day, button. */
export function DocumentEntry({ item, look, onSave, picker }: Props) {
  const [text, setText] = useDraft(item);
  const { raw, expires } = draftOf(text);
  const set = (change: Partial<Draft>): void => setText(JSON.stringify({ raw, expires, ...change }));
  const required = item.criterion.expires === "required";
  const value: Value | null =
    raw.trim() === "" ? null : { type: "document", raw: raw.trim(), ...(expires === "" ? {} : { expires }) };

  async function save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (value !== null && (await onSave(value))) setText("");
  }

  return (
    <form class="stack-small" onSubmit={(event) => void save(event)} autocomplete="off">
      <label class="field">
        <span>{t().evidence.document}</span>
        <input type="text" value={raw} maxLength={500} onInput={(event) => set({ raw: event.currentTarget.value })} />
      </label>
      <label class="field">
        <span>
          {t().evidence.holdsUntil} {!required && t().evidence.mayBeEmpty}
        </span>
        <input type="date" value={expires} onInput={(event) => set({ expires: event.currentTarget.value })} />
      </label>
      {value !== null && <VerdictLine reading="" judgement={look(value)} />}
      {picker}
      <button class="button button-main button-large" disabled={value === null}>
        <Icon name="check" /> {t().evidence.saveDocument}
      </button>
      {item.photos > 0 && <p class="soft">{t().evidence.thenPages}</p>}
    </form>
  );
}
