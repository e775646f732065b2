// How to do it safely: the method statement of an item, folded away until somebody wants it.

import type { Item, Method } from "../core/model";
import type { Work } from "../core/work";
import { t } from "../messages";
import { Icon } from "./icons";

function methodOf(work: Work, item: Item): Method | undefined {
  if (!item.method) return undefined;
  return work.bundle.checklists.flatMap(({ methods }) => methods ?? []).find(({ id }) => id === item.method);
}

function List({ title, lines }: { title: string; lines: readonly string[] }) {
  if (lines.length === 0) return null;
  return (
    <div class="stack-tight">
      <b>{title}</b>
      <ul>
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </div>
  );
}

/** Safety, tools, steps and a picture. The picture is an image, so that nothing in it can run. */
export function MethodStatement({ work, item }: { work: Work; item: Item }) {
  const method = methodOf(work, item);
  if (method === undefined) return null;
  const words = t().evidence;
  return (
    <details class="method">
      <summary>
        <Icon name="shield" /> {words.method(method.title)}
      </summary>
      <div class="stack-small">
        {method.picture !== "" && (
          <img
            class="method-picture"
            alt={method.title}
            src={`data:image/svg+xml,${encodeURIComponent(withNamespace(method.picture))}`}
          />
        )}
        <List title={words.safety} lines={method.safely} />
        <List title={words.tools} lines={method.tools} />
        <List title={words.steps} lines={method.steps} />
        <p class="soft">{words.source(method.source)}</p>
      </div>
    </details>
  );
}

/** A picture in a file of its own has to say what it is. */
function withNamespace(svg: string): string {
  return svg.includes("xmlns=") ? svg : svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"');
}
