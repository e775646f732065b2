// Small parts that carry a state: always a word, an icon and a colour.

import type { ItemStatus } from "../core/model";
import type { Mark } from "../core/work";
import { Icon } from "./icons";
import { SITE_STATE, STATUS } from "./words";

/** The state of an item. */
export function StatusBadge({ status }: { status: ItemStatus }) {
  const { word, icon, tone } = STATUS[status];
  return (
    <span class={`badge tone-${tone}`}>
      <Icon name={icon} /> {word}
    </span>
  );
}

/** The state of a site. */
export function SiteBadge({ state }: { state: string }) {
  const { word, tone } = SITE_STATE[state] ?? { word: state, tone: "plain" };
  return <span class={`badge tone-${tone}`}>{word}</span>;
}

/** Where an entry is: on this tablet only, or with the server too. */
export function Marks({ mark }: { mark: Mark }) {
  return (
    <span class="marks">
      {mark !== "elsewhere" && (
        <span class="mark mark-done">
          <Icon name="tablet" /> saved on this tablet
        </span>
      )}
      {(mark === "received" || mark === "elsewhere") && (
        <span class="mark mark-done">
          <Icon name="cloud" /> received by server
        </span>
      )}
      {mark === "saved" && (
        <span class="mark">
          <Icon name="clock" /> not sent yet
        </span>
      )}
      {mark === "attention" && (
        <span class="mark mark-look">
          <Icon name="warning" /> needs a look
        </span>
      )}
    </span>
  );
}

/** How much of something is done, drawn; the words stand beside it. */
export function Meter({ done, total, label }: { done: number; total: number; label: string }) {
  return <progress class="meter" max={Math.max(total, 1)} value={done} aria-label={label} />;
}
