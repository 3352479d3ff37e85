/** How the keys of the demo's four APIs look and where they may stand, as their pages say. */
import type { CredentialPlace } from "../../src/core/credential.ts";
import type { KeyFormat } from "../../src/core/key-text.ts";

export interface DemoApi {
  readonly places: readonly CredentialPlace[];
  readonly format: KeyFormat;
  /** The environment of the keys that tests make. */
  readonly environment: string;
}

const SK = { live: "sk_live_", test: "sk_test_" };

export const DEMO_APIS = {
  subfrost: {
    places: [
      { in: "path", pattern: "/v4/:key", forward: "/v4/jsonrpc" },
      { in: "header", name: "x-subfrost-api-key" },
    ],
    format: { environments: { live: "" }, alphabet: "hex", length: 32 },
    environment: "live",
  },
  dataframer: {
    places: [{ in: "bearer" }],
    format: { environments: SK, alphabet: "base62", length: 40 },
    environment: "live",
  },
  example: {
    places: [{ in: "bearer" }],
    format: { environments: SK, alphabet: "base62", length: 40 },
    environment: "live",
  },
  deframe: {
    places: [{ in: "header", name: "x-api-key" }],
    format: {
      environments: { development: "dev_key_", staging: "stg_key_", production: "prod_key_" },
      alphabet: "base62",
      length: 40,
    },
    environment: "production",
  },
} as const satisfies Readonly<Record<string, DemoApi>>;

/** Looks a demo API up by the name that a vector gives. */
export function demoApi(name: string): DemoApi {
  const apis: Readonly<Record<string, DemoApi>> = DEMO_APIS;
  const api = apis[name];
  if (api === undefined) throw new Error(`no demo API ${name}`);
  return api;
}
