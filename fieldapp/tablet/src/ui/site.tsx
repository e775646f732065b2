// One site at a glance: what was returned, the sections, the drawing, leaving and handing over.

import type { Item, Section } from "../core/model";
import { DONE, type SectionProgress } from "../core/progress";
import { hashOf } from "../core/route";
import type { Work } from "../core/work";
import { handOver } from "./actions";
import { Meter, SiteBadge } from "./badge";
import { Bar } from "./bar";
import { Icon, type IconName } from "./icons";
import { allSent, online } from "./state";
import { counted, hours, SECTIONS } from "./words";

/** Items that a reviewer sent back. */
export function returnedItems(work: Work): Item[] {
  return [...work.items.values()].filter((item) => work.states.get(item.key)?.status === "returned");
}

/** The reviewer's wishes, on top of everything else. */
export function Returned({ work }: { work: Work }) {
  const items = returnedItems(work);
  if (items.length === 0) return null;
  return (
    <section class="card returned stack-small" aria-labelledby="returned">
      <h2 id="returned">
        <Icon name="back" /> Returned by the reviewer
      </h2>
      <ul class="plain lined">
        {items.map((item) => (
          <li key={item.key}>
            <a class="returned-item" href={hashOf(work.site.id, item.section, item.key)}>
              <span class="stack-tight">
                <b>
                  {item.title} <span class="tag">{item.tag}</span>
                </b>
                <span>“{work.states.get(item.key)?.comment}”</span>
              </span>
              <Icon name="right" />
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What a new revision of the site asks to be done again. */
function Revised({ work }: { work: Work }) {
  const revision = work.bundle.site.revision ?? 1;
  const stale = [...work.items.values()].filter((item) => work.states.get(item.key)?.status === "stale");
  const first = stale[0];
  if (first === undefined) return null;
  return (
    <p class="notice tone-doubt">
      <Icon name="back" />{" "}
      <span>
        <b>The site is at revision {revision}.</b> {counted(stale.length, "item", "items")} to do again:{" "}
        <a href={hashOf(work.site.id, first.section, first.key)}>
          {first.title} at {first.tag}
        </a>
        {stale.length > 1 && " and more"}.
      </span>
    </p>
  );
}

/** Minutes of what is not done in a phase, and whether all of that waits for something that stops work. */
function leftIn(work: Work, section: Section): { minutes: number; stopped: boolean } {
  const open = [...work.items.values()].filter(
    (item) => item.section === section && !DONE.has(work.states.get(item.key)?.status ?? "open"),
  );
  const minutes = open.reduce((sum, item) => sum + (item.minutes ?? 0), 0);
  return { minutes, stopped: open.length > 0 && open.every(({ key }) => work.waiting.get(key)?.stop === true) };
}

function SectionRow({ work, section }: { work: Work; section: SectionProgress }) {
  const { done, total, failed } = section;
  const name = SECTIONS[section.section];
  const { minutes, stopped } = leftIn(work, section.section);
  return (
    <li>
      <a class="section-row" href={hashOf(work.site.id, section.section)}>
        <b>{name}</b>
        <span class="section-count">
          {stopped && <span class="badge tone-fail">Stop</span>}
          {failed > 0 && <span class="badge tone-fail">{failed} failed</span>}
          {minutes > 0 && <span class="soft nowrap">{hours(minutes)}</span>}
          <span class="nowrap">
            {done} of {total}
          </span>
        </span>
        <Meter done={done} total={total} label={`${name}: ${done} of ${total} done`} />
        <Icon name="right" />
      </a>
    </li>
  );
}

function whyNotYet(work: Work): string {
  const blockers = work.progress.blocksSubmission;
  if (blockers.length > 0) {
    const more = blockers.length > 1 ? ` (and ${blockers.length - 1} more)` : "";
    return `Not yet: ${blockers[0]!.reason}${more}`;
  }
  if (!online.value) return "Everything is done. Handing over needs network.";
  if (!allSent.value) return "Everything is done. It can be handed over once everything is sent.";
  return "";
}

function HandOver({ work }: { work: Work }) {
  if (work.bundle.site.state !== "open")
    return (
      <p class="notice tone-info">
        <Icon name="shield" />{" "}
        <span>
          This site has been handed over. You can read everything; changing needs the reviewer to return an
          item.
        </span>
      </p>
    );
  const why = whyNotYet(work);
  return (
    <section class="card stack-small" aria-labelledby="hand-over">
      <h2 id="hand-over">Hand over to the reviewer</h2>
      <p class="soft">{why || "Everything is done and received. The reviewer takes over from here."}</p>
      <button
        type="button"
        class="button button-main button-large"
        disabled={why !== ""}
        onClick={() => void handOver(work.site.id)}
      >
        <Icon name="send" /> Hand over
      </button>
    </section>
  );
}

function Tile({ href, icon, title, text }: { href: string; icon: IconName; title: string; text: string }) {
  return (
    <a class="card tile" href={href}>
      <Icon name={icon} />
      <span class="stack-tight">
        <b>{title}</b>
        <span class="soft">{text}</span>
      </span>
    </a>
  );
}

/** The start screen of a site. */
export function SiteOverview({ work }: { work: Work }) {
  const { site, design } = work.bundle;
  return (
    <>
      <main class="page stack">
        <div class="row row-between">
          <h1>{site.name}</h1>
          <SiteBadge state={site.state} />
        </div>
        <p class="soft">
          {site.address} · {design.title}, revision {design.revision}
        </p>
        <Returned work={work} />
        <Revised work={work} />
        <nav class="card card-flush" aria-label="Sections">
          <ul class="plain lined">
            {work.progress.sections.map((section) => (
              <SectionRow key={section.section} work={work} section={section} />
            ))}
          </ul>
        </nav>
        <div class="tiles">
          <Tile
            href={hashOf(site.id, "leave")}
            icon="door"
            title="Safe to leave site?"
            text="Every entry and photo with its receipt"
          />
          <Tile
            href={hashOf(site.id, "drawing")}
            icon="drawing"
            title="One-line diagram"
            text="What is connected to what"
          />
        </div>
        <HandOver work={work} />
      </main>
      <Bar work={work} />
    </>
  );
}
