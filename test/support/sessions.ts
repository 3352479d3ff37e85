/** Sessions of the dashboard as tests use them: signed in, and calling as the dashboard's page does. */
import { call, OPERATOR } from "./gateway.ts";
import { makeToken } from "./members.ts";

const ORIGIN = "https://api.example.com";

/** A session that is signed in. */
export interface TestSession {
  readonly cookie: string;
  readonly csrfToken: string;
}

/** What a sign-in answered. */
export async function signIn(
  authorization: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return call("/manage/session", { method: "POST", headers: { authorization, ...headers } });
}

/** Signs in as the operator. */
export function operatorSession(): Promise<TestSession> {
  return readSession(signIn(OPERATOR.authorization));
}

/** Signs in as a member of an account. */
export async function memberSession(account: string): Promise<TestSession> {
  return readSession(signIn(`Bearer ${await makeToken(account)}`));
}

/** The session that a sign-in has opened. */
export async function readSession(answered: Promise<Response>): Promise<TestSession> {
  const response = await answered;
  if (response.status !== 201) throw new Error(`the sign-in was answered ${response.status}`);
  const { data } = await response.json<{ readonly data: { readonly csrf_token: string } }>();
  return { cookie: cookieOf(response), csrfToken: data.csrf_token };
}

/** The `name=value` of the cookie that an answer sets. */
export function cookieOf(response: Response): string {
  return response.headers.get("set-cookie")?.split(";")[0] ?? "";
}

/** Calls as the dashboard's page does; `headers` are set over what the page sends, `null` takes away. */
export async function callAs(
  session: TestSession,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string | null>> = {},
): Promise<Response> {
  const sent = new Headers({
    cookie: session.cookie,
    "content-type": "application/json",
    "x-csrf-token": session.csrfToken,
    "sec-fetch-site": "same-origin",
    origin: ORIGIN,
  });
  for (const [name, value] of Object.entries(headers)) {
    if (value === null) sent.delete(name);
    else sent.set(name, value);
  }
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  return call(path, { method, headers: sent, ...init });
}
