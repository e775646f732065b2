// A reading: text field with a decimal keypad, and at once what was understood and whether it passes.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Doubt } from "../core/plausibility";
import type { Item, Judgement, Value } from "../core/model";
import { unitsLike } from "../core/units";
import { parseValue, ValueRefused } from "../core/value";
import { t } from "../messages";
import { draftOf, keepDraft, parkDraft, signedIn } from "./actions";
import { DoubtLines } from "./doubts";
import { Icon, type IconName } from "./icons";
import { route } from "./state";
import { sentence, type Tone, valueWords } from "./words";

interface Props {
  item: Item;
  look: (value: Value) => Judgement;
  odd: (value: Value) => Doubt[];
  onSave: (value: Value) => Promise<boolean>;
  picker: ComponentChildren;
}

interface Understood {
  value: Value | null;
  refusal: string;
  judgement: Judgement | null;
}

const DRAFT_DELAY = 400;
const LOOK: Record<"pass" | "fail" | "inconclusive", { icon: IconName; tone: Tone }> = {
  pass: { icon: "check", tone: "pass" },
  fail: { icon: "cross", tone: "fail" },
  inconclusive: { icon: "question", tone: "doubt" },
};

/** What a text means in the unit chosen, judged at once. */
function understand(text: string, unit: string, item: Item, look: Props["look"]): Understood {
  if (text.trim() === "") return { value: null, refusal: "", judgement: null };
  try {
    const wanted = item.criterion.unit ?? "";
    const bare = /[0-9]\s*$/.test(text) && unit !== wanted;
    const value = parseValue(bare ? `${text.trim()} ${unit}` : text, wanted);
    return { value, refusal: "", judgement: look(value) };
  } catch (error) {
    if (error instanceof ValueRefused) return { value: null, refusal: error.message, judgement: null };
    throw error;
  }
}

/** Text that survives a reload: kept a moment after the last key, and at once when the page goes away. */
export function useDraft(item: Item): [string, (text: string) => void] {
  const [text, setText] = useState("");
  const { site } = route.value;
  // Whose it is stands from the beginning: the last of it is kept when somebody else comes in.
  const [owner] = useState(() => signedIn().key);
  const waiting = useRef<{ timer: number; text: string } | null>(null);
  const flush = (keep: typeof parkDraft | typeof keepDraft): void => {
    if (waiting.current === null) return;
    window.clearTimeout(waiting.current.timer);
    void keep(owner, site, item, waiting.current.text);
    waiting.current = null;
  };
  useEffect(() => {
    let gone = false;
    void draftOf(owner, site, item).then((draft) => setText((now) => (gone || now !== "" ? now : draft)));
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
        <Icon name="warning" /> <span>{sentence(understood.refusal)}</span>
      </p>
    );
  if (understood.value === null || understood.judgement === null)
    return <p class="live live-empty">{t().entry.typeReading}</p>;
  return <VerdictLine reading={valueWords(understood.value)} judgement={understood.judgement} />;
}

/** A verdict at once: word, icon, colour, and the reason when it is no pass. */
export function VerdictLine({ reading, judgement }: { reading: string; judgement: Judgement }) {
  const { verdict } = judgement;
  if (verdict === "none") return null;
  const look = LOOK[verdict];
  return (
    <p class={`live tone-${look.tone}`}>
      <Icon name={look.icon} />
      <span>
        {reading !== "" && <b class="live-value">{reading}</b>} <b>{t().entry.verdicts[verdict]}.</b>{" "}
        {verdict !== "pass" && sentence(judgement.reason)}
      </span>
    </p>
  );
}

/** Units that a tester may show instead, or just the one. */
function Unit({ item, unit, onUnit }: { item: Item; unit: string; onUnit: (unit: string) => void }) {
  const wanted = item.criterion.unit ?? "";
  const others = unitsLike(wanted);
  if (others.length < 2) return <span class="reading-unit">{wanted}</span>;
  return (
    <select
      class="reading-unit-choice"
      aria-label={t().entry.unit}
      value={unit}
      onChange={(event) => onUnit(event.currentTarget.value)}
    >
      {others.map((each) => (
        <option key={each} value={each}>
          {each}
        </option>
      ))}
    </select>
  );
}

/** The field, the unit beside it, the limit above, one big button. */
export function Reading({ item, look, odd, onSave, picker }: Props) {
  const [text, setText] = useDraft(item);
  const [unit, setUnit] = useState(item.criterion.unit ?? "");
  const understood = understand(text, unit, item, look);
  const doubts = understood.value === null ? [] : odd(understood.value);
  const field = `reading-${item.key}`;

  async function save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (understood.value !== null && (await onSave(understood.value))) setText("");
  }

  return (
    <form class="stack-small" onSubmit={(event) => void save(event)} autocomplete="off">
      <label class="entry-label" for={field}>
        {t().entry.reading}
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
        <Unit item={item} unit={unit} onUnit={setUnit} />
      </div>
      <div id={`${field}-live`} role="status">
        <Live understood={understood} />
      </div>
      <DoubtLines doubts={doubts} />
      {picker}
      <button class="button button-main button-large" disabled={understood.value === null}>
        <Icon name="check" /> {t().entry.saveReading}
      </button>
    </form>
  );
}
