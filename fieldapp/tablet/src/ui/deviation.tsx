// "Differs from the drawing": what stands there instead, and why. An engineer accepts or refuses it.

import { useState } from "preact/hooks";
import { choicesAt, propertiesAt, proposalsAt, tagsAt } from "../core/deviation";
import type { Choice, DeviationBody, DeviationProperty, DeviationTag, Item, OperationBody } from "../core/model";
import type { Work } from "../core/work";
import { t } from "../messages";
import { enter } from "./actions";
import { Icon } from "./icons";

interface Props {
  work: Work;
  item: Item;
}

/** A value that is on no list is typed: the list may be older than what was delivered. */
const TYPED = "\n";

interface PickerProps {
  label: string;
  value: string;
  choices: Choice[];
  onPick: (value: string) => void;
}

function Picker({ label, value, choices, onPick }: PickerProps) {
  return (
    <label class="field">
      <span>{label}</span>
      <select value={value} onChange={(event) => onPick(event.currentTarget.value)}>
        {choices.map((each) => (
          <option key={each.value} value={each.value}>
            {each.title}
          </option>
        ))}
      </select>
    </label>
  );
}

interface ValueProps {
  property: DeviationProperty;
  choices: Choice[];
  value: string;
  onValue: (value: string) => void;
}

function BuiltValue({ property, choices, value, onValue }: ValueProps) {
  const [typed, setTyped] = useState(choices.length === 0);
  const pick = (chosen: string): void => {
    setTyped(chosen === TYPED);
    onValue(chosen === TYPED ? "" : chosen);
  };
  const offered = [
    { value: "", title: t().record.choose },
    ...choices,
    { value: TYPED, title: t().record.notListed },
  ];
  return (
    <>
      {choices.length > 0 && (
        <Picker label={t().record.standsThere} value={typed ? TYPED : value} choices={offered} onPick={pick} />
      )}
      {typed && (
        <label class="field">
          <span>{property.unit === "" ? t().record.standsThere : t().record.standsThereIn(property.unit)}</span>
          <input
            value={value}
            maxLength={500}
            inputMode={property.unit !== "" ? "decimal" : "text"}
            onInput={(event) => onValue(event.currentTarget.value)}
          />
        </label>
      )}
    </>
  );
}

interface FormProps extends Props {
  tags: DeviationTag[];
  onDone: () => void;
}

function Form({ work, item, tags, onDone }: FormProps) {
  const words = t().record;
  const [tag, setTag] = useState(tags[0]!);
  const properties = propertiesAt(work.bundle, tag);
  const [key, setKey] = useState(properties[0]!.property);
  const [value, setValue] = useState("");
  const [reason, setReason] = useState("");
  const property = properties.find((each) => each.property === key) ?? properties[0]!;
  const choices = choicesAt(work.bundle, tag, property);
  const drawn = tag.values[property.property] ?? "";
  async function save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const said: DeviationBody = {
      tag: tag.tag,
      property: property.property,
      value: value.trim(),
      reason: reason.trim(),
    };
    const body = said as unknown as OperationBody;
    if (await enter(item, "deviation", body, words.deviationSaved)) onDone();
  }
  const another = (change: () => void): void => {
    change();
    setValue("");
  };
  return (
    <form class="aside-form stack-small" onSubmit={(event) => void save(event)}>
      <Picker
        label={words.where}
        value={tag.tag}
        choices={tags.map((each) => ({ value: each.tag, title: `${each.tag}, ${each.title}` }))}
        onPick={(chosen) => another(() => setTag(tags.find((each) => each.tag === chosen) ?? tag))}
      />
      <Picker
        label={words.what}
        value={property.property}
        choices={properties.map((each) => ({ value: each.property, title: each.title }))}
        onPick={(chosen) => another(() => setKey(chosen))}
      />
      {drawn !== "" && (
        <p class="soft">
          {words.drawn} <b>{drawn}</b>
        </p>
      )}
      <BuiltValue
        key={`${tag.tag} ${property.property}`}
        property={property}
        choices={choices}
        value={value}
        onValue={setValue}
      />
      <label class="field">
        <span>{words.why}</span>
        <textarea
          rows={2}
          maxLength={2000}
          value={reason}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
      </label>
      <div class="row">
        <button class="button button-main" disabled={value.trim() === "" || reason.trim() === ""}>
          {t().common.save}
        </button>
        <button type="button" class="button" onClick={onDone}>
          {t().common.cancel}
        </button>
      </div>
    </form>
  );
}

/** The button, and the form that it opens. */
export function Deviation({ work, item }: Props) {
  const [open, setOpen] = useState(false);
  const tags = tagsAt(work.bundle, item);
  if (tags.length === 0) return null;
  if (open) return <Form work={work} item={item} tags={tags} onDone={() => setOpen(false)} />;
  return (
    <button type="button" class="button" onClick={() => setOpen(true)}>
      <Icon name="fork" /> {t().record.deviation}
    </button>
  );
}

/** What became of the deviations recorded at an item. */
export function Proposals({ work, item }: Props) {
  const known = proposalsAt(work.bundle, work.history.get(item.key) ?? [], item.key);
  if (known.length === 0) return null;
  const words = new Map(work.bundle.deviations?.properties.map((each) => [each.property, each.title]));
  return (
    <ul class="plain lined" aria-label={t().record.deviations}>
      {known.map((each) => (
        <li key={each.id} class={`notice ${each.status === "refused" ? "tone-fail" : "tone-info"}`}>
          <Icon name="fork" />
          <span>
            <b>
              {each.tag}, {words.get(each.property) ?? each.property}: {each.value}
            </b>{" "}
            {t().record.outcomes[each.status]} {each.comment !== "" && t().common.quoted(each.comment)}
          </span>
        </li>
      ))}
    </ul>
  );
}
