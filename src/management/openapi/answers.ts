/**
 * The shapes of what management answers, as the document's shared schemas. Each is bound to the type
 * that the representation has, so that no member can be added there and be missing here.
 */
import { WINDOW_SECONDS, type Limits, type WindowName } from "../../core/window.ts";
import type { GivenRestrictions } from "../../core/restrictions.ts";
import { SIGNING_MODES } from "../../core/signing.ts";
import type { ApiRepresentation } from "../describe-apis.ts";
import type {
  EntryRepresentation,
  KeyringRepresentation,
  ReencryptionRepresentation,
} from "../keyring-representation.ts";
import type {
  AccountRepresentation,
  AuditRepresentation,
  KeyRepresentation,
} from "../representation.ts";
import { ALERT_EVENT_SCHEMA, ALERTS_SCHEMA } from "./alert-schemas.ts";
import { nullable, objectOf, say, schemaRef, type JsonSchema } from "./json-schema.ts";
import { STRAYS_SCHEMA, USAGE_SCHEMA } from "./usage-schemas.ts";

const COUNT: JsonSchema = { type: "integer", minimum: 0 };
const DATE_TIME: JsonSchema = { type: "string", format: "date-time" };
const FLAG: JsonSchema = { type: "boolean" };
const TEXT: JsonSchema = { type: "string" };
const TEXTS: JsonSchema = { type: "array", items: TEXT };

const WINDOW_NAMES = Object.keys(WINDOW_SECONDS) as readonly WindowName[];

function byWindow(schema: JsonSchema): JsonSchema {
  const properties = Object.fromEntries(WINDOW_NAMES.map((name) => [name, schema]));
  return objectOf<Limits>(properties as Record<WindowName, JsonSchema>, WINDOW_NAMES);
}

const ACCOUNT = objectOf<AccountRepresentation>(
  {
    id: TEXT,
    api: TEXT,
    name: TEXT,
    email: nullable(TEXT),
    company: nullable(TEXT),
    role: nullable(TEXT),
    plan: { type: "string", enum: ["standard", "business"] },
    limits: say("The default for each of its keys; `null`: the API's.", limitsOrNull()),
    shared_limits: say("Of all its keys together; `null`: none.", limitsOrNull()),
    status: { type: "string", enum: ["active", "suspended"] },
    suspended_reason: nullable(TEXT),
    created_at: DATE_TIME,
    version: say("Rises with every change.", COUNT),
    pending: say(
      "For how many of its keys the last change is not in force yet; absent when for none.",
      { type: "integer", minimum: 1 },
    ),
  },
  ["pending"],
);

const KEY_MEMBERS: Readonly<Record<Exclude<keyof KeyRepresentation, "id">, JsonSchema>> = {
  account: TEXT,
  name: TEXT,
  environment: TEXT,
  prefix: say("How its text begins.", TEXT),
  last4: say("How its text ends.", TEXT),
  status: say("The last that applies.", {
    type: "string",
    enum: ["active", "disabled", "expired", "suspended", "revoked"],
  }),
  created_at: DATE_TIME,
  expires_at: nullable(DATE_TIME),
  last_used: nullable(DATE_TIME),
  request_count: say("Admitted requests.", COUNT),
  limits: say("In force for it: its own, else its account's, else its API's.", limitsOrNull()),
  permissions: TEXTS,
  restrictions: objectOf<GivenRestrictions>(
    { ips: TEXTS, blocked_ips: TEXTS, referrers: TEXTS, endpoints: TEXTS },
    ["ips", "blocked_ips", "referrers", "endpoints"],
  ),
  signing: say("Whether its requests have to be signed: the stricter of its own and its API's.", {
    type: "string",
    enum: SIGNING_MODES,
  }),
  metadata: { type: "object", additionalProperties: TEXT },
  previous_key: say(
    "The text before the last rotation, while there is one: until when it works, and who still uses it.",
    nullable(
      objectOf<NonNullable<KeyRepresentation["previous_key"]>>({
        expires_at: nullable(DATE_TIME),
        last_used: nullable(DATE_TIME),
      }),
    ),
  ),
  version: say("Rises with every change.", COUNT),
};

const SIGNING_SECRET = say(
  "The secret that signs requests made with the text, shown this once; absent where `signing` is `off`.",
  TEXT,
);

function limitsOrNull(): JsonSchema {
  return nullable(schemaRef("Limits"));
}

