// A failed answer is replaced: the reason decides whether earlier tests have to be repeated, so it is asked once.

import { t } from "../messages";
import { Icon, type IconName } from "./icons";

export type Because = "mistyped" | "repaired" | "repeated";

const REASONS: { because: Because; icon: IconName }[] = [
  { because: "mistyped", icon: "back" },
  { because: "repaired", icon: "check" },
  { because: "repeated", icon: "sync" },
];

/** Three large buttons. */
export function AskWhy({ onChoose, onCancel }: { onChoose: (because: Because) => void; onCancel: () => void }) {
  const words = t().entry;
  return (
    <div class="aside-form stack-small" role="group" aria-label={words.whyAnother}>
      <p>
        <b>{words.failedBefore}</b>
      </p>
      {REASONS.map(({ because, icon }) => (
        <button key={because} type="button" class="button button-large why" onClick={() => onChoose(because)}>
          <Icon name={icon} />
          <span class="stack-tight">
            <b>{words.because[because].title}</b>
            <small>{words.because[because].text}</small>
          </span>
        </button>
      ))}
      <button type="button" class="button" onClick={onCancel}>
        {words.dontSave}
      </button>
    </div>
  );
}
