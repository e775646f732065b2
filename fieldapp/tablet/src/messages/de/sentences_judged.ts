// Verdicts on values, documents and instruments (core/judge.ts, core/instrument.ts).

import { choice, comma, days, instrument, limit } from "./sentence_parts";
import type { Row } from "./sentences";

const wanted = (how: string): string => (how === "without a unit" ? "ohne Einheit" : how);

export const JUDGED: readonly Row[] = [
  [/^Nothing is recorded yet\.$/, () => "Noch ist nichts erfasst."],
  [/^nothing is recorded\.$/, () => "nichts erfasst."],
  [/^It is recorded\.$/, () => "Ist erfasst."],
  [/^This is answered by a photo\.$/, () => "Das beantwortet ein Foto."],
  [/^This is answered by a signature\.$/, () => "Das beantwortet eine Unterschrift."],
  [/^This is answered by a probe run\.$/, () => "Das beantwortet ein Lauf der Geräteprüfung."],
  [/^“([^]*)” meets the requirement\.$/, (raw) => `„${choice(raw!)}“ erfüllt die Anforderung.`],
  [
    /^“([^]*)” is recorded, required is (.+)\.$/,
    (raw, required) => `Erfasst ist „${choice(raw!)}“, gefordert ist ${limit(required!)}.`,
  ],
  [/^Say until which day it holds\.$/, () => "Geben Sie an, bis wann es gilt."],
  [/^(\S+) is not a day\.$/, (day) => `${days(day!)} ist kein Datum.`],
  [/^The day of the work is not known\.$/, () => "Der Tag der Arbeit ist nicht bekannt."],
  [
    /^It ran out on (\S+), before the day of the work \((.+)\)\.$/,
    (last, day) => `Abgelaufen am ${days(last!)}, vor dem Tag der Arbeit (${days(day!)}).`,
  ],
  [/^It holds until (\S+)\.$/, (day) => `Gültig bis ${days(day!)}.`],
  [/^“([^]*)” is not a row of readings\.$/, (raw) => `„${raw}“ ist keine Reihe von Messwerten.`],
  [/^“([^]*)” is not a reading\.$/, (raw) => `„${raw}“ ist kein Messwert.`],
  [/^There is no column (.+) here\.$/, (column) => `Die Spalte ${column} gibt es hier nicht.`],
  [/^Every column is good\.$/, () => "Alle Spalten sind gut."],
  [
    /^([<>]?-?[0-9.]+(?: \S+)?) is too coarse for (.+): record one more digit\.$/,
    (reading, of) => `${comma(reading!)} ist zu grob für ${limit(of!)}: Erfassen Sie eine Stelle mehr.`,
  ],
  [/^The reading has no unit; record it (?:in )?(.+)\.$/, (how) => `Der Messwert hat keine Einheit; erfassen Sie ihn in ${how}.`],
  [
    /^The reading is in (\S+); record it (?:in )?(.+)\.$/,
    (unit, how) => `Der Messwert ist in ${unit}; erfassen Sie ihn ${how === "without a unit" ? "" : "in "}${wanted(how!)}.`,
  ],
  [
    /^([<>]?-?[0-9.]+(?: \S+)?) can't be judged against (.+): measure on a range that shows the value\.$/,
    (reading, of) =>
      `${comma(reading!)} lässt sich nicht mit ${limit(of!)} vergleichen: Messen Sie in einem Bereich, der den Wert zeigt.`,
  ],
  [/^([<>]?-?[0-9.]+(?: \S+)?) is within (.+)\.$/, (reading, of) => `${comma(reading!)} hält den Grenzwert ${limit(of!)} ein.`],
  [
    /^([<>]?-?[0-9.]+(?: \S+)?) is outside (.+)\.$/,
    (reading, of) => `${comma(reading!)} liegt außerhalb des Grenzwerts ${limit(of!)}.`,
  ],
  [
    /^Name the instrument: a reading counts only with a calibrated (.+)\.$/,
    (kind) => `Wählen Sie das Messgerät: Ein Messwert zählt nur mit kalibriertem Gerät (${instrument(kind!)}).`,
  ],
  [
    /^(.+) is a (.+), needed is a (.+)\.$/,
    (id, has, needs) => `${id} ist das falsche Gerät (${instrument(has!)}), nötig ist: ${instrument(needs!)}.`,
  ],
  [
    /^The day of the test is not known, so the calibration can't be checked\.$/,
    () => "Der Tag der Prüfung ist nicht bekannt, die Kalibrierung lässt sich nicht prüfen.",
  ],
  [
    /^The calibration of (.+) ran out on (\S+), before the test on (\S+)\.$/,
    (id, last, day) => `Die Kalibrierung von ${id} lief am ${days(last!)} ab, vor der Prüfung am ${days(day!)}.`,
  ],
  [/^(.+) has no calibration certificate for (\S+)\.$/, (id, day) => `${id} hat keinen Kalibrierschein für den ${days(day!)}.`],
  [
    /^([0-9.-]+ \S*) is less than (.+) can show \((.+)\)\.$/,
    (reading, id, least) => `${comma(reading!)} ist weniger, als ${id} anzeigen kann (${comma(least!)}).`,
  ],
  [
    /^([0-9.-]+ \S*) is more than (.+) can show \((.+)\)\.$/,
    (reading, id, most) => `${comma(reading!)} ist mehr, als ${id} anzeigen kann (${comma(most!)}).`,
  ],
];
