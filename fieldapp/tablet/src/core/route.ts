// Where a person is, kept in the address, so that a reload (the camera may cause one) comes back to the same item.

export interface Route {
  screen: "sites" | "site" | "section" | "leave" | "drawing" | "sign-in";
  site: string;
  section: string;
  item: string | null;
}

const NOWHERE: Route = { screen: "sites", site: "", section: "", item: null };
const OF_SITE = new Set(["leave", "drawing"]);

/** "#/site/ID/dead_tests?item=…" -> where that is. */
export function parseRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  const [first, site = "", part = ""] = path.split("/").map(decodeURIComponent);
  if (first === "sign-in") return { ...NOWHERE, screen: "sign-in" };
  if (first !== "site" || site === "") return NOWHERE;
  if (part === "") return { ...NOWHERE, screen: "site", site };
  if (OF_SITE.has(part)) return { ...NOWHERE, screen: part as "leave" | "drawing", site };
  return { screen: "section", site, section: part, item: new URLSearchParams(query).get("item") };
}

/** The address of a place. */
export function hashOf(site: string, part = "", item: string | null = null): string {
  const query = item === null ? "" : `?item=${encodeURIComponent(item)}`;
  return `#/site/${encodeURIComponent(site)}${part === "" ? "" : `/${encodeURIComponent(part)}`}${query}`;
}
