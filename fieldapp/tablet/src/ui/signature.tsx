// A drawn signature with the statement it stands under. Strokes are kept as they were drawn, as whole numbers.

import { useEffect, useRef, useState } from "preact/hooks";
import SignaturePad from "signature_pad";
import { strokesOf } from "../core/answers";
import type { Item, ItemState } from "../core/model";
import { signedDigest } from "../core/vouched";
import type { Work } from "../core/work";
import { t } from "../messages";
import { enter } from "./actions";
import { Icon } from "./icons";
import { person } from "./state";
import { sentence } from "./words";

/** What is vouched for, as this tablet knows it; "" when the site was downloaded before that could be told. */
async function digestOf({ bundle, history }: Work, item: Item): Promise<string> {
  if (bundle.revision_digest === undefined) return "";
  const known = {
    ground: bundle.revision_digest,
    checklists: bundle.checklists,
    operations: [...history.values()].flatMap((entries) => entries.map(({ op }) => op)),
    probeRuns: bundle.probe_outcomes.map((outcome) => outcome.run),
  };
  return signedDigest(known, item.key);
}

/** Draw, write the name, sign. */
export function SignatureEntry({ work, item, state }: { work: Work; item: Item; state: ItemState }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const pad = useRef<SignaturePad | null>(null);
  const [empty, setEmpty] = useState(true);
  const [name, setName] = useState(person.value?.name ?? "");
  useEffect(() => {
    const area = canvas.current!;
    const scale = window.devicePixelRatio || 1;
    area.width = area.offsetWidth * scale;
    area.height = area.offsetHeight * scale;
    area.getContext("2d")?.scale(scale, scale);
    pad.current = new SignaturePad(area, { minWidth: 1.2, maxWidth: 2.8, penColor: "#0d2233" });
    pad.current.addEventListener("endStroke", () => setEmpty(pad.current?.isEmpty() ?? true));
    return () => pad.current?.off();
  }, [item.key]);

  function clear(): void {
    pad.current?.clear();
    setEmpty(true);
  }

  async function sign(): Promise<void> {
    const strokes = strokesOf(pad.current?.toData() ?? []);
    const digest = await digestOf(work, item);
    const body = { statement: item.instruction, name: name.trim(), digest, strokes };
    if (await enter(item, "signature", body, t().evidence.signatureSaved)) clear();
  }

  return (
    <div class="stack-small">
      {state.status === "passed" && (
        <p class="notice tone-pass">
          <Icon name="check" /> <span>{sentence(state.judgement.reason)} {t().evidence.signingReplaces}</span>
        </p>
      )}
      <label class="field">
        <span>{t().evidence.signer}</span>
        <input
          type="text"
          autocomplete="off"
          maxLength={100}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <canvas ref={canvas} class="signature" aria-label={t().evidence.drawHere} role="img" />
      <div class="row">
        <button
          type="button"
          class="button button-main button-large"
          disabled={empty || name.trim() === ""}
          onClick={() => void sign()}
        >
          <Icon name="pen" /> {t().evidence.sign}
        </button>
        <button type="button" class="button button-large" disabled={empty} onClick={clear}>
          {t().evidence.clear}
        </button>
      </div>
    </div>
  );
}
