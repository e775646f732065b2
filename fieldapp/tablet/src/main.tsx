// Joins the parts: database, screens, synchronisation, service worker.

import { render } from "preact";
import { Workbox } from "workbox-window";
import { effect } from "@preact/signals";
import { parseRoute } from "./core/route";
import { keepSynchronised } from "./core/sync";
import { t } from "./messages";
import { language } from "./messages/language";
import { say, show, syncNow } from "./ui/actions";
import { App } from "./ui/app";
import { backFromTheCamera, lockWhenIdle, takeScannedCode } from "./ui/door";
import * as state from "./ui/state";
import "./ui/style.css";

async function keepOffline(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  const worker = new Workbox("/field/sw.js", { scope: "/field/" });
  worker.addEventListener("waiting", () => {
    state.update.value = () => {
      worker.addEventListener("controlling", () => location.reload());
      worker.messageSkipWaiting();
    };
  });
  // Without it everything still works here and now; "Safe to leave" tells that storage is not safe either.
  await worker
    .register()
    .catch(() => say(t().errors.noWorker, null, "fail"));
}

async function askToKeep(): Promise<void> {
  state.persistent.value = (await navigator.storage?.persist?.()) ?? null;
}

async function goThere(): Promise<void> {
  takeScannedCode();
  const before = state.route.value;
  const { screen, site, section, item } = parseRoute(location.hash);
  state.toast.value = null; // its Undo belongs to where it was said
  state.route.value = { screen, site, section, item };
  await show();
  const moved = before.screen !== screen || before.site !== site || before.section !== section;
  if (moved && item === null) window.scrollTo(0, 0);
}

async function start(): Promise<void> {
  effect(() => void (document.documentElement.lang = language.value));
  takeScannedCode();
  await show();
  backFromTheCamera();
  lockWhenIdle();
  render(<App />, document.getElementById("app")!);
  window.addEventListener("hashchange", () => void goThere());
  window.addEventListener("offline", () => (state.connected.value = false));
  window.addEventListener("online", () => (state.connected.value = true));
  keepSynchronised(
    () => void syncNow(),
    () => state.report.value?.outcome === "offline",
  );
  await Promise.all([keepOffline(), askToKeep()]);
}

start().catch((error: unknown) => {
  const why = error instanceof Error ? error.message : String(error);
  document.getElementById("app")!.textContent = t().errors.cantKeep(why);
});
