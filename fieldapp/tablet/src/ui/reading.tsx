// A reading: text field with a decimal keypad, and at once what was understood and whether it passes.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { judge } from "../core/judge";
import type { Item, Judgement, Value } from "../core/model";
import { parseValue, shown, ValueRefused } from "../core/value";
import { draftOf, keepDraft, parkDraft } from "./actions";
import { Icon, type IconName } from "./icons";
import { route } from "./state";
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

/** Text that survives a reload: kept a moment after the last key, and at once when the page goes away. */
export function useDraft(item: Item): [string, (text: string) => void] {
  const [text, setText] = useState("");
  const { site } = route.value;
  const waiting = useRef<{ timer: number; text: string } | null>(null);
  const flush = (keep: typeof parkDraft | typeof keepDraft): void => {
    if (waiting.current === null) return;
    window.clearTimeout(waiting.current.timer);
    void keep(site, item, waiting.current.text);
    waiting.current = null;
  };
  useEffect(() => {
    let gone = false;
    void draftOf(site, item).then((draft) => setText((now) => (gone || now !== "" ? now : draft)));
    const park = (): void => flush(parkDraft);
    window.addEventListener("pagehide", park);
    return () => {
      gone = true;
      flush(keepDraft);
      window.removeEventListener("pagehide", park);
    };
  }, [item.key]);
  return [
    text,
    (fresh) => {
      setText(fresh);
      if (waiting.current !== null) window.clearTimeout(waiting.current.timer);
      const timer = window.setTimeout(() => flush(keepDraft), fresh === "" ? 0 : DRAFT_DELAY);
      waiting.current = { timer, text: fresh };
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
  if (understood.value === null || understood.judgement === null)
    return <p class="live live-empty">Type the reading as the instrument shows it.</p>;
  const look = LOOK[understood.judgement.verdict];
  if (look === undefined) return null;
  return (
    <p class={`live tone-${look.tone}`}>
      <Icon name={look.icon} />
      <span>
        <b class="live-value">{shown(understood.value)}</b> <b>{look.word}.</b>{" "}
        {understood.judgement.verdict !== "pass" && understood.judgement.reason}
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
          id={field}
          class="reading-field"
          type="text"
          inputMode="decimal"
          enterkeyhint="done"
          value={text}
          aria-invalid={understood.refusal !== ""}
          aria-describedby={`${field}-live`}
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
