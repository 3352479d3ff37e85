/**
 * Finds the credential of a request in the places its API allows. A place answers with a text, with
 * "not here" or with "wrong form"; whether the text is a key is judged later. No I/O, no clock.
 */
import type { KeyFormat } from "./key-text.ts";
import { parseKeyText } from "./key-text.ts";
import { decodeUnreserved } from "./path.ts";
import type { SentHeaders } from "./sent-headers.ts";
import type { Target } from "./target.ts";

/** A place where a key may stand. `pattern` ends in `/:key`; `forward` takes its place upstream. */
export type CredentialPlace =
  | { readonly in: "header"; readonly name: string }
  | { readonly in: "bearer" }
  | { readonly in: "path"; readonly pattern: string; readonly forward: string };

/** What was found: a text, nothing, something of the wrong form, or a path that cannot exist. */
export type Credential =
  | { readonly kind: "found"; readonly text: string }
  | { readonly kind: "missing"; readonly message: string }
  | { readonly kind: "malformed"; readonly message: string }
  | { readonly kind: "no_such_path" };

type Placed = Credential | { readonly kind: "absent" };

const ABSENT: Placed = { kind: "absent" };

/** Reads the credential of a request from `places`; two different keys are malformed. */
export function findCredential(
  places: readonly CredentialPlace[],
  format: KeyFormat,
  url: Target,
  headers: SentHeaders,
): Credential {
  let found: Placed = ABSENT;
  for (const place of places) {
    const placed = readPlace(place, url, headers);
    if (placed.kind === "absent") continue;
    if (placed.kind !== "found") return placed;
    if (found.kind === "found" && found.text !== placed.text) return TWO_KEYS;
    found = placed;
  }
  const strays = findStrays(places, format, url, headers);
  if (found.kind !== "found") return { kind: "missing", message: describeMissing(places, strays) };
  const { text } = found;
  return strays.some((stray) => stray.text !== text) ? TWO_KEYS : found;
}

const TWO_KEYS: Credential = {
  kind: "malformed",
  message: "The request carries two different API keys. Send exactly one.",
};

/** The pathname that goes upstream and is compared with rules: a path key never stands in it. */
export function forwardedPathname(places: readonly CredentialPlace[], pathname: string): string {
  for (const place of places) {
    if (place.in === "path" && readPath(place, pathname).kind === "found") return place.forward;
  }
  return pathname;
}

/** In words: where a client has to put its key, e.g. "in the `x-api-key` header". */
export function describePlace(place: CredentialPlace): string {
  switch (place.in) {
    case "header":
      return `in the ${place.name} header`;
    case "bearer":
      return "as `Authorization: Bearer YOUR_API_KEY`";
    case "path":
      return `in the URL path (${place.pattern})`;
  }
}

function readPlace(place: CredentialPlace, url: Target, headers: SentHeaders): Placed {
  switch (place.in) {
    case "header":
      return readHeader(place.name, headers.get(place.name));
    case "bearer":
      return readBearer(headers.get("authorization"));
    case "path":
      return readPath(place, url.pathname);
  }
}

function readHeader(name: string, value: string | null): Placed {
  if (value === null || value === "") return ABSENT;
  if (/^(?:bearer|token)\s/i.test(value)) {
    return malformed(`Send the API key alone in the ${name} header, without a "Bearer" prefix.`);
  }
  if (/[\s,]/.test(value)) return malformed(`The ${name} header must hold exactly one API key.`);
  return { kind: "found", text: value };
}

/** RFC 6750 section 2.1; the scheme's case does not matter (RFC 9110 section 11.1). */
function readBearer(value: string | null): Placed {
  if (value === null || value === "") return ABSENT;
  const match = /^bearer +([^\s,]+)$/i.exec(value);
  if (match?.[1] !== undefined) return { kind: "found", text: match[1] };
  return malformed("Send the API key as `Authorization: Bearer YOUR_API_KEY`.");
}

function readPath(place: CredentialPlace & { in: "path" }, pathname: string): Placed {
  const base = place.pattern.slice(0, -":key".length);
  if (pathname === place.forward || pathname.startsWith(`${place.forward}/`)) return ABSENT;
  if (!pathname.startsWith(base)) {
    // Another spelling of the base would take the key along to the origin.
    return decodeUnreserved(pathname).startsWith(base) ? { kind: "no_such_path" } : ABSENT;
  }
  const text = pathname.slice(base.length);
  if (text === "") return ABSENT;
  return text.includes("/") ? { kind: "no_such_path" } : { kind: "found", text };
}

function malformed(message: string): Placed {
  return { kind: "malformed", message };
}

function describeMissing(places: readonly CredentialPlace[], [stray]: readonly Stray[]): string {
  const wanted = places.map(describePlace).join(" or ");
  const found = stray === undefined ? "" : ` One was found ${stray.where}, which is not read here.`;
  return `No API key was provided. Send it ${wanted}.${found}`;
}

interface Stray {
  readonly text: string;
  readonly where: string;
}

/** Headers and query parameters in which clients put keys by mistake. */
const STRAY_HEADERS = ["authorization", "x-api-key", "api-key", "x-auth-token"];
const STRAY_PARAMETERS = ["api_key", "apikey", "api-key", "key", "token", "access_token"];

/**
 * All texts in the form of this API's keys in obvious places that are not read. A header that is read
 * holds one text alone, or the request was refused for it.
 */
function findStrays(
  places: readonly CredentialPlace[],
  format: KeyFormat,
  url: Target,
  headers: SentHeaders,
): readonly Stray[] {
  const strays: Stray[] = [];
  const look = (text: string, where: string): void => {
    if (parseKeyText(format, text) !== null) strays.push({ text, where });
  };
  for (const name of STRAY_HEADERS) {
    if (places.some((place) => isReadFrom(place, name))) continue;
    for (const value of headers.get(name)?.split(",") ?? []) {
      look(value.trim().replace(/^(?:bearer|token)\s+/i, ""), `in the ${name} header`);
    }
  }
  if (!mayHaveStray(url.search)) return strays;
  const parameters = new URLSearchParams(url.search);
  for (const name of STRAY_PARAMETERS) {
    for (const text of parameters.getAll(name)) {
      look(text, `in the query parameter \`${name}\``);
    }
  }
  return strays;
}

/** Whether a query may have one of the parameters: by its name, or by an escape, in which it can be written. */
function mayHaveStray(query: string): boolean {
  return query.includes("%") || STRAY_PARAMETERS.some((name) => query.includes(name));
}

function isReadFrom(place: CredentialPlace, header: string): boolean {
  if (place.in === "bearer") return header === "authorization";
  return place.in === "header" && place.name === header;
}
