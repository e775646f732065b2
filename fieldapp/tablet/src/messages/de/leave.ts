// "Safe to leave site?": the answer, and what proves it.

import type { leave as english } from "../en/leave";
import { counted } from "../plural";

export const leave: typeof english = {
  title: "Kann ich gehen?",
  waits: "Noch nicht beim Server",
  waitsText: (count) =>
    `${counted(count, "Eintrag ist", "Einträge sind")} nur auf diesem Tablet. Hier sind sie sicher; senden Sie sie, wo Netz ist, bevor Sie das Tablet weitergeben.`,
  look: "Sehen Sie das an, bevor Sie gehen",
  lookText: (count) =>
    `${counted(count, "Eintrag wurde", "Einträge wurden")} nicht angenommen; der Grund steht unten dabei.`,
  open: "Ihre Arbeit ist sicher, aber nicht fertig",
  openText: (count) =>
    `Alles Erfasste ist beim Server. ${counted(count, "Prüfpunkt ist", "Prüfpunkte sind")} noch zu machen.`,
  done: "Sie können gehen",
  doneText: (failed) =>
    `Alles ist erledigt, und der Server hat jeden Eintrag und jedes Foto.${failed > 0 ? ` ${counted(failed, "nicht bestandener Prüfpunkt bleibt", "nicht bestandene Prüfpunkte bleiben")} für den Prüfer.` : ""}`,
  journal: (number) => `Journal Nr. ${number}`,
  unfinished: (count) => `${counted(count, "Prüfpunkt", "Prüfpunkte")} offen oder nicht bestanden`,
  span: (first, last) => `${first} bis ${last}`,
  missing: (which) =>
    `Dem Server fehlen Ihre Einträge ${which}: Tippen Sie auf „Senden und prüfen“; bleibt das stehen, zeigen Sie es dem Büro.`,
  noReceipt: "Der Server hat noch keine Quittung gegeben.",
  receipt: (last, when) => `Die Quittung des Servers reicht über Ihre Einträge 1 bis ${last}, gefragt ${when}.`,
  notPersistent: "Dieser Browser kann bei Platzmangel löschen: Senden Sie Ihre Arbeit so bald wie möglich.",
  sendAndCheck: "Senden und prüfen",
  print: "Drucken",
  exportUnsent: "Ungesendetes exportieren",
  entries: "Ihre Einträge an dieser Anlage",
  nothing: "Auf diesem Tablet ist noch nichts erfasst.",
};
