// How an item is answered, by the kind of its criterion.

import type { ComponentChildren } from "preact";
import type { Item, ItemState, OperationBody, Value } from "../core/model";
import type { Work } from "../core/work";
import { enter } from "./actions";
import { Choice } from "./choice";
import { Icon } from "./icons";
import { useInstrument } from "./instrument";
import { Reading } from "./reading";
import { SignatureEntry } from "./signature";
import { TextEntry } from "./text_entry";

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
        <b>Answered by the device probe.</b> {state.judgement.reason} Run the probe at the site; its result
        appears here.
      </span>
    </p>
  );
}

function Answer({ work, item, state, excuse }: Props) {
  const [picker, instrument] = useInstrument(work, item);
  const save = (value: Value): Promise<boolean> => {
    const body: OperationBody = instrument === "" ? { value } : { value, instrument };
    return enter(item, "answer", body, "Saved on this tablet.");
  };
  if (item.criterion.kind === "range") return <Reading item={item} onSave={save} picker={picker} />;
  if (item.criterion.kind === "present") return <TextEntry item={item} onSave={save} picker={picker} />;
  return <Choice item={item} state={state} onSave={save} picker={picker} excuse={excuse} />;
}

/** What a person fills in. Photos have their own place below. */
export function Entry(props: Props) {
  const { kind } = props.item.criterion;
  if (kind === "photo") return null;
  if (kind === "probe") return <Probe state={props.state} />;
  if (kind === "signature") return <SignatureEntry {...props} />;
  return <Answer {...props} />;
}
