// A reading: text field with a decimal keypad, and at once what was understood and whether it passes.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { judge } from "../core/judge";
import type { Item, Judgement, Value } from "../core/model";
import { parseValue, shown, ValueRefused } from "../core/value";
import { draftOf, keepDraft } from "./actions";
import { Icon, type IconName } from "./icons";
import type { Tone } from "./words";

interface Props {
  item: Item;
  onSave: (value: Value) => Promise<boolean>;
  picker: ComponentChildren;
}

interface Understood {
  value: Value | null;
  refusal: string;
  judgement: Judgement | null;
}

const DRAFT_DELAY = 400;
const LOOK: Record<string, { word: string; icon: IconName; tone: Tone }> = {
  pass: { word: "Pass", icon: "check", tone: "pass" },
  fail: { word: "Fail", icon: "cross", tone: "fail" },
  inconclusive: { word: "Can't be decided", icon: "question", tone: "doubt" },
};

/** What a text means, judged at once. */
export function understand(text: string, item: Item): Understood {
  if (text.trim() === "") return { value: null, refusal: "", judgement: null };
  try {
    const value = parseValue(text, item.criterion.unit ?? "");
    return { value, refusal: "", judgement: judge(value, item.criterion) };
  } catch (error) {
    if (error instanceof ValueRefused) return { value: null, refusal: error.message, judgement: null };
    throw error;
  }
}

/** Text that survives a reload: kept a moment after the last key. */
export function useDraft(item: Item): [string, (text: string) => void] {
  const [text, setText] = useState("");
  const timer = useRef<number | undefined>(undefined);
  const typed = useRef(false);
  useEffect(() => {
    void draftOf(item).then((draft) => {
      if (!typed.current) setText(draft);
    });
  }, [item.key]);
  return [
    text,
    (fresh) => {
      typed.current = true;
      setText(fresh);
      window.clearTimeout(timer.current);
      timer.current = window.setTimeout(() => void keepDraft(item, fresh), fresh === "" ? 0 : DRAFT_DELAY);
    },
  ];
}

function Live({ understood }: { understood: Understood }) {
  if (understood.refusal !== "")
    return (
      <p class="live tone-doubt">
        <Icon name="warning" /> <span>{understood.refusal}</span>
      </p>
    );
  if (understood.value === null || understood.judgement === null) return <p class="live live-empty">Type the reading as the instrument shows it.</p>;
  const look = LOOK[understood.judgement.verdict];
  if (look === undefined) return null;
  return (
    <p class={`live tone-${look.tone}`}>
      <Icon name={look.icon} />
      <span>
        <b class="live-value">{shown(understood.value)}</b> <b>{look.word}.</b> {understood.judgement.verdict !== "pass" && understood.judgement.reason}
      </span>
    </p>
  );
}

/** The field, the unit beside it, the limit above, one big button. */
export function Reading({ item, onSave, picker }: Props) {
  const [text, setText] = useDraft(item);
  const understood = understand(text, item);
  const field = `reading-${item.key}`;

  async function save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (understood.value !== null && (await onSave(understood.value))) setText("");
  }

  return (
    <form class="stack-small" onSubmit={(event) => void save(event)} autocomplete="off">
      <label class="entry-label" for={field}>
        Reading
      </label>
      <div class="reading-row">
        <input
          id={field} class="reading-field" type="text" inputMode="decimal" enterkeyhint="done"
          value={text} aria-invalid={understood.refusal !== ""} aria-describedby={`${field}-live`}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <span class="reading-unit">{item.criterion.unit}</span>
      </div>
      <div id={`${field}-live`} role="status">
        <Live understood={understood} />
      </div>
      {picker}
      <button class="button button-main button-large" disabled={understood.value === null}>
        <Icon name="check" /> Save reading
      </button>
    </form>
  );
}
