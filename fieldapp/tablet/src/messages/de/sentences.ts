// Sentences that core makes word for word as the server does, in German. They are kept and compared in English
// (tests/vectors), and only shown by this table. What it doesn't know stays as it is.

import { DOUBTS } from "./sentences_doubts";
import { JUDGED } from "./sentences_judged";
import { SERVER } from "./sentences_server";
import { STATES } from "./sentences_states";
import { TYPED } from "./sentences_typed";

/** A pattern of the whole sentence, and German from its groups. */
export type Row = readonly [RegExp, (...groups: string[]) => string];

const ROWS: readonly Row[] = [...TYPED, ...JUDGED, ...STATES, ...DOUBTS, ...SERVER];
const FAILS = " The reading itself fails: ";
const RIGHT = "Looked at again, and it is right: ";

function whole(text: string): string | null {
  for (const [pattern, german] of ROWS) {
    const found = pattern.exec(text);
    if (found !== null) return german(...found.slice(1));
  }
  return null;
}

/** "L1–PE: 0.5 MΩ is outside …": the title of a column before the sentence about it. */
function ofColumn(text: string): string | null {
  for (let colon = text.indexOf(": "); colon > 0; colon = text.indexOf(": ", colon + 1)) {
    const rest = german(text.slice(colon + 2));
    if (rest !== null) return `${text.slice(0, colon)}: ${rest}`;
  }
  return null;
}

/** A sentence in German; null when the table doesn't know it. */
export function german(text: string): string | null {
  if (text === "") return "";
  if (text.startsWith(RIGHT)) {
    const rest = text.slice(RIGHT.length);
    return `Noch einmal angesehen, es stimmt: ${german(rest) ?? rest}`;
  }
  const [first, failing] = text.split(FAILS);
  if (failing === undefined) return whole(text) ?? ofColumn(text);
  const [left, right] = [german(first!), german(failing)];
  return left === null || right === null ? null : `${left} Der Messwert selbst besteht nicht: ${right}`;
}
