// One site at a glance, its sections, its drawing, what was returned, handing over.

import type { site as english } from "../en/site";
import { counted } from "../plural";

export const site: typeof english = {
  returned: "Vom Prüfer zurückgegeben",
  atRevision: (revision) => `Die Anlage hat jetzt Revision ${revision}.`,
  toDoAgain: (count) => `${counted(count, "Prüfpunkt ist", "Prüfpunkte sind")} neu zu machen:`,
  andMore: " und weitere",
  stop: "Stopp",
  failed: (count) => `${count} nicht bestanden`,
  sectionDone: (name, done, total) => `${name}: ${done} von ${total} erledigt`,
  notYet: (reason, more) => `Noch nicht: ${reason}${more > 0 ? ` (und ${more} weitere)` : ""}`,
  needsNetwork: "Alles ist erledigt. Die Übergabe braucht das Netz.",
  needsSending: "Alles ist erledigt. Übergeben können Sie, sobald alles gesendet ist.",
  isHandedOver:
    "Diese Anlage ist übergeben. Sie können alles lesen; ändern können Sie nur, was der Prüfer zurückgibt.",
  handOverTitle: "An den Prüfer übergeben",
  handOverReady: "Alles ist erledigt und empfangen. Ab hier übernimmt der Prüfer.",
  handOver: "Übergeben",
  handedOver: "An den Prüfer übergeben.",
  revision: (title, revision) => `${title}, Revision ${revision}`,
  sections: "Abschnitte",
  leave: "Kann ich gehen?",
  leaveText: "Jeder Eintrag und jedes Foto mit Quittung",
  drawing: "Übersichtsschaltplan",
  drawingText: "Was womit verbunden ist",
  drawingScroll: "Übersichtsschaltplan, verschiebbar",
  drawingOf: (name) => `Übersichtsschaltplan von ${name}`,
  drawingSize: "Größe des Plans",
  zoom: { fit: "Ganzer Plan", twice: "2 ×", four: "4 ×" },
  mayLeave: "Kann ich gehen?",
  nextOpen: "Nächster offener",
  showTag: "Nur ein Kennzeichen zeigen",
  allTags: "Alle Kennzeichen",
  search: "Nach Kennzeichen oder Titel suchen",
  searchExample: "Suche: F03, Titel …",
  onlyOpen: "Nur offene",
  noMatch: "Hier passt nichts dazu.",
  allDone: "In diesem Abschnitt ist alles erledigt.",
};
