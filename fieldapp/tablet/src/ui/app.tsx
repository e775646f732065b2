// Which screen is shown, and the frame around all of them.

import { enterSession } from "./actions";
import { Drawing } from "./drawing";
import { Header } from "./header";
import { Leave } from "./leave";
import { SectionScreen } from "./section";
import { SignIn } from "./sign_in";
import { SiteOverview } from "./site";
import { Sites } from "./sites";
import { person, route, signInNeeded, toast, work } from "./state";
import { Icon } from "./icons";

function Missing() {
  return (
    <main class="page">
      <p class="empty">
        This site is not on this tablet. <a href="#/">Back to my sites</a> to download it.
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
              Undo
            </button>
          )}
        </div>
      )}
    </div>
  );
}

/** The whole application. */
export function App() {
  if (person.value === null) return <SignIn known={null} onSignIn={enterSession} />;
  if (signInNeeded.value && route.value.screen === "sign-in")
    return <SignIn known={person.value} onSignIn={enterSession} />;
  return (
    <>
      <Header />
      <Screen />
      <Message />
    </>
  );
}
