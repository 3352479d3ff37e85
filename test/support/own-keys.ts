/** `/v1/api-keys` of the API `example` as tests call it. */
import { call, makeKey } from "./gateway.ts";

export const KEYS = "/v1/api-keys";
/** In the form of a key's id, and no key's. */
export const UNKNOWN = "key_0123456789AB";

/** An answer with the members that tests read. */
export interface Told {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    readonly success: boolean;
    readonly data?: Readonly<Record<string, unknown>>;
    readonly error?: {
      readonly code: string;
      readonly details?: readonly { readonly field: string }[];
    };
  };
}

/** Sends a request with a key or token, and a body as JSON or as the text that it is. */
export async function ask(
  bearer: string | null,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Told> {
  const sent = typeof body === "string" ? body : JSON.stringify(body);
  const response = await call(path, {
    method,
    headers: {
      ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: sent }),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** Makes a key of the API `example`; without `account`, in an account of its own. */
export function makeExampleKey(members: object = {}, account?: string): ReturnType<typeof makeKey> {
  return makeKey(members, account, "example");
}

/** The ids in the list that a caller is shown. */
export async function idsOf(bearer: string, query = ""): Promise<readonly unknown[]> {
  const { body } = await ask(bearer, "GET", KEYS + query);
  return (body.data as never as { id: string }[]).map(({ id }) => id);
}

/** The fields that a refusal names. */
export function fieldsOf({ body }: Told): readonly string[] {
  return body.error?.details?.map(({ field }) => field) ?? [];
}
