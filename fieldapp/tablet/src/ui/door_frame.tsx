// The frame of everything that is shown before somebody is let in.

import type { ComponentChildren } from "preact";
import { Bolt } from "./icons";
import { LanguageChoice } from "./language_choice";

/** The brand above, the question below. */
export function DoorFrame({ children }: { children: ComponentChildren }) {
  return (
    <main class="door">
      <div class="door-brand">
        <Bolt /> fieldapp
      </div>
      {children}
      <LanguageChoice />
    </main>
  );
}
