// One item: its head, its verdict, what stops it.

import type { item as english } from "../en/item";

export const item: typeof english = {
  received: "empfangen",
  saved: "gespeichert",
  safety: "Sicherheit",
  stopsWork: "Hält Arbeit an",
  first: "Zuerst:",
  mustPass: (more) => `muss bestanden sein${more > 0 ? ` (und ${more} weitere)` : ""}.`,
  returned: "Vom Prüfer zurückgegeben:",
  doBelow: "Unten noch einmal machen.",
  doAgain: "Noch einmal machen:",
  staysInHistory: "Was vorher erfasst wurde, bleibt im Verlauf.",
  accepted: "Vom Prüfer akzeptiert:",
  failed: "Nicht bestanden.",
  failedSafety: "Das ist ein Sicherheitspunkt: Arbeit anhalten, Fehler beheben, neu messen.",
  failedNote: "Fügen Sie eine Notiz oder ein Foto hinzu, das den Mangel zeigt.",
  notApplicable: "Entfällt:",
  mustAgree: "Der Prüfer muss zustimmen.",
  limit: "Grenzwert",
  required: "Gefordert",
  from: "Quelle",
  minor: "Gering: darf auf der Mängelliste bleiben",
  info: "Zur Information",
  stop: "STOPP",
  hasToPass: "muss bestanden sein, bevor jemand hiermit beginnt.",
  goThere: "Dorthin",
  anyway: "Ist erledigt, wird später erfasst",
};
