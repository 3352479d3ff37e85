/**
 * What a management route is, and how it takes its input: the body or query is read and checked
 * before the operation is called, which then runs on the caller's behalf.
 */
import type * as v from "valibot";
import type { Assertions, Idempotency } from "../core/ports.ts";
import type { AccountPorts } from "./accounts.ts";
import type { AlertPorts } from "./alerts.ts";
import type { Answer } from "./answer.ts";
import type { ChangeKeyPorts } from "./change-key.ts";
import type { ImportKeyPorts } from "./import-key.ts";
import { readIdempotency } from "./idempotency.ts";
import type { KeyringPorts } from "./keyring.ts";
import type { Outcome } from "./outcome.ts";
import { readBody } from "./read-body.ts";
import type { RecoverPorts } from "./reveal-key.ts";
import type { Scope } from "./scope.ts";
import type { SessionPorts } from "./session/session.ts";
import type { UsagePorts } from "./usage.ts";
import { validate, validateQuery } from "./validation.ts";
import type { VerifyPorts } from "./verify.ts";

/** What the operations of all routes need. */
export interface RoutePorts
  extends
    AccountPorts,
    AlertPorts,
    ImportKeyPorts,
    ChangeKeyPorts,
    KeyringPorts,
    RecoverPorts,
    SessionPorts,
    UsagePorts,
    VerifyPorts {
  /** Which parts of the deployment answer, by name. */
  readonly checkHealth: () => Promise<Readonly<Record<string, boolean>>>;
  readonly assertions: Pick<Assertions, "listPublicKeys">;
}

/** One request to a route. */
export interface Call {
  readonly request: Request;
  readonly requestId: string;
  /** The path's only parameter, decoded; empty where the path has none. */
  readonly id: string;
  /** On whose behalf it is served; of a route that is for everyone, nobody's. */
  readonly scope: Scope;
}

/** What a route takes besides its path. A creation also takes an `Idempotency-Key`. */
export type Takes =
  | { readonly kind: "nothing" }
  | { readonly kind: "query" | "body" | "creation"; readonly schema: v.GenericSchema };

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** One route. Its method and path are types of their own, so that tables by route are complete. */
export interface Route<M extends Method = Method, P extends string = string> {
  readonly method: M;
  readonly path: P;
  readonly takes: Takes;
  readonly serve: (ports: RoutePorts, call: Call) => Promise<Outcome<Answer>>;
}

/** A route's method and path, e.g. `GET /manage/health`. */
export type KeyOfRoute<R> = R extends Route<infer M, infer P> ? `${M} ${P}` : never;

export const NOTHING: Takes = { kind: "nothing" };

/** Serves with what was taken from the body or query. */
type Serve<T> = (ports: RoutePorts, call: Call, taken: T) => Promise<Outcome<Answer>>;

/** A route that takes the members of its JSON body. */
export function withBody<
  M extends "POST" | "PUT" | "PATCH",
  const P extends string,
  S extends v.GenericSchema,
>(method: M, path: P, schema: S, serve: Serve<v.InferOutput<S>>): Route<M, P> {
  return {
    method,
    path,
    takes: { kind: "body", schema },
    async serve(ports, call) {
      const body = await readBody(call.request);
      if (!body.ok) return body;
      const taken = validate(schema, body.value);
      return taken.ok ? serve(ports, call, taken.value) : taken;
    },
  };
}

/** A creation, which may be sent again under an `Idempotency-Key`. */
export function withCreation<const P extends string, S extends v.GenericSchema<unknown, object>>(
  path: P,
  schema: S,
  serve: (
    ports: RoutePorts,
    call: Call,
    taken: v.InferOutput<S>,
    repeat: Idempotency | null,
  ) => Promise<Outcome<Answer>>,
): Route<"POST", P> {
  const route = withBody("POST", path, schema, async (ports, call, body) => {
    const repeat = await readIdempotency(call.request, body);
    return repeat.ok ? serve(ports, call, body, repeat.value) : repeat;
  });
  return { ...route, takes: { kind: "creation", schema } };
}

/** A route that takes the parameters of its query. */
export function withQuery<
  M extends "GET" | "DELETE",
  const P extends string,
  S extends v.GenericSchema,
>(method: M, path: P, schema: S, serve: Serve<v.InferOutput<S>>): Route<M, P> {
  return {
    method,
    path,
    takes: { kind: "query", schema },
    async serve(ports, call) {
      const taken = validateQuery(schema, new URL(call.request.url).searchParams);
      return taken.ok ? serve(ports, call, taken.value) : taken;
    },
  };
}
