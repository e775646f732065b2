// A serial number: typed, or read from a photo of its code where the browser can read codes.

import { useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import type { Item, Value } from "../core/model";
import { t } from "../messages";
import { say } from "./actions";
import { atTheCamera, fromTheCamera } from "./door";
import { Icon } from "./icons";
import { useDraft } from "./reading";

interface Props {
  item: Item;
  onSave: (value: Value) => Promise<boolean>;
  picker: ComponentChildren;
}

interface Detector {
  detect: (picture: ImageBitmap) => Promise<{ rawValue: string }[]>;
}

/** Not every browser has one; without it there is no button. */
function detector(): Detector | null {
  const kind = (globalThis as { BarcodeDetector?: new () => Detector }).BarcodeDetector;
  return kind === undefined ? null : new kind();
}

/** Read the first code of a photo, straight from the camera. */
async function read(file: File, reader: Detector): Promise<string> {
  const picture = await createImageBitmap(file);
  const found = await reader.detect(picture);
  picture.close();
  return found[0]?.rawValue.trim() ?? "";
}

function Scan({ onRead }: { onRead: (text: string) => void }) {
  const [reader] = useState(detector);
  if (reader === null) return null;
  const scan = async (file: File | undefined): Promise<void> => {
    fromTheCamera();
    if (file === undefined) return;
    const text = await read(file, reader).catch(() => "");
    if (text === "") say(t().evidence.noCode, null, "fail");
    else onRead(text);
  };
  return (
    <label class="button button-large take">
      <Icon name="camera" /> {t().evidence.scan}
      <input
        class="unseen"
        type="file"
        accept="image/*"
        capture="environment"
        onClick={atTheCamera}
        onChange={(event) => void scan(event.currentTarget.files?.[0])}
      />
    </label>
  );
}

/** One large field, Scan beside it. */
export function SerialEntry({ item, onSave, picker }: Props) {
  const [text, setText] = useDraft(item);
  const field = `serial-${item.key}`;

  async function save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (await onSave({ type: "text", raw: text.trim() })) setText("");
  }

  return (
    <form class="stack-small" onSubmit={(event) => void save(event)} autocomplete="off">
      <label class="entry-label" for={field}>
        {t().evidence.serial}
      </label>
      <div class="reading-row">
        <input
          id={field}
          class="reading-field"
          type="text"
          autocapitalize="characters"
          spellcheck={false}
          value={text}
          maxLength={200}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <Scan onRead={setText} />
      </div>
      {picker}
      <button class="button button-main button-large" disabled={text.trim() === ""}>
        <Icon name="check" /> {t().evidence.saveSerial}
      </button>
    </form>
  );
}
