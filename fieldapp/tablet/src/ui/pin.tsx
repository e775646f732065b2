// The PIN: chosen once, typed at every start and after a while without a touch.

import { useEffect, useState } from "preact/hooks";
import type { StoredPerson } from "../core/database";
import { LONGEST, pinProblem, type PinProblem, SHORTEST, waitOf } from "../core/pin";
import { t } from "../messages";
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

  const words = t().door;
  const refusal =
    wait > 0 ? words.tooMany(waitWords(wait)) : wrong ? words.wrongPin : "";
  return (
    <DoorFrame>
      <div class="card stack">
        <h1>{person.name}</h1>
        <p class="soft">
          {person.organisation}
          {inside.value === person.email && typedText() && `. ${words.stillThere}`}
        </p>
        <p class="refusal" role="alert">
          {refusal}
        </p>
        <Keypad
          label={words.pin}
          pin={pin}
          disabled={busy || wait > 0}
          button={words.unlock}
          onPin={setPin}
          onDone={() => void open()}
        />
      </div>
      <button type="button" class="button button-large" onClick={askWho}>
        {words.somebodyElse}
      </button>
      <button type="button" class="button button-large" onClick={() => askPassword(person)}>
        {words.forgot}
      </button>
    </DoorFrame>
  );
}

type Refusal = PinProblem | "different" | "";

function refusalWords(refusal: Refusal): string {
  if (refusal === "" || refusal === "different") return refusal && t().door.different;
  return t().door.pinProblems[refusal](SHORTEST, LONGEST);
}

/** Choose a PIN, typed twice. */
export function ChoosePin({ must }: { must: boolean }) {
  const [first, setFirst] = useState("");
  const [pin, setPin] = useState("");
  const [refusal, setRefusal] = useState<Refusal>("");
  const [busy, setBusy] = useState(false);

  const words = t().door;

  function begin(): void {
    const problem = pinProblem(pin);
    setRefusal(problem);
    if (problem === "") setFirst(pin);
    setPin("");
  }

  async function repeat(): Promise<void> {
    if (pin !== first) {
      setRefusal("different");
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
        <h1>{words.choosePin}</h1>
        <p class="soft">
          {words.pinMeans}
        </p>
        <p class="refusal" role="alert">
          {refusalWords(refusal)}
        </p>
        <Keypad
          label={first === "" ? words.newPin : words.sameAgain}
          pin={pin}
          disabled={busy}
          button={first === "" ? words.next : busy ? t().common.saving : words.setPin}
          onPin={setPin}
          onDone={() => (first === "" ? begin() : void repeat())}
        />
      </div>
      {!must && (
        <button type="button" class="button button-large" onClick={leaveDoor}>
          {words.keepOld}
        </button>
      )}
    </DoorFrame>
  );
}
