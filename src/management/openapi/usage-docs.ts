/** The documentation of the routes of usage. */
import { formatCsv } from "../usage-csv.ts";
import type { StraysRepresentation, UsageRepresentation } from "../usage-representation.ts";
import { answersData, type AnswerDoc, type RouteDocs } from "./route-doc.ts";

const SUMS = {
  requests: 1204,
  refused: { rate_limited: 3, ip_not_allowed: 1 },
  status: { "2xx": 1190, "4xx": 12, "5xx": 6 },
  latency_ms: { p50: 38.5, p95: 140.2, p99: 310 },
};

const USAGE: UsageRepresentation = {
  from: "2026-11-21T08:00:00.000Z",
  to: "2026-11-21T09:00:00.000Z",
  interval: "hour",
  totals: SUMS,
  buckets: [{ start: "2026-11-21T08:00:00.000Z", ...SUMS }],
  top_endpoints: [
    { endpoint: "GET /v1/users/:id", requests: 1100 },
    { endpoint: "other", requests: 104 },
  ],
  top_ips: [{ ip: "203.0.113.7", requests: 1204 }],
  top_countries: [{ country: "DE", requests: 1204 }],
};

const STRAYS: StraysRepresentation = {
  api: "my-api",
  from: "2026-11-21T08:00:00.000Z",
  to: "2026-11-21T09:00:00.000Z",
  interval: "hour",
  totals: { refused: { unknown_key: 40, missing_credential: 7 } },
  buckets: [
    { start: "2026-11-21T08:00:00.000Z", refused: { unknown_key: 40, missing_credential: 7 } },
  ],
  top_ips: [{ ip: "198.51.100.9", requests: 41 }],
};

const QUERY = { from: "2026-11-21T08:00:00Z", to: "2026-11-21T09:00:00Z", interval: "hour" };

const CSV: AnswerDoc = {
  status: 200,
  description: "A line for each bucket.",
  mediaType: "text/csv",
  schema: { type: "string" },
  examples: { file: formatCsv(USAGE) },
};

const SPAN =
  "The span is widened to whole buckets in UTC, at most 3000 of them, and every one is answered. What " +
  "requests were for and where they came from is known by the hour: of shorter spans it is that of " +
  "the hours they touch. Names beyond the most frequent are `other`.";

export const USAGE_DOCS = {
  "GET /manage/v1/api-keys/:id/usage": {
    operationId: "getApiKeyUsage",
    tag: "Usage",
    summary: "How an API key was used",
    description: `\`requests\` are those that were admitted, as its limits count them. ${SPAN}`,
    query: QUERY,
    answers: [answersData("Usage", USAGE, "The buckets, as JSON or as CSV."), CSV],
  },
  "GET /manage/v1/accounts/:id/usage": {
    operationId: "getAccountUsage",
    tag: "Usage",
    summary: "How an account's keys were used together",
    description:
      "The sum over its 100 newest keys. Where there are more, `partial` is `true` and " +
      `\`keys_left_out\` says how many. ${SPAN}`,
    query: QUERY,
    answers: [answersData("Usage", USAGE, "The buckets, as JSON or as CSV."), CSV],
  },
  "GET /manage/v1/usage": {
    operationId: "getApiUsage",
    tag: "Usage",
    summary: "Requests to an API that never reached a key",
    description:
      "Requests that were refused before a key was recognised, by reason. Each place that serves the " +
      "API tells of them once a minute at most, and keeps nothing of what they presented.",
    query: { api: "my-api", ...QUERY },
    answers: [answersData("Strays", STRAYS, "The buckets.")],
  },
} as const satisfies RouteDocs;
