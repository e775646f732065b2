// Who works now? Everybody of this tablet has a PIN, a key and a queue of their own.

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
        {here.name} was typing something that is not saved yet. It is gone when somebody else comes in.
      </span>
    </p>
  );
}

/** Choose somebody, or add somebody. */
export function People() {
  return (
    <DoorFrame>
      <div class="card stack">
        <h1>Who works now?</h1>
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
                    {each.signed_out === true && " · signed out"}
                  </small>
                </span>
              </button>
            </li>
          ))}
        </ul>
      </div>
      <button type="button" class="button button-large" onClick={() => askPassword()}>
        Somebody new: sign in
      </button>
      <button type="button" class="button button-large" onClick={askCode}>
        I have a pairing code
      </button>
      {person.value !== null && (
        <button type="button" class="quiet" onClick={leaveDoor}>
          Back to {person.value.name}
        </button>
      )}
    </DoorFrame>
  );
}
