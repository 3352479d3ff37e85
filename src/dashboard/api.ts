/**
 * The management API as the page calls it: with the session's cookie, which no script sees, and its CSRF
 * token, which is kept here alone. Nothing that is answered is stored.
 */
import type { Session } from "./types.ts";

/** Why a call was refused or failed; `status` 0 when no answer came. */
export interface Failure {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly fields: readonly { readonly field: string; readonly message: string }[];
}

export type Result<T> =
  | { readonly ok: true; readonly value: T; readonly nextCursor: string | null }
  | { readonly ok: false; readonly failure: Failure };

interface Envelope<T> {
  readonly data?: T;
  readonly next_cursor?: string | null;
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly details?: Failure["fields"];
  };
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

const UNREACHABLE: Failure = {
  status: 0,
  code: "unreachable",
  message: "The server cannot be reached. Check the connection and try again.",
  fields: [],
};

let csrfToken = "";
let onEnded: () => void = () => undefined;

/** Says what to do when a call finds that the session has ended. */
export function whenSessionEnds(listener: () => void): void {
  onEnded = listener;
}

/** Asks who is signed in; `null` for nobody. */
export async function loadSession(): Promise<Result<Session | null>> {
  const result = await send<Session | { readonly role: null }>("GET", "/manage/session");
  if (!result.ok) return result;
  const { value } = result;
  if (value.role === null) return { ...result, value: null };
  csrfToken = value.csrf_token;
  return { ...result, value };
}

/** Exchanges a token for a session. */
export async function signIn(token: string): Promise<Result<Session>> {
  const authorization = `Bearer ${token}`;
  const result = await send<Session>("POST", "/manage/session", undefined, { authorization });
  if (result.ok) csrfToken = result.value.csrf_token;
  return result;
}

/** Ends the session. */
export async function signOut(): Promise<Result<unknown>> {
  const result = await send("DELETE", "/manage/session");
  csrfToken = "";
  return result;
}

/** Calls a route below `/manage/v1`. */
export async function call<T>(method: Method, path: string, body?: object): Promise<Result<T>> {
  const result = await send<T>(method, `/manage/v1${path}`, body);
  if (!result.ok && result.failure.status === 401) onEnded();
  return result;
}

async function send<T>(
  method: Method,
  url: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Result<T>> {
  try {
    const response = await fetch(url, {
      method,
      cache: "no-store",
      credentials: "same-origin",
      redirect: "error",
      headers: {
        ...headers,
        ...(method === "GET"
          ? {}
          : { "content-type": "application/json", "x-csrf-token": csrfToken }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return readResult<T>(response.status, await response.text());
  } catch {
    return { ok: false, failure: UNREACHABLE };
  }
}

function readResult<T>(status: number, text: string): Result<T> {
  const envelope = decode<T>(text);
  if (status < 300 && envelope !== null) {
    const value = (envelope.data ?? {}) as T;
    return { ok: true, value, nextCursor: envelope.next_cursor ?? null };
  }
  const code = envelope?.error?.code ?? "unknown";
  const message = envelope?.error?.message ?? `The server answered with status ${status}.`;
  return {
    ok: false,
    failure: { status, code, message, fields: envelope?.error?.details ?? [] },
  };
}

function decode<T>(text: string): Envelope<T> | null {
  try {
    return JSON.parse(text) as Envelope<T>;
  } catch {
    return null;
  }
}
