// What is wrong with a reading as it was typed (core/value.ts, core/units.ts).

import type { Row } from "./sentences";

export const TYPED: readonly Row[] = [
  [/^Enter a reading\.$/, () => "Geben Sie einen Messwert ein."],
  [/^A reading has at most ([0-9]+) digits\.$/, (most) => `Ein Messwert hat höchstens ${most} Stellen.`],
  [
    /^“([^]*)” is not a number: write digits with at most one comma or point, and > or < when off-scale\.$/,
    (text) => `„${text}“ ist keine Zahl: Schreiben Sie Ziffern mit höchstens einem Komma oder Punkt, und > oder < außerhalb des Messbereichs.`,
  ],
  [
    /^“([^]*)” has a thousands separator: write only the digits and one decimal comma or point\.$/,
    (text) => `„${text}“ hat ein Tausendertrennzeichen: Schreiben Sie nur Ziffern und ein Komma oder einen Punkt.`,
  ],
  [
    /^“([^]*)” may mean ([0-9]+) or ([0-9.]+): write ([0-9]+) or ([0-9.]+)\.$/,
    (text, whole, part, write, full) =>
      `„${text}“ kann ${whole} oder ${part!.replace(".", ",")} heißen: Schreiben Sie ${write} oder ${full!.replace(".", ",")}.`,
  ],
  [/^“([^]*)” is too much here: write the number alone\.$/, (text) => `„${text}“ ist hier zu viel: Schreiben Sie nur die Zahl.`],
  [
    /^“([^]*)” can't stand here: write the reading in (.+)\.$/,
    (text, unit) => `„${text}“ passt hier nicht: Schreiben Sie den Messwert in ${unit}.`,
  ],
];
