// Small parts that carry a state: always a word, an icon and a colour.

import type { ItemStatus } from "../core/model";
import type { Mark } from "../core/work";
import { t } from "../messages";
import { Icon } from "./icons";
import { siteLook, statusLook } from "./words";

/** The state of an item. */
export function StatusBadge({ status }: { status: ItemStatus }) {
  const { word, icon, tone } = statusLook(status);
  return (
    <span class={`badge tone-${tone}`}>
      <Icon name={icon} /> {word}
    </span>
  );
}

/** The state of a site. */
export function SiteBadge({ state }: { state: string }) {
  const { word, tone } = siteLook(state);
  return <span class={`badge tone-${tone}`}>{word}</span>;
}

/** Where an entry is: on this tablet only, or with the server too. */
export function Marks({ mark }: { mark: Mark }) {
  const words = t().sync.marks;
  return (
    <span class="marks">
      {mark !== "elsewhere" && (
        <span class="mark mark-done">
          <Icon name="tablet" /> {words.saved}
        </span>
      )}
      {(mark === "received" || mark === "elsewhere") && (
        <span class="mark mark-done">
          <Icon name="cloud" /> {words.received}
        </span>
      )}
      {mark === "saved" && (
        <span class="mark">
          <Icon name="clock" /> {words.notSent}
        </span>
      )}
      {mark === "attention" && (
        <span class="mark mark-look">
          <Icon name="warning" /> {words.look}
        </span>
      )}
    </span>
  );
}

/** How much of something is done, drawn; the words stand beside it. */
export function Meter({ done, total, label }: { done: number; total: number; label: string }) {
  return <progress class="meter" max={Math.max(total, 1)} value={done} aria-label={label} />;
}
