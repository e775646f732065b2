// One site at a glance: what was returned, the sections, the drawing, leaving and handing over.

import type { Item, Section } from "../core/model";
import { DONE, type SectionProgress } from "../core/progress";
import { hashOf } from "../core/route";
import type { Work } from "../core/work";
import { t } from "../messages";
import { handOver } from "./actions";
import { Meter, SiteBadge } from "./badge";
import { Bar } from "./bar";
import { Icon, type IconName } from "./icons";
import { allSent, online } from "./state";
import { hours, sectionName, sentence } from "./words";

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
        <Icon name="back" /> {t().site.returned}
      </h2>
      <ul class="plain lined">
        {items.map((item) => (
          <li key={item.key}>
            <a class="returned-item" href={hashOf(work.site.id, item.section, item.key)}>
              <span class="stack-tight">
                <b>
                  {item.title} <span class="tag">{item.tag}</span>
                </b>
                <span>{t().common.quoted(work.states.get(item.key)?.comment ?? "")}</span>
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
        <b>{t().site.atRevision(revision)}</b> {t().site.toDoAgain(stale.length)}{" "}
        <a href={hashOf(work.site.id, first.section, first.key)}>
          {t().common.at(first.title, first.tag)}
        </a>
        {stale.length > 1 && t().site.andMore}.
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
  const name = sectionName(section.section);
  const { minutes, stopped } = leftIn(work, section.section);
  return (
    <li>
      <a class="section-row" href={hashOf(work.site.id, section.section)}>
        <b>{name}</b>
        <span class="section-count">
          {stopped && <span class="badge tone-fail">{t().site.stop}</span>}
          {failed > 0 && <span class="badge tone-fail">{t().site.failed(failed)}</span>}
          {minutes > 0 && <span class="soft nowrap">{hours(minutes)}</span>}
          <span class="nowrap">
            {t().common.share(done, total)}
          </span>
        </span>
        <Meter done={done} total={total} label={t().site.sectionDone(name, done, total)} />
        <Icon name="right" />
      </a>
    </li>
  );
}

function whyNotYet(work: Work): string {
  const blockers = work.progress.blocksSubmission;
  if (blockers.length > 0) {
    return t().site.notYet(sentence(blockers[0]!.reason), blockers.length - 1);
  }
  if (!online.value) return t().site.needsNetwork;
  if (!allSent.value) return t().site.needsSending;
  return "";
}

function HandOver({ work }: { work: Work }) {
  if (work.bundle.site.state !== "open")
    return (
      <p class="notice tone-info">
        <Icon name="shield" />{" "}
        <span>
          {t().site.isHandedOver}
        </span>
      </p>
    );
  const why = whyNotYet(work);
  return (
    <section class="card stack-small" aria-labelledby="hand-over">
      <h2 id="hand-over">{t().site.handOverTitle}</h2>
      <p class="soft">{why || t().site.handOverReady}</p>
      <button
        type="button"
        class="button button-main button-large"
        disabled={why !== ""}
        onClick={() => void handOver(work.site.id)}
      >
        <Icon name="send" /> {t().site.handOver}
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
  const words = t().site;
  return (
    <>
      <main class="page stack">
        <div class="row row-between">
          <h1>{site.name}</h1>
          <SiteBadge state={site.state} />
        </div>
        <p class="soft">
          {site.address} · {words.revision(design.title, String(design.revision))}
        </p>
        <Returned work={work} />
        <Revised work={work} />
        <nav class="card card-flush" aria-label={words.sections}>
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
            title={words.leave}
            text={words.leaveText}
          />
          <Tile
            href={hashOf(site.id, "drawing")}
            icon="drawing"
            title={words.drawing}
            text={words.drawingText}
          />
        </div>
        <HandOver work={work} />
      </main>
      <Bar work={work} />
    </>
  );
}
