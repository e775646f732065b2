// How an item is answered, by the kind of its criterion.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { replacesFailure } from "../core/answers";
import { judgeItem } from "../core/judge";
import type { Item, ItemState, OperationBody, Value } from "../core/model";
import { doubtsAt, type Surroundings } from "../core/plausibility";
import { instrumentsOf, type Work } from "../core/work";
import { t } from "../messages";
import { enter } from "./actions";
import { AskWhy, type Because } from "./because";
import { Choice } from "./choice";
import { DocumentEntry } from "./document_entry";
import { Icon } from "./icons";
import { todayAt, useInstrument } from "./instrument";
import { Reading } from "./reading";
import { SerialEntry } from "./serial";
import { SignatureEntry } from "./signature";
import { TableEntry } from "./table_entry";
import { TextEntry } from "./text_entry";
import { sentence } from "./words";

interface Props {
  work: Work;
  item: Item;
  state: ItemState;
  excuse: ComponentChildren; // the button "not applicable", which stands beside Yes and No
}

/** True when an item is answered by tapping one of a few words. */
export function isChoice(item: Item): boolean {
  return item.criterion.kind === "equals" || item.criterion.kind === "one_of";
}

function Probe({ state }: Pick<Props, "state">) {
  return (
    <p class="notice tone-info">
      <Icon name="sync" />
      <span>
        <b>{t().entry.probe}</b> {sentence(state.judgement.reason)} {t().entry.probeRun}
      </span>
    </p>
  );
}

function Answer({ work, item, state, excuse }: Props) {
  const [picker, instrument] = useInstrument(work, item);
  const [asked, setAsked] = useState<{ value: Value; done: (saved: boolean) => void } | null>(null);
  const record = (value: Value, because?: Because): Promise<boolean> => {
    const named = instrument === null ? {} : { instrument: instrument.id };
    const body: OperationBody = { value, ...named, ...(because === undefined ? {} : { because }) };
    return enter(item, "answer", body, t().common.savedHere);
  };
  const save = (value: Value): Promise<boolean> =>
    replacesFailure(state)
      ? new Promise((done) => setAsked({ value, done }))
      : record(value);
  const settle = async (because: Because | null): Promise<void> => {
    if (asked === null) return;
    setAsked(null);
    asked.done(because === null ? false : await record(asked.value, because));
  };
  const props = {
    item,
    onSave: save,
    picker,
    look: (value: Value) => judgeItem(value, item, { day: todayAt(work), instrument }),
    odd: (value: Value) => doubtsAt(item, value, around(work), { instrument: instrument?.id ?? null }),
  };
  return (
    <>
      {asked !== null && (
        <AskWhy onChoose={(because) => void settle(because)} onCancel={() => void settle(null)} />
      )}
      <Fields {...props} state={state} excuse={excuse} />
    </>
  );
}

type FieldsProps = Parameters<typeof Reading>[0] & Pick<Props, "state" | "excuse">;

/** The fields for a kind of evidence. */
function Fields(props: FieldsProps) {
  const { item } = props;
  switch (item.criterion.kind) {
    case "range":
      return <Reading {...props} />;
    case "table":
      return <TableEntry {...props} />;
    case "document":
      return <DocumentEntry {...props} />;
    case "present":
      return item.evidence === "serial" ? <SerialEntry {...props} /> : <TextEntry {...props} />;
    default:
      return <Choice {...props} />;
  }
}

const around = ({ items, states, history, bundle }: Work): Surroundings => ({
  items,
  states,
  history,
  instruments: instrumentsOf(bundle),
});

/** What a person fills in. Photos have their own place below. */
export function Entry(props: Props) {
  const { kind } = props.item.criterion;
  if (kind === "photo") return null;
  if (kind === "probe") return <Probe state={props.state} />;
  if (kind === "signature") return <SignatureEntry {...props} />;
  return <Answer {...props} />;
}
