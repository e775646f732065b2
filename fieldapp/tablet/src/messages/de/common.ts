// Words that several screens share.

import type { common as english } from "../en/common";
import { counted, joined } from "../plural";

const entries = (count: number): string => counted(count, "Eintrag", "Einträge");
const photos = (count: number): string => counted(count, "Foto", "Fotos");

export const common: typeof english = {
  undo: "Rückgängig",
  cancel: "Abbrechen",
  save: "Speichern",
  saving: "Speichert …",
  back: "Zurück",
  photo: "Foto",
  savedHere: "Auf diesem Tablet gespeichert.",
  never: "nie",
  language: "Sprache",
  entries,
  photos,
  items: (count) => counted(count, "Prüfpunkt", "Prüfpunkte"),
  waiting: (operations, pictures) =>
    joined([operations > 0 ? entries(operations) : "", pictures > 0 ? photos(pictures) : ""], "und"),
  ofDone: (total) => `von ${total} erledigt`,
  itemsDone: (done, total) => `${done} von ${total} Prüfpunkten erledigt`,
  share: (done, total) => `${done} von ${total}`,
  at: (title, tag) => `${title} an ${tag}`,
  quoted: (text) => `„${text}“`,
  seconds: (count) => `${count} s`,
  minutes: (count) => `${count} min`,
  about: (span) => `etwa ${span}`,
  notHere: "Diese Anlage ist nicht auf diesem Tablet.",
  toMySites: "Zu meinen Anlagen",
  toDownload: "gehen und sie herunterladen.",
};
