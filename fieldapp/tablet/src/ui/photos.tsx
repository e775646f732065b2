// Photos of an item: take one, see those that are there.

import { useEffect, useState } from "preact/hooks";
import { photosRequired } from "../core/fold";
import type { Item, ItemState } from "../core/model";
import type { Work } from "../core/work";
import { t } from "../messages";
import { pictureOf, takePhoto } from "./actions";
import { atTheCamera, fromTheCamera } from "./door";
import { Icon } from "./icons";
import { sentence, size } from "./words";

function Picture({ work, sha256, caption }: { work: Work; sha256: string; caption: string }) {
  const [address, setAddress] = useState("");
  useEffect(() => {
    let made = "";
    let gone = false;
    void pictureOf(sha256).then((blob) => {
      if (blob === null || gone) return;
      made = URL.createObjectURL(blob);
      setAddress(made);
    });
    return () => {
      gone = true;
      URL.revokeObjectURL(made);
    };
  }, [sha256]);
  const own = work.photos.get(sha256);
  return (
    <li>
      <figure class="photo">
        {address === "" ? (
          <span class="photo-away">{t().evidence.onServer}</span>
        ) : (
          <img src={address} alt={caption || t().common.photo} />
        )}
        <figcaption>
          <Icon name={own?.state === "waiting" ? "tablet" : "cloud"} />{" "}
          {own?.state === "waiting" ? t().evidence.savedNotSent : t().evidence.received}
          {own !== undefined && ` · ${size(own.size)}`}
          {own !== undefined && own.reason !== "" && <b class="stuck">{sentence(own.reason)}</b>}
        </figcaption>
      </figure>
    </li>
  );
}

function Take({ item, missing }: { item: Item; missing: number }) {
  const [busy, setBusy] = useState(false);
  async function taken(input: HTMLInputElement): Promise<void> {
    fromTheCamera();
    const file = input.files?.[0];
    if (file === undefined) return;
    setBusy(true);
    await takePhoto(item, file, "");
    input.value = "";
    setBusy(false);
  }
  return (
    <label class={`button button-large take ${missing > 0 ? "button-main" : ""}`}>
      <Icon name="camera" />{" "}
      {busy ? t().common.saving : missing > 0 ? t().evidence.takePhoto(missing) : t().evidence.addPhoto}
      <input
        type="file"
        accept="image/*"
        capture="environment"
        class="unseen"
        disabled={busy}
        onClick={atTheCamera}
        aria-label={t().evidence.photoOf(item.title, item.tag)}
        onChange={(event) => void taken(event.currentTarget)}
      />
    </label>
  );
}

/** The pictures and the camera button. */
export function Photos({
  work,
  item,
  state,
  editable,
}: {
  work: Work;
  item: Item;
  state: ItemState;
  editable: boolean;
}) {
  const captions = new Map(
    (work.history.get(item.key) ?? []).map(({ op }) => [op.body.sha256, op.body.caption ?? ""]),
  );
  const refused = [...work.photos.values()].filter(
    (photo) => photo.state === "refused" && photo.item === item.key,
  );
  const missing = Math.max(0, photosRequired(item) - state.photos.length);
  return (
    <div class="stack-small">
      {state.photos.length > 0 && (
        <ul class="plain photos">
          {state.photos.map((sha256) => (
            <Picture key={sha256} work={work} sha256={sha256} caption={captions.get(sha256) ?? ""} />
          ))}
        </ul>
      )}
      {missing > 0 &&
        refused.map((photo) => (
          <p key={photo.sha256} class="stuck" role="alert">
            {t().evidence.photoRefused} {sentence(photo.reason)}
          </p>
        ))}
      {editable && <Take item={item} missing={missing} />}
    </div>
  );
}
