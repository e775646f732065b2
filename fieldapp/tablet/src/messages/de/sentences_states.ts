// What stands at an item, and what blocks handing over (core/fold.ts, core/progress.ts).

import { item } from "./sentence_parts";
import type { Row } from "./sentences";

const AT = "^“(.+)” at (\\S+) ";

/** A sentence that begins with an item. */
const of = (rest: string, german: string): Row => [
  new RegExp(`${AT}${rest}$`),
  (title, tag) => `${item(title!, tag!)} ${german}`,
];

export const STATES: readonly Row[] = [
  [/^No probe run has judged this yet\.$/, () => "Noch hat keine Geräteprüfung das beurteilt."],
  [/^([0-9]+) of ([0-9]+) photos taken\.$/, (taken, wanted) => `${taken} von ${wanted} Fotos aufgenommen.`],
  [/^Signed by (.*)\.$/, (name) => `Unterschrieben von ${name}.`],
  [/^A signature does not answer this\.$/, () => "Eine Unterschrift beantwortet das nicht."],
  [
    /^Two entries stand side by side: pick one by recording it again\.$/,
    () => "Zwei Einträge stehen nebeneinander: Wählen Sie einen, indem Sie ihn noch einmal erfassen.",
  ],
  [/^The entry was withdrawn\.$/, () => "Der Eintrag wurde zurückgenommen."],
  [/^It does not apply here\.$/, () => "Es entfällt hier."],
  of(
    "failed after this was recorded; do it again \\(IEC 60364-6, 6\\.4\\.3\\.1\\)\\.",
    "war nicht bestanden, nachdem dies erfasst wurde; machen Sie es noch einmal (IEC 60364-6, 6.4.3.1).",
  ),
  of("is not done yet\\.", "ist noch nicht erledigt."),
  of("still lacks a photo or its bytes\\.", "fehlt noch ein Foto oder dessen Daten."),
  of("has two entries side by side; record the right one again\\.", "hat zwei Einträge; erfassen Sie den richtigen noch einmal."),
  of("can't be decided from what is recorded; repeat it\\.", "ist so nicht entscheidbar; wiederholen Sie es."),
  of("was returned by the reviewer; do it again\\.", "wurde vom Prüfer zurückgegeben; machen Sie es noch einmal."),
  of(
    "was recorded before the design changed; do it again\\.",
    "wurde vor der Änderung des Plans erfasst; machen Sie es noch einmal.",
  ),
  of("failed; do it again or concede it\\.", "ist nicht bestanden; wiederholen oder akzeptieren."),
  of("failed; do it again\\.", "ist nicht bestanden; machen Sie es noch einmal."),
  of(
    "is a safety item and can't be conceded; do it again\\.",
    "ist ein Sicherheitspunkt und kann nicht akzeptiert werden; machen Sie es noch einmal.",
  ),
  of(
    "is a safety item; a reviewer must accept that it does not apply\\.",
    "ist ein Sicherheitspunkt; der Prüfer muss zustimmen, dass er entfällt.",
  ),
  [
    /^“(.+)” at (\S+) is recorded, but “(.+)” at (\S+) must pass before it\.$/,
    (title, tag, first, at) => `${item(title!, tag!)} ist erfasst, aber ${item(first!, at!)} muss vorher bestanden sein.`,
  ],
];
