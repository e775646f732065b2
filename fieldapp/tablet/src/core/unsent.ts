// Work that can't be sent from here, as one file: the server takes it in under the rules of a push.

import type { SignedOperation } from "./api";
import type { Database, StoredPerson } from "./database";
import { outstanding } from "./push";

export const FORMAT = "fieldapp-unsent-v1";

export interface UnsentFile {
  format: typeof FORMAT;
  tablet: string;
  key: string;
  operations: SignedOperation[];
}

/** Everything of a person that the server has not confirmed, signed as it would be sent. Photos stay on the tablet. */
export async function unsentFile(db: Database, person: StoredPerson, tablet: string): Promise<UnsentFile> {
  const waiting = await outstanding(db, person.key);
  const operations = waiting.map(({ op, signature }) => ({ op, signature }));
  return { format: FORMAT, tablet, key: person.key, operations };
}
