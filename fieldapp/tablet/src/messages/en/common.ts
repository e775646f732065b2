// Words that several screens share.

import { counted, joined } from "../plural";

const entries = (count: number): string => counted(count, "entry", "entries");
const photos = (count: number): string => counted(count, "photo", "photos");

export const common = {
  undo: "Undo",
  cancel: "Cancel",
  save: "Save",
  saving: "Saving …",
  back: "Back",
  photo: "Photo",
  savedHere: "Saved on this tablet.",
  never: "never",
  language: "Language",
  entries,
  photos,
  items: (count: number): string => counted(count, "item", "items"),
  waiting: (operations: number, pictures: number): string =>
    joined([operations > 0 ? entries(operations) : "", pictures > 0 ? photos(pictures) : ""], "and"),
  ofDone: (total: number): string => `of ${total} done`,
  itemsDone: (done: number, total: number): string => `${done} of ${total} items done`,
  share: (done: number, total: number): string => `${done} of ${total}`,
  at: (title: string, tag: string): string => `${title} at ${tag}`,
  quoted: (text: string): string => `“${text}”`,
  seconds: (count: number): string => `${count} s`,
  minutes: (count: number): string => `${count} min`,
  about: (span: string): string => `about ${span}`,
  notHere: "This site is not on this tablet.",
  toMySites: "Back to my sites",
  toDownload: "to download it.",
};
