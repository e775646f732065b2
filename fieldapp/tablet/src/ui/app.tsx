// Which screen is shown, and the frame around all of them.

import { enterSession } from "./door";
import { t } from "../messages";
import { Drawing } from "./drawing";
import { Header } from "./header";
import { Leave } from "./leave";
import { Pairing } from "./pairing";
import { People } from "./people";
import { ChoosePin, Lock } from "./pin";
import { SectionScreen } from "./section";
import { SignIn } from "./sign_in";
import { SiteOverview } from "./site";
import { Sites } from "./sites";
import {
  crew,
  door,
  inside,
  locked,
  person,
  pinSet,
  route,
  scanned,
  signInNeeded,
  toast,
  work,
} from "./state";
import { Icon } from "./icons";

function Missing() {
  return (
    <main class="page">
      <p class="empty">
        {t().common.notHere} <a href="#/">{t().common.toMySites}</a> {t().common.toDownload}
      </p>
    </main>
  );
}

function Screen() {
  const { screen } = route.value;
  if (screen === "sites" || screen === "sign-in") return <Sites />;
  const here = work.value;
  if (here === null) return <Missing />;
  if (screen === "section") return <SectionScreen work={here} />;
  if (screen === "leave") return <Leave work={here} />;
  if (screen === "drawing") return <Drawing work={here} />;
  return <SiteOverview work={here} />;
}

function Message() {
  const shown = toast.value;
  return (
    <div class="toast-place" role="status" aria-live="polite">
      {shown !== null && (
        <div class={`toast toast-${shown.tone}`}>
          <Icon name={shown.tone === "fail" ? "warning" : "check"} />
          <span>{shown.text}</span>
          {shown.undo !== null && (
            <button type="button" class="button button-night" onClick={shown.undo}>
              {t().common.undo}
            </button>
          )}
        </div>
      )}
    </div>
  );
}

/** What is asked at the door; null when whoever works here is let in. */
function DoorScreen() {
  const asked = door.value;
  if (scanned.value !== "") return <Pairing scanned={scanned.value} />;
  if (asked?.screen === "people") return <People />;
  if (asked?.screen === "code") return <Pairing scanned="" />;
  if (asked?.screen === "sign-in") return <SignIn known={asked.who} onSignIn={enterSession} />;
  if (asked?.screen === "new-pin") return <ChoosePin must={asked.must === true} />;
  if (asked?.screen === "pin" && asked.who !== null) return <Lock person={asked.who} />;
  return <Nobody />;
}

function Nobody() {
  const here = person.value;
  if (here === null)
    return crew.value.length > 0 ? <People /> : <SignIn known={null} onSignIn={enterSession} />;
  if (!pinSet.value) return <ChoosePin must />;
  if (locked.value) return <Lock person={here} />;
  return <SignIn known={here} onSignIn={enterSession} />;
}

function shut(): boolean {
  if (door.value !== null || scanned.value !== "" || person.value === null || !pinSet.value) return true;
  return locked.value || (signInNeeded.value && route.value.screen === "sign-in");
}

/** The whole application. Locking leaves the screens as they are, out of sight: nothing typed is lost. */
export function App() {
  const closed = shut();
  const here = person.value;
  const kept = here !== null && inside.value === here.email;
  return (
    <>
      {closed && <DoorScreen />}
      {kept && (
        <div key={here.email} class="inside" hidden={closed}>
          <Header />
          <Screen />
          <Message />
        </div>
      )}
    </>
  );
}
