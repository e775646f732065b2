// What went wrong. Core gives a code, here is its sentence.

import type { errors as english } from "../en/errors";

export const errors: typeof english = {
  something: "Etwas ging schief; nichts ging verloren.",
  notSaved: (why) => `NICHT gespeichert: ${why}`,
  noWorker: "Dieser Browser kann das Tablet nicht ohne Netz starten.",
  cantKeep: (why) => `Dieser Browser kann hier keine Arbeit speichern: ${why}`,
  codes: {
    not_reached: "Der Server ist nicht erreichbar.",
    cut_off: "Die Antwort des Servers brach ab.",
    nobody: "Niemand ist angemeldet.",
    not_here: "Diese Anlage ist nicht auf diesem Tablet.",
    other_tab: "Ein anderer Reiter schreibt ständig: Schließen Sie ihn und versuchen Sie es noch einmal.",
    other_key: "Der Server nennt den Schlüssel dieses Tablets anders: Nichts wurde gespeichert.",
    no_pin: "Von dieser Person gibt es hier keine PIN.",
    no_point: "Der Browser hat einen unvollständigen Schlüssel erzeugt.",
    no_jpeg: "Aus dem Foto ließ sich kein JPEG machen.",
    no_picture: "Diese Datei ist kein Bild, das das Tablet lesen kann.",
    bytes_gone: "Die Bilddaten eines Fotos fehlen auf diesem Tablet.",
  },
};
