// Which instrument measured: remembered on this tablet, with its calibration in sight.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { dayIn } from "../core/fold";
import { doesFor, whyNotValid } from "../core/instrument";
import type { Instrument, Item } from "../core/model";
import type { Work } from "../core/work";
import { t } from "../messages";
import { lastInstrument, rememberInstrument } from "./actions";
import { Icon } from "./icons";
import { dayWords, instrumentName, sentence } from "./words";

/** Today at the site. */
export const todayAt = (work: Work): string =>
  dayIn(work.bundle.site.timezone)(Date.now());

function label(instrument: Instrument): string {
  const due = instrument.calibration_due === null ? "" : ` · ${t().entry.calibratedUntil(dayWords(instrument.calibration_due))}`;
  return `${instrument.make} ${instrument.model} · ${instrument.serial}${due}`;
}

interface PickerProps {
  kind: string;
  choices: Instrument[];
  chosen: string;
  today: string;
  onChoose: (id: string) => void;
}

function Picker({ kind, choices, chosen, today, onChoose }: PickerProps) {
  const current = choices.find((each) => each.id === chosen);
  const why = current === undefined ? "" : whyNotValid(kind, current, today);
  return (
    <label class="field">
      <span>{t().entry.instrument(instrumentName(kind))}</span>
      <select value={chosen} onChange={(event) => onChoose(event.currentTarget.value)}>
        <option value="">{t().entry.chooseInstrument}</option>
        {choices.map((each) => (
          <option key={each.id} value={each.id}>
            {label(each)}
          </option>
        ))}
      </select>
      {choices.length === 0 && (
        <span class="live tone-doubt">
          <Icon name="warning" /> {t().entry.noInstrument}
        </span>
      )}
      {why !== "" && (
        <span class="live tone-fail">
          <Icon name="warning" /> {sentence(why)} {t().entry.decidesNothing}
        </span>
      )}
    </label>
  );
}

/** What may measure it, those of the very class first, valid ones before expired ones. */
function inOrder(work: Work, kind: string): Instrument[] {
  const today = todayAt(work);
  const rank = (each: Instrument): number =>
    (whyNotValid(kind, each, today) === "" ? 0 : 2) + (each.kind === kind ? 0 : 1);
  return work.bundle.instruments
    .filter((each) => doesFor(each.kind, kind))
    .sort((one, other) => rank(one) - rank(other));
}

/** The one to begin with: the only one of the very class, or the only one at all; "" leaves the choice. */
function obvious(choices: Instrument[], kind: string): string {
  const exact = choices.filter((each) => each.kind === kind);
  if (exact.length === 1) return exact[0]!.id;
  return choices.length === 1 ? choices[0]!.id : "";
}

/** The picker (nothing when the item needs no instrument) and the instrument chosen. */
export function useInstrument(work: Work, item: Item): [ComponentChildren, Instrument | null] {
  const [chosen, setChosen] = useState("");
  const kind = item.instrument ?? "";
  const choices = inOrder(work, kind);
  useEffect(() => {
    if (kind !== "")
      void lastInstrument(kind).then((id) =>
        setChosen(choices.some((each) => each.id === id) ? id : obvious(choices, kind)),
      );
  }, [item.key]);
  if (kind === "") return [null, null];
  const choose = (id: string): void => {
    setChosen(id);
    void rememberInstrument(kind, id);
  };
  const picker = (
    <Picker kind={kind} choices={choices} chosen={chosen} today={todayAt(work)} onChoose={choose} />
  );
  return [picker, choices.find((each) => each.id === chosen) ?? null];
}
