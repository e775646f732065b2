// One section at a time, so that a long site stays quick.

import { useEffect, useState } from "preact/hooks";
import type { Item } from "../core/model";
import { DONE } from "../core/progress";
import { hashOf } from "../core/route";
import type { Work } from "../core/work";
import { t } from "../messages";
import { Bar } from "./bar";
import { ItemCard } from "./item";
import { route } from "./state";
import { sectionName } from "./words";

function Tabs({ work }: { work: Work }) {
  const here = route.value.section;
  return (
    <nav class="tabs" aria-label={t().site.sections}>
      {work.progress.sections.map(({ section, done, total }) => (
        <a
          key={section}
          href={hashOf(work.site.id, section)}
          aria-current={section === here ? "page" : undefined}
        >
          {sectionName(section)}{" "}
          <span class="count">
            {done}/{total}
          </span>
        </a>
      ))}
    </nav>
  );
}

/** The place that a tag belongs to: a connector CH03.1 to its station CH03. */
function placeOf(item: Item): string {
  return item.tag.split(".")[0]!;
}

function Places({
  items,
  chosen,
  onChoose,
}: {
  items: readonly Item[];
  chosen: string;
  onChoose: (place: string) => void;
}) {
  const places = [...new Set(items.map(placeOf))];
  return (
    <select
      aria-label={t().site.showTag}
      value={chosen}
      onChange={(event) => onChoose(event.currentTarget.value)}
    >
      <option value="">{t().site.allTags}</option>
      {places.map((place) => (
        <option key={place} value={place}>
          {place}
        </option>
      ))}
    </select>
  );
}

function matches(item: Item, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  return wanted === "" || `${item.tag} ${item.title}`.toLowerCase().includes(wanted);
}

function bringToView(key: string | null): void {
  if (key === null) return;
  const card = document.getElementById(`item-${key}`);
  card?.scrollIntoView({ block: "start" });
  card?.querySelector<HTMLElement>(".item-head")?.focus({ preventScroll: true });
}

/** The items of a section with search and "only what is open". */
export function SectionScreen({ work }: { work: Work }) {
  const { section, item: open } = route.value;
  const [text, setText] = useState("");
  const [onlyOpen, setOnlyOpen] = useState(false);
  const [place, setPlace] = useState("");
  const items = [...work.items.values()].filter((item) => item.section === section);
  const waits = (item: Item): boolean => !DONE.has(work.states.get(item.key)?.status ?? "open");
  const shown = items.filter(
    (item) =>
      item.key === open ||
      (matches(item, text) && (place === "" || placeOf(item) === place) && (!onlyOpen || waits(item))),
  );
  useEffect(() => bringToView(open), [open, section]);
  useEffect(() => setPlace(""), [section]);
  return (
    <>
      <main class="page stack">
        <h1 class="only-spoken">{sectionName(section)}</h1>
        <Tabs work={work} />
        <div class="row find">
          <input
            type="search"
            aria-label={t().site.search}
            placeholder={t().site.searchExample}
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
          <Places items={items} chosen={place} onChoose={setPlace} />
          <button type="button" class="button" aria-pressed={onlyOpen} onClick={() => setOnlyOpen(!onlyOpen)}>
            {t().site.onlyOpen}
          </button>
        </div>
        <ol class="plain items">
          {shown.map((item) => (
            <ItemCard key={item.key} work={work} item={item} open={item.key === open} />
          ))}
        </ol>
        {shown.length === 0 && (
          <p class="empty">{t().site.noMatch} {onlyOpen && t().site.allDone}</p>
        )}
      </main>
      <Bar work={work} />
    </>
  );
}
