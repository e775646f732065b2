// The page of a probe agent for tablets beside it. It asks how things stand and shows that; it keeps nothing but the token.
"use strict";

const ASK_MS = { run: 700, idle: 2000, away: 2000 };
const TONES = { pass: "pass", fail: "fail", inconclusive: "doubt", read: "info" };
const at = (id) => document.getElementById(id);
let words = {}, state = null, digestOf = "", timer = 0, told = "";

function token() {
  // The part behind the # never left this tablet; from here on it stands in no address, history or picture of the screen.
  const given = location.hash.slice(1);
  if (given) {
    sessionStorage.setItem("token", given);
    history.replaceState(null, "", location.pathname);
  }
  return sessionStorage.getItem("token") || "";
}

function word(key, values = {}) {
  return Object.entries(values).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, value), words[key] ?? "");
}

function make(kind, className, text, english) {
  const made = document.createElement(kind);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  if (english) {
    made.lang = "en";
    if (text && words.english) made.dataset.label = words.english; // so that nobody takes it for the page's own words
  }
  return made;
}

function fill(id, children) {
  at(id).replaceChildren(...children);
  at(id).hidden = children.length === 0;
}

function say(id, text) {
  if (at(id).textContent !== text) at(id).textContent = text;
  at(id).hidden = !text;
}

function when(text) {
  return text ? new Date(text).toLocaleString(words.locale, { dateStyle: "medium", timeStyle: "short" }) : "";
}

const badge = (verdict, large) =>
  make("span", `badge ${large ? "badge-large " : ""}tone-${TONES[verdict] ?? "none"}`, word(`state.${verdict}`));

async function ask(path, method = "GET") {
  const answer = await fetch(path, { method, headers: { Authorization: `Bearer ${token()}` }, cache: "no-store" });
  if (answer.ok) return answer;
  const told = await answer.json().catch(() => ({}));
  throw Object.assign(new Error(told.detail || answer.statusText), { status: answer.status });
}

function showResult(report) {
  const head = make("div", "row");
  head.append(badge(report.verdict, true), make("span", "soft", when(report.finished_at)));
  const counted = word("answered", { answered: report.answered, asked: report.asked });
  const lines = [make("h2", "", word("result")), head, make("p", "", report.reason, true), make("p", "soft", counted), make("p", "soft", report.load_statement, true)];
  for (const found of report.site_verdicts) lines.push(verdictLine(found));
  fill("result", lines);
}

function verdictLine(found) {
  const line = make("p", "small");
  line.append(badge(found.verdict), " ", make("b", "", word(`aspect.${found.aspect}`)), ": ", make("span", "", found.reason, true));
  // what to do about a fault stands with its finding
  if (found.action && found.verdict !== "fail") line.append(" ", make("span", "", found.action, true));
  return line;
}

function showFindings(findings) {
  const cards = findings.map((found) => {
    const card = make("li", `card stack-small finding ${found.severity === "error" ? "finding-error" : ""}`);
    const head = make("div", "row");
    head.append(make("span", "tag", found.tag || word("whole_site")), make("h3", "", word(`finding.${found.code}`) || word(`severity.${found.severity}`)));
    if (found.phase) head.append(make("span", "tag", found.phase));
    const own = word(`do.${found.code}`, { tag: found.tag, phase: found.phase ?? "" });
    card.append(head);
    if (own || found.remedy) {
      const remedy = make("p");
      remedy.append(make("b", "", `${word("remedy")}: `), own ? make("span", "", own) : make("span", "", found.remedy, true));
      card.append(remedy);
    }
    card.insertBefore(make("p", "", found.sentence, true), card.children[1] ?? null);
    return card;
  });
  const list = make("ul", "plain stack-small");
  list.append(...cards);
  fill("findings", cards.length ? [make("h2", "", word("findings", { count: cards.length })), list] : []);
}

function showDevices(devices) {
  const list = make("ul", "plain lined");
  for (const device of devices) {
    const line = make("li", "device"), name = make("div", "row");
    name.append(make("span", "tag", device.tag), make("span", "small soft", device.profile));
    line.append(name, badge(device.state), make("p", "small soft", `${device.place}, ${word("unit", { unit: device.unit })}`));
    for (const found of device.verdicts) if (found.verdict !== "pass") line.append(verdictLine(found));
    list.append(line);
  }
  fill("devices", devices.length ? [make("h2", "", word("devices", { count: devices.length })), list] : []);
}

