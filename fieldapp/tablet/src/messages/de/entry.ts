// Answering an item: a reading, a choice, a row, a reason.

import type { entry as english } from "../en/entry";

export const entry: typeof english = {
  reading: "Messwert",
  typeReading: "Geben Sie den Messwert so ein, wie das Messgerät ihn zeigt.",
  saveReading: "Messwert speichern",
  unit: "Einheit",
  verdicts: { pass: "Bestanden", fail: "Nicht bestanden", inconclusive: "Nicht entscheidbar" },
  text: "Eintrag",
  saveRow: "Zeile speichern",
  good: "gut",
  ifThere: "falls vorhanden",
  probe: "Das beantwortet die Geräteprüfung.",
  probeRun: "Starten Sie sie an der Anlage; das Ergebnis erscheint hier.",
  whyAnother: "Warum ein neuer Eintrag?",
  failedBefore: "Der letzte Eintrag war nicht bestanden. Warum ein neuer?",
  because: {
    mistyped: { title: "Vertippt", text: "Der letzte Wert wurde nie gemessen." },
    repaired: {
      title: "Fehler behoben, neu gemessen",
      text: "Frühere Prüfungen, auf die das wirkt, sind zu wiederholen.",
    },
    repeated: { title: "Neu gemessen", text: "Dazwischen wurde nichts geändert." },
  },
  dontSave: "Nicht speichern",
  isRight: "Es stimmt",
  notedRight: "Vermerkt. Der Prüfer sieht es auch.",
  notApplicable: "Entfällt",
  notApplicableShort: "Entfällt",
  whyNot: "Warum entfällt es?",
  reviewerAgrees: "Sicherheitspunkt: Der Prüfer muss zustimmen.",
  saveNotApplicable: "Als entfallend speichern",
  savedNotApplicable: "Als entfallend auf diesem Tablet gespeichert.",
  instrument: (kind) => `Messgerät: ${kind}`,
  chooseInstrument: "Messgerät wählen",
  calibratedUntil: (day) => `kalibriert bis ${day}`,
  noInstrument: "Ihre Firma hat kein Gerät dieser Klasse auf der Liste: Lassen Sie es eintragen.",
  decidesNothing: "Der Wert wird gespeichert, entscheidet aber nichts.",
};
