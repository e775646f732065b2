// One item: a row that opens to the card where it is done.

import { useState } from "preact/hooks";
import type { Item, ItemState } from "../core/model";
import { DONE } from "../core/progress";
import { hashOf } from "../core/route";
import { markOf, type Work } from "../core/work";
import { t } from "../messages";
import { StatusBadge } from "./badge";
import { Conflict } from "./conflict";
import { Deviation, Proposals } from "./deviation";
import { Doubts } from "./doubts";
import { Entry, isChoice } from "./entry";
import { History } from "./history";
import { Icon } from "./icons";
import { MethodStatement } from "./method";
import { ExcuseButton, ExcuseForm } from "./not_applicable";
import { Notes } from "./notes";
import { Photos } from "./photos";
import { Stop } from "./stop";
import { competenceName, hours, limitWords, sentence, valueWords } from "./words";

interface Props {
  work: Work;
  item: Item;
}

function standing(state: ItemState): string {
  if (state.value !== null) return valueWords(state.value);
  return state.photos.length > 0 ? t().common.photos(state.photos.length) : "";
}

/** The worst mark among this person's entries at an item: one glance says whether all of it has arrived. */
function Arrival({ work, item }: Props) {
  const own = (work.history.get(item.key) ?? []).flatMap(({ op }) => work.own.get(op.id) ?? []);
  const marks = own.map((stored) => markOf(stored, work.photos.get(stored.op.body.sha256 ?? "")));
  if (marks.length === 0) return null;
  const all = marks.every((mark) => mark === "received");
  return (
    <span class={all ? "arrival" : "arrival arrival-waits"}>
      <Icon name={all ? "cloud" : "tablet"} /> {all ? t().item.received : t().item.saved}
    </span>
  );
}

function Head({ work, item, state, open }: Props & { state: ItemState; open: boolean }) {
  // Replaced, not pushed: "back" leads out of the section, not through every item that was looked at.
  const toggle = (): void => location.replace(hashOf(work.site.id, item.section, open ? null : item.key));
  return (
    <button type="button" class="item-head" aria-expanded={open} onClick={toggle}>
      <span class="item-place">
        {item.number && <span class="item-number">{item.number}</span>}{" "}
        <span class="tag item-tag">{item.tag}</span>
      </span>{" "}
      <span class="item-name">
        <b>{item.title}</b>{" "}
        {item.safety && <span class="safety">{t().item.safety}</span>}
        {item.stops_work === true && <span class="safety stops">{t().item.stopsWork}</span>}
      </span>
      <span class="item-state">
        <span class="item-figures">
          <b class="reading">{standing(state)}</b>
          {item.criterion.kind === "range" && <span class="limit">{limitWords(item.limit_text)}</span>}
        </span>
        <StatusBadge status={state.status} />
        <Arrival work={work} item={item} />
      </span>
      <Icon name="down" />
    </button>
  );
}

function Before({ work, item }: Props) {
  const unmet = item.requires.filter((key) => !DONE.has(work.states.get(key)?.status ?? "open"));
  const first = work.items.get(unmet[0] ?? "");
  if (first === undefined) return null;
  return (
    <p class="notice tone-doubt">
      <Icon name="warning" />
      <span>
        {t().item.first}{" "}
        <a href={hashOf(work.site.id, first.section, first.key)}>
          {t().common.at(first.title, first.tag)}
        </a>{" "}
        {t().item.mustPass(unmet.length - 1)}
      </span>
    </p>
  );
}

