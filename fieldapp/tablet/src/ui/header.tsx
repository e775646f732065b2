// The strip on top: where I am, whether there is network, and what has not been sent yet.

import { explain, syncNow } from "./actions";
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
import { t } from "../messages";
import { moment } from "./words";

function Connection() {
  return online.value ? (
    <span class="net net-on">
      <Icon name="cloud" /> {t().sync.online}
    </span>
  ) : (
    <span class="net net-off">
      <Icon name="offline" /> {t().sync.offline}
    </span>
  );
}

function unsentText(): string {
  const { operations, photos } = waiting.value;
  const { entries, photos: pictures } = t().common;
  return t().sync.toSend(operations > 0 ? entries(operations) : "", photos > 0 ? pictures(photos) : "");
}

function Unsent() {
  const { stuck } = waiting.value;
  return (
    <span class={`unsent ${allSent.value ? "" : "unsent-some"}`} role="status">
      <span data-testid="unsent">{allSent.value ? t().sync.allSent : unsentText()}</span>
      {stuck > 0 && <b class="stuck">{t().sync.look(stuck)}</b>}
    </span>
  );
}

function SyncButton() {
  const when = lastSync.value === null ? t().common.never : moment(lastSync.value);
  return (
    <button type="button" class="sync" disabled={syncing.value} onClick={() => void syncNow()}>
      <Icon name="sync" />
      <span class="sync-words">
        <b>{syncing.value ? t().sync.sending : t().sync.now}</b>
        <small>{t().sync.last(when)}</small>
      </span>
    </button>
  );
}

function Notices() {
  const refusal = report.value?.refusal ?? null;
  const words = t().sync;
  return (
    <>
      {signInNeeded.value && (
        <p class="strip tone-doubt" role="status">
          <Icon name="warning" /> <span>{words.sessionOver}</span>
          <a class="button" href="#/sign-in">
            {t().door.signInAgain}
          </a>
        </p>
      )}
      {refusal !== null && (
        <p class="strip tone-doubt" role="status">
          <Icon name="warning" /> <span>{words.serverSays(explain(refusal))}</span>
        </p>
      )}
      {update.value !== null && allSent.value && (
        <p class="strip tone-info" role="status">
          <Icon name="download" /> <span>{words.newVersion}</span>
          <button type="button" class="button" onClick={update.value}>
            {words.useIt}
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
      aria-label={screen === "site" ? t().sync.backToSites(name) : t().sync.backTo(name)}
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
          <button type="button" class="lock-now" aria-label={t().sync.lock} onClick={lock}>
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
