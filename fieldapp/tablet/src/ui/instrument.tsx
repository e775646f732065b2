// Which instrument measured: remembered on this tablet, with its calibration in sight.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Instrument, Item } from "../core/model";
import type { Work } from "../core/work";
import { lastInstrument, rememberInstrument } from "./actions";
import { Icon } from "./icons";

function overdue(instrument: Instrument): boolean {
  return (
    instrument.calibration_due !== null && instrument.calibration_due < new Date().toISOString().slice(0, 10)
  );
}

function label(instrument: Instrument): string {
  const due = instrument.calibration_due === null ? "" : ` · calibrated until ${instrument.calibration_due}`;
  return `${instrument.make} ${instrument.model} · ${instrument.serial}${due}`;
}

function Picker({
  choices,
  chosen,
  onChoose,
}: {
  choices: Instrument[];
  chosen: string;
  onChoose: (id: string) => void;
}) {
  const current = choices.find((each) => each.id === chosen);
  return (
    <label class="field">
      <span>Instrument</span>
      <select value={chosen} onChange={(event) => onChoose(event.currentTarget.value)}>
        <option value="">Choose the instrument</option>
        {choices.map((each) => (
          <option key={each.id} value={each.id}>
            {label(each)}
          </option>
        ))}
      </select>
      {current !== undefined && overdue(current) && (
        <span class="live tone-doubt">
          <Icon name="warning" /> Its calibration ran out on {current.calibration_due}: the reviewer will see
          that.
        </span>
      )}
    </label>
  );
}

/** The picker (nothing when the item needs no instrument) and the id chosen. */
export function useInstrument(work: Work, item: Item): [ComponentChildren, string] {
  const [chosen, setChosen] = useState("");
  const kind = item.instrument ?? "";
  const choices = work.bundle.instruments.filter((each) => each.kind === kind);
  useEffect(() => {
    if (kind !== "")
      void lastInstrument(kind).then((id) =>
        setChosen(choices.some((each) => each.id === id) ? id : choices.length === 1 ? choices[0]!.id : ""),
      );
  }, [item.key]);
  if (kind === "" || choices.length === 0) return [null, ""];
  const choose = (id: string): void => {
    setChosen(id);
    void rememberInstrument(kind, id);
  };
  return [<Picker choices={choices} chosen={chosen} onChoose={choose} />, chosen];
}
