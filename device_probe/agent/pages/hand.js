// The load step by hand: choose stations, do what is asked for, watch it being seen, judge. It shows what the agent
// knows, so a tablet that slept or was loaded again stands where the others stand.
"use strict";

const ROLES = { asked: "live.asked", upstream: "live.upstream", moved: "live.moved", elsewhere: "live.elsewhere", charging: "live.charging" };
const SVG = "http://www.w3.org/2000/svg";
let handShown = "", knobsShown = "", liveHead = "", sure = false;

function act(path, key) {
  return async () => {
    if (key === "leave" && !sure) { sure = true; handShown = ""; showHand(state.hand); return; }
    sure = false;
    try { await ask(path, "POST"); } catch (error) { tell(error); told = "shown until the next look but one"; }
    await look();
  };
}

const pressed = (what) => act(`/api/hand/press?what=${what}&turn=${state.hand.turn ?? 0}`, what);

function knob(text, action, className = "button") {
  const made = make("button", className, text);
  made.type = "button";
  made.addEventListener("click", action);
  return made;
}

function points(key) {
  const list = make("ul", "points");
  for (let n = 1; word(`${key}.${n}`); n += 1) list.append(make("li", "", word(`${key}.${n}`)));
  return list;
}

const tenth = (value) => value.toLocaleString(words.locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const known = (value) => value !== null && value !== undefined;
const kilowatts = (value) => (known(value) ? `${value <= -0.05 ? "−" : ""}${tenth(Math.abs(value))}\u00a0kW` : "–");
const more = (value) => (known(value) ? `${value >= 0.05 ? "+" : value <= -0.05 ? "−" : "±"}${tenth(Math.abs(value))}` : "–");

function spark(values) {
  const drawn = document.createElementNS(SVG, "svg"), told = values.filter(known);
  drawn.setAttribute("viewBox", "0 0 120 36");
  drawn.setAttribute("class", "spark");
  drawn.setAttribute("aria-hidden", "true");
  if (told.length < 2) return drawn;
  const low = Math.min(...told), span = Math.max(Math.max(...told) - low, 0.5), line = document.createElementNS(SVG, "polyline");
  const left = values.length - 1, places = values.map((value, k) => (value === null ? "" : `${(2 + (116 * k) / left).toFixed(1)},${(33 - (30 * (value - low)) / span).toFixed(1)}`));
  line.setAttribute("points", places.filter(Boolean).join(" "));
  drawn.append(line);
  return drawn;
}

function liveRow(row) {
  const line = make("li", "live"), name = make("div", "row"), figures = make("div", "live-figures");
  name.append(make("span", "tag", row.tag), make("span", "small soft", word(ROLES[row.role])));
  figures.append(make("b", "live-now", kilowatts(row.kw)), spark(row.trace_kw));
  const phases = row.phases_kw.map((value, k) => `L${k + 1} ${more(value)}`).join("  ");
  line.append(name, figures, make("p", "small", `${word("live.since", { kw: more(row.change_kw) })}   ${phases}`));
  return line;
}

function showLive(rows) {
  const list = make("ul", "plain lined");
  list.append(...rows.map(liveRow));
  fill("hand-live", rows.length ? [make("h2", "", word("live.title")), list] : []);
}

// What happened instead of what was asked for, in one sentence each.
function seenWords(hand) {
  const seen = hand.seen;
  if (!seen) return "";
  const said = seen.changed.map((one) => word(one.up ? "seen.rose" : "seen.fell", { tag: one.tag, before: kilowatts(one.before_kw), after: kilowatts(one.after_kw) })).join(" ");
  return `${seen.what === "other" || seen.what === "several" ? `${said} ` : ""}${word(`seen.${seen.what}.${hand.asked.kind}`, { tag: seen.tag }) || word(`seen.${seen.what}`, { tag: seen.tag })}`;
}

function running(hand) {
  const asked = hand.asked;
  if (!asked) return [make("h2", "order", word("hand.judging")), make("p", "soft", word("hand.judging_help"))];
  const card = make("div", "card stack-small"), order = make("h2", "order", word(`order.${asked.kind}`, { tag: asked.tag }));
  order.setAttribute("role", "status");
  card.append(order);
  const what = hand.seen.what, tone = ["other", "several", "silent", "gone"].includes(what) || hand.complained ? "doubt" : what === "done" ? "pass" : "info";
  const notice = make("p", `notice tone-${tone}`, hand.everything ? word("hand.everything") : what === "done" && !hand.alone ? word("seen.back") : asked.kind === "wait" ? word("seen.wait") : seenWords(hand));
  notice.setAttribute("role", "status");
  card.append(notice);
  if (hand.trouble) card.append(make("p", "notice tone-fail", hand.trouble, true));
  return [card];
}

function knobs(hand) {
  const asked = hand.asked, row = make("div", "knobs");
  if (hand.phase !== "running" || !asked) return [];
  if (asked.kind !== "wait") row.append(knob(word("hand.cannot", { tag: asked.tag }), pressed("cannot")));
  if (hand.can_undo) row.append(knob(word("hand.back"), pressed("back")));
  if (asked.kind !== "wait") row.append(knob(word("hand.judge"), pressed("judge")));
  row.append(knob(word(sure ? "hand.leave_sure" : "hand.leave"), pressed("leave"), `button ${sure ? "button-warn" : ""}`));
  const left = hand.left_out.length ? [make("p", "small soft", word("hand.left_out", { tags: hand.left_out.join(", ") }))] : [];
  return [row, ...left];
}

function choosing(hand) {
  const needs = make("div", "card stack-small"), list = make("ul", "plain lined"), row = make("div", "knobs");
  needs.append(make("h2", "", word("needs.title")), points("needs"));
  for (const station of hand.stations) {
    const line = make("li"), label = make("label", "choice"), name = make("span", "row");
    name.append(make("span", "tag", station.tag));
    if (station.why) {
      name.append(make("span", "badge tone-doubt", word(`why.${station.why}`)));
      label.append(name);
    } else {
      const box = make("input");
      box.type = "checkbox";
      box.checked = true;
      box.value = station.tag;
      box.addEventListener("change", () => showHandBar(hand));
      name.append(make("span", "small soft", station.kw >= 0.5 ? word("choose.charges", { kw: kilowatts(station.kw) }) : word("choose.free")));
      label.append(box, name);
    }
    line.append(label);
    list.append(line);
  }
  row.append(knob(word("hand.again"), act("/api/hand/look")), knob(word("hand.close"), act("/api/hand/press?what=leave&turn=0")));
  const told = [hand.trouble, hand.silent.length ? word("choose.silent", { tags: hand.silent.join(", ") }) : ""].filter(Boolean);
  return [needs, make("h2", "", word("choose.title")), ...told.map((text) => make("p", "notice tone-doubt", text)), list, row];
}

function paused(hand) {
  const card = make("div", "card stack-small");
  card.append(make("h2", "order", word("hand.paused")), make("p", "", word("hand.paused_help")));
  if (hand.trouble) card.append(make("p", "notice tone-fail", hand.trouble, true));
  card.append(knob(word(sure ? "hand.leave_sure" : "hand.leave"), act("/api/hand/press?what=leave&turn=0", "leave"), `button ${sure ? "button-warn" : ""}`));
  return [card];
}

const chosen = () => [...document.querySelectorAll("#hand input:checked")].map((box) => box.value);

function showHandBar(hand) {
  const asked = hand.asked, phase = hand.phase, count = phase === "choosing" ? chosen().length : 0;
  const instead = ["other", "several"].includes(hand.seen?.what);
  const key = { looking: "hand.looking", choosing: "hand.begin", paused: "hand.go_on", judging: "hand.judging" }[phase]
    ?? (hand.seen?.what === "done" && hand.alone ? "hand.reading" : !asked || asked.kind === "wait" ? "hand.waiting" : instead ? "hand.count_it" : asked.kind === "start" ? "hand.started" : "hand.stopped");
  at("bar").hidden = false;
  at("go").textContent = word(key, { count, still: hand.still, needed: hand.needed });
  at("go").className = `button button-main button-hand`;
  at("go").disabled = ["looking", "judging"].includes(phase) || key === "hand.waiting" || key === "hand.reading" || (phase === "choosing" && !count);
  at("step").textContent = asked && phase === "running" ? word("hand.step", asked) : "";
  at("step").hidden = !at("step").textContent;
  at("meter").hidden = !asked;
  if (asked) { at("meter").max = asked.of; at("meter").value = asked.number - 1; }
}

function pressHand() {
  const phase = state.hand.phase;
  if (phase === "choosing") return act(`/api/hand/begin?${chosen().map((tag) => `tag=${encodeURIComponent(tag)}`).join("&")}`)();
  return (phase === "paused" ? act("/api/hand/go-on") : pressed("done"))();
}

function showHand(hand) {
  document.body.classList.toggle("by-hand", Boolean(hand));
  if (!hand) { handShown = knobsShown = liveHead = ""; sure = false; for (const id of ["hand", "hand-live", "hand-knobs"]) fill(id, []); return; }
  const { live, still, needed, ...rest } = hand, head = `${hand.phase} ${hand.turn}`, news = JSON.stringify(rest) + sure;
  if (head !== liveHead) { liveHead = head; sure = false; scrollTo(0, 0); }
  if (news !== handShown) {
    handShown = news;
    const made = { looking: () => [make("h2", "order", word("hand.looking"))], choosing, paused, running, judging: running }[hand.phase](hand);
    fill("hand", made);
  }
  // a button must not be changed for another under a finger
  const held = JSON.stringify([head, hand.asked, hand.left_out, sure]);
  if (held !== knobsShown) { knobsShown = held; fill("hand-knobs", knobs(hand)); }
  showLive(live ?? []);
  showHandBar(hand);
}

function showHandStart() {
  const card = [make("h2", "", word("hand.title")), make("p", "soft", word("hand.what"))];
  const open = knob(word("hand.open"), act("/api/hand/look"));
  open.disabled = Boolean(state.run) || !state.site;
  fill("hand-start", state.site ? [...card, open] : []);
}

// The result: what is sure, what is wrong, what is open, in the page's own words.
const listed = (names) => new Intl.ListFormat(words.locale, { type: "conjunction" }).format(names);

function placeOf(station) {
  const values = { tag: station.tag, feeder: station.feeder || word("result.none"), phases: listed(station.phases) };
  const lines = [];
  for (const [name, judged] of [["below", station.below], ["phases", station.phase_map]]) {
    const key = judged.verdict === "inconclusive" ? (judged.probability ? "unsure" : "hidden") : judged.verdict;
    lines.push([judged.verdict, word(`result.${name}.${key}`, values), judged.verdict === "pass" ? "" : word(`result.${name}.${key}.do`, values)]);
  }
  return lines;
}

function inputWords(input) {
  const values = { input: input.phase, current: input.current.slice(1), voltage: input.voltage, either: input.conductors.join(" / ") };
  if (input.current === "0") return word("input.none", values);
  const turned = input.current.startsWith("-") ? ".turned" : "";
  if (values.current === input.voltage) return word(values.current === input.phase || turned ? `input.same${turned}` : "input.together", values);
  return word(input.conductors.length > 1 ? `input.other${turned}` : `input.mixed${turned}`, values);
}

function wiringOf(meter) {
  const values = { tag: meter.tag, percent: Math.round(100 * meter.ratio).toLocaleString(words.locale), ct: meter.likely_ct_a ?? "" };
  const bad = meter.inputs.filter((input) => input.verdict === "fail").map(inputWords).join(" ");
  const part = meter.wiring.verdict === "inconclusive" ? (meter.inputs.length === 3 && meter.inputs.every((input) => input.verdict === "pass") ? "which" : "open") : meter.wiring.verdict;
  const scale = meter.ct_ratio.verdict === "fail" && meter.likely_ct_a ? "fail.likely" : meter.ct_ratio.verdict;
  return [
    [meter.wiring.verdict, bad || word(`result.wiring.${part}`, values), bad ? word("result.wiring.fail.do") : meter.wiring.verdict === "pass" ? "" : word(`result.wiring.${part}.do`, values)],
    [meter.ct_ratio.verdict, word(`result.ratio.${scale}`, values), meter.ct_ratio.verdict === "pass" ? "" : word(`result.ratio.${meter.ct_ratio.verdict}.do`, values)],
  ];
}

function stepCard(one, lines) {
  const card = make("li", "stack-small"), head = make("div", "row");
  head.append(make("span", "tag", one.tag), badge(one.verdict));
  card.append(head, ...lines.map(([, text]) => make("p", "", text)));
  // the one action: of what is wrong first, then of what is open
  const todo = ["fail", "inconclusive"].map((verdict) => lines.find((line) => line[0] === verdict && line[2])).find(Boolean);
  if (todo) {
    const line = make("p");
    line.append(make("b", "", `${word("remedy")}: `), make("span", "", todo[2]));
    card.append(line);
  }
  return card;
}

function showLoadStep(step) {
  if (!step) return fill("load-step", []);
  const list = make("ul", "plain lined"), head = make("div", "row");
  head.append(make("h2", "", word("result.title")), badge(step.verdict));
  list.append(...step.stations.map((one) => stepCard(one, placeOf(one))), ...step.meters.map((one) => stepCard(one, wiringOf(one))));
  for (const out of step.left_out) {
    const line = make("li", "row");
    line.append(make("span", "tag", out.tag), make("span", "soft", word("result.left_out")));
    list.append(line);
  }
  const nothing = !step.stations.length && make("p", "", word("result.nothing"));
  fill("load-step", [head, nothing, list.children.length ? list : false].filter(Boolean));
}
