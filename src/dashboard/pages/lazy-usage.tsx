/** The statistics, whose code (the plots') is loaded when they are first shown. */
import type { JSX } from "preact";
import { Lazy } from "../parts/lazy.tsx";
import type { UsagePart } from "./usage.tsx";

/** The part for what is at `path`. */
export function LazyUsage({ path }: { readonly path: string }): JSX.Element {
  return <Lazy what="the plots" load={loadUsagePart} props={{ path }} />;
}

async function loadUsagePart(): Promise<typeof UsagePart> {
  const loaded = await import("./usage.tsx");
  return loaded.UsagePart;
}
