// A row of readings: one field for each column, each judged at once, one button for all.

import type { ComponentChildren } from "preact";
import { cellOf, choicesOf, rowOf } from "../core/answers";
import { judge } from "../core/judge";
import type { Column, Item, Judgement, Value } from "../core/model";
import { ValueRefused } from "../core/value";
import { t } from "../messages";
import { Icon } from "./icons";
import { useDraft, VerdictLine } from "./reading";
import { choiceName, sentence } from "./words";

interface Props {
  item: Item;
  look: (value: Value) => Judgement;
  onSave: (value: Value) => Promise<boolean>;
  picker: ComponentChildren;
}

type Texts = Record<string, string>;

function textsOf(draft: string): Texts {
  try {
    return JSON.parse(draft || "{}") as Texts;
  } catch {
    return {};
  }
}

interface Looked {
  refusal: string;
  judgement: Judgement | null;
}

/** What one column makes of its text. */
function lookAt(column: Column, text: string): Looked {
  if (text.trim() === "") return { refusal: "", judgement: null };
  try {
    const { raw, decimal = null, unit = "", bound = "" } = cellOf(column, text);
    const type = column.criterion.kind === "range" ? "measured" : "choice";
    return { refusal: "", judgement: judge({ type, raw, decimal, unit, bound }, column.criterion) };
  } catch (error) {
    if (error instanceof ValueRefused) return { refusal: error.message, judgement: null };
    throw error;
  }
}

function Field({ id, column, text, onText }: { id: string; column: Column; text: string; onText: (text: string) => void }) {
  const { kind, unit } = column.criterion;
  if (kind === "equals" || kind === "one_of")
    return (
      <select id={id} value={text} onChange={(event) => onText(event.currentTarget.value)}>
        <option value="">–</option>
        {choicesOf(column).map(({ raw }) => (
          <option key={raw} value={raw}>
            {choiceName(raw)}
          </option>
        ))}
      </select>
    );
  return (
    <span class="cell-field">
      <input
        id={id}
        type="text"
        inputMode={kind === "range" ? "decimal" : "text"}
        value={text}
        maxLength={200}
        onInput={(event) => onText(event.currentTarget.value)}
      />
      {unit && <span class="reading-unit">{unit}</span>}
    </span>
  );
}

/** The row. */
export function TableEntry({ item, look, onSave, picker }: Props) {
  const [draft, setDraft] = useDraft(item);
  const columns = item.criterion.columns ?? [];
  const texts = textsOf(draft);
  const looked = columns.map((column) => lookAt(column, texts[column.id] ?? ""));
  const empty = columns.every(({ id }) => (texts[id] ?? "").trim() === "");
  const refused = looked.some(({ refusal }) => refusal !== "");
  const value = empty || refused ? null : rowOf(columns, texts);

  async function save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (value !== null && (await onSave(value))) setDraft("");
  }

  return (
    <form class="stack-small" onSubmit={(event) => void save(event)} autocomplete="off">
      <div class="cells">
        {columns.map((column, index) => {
          const id = `cell-${item.key}-${column.id}`;
          const { refusal, judgement } = looked[index]!;
          const set = (text: string): void => setDraft(JSON.stringify({ ...texts, [column.id]: text }));
          return (
            <div class="cell" key={column.id}>
              <label for={id}>
                {column.title} {column.optional === true && <small class="soft">{t().entry.ifThere}</small>}
              </label>
              <Field id={id} column={column} text={texts[column.id] ?? ""} onText={set} />
              {refusal !== "" && <small class="tone-doubt cell-word">{sentence(refusal)}</small>}
              {judgement !== null && judgement.verdict !== "pass" && (
                <small class="tone-fail cell-word">{sentence(judgement.reason)}</small>
              )}
              {judgement?.verdict === "pass" && (
                <small class="tone-pass cell-word">
                  <Icon name="check" /> {t().entry.good}
                </small>
              )}
            </div>
          );
        })}
      </div>
      {value !== null && <VerdictLine reading="" judgement={look(value)} />}
      {picker}
      <button class="button button-main button-large" disabled={value === null}>
        <Icon name="check" /> {t().entry.saveRow}
      </button>
    </form>
  );
}
