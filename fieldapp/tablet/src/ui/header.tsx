// The strip on top: where I am, whether there is network, and what has not been sent yet.

import { syncNow } from "./actions";
import { lock } from "./door";
import { Bolt, Icon } from "./icons";
import {
  allSent,
  lastSync,
  online,
  report,
  route,
  signInNeeded,
  syncing,
  update,
  waiting,
  work,
} from "./state";
import { hashOf } from "../core/route";
import { counted, moment } from "./words";

function Connection() {
  return online.value ? (
    <span class="net net-on">
      <Icon name="cloud" /> ONLINE
    </span>
  ) : (
    <span class="net net-off">
      <Icon name="offline" /> OFFLINE
    </span>
  );
}

function unsentText(): string {
  const { operations, photos } = waiting.value;
  const parts = [];
  if (operations > 0) parts.push(counted(operations, "entry", "entries"));
  if (photos > 0) parts.push(counted(photos, "photo", "photos"));
  return `${parts.join(", ")} to send`;
}

function Unsent() {
  const { stuck } = waiting.value;
  return (
    <span class={`unsent ${allSent.value ? "" : "unsent-some"}`} role="status">
      <span data-testid="unsent">{allSent.value ? "Everything sent" : unsentText()}</span>
      {stuck > 0 && <b class="stuck">{counted(stuck, "entry needs", "entries need")} a look</b>}
    </span>
  );
}

function SyncButton() {
  const when = lastSync.value === null ? "never" : moment(lastSync.value);
  return (
    <button type="button" class="sync" disabled={syncing.value} onClick={() => void syncNow()}>
      <Icon name="sync" />
      <span class="sync-words">
        <b>{syncing.value ? "Sending …" : "Sync now"}</b>
        <small>last {when}</small>
      </span>
    </button>
  );
}

function Notices() {
  const refused = report.value?.outcome === "refused" || report.value?.outcome === "update";
  return (
    <>
      {signInNeeded.value && (
        <p class="strip tone-doubt" role="status">
          <Icon name="warning" /> <span>Your session is over. Your work stays on this tablet.</span>
          <a class="button" href="#/sign-in">
            Sign in again
          </a>
        </p>
      )}
      {refused && (
        <p class="strip tone-doubt" role="status">
          <Icon name="warning" /> <span>The server says: {report.value?.message} Nothing was lost.</span>
        </p>
      )}
      {update.value !== null && allSent.value && (
        <p class="strip tone-info" role="status">
          <Icon name="download" /> <span>A new version is ready.</span>
          <button type="button" class="button" onClick={update.value}>
            Use it now
          </button>
        </p>
      )}
    </>
  );
}

/** Back link and title of the present screen. */
function Place() {
  const { screen, site } = route.value;
  const name = work.value?.bundle.site.name;
  if (screen === "sites" || screen === "sign-in" || name === undefined)
    return (
      <span class="place">
        <Bolt /> <b>fieldapp</b>
      </span>
    );
  const up = screen === "site" ? "#/" : hashOf(site);
  return (
    <a
      class="place"
      href={up}
      aria-label={screen === "site" ? `${name}: back to my sites` : `Back to ${name}`}
    >
      <Icon name="left" /> <b>{name}</b>
    </a>
  );
}

/** The header of every screen. */
export function Header() {
  return (
    <header class="top">
      <div class="top-row">
        <Place />
        <span class="top-right">
          <Connection />
          <button type="button" class="lock-now" aria-label="Lock this tablet" onClick={lock}>
            <Icon name="lock" />
          </button>
        </span>
      </div>
      <div class="top-row top-low">
        <Unsent />
        <SyncButton />
      </div>
      <Notices />
    </header>
  );
}