function showPaper(report) {
  const code = make("figure", "code"), picture = make("img"), save = make("button", "button", word("download"));
  picture.alt = word("code");
  save.type = "button";
  save.addEventListener("click", () => download(report).catch(tell));
  code.append(picture, make("pre", "", report.digest, true));
  fill("paper", [make("h2", "", word("paper")), make("p", "", word(`fate.${report.fate}`)), save, make("h3", "", word("code")), make("p", "soft", word("code_help")), code]);
  ask("/api/digest.svg").then((answer) => answer.blob()).then((blob) => {
    picture.addEventListener("load", () => URL.revokeObjectURL(picture.src), { once: true });
    picture.src = URL.createObjectURL(blob);
  }).catch(tell);
}

async function download(report) {
  const blob = await (await ask("/api/report")).blob(), anchor = make("a");
  anchor.href = URL.createObjectURL(blob);
  anchor.download = `probe-report-${report.id.slice(0, 12)}.json`;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), 60000);
}

function showNet(server) {
  const good = server.configured && server.reached;
  at("net").className = `net net-${good ? "on" : "off"}`;
  say("net", word(good ? "server.on" : server.configured ? "server.off" : "server.none"));
  at("net").title = server.last_error;
}

function showBar(run) {
  if (state.hand) return;
  at("bar").hidden = false;
  at("meter").hidden = !run;
  at("step").hidden = false;
  const own = run && run.by === "tablet";
  at("go").textContent = word(own ? "stop" : "go");
  at("go").className = `button button-large ${own ? "" : "button-main"}`;
  at("go").disabled = run ? !own || run.stopping : !state.site;
  if (!run) { at("step").textContent = state.site ? "" : word("no_plan"); return; }
  at("meter").max = run.total;
  at("meter").value = run.done;
  const key = run.stopping ? "stopping" : run.tag ? "step" : "connecting";
  at("step").textContent = `${word(key, run)}${own ? "" : ` ${word("by_server")}`}`;
}

function show(found) {
  const before = state;
  state = found;
  document.title = found.site ? `${found.site.name} – ${word("title")}` : word("title");
  at("site").textContent = found.site ? found.site.name : word("title");
  showNet(found.server);
  showBar(found.run);
  showHand(found.hand);
  if (!found.hand) showHandStart();
  say("ended", found.ended && !found.run ? `${word(`ended.${found.ended.how}`)} ${found.ended.sentence}`.trim() : "");
  if (JSON.stringify([found.devices, found.run]) !== JSON.stringify([before?.devices, before?.run])) showDevices(found.devices);
  const news = JSON.stringify(found.report);
  if (news === digestOf) return;
  digestOf = news;
  if (!found.report) { for (const id of ["result", "findings", "load-step", "paper"]) fill(id, []); return; }
  showResult(found.report);
  showFindings(found.report.findings);
  showLoadStep(found.report.load_step);
  showPaper(found.report);
}

function tell(error) {
  const key = error.status === 401 ? "trouble.token" : error.status ? "" : "trouble.away";
  say("trouble", key ? word(key) : error.message);
  if (error.status === 401) forget();
}

// Whoever is not paired any more sees nothing of the site either.
function forget() {
  sessionStorage.removeItem("token");
  showHand(null);
  for (const id of ["result", "findings", "load-step", "hand-start", "devices", "paper"]) fill(id, []);
  for (const id of ["bar", "net", "ended"]) at(id).hidden = true;
  document.title = at("site").textContent = word("title");
  state = null;
  digestOf = "";
}

async function look() {
  clearTimeout(timer);
  let pause = ASK_MS.away;
  try {
    show(await (await ask("/api/state")).json());
    if (told) { told = ""; } else { say("trouble", ""); }
    pause = state.run || state.hand ? ASK_MS.run : ASK_MS.idle;
  } catch (error) {
    tell(error);
    if (error.status === 401) return; // the same token again would be wrong again
  }
  timer = setTimeout(look, pause);
}

async function press() {
  at("go").disabled = true;
  if (state?.hand) return pressHand();
  try {
    await ask(state?.run ? "/api/stop" : "/api/read", "POST");
  } catch (error) {
    tell(error);
    told = "shown until the next look but one";
  }
  await look();
}

async function begin() {
  words = await (await fetch("/words.json")).json();
  document.documentElement.lang = words.locale.slice(0, 2);
  document.title = at("site").textContent = word("title");
  at("go").addEventListener("click", press);
  addEventListener("hashchange", look);
  document.addEventListener("visibilitychange", () => { if (!document.hidden && state) look(); }); // it slept
  if (token()) await look(); else tell({ status: 401 });
}

begin();
