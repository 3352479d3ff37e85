/**
 * Endpoints as usage tells them apart: by method and path, with what looks like an id taken for any id,
 * so that neither ids nor secrets in a path become names.
 */
import { createBoundedMap } from "./bounded-map.ts";
import type { Endpoint } from "./endpoint.ts";

const ID = ":id";
const MAX_SEGMENT_CHARACTERS = 32;
const MAX_SEGMENTS = 8;
const MAX_CHARACTERS = 120;

/** Digits, a UUID, hexadecimal digits that are no word, or a text such as `usr_123`. */
const IDS = [
  /^\d+$/,
  /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  /^(?:0x)?(?=[a-f]*\d)[0-9a-f]{8,}$/i,
  /^[A-Za-z]{2,10}_[0-9A-Za-z]*\d[0-9A-Za-z]*$/,
];

/** Per isolate: names that were found, since most requests are for the same endpoints. */
const found = createBoundedMap<string>(500);

/** The name of an endpoint, e.g. `GET /v1/users/:id`. */
export function labelEndpoint(endpoint: Endpoint): string {
  if (endpoint.pathname.length > MAX_CHARACTERS) return findLabel(endpoint);
  const place = `${endpoint.method} ${endpoint.pathname}`;
  const known = found.get(place);
  if (known !== null) return known;
  const label = findLabel(endpoint);
  found.set(place, label);
  return label;
}

function findLabel({ method, pathname }: Endpoint): string {
  const segments = pathname.split("/").slice(1);
  const shown = segments.slice(0, MAX_SEGMENTS).map((segment) => (isId(segment) ? ID : segment));
  const rest = segments.length > MAX_SEGMENTS ? "/…" : "";
  return `${method} /${shown.join("/")}${rest}`.slice(0, MAX_CHARACTERS);
}

function isId(segment: string): boolean {
  return segment.length > MAX_SEGMENT_CHARACTERS || IDS.some((form) => form.test(segment));
}
