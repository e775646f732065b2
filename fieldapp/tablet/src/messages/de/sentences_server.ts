// What the server says: refusals, why it held an entry back, what became of a revision (fieldapp/problems.py, arrivals,
// checklists/carry.py).

import { limit } from "./sentence_parts";
import type { Row } from "./sentences";

const TOLD: Readonly<Record<string, string>> = {
  "The photo keeps arriving damaged.": "Das Foto kommt immer wieder beschädigt an.",
  "The server did not say how much of the photo arrived.": "Der Server sagte nicht, wie viel vom Foto ankam.",
  "Sign in first.": "Melden Sie sich zuerst an.",
  "This e-mail address and password do not belong together.": "E-Mail-Adresse und Passwort passen nicht zusammen.",
  "This code is mistyped, was used or has expired; make a new one on the page Tablets.":
    "Dieser Code ist vertippt, benutzt oder abgelaufen; machen Sie auf der Seite Tablets einen neuen.",
  "Scan a pairing code from the page Tablets first: this tablet was never paired. Your office makes a code there; it takes a minute.":
    "Scannen Sie zuerst einen Kopplungscode: Dieses Tablet wurde nie gekoppelt. Ihr Büro macht ihn auf der Seite Tablets; das dauert eine Minute.",
  "Scan a pairing code from the page Tablets first: this tablet was revoked. What is on it stays there until it is paired again.":
    "Scannen Sie zuerst einen Kopplungscode: Dieses Tablet wurde gesperrt. Was darauf ist, bleibt dort, bis es wieder gekoppelt ist.",
  "This token is unknown, expired or revoked: sign in again.": "Ihre Sitzung ist abgelaufen: Melden Sie sich neu an.",
  "This key is registered for another person or tablet.":
    "Dieser Schlüssel gehört einer anderen Person oder einem anderen Tablet.",
  "Upload again from byte 0; nothing was kept.": "Das Foto kam beschädigt an; es wird noch einmal gesendet.",
  "It is signed with a key that was never registered; sign in on this tablet.":
    "Der Schlüssel der Signatur ist nicht registriert; melden Sie sich auf diesem Tablet an.",
  "Its signature does not belong to its content.": "Die Signatur passt nicht zum Inhalt.",
  "It was made on another tablet.": "Der Eintrag stammt von einem anderen Tablet.",
  "It belongs to another person of this tablet; they have to sign in to send it.":
    "Der Eintrag gehört einer anderen Person dieses Tablets; sie muss sich anmelden, um ihn zu senden.",
  "The key it is signed with was revoked; a reviewer decides about it.":
    "Der Schlüssel der Signatur wurde gesperrt; ein Prüfer entscheidet darüber.",
  "You are not, or no longer, assigned to this site; a reviewer decides about it.":
    "Diese Anlage ist Ihnen nicht (mehr) zugewiesen; ein Prüfer entscheidet darüber.",
  "What is asked for here changed.": "Was hier gefordert ist, hat sich geändert.",
  "The step changed.": "Der Prüfschritt hat sich geändert.",
  "The instruction of the step changed.": "Die Anweisung des Prüfschritts hat sich geändert.",
};

const literal = (text: string): RegExp => new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`);

export const SERVER: readonly Row[] = [
  ...Object.entries(TOLD).map(([english, german]): Row => [literal(english), () => german]),
  [/^The server answered ([0-9]+)\.$/, (status) => `Der Server antwortete ${status}.`],
  [
    /^Wait ([0-9]+) minutes, or ask for a new password\.$/,
    (minutes) => `Warten Sie ${minutes} Minuten, oder bitten Sie um ein neues Passwort.`,
  ],
  [
    /^This item left the site with revision ([0-9]+); your entry is kept\.$/,
    (revision) => `Dieser Prüfpunkt fiel mit Revision ${revision} weg; Ihr Eintrag bleibt erhalten.`,
  ],
  [
    /^The limit changed from (.+) to (.+?)(?: with revision ([0-9]+))?\.$/,
    (old, fresh, revision) =>
      `${revision === undefined ? "Der" : `Mit Revision ${revision} änderte sich der`} Grenzwert ${revision === undefined ? "änderte sich " : ""}von ${limit(old!)} auf ${limit(fresh!)}.`,
  ],
  [
    /^It takes ([0-9]+) photos now, not ([0-9]+)\.$/,
    (now, before) => `Jetzt sind ${now} Fotos nötig, nicht ${before}.`,
  ],
];
