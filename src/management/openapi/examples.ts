/** The account, key and audit entry of the document's examples. Tests hold them to the schemas. */
import {
  formatShown,
  type AccountRepresentation,
  type AuditRepresentation,
  type KeyRepresentation,
} from "../representation.ts";

export const ACCOUNT: AccountRepresentation = {
  id: "acc_x7Kq0dWm3RfA9sLe",
  api: "my-api",
  name: "Acme",
  email: "ops@acme.example",
  company: "Acme Ltd",
  role: null,
  plan: "standard",
  limits: { minute: 100, day: 50_000 },
  shared_limits: null,
  status: "active",
  suspended_reason: null,
  created_at: "2026-11-20T12:00:00.000Z",
  version: 1,
};

/** After a change that two of its keys have not confirmed. */
export const PENDING_ACCOUNT: AccountRepresentation = { ...ACCOUNT, version: 2, pending: 2 };

export const SUSPENDED_ACCOUNT: AccountRepresentation = {
  ...ACCOUNT,
  status: "suspended",
  suspended_reason: "Invoice 17 is unpaid",
  version: 2,
};

export const KEY: KeyRepresentation = {
  id: "key_0aB3dE6gH9jK",
  account: ACCOUNT.id,
  name: "Production",
  environment: "live",
  prefix: "live_",
  last4: "Wx5z",
  status: "active",
  created_at: "2026-11-20T12:00:00.000Z",
  expires_at: "2027-11-20T12:00:00.000Z",
  last_used: "2026-11-21T08:30:12.250Z",
  request_count: 1204,
  limits: { minute: 100, day: 50_000 },
  permissions: ["api-keys:read"],
  restrictions: { ips: ["203.0.113.0/24"], endpoints: ["GET /v1/*"] },
  signing: "optional",
  metadata: { team: "billing" },
  previous_key: null,
  version: 1,
};

export const NEW_KEY: KeyRepresentation = { ...KEY, last_used: null, request_count: 0 };

/** No text of a real key: its check characters do not fit. */
export const KEY_TEXT = "live_0aB3dE6gH9jKmN2pQ5sT8vW1yZ4bC7eF0hJ3Wx5z";

/** 32 random bytes of no one's. */
const SIGNING_SECRET = "mN2pQ5sT8vW1yZ4bC7eF0hJ3kL6nP9rS2tU5wX8zA1c";

/** After a rotation whose grace has not ended. */
export const ROTATED_KEY: KeyRepresentation = {
  ...KEY,
  previous_key: {
    expires_at: "2026-11-22T09:00:00.000Z",
    last_used: "2026-11-21T08:30:12.250Z",
  },
  version: 2,
};

export const AUDIT_ENTRY: AuditRepresentation = {
  id: 4,
  at: "2026-11-21T09:00:00.000Z",
  actor: "operator",
  action: "account.suspend",
  target: ACCOUNT.id,
  before: { suspended_reason: null },
  after: { suspended_reason: "Invoice 17 is unpaid" },
  request_id: "274bce1e-5f4a-4123-934c-d8ef263e458a",
  hash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
};

/** A key with its text and secret, which stand right behind its id. */
export function withText(key: KeyRepresentation): object {
  return formatShown(key, { text: KEY_TEXT, signingSecret: SIGNING_SECRET });
}

/** A key with the secret of a text that is not known here, or was told before. */
export function withSecret(key: KeyRepresentation): object {
  return formatShown(key, { text: null, signingSecret: SIGNING_SECRET });
}
