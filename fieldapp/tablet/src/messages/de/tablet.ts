// The list of sites, and the card "This tablet".

import type { tablet as english } from "../en/tablet";

export const tablet: typeof english = {
  mySites: "Meine Anlagen",
  notHereYet: "Noch nicht auf diesem Tablet",
  download: "Herunterladen",
  downloading: "Lädt …",
  here: "Auf diesem Tablet",
  hereAsOf: (when) => `Auf diesem Tablet, Stand ${when}`,
  open: "Öffnen",
  noSite: "Ihrer Firma ist noch keine Anlage zugewiesen.",
  noneHere: "Keine Anlage ist auf diesem Tablet. Zum Herunterladen brauchen Sie eine Verbindung.",
  title: "Dieses Tablet",
  lock: "Sperren",
  somebodyElse: "Person wechseln",
  changePin: "PIN ändern",
  signOut: "Abmelden",
  signOutWaits: "Abmelden, es wartet hier",
  stay: "Bleiben",
  allReached: "Alle Ihre Einträge sind beim Server.",
  notSent: (what) => `Noch nicht gesendet: ${what}.`,
  sentLater: "Das bleibt auf diesem Tablet und wird gesendet, wenn Sie sich hier wieder anmelden.",
  comingBack: "Zum Wiederkommen brauchen Sie Ihr Passwort und das Netz.",
  lockAfter: "Sperren, wenn niemand es berührt, nach",
  minutes: (count) => `${count} Minuten`,
  signedIn: (name) =>
    `Angemeldet: ${name}. Was beim Sperren eingetippt ist, steht nach dem Entsperren noch da.`,
};
