// The PIN: chosen once, typed at every start and after a while without a touch.

import { useEffect, useState } from "preact/hooks";
import type { StoredPerson } from "../core/database";
import { pinProblem, waitOf } from "../core/pin";
import { database } from "./actions";
import { askPassword, askWho, choosePin, leaveDoor, typedText, unlock } from "./door";
import { DoorFrame } from "./door_frame";
import { Keypad } from "./keypad";
import { inside } from "./state";
import { waitWords } from "./words";

/** Seconds until the next attempt counts, running down; and how to set it. */
function useWait(person: StoredPerson): [number, (seconds: number) => void] {
  const [until, setUntil] = useState(0);
  const [now, setNow] = useState(Date.now());
  const start = (seconds: number): void => {
    setNow(Date.now());
    setUntil(Date.now() + seconds * 1000);
  };
  useEffect(() => {
    void database()
      .then((db) => waitOf(db, person.email))
      .then(start);
    const timer = window.setInterval(() => setNow(Date.now()), 1000);
    return () => window.clearInterval(timer);
  }, [person.email]);
  return [Math.max(0, Math.ceil((until - now) / 1000)), start];
}

/** Locked: the PIN of one person opens. */
export function Lock({ person }: { person: StoredPerson }) {
  const [pin, setPin] = useState("");
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState(false);
  const [wait, setWait] = useWait(person);

  async function open(): Promise<void> {
    setBusy(true);
    const attempt = await unlock(person, pin);
    setBusy(false);
    setPin("");
    setWrong(!attempt.fits);
    setWait(attempt.wait);
  }

  const refusal =
    wait > 0 ? `Too many wrong PINs: wait ${waitWords(wait)}.` : wrong ? "That is not your PIN." : "";
  return (
    <DoorFrame>
      <div class="card stack">
        <h1>{person.name}</h1>
        <p class="soft">
          {person.organisation}
          {inside.value === person.email && typedText() && ". What you were typing is still there."}
        </p>
        <p class="refusal" role="alert">
          {refusal}
        </p>
        <Keypad
          label="PIN"
          pin={pin}
          disabled={busy || wait > 0}
          button="Unlock"
          onPin={setPin}
          onDone={() => void open()}
        />
      </div>
      <button type="button" class="button button-large" onClick={askWho}>
        Somebody else
      </button>
      <button type="button" class="button button-large" onClick={() => askPassword(person)}>
        I forgot my PIN
      </button>
    </DoorFrame>
  );
}

/** Choose a PIN, typed twice. */
export function ChoosePin({ must }: { must: boolean }) {
  const [first, setFirst] = useState("");
  const [pin, setPin] = useState("");
  const [refusal, setRefusal] = useState("");
  const [busy, setBusy] = useState(false);

  function begin(): void {
    const problem = pinProblem(pin);
    setRefusal(problem);
    if (problem === "") setFirst(pin);
    setPin("");
  }

  async function repeat(): Promise<void> {
    if (pin !== first) {
      setRefusal("The two are different: choose your PIN again.");
      setFirst("");
      setPin("");
      return;
    }
    setBusy(true);
    await choosePin(pin);
  }

  return (
    <DoorFrame>
      <div class="card stack">
        <h1>Choose your PIN</h1>
        <p class="soft">
          It unlocks this tablet for you, with or without network. It stays here and is yours alone. Six
          digits or more.
        </p>
        <p class="refusal" role="alert">
          {refusal}
        </p>
        <Keypad
          label={first === "" ? "New PIN" : "The same again"}
          pin={pin}
          disabled={busy}
          button={first === "" ? "Next" : busy ? "Saving …" : "Set PIN"}
          onPin={setPin}
          onDone={() => (first === "" ? begin() : void repeat())}
        />
      </div>
      {!must && (
        <button type="button" class="button button-large" onClick={leaveDoor}>
          Keep the old one
        </button>
      )}
    </DoorFrame>
  );
}
