// What has been sent, and what the server says.

import type { sync as english } from "../en/sync";
import { counted } from "../plural";

export const sync: typeof english = {
  online: "ONLINE",
  offline: "OFFLINE",
  toSend: (entries, photos) => `${[entries, photos].filter((each) => each !== "").join(", ")} zu senden`,
  allSent: "Alles gesendet",
  look: (count) => `${counted(count, "Eintrag", "Einträge")} ansehen`,
  sending: "Sendet …",
  now: "Jetzt senden",
  last: (when) => `zuletzt ${when}`,
  sessionOver: "Ihre Sitzung ist abgelaufen. Ihre Arbeit bleibt auf diesem Tablet.",
  serverSays: (message) => `Der Server sagt: ${message} Nichts ging verloren.`,
  newVersion: "Eine neue Version ist bereit.",
  useIt: "Jetzt nutzen",
  backToSites: (name) => `${name}: zu meinen Anlagen`,
  backTo: (name) => `Zurück zu ${name}`,
  lock: "Dieses Tablet sperren",
  marks: {
    saved: "auf diesem Tablet",
    received: "beim Server",
    notSent: "noch nicht gesendet",
    look: "bitte ansehen",
  },
  exportNothing: "Nichts zu exportieren: Der Server hat alles bestätigt.",
  exported: (entries) => `${entries} exportiert. Sie bleiben auf diesem Tablet und werden gesendet, sobald es geht.`,
};
