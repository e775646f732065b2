// Sign in online, once; afterwards the tablet works without network.

import { useState } from "preact/hooks";
import type { StoredPerson } from "../core/database";
import { t } from "../messages";
import { askCode, leaveDoor } from "./door";
import { DoorFrame } from "./door_frame";
import { Icon } from "./icons";
import { crew, door, online, person, tablet, waiting } from "./state";

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
        {t().door.safeHere(t().common.entries(operations), t().common.photos(photos))}
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
          {t().door.haveCode}
        </button>
      )}
      {atTheDoor && crew.value.length > 0 && (
        <button type="button" class="button button-large" onClick={leaveDoor}>
          {t().common.back}
        </button>
      )}
      {!atTheDoor && known !== null && (
        <a class="quiet" href="#/">
          {t().door.later}
        </a>
      )}
    </>
  );
}

/** The form; for a known person only the password is asked. */
export function SignIn({ known, onSignIn }: Props) {
  const words = t().door;
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
        <h1>{known === null ? words.signIn : words.signInAgain}</h1>
        {known === null && <p class="soft">{words.networkOnce}</p>}
        {door.value?.forgotten === true && (
          <p class="soft">
            {words.newPinWithPassword}
          </p>
        )}
        {known !== null && known.email === person.value?.email && <Waiting />}
        {!online.value && (
          <p class="notice tone-doubt">
            <Icon name="offline" /> <span>{words.noNetwork}</span>
          </p>
        )}
        <label class="field">
          <span>{words.email}</span>
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
          <span>{words.password}</span>
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
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
          {busy ? words.signingIn : words.signIn}
        </button>
      </form>
      <Others known={known} />
    </DoorFrame>
  );
}