function Verdict({ item, state }: { item: Item; state: ItemState }) {
  const words = t().item;
  const { quoted } = t().common;
  if (state.status === "returned")
    return (
      <p class="notice tone-fail" role="status">
        <Icon name="back" />{" "}
        <span>
          <b>{words.returned}</b> {quoted(state.comment)} {words.doBelow}
        </span>
      </p>
    );
  if (state.status === "stale")
    return (
      <p class="notice tone-doubt" role="status">
        <Icon name="back" />{" "}
        <span>
          <b>{words.doAgain}</b> {sentence(state.judgement.reason)} {words.staysInHistory}
        </span>
      </p>
    );
  if (state.status === "conceded")
    return (
      <p class="notice tone-info">
        <Icon name="check" />{" "}
        <span>
          <b>{words.accepted}</b> {quoted(state.comment)}
        </span>
      </p>
    );
  if (state.status === "failed")
    return (
      <p class="notice tone-fail" role="status">
        <Icon name="cross" />{" "}
        <span>
          <b>{words.failed}</b> {sentence(state.judgement.reason)}{" "}
          {item.safety ? words.failedSafety : words.failedNote}
        </span>
      </p>
    );
  if (state.status === "not_applicable")
    return (
      <p class="notice tone-info">
        <Icon name="dash" />{" "}
        <span>
          <b>{words.notApplicable}</b> {quoted(state.reason)}{" "}
          {item.safety && !state.accepted && words.mustAgree}
        </span>
      </p>
    );
  if (state.status === "inconclusive")
    return (
      <p class="notice tone-doubt" role="status">
        <Icon name="question" /> <span>{sentence(state.judgement.reason)}</span>
      </p>
    );
  return null;
}

function Limit({ item }: { item: Item }) {
  if (item.limit_text === "" && item.clause === "") return null;
  return (
    <dl class="limit-box">
      {item.limit_text !== "" && (
        <div>
          <dt>{item.criterion.kind === "range" ? t().item.limit : t().item.required}</dt>
          <dd class="limit-figure">{limitWords(item.limit_text)}</dd>
        </div>
      )}
      <div>
        <dt>{t().item.from}</dt>
        <dd>{[item.limit_source, item.clause].filter((each) => each !== "").join(" · ")}</dd>
      </div>
    </dl>
  );
}

/** Who, how long, and what happens when it fails. */
function Facts({ item }: { item: Item }) {
  const facts = [
    item.who ? competenceName(item.who) : "",
    item.minutes ? hours(item.minutes) : "",
    item.severity === "minor" ? t().item.minor : "",
    item.severity === "info" ? t().item.info : "",
  ].filter((each) => each !== "");
  if (facts.length === 0) return null;
  return <p class="soft facts-line">{facts.join(" · ")}</p>;
}

function Body({ work, item, state }: Props & { state: ItemState }) {
  const open = work.bundle.site.state === "open";
  const [excusing, setExcusing] = useState(false);
  const [anyway, setAnyway] = useState(false);
  const stopped = open && state.status === "open" && !anyway && work.waiting.get(item.key)?.stop === true;
  const editable = open && !stopped;
  const excuse = <ExcuseButton large={isChoice(item)} onOpen={() => setExcusing(true)} />;
  return (
    <div class="item-body stack">
      <p class="instruction">{item.instruction}</p>
      <Facts item={item} />
      <MethodStatement work={work} item={item} />
      <Limit item={item} />
      {stopped ? <Stop work={work} item={item} onAnyway={() => setAnyway(true)} /> : <Before work={work} item={item} />}
      <Verdict item={item} state={state} />
      <Doubts work={work} item={item} />
      {state.status === "conflict" && <Conflict work={work} item={item} state={state} />}
      {editable && <Entry work={work} item={item} state={state} excuse={excuse} />}
      {editable && excusing && <ExcuseForm item={item} onDone={() => setExcusing(false)} />}
      <Photos work={work} item={item} state={state} editable={editable} />
      {editable && (
        <div class="row beside">
          <Notes item={item} />
          <Deviation work={work} item={item} />
          {!isChoice(item) && excuse}
        </div>
      )}
      <Proposals work={work} item={item} />
      <History work={work} item={item} />
    </div>
  );
}

/** Row and, when open, everything to do it. */
export function ItemCard({ work, item, open }: Props & { open: boolean }) {
  const state = work.states.get(item.key);
  if (state === undefined) return null;
  return (
    <li class={`item ${open ? "item-expanded" : ""} item-${state.status}`} id={`item-${item.key}`}>
      <Head work={work} item={item} state={state} open={open} />
      {open && <Body work={work} item={item} state={state} />}
    </li>
  );
}
