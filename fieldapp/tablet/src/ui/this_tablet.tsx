// The tablet itself: lock it, hand it over, when it locks, a new PIN, signing out.

import { useState } from "preact/hooks";
import { askWho, changePin, keepLockAfter, leaveSession, lock } from "./door";
import { Icon } from "./icons";
import { lockAfter, person, tablet, waiting } from "./state";
import { LOCK_AFTER, waitingWords } from "./words";

function SignOut() {
  const [asked, setAsked] = useState(false);
  const { operations, photos } = waiting.value;
  const left = waitingWords(operations, photos);
  if (!asked)
    return (
      <button type="button" class="button" onClick={() => setAsked(true)}>
        <Icon name="door" /> Sign out
      </button>
    );
  return (
    <div class="notice-block tone-doubt stack-small sign-out" role="alertdialog" aria-label="Sign out">
      <p>
        {left === "" ? (
          "Everything you recorded has reached the server."
        ) : (
          <>
            <b>Not sent yet: {left}.</b> It stays on this tablet and is sent when you sign in here again.
          </>
        )}{" "}
        Coming back takes your password and the network.
      </p>
      <div class="row">
        <button type="button" class="button button-main" onClick={() => void leaveSession()}>
          Sign out{left === "" ? "" : ", it waits here"}
        </button>
        <button type="button" class="button" onClick={() => setAsked(false)}>
          Stay
        </button>
      </div>
    </div>
  );
}

/** A card below the sites. */
export function ThisTablet() {
  return (
    <section class="card stack" aria-labelledby="this-tablet">
      <h2 id="this-tablet">{tablet.value.name || "This tablet"}</h2>
      <div class="row">
        <button type="button" class="button" onClick={lock}>
          <Icon name="lock" /> Lock
        </button>
        <button type="button" class="button" onClick={askWho}>
          <Icon name="people" /> Somebody else works
        </button>
        <button type="button" class="button" onClick={changePin}>
          Change my PIN
        </button>
        <SignOut />
      </div>
      <label class="field lock-after">
        <span>Lock when nobody touches it for</span>
        <select
          value={String(lockAfter.value)}
          onChange={(event) => void keepLockAfter(Number(event.currentTarget.value))}
        >
          {LOCK_AFTER.map((minutes) => (
            <option key={minutes} value={String(minutes)}>
              {minutes} minutes
            </option>
          ))}
        </select>
      </label>
      <p class="soft">
        Signed in: {person.value?.name}. What is typed when the tablet locks is still there when you unlock
        it.
      </p>
    </section>
  );
}
