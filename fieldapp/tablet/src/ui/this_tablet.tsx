// The tablet itself: lock it, hand it over, when it locks, a new PIN, signing out.

import { useState } from "preact/hooks";
import { t } from "../messages";
import { askWho, changePin, keepLockAfter, leaveSession, lock } from "./door";
import { Icon } from "./icons";
import { LanguageChoice } from "./language_choice";
import { lockAfter, person, tablet, waiting } from "./state";
import { LOCK_AFTER } from "./words";

function SignOut() {
  const [asked, setAsked] = useState(false);
  const { operations, photos } = waiting.value;
  const words = t().tablet;
  const left = t().common.waiting(operations, photos);
  if (!asked)
    return (
      <button type="button" class="button" onClick={() => setAsked(true)}>
        <Icon name="door" /> {words.signOut}
      </button>
    );
  return (
    <div class="notice-block tone-doubt stack-small sign-out" role="alertdialog" aria-label={words.signOut}>
      <p>
        {left === "" ? (
          words.allReached
        ) : (
          <>
            <b>{words.notSent(left)}</b> {words.sentLater}
          </>
        )}{" "}
        {words.comingBack}
      </p>
      <div class="row">
        <button type="button" class="button button-main" onClick={() => void leaveSession()}>
          {left === "" ? words.signOut : words.signOutWaits}
        </button>
        <button type="button" class="button" onClick={() => setAsked(false)}>
          {words.stay}
        </button>
      </div>
    </div>
  );
}

/** A card below the sites. */
export function ThisTablet() {
  const words = t().tablet;
  return (
    <section class="card stack" aria-labelledby="this-tablet">
      <h2 id="this-tablet">{tablet.value.name || words.title}</h2>
      <div class="row">
        <button type="button" class="button" onClick={lock}>
          <Icon name="lock" /> {words.lock}
        </button>
        <button type="button" class="button" onClick={askWho}>
          <Icon name="people" /> {words.somebodyElse}
        </button>
        <button type="button" class="button" onClick={changePin}>
          {words.changePin}
        </button>
        <SignOut />
      </div>
      <label class="field lock-after">
        <span>{words.lockAfter}</span>
        <select
          value={String(lockAfter.value)}
          onChange={(event) => void keepLockAfter(Number(event.currentTarget.value))}
        >
          {LOCK_AFTER.map((minutes) => (
            <option key={minutes} value={String(minutes)}>
              {words.minutes(minutes)}
            </option>
          ))}
        </select>
      </label>
      <LanguageChoice />
      <p class="soft">
        {words.signedIn(person.value?.name ?? "")}
      </p>
    </section>
  );
}
