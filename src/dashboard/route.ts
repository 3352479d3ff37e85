/**
 * Which page is shown: the path behind the `#` of the address. Only known pages are, and an address never
 * leads to another site.
 */
export type AccountTab = "keys" | "usage" | "alerts" | "audit" | "settings";

export type Route =
  | { readonly page: "accounts" }
  | { readonly page: "new-account" }
  | { readonly page: "account"; readonly account: string; readonly tab: AccountTab }
  | { readonly page: "new-key"; readonly account: string }
  | { readonly page: "key"; readonly key: string; readonly tab: "key" | "usage" | "restrictions" }
  | { readonly page: "unknown" };

/** Reads the part of an address behind the `#`. */
export function parseRoute(hash: string): Route {
  const [place = "", id = "", tab = "", ...more] = split(hash);
  if (more.length > 0) return { page: "unknown" };
  if (place === "" && id === "") return { page: "accounts" };
  if (place === "new-account" && id === "") return { page: "new-account" };
  if (place === "accounts" && id !== "") {
    if (tab === "new-key") return { page: "new-key", account: id };
    const found = ACCOUNT_TABS.find((name) => name === (tab === "" ? "keys" : tab));
    return found === undefined ? { page: "unknown" } : { page: "account", account: id, tab: found };
  }
  if (place === "keys" && id !== "") {
    const found = KEY_TABS.find((name) => name === (tab === "" ? "key" : tab));
    return found === undefined ? { page: "unknown" } : { page: "key", key: id, tab: found };
  }
  return { page: "unknown" };
}

const ACCOUNT_TABS = ["keys", "usage", "alerts", "audit", "settings"] as const;
const KEY_TABS = ["key", "usage", "restrictions"] as const;

/** The address of a page within this one. */
export function linkTo(...segments: readonly string[]): string {
  return `#/${segments.map(encodeURIComponent).join("/")}`;
}

function split(hash: string): readonly string[] {
  try {
    return hash
      .replace(/^#?\/?/, "")
      .split("/")
      .map(decodeURIComponent);
  } catch {
    return ["unknown"];
  }
}
