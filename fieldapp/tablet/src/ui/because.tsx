// A failed answer is replaced: the reason decides whether earlier tests have to be repeated, so it is asked once.

import { Icon, type IconName } from "./icons";

export type Because = "mistyped" | "repaired" | "repeated";

const REASONS: { because: Because; title: string; text: string; icon: IconName }[] = [
  { because: "mistyped", title: "I mistyped", text: "The reading before was never a reading.", icon: "back" },
  {
    because: "repaired",
    title: "Fault repaired, measured again",
    text: "Earlier tests that it may have changed are to be repeated.",
    icon: "check",
  },
  { because: "repeated", title: "Measured again", text: "Nothing was changed in between.", icon: "sync" },
];

/** Three large buttons. */
export function AskWhy({ onChoose, onCancel }: { onChoose: (because: Because) => void; onCancel: () => void }) {
  return (
    <div class="aside-form stack-small" role="group" aria-label="Why another entry?">
      <p>
        <b>The entry before failed. Why another one?</b>
      </p>
      {REASONS.map(({ because, title, text, icon }) => (
        <button key={because} type="button" class="button button-large why" onClick={() => onChoose(because)}>
          <Icon name={icon} />
          <span class="stack-tight">
            <b>{title}</b>
            <small>{text}</small>
          </span>
        </button>
      ))}
      <button type="button" class="button" onClick={onCancel}>
        Don't save
      </button>
    </div>
  );
}
