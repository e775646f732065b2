// What has been sent, and what the server says.

import { counted } from "../plural";

export const sync = {
  online: "ONLINE",
  offline: "OFFLINE",
  toSend: (entries: string, photos: string): string => `${[entries, photos].filter((each) => each !== "").join(", ")} to send`,
  allSent: "Everything sent",
  look: (count: number): string => `${counted(count, "entry needs", "entries need")} a look`,
  sending: "Sending …",
  now: "Sync now",
  last: (when: string): string => `last ${when}`,
  sessionOver: "Your session is over. Your work stays on this tablet.",
  serverSays: (message: string): string => `The server says: ${message} Nothing was lost.`,
  newVersion: "A new version is ready.",
  useIt: "Use it now",
  backToSites: (name: string): string => `${name}: back to my sites`,
  backTo: (name: string): string => `Back to ${name}`,
  lock: "Lock this tablet",
  marks: {
    saved: "saved on this tablet",
    received: "received by server",
    notSent: "not sent yet",
    look: "needs a look",
  },
  exportNothing: "Nothing to export: the server has confirmed everything.",
  exported: (entries: string): string => `${entries} exported. They stay on this tablet and are sent when it can.`,
};