/** The shared schemas of what is answered, by name. */
export const ANSWER_SCHEMAS = {
  Account: ACCOUNT,
  Key: objectOf<KeyRepresentation>({ id: TEXT, ...KEY_MEMBERS }),
  KeyWithText: objectOf<KeyRepresentation & { key: string; signing_secret?: string }>(
    {
      id: TEXT,
      key: say("The key's text. It is stored nowhere and shown this once.", TEXT),
      signing_secret: SIGNING_SECRET,
      ...KEY_MEMBERS,
    },
    ["signing_secret"],
  ),
  KeyWithSecret: objectOf<KeyRepresentation & { signing_secret: string }>({
    id: TEXT,
    signing_secret: SIGNING_SECRET,
    ...KEY_MEMBERS,
  }),
  Limits: say("Requests in each window.", byWindow({ type: "integer", minimum: 1 })),
  Verdict: objectOf<Record<"allowed" | "reason" | "principal" | "limits", unknown>>({
    allowed: FLAG,
    reason: say("The error code that the request would have been refused with.", nullable(TEXT)),
    principal: say("Whose key it is; `null` when it is nobody's.", nullable(principal())),
    limits: say(
      "What is left in each window; `null` when the key is nobody's.",
      nullable(windows()),
    ),
  }),
  Usage: USAGE_SCHEMA,
  Strays: STRAYS_SCHEMA,
  Alerts: ALERTS_SCHEMA,
  AlertEvent: ALERT_EVENT_SCHEMA,
  AuditEntry: objectOf<AuditRepresentation>({
    id: say("1 for the account's first entry, rising by 1.", COUNT),
    at: nullable(DATE_TIME),
    actor: say("`operator`, `key:<id>`, `member:<id>` or `authorizer`.", TEXT),
    action: TEXT,
    target: say("The id of what was changed.", TEXT),
    before: say("The members that changed, before.", nullable({ type: "object" })),
    after: say("The same members, after.", nullable({ type: "object" })),
    request_id: TEXT,
    hash: say("SHA-256 over this entry and the hash before it.", {
      type: "string",
      pattern: "^[0-9a-f]{64}$",
    }),
  }),
  AuditCheck: objectOf<Record<"intact" | "entries" | "broken_at", unknown>>({
    intact: FLAG,
    entries: COUNT,
    broken_at: say("The first entry that was altered or does not follow.", nullable(COUNT)),
  }),
  Keyring: objectOf<KeyringRepresentation>({
    as_of: say(
      "Nothing counted here was read before; `null` until the first count has ended.",
      nullable(DATE_TIME),
    ),
    counting: say("Whether a newer count is being made.", FLAG),
    entries: { type: "array", items: keyringEntry() },
    reencryption: say("The last one that was asked for.", nullable(reencryption())),
  }),
  Api: objectOf<ApiRepresentation>({
    name: TEXT,
    environments: TEXTS,
    default_environment: say("The environment of a key that names none.", TEXT),
    limits: say("Of a key that neither has its own nor inherits any.", schemaRef("Limits")),
    signing: say("The modes that its keys may ask for; the first is its own.", {
      type: "array",
      items: { type: "string", enum: SIGNING_MODES },
    }),
    recoverable: say("Whether members can see a key's text again.", FLAG),
  }),
  Session: objectOf<Record<"role" | "account" | "csrf_token" | "expires_at", unknown>>(
    {
      csrf_token: say("To be sent as `X-CSRF-Token` with every change.", TEXT),
      expires_at: say("When the session ends if it is not used again.", DATE_TIME),
      role: say("Who is signed in.", nullable({ type: "string", enum: ["operator", "member"] })),
      account: say("A member's account.", TEXT),
    },
    ["csrf_token", "expires_at", "account"],
  ),
  RevealedKey: objectOf<Record<"id" | "key", unknown>>({
    id: TEXT,
    key: say("The key's text.", TEXT),
  }),
  Health: objectOf<Record<"status" | "parts", unknown>>({
    status: { type: "string", enum: ["ok", "degraded"] },
    parts: say("Whether each part of the deployment answers.", {
      type: "object",
      additionalProperties: FLAG,
    }),
  }),
} satisfies Record<string, JsonSchema>;

export type AnswerName = keyof typeof ANSWER_SCHEMAS;

function keyringEntry(): JsonSchema {
  return objectOf<EntryRepresentation>({
    id: TEXT,
    first: say("Whether it makes everything new.", FLAG),
    configured: say("Whether `MASTER_KEYS` has it. What needs one that is gone fails.", FLAG),
    key_texts: say("Key texts, each bound to it until it is rotated.", nullable(COUNT)),
    recoverable_texts: say("Recoverable texts encrypted under it.", nullable(COUNT)),
    signing_secrets: say("Signing secrets encrypted under it.", nullable(COUNT)),
    imported_keys: say("Imported keys whose stored copy it has sealed.", nullable(COUNT)),
    webhook_secrets: say("Secrets of accounts' webhooks encrypted under it.", nullable(COUNT)),
  });
}

function reencryption(): JsonSchema {
  return objectOf<ReencryptionRepresentation>({
    entry: say("Under which entry.", TEXT),
    started_at: DATE_TIME,
    finished_at: say("`null` while it goes on.", nullable(DATE_TIME)),
    accounts: COUNT,
    accounts_done: say("Accounts of which nothing is left to do.", COUNT),
    reencrypted: say("Values that are under the entry now.", COUNT),
    failed: say("Values that could not be decrypted. They stay; the log names their keys.", COUNT),
  });
}

function principal(): JsonSchema {
  return objectOf<Record<"key_id" | "account" | "api" | "environment" | "permissions", unknown>>({
    key_id: TEXT,
    account: TEXT,
    api: TEXT,
    environment: TEXT,
    permissions: TEXTS,
  });
}

function windows(): JsonSchema {
  return byWindow(
    objectOf<Record<"limit" | "remaining" | "reset", unknown>>({
      limit: COUNT,
      remaining: COUNT,
      reset: say("When the whole limit is free again, in epoch seconds.", COUNT),
    }),
  );
}

/** `{"success":true,"data":…}` */
export function dataOf(...names: readonly AnswerName[]): JsonSchema {
  const [only, ...others] = names.map(schemaRef);
  const data = only !== undefined && others.length === 0 ? only : { anyOf: names.map(schemaRef) };
  return envelope({ data });
}

/** `{"success":true,"data":[…],"next_cursor":…}` */
export function pageOf(name: AnswerName): JsonSchema {
  return envelope({
    data: { type: "array", items: schemaRef(name) },
    next_cursor: say("Send it as `cursor` for the next page; `null` on the last.", nullable(TEXT)),
  });
}

/** `{"success":true,"message":"…"}` */
export function messageOf(message: string): JsonSchema {
  return envelope({ message: { const: message } });
}

/** An answer's members beside `success`. */
export function envelope(
  members: Readonly<Record<string, JsonSchema>>,
  success: boolean = true,
): JsonSchema {
  return objectOf<Record<string, unknown>>({ success: { const: success }, ...members });
}
