/** The shapes that the page takes from the management API, besides those that its own code declares. */
import type { Limits } from "../core/window.ts";

export type {
  AlertEventRepresentation as AlertEvent,
  AlertsRepresentation as Alerts,
} from "../management/alert-representation.ts";
export type { ApiRepresentation as Api } from "../management/describe-apis.ts";
export type {
  AccountRepresentation as Account,
  AuditRepresentation as AuditEntry,
  KeyRepresentation as Key,
} from "../management/representation.ts";
export type { Limits };

/** Who is signed in. */
export interface Session {
  readonly csrf_token: string;
  readonly expires_at: string;
  readonly role: "operator" | "member";
  readonly account?: string;
}

/** What is shown once: a key's text, its secret, or both; or the secret of a webhook. */
export interface Shown {
  readonly key?: string;
  readonly signing_secret?: string;
  readonly webhook_secret?: string;
}

export type Interval = "minute" | "hour" | "day";

/** One stretch of time in the statistics. */
export interface UsageBucket {
  readonly start: string;
  readonly requests: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly status: Readonly<Record<string, number>>;
  readonly latency_ms: Readonly<Record<"p50" | "p95" | "p99", number | null>> | null;
}

/** The statistics of a key or of an account. */
export interface Usage {
  readonly from: string;
  readonly to: string;
  readonly interval: Interval;
  readonly totals: Pick<UsageBucket, "requests" | "refused" | "status"> & Partial<UsageBucket>;
  readonly buckets: readonly UsageBucket[];
  readonly top_endpoints: readonly { readonly endpoint: string; readonly requests: number }[];
  readonly top_ips: readonly { readonly ip: string; readonly requests: number }[];
  readonly top_countries: readonly { readonly country: string; readonly requests: number }[];
  /** Of an account with very many keys: how many are not in these sums. */
  readonly keys_left_out?: number;
}
