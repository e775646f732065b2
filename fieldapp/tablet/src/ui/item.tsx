// One item: a row that opens to the card where it is done.

import { useState } from "preact/hooks";
import type { Item, ItemState } from "../core/model";
import { DONE } from "../core/progress";
import { hashOf } from "../core/route";
import { markOf, type Work } from "../core/work";
import { shown } from "../core/value";
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
import { COMPETENCES, hours } from "./words";

interface Props {
  work: Work;
  item: Item;
}

function standing(state: ItemState): string {
  if (state.value !== null) return shown(state.value);
  return state.photos.length > 0 ? `${state.photos.length} photo${state.photos.length === 1 ? "" : "s"}` : "";
}

/** The worst mark among this person's entries at an item: one glance says whether all of it has arrived. */
function Arrival({ work, item }: Props) {
  const own = (work.history.get(item.key) ?? []).flatMap(({ op }) => work.own.get(op.id) ?? []);
  const marks = own.map((stored) => markOf(stored, work.photos.get(stored.op.body.sha256 ?? "")));
  if (marks.length === 0) return null;
  const all = marks.every((mark) => mark === "received");
  return (
    <span class={all ? "arrival" : "arrival arrival-waits"}>
      <Icon name={all ? "cloud" : "tablet"} /> {all ? "received" : "saved"}
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
        {item.safety && <span class="safety">Safety</span>}
        {item.stops_work === true && <span class="safety stops">Stops work</span>}
      </span>
      <span class="item-state">
        <span class="item-figures">
          <b class="reading">{standing(state)}</b>
          {item.criterion.kind === "range" && <span class="limit">{item.limit_text}</span>}
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
        First:{" "}
        <a href={hashOf(work.site.id, first.section, first.key)}>
          {first.title} at {first.tag}
        </a>{" "}
        must pass
        {unmet.length > 1 && ` (and ${unmet.length - 1} more)`}.
      </span>
    </p>
  );
}

function Verdict({ item, state }: { item: Item; state: ItemState }) {
  if (state.status === "returned")
    return (
      <p class="notice tone-fail" role="status">
        <Icon name="back" />{" "}
        <span>
          <b>Returned by the reviewer:</b> “{state.comment}” Do it again below.
        </span>
      </p>
    );
  if (state.status === "stale")
    return (
      <p class="notice tone-doubt" role="status">
        <Icon name="back" />{" "}
        <span>
          <b>Do it again:</b> {state.judgement.reason} What was recorded before stays in the history.
        </span>
      </p>
    );
  if (state.status === "conceded")
    return (
      <p class="notice tone-info">
        <Icon name="check" />{" "}
        <span>
          <b>Accepted by the reviewer:</b> “{state.comment}”
        </span>
      </p>
    );
  if (state.status === "failed")
    return (
      <p class="notice tone-fail" role="status">
        <Icon name="cross" />{" "}
        <span>
          <b>Failed.</b> {state.judgement.reason}{" "}
          {item.safety
            ? "This is a safety item: stop, put it right, measure again."
            : "Add a note or a photo that shows what is wrong."}
        </span>
      </p>
    );
  if (state.status === "not_applicable")
    return (
      <p class="notice tone-info">
        <Icon name="dash" />{" "}
        <span>
          <b>Not applicable:</b> “{state.reason}”{" "}
          {item.safety && !state.accepted && "The reviewer has to agree."}
        </span>
      </p>
    );
  if (state.status === "inconclusive")
    return (
      <p class="notice tone-doubt" role="status">
        <Icon name="question" /> <span>{state.judgement.reason}</span>
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
          <dt>{item.criterion.kind === "range" ? "Limit" : "Required"}</dt>
          <dd class="limit-figure">{item.limit_text}</dd>
        </div>
      )}
      <div>
        <dt>From</dt>
        <dd>{[item.limit_source, item.clause].filter((each) => each !== "").join(" · ")}</dd>
      </div>
    </dl>
  );
}

/** Who, how long, and what happens when it fails. */
function Facts({ item }: { item: Item }) {
  const facts = [
    item.who ? (COMPETENCES[item.who] ?? item.who) : "",
    item.minutes ? hours(item.minutes) : "",
    item.severity === "minor" ? "Minor: may stay on the punch list" : "",
    item.severity === "info" ? "For information" : "",
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
