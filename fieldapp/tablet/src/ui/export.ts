// Hand out what the server has not confirmed as one file.

import { unsentFile } from "../core/unsent";
import { t } from "../messages";
import { database, explain, say, signedIn } from "./actions";
import * as state from "./state";

function save(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** Save the unsent work of who works here as a file; it stays on the tablet all the same. */
export async function exportUnsent(): Promise<void> {
  try {
    const file = await unsentFile(await database(), signedIn(), state.tablet.value.id);
    const count = file.operations.length;
    if (count === 0) {
      say(t().sync.exportNothing);
      return;
    }
    save(`fieldapp-unsent-${new Date().toISOString().slice(0, 10)}.json`, JSON.stringify(file));
    say(t().sync.exported(t().common.entries(count)));
  } catch (error) {
    say(explain(error), null, "fail");
  }
}
