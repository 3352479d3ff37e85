/** What each member of a body and each parameter of a query is for; its rule is its schema's to say. */
import type * as v from "valibot";
import type * as schemas from "../schemas.ts";

type Schemas = (typeof schemas)[Extract<keyof typeof schemas, `${string}_${"BODY" | "QUERY"}`>];
type NameIn<S> = S extends v.GenericSchema ? keyof v.InferInput<S> : never;

/** The name of any member that any route takes. */
export type MemberName = NameIn<Schemas>;

export const MEANINGS: Readonly<Record<MemberName, string>> = {
  api: "The API, by its configured name.",
  company: "The owner's company.",
  cost: "What to take from the key's limits; 0 takes nothing and only reads them.",
  cursor: "Where the page begins; by default at the first entry.",
  email: "The owner's email address.",
  enabled: "Whether the key is admitted. `false` can be taken back, other than revoking.",
  environment: "A key environment of the API; by default `production` or `live`, else its first.",
  expires_at: "From when on the key is refused; by default never.",
  format: "Usage as JSON or as CSV; by default as the header `Accept` has it, else JSON.",
  from: "Where the span begins; by default a day before its end, with `interval=day` 30 days.",
  grace_seconds: "How long the text that is replaced still works; 0 ends it at once.",
  hash: "The hash of the text of the key to take over.",
  id: "The account's id; by default one is drawn.",
  interval: "The length of a bucket. Minutes are kept for 2 days, hours for 60, days for 2 years.",
  ip: "The client's address as it reached you. A key with rules for addresses needs it.",
  key: "The text of the key to judge.",
  limit: "How many entries a page has at most.",
  limits:
    "How many requests each window admits, a month being 30 days. They are given as a whole: a window " +
    "that is left out is not limited. A key's stand before its account's, and those before its API's.",
  metadata: "Texts of your own that are kept with the key.",
  method: "The method of the request to judge the key for.",
  name: "The name that people read.",
  path: "The path of the request to judge the key for.",
  permissions:
    "What the key may do; by default `api-keys:read` and `api-keys:write`. `[]` is nothing.",
  plan: "`business` has self-service over JSON-RPC, where the API offers it.",
  q: "Part of the id, name, email or company of the accounts to list, in upper or lower case.",
  reason: "Why, in words that the account and its audit log show.",
  referrer: "The page that made the request. A key with rules for referrers needs it.",
  restrictions:
    "From which addresses (`ips`, save `blocked_ips`) and pages (`referrers`), and for which " +
    "`endpoints`, the key may be used. A list that is absent or empty restricts nothing.",
  rules:
    "What to look for. A rule, or a setting of one, that is left out is its default; `enabled: false` " +
    "switches one off, and ends what goes on of it.",
  role: "The owner's role, as the API's own users see it.",
  shared_limits:
    "How many requests each window admits from all keys of the account together, besides the limits of " +
    "each.",
  signing:
    "Whether the key's requests have to be signed; by default, and at least, as its API has it. With " +
    "`required` an unsigned one is refused, with `optional` one whose signature does not verify.",
  status: "`active` leaves out the keys that are not.",
  to: "Where the span ends; by default now. Both ends are widened to whole buckets.",
  webhook:
    "Where to send what is found: an https URL of a public host. `secret` is in the answer when the webhook " +
    "is set where there was none, or `new_secret` asks for another; then the one before ends.",
};
