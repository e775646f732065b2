// Work stops here until something else has passed. Nothing is refused: a second deliberate tap opens the entry.

import type { Item } from "../core/model";
import { hashOf } from "../core/route";
import type { Work } from "../core/work";
import { t } from "../messages";
import { Icon } from "./icons";

/** The red panel with the way to what has to pass. */
export function Stop({ work, item, onAnyway }: { work: Work; item: Item; onAnyway: () => void }) {
  const first = work.items.get(work.waiting.get(item.key)?.item ?? "");
  if (first === undefined) return null;
  return (
    <div class="stop stack-small" role="alert">
      <p class="stop-word">
        <Icon name="warning" /> {t().item.stop}
      </p>
      <p>
        <b>
          {t().common.at(first.title, first.tag)}
        </b>{" "}
        {t().item.hasToPass}
      </p>
      <a class="button button-large" href={hashOf(work.site.id, first.section, first.key)}>
        <Icon name="right" /> {t().item.goThere}
      </a>
      <button type="button" class="button stop-anyway" onClick={onAnyway}>
        {t().item.anyway}
      </button>
    </div>
  );
}
