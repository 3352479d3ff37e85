/** The address as the page follows and changes it. */
import { useEffect, useState } from "preact/hooks";
import { linkTo, parseRoute, type Route } from "./route.ts";

/** Goes to a page. */
export function goTo(...segments: readonly string[]): void {
  location.hash = linkTo(...segments);
}

/** The route of the address, as it changes. */
export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const follow = (): void => setHash(location.hash);
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return parseRoute(hash);
}
