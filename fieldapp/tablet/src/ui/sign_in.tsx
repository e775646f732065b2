// Sign in online, once; afterwards the tablet works without network.

import { useState } from "preact/hooks";
import type { StoredPerson } from "../core/database";
import { askCode, leaveDoor } from "./door";
import { DoorFrame } from "./door_frame";
import { Icon } from "./icons";
import { crew, door, online, person, tablet, waiting } from "./state";
import { counted } from "./words";

interface Props {
  known: StoredPerson | null;
  onSignIn: (email: string, password: string, tabletName: string) => Promise<string>;
}

function Waiting() {
  const { operations, photos } = waiting.value;
  if (operations + photos === 0) return null;
  return (
    <p class="notice tone-info">
      <Icon name="tablet" />
      <span>
        {counted(operations, "entry", "entries")} and {counted(photos, "photo", "photos")} are safe on this
        tablet. They are sent as soon as you have signed in.
      </span>
    </p>
  );
}

/** Ways out of the form: a code instead of a password, or back to who was here. */
function Others({ known }: { known: StoredPerson | null }) {
  const atTheDoor = door.value !== null;
  return (
    <>
      {known === null && (
        <button type="button" class="button button-large" onClick={askCode}>
          I have a pairing code
        </button>
      )}
      {atTheDoor && crew.value.length > 0 && (
        <button type="button" class="button button-large" onClick={leaveDoor}>
          Back
        </button>
      )}
      {!atTheDoor && known !== null && (
        <a class="quiet" href="#/">
          Later: go on working without sending
        </a>
      )}
    </>
  );
}

/** The form; for a known person only the password is asked. */
export function SignIn({ known, onSignIn }: Props) {
  const [refusal, setRefusal] = useState("");
  const [busy, setBusy] = useState(false);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string): string => String(form.get(name) ?? "");
    setBusy(true);
    setRefusal(await onSignIn(text("email"), text("password"), text("tablet")));
    setBusy(false);
  }

  return (
    <DoorFrame>
      <form class="card stack" onSubmit={(event) => void submit(event)}>
        <h1>{known === null ? "Sign in" : "Sign in again"}</h1>
        {known === null && <p class="soft">Needs the network once. Afterwards your sites work without it.</p>}
        {door.value?.forgotten === true && (
          <p class="soft">
            With your password you choose a new PIN. Everything you recorded stays on this tablet.
          </p>
        )}
        {known !== null && known.email === person.value?.email && <Waiting />}
        {!online.value && (
          <p class="notice tone-doubt">
            <Icon name="offline" /> <span>No network here. Go where there is network to sign in.</span>
          </p>
        )}
        <label class="field">
          <span>E-mail</span>
          <input
            name="email"
            type="email"
            autocomplete="username"
            required
            defaultValue={known?.email ?? ""}
            readOnly={known !== null}
          />
        </label>
        <label class="field">
          <span>Password</span>
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        <label class="field">
          <span>Name of this tablet</span>
          <input
            name="tablet"
            autocomplete="off"
            maxLength={60}
            placeholder="Tablet 7"
            defaultValue={tablet.value.name}
          />
        </label>
        <p class="refusal" role="alert">
          {refusal}
        </p>
        <button class="button button-main button-large" disabled={busy}>
          {busy ? "Signing in …" : "Sign in"}
        </button>
      </form>
      <Others known={known} />
    </DoorFrame>
  );
}
