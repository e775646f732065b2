// The one-line diagram, offline, as a picture that can be enlarged.

import { useState } from "preact/hooks";
import type { Work } from "../core/work";
import { t } from "../messages";

const STEPS = ["fit", "twice", "four"] as const;

/** Fit to the width, or larger and scrollable. */
export function Drawing({ work }: { work: Work }) {
  const [zoom, setZoom] = useState<(typeof STEPS)[number]>("fit");
  const words = t().site;
  const address = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(work.bundle.one_line_svg)}`;
  return (
    <main class="page page-wide stack">
      <h1>{words.drawing}</h1>
      <div class="row" role="group" aria-label={words.drawingSize}>
        {STEPS.map((step) => (
          <button
            key={step}
            type="button"
            class="button"
            aria-pressed={zoom === step}
            onClick={() => setZoom(step)}
          >
            {words.zoom[step]}
          </button>
        ))}
      </div>
      <div class="drawing" tabIndex={0} role="region" aria-label={words.drawingScroll}>
        <img class={`zoom-${zoom}`} src={address} alt={words.drawingOf(work.bundle.site.name)} />
      </div>
    </main>
  );
}
