/**
 * The APIs of the environment `demo`, as far as `npm start` needs them: the account and key to make
 * for each, and the example call of its published page. A further API is one more entry.
 */

/** One API of the demo. */
export interface DemoApi {
  /** Its `name` in wrangler.toml. */
  readonly name: string;
  /** The account to make, as the management API takes it. */
  readonly account: {
    readonly id: string;
    readonly name: string;
    readonly plan?: "business";
    readonly email?: string;
    readonly company?: string;
    readonly role?: string;
  };
  /** The page's call for a shell, with `BASE_URL` and `API_KEY` where the page has its own. */
  readonly example: string;
  /** A cheap request that changes nothing: its answer tells whether a key is known. */
  readonly probe: {
    readonly path: string;
    readonly headers: (key: string) => Readonly<Record<string, string>>;
  };
}

/** Every API of the demo, in the order in which they are printed. */
export const DEMO_APIS: readonly DemoApi[] = [
  {
    name: "subfrost",
    account: { id: "demo-subfrost", name: "Demo of subfrost", plan: "business" },
    example: `curl -X POST "BASE_URL/v4/API_KEY" -H "Content-Type: application/json" -d '{"jsonrpc":"2.0","method":"btc_getblockcount","params":[],"id":1}'`,
    probe: { path: "/v4/jsonrpc", headers: (key) => ({ "x-subfrost-api-key": key }) },
  },
  {
    name: "dataframer",
    account: {
      id: "demo-dataframer",
      name: "Demo of dataframer",
      email: "ada@example.com",
      company: "Example Analytics",
      role: "Data engineer",
    },
    example: `curl -X GET 'BASE_URL/api/dataframer/datasets/' -H 'Authorization: Bearer API_KEY'`,
    probe: {
      path: "/api/dataframer/datasets/",
      headers: (key) => ({ authorization: `Bearer ${key}` }),
    },
  },
  {
    name: "example",
    account: { id: "demo-example", name: "Demo of example" },
    example: `curl -X GET BASE_URL/v1/users/usr_123 -H "Authorization: Bearer API_KEY"`,
    probe: { path: "/v1/users/usr_123", headers: (key) => ({ authorization: `Bearer ${key}` }) },
  },
  {
    name: "deframe",
    account: { id: "demo-deframe", name: "Demo of deframe" },
    example: `curl BASE_URL/strategies -H "x-api-key: API_KEY"`,
    probe: { path: "/strategies", headers: (key) => ({ "x-api-key": key }) },
  },
];

/** The call to paste: the page's own, with this server's URL (no trailing slash) and a key's text. */
export function formatExample({ example }: DemoApi, baseUrl: string, key: string): string {
  return example.replace("BASE_URL", baseUrl).replace("API_KEY", key);
}
