// "Safe to leave site?": the answer, and what proves it.

import { counted } from "../plural";

export const leave = {
  title: "Safe to leave site?",
  waits: "Not on the server yet",
  waitsText: (count: number): string =>
    `${counted(count, "entry is", "entries are")} only on this tablet. They are safe here; go where there is network and send them before you hand the tablet on.`,
  look: "Look at this before you leave",
  lookText: (count: number): string =>
    `${counted(count, "entry was", "entries were")} not accepted; the reason stands beside each below.`,
  open: "Your work is safe, but not finished",
  openText: (count: number): string =>
    `Everything recorded has reached the server. ${counted(count, "item is", "items are")} still to do.`,
  done: "You can leave the site",
  doneText: (failed: number): string =>
    `Everything is done, and the server has every entry and photo.${failed > 0 ? ` ${counted(failed, "failed item stays", "failed items stay")} for the reviewer.` : ""}`,
  journal: (number: number): string => `journal no. ${number}`,
  unfinished: (count: number): string => `${counted(count, "item", "items")} open or failed`,
  span: (first: number, last: number): string => `${first} to ${last}`,
  missing: (which: string): string =>
    `The server misses your entries ${which}: press “Send and check now”, and show this to the office if it stays.`,
  noReceipt: "The server has not given a receipt yet.",
  receipt: (last: number, when: string): string => `The server's receipt covers your entries 1 to ${last}, asked ${when}.`,
  notPersistent: "This browser may clear its storage when space runs out: send your work as soon as you can.",
  sendAndCheck: "Send and check now",
  print: "Print",
  exportUnsent: "Export unsent work",
  entries: "Your entries at this site",
  nothing: "Nothing recorded on this tablet yet.",
};
