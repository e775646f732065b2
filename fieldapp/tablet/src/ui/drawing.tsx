// The one-line diagram, offline, as a picture that can be enlarged.

import { useState } from "preact/hooks";
import type { Work } from "../core/work";

const STEPS = ["fit", "twice", "four"] as const;
const NAMES = { fit: "Whole drawing", twice: "2 ×", four: "4 ×" };

/** Fit to the width, or larger and scrollable. */
export function Drawing({ work }: { work: Work }) {
  const [zoom, setZoom] = useState<(typeof STEPS)[number]>("fit");
  const address = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(work.bundle.one_line_svg)}`;
  return (
    <main class="page page-wide stack">
      <h1>One-line diagram</h1>
      <div class="row" role="group" aria-label="Size of the drawing">
        {STEPS.map((step) => (
          <button
            key={step}
            type="button"
            class="button"
            aria-pressed={zoom === step}
            onClick={() => setZoom(step)}
          >
            {NAMES[step]}
          </button>
        ))}
      </div>
      <div class="drawing" tabIndex={0} role="region" aria-label="One-line diagram, scrollable">
        <img class={`zoom-${zoom}`} src={address} alt={`One-line diagram of ${work.bundle.site.name}`} />
      </div>
    </main>
  );
}
