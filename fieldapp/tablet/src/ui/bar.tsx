// The bar at the thumb: how far the work is, and where to go next.

import type { Item } from "../core/model";
import { nextOpen } from "../core/progress";
import { hashOf } from "../core/route";
import type { Work } from "../core/work";
import { t } from "../messages";
import { Meter } from "./badge";
import { Icon } from "./icons";
import { route } from "./state";

/** The item to do next, seen from where the person is. */
export function nextItem(work: Work): Item | null {
  return nextOpen(work.bundle.checklists, work.states, route.value.item);
}

function Next({ work }: { work: Work }) {
  const next = nextItem(work);
  if (next === null)
    return (
      <a class="button button-spark button-large" href={hashOf(work.site.id, "leave")}>
        <Icon name="door" /> {t().site.mayLeave}
      </a>
    );
  return (
    <a class="button button-spark button-large" href={hashOf(work.site.id, next.section, next.key)}>
      {t().site.nextOpen} <Icon name="right" />
    </a>
  );
}

/** Sticky at the bottom of a site's screens. */
export function Bar({ work }: { work: Work }) {
  const { done, total } = work.progress;
  return (
    <footer class="bar">
      <div class="bar-progress">
        <span>
          <b>{done}</b> {t().common.ofDone(total)}
        </span>
        <Meter done={done} total={total} label={t().common.itemsDone(done, total)} />
      </div>
      <Next work={work} />
    </footer>
  );
}
