/** What the documentation of a route says beyond what follows from the route itself. */
import type { RouteKey } from "../routes.ts";
import { dataOf, pageOf, type AnswerName } from "./answers.ts";
import type { HeaderName } from "./headers.ts";
import type { JsonSchema } from "./json-schema.ts";
import type { RefusalStatus } from "./refusals.ts";

/** The groups of routes, in their order. */
export const TAGS = {
  Accounts: "The owners of keys.",
  "API keys": "Made, listed, changed, rotated and revoked on behalf of their accounts.",
  Usage:
    "How keys were used. Admissions are counted as the limits count them; what is told of answers, of " +
    "refusals and of where requests came from may miss some after a restart.",
  Alerts:
    "What is unusual about the use of an account's keys. A finding is told when it begins and when it was " +
    "clearly over for a while.",
  "Audit log": "Who changed what, when. Every entry carries a hash over itself and the one before.",
  Keyring: "What the entries of the secret `MASTER_KEYS` are still needed for.",
  Sessions: "How the dashboard signs in: a token is exchanged for a cookie.",
  Deployment: "How it is, and this document. But for the APIs, told to everyone.",
} as const;

export type Tag = keyof typeof TAGS;

/** One way in which a route answers a request that it serves. */
export interface AnswerDoc {
  readonly status: number;
  readonly description: string;
  /** `application/json` unless said otherwise. */
  readonly mediaType?: string;
  readonly schema: JsonSchema;
  /** At least one, by what it shows. */
  readonly examples: Readonly<Record<string, unknown>>;
  readonly headers?: readonly HeaderName[];
}

/** The documentation of one route. */
export interface RouteDoc {
  readonly operationId: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  /** A query to send, by parameter. */
  readonly query?: Readonly<Record<string, string | number>>;
  /** A body to send. */
  readonly body?: object;
  readonly answers: readonly AnswerDoc[];
  /** Refusals beyond those that follow from the route. */
  readonly refusals?: readonly RefusalStatus[];
}

/** The documentation of some of the routes. */
export type RouteDocs = Readonly<Partial<Record<RouteKey, RouteDoc>>>;

/** 200 with one thing of a shared schema. */
export function answersData(name: AnswerName, data: object, description: string): AnswerDoc {
  const examples = { answer: { success: true, data } };
  return { status: 200, description, schema: dataOf(name), examples };
}

/** 200 with a page of things of a shared schema. */
export function answersPage(name: AnswerName, entry: object, description: string): AnswerDoc {
  const examples = { page: { success: true, data: [entry], next_cursor: null } };
  return { status: 200, description, schema: pageOf(name), examples };
}

/** 201 with what was made, and where it is. */
export function answersMade(
  names: readonly AnswerName[],
  examples: Readonly<Record<string, object>>,
  description: string,
): AnswerDoc {
  return {
    status: 201,
    description,
    schema: dataOf(...names),
    examples: Object.fromEntries(
      Object.entries(examples).map(([name, data]) => [name, { success: true, data }]),
    ),
    headers: ["Location", "Idempotent-Replayed"],
  };
}
