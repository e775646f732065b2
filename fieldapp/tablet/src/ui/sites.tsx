// My sites: what is on this tablet, and what can be put there while there is network.

import { useState } from "preact/hooks";
import type { StoredSite } from "../core/database";
import { hashOf } from "../core/route";
import { t } from "../messages";
import { fetchSite } from "./actions";
import { Meter, SiteBadge } from "./badge";
import { Icon } from "./icons";
import { online, person, sites } from "./state";
import { ThisTablet } from "./this_tablet";
import { moment } from "./words";

function Download({ site }: { site: StoredSite }) {
  const [busy, setBusy] = useState(false);
  async function load(): Promise<void> {
    setBusy(true);
    await fetchSite(site.id);
    setBusy(false);
  }
  return (
    <div class="row row-between">
      <span class="soft">{t().tablet.notHereYet}</span>
      <button
        type="button"
        class="button button-main"
        disabled={busy || !online.value}
        onClick={() => void load()}
      >
        <Icon name="download" /> {busy ? t().tablet.downloading : t().tablet.download}
      </button>
    </div>
  );
}

function Downloaded({ site }: { site: StoredSite }) {
  return (
    <div class="row row-between">
      <span class="soft">
        <Icon name="tablet" />{" "}
        {site.fetched_at === null ? t().tablet.here : t().tablet.hereAsOf(moment(site.fetched_at))}
      </span>
      <a class="button button-main" href={hashOf(site.id)}>
        {t().tablet.open} <Icon name="right" />
      </a>
    </div>
  );
}

function SiteCard({ site }: { site: StoredSite }) {
  const { name, address, state, done, total } = site.summary;
  return (
    <li class="card stack-small" id={`site-${site.id}`}>
      <div class="row row-between">
        <h2>{site.bundle === null ? name : <a href={hashOf(site.id)}>{name}</a>}</h2>
        <SiteBadge state={state} />
      </div>
      {address !== "" && <p class="soft">{address}</p>}
      <p class="row">
        <Meter done={done} total={total} label={t().common.itemsDone(done, total)} />
        <span class="nowrap">
          <b>{done}</b> {t().common.ofDone(total)}
        </span>
      </p>
      {site.bundle === null ? <Download site={site} /> : <Downloaded site={site} />}
    </li>
  );
}

function Nothing() {
  return (
    <p class="empty">
      {online.value
        ? t().tablet.noSite
        : t().tablet.noneHere}
    </p>
  );
}

/** The list of sites, with who is signed in. */
export function Sites() {
  return (
    <main class="page stack">
      <div class="row row-between">
        <h1>{t().tablet.mySites}</h1>
        <span class="who">
          <b>{person.value?.name}</b>
          <small>{person.value?.organisation}</small>
        </span>
      </div>
      {sites.value.length === 0 ? (
        <Nothing />
      ) : (
        <ul class="plain stack">
          {sites.value.map((site) => (
            <SiteCard key={site.id} site={site} />
          ))}
        </ul>
      )}
      <ThisTablet />
    </main>
  );
}
