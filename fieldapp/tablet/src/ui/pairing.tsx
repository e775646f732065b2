// Pairing by a code, scanned or typed: whom it is for is said before anything happens.

import { useEffect, useState } from "preact/hooks";
import type { Offered } from "../core/api";
import { t } from "../messages";
import { leaveDoor, lookAtCode, useCode } from "./door";
import { DoorFrame } from "./door_frame";
import { Icon } from "./icons";
import { tablet } from "./state";

function Confirm({ code, offered }: { code: string; offered: Offered }) {
  const [refusal, setRefusal] = useState("");
  const [busy, setBusy] = useState(false);
  const { name, organisation } = offered.person;
  const words = t().door;

  async function pair(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    setRefusal(await useCode(code, offered.person, String(form.get("tablet") ?? "")));
    setBusy(false);
  }

  return (
    <form class="card stack" onSubmit={(event) => void pair(event)}>
      <h1>{words.pairFor(name)}</h1>
      <p>
        {words.pairWhom(name, organisation)} <b>{location.host}</b>. {words.pairOnlyYou}
      </p>
      <label class="field">
        <span>{words.tabletName}</span>
        <input
          name="tablet"
          autocomplete="off"
          maxLength={60}
          placeholder={words.tabletExample}
          defaultValue={tablet.value.name}
        />
      </label>
      <p class="refusal" role="alert">
        {refusal}
      </p>
      <button class="button button-main button-large" disabled={busy}>
        <Icon name="tablet" /> {busy ? words.pairing : words.pair}
      </button>
    </form>
  );
}

function Ask({ refusal, busy, onCode }: { refusal: string; busy: boolean; onCode: (code: string) => void }) {
  function go(event: SubmitEvent): void {
    event.preventDefault();
    onCode(String(new FormData(event.currentTarget as HTMLFormElement).get("code") ?? ""));
  }
  return (
    <form class="card stack" onSubmit={go}>
      <h1>{t().door.pair}</h1>
      <p class="soft">
        {t().door.whereCode}
      </p>
      <label class="field">
        <span>{t().door.code}</span>
        <input
          name="code"
          class="code-field"
          autocomplete="off"
          autocapitalize="characters"
          spellcheck={false}
          maxLength={40}
          required
          placeholder="XXXX-XXXX-XXXX"
        />
      </label>
      <p class="refusal" role="alert">
        {refusal}
      </p>
      <button class="button button-main button-large" disabled={busy}>
        {busy ? t().door.asking : t().door.goOn}
      </button>
    </form>
  );
}

/** The code of a link, or one that is typed; then the question. */
export function Pairing({ scanned }: { scanned: string }) {
  const [code, setCode] = useState(scanned);
  const [offered, setOffered] = useState<Offered | null>(null);
  const [refusal, setRefusal] = useState("");
  const [busy, setBusy] = useState(scanned !== "");

  async function look(given: string): Promise<void> {
    setBusy(true);
    setCode(given);
    const answer = await lookAtCode(given);
    setBusy(false);
    if (typeof answer === "string") return setRefusal(answer);
    setOffered(answer);
  }

  useEffect(() => {
    if (scanned !== "") void look(scanned);
  }, [scanned]);

  return (
    <DoorFrame>
      {offered === null ? (
        <Ask refusal={refusal} busy={busy} onCode={(given) => void look(given)} />
      ) : (
        <Confirm code={code} offered={offered} />
      )}
      <button type="button" class="button button-large" onClick={leaveDoor}>
        {t().door.dontPair}
      </button>
    </DoorFrame>
  );
}
