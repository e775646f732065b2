// Who works now? Everybody of this tablet has a PIN, a key and a queue of their own.

import { t } from "../messages";
import { askCode, askPassword, come, leaveDoor, typedText } from "./door";
import { DoorFrame } from "./door_frame";
import { Icon } from "./icons";
import { crew, inside, person } from "./state";

function Unsaved() {
  const here = person.value;
  if (here === null || inside.value !== here.email || !typedText()) return null;
  return (
    <p class="notice tone-doubt">
      <Icon name="warning" />
      <span>
        {t().door.typingUnsaved(here.name)}
      </span>
    </p>
  );
}

/** Choose somebody, or add somebody. */
export function People() {
  const words = t().door;
  return (
    <DoorFrame>
      <div class="card stack">
        <h1>{words.whoWorks}</h1>
        <Unsaved />
        <ul class="plain stack-small">
          {crew.value.map((each) => (
            <li key={each.email}>
              <button type="button" class="button button-large somebody" onClick={() => void come(each)}>
                <Icon name={each.signed_out === true ? "door" : "lock"} />
                <span>
                  {each.name}
                  <small>
                    {each.organisation}
                    {each.signed_out === true && ` · ${words.signedOut}`}
                  </small>
                </span>
              </button>
            </li>
          ))}
        </ul>
      </div>
      <button type="button" class="button button-large" onClick={() => askPassword()}>
        {words.somebodyNew}
      </button>
      <button type="button" class="button button-large" onClick={askCode}>
        {words.haveCode}
      </button>
      {person.value !== null && (
        <button type="button" class="quiet" onClick={leaveDoor}>
          {words.backTo(person.value.name)}
        </button>
      )}
    </DoorFrame>
  );
}
