// What is odd about what was recorded (core/plausibility.ts and its parts).

import { comma, item, more, span, tags } from "./sentence_parts";
import type { Row } from "./sentences";

const WAYS: Readonly<Record<string, string>> = { less: "weniger", more: "mehr" };

const bound = (text: string): string =>
  comma(text).replace("at least", "mindestens").replace("at most", "höchstens").replace("about", "etwa");

export const DOUBTS: readonly Row[] = [
  [
    /^([^ ]+(?: \S+)?) is (less|more) than can be here, (.+?) \((.+)\): measure again, and check the tag\.$/,
    (reading, way, what, source) =>
      `${comma(reading!)} ist ${WAYS[way!]}, als hier sein kann, ${bound(what!)} (${source}): Messen Sie neu, und prüfen Sie das Kennzeichen.`,
  ],
  [
    /^([^ ]+(?: \S+)?) is far (less|more) than expected here, (.+?) \((.+)\): measure again, and check the tag\.$/,
    (reading, way, what, source) =>
      `${comma(reading!)} ist viel ${WAYS[way!]} als hier erwartet, ${bound(what!)} (${source}): Messen Sie neu, und prüfen Sie das Kennzeichen.`,
  ],
  [
    /^(\S+ \S+) is no tripping or response time: measure again\.$/,
    (reading) => `${comma(reading!)} ist keine Auslöse- oder Ansprechzeit: Messen Sie neu.`,
  ],
  [
    /^(.+) has more digits than the instrument named here shows, which goes in steps of (.+): write what it shows, and check which instrument it was\.$/,
    (reading, step) =>
      `${comma(reading!)} hat mehr Stellen, als das genannte Messgerät zeigt (Schritte von ${comma(step!)}): Schreiben Sie, was es zeigt, und prüfen Sie, welches Gerät es war.`,
  ],
  [
    /^Exactly (.+) is recorded in this test at ([0-9]+) tags \((.+)\): measure again at each, and write > in front where the tester was off-scale\.$/,
    (reading, count, which) =>
      `Genau ${comma(reading!)} ist bei dieser Prüfung an ${count} Stellen erfasst (${tags(which!)}): Messen Sie überall neu, und schreiben Sie > davor, wo der Messbereich überschritten war.`,
  ],
  [
    /^It was recorded ([0-9]+) (\w+) before “(.+)” at (\S+) had passed(?: \(and ([0-9]+) more\))?: repeat it\.$/,
    (count, unit, title, tag, others) =>
      `Es wurde ${span(count!, unit!)} erfasst, bevor ${item(title!, tag!)} bestanden war${more(others)}: Wiederholen Sie es.`,
  ],
  [
    /^“(.+)” at (\S+) has to pass before this and has not(?: \(and ([0-9]+) more\))?: do that first, then repeat this\.$/,
    (title, tag, others) =>
      `${item(title!, tag!)} muss vorher bestanden sein und ist es nicht${more(others)}: Machen Sie das zuerst, und wiederholen Sie dann dies.`,
  ],
  [
    /^The readings of ([0-9]+) tests at (\S+) are digit for digit those at (\S+): check the tags, and measure again at (\S+)\.$/,
    (count, tag, source) =>
      `Die Messwerte von ${count} Prüfungen an ${tag} sind Ziffer für Ziffer die von ${source}: Prüfen Sie die Kennzeichen, und messen Sie an ${tag} neu.`,
  ],
  [
    /^The same photo stands at “(.+)” at (\S+): take a photo of (\S+) here\.$/,
    (title, tag, here) => `Dasselbe Foto steht bei ${item(title!, tag!)}: Fotografieren Sie hier ${here}.`,
  ],
  [
    /^The same serial number is recorded at (.+): read the nameplate again, and check the tag\.$/,
    (which) =>
      `Dieselbe Seriennummer ist an ${tags(which!)} erfasst: Lesen Sie das Typenschild noch einmal, und prüfen Sie das Kennzeichen.`,
  ],
];
